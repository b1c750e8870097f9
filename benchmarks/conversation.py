"""What a long conversation costs in history: bytes and seconds per turn over 50 turns, with the 50 MB limit
marked.

    .venv/bin/python benchmarks/conversation.py [--turns 50] [--trial]

Each model call gets the whole conversation so far, and its input is in the history, so bytes grow with the
square of the turns. In addition to the table, a full run draws docs/images/conversation.svg.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from common import ROOT, AgentWorker, parser, report, services, sizes
from conversation_workflow import ConversationWorkflow
from temporalio.client import Client
from temporalio.openai_agents import OpenAIAgentsPlugin

from workshop import history
from workshop.processes.keeper_client import KeeperClient

LIMIT = 50 * 1024 * 1024
"""The size of a history, in bytes, above which Temporal ends the run."""


async def converse(turns: int) -> history.Run:
    with services("conversation") as bench:
        client = await Client.connect(bench.settings.temporal_address, plugins=[OpenAIAgentsPlugin()])
        worker = AgentWorker(KeeperClient(), bench, "conversation")
        worker.start()
        handle = await client.start_workflow(
            ConversationWorkflow.run, turns, id="conversation", task_queue="conversation"
        )
        await handle.result()
        worker.stop()
        return await history.read(handle)


def figures(run: history.Run) -> list[dict[str, Any]]:
    """Return one row per turn: bytes of the history up to its end, bytes of the turn, and seconds of the
    turn.
    """
    rows: list[dict[str, Any]] = []
    began, before = run.started, 0
    for number, step in enumerate(run.model_calls, 1):
        assert step.closed
        total = sum(event.bytes for event in run.events if event.time <= step.closed)
        seconds = (step.closed - began).total_seconds()
        rows.append(
            {
                "turn": number,
                "history kB": total / 1e3,
                "this turn kB": (total - before) / 1e3,
                "seconds": seconds,
            }
        )
        began, before = step.closed, total
    return rows


def turn_of_the_limit(rows: list[dict[str, Any]]) -> int:
    """Return the turn at which the history reaches the limit, if turns keep growing at the same rate."""
    first, last = rows[len(rows) // 2], rows[-1]
    growth = (last["this turn kB"] - first["this turn kB"]) / (last["turn"] - first["turn"])
    turn, total, size = last["turn"], last["history kB"], last["this turn kB"]
    while total < LIMIT / 1e3:
        turn, size = turn + 1, size + growth
        total += size
    return int(turn)


def chart(rows: list[dict[str, Any]], limit_at: int) -> str:
    """Return an SVG of megabytes over turns: measurements as a line, the projection dashed, the limit as a
    horizontal line.
    """
    width, height, left, bottom = 760, 340, 64, 44
    most = limit_at * 1.05

    def at(turn: float, megabytes: float) -> str:
        x = left + turn / most * (width - left - 20)
        y = height - bottom - megabytes / 55 * (height - bottom - 20)
        return f"{x:.1f},{y:.1f}"

    last, total, size = rows[-1]["turn"], rows[-1]["history kB"] / 1e3, rows[-1]["this turn kB"] / 1e3
    growth = (size - rows[len(rows) // 2]["this turn kB"] / 1e3) / (last - rows[len(rows) // 2]["turn"])
    measured = " ".join(at(row["turn"], row["history kB"] / 1e3) for row in rows)
    projected = [at(last, total)]
    for turn in range(last + 1, limit_at + 1):
        size += growth
        total += size
        projected.append(at(turn, total))
    y_limit = at(0, LIMIT / 1e6).split(",")[1]
    ticks = "".join(
        f'<text x="{at(turn, 0).split(",")[0]}" y="{height - 22}" text-anchor="middle">{turn}</text>'
        for turn in range(0, int(most), max(50, round(most / 8 / 50) * 50))
    )
    levels = "".join(
        f'<text x="{left - 8}" y="{at(0, level).split(",")[1]}" text-anchor="end">{level} MB</text>'
        for level in (0, 10, 25)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="system-ui, sans-serif" font-size="13">'
        "<title>Bytes of history over the turns of a conversation</title>"
        "<style>svg{background:#fff;color:#1b2030}text{fill:currentColor}"
        "@media (prefers-color-scheme: dark){svg{background:#11151d;color:#dfe5f2}}</style>"
        f"{ticks}{levels}"
        f'<line x1="{left}" x2="{width - 20}" y1="{y_limit}" y2="{y_limit}" stroke="#d0453f" '
        'stroke-width="1.5"/>'
        f'<text x="{left + 8}" y="{float(y_limit) - 6:.1f}">50 MB: Temporal ends the run (turn {limit_at}, '
        "projected)</text>"
        f'<polyline points="{measured}" fill="none" stroke="#4f6be0" stroke-width="3"/>'
        f'<polyline points="{" ".join(projected)}" fill="none" stroke="#4f6be0" stroke-width="2" '
        'stroke-dasharray="5 5"/>'
        f'<text x="{width / 2}" y="{height - 4}" text-anchor="middle">turns (line: measured, dashes: '
        "projected)</text></svg>\n"
    )


def main(turns: int, trial: bool) -> int:
    rows = figures(asyncio.run(converse(turns)))
    limit_at = turn_of_the_limit(rows)
    shown = [row for row in rows if row["turn"] in (1, 2, 5) or row["turn"] % 10 == 0]
    report(
        "conversation", {"rows": shown, "all": rows, "limit_mb": 50, "limit_reached_at_turn": limit_at}, trial
    )
    if not trial:
        (ROOT / "docs" / "images" / "conversation.svg").write_text(chart(rows, limit_at))
    print(f"at this rate the limit of 50 MB is reached at turn {limit_at}")
    return 0


if __name__ == "__main__":
    given = sizes(parser(__doc__), turns=(50, 6))
    sys.exit(main(given.turns, given.trial))
