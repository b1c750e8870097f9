"""Each exercise, executed: every check is red on the untouched exercise and on wrong answers, green on the
solution.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from bench_instance import Bench
from executed_exercises import EXERCISES, Exercise

from workshop.config import ROOT

pytestmark = pytest.mark.timeout(900)

EACH = [
    pytest.param(exercise, id=exercise.stage, marks=pytest.mark.xdist_group(f"exercise-{exercise.number}"))
    for exercise in EXERCISES
]
EACH_CHECK = [
    pytest.param(exercise, name, id=name, marks=pytest.mark.xdist_group(f"exercise-{exercise.number}"))
    for exercise in EXERCISES
    for name in exercise.checks
]


def test_each_exercise_of_the_course_is_executed() -> None:
    notebooks = sorted((ROOT / "exercises").glob("*/exercise.ipynb"))
    assert [exercise.untouched for exercise in EXERCISES] == notebooks


@pytest.mark.parametrize("exercise", EACH)
def test_untouched_it_runs_to_its_end_and_each_check_says_what_is_missing(
    bench: Bench, exercise: Exercise
) -> None:
    said = exercise.see_untouched(bench)
    assert "Your turn" in said and "Traceback" not in said


@pytest.mark.parametrize("turn", ["first", pytest.param("second", marks=pytest.mark.slow)])
@pytest.mark.parametrize("exercise", EACH)
def test_solved_every_check_is_green(bench: Bench, exercise: Exercise, turn: str) -> None:
    all_of_them = len(exercise.checks)
    assert f"{all_of_them} of {all_of_them} passed" in exercise.see_solved(bench)


@pytest.mark.slow
@pytest.mark.parametrize("exercise", EACH)
def test_checks_tell_the_truth_out_of_order_after_a_kernel_restart_and_beside_an_open_lesson(
    bench: Bench, tmp_path: Path, exercise: Exercise
) -> None:
    exercise.see_solved_again(bench, tmp_path, exercise.open_lesson())


@pytest.mark.parametrize("exercise", EACH)
def test_wrong_answers_that_are_found_quickly(bench: Bench, tmp_path: Path, exercise: Exercise) -> None:
    exercise.try_wrong_answers(bench, tmp_path, exercise.quick_answers())


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "name"), EACH_CHECK)
def test_each_wrong_answer_is_red_for_its_reason(
    bench: Bench, tmp_path: Path, exercise: Exercise, name: str
) -> None:
    exercise.try_wrong_answers(bench, tmp_path, exercise.wrong_answers(name))
