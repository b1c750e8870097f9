"""Records from everyday prose: the right name in the right field, lists without the words around them, two lists in one text,
records and dicts of several things, what the text does not say, and JSON objects by a template.

`python tests/practice/test_slots.py` prints what is wrong with the cases that may be looked at.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from asking import text_of
from test_records import wrong_fields

from workshop.gateway.api import json_object
from workshop.practice.model import answer
from workshop.practice.types import Message, OutputSchema, Request

CASES = Path(__file__).parent / "data" / "slots.jsonl"
ASIDE = "aside"


def cases(half: str) -> Iterator[dict[str, Any]]:
    """The cases of one set: "open", "more", or "aside", whose failures nobody who writes rules has seen."""
    listed = map(json.loads, CASES.read_text(encoding="utf-8").splitlines())
    return (case for case in listed if case["half"] == half)


def problems(case: Mapping[str, Any]) -> list[str]:
    """What is wrong with the record of a case."""
    items = (Message("user", case["q"]),)
    form = OutputSchema("Record", case["schema"]) if "schema" in case else OutputSchema("json_object", {})
    request = Request("practice", case["i"], items, output_schema=form)
    described = request if "schema" in case else json_object.with_schema(request)
    return [*wrong_fields(json.loads(text_of(answer(described or request))), case["want"])]


@pytest.mark.parametrize(("half", "right"), [("open", 26), (ASIDE, 21), ("more", 48)])
def test_records_from_everyday_prose(half: str, right: int) -> None:
    """Of 31, 31 and 69."""
    listed = [(case["q"], problems(case)) for case in cases(half)]
    wrong = [each for each in listed if each[1]]
    assert len(listed) - len(wrong) >= right, len(wrong) if half == ASIDE else wrong


if __name__ == "__main__":
    for half in ("open", "more"):
        for case in cases(half):
            if said := problems(case):
                print(case["kind"], case["q"], *said, sep="\n    ")
