"""Records from plain sentences: sets of repetitions, who does what by when, a make and its model, where and how long."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import halves
import pytest
from asking import text_of
from test_records import wrong_fields

from workshop.practice.model import answer
from workshop.practice.types import Message, OutputSchema, Request

CASES = halves.cases("idioms")


def wrong(case: Mapping[str, Any]) -> list[str]:
    """What is wrong with the fields of the record that the practice model makes of a case."""
    schema, asked = OutputSchema("record", case["schema"]), (Message("user", case["q"]),)
    made = json.loads(text_of(answer(Request("practice", case["i"], asked, output_schema=schema))))
    return [*wrong_fields(made, case["want"])]


@pytest.mark.parametrize(("part", "least"), [("open", 49), ("aside", 12)])
def test_what_a_sentence_says_is_in_the_record(part: str, least: int) -> None:
    right = halves.right(CASES, part, wrong)
    assert len(right) >= least, right


if __name__ == "__main__":
    halves.report(CASES, wrong)
