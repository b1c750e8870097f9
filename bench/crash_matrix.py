"""The crash matrix of a stage: its worker is ended at each point that a kill can meet. See tests/crash_matrix.py.

    .venv/bin/python bench/crash_matrix.py exercise03 [--how kill|stop|both] [--slice 0/2] [--out bench/results/…json]

Starts services of its own on free ports, in a temporary home. Prints a Markdown table; exit code 1 if any row is not as it
should be.
`--slice k/n` strikes every n-th point from the k-th on, so that several of these can share the work; `--join` puts the parts
together again: it reads the JSON files given and prints one table.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import conftest  # noqa: E402  # chooses a temporary home, before anything of the workshop is imported
from bench_instance import bench_instance  # noqa: E402
from crash_cases import CASES  # noqa: E402
from crash_matrix import Matrix, Row, as_json, table  # noqa: E402


async def main(arguments: argparse.Namespace) -> int:
    hows = ("kill", "stop") if arguments.how == "both" else (arguments.how,)
    number, of = map(int, arguments.slice.split("/"))
    rows: list[Row] = []
    with bench_instance(conftest.HOME, upstream_base_url="http://127.0.0.1:9/v1") as bench:
        async with Matrix(bench, CASES[arguments.case](bench)) as matrix:
            points = await matrix.points()
            strikes = [(point, how) for how in hows for point in points][number::of]
            for point, how in strikes:
                rows.append(await matrix.strike(point, how))
                print(rows[-1], "" if rows[-1].ok and rows[-1].met else "  <-- look", flush=True)
    return report(rows, arguments.out)


def report(rows: list[Row], out: Path) -> int:
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(as_json(rows), indent=1) + "\n")
    print("\n" + table(rows))
    return 0 if rows and all(row.ok and row.met for row in rows) else 1


def joined(parts: list[Path]) -> list[Row]:
    """The rows of several slices, in the order of the points."""
    slices = [[Row(**{k: v for k, v in row.items() if k != "ok"}) for row in json.loads(part.read_text())] for part in parts]
    longest = max(map(len, slices))
    return [rows[n] for n in range(longest) for rows in slices if n < len(rows)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", choices=sorted(CASES))
    parser.add_argument("--how", choices=("kill", "stop", "both"), default="both")
    parser.add_argument("--slice", default="0/1")
    parser.add_argument("--join", nargs="+", type=Path)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    given.out = given.out or ROOT / "bench" / "results" / f"crash_matrix_{given.case}.json"
    sys.exit(report(joined(given.join), given.out) if given.join else asyncio.run(main(given)))
