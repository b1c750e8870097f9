"""Sets of cases, half of each put aside: `python tests/practice/test_NAME.py open` prints what is wrong with each case of
that half; of those put aside only the count.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Case = Mapping[str, Any]


def cases(name: str) -> list[Case]:
    """The cases of data/NAME.jsonl; `set` of each is "open" or "aside"."""
    text = (Path(__file__).parent / "data" / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def right(listed: list[Case], half: str, wrong: Callable[[Case], object]) -> list[str]:
    """The questions of a half of which nothing is wrong."""
    return [case["q"] for case in listed if case["set"] == half and not wrong(case)]


def report(listed: list[Case], wrong: Callable[[Case], object]) -> None:
    """Print the half that the command line names."""
    chosen = [case for case in listed if case["set"] == sys.argv[1]]
    failed = [(case["q"], found) for case in chosen if (found := wrong(case))]
    for question, found in failed if sys.argv[1] == "open" else ():
        print("-", question, found)
    print(len(chosen) - len(failed), "of", len(chosen))
