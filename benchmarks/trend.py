"""The headline figures of the benchmarks over time: kept by commit, drawn, and compared.

    .venv/bin/python benchmarks/trend.py        draws docs/images/trend.svg again, and names what got worse

Every full run of a benchmark adds its figures to results/trend.jsonl, one JSON object a line: the figure, its
value, the commit, the time, and the machine. Less is better in all of them. A figure is worse if it is a
fifth above the best one since the last explanation on the same machine: to explain one, write `"why"` into
its line. `test --all` fails on a figure that got worse and has no explanation.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TREND = HERE / "results" / "trend.jsonl"
PICTURE = HERE.parent / "docs" / "images" / "trend.svg"
WORSE = 1.2
Result = Mapping[str, Any]
Entry = dict[str, Any]


def _row(result: Result, what: str, column: str = "median s") -> float:
    [row] = [row for row in result["rows"] if what in row.values()]
    return float(row[column])


def _lessons(result: Result) -> float:
    """Lessons 00 to 05: the two later ones were not there when this began."""
    rows = [row for row in result["rows"] if row["what"].startswith(tuple(f"lesson 0{n}" for n in range(6)))]
    return sum(float(row["median s"]) for row in rows)


FIGURES: dict[str, dict[str, Callable[[Result], float]]] = {
    "recovery": {
        "killed in a model call: worst wait, of the tutorials'": lambda r: r["ours_to_tutorials"],
        "killed in a model call: worst over the ideal, s": lambda r: r["worst_over_ideal_s"],
    },
    "first_answer": {"first answer after a crash, s": lambda r: _row(r, "ours (1 s)")},
    "cost": {
        "a step, over a plain agent's, ms": lambda r: r["rows"][0]["added per step ms"],
        "a durable run, of a plain one": lambda r: (
            r["rows"][0]["durable run ms"] / r["rows"][0]["plain run ms"]
        ),
    },
    "throughput": {
        "ten runs at once, one worker: s a run": lambda r: 1 / r["rows"][2]["runs a second"],
    },
    "starts": {
        "a worker forked, s": lambda r: _row(r, "worker, forked"),
        "first 'up' in a fresh clone, s": lambda r: _row(r, "first `up --no-lab` in a fresh clone"),
        "six lessons headless, s": _lessons,
        "first cell of a lesson, worst, s": lambda r: _row(r, "first cell of a lesson", "worst s"),
    },
    "memory": {"all of the course, MB": lambda r: _row(r, "together", "share MB")},
    "research_load": {
        "50 research runs at once: an answer, p95, s": lambda r: r["sessions"]["seconds"]["answer"]["p95"],
        "one research run, of its critical path": lambda r: r["single"]["worst_ratio"],
    },
    "gateway_load": {
        "a stream: gateway's processor time, ms": lambda r: r["streams"]["gateway_cpu_ms_a_stream"],
        "the gateway over 20,000 calls: growth, MB": lambda r: max(1.0, r["memory"]["growth_mb"]),
    },
}
"""Benchmark -> label of a figure -> how it is found in the result."""


def figures(name: str, result: Result) -> dict[str, float]:
    """Return the headline figures of a benchmark's result by label; none for a benchmark without."""
    return {label: round(float(find(result)), 4) for label, find in FIGURES.get(name, {}).items()}


def entries() -> list[Entry]:
    """Return what was kept, in the order of time."""
    lines = TREND.read_text().splitlines() if TREND.exists() else []
    return sorted((json.loads(line) for line in lines), key=lambda entry: str(entry["taken"]))


def add(name: str, result: Result) -> None:
    """Keep the figures of a result, draw the picture again, and print what got worse."""
    head = ["git", "describe", "--always", "--dirty=+"]
    commit = subprocess.run(head, cwd=HERE, capture_output=True, text=True, check=False).stdout.strip()
    with TREND.open("a") as file:
        for label, value in figures(name, result).items():
            entry = {"figure": label, "value": value, "commit": commit, "taken": result["taken"]}
            entry |= {"load": result["load_before"][0], "machine": machine(result)}
            file.write(json.dumps(entry) + "\n")
    PICTURE.write_text(drawn(entries()))
    print(*worse(entries()), sep="\n", flush=True)


