"""Questions, tools and schemas of a size that nobody has in mind: answered within reason, whatever is in them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from asking import GET_WEATHER, POST_NOTICE, STRING, parameters, reply_to, text_of

from workshop.practice.model import answer
from workshop.practice.types import Item, Message, OutputSchema, Request, Tool, ToolCall, ToolResult

WORDS = (
    "the alert storm in Texas paid 20 euros for Ana and Ben at 9:30 on 2027-01-02 with order A-123, please send mail "
    "to x@y.org about https://a.b/c?d "
)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    started = time.process_time()
    yield
    assert time.process_time() - started < seconds


@pytest.mark.parametrize(
    "unit", [WORDS, "a-", "/a", "1 ", "[", "'a ", "x\n", "write a notice that ", "hi, ", "help, "]
)
def test_a_long_question_takes_time_in_proportion(unit: str) -> None:
    """Ten times as long may take some twenty times as long: a rule that looks back over all takes a hundred."""
    reply_to(unit * 10, [GET_WEATHER, POST_NOTICE])
    took = []
    for size in (6_000, 60_000):
        question = (unit * (size // len(unit)))[:size] + "!"
        started = time.process_time()
        assert reply_to(question, [GET_WEATHER, POST_NOTICE]).parts
        took.append(time.process_time() - started)
    assert took[1] < max(1.0, 25 * took[0])


def test_many_numbers_for_a_tool_that_takes_one_take_time_in_proportion() -> None:
    category = {"type": "string", "enum": ["food", "fun", "transport"]}
    spend = Tool(
        "spend", "Write down an expense.", parameters(amount={"type": "number"}, category=category), True
    )
    took = []
    for times in (800, 8_000):
        started = time.process_time()
        assert reply_to("12 euros for the cinema " * times, [spend]).parts
        took.append(time.process_time() - started)
    assert took[1] < 25 * took[0]


@pytest.mark.parametrize("as_lines", [True, False], ids=["lines", "records"])
def test_a_result_with_many_records_takes_time_in_proportion(as_lines: bool) -> None:
    took = []
    for count in (800, 8_000):
        records = [{"name": f"A{n}", "price": n} for n in range(count)]
        lines = "\n".join(f"A{n}: {n} euros" for n in range(count))
        output = lines if as_lines else json.dumps(records)
        items = ToolCall("c1", GET_WEATHER.name, '{"state": "TX"}'), ToolResult("c1", output)
        asked = Request("practice", "", (Message("user", "Which is the cheapest?"), *items), (GET_WEATHER,))
        started = time.process_time()
        assert answer(asked).parts
        took.append(time.process_time() - started)
    assert took[1] < max(1.0, 25 * took[0])


def test_five_hundred_tools() -> None:
    """Ten times as many tools may take some thirty times as long: each is compared with each, but in no time."""
    listed = [
        Tool(
            f"tool_{n}", f"Do thing {n} in a city.", parameters(city=STRING, amount={"type": "number"}), True
        )
        for n in range(500)
    ]
    took = []
    for tools in (listed[-50:], listed):
        started = time.process_time()
        assert reply_to("Do thing 477 in Lisbon with 20 euros", tools).parts
        took.append(time.process_time() - started)
    assert took[1] < 30 * took[0]


@pytest.mark.parametrize(
    "output",
    [
        [{"room": f"R{n}", "seats": n} for n in range(20_000)],
        {f"room_{n}": n for n in range(20_000)},
        [f"R{n}" for n in range(50_000)],
    ],
    ids=["records", "keys", "names"],
)
def test_a_large_result_of_the_turn_before(output: object) -> None:
    tools = [
        Tool("list_rooms", "List the rooms.", parameters()),
        Tool("book_room", "Book a room for somebody.", parameters(room=STRING, person=STRING, day=STRING)),
    ]
    before: list[Item] = [
        Message("user", "Which rooms are there?"),
        ToolCall("c1", "list_rooms", "{}"),
        ToolResult("c1", json.dumps(output)),
        Message("assistant", "Many."),
    ]
    with within(2):
        assert reply_to("Book the second one for Ana on Friday.", tools, history=before).parts


def test_a_deep_and_a_wide_schema() -> None:
    deep: dict[str, Any] = {"type": "string"}
    for n in range(60):
        deep = parameters(**{f"a{n}": deep, f"b{n}": STRING})
    wide = parameters(**{f"name_{n}": STRING for n in range(500)})
    with within(8):
        assert text_of(reply_to("My name is Ana", output_schema=OutputSchema("deep", deep)))
        assert text_of(reply_to("My name is Ana", output_schema=OutputSchema("wide", wide)))


@pytest.mark.parametrize(
    "question",
    [
        "List the multiples of 1 up to 200000000000.",
        "List the even numbers from 2 to 99999999999999999999.",
        "Write down the prime numbers from 1000000000000000003 to 1000000000000000090.",
        "What is 99999999999 ^ 64 ^ 64?",
    ],
)
def test_a_row_or_a_power_that_nobody_can_list(question: str) -> None:
    with within(2):
        assert len(text_of(reply_to(question))) < 5_000


@pytest.mark.parametrize("unit", ["`ls` ", "12 candles and "], ids=["commands", "counted things"])
def test_many_of_a_kind_take_time_in_proportion(unit: str) -> None:
    shell = Tool("exec_command", "Runs a command.", parameters(cmd=STRING))
    schema = None if "`" in unit else OutputSchema("json_object", parameters(candles=STRING))
    took = []
    for times in (400, 4_000):
        started = time.process_time()
        assert reply_to(unit * times, [shell] if schema is None else [], output_schema=schema).parts
        took.append(time.process_time() - started)
    assert took[1] < max(1.0, 25 * took[0])


@pytest.mark.parametrize(
    "unit", ["a", "1,", "the ", "one two "], ids=["one word", "figures", "articles", "numbers"]
)
def test_long_instructions_take_time_in_proportion(unit: str) -> None:
    took = []
    for times in (1_000, 10_000):
        started = time.process_time()
        assert text_of(reply_to("What is open on Monday?", instructions=f"{unit * times}."))
        took.append(time.process_time() - started)
    assert took[1] < max(1.0, 25 * took[0])


def test_a_result_that_is_nested_too_deep_to_be_read() -> None:
    before: list[Item] = [
        Message("user", "How is the weather in Rome?"),
        ToolCall("c1", "get_weather", "[" * 50_000),
        ToolResult("c1", "[1," * 50_000),
    ]
    assert answer(Request("practice", "You help.", tuple(before), tools=(GET_WEATHER,))).parts
