"""Patterns of a client's schema: none may hold up the process."""

from __future__ import annotations

import time
from typing import Any

import pytest

from workshop.practice.filling.fit import string
from workshop.practice.filling.patterns import is_found, matches
from workshop.practice.filling.schema import valid
from workshop.practice.types import Unanswerable

SLOW, LONG = "^(a|aa)+$", "a" * 60 + "!"


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string", "pattern": SLOW}, LONG),
        ({"type": "object", "patternProperties": {SLOW: {"type": "string"}}}, {LONG: "x"}),
        (
            {"type": "object", "patternProperties": {SLOW: {}}, "additionalProperties": False},
            {LONG: "x"},
        ),
        ({"type": "object", "propertyNames": {"pattern": SLOW}}, {LONG: "x"}),
        ({"$schema": "http://json-schema.org/draft-07/schema#", "type": "string", "pattern": SLOW}, LONG),
    ],
)
def test_a_pattern_that_tries_too_many_ways_is_stopped(schema: dict[str, Any], value: Any) -> None:
    began = time.process_time()
    with pytest.raises(Unanswerable, match="takes too long"):
        valid(value, schema)
    assert time.process_time() - began < 3


@pytest.mark.parametrize("pattern", ["(((.*)*)*)*b", "((a*)*)*b", r"^(\\w+\\s?)+$"])
def test_strings_made_to_a_pattern_stay_short(pattern: str) -> None:
    assert len(string("list 3", {"type": "string", "pattern": pattern}, "")) <= 20_000


def test_patterns_mean_what_they_meant() -> None:
    assert (
        is_found("^[A-Z]{2}$", "CA") and not is_found("^[A-Z]{2}$", "California") and not is_found("([a", "a")
    )
    assert matches("[0-9]+", "a 12 b 7") == ["12", "7"]
    closed = {
        "properties": {"a": {}},
        "patternProperties": {"^x-": {"type": "string"}},
        "additionalProperties": False,
    }
    assert valid({"a": 1, "x-b": "c"}, closed)
    assert not valid({"a": 1, "x-b": 2}, closed) and not valid({"b": 1}, closed)
    assert not valid({"b": "text"}, {"additionalProperties": {"type": "integer"}})