def machine(result: Result) -> str:
    """Return what a result was measured on, without what changes at each start of a virtual machine."""
    cores, *_ = str(result["machine"]).split(",")
    return f"{cores}, {str(result['machine']).rsplit(', ', maxsplit=1)[-1]}"


def series(kept: Sequence[Entry]) -> dict[str, list[Entry]]:
    """Return the entries of each figure, in the order of FIGURES; those of other machines than the newest's
    are left out.
    """
    known = [label for labels in FIGURES.values() for label in labels]
    here = sorted((one for one in kept if one["figure"] in known), key=lambda one: known.index(one["figure"]))
    found = {label: list(group) for label, group in groupby(here, key=lambda one: str(one["figure"]))}
    return {
        label: [one for one in group if one["machine"] == group[-1]["machine"]]
        for label, group in found.items()
    }


def worse(kept: Sequence[Entry]) -> list[str]:
    """Return a sentence for each figure whose newest value is a fifth above its best."""
    said = []
    for label, group in series(kept).items():
        explained = [number for number, one in enumerate(group) if one.get("why")]
        since = group[explained[-1] if explained else 0 :]
        best, newest = min(one["value"] for one in since), since[-1]
        if newest["value"] >= best * WORSE and len(since) > 1:
            said.append(
                f"{label}: {newest['value']:g} at {newest['commit']}, {newest['value'] / best:.2f} times its "
                f'best, {best:g}. Find out why, or write "why" into its line of {TREND.name}.'
            )
    return said


WIDTH, ROW, LEFT, RIGHT = 900, 44, 430, 640


def drawn(kept: Sequence[Entry]) -> str:
    """Return the picture: a line for each figure from its first run to its last, with both values."""
    found = series(kept)
    rows = [_line(number, label, group) for number, (label, group) in enumerate(found.items())]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {ROW * len(rows) + 40}" '
        'font-family="system-ui, sans-serif" font-size="14">'
        "<title>The headline figures of the benchmarks, run by run</title>"
        "<style>svg{background:#fff;color:#1b2030}text{fill:currentColor}"
        "@media (prefers-color-scheme: dark){svg{background:#11151d;color:#dfe5f2}}</style>"
        f'<text x="16" y="24" font-weight="600">less is better</text>'
        f'<text x="{LEFT}" y="24">run by run, from 0</text>'
        f'<text x="{RIGHT + 110}" y="24" text-anchor="end">first</text>'
        f'<text x="{RIGHT + 180}" y="24" text-anchor="end">now</text>{"".join(rows)}</svg>\n'
    )


def _line(number: int, label: str, group: Sequence[Entry]) -> str:
    """Draw one figure's row."""
    bottom, values = 40 + ROW * (number + 1) - 10, [one["value"] for one in group]
    step, most = (RIGHT - LEFT) / max(1, len(values) - 1), max(values) or 1
    at = [(LEFT + step * place, bottom - (ROW - 16) * value / most) for place, value in enumerate(values)]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="#4f6be0"><title>{one["value"]:g} at '
        f"{escape(one['commit'])}, {one['taken'][:10]}</title></circle>"
        for (x, y), one in zip(at, group, strict=True)
    )
    text = f'y="{bottom - 6}" text-anchor="end"'
    return (
        f'<line x1="{LEFT}" x2="{RIGHT}" y1="{bottom}" y2="{bottom}" stroke="#8a93a8" stroke-width="0.5"/>'
        f'<text x="16" y="{bottom - 6}">{escape(label)}</text>'
        f'<polyline points="{points}" fill="none" stroke="#4f6be0" stroke-width="2"/>{dots}'
        f'<text x="{RIGHT + 110}" {text}>{values[0]:.3g}</text>'
        f'<text x="{RIGHT + 180}" {text} font-weight="600">{values[-1]:.3g}</text>'
    )


if __name__ == "__main__":
    PICTURE.write_text(drawn(entries()))
    print(*worse(entries()) or [f"No figure got worse by a fifth. {PICTURE.name} is drawn."], sep="\n")
    sys.exit(1 if worse(entries()) else 0)
