"""The worker of stage 05 ends at any point of a run with two answers, an approved plan and five searches: same
report, nothing made again.
"""

from __future__ import annotations

import json

import pytest
from bench_instance import Bench
from crash_cases import research
from crash_matrix import Matrix
from crash_points import Point
from crash_rows import as_json, table

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("research crashes")]


def the(points: list[Point], text: str) -> Point:
    return next(point for point in points if text in str(point))


async def test_a_kill_while_it_waits_or_while_searches_run_costs_no_recorded_call(bench: Bench) -> None:
    """A sample of the matrix."""
    async with Matrix(bench, research(bench)) as matrix:
        points = await matrix.points()
        waiting = await matrix.strike(the(points, "Update 2 (provide_clarification) completed"))
        searching = await matrix.strike(the(points, "Search Agent #6 mid call"))
    assert waiting.met and waiting.ok, waiting
    assert (waiting.recorded_before, waiting.wasted) == (2, 0)
    assert searching.met and searching.ok, searching
    assert searching.recorded_before >= 3
    assert searching.wasted > 0, (
        "a kill in the middle of five calls wastes some: otherwise the count can't be trusted"
    )


@pytest.mark.slow
@pytest.mark.timeout(3600)
async def test_a_kill_or_a_stop_at_any_point_gives_the_same_report(bench: Bench) -> None:
    async with Matrix(bench, research(bench)) as matrix:
        points = await matrix.points()
        assert {point.kind for point in points} == {
            "task completed",
            "started",
            "mid call",
            "completed",
            "update accepted",
            "update completed",
        }
        assert sum("update" in point.kind for point in points) == 8
        assert {point.number for point in points if point.kind == "mid call"} == {
            str(number) for number in range(1, 10)
        }
        notes = {point.number for point in points if point.number.startswith("takes note of #")}
        assert notes >= {f"takes note of #{number}" for number in (4, 5, 6, 7)}, (
            "searches must end one after the other"
        )
        rows = [await matrix.strike(point, how) for how in ("kill", "stop") for point in points]
    (bench.home / "crash_matrix_05.json").write_text(json.dumps(as_json(rows), indent=1))
    print(table(rows))
    assert [row for row in rows if not (row.ok and row.met)] == []
