"""The worker of exercise 03 is ended at any point of a run: one notice each, whatever is killed."""

from __future__ import annotations

import pytest
from bench_instance import Bench
from crash_cases import exercise03
from crash_matrix import Matrix
from crash_points import Point
from crash_rows import Row, table

pytestmark = [pytest.mark.timeout(600), pytest.mark.xdist_group("exercise-03")]


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
