"""The crash matrix of a stage: its worker is ended at each point that a kill can meet. See tests/crash_matrix.py.

    .venv/bin/python bench/crash_matrix.py exercise03 [--how kill|stop|both] [--lanes 3] [--out bench/results/….json]

Starts services of its own on free ports, one set a lane, in a temporary home: most of the time is spent waiting for time-outs,
so lanes pay. Prints a Markdown table and writes the rows as JSON. Exit code 1 if any row is not as it should be.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections import deque
from contextlib import AsyncExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import conftest  # noqa: E402  # chooses a temporary home, before anything of the workshop is imported
from bench_instance import bench_instance  # noqa: E402
from crash_cases import CASES  # noqa: E402
from crash_matrix import How, Matrix, Point, Reference, Row, as_json, table  # noqa: E402


async def strike_all(case: str, hows: list[How], lanes: int) -> list[Row]:
    """The rows of all points, in their order."""
    rows: dict[int, Row] = {}
    async with AsyncExitStack() as stack:
        benches = [
            stack.enter_context(bench_instance(conftest.HOME / f"lane{lane}", upstream_base_url="http://127.0.0.1:9/v1"))
            for lane in range(lanes)
        ]
        matrices = [await stack.enter_async_context(Matrix(bench, CASES[case](bench))) for bench in benches]
        points = await matrices[0].points()
        todo = deque(enumerate((point, how) for how in hows for point in points))
        print(f"{len(points)} points, {len(todo)} strikes, {lanes} at a time", flush=True)
        await asyncio.gather(*(strike(matrix, matrices[0].reference, todo, rows) for matrix in matrices))
    return [rows[number] for number in sorted(rows)]


async def strike(matrix: Matrix, reference: Reference, todo: deque[tuple[int, tuple[Point, How]]], rows: dict[int, Row]) -> None:
    matrix.reference = reference
    while todo:
        number, (point, how) = todo.popleft()
        row = rows[number] = await matrix.strike(point, how)
        print(row, "" if row.ok and row.met else "  <-- look", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", choices=sorted(CASES))
    parser.add_argument("--how", choices=("kill", "stop", "both"), default="both")
    parser.add_argument("--lanes", type=int, default=3)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    found = asyncio.run(strike_all(given.case, ["kill", "stop"] if given.how == "both" else [given.how], given.lanes))
    out = given.out or ROOT / "bench" / "results" / f"crash_matrix_{given.case}.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(as_json(found), indent=1) + "\n")
    print("\n" + table(found))
    sys.exit(0 if found and all(row.ok and row.met for row in found) else 1)
