"""How long things take to start: a worker (cold, warm, forked), the setup (first and second `up`), each
lesson headless.

    .venv/bin/python benchmarks/starts.py [--times 5] [--no-setup] [--no-lessons] [--trial]

A worker's time is from the start of the process until it polls its task queue. Cold: the system's file cache
was emptied first (this needs root and is skipped otherwise). The setup runs in a fresh clone with a fresh
HOME and this machine's package cache.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from common import HERE, ROOT, AgentWorker, Bench, free_ports, median, parser, polls, report, services, sizes
from temporalio.client import Client

from workshop.commands import lessons as run
from workshop.processes.keeper_client import KeeperClient

FIRST, SECOND = "first `up --no-lab` in a fresh clone", "second `up --no-lab`, all runs"
FIRST_CELL = "first cell of a lesson"
FORKED_S, FIRST_UP_S, SECOND_UP_S, FIRST_CELL_S = 0.6, 15.0, 8.0, 1.0


def empty_the_file_cache() -> None:
    os.sync()
    Path("/proc/sys/vm/drop_caches").write_text("3")


def start_worker(bench: Bench, queue: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(HERE / "agent_worker.py"), "--queue", queue], cwd=HERE, env=bench.env
    )


async def plain_start(bench: Bench, client: Client, queue: str, cold: bool) -> float:
    if cold:
        empty_the_file_cache()
    began = time.monotonic()
    process = start_worker(bench, queue)
    await polls(client, queue, process.pid)
    took = time.monotonic() - began
    process.send_signal(2)
    process.wait(10)
    return took


async def workers(times: int) -> list[dict[str, Any]]:
    taken: dict[str, list[float]] = {"cold": [], "warm": [], "forked": []}
    keeper = KeeperClient()
    with services("starts") as bench:
        client = await Client.connect(bench.settings.temporal_address)
        await plain_start(bench, client, "starts-first", cold=False)
        keeper.warm_up()
        first = AgentWorker(keeper, bench, "starts-first")
        first.start()
        await polls(client, first.queue, first.pid)
        first.stop()
        for number in range(times):
            if os.access("/proc/sys/vm/drop_caches", os.W_OK):
                taken["cold"].append(await plain_start(bench, client, f"cold-{number}", cold=True))
            await plain_start(bench, client, f"again-{number}", cold=False)  # this fills the cache again
            taken["warm"].append(await plain_start(bench, client, f"warm-{number}", cold=False))
            worker = AgentWorker(keeper, bench, f"forked-{number}")
            began = time.monotonic()
            worker.start()
            await polls(client, worker.queue, worker.pid)
            taken["forked"].append(time.monotonic() - began)
            worker.stop()
    return [
        {"what": f"worker, {name}", "median s": round(median(found), 2), "worst s": round(max(found), 2)}
        for name, found in taken.items()
        if found
    ]


def set_up() -> list[dict[str, Any]]:
    """Measure `up --no-lab` in a fresh clone, three times, with a HOME that has only the package cache."""
    names = (
        "TEMPORAL_PORT",
        "TEMPORAL_UI_PORT",
        "RESEARCH_APP_PORT",
        "GATEWAY_PORT",
        "WEATHER_PORT",
        "JUPYTER_PORT",
    )
    rows = []
    with tempfile.TemporaryDirectory(prefix="starts-") as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        (Path(folder) / "home").mkdir()
        ports = {name: str(port) for name, port in zip(names, free_ports(len(names)), strict=True)}
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("WORKSHOP_", "VIRTUAL_ENV", "PYTHON"))
        }
        cache = os.environ.get("UV_CACHE_DIR", str(Path.home() / ".cache" / "uv"))
        env = {**kept, **ports, "HOME": f"{folder}/home", "UV_CACHE_DIR": cache}
        workshop = ["python3", "-m", "workshop"]
        quiet: dict[str, Any] = {"cwd": clone, "env": env, "stdout": subprocess.DEVNULL}
        try:
            for name in (FIRST, SECOND, "`up --no-lab` after `down`"):
                if name.endswith("`down`"):
                    subprocess.run([*workshop, "down"], check=True, **quiet)
                began = time.monotonic()
                subprocess.run([*workshop, "up", "--no-lab"], check=True, **quiet)
                took = round(time.monotonic() - began, 1)
                rows.append({"what": name, "median s": took, "worst s": took})
        finally:
            subprocess.run([*workshop, "down"], check=False, **quiet)
    return rows


def first_cell_s(notebook: Any) -> float:
    """Return how long the first code cell of an executed lesson took, in seconds."""
    cell = next(cell for cell in notebook.cells if cell.cell_type == "code")
    moments = cell.metadata["execution"]
    began, ended = (
        datetime.fromisoformat(moments[name]) for name in ("iopub.execute_input", "shell.execute_reply")
    )
    return (ended - began).total_seconds()


def lessons() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    first: list[float] = []
    with services("lessons", latency=0.2) as bench:
        for path in run.find([]):
            began = time.monotonic()
            result = run.execute(path, env=bench.env)
            took = round(time.monotonic() - began, 1)
            assert result.ok, str(result)
            rows.append({"what": f"lesson {path.stem}, headless", "median s": took, "worst s": took})
            first.append(first_cell_s(result.notebook))
            print(rows[-1], first[-1], flush=True)
    found = {"median s": round(median(first), 2), "worst s": round(max(first), 2)}
    return [*rows, {"what": FIRST_CELL, **found}]


def main(times: int, with_setup: bool, with_lessons: bool, trial: bool) -> int:
    rows = asyncio.run(workers(times))
    rows += set_up() if with_setup else []
    rows += lessons() if with_lessons else []
    report("starts", {"rows": rows}, trial)
    seconds = {row["what"]: row["median s"] for row in rows}
    allowed = {"worker, forked": FORKED_S, FIRST: FIRST_UP_S, SECOND: SECOND_UP_S, FIRST_CELL: FIRST_CELL_S}
    missed = {what: seconds[what] for what, limit in allowed.items() if seconds.get(what, 0) > limit}
    print(f"missed: {missed}" if missed else "all within their limits")
    return 1 if missed and not trial else 0


if __name__ == "__main__":
    given = sizes(parser(__doc__), times=(5, 1), setup=(True, False), lessons=(True, False))
    sys.exit(main(given.times, given.setup, given.lessons, given.trial))
