"""Plain tools asked in plain words, by a learner's first own tool: each tool with each sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from asking import STRING, parameters
from plain import ASIDE, OPEN, beside_others, further, met, plain
from playing import Desk, Turn

from workshop.practice.model import answer
from workshop.practice.types import Item, Message, Request, Tool, ToolCall, ToolResult


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


def test_a_row_of_such_messages_and_thanks_between_them() -> None:
    def weather(city: str) -> str:
        """Get the weather of a city."""
        return "17 degrees"

    desk = Desk("Weather", "You help.", [weather])
    items: list[Item] = []
    for question, city in (
        ("What's the weather in Lisbon?", "Lisbon"),
        ("And Bergen?", "Bergen"),
        ("Thanks!", ""),
        ("Oslo?", "Oslo"),
        ("Ok.", ""),
        ("No, I meant Rome.", "Rome"),
        *[(f"And {city}?", city) for city in ("Paris", "Madrid", "Vienna", "Prague", "Dublin", "Athens")],
    ):
        turn = Turn(desk, question, items)
        assert [arguments["city"] for _, arguments in turn.calls] == [city][: bool(city)], question
        items = turn.items


def test_a_thousand_short_messages_end() -> None:
    chat: list[Item] = []
    for n in range(1000):
        chat += [Message("user", "And Bergen?"), ToolCall(f"c{n}", "weather", '{"city": "Lisbon"}')]
        chat += [ToolResult(f"c{n}", "17 degrees"), Message("assistant", "17 degrees.")]
    tool = Tool("weather", "Get the weather of a city.", parameters(city=STRING))
    assert answer(Request("practice", "You help.", (*chat, Message("user", "And Oslo?")), (tool,))).parts
