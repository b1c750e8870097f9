"""Exercise 06, executed: every check red on the untouched exercise and on each wrong answer, green on the
solution.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from bench_instance import Bench
from exercise_notebooks import Exercise, cells, part

EXERCISE = Exercise("06_change_it_safely")
CHECKS = EXERCISE.checks

pytestmark = [pytest.mark.timeout(600), pytest.mark.xdist_group("exercise-06")]


def test_untouched_it_runs_to_its_end_and_each_check_says_what_is_missing(bench: Bench) -> None:
    EXERCISE.see_untouched(bench)


def test_solved_every_check_is_green(bench: Bench) -> None:
    EXERCISE.see_solved(bench)


@pytest.mark.slow
def test_solved_a_second_time_out_of_order_after_a_kernel_restart_and_beside_an_open_lesson(
    bench: Bench, tmp_path: Path
) -> None:
    solved = cells(EXERCISE.solution)
    first = [*part(solved, "from workshop.lab", "%%writefile"), *part(solved, "import os")]
    lesson = EXERCISE.open_lesson()
    lesson[-1].source = lesson[-1].source.replace(
        ".worker(", '.bring("worker.py")\nlab = Lab("06_change_it_safely")\nlab.worker('
    )
    EXERCISE.see_solved_again(bench, tmp_path, first, lesson)


@pytest.mark.slow
@pytest.mark.parametrize("name", CHECKS)
def test_each_wrong_answer_is_red_for_its_reason(bench: Bench, tmp_path: Path, name: str) -> None:
    EXERCISE.try_wrong_answers(bench, tmp_path, EXERCISE.wrong_answers(name))
