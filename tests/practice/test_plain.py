"""Plain tools asked in plain words, by a learner's first own tool: each tool with each sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from plain import ASIDE, OPEN, met, plain


@pytest.mark.parametrize(
    ("tools", "sentences", "least"),
    [(OPEN, OPEN, 0.95), (ASIDE, OPEN, 0.93), (ASIDE, ASIDE, 0.86)],
    ids=["learned from", "tools put aside", "tools and sentences put aside"],
)
def test_plain_tools_are_called_as_asked(tools: Path, sentences: Path, least: float) -> None:
    cases = [met(each) for each in plain(tools, sentences)]
    assert len(cases) > 900
    assert sum(cases) / len(cases) >= least, f"{sum(cases)} of {len(cases)}"
