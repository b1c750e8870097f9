"""The wrong answers before any of them is executed: enough for each check, and applicable to the exercise of
today.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from executed_exercises import EXERCISES, RED_BECAUSE, WRONG_ANSWERS, Exercise, misfit

from workshop.config import ROOT

HOLE = ".{1,25}"
"""What a value puts into a message."""


@cache
def messages() -> list[list[str]]:
    """Return every text in the checks as its pieces: what is written, between the values."""
    found = []
    for path in (ROOT / "workshop" / "checks").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append([node.value])
            elif isinstance(node, ast.JoinedStr):
                parts = (part.value if isinstance(part, ast.Constant) else "\0" for part in node.values)
                found.append("".join(map(str, parts)).split("\0"))
    return found


def forms(pieces: list[str], reason: str) -> Iterator[tuple[int, str]]:
    """Yield how a part of a message with values in it might read: characters that are written, and a pattern."""
    for first in range(len(pieces)):
        for last in range(first + 1, len(pieces)):
            tails = (pieces[first][at:] for at in range(len(pieces[first]) + 1))
            heads = (pieces[last][:to] for to in range(len(pieces[last]), -1, -1))
            begin = next(tail for tail in tails if reason.startswith(tail))
            end = next(head for head in heads if reason.endswith(head))
            said = [begin, *pieces[first + 1 : last], end]
            yield len("".join(said)), HOLE.join(map(re.escape, said))


def is_said(reason: str) -> bool:
    """Return whether a check can say this: the words as they are written, with values in between."""
    return any(reason in piece for pieces in messages() for piece in pieces) or any(
        written >= 0.4 * len(reason) and re.fullmatch(pattern, reason, re.DOTALL)
        for pieces in messages()
        for written, pattern in forms(pieces, reason)
    )


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.stage)
def test_each_check_has_two_and_each_of_them_fits(exercise: Exercise, tmp_path: Path) -> None:
    """Without this, one that no longer applies would be found only by `test --all`, hours later."""
    exercise.copy_sources(tmp_path)
    patches = {name: exercise.wrong_answers(name) for name in exercise.checks}
    assert [name for name, found in patches.items() if len(found) < 2] == []
    every = [patch for found in patches.values() for patch in found]
    assert sorted(every) == sorted((WRONG_ANSWERS / exercise.number).glob("*"))
    assert [wrong for patch in every if (wrong := misfit(patch, tmp_path, "--check"))] == []
    assert [patch.name for patch in every if not RED_BECAUSE.search(patch.read_text())] == []


def test_the_reason_of_each_is_still_a_sentence_of_its_check() -> None:
    """A reworded message leaves it behind; `test --all` would tell hours later."""
    reasons = {
        (patch.name, red[1])
        for patch in WRONG_ANSWERS.glob("*/*")
        if (red := RED_BECAUSE.search(patch.read_text()))
    }
    assert len(reasons) > 150
    assert [pair for pair in sorted(reasons) if not is_said(pair[1])] == []
    assert is_said("python release.py v1 makes v1 the current") and not is_said("it goes on where it was")
