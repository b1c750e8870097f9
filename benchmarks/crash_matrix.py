"""The crash matrix of a stage: its worker is ended at each point that a kill can hit. See
tests/helpers/crash_matrix.py.

    .venv/bin/python benchmarks/crash_matrix.py exercise03 [--how kill|stop|both] [--lanes 3] [--trial]

The script starts its own services on free ports, one set per lane, in a temporary home. Lanes save time
because most of the time is spent waiting for time-outs. It prints a Markdown table for docs/reliability.md
and, unless it is a trial, keeps the rows as JSON. Exit code 1 if any row is not as it should be.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from contextlib import AsyncExitStack

from common import keep, parser, services, sizes
from crash_cases import CASES
from crash_matrix import Matrix, Reference
from crash_points import Point
from crash_rows import How, Row, as_json, table


async def strike_all(case: str, hows: list[How], lanes: int, most: int) -> list[Row]:
    """Return the rows of all points in order, or of the first `most` points if that is not 0."""
    rows: dict[int, Row] = {}
    async with AsyncExitStack() as stack:
        benches = [stack.enter_context(services(f"lane{lane}")) for lane in range(lanes)]
        matrices = [await stack.enter_async_context(Matrix(bench, CASES[case](bench))) for bench in benches]
        points = await matrices[0].points()
        todo = deque([*enumerate((point, how) for how in hows for point in points)][: most or None])
        print(f"{len(points)} points, {len(todo)} strikes, {lanes} at a time", flush=True)
        await asyncio.gather(*(strike(matrix, matrices[0].reference, todo, rows) for matrix in matrices))
    return [rows[number] for number in sorted(rows)]


async def strike(
    matrix: Matrix, reference: Reference, todo: deque[tuple[int, tuple[Point, How]]], rows: dict[int, Row]
) -> None:
    matrix.reference = reference
    while todo:
        number, (point, how) = todo.popleft()
        row = rows[number] = await matrix.strike(point, how)
        print(row, "" if row.ok and row.met else "  <-- look", flush=True)


if __name__ == "__main__":
    command_line = parser(__doc__)
    command_line.add_argument("case", choices=sorted(CASES))
    command_line.add_argument("--lanes", type=int, default=3)
    given = sizes(command_line, how=("both", "kill"), most=(0, 2))
    hows: list[How] = ["kill", "stop"] if given.how == "both" else [given.how]
    found = asyncio.run(strike_all(given.case, hows, given.lanes, given.most))
    if not given.trial:
        keep(f"crash_matrix_{given.case}", as_json(found))
    print("\n" + table(found))
    sys.exit(0 if found and all(row.ok and row.met for row in found) else 1)
