"""Tools whose parameters are objects and lists of objects: whatever is asked, each call fits its schema."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

import pytest
from asking import STRING, calls_of, parameters, reply_to, text_of
from jsonschema import Draft202012Validator

from workshop.practice.model import answer
from workshop.practice.types import Item, Message, Request, Tool, ToolCall, ToolResult

NUMBER = {"type": "number"}
ROUTE = parameters(from_city=STRING, to_city=STRING)
LINE = parameters(sku=STRING, size=STRING)
SCHEMAS = {
    "object": parameters(route=ROUTE),
    "list": parameters(items={"type": "array", "items": LINE}),
    "both": parameters(route=ROUTE, items={"type": "array", "items": LINE}, name=STRING),
    "deep": parameters(trip=parameters(route=ROUTE, budget=parameters(amount=NUMBER, currency=STRING))),
    "optional": {"type": "object", "properties": {"route": ROUTE, "day": STRING}, "required": ["day"]},
    "same name": parameters(name=STRING, owner=parameters(name=STRING)),
}
NAMES = ("search_flights", "get_quote", "book_trip", "find_trip")
QUESTIONS = (
    "Search flights to Oslo",
    "Search flights from Rome to Oslo on Friday",
    "What would LF-17 cost?",
    "And in size L?",
    "Find a trip for Ana",
    "Book it for Ben and 200 euros",
    "The same for two of them",
)


def before(tool: str) -> Iterator[list[Item]]:
    """What may have been said before: nothing, a question back, a call with its result."""
    yield []
    yield [Message("user", "I want to fly from Rome."), Message("assistant", "Where to?")]
    result = json.dumps(
        [{"from_city": "Rome", "to_city": "Oslo", "sku": "LF-17", "size": "M", "name": "Ana"}]
    )
    call: list[Item] = [ToolCall("c1", tool, "{}"), ToolResult("c1", result)]
    yield [Message("user", "What is there?"), *call, Message("assistant", "Rome to Oslo.")]


@pytest.mark.parametrize("shape", SCHEMAS)
def test_a_call_fits_its_schema_or_something_is_said(shape: str) -> None:
    schema = SCHEMAS[shape]
    valid = Draft202012Validator(schema)
    for name, question in itertools.product(NAMES, QUESTIONS):
        tools = [Tool(name, f"{name.replace('_', ' ').capitalize()}.", schema)]
        for history in before(name):
            reply = reply_to(question, tools, history=history)
            calls = calls_of(reply)
            assert calls or text_of(reply)
            wrong = [(question, called) for _, called in calls if not valid.is_valid(called)]
            assert wrong == []


def test_what_one_inner_field_lacks_is_asked_for() -> None:
    flights = Tool("search_flights", "Search flights on a route.", SCHEMAS["object"])
    assert "from city" in text_of(reply_to("Search flights to Oslo", [flights]))


@pytest.mark.parametrize("shape", SCHEMAS)
def test_what_a_result_hands_on_fits_the_next_call(shape: str) -> None:
    """The tool that is to be called after another one, by the instructions and by the message."""
    find = Tool("find_trip", "Find a trip for a person.", parameters(person=STRING))
    book = Tool("book_trip", "Book a trip.", SCHEMAS[shape])
    valid = Draft202012Validator(SCHEMAS[shape])
    for question in ("Book a trip for Ana", "Find a trip for Ana, then book it", "Book it to Oslo for Ana"):
        for result in (
            '{"from_city": "Rome", "sku": "LF-17"}',
            '{"route": {"to_city": "Oslo"}}',
            "Rome to Oslo",
            "[]",
        ):
            done = (
                Message("user", question),
                ToolCall("c1", "find_trip", '{"person": "Ana"}'),
                ToolResult("c1", result),
            )
            said = "First find the trip, then book it with what you found."
            reply = answer(Request("practice", said, done, tools=(find, book)))
            wrong = [
                called
                for name, called in calls_of(reply)
                if name == "book_trip" and not valid.is_valid(called)
            ]
            assert reply.parts and wrong == []
