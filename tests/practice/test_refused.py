"""A call that a person has refused: it is told as such, and nothing else is called in its place."""

from __future__ import annotations

import pytest
from asking import STRING, parameters, text_of

from workshop.practice.model import answer
from workshop.practice.types import Message, Reply, Request, Tool, ToolCall, ToolResult

REFUND = Tool("issue_refund", "Refund an order.", parameters(order=STRING))
NOTE = Tool("approved_note", "Write a note on a customer.", parameters(text=STRING))
ECHO = Tool("approved_echo", "Echo a text.", parameters(text=STRING))


def reply_after(
    question: str, tools: tuple[Tool, ...], output: str, instructions: str = "You help."
) -> Reply:
    """The reply to the first tool's output."""
    call = ToolCall("c1", tools[0].name, '{"order": "A-17"}')
    items = (Message("user", question), call, ToolResult("c1", output))
    return answer(Request("practice", instructions, items, tools=tools))


@pytest.mark.parametrize(
    "said",
    ["Tool execution was not approved.", "Refused by a person", "User denied permission for this action"],
)
def test_what_was_refused_is_told_as_not_done(said: str) -> None:
    text = text_of(reply_after("Please refund order A-17", (REFUND,), said))
    assert text.startswith("I have not done that") and "A-17" in text and said.rstrip(".") in text


def test_nothing_is_called_in_place_of_what_was_refused() -> None:
    rules = "You must call approved_echo exactly once, then approved_note."
    reply = reply_after(
        "Delete the note for customer 104.", (ECHO, NOTE), "Tool execution was not approved.", rules
    )
    assert "not approved" in text_of(reply)


def test_a_link_at_the_end_of_an_error_stays_whole() -> None:
    text = text_of(reply_after("Please refund order A-17", (REFUND,), "Error: see https://example.org/503"))
    assert text.endswith("https://example.org/503")
