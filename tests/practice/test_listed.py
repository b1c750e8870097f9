"""Questions about things that the instructions list: each with what is told of it, the one that is asked for, the most."""

from __future__ import annotations

import re
from collections.abc import Mapping

import halves
import pytest
from asking import text_of

from workshop.practice.model import answer
from workshop.practice.types import Message, Request

CASES = halves.cases("listed")


def wrong(case: Mapping[str, str]) -> str:
    """The answer, where it lacks what is wanted or has what is not; empty where it is right."""
    said = text_of(answer(Request("practice", case["i"], (Message("user", case["q"]),))))
    has = re.search(case["want"], said, re.IGNORECASE)
    return "" if has and not ("no" in case and re.search(case["no"], said, re.IGNORECASE)) else said


@pytest.mark.parametrize(("part", "least"), [("open", 88), ("aside", 38)])
def test_what_the_instructions_list_is_told(part: str, least: int) -> None:
    right = halves.right(CASES, part, wrong)
    assert len(right) >= least, right


@pytest.mark.parametrize(
    "instructions",
    [
        "You sell.\nPrices:  \n",
        "Prices: .",
        "Games:  \n Chess, 2 players",
        "- a\n- b\n",
        "Prices: ;;;",
        "A: \u202e, <script>: 5, ",
    ],
)
def test_a_list_without_entries_is_none(instructions: str) -> None:
    assert text_of(answer(Request("practice", instructions, (Message("user", "What does it cost?"),))))


if __name__ == "__main__":
    halves.report(CASES, wrong)
