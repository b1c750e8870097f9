"""The wrong answers before any of them is executed: enough for each check, and applicable to the exercise of
today.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from executed_exercises import EXERCISES, RED_BECAUSE, WRONG_ANSWERS, Exercise, misfit


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
