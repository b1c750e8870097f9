"""Exercise 02, executed: every check red on the untouched exercise and on each wrong answer, green on the
solution.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bench_instance import Bench
from exercise_notebooks import Exercise, cells, checking, code, execute, part

from workshop.config import ROOT

EXERCISE = Exercise("02_temporal_hello_world")
LESSON = ROOT / "notebooks" / f"{EXERCISE.stage}.ipynb"
CHECKS = EXERCISE.checks
pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("exercise-02")]


def test_untouched_it_runs_to_its_end_and_each_check_says_what_is_missing(bench: Bench) -> None:
    EXERCISE.see_untouched(bench)


@pytest.mark.parametrize("turn", ["first", pytest.param("second", marks=pytest.mark.slow)])
def test_solved_every_check_is_green(bench: Bench, turn: str) -> None:
    EXERCISE.see_solved(bench)


@pytest.mark.slow
def test_checks_tell_the_truth_out_of_order_after_a_kernel_restart_and_beside_an_open_lesson(
    bench: Bench, tmp_path: Path
) -> None:
    solved = cells(EXERCISE.solution)
    execute(
        bench, tmp_path, [*part(solved, "from workshop.lab", "%%writefile", "import os"), *task_6(solved)]
    )
    beside = [  # the lesson's worker runs on, and the lesson's fault is on, while the exercise's checks work
        *part(cells(LESSON), "from workshop.lab", "%%writefile"),
        code('lab.worker("worker.py")\nlab.fault("unavailable", on="weather")'),
    ]
    found = execute(
        bench, tmp_path, [*beside, *part(solved, "from workshop.lab"), *map(checking, reversed(CHECKS))]
    )
    assert [result["passed"] for result in found] == [True] * len(CHECKS), found
    execute(bench, tmp_path, [*part(solved, "from workshop.lab"), code("lab.clear_faults()")])


def test_one_wrong_answer_for_each_check(bench: Bench, tmp_path: Path) -> None:
    EXERCISE.try_wrong_answers(
        bench, tmp_path, [EXERCISE.wrong_answers(name)[0] for name in CHECKS], also=learners_own_run
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", CHECKS)
def test_each_wrong_answer_is_red_for_its_reason(bench: Bench, tmp_path: Path, name: str) -> None:
    EXERCISE.try_wrong_answers(bench, tmp_path, EXERCISE.wrong_answers(name), also=learners_own_run)


def learners_own_run(check: str, solved: list[Any]) -> list[Any]:
    """What 02.crash looks at is a run that a cell of the learner's starts."""
    return [*part(solved, "import os"), *task_6(solved)] if check == "02.crash" else []


def task_6(solved: list[Any]) -> list[Any]:
    """The cell in which the learner kills the worker between two activities."""
    return [
        cell
        for cell in part(solved, "worker = lab.worker(")
        if "worker.crash()" in cell.source or "Zoe" in cell.source
    ]
