"""Exercise 03, executed: every check red on the untouched exercise and on each wrong answer, green on the
solution.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from bench_instance import Bench
from crash_cases import exercise03
from crash_matrix import Matrix
from crash_points import Point
from crash_rows import Row, table
from exercise_notebooks import Exercise, cells, part

EXERCISE = Exercise("03_durable_agent")
CHECKS = EXERCISE.checks
QUICK = [
    "03.durable-one_tool",
    "03.heartbeat-none",
    "03.secret-as_an_argument",
    "03.own-events_of_every_kind",
    "03.again-activity_id",
]
"""One wrong answer for each check that needs no kill. The others wait out time-outs, and are marked slow."""

pytestmark = [pytest.mark.timeout(600), pytest.mark.xdist_group("exercise-03")]


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
    EXERCISE.see_solved_again(bench, tmp_path, first, EXERCISE.open_lesson())


def test_one_wrong_answer_for_each_check_that_needs_no_kill(bench: Bench, tmp_path: Path) -> None:
    EXERCISE.try_wrong_answers(bench, tmp_path, EXERCISE.quick_ones(QUICK))


@pytest.mark.slow
@pytest.mark.parametrize("name", CHECKS)
def test_each_wrong_answer_is_red_for_its_reason(bench: Bench, tmp_path: Path, name: str) -> None:
    EXERCISE.try_wrong_answers(bench, tmp_path, EXERCISE.wrong_answers(name))


async def test_a_kill_at_the_point_that_costs_most_leaves_one_notice_each(bench: Bench) -> None:
    """A sample of the matrix: the notice hangs on the board, and nobody has recorded it."""
    async with Matrix(bench, exercise03(bench)) as matrix:
        points = await matrix.points()
        point = next(
            point for point in points if point.kind == "mid call" and point.name.startswith("post_notice")
        )
        row = await matrix.strike(point)
    assert row.met and row.ok, row
    assert row.observed == {"Ana": 1, "Ben": 1}
    assert row.recorded_before == 2


@pytest.mark.slow
async def test_the_same_kill_without_a_key_leaves_two_and_the_matrix_says_so(bench: Bench) -> None:
    case = exercise03(bench)
    async with Matrix(bench, case) as matrix:
        points = await matrix.points()
        activities = case.folder / "activities.py"
        keyed = activities.read_text()
        activities.write_text(keyed.replace('headers = {"Idempotency-Key"', 'headers = {"Nothing-Special"'))
        point = next(
            point for point in points if point.kind == "mid call" and point.name.startswith("post_notice")
        )
        row = await matrix.strike(point)
    assert activities.read_text() != keyed
    assert row.met and row.completed and not row.ok, row
    assert sorted(row.observed.values()) in ([1, 2], [2, 2])


@pytest.mark.slow
@pytest.mark.timeout(3000)
async def test_a_kill_or_a_stop_at_any_point_leaves_one_notice_each(bench: Bench) -> None:
    rows: list[Row] = []
    async with Matrix(bench, exercise03(bench)) as matrix:
        points = await matrix.points()
        assert kinds(points) == {"task completed", "started", "mid call", "completed"}
        for how in ("kill", "stop"):
            rows += [await matrix.strike(point, how) for point in points]
    print(table(rows, "notices"))
    assert [row for row in rows if not row.ok] == []
    assert [row for row in rows if not row.met] == []


def kinds(points: list[Point]) -> set[str]:
    return {point.kind for point in points}
