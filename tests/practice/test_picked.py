"""Questions to which a tool answers with several records: the answer tells those that were asked for, and no others."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import halves
import pytest
from asking import text_of

from workshop.practice.model import answer
from workshop.practice.types import Message, Request, Tool, ToolCall, ToolResult

CASES = halves.cases("picked")
NO_PARAMETERS = {"type": "object", "properties": {}}


def wrong(case: Mapping[str, Any]) -> str:
    """The answer, where it lacks what is wanted or has what is not; empty where it is right."""
    tool = Tool(case["tool"], case["told"], NO_PARAMETERS)
    asked = (Message("user", case["q"]), ToolCall("c1", tool.name, "{}"))
    items = (*asked, ToolResult("c1", json.dumps(case["out"])))
    said = text_of(answer(Request("practice", "You help.", items, tools=(tool,))))
    has = re.search(case["want"], said, re.IGNORECASE | re.DOTALL)
    return "" if has and not ("no" in case and re.search(case["no"], said, re.IGNORECASE)) else said


@pytest.mark.parametrize(("part", "least"), [("open", 20), ("aside", 19)])
def test_what_was_asked_for_is_picked(part: str, least: int) -> None:
    right = halves.right(CASES, part, wrong)
    assert len(right) >= least, right


@pytest.mark.parametrize(
    "output",
    [
        '[{"price": %s}, {"price": 2}]' % ("9" * 400),
        '[{"price": NaN}, {"price": 2}]',
        "[{}, {}]",
        '[{"t": "99:99"}, {"t": "00:00"}]',
    ],
)
@pytest.mark.parametrize(
    "question", ["Which is the cheapest?", "Which is the last?", "Anything under 5 euros?"]
)
def test_records_of_any_kind_are_told(output: str, question: str) -> None:
    items = Message("user", question), ToolCall("c1", "find", "{}"), ToolResult("c1", output)
    assert text_of(
        answer(Request("practice", "You help.", items, tools=(Tool("find", "Find.", NO_PARAMETERS),)))
    )


def test_a_text_is_told_whole_though_a_question_names_a_line_of_it() -> None:
    text = "# Weather tool\nInstall\npip install weather\nRun it: python run.py"
    items = (
        Message("user", "How does the file say I install it?"),
        ToolCall("c1", "read_file", "{}"),
        ToolResult("c1", text),
    )
    tool = Tool("read_file", "Read a file.", NO_PARAMETERS)
    assert "pip install weather" in text_of(answer(Request("practice", "You help.", items, tools=(tool,))))


if __name__ == "__main__":
    halves.report(CASES, wrong)
