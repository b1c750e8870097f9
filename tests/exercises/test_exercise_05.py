"""Exercise 05, executed: every check red on the untouched exercise and on each wrong answer, green on the
solution.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bench_instance import Bench
from exercise_notebooks import Exercise, cells, checking, code, execute, part

from workshop.config import MY_WORK

EXERCISE = Exercise("05_deep_research")
CHECKS = EXERCISE.checks
QUICK = ["05.loses-no_404", "05.workflow-does_not_wait"]
"""Wrong answers that are found in a few seconds. The others wait out time-outs and kills, and are marked
slow.
"""

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("exercise-05")]


def opened(notebook: list[Any]) -> list[Any]:
    """The cells that put all files into the learner's folder."""
    return part(notebook, "from workshop.lab", "lab.bring", "%%writefile")


def bringing(check: str, solved: list[Any]) -> list[Any]:
    return part(solved, "lab.bring")


def test_untouched_it_runs_to_its_end_and_each_check_says_what_is_missing(bench: Bench) -> None:
    said = EXERCISE.see_untouched(bench)
    assert "Your turn" in said and "Traceback" not in said


def test_solved_every_check_is_green(bench: Bench) -> None:
    EXERCISE.see_solved(bench)


@pytest.mark.slow
def test_solved_a_second_time_out_of_order_after_a_kernel_restart_and_beside_an_open_lesson(
    bench: Bench, tmp_path: Path
) -> None:
    opening = 'from workshop.lab import Lab\nlesson = Lab("05_deep_research")\nlesson.bring("deep_research", "run_worker.py")\n'
    lesson = code(opening + 'lesson.worker("run_worker.py")')
    EXERCISE.see_solved_again(bench, tmp_path, opened(cells(EXERCISE.solution)), [lesson])


def test_some_wrong_answers_that_are_found_quickly(bench: Bench, tmp_path: Path) -> None:
    EXERCISE.try_wrong_answers(bench, tmp_path, EXERCISE.quick_ones(QUICK), also=bringing)


@pytest.mark.slow
@pytest.mark.parametrize("name", CHECKS)
def test_each_wrong_answer_is_red_for_its_reason(bench: Bench, tmp_path: Path, name: str) -> None:
    EXERCISE.try_wrong_answers(bench, tmp_path, EXERCISE.wrong_answers(name), also=bringing)


def test_a_rescued_file_serves_the_check_is_named_in_the_panel_and_the_learners_own_is_kept(
    bench: Bench, tmp_path: Path
) -> None:
    untouched = cells(EXERCISE.untouched)
    own = next(cell for cell in part(untouched, "%%writefile drive.py"))
    panel = code(
        'state = repr(lab.progress())\nassert "passed with the solution\'s drive.py" in state, state'
    )
    rescued = [code('lab.rescue("drive.py")'), checking("05.loses"), panel]
    found = execute(bench, tmp_path, [*opened(untouched), *rescued, code(own.source), checking("05.loses")])
    assert [(result["passed"], result["rescued"]) for result in found] == [(True, ["drive.py"]), (False, [])]
    kept = sorted((MY_WORK / "kept").glob("*/05_deep_research_exercise/drive.py"))[-1]
    assert kept.read_text() == own.source.partition("\n")[2] + "\n"
    assert "NotImplementedError" in (MY_WORK / "05_deep_research_exercise" / "drive.py").read_text()
