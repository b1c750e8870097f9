"""Crashes of the agent that asks a person: at any point, one refund, and no recorded call made again."""

from __future__ import annotations

import pytest
from bench_instance import Bench
from crash_cases import approval
from crash_matrix import Matrix
from crash_rows import table

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200), pytest.mark.xdist_group("refund crashes")]


async def test_a_kill_at_any_point_gives_one_refund_and_makes_no_recorded_call_again(bench: Bench) -> None:
    async with Matrix(bench, approval(bench)) as matrix:
        points = await matrix.points()
        assert {point.kind for point in points} >= {
            "update accepted",
            "update completed",
            "mid call",
            "started",
        }
        assert matrix.reference[1] == {"refunds": 1}
        # find_order answers at once: no kill can meet its middle
        instant = {"find_order #2 started", "find_order #2 mid call"}
        rows = [await matrix.strike(point) for point in points if str(point) not in instant]
    print(table(rows))
    assert [row for row in rows if not (row.ok and row.met)] == []
