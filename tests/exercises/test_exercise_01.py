"""Exercise 01, executed: every check red on the untouched exercise and on each wrong answer, green on the
solution.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from bench_instance import Bench
from exercise_notebooks import Exercise, cells, checking, execute, part

from workshop.workspace.control import Gateway, Weather

EXERCISE = Exercise("01_agent_hello_world")
CHECKS = EXERCISE.checks
PREDICTED = "prediction=2"

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("exercise-01")]


def test_untouched_it_runs_to_its_end_and_each_check_says_what_is_missing(bench: Bench) -> None:
    assert "Traceback" not in EXERCISE.see_untouched(bench)


@pytest.mark.parametrize("turn", ["first", pytest.param("second", marks=pytest.mark.slow)])
def test_solved_every_check_is_green(bench: Bench, turn: str) -> None:
    assert "4 of 4 passed" in EXERCISE.see_solved(bench)


@pytest.mark.slow
def test_checks_tell_the_truth_out_of_order_after_a_kernel_restart_and_beside_an_open_lesson(
    bench: Bench, tmp_path: Path
) -> None:
    services = [Gateway(bench.settings.gateway_url), Weather(bench.settings.weather_service_url)]
    solved = cells(EXERCISE.solution)
    execute(bench, tmp_path, part(solved, "from workshop.lab", "%%writefile"))
    try:
        for service, kind in zip(services, ("rate_limit", "unavailable"), strict=True):
            # those of another notebook: what sets them here is still there when this one has ended
            service.fault(kind)
        found = execute(
            bench,
            tmp_path,
            [*part(solved, "from workshop.lab"), *(checking(name, PREDICTED) for name in reversed(CHECKS))],
        )
        assert [result["passed"] for result in found] == [True] * len(CHECKS), found
        assert [fault["kind"] for service in services for fault in service.faults()] == [
            "rate_limit",
            "unavailable",
        ]
    finally:
        for service in services:
            service.clear_faults()


def test_without_a_prediction_nothing_is_killed(bench: Bench, tmp_path: Path) -> None:
    solved = part(cells(EXERCISE.solution), "from workshop.lab", "%%writefile")
    found = execute(bench, tmp_path, [*solved, checking("01.forgets", "prediction=None")])
    assert [finding["seen"] for finding in found[0]["findings"]] == ["no prediction yet"]


FIRST = [patch for name in CHECKS for patch in EXERCISE.wrong_answers(name)[:1]]
OTHERS = [patch for name in CHECKS for patch in EXERCISE.wrong_answers(name)[1:]]


@pytest.mark.parametrize(
    "patches", [FIRST, pytest.param(OTHERS, marks=pytest.mark.slow)], ids=["one for each check", "others"]
)
def test_each_wrong_answer_is_red_for_its_reason(bench: Bench, tmp_path: Path, patches: list[Path]) -> None:
    EXERCISE.try_wrong_answers(bench, tmp_path, patches, answers=PREDICTED)
