"""Records from plain sentences: sets of repetitions, who does what by when, a make and its model, where and how long.

`python tests/practice/test_idioms.py open` prints what is wrong with each case; of those put aside only the count.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from asking import text_of

from workshop.practice.model import answer
from workshop.practice.types import Message, OutputSchema, Request

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "idioms.jsonl").read_text(encoding="utf-8").splitlines()
]


def plain(value: Any) -> Any:
    """A value without the letters' case and the full stop, in which answers may differ."""
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [*map(plain, value)]
    return value.casefold().strip(" .") if isinstance(value, str) else value


def wrong(case: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that are not as wanted, each with what it is."""
    schema, asked = OutputSchema("record", case["schema"]), (Message("user", case["q"]),)
    made = json.loads(text_of(answer(Request("practice", case["i"], asked, output_schema=schema))))
    return {n: made.get(n) for n, value in case["want"].items() if plain(made.get(n)) != plain(value)}


@pytest.mark.parametrize(("part", "least"), [("open", 49), ("aside", 12)])
def test_what_a_sentence_says_is_in_the_record(part: str, least: int) -> None:
    right = [case["q"] for case in CASES if case["set"] == part and not wrong(case)]
    assert len(right) >= least, right


if __name__ == "__main__":
    chosen = [case for case in CASES if case["set"] == sys.argv[1]]
    for case in chosen if sys.argv[1] == "open" else ():
        print("  " if not wrong(case) else "- ", case["q"], wrong(case))
    print(sum(not wrong(case) for case in chosen), "of", len(chosen))
