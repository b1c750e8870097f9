"""Records with fields that are worked out: totals, what is left, counts, averages, the best of a list, the time between."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import halves
import pytest
from asking import text_of

from workshop.practice.model import answer
from workshop.practice.types import Message, OutputSchema, Request

CASES = halves.cases("computed")


def record_of(case: Mapping[str, Any]) -> dict[str, Any]:
    """The record that the practice model makes of a case."""
    fields = {name: _part(told) for name, told in case["fields"].items()}
    schema = {"type": "object", "properties": fields, "required": [*fields], "additionalProperties": False}
    asked = (Message("user", case["q"]),)
    instructions = case.get("i", "Turn the message into a record.")
    return dict(
        json.loads(
            text_of(answer(Request("practice", instructions, asked, output_schema=OutputSchema("R", schema))))
        )
    )


def _part(told: str) -> dict[str, Any]:
    kind, _, description = told.partition(": ")
    part = {"type": "array", "items": {"type": "string"}} if kind == "list" else {"type": kind}
    return part | ({"description": description} if description else {})


def wrong(case: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that are not as wanted, each with what it is."""
    made = record_of(case)
    return {name: made[name] for name, value in case["want"].items() if made[name] != value}


@pytest.mark.parametrize(("part", "least"), [("open", 28), ("aside", 22)])
def test_what_a_record_asks_for_is_worked_out(part: str, least: int) -> None:
    right = halves.right(CASES, part, wrong)
    assert len(right) >= least, right


if __name__ == "__main__":
    halves.report(CASES, wrong)
