"""Questions about things that the instructions list: each with what is told of it, the one that is asked for, the most.

`python tests/practice/test_listed.py open` prints each answer that is wrong; of those put aside only the count.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from asking import text_of

from workshop.practice.model import answer
from workshop.practice.types import Message, Request

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "listed.jsonl").read_text(encoding="utf-8").splitlines()
]


def wrong(case: Mapping[str, str]) -> str:
    """The answer, where it lacks what is wanted or has what is not; empty where it is right."""
    said = text_of(answer(Request("practice", case["i"], (Message("user", case["q"]),))))
    has = re.search(case["want"], said, re.IGNORECASE)
    return "" if has and not ("no" in case and re.search(case["no"], said, re.IGNORECASE)) else said


@pytest.mark.parametrize(("part", "least"), [("open", 88), ("aside", 38)])
def test_what_the_instructions_list_is_told(part: str, least: int) -> None:
    right = [case["q"] for case in CASES if case["set"] == part and not wrong(case)]
    assert len(right) >= least, right


if __name__ == "__main__":
    chosen = [case for case in CASES if case["set"] == sys.argv[1]]
    for case in chosen if sys.argv[1] == "open" else ():
        if said := wrong(case):
            print(case["q"], "|", said)
    print(sum(not wrong(case) for case in chosen), "of", len(chosen))
