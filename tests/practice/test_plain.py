"""Plain tools asked in plain words, by a learner's first own tool: each tool with each sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from plain import ASIDE, OPEN, beside_others, further, met, plain


@pytest.mark.parametrize(
    ("tools", "sentences", "least"),
    [(OPEN, OPEN, 0.95), (ASIDE, OPEN, 0.93), (ASIDE, ASIDE, 0.86)],
    ids=["learned from", "tools put aside", "tools and sentences put aside"],
)
def test_plain_tools_are_called_as_asked(tools: Path, sentences: Path, least: float) -> None:
    cases = [met(each) for each in plain(tools, sentences)]
    assert len(cases) > 900
    assert sum(cases) / len(cases) >= least, f"{sum(cases)} of {len(cases)}"


@pytest.mark.parametrize(
    ("tools", "sentences", "least"),
    [(OPEN, OPEN, 0.97), (ASIDE, OPEN, 0.97), (ASIDE, ASIDE, 0.92)],
    ids=["open", "tools put aside", "tools and sentences put aside"],
)
def test_figures_are_read_into_their_parameters(tools: Path, sentences: Path, least: float) -> None:
    cases = [met(each) for each in plain(tools, sentences, "figures")]
    assert len(cases) > 250
    assert sum(cases) / len(cases) >= least, f"{sum(cases)} of {len(cases)}"


@pytest.mark.parametrize(
    ("tools", "sentences", "least"),
    [(OPEN, OPEN, 0.94), (ASIDE, OPEN, 0.95), (ASIDE, ASIDE, 0.95)],
    ids=["open", "tools put aside", "tools and sentences put aside"],
)
def test_a_second_message_may_name_another_thing_alone_or_want_nothing(
    tools: Path, sentences: Path, least: float
) -> None:
    told = [(case.question, good) for case, good in further(tools, sentences)]
    assert len(told) > 900
    good = sum(each for _, each in told)
    assert good / len(told) >= least, f"{good} of {len(told)}"


@pytest.mark.parametrize(
    ("tools", "sentences", "least"),
    [(OPEN, OPEN, 0.92), (ASIDE, OPEN, 0.93), (ASIDE, ASIDE, 0.89)],
    ids=["open", "tools put aside", "tools and sentences put aside"],
)
def test_one_of_three_tools_is_called_as_asked(tools: Path, sentences: Path, least: float) -> None:
    cases = [met(each) for each in beside_others(tools, sentences)]
    assert len(cases) > 700
    assert sum(cases) / len(cases) >= least, f"{sum(cases)} of {len(cases)}"
