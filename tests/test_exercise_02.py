"""Exercise 02, executed: every check red on the untouched exercise and on each wrong answer, green on the solution."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from bench_instance import Bench
from exercise_notebooks import RED_BECAUSE, Exercise, cells, checking, code, execute, part

from workshop import run
from workshop.checks import recorded_results
from workshop.config import ROOT

EXERCISE = Exercise("02_temporal_hello_world")
LESSON = ROOT / "notebooks" / f"{EXERCISE.stage}.ipynb"
CHECKS = EXERCISE.checks
QUICK = 2
"""How many wrong answers of each check run in the quick suite, the first by name. The others are slow tests."""
PATCHES = [(patch, place < QUICK) for name in CHECKS for place, patch in enumerate(EXERCISE.wrong_answers(name))]
Results = Callable[[bool], dict[Path, dict[str, Any]]]

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("exercise-02")]


def test_untouched_it_runs_to_its_end_and_each_check_says_what_is_missing(bench: Bench) -> None:
    result = run.execute(EXERCISE.untouched, env=bench.env)
    assert result.ok, str(result)
    results = recorded_results()
    assert [name for name in CHECKS if results[name]["passed"]] == []
    for name in CHECKS:
        for finding in results[name]["findings"]:
            assert finding["expected"] and finding["seen"] and finding["look"]
            assert "Traceback" not in finding["seen"]


@pytest.mark.parametrize("turn", ["first", pytest.param("second", marks=pytest.mark.slow)])
def test_solved_every_check_is_green(bench: Bench, turn: str) -> None:
    result = run.execute(EXERCISE.solution, env=bench.env)
    assert result.ok, str(result)
    results = recorded_results()
    assert {name: results[name]["findings"] for name in CHECKS if not results[name]["passed"]} == {}


@pytest.mark.slow
def test_checks_tell_the_truth_out_of_order_after_a_kernel_restart_and_beside_an_open_lesson(
    bench: Bench, tmp_path: Path
) -> None:
    solved = cells(EXERCISE.solution)
    execute(bench, tmp_path, [*part(solved, "from workshop.lab", "%%writefile", "import os"), *task_6(solved)])
    beside = [  # the lesson's worker runs on, and the lesson's fault is on, while the exercise's checks work
        *part(cells(LESSON), "from workshop.lab", "%%writefile"),
        code('lab.worker("worker.py")\nlab.fault("unavailable", on="weather")'),
    ]
    found = execute(bench, tmp_path, [*beside, *part(solved, "from workshop.lab"), *map(checking, reversed(CHECKS))])
    assert [result["passed"] for result in found] == [True] * len(CHECKS), found
    execute(bench, tmp_path, [*part(solved, "from workshop.lab"), code("lab.clear_faults()")])


@pytest.mark.parametrize("name", CHECKS)
def test_there_are_two_wrong_answers_for_each_check(name: str) -> None:
    assert len(EXERCISE.wrong_answers(name)) >= 2


@pytest.mark.parametrize(
    ("patch", "quick"),
    [pytest.param(patch, quick, id=patch.stem, marks=[] if quick else [pytest.mark.slow]) for patch, quick in PATCHES],
)
def test_a_wrong_answer_is_red_for_its_reason(results: Results, patch: Path, quick: bool) -> None:
    reason = RED_BECAUSE.search(patch.read_text())
    assert reason, "the patch does not say which finding is red"
    findings = results(quick)[patch]["findings"]
    assert any(reason[1] in finding["expected"] for finding in findings if not finding["ok"]), findings


@pytest.fixture(scope="module")
def results(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """What the checks say to the quick wrong answers, or to the others: each set is executed once, in one kernel."""

    @cache
    def found(quick: bool) -> dict[Path, dict[str, Any]]:
        folder = tmp_path_factory.mktemp("wrong")
        patches = [patch for patch, is_quick in PATCHES if is_quick == quick]
        composed = part(cells(EXERCISE.solution), "from workshop.lab")
        for patch in patches:
            name = patch.stem.partition("-")[0]
            solved = EXERCISE.solved_with(patch, folder / patch.stem)
            composed += part(solved, "%%writefile")
            if name == "02.crash":  # what this one looks at is the run that a cell of the learner's starts
                composed += [*part(solved, "import os"), *task_6(solved)]
            composed.append(checking(name))
        return dict(zip(patches, execute(bench, folder, composed), strict=True))

    return found


def task_6(solved: list[Any]) -> list[Any]:
    """The cell in which the learner kills the worker between two activities."""
    return [cell for cell in part(solved, "worker = lab.worker(") if "worker.crash()" in cell.source or "Zoe" in cell.source]
