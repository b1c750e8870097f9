"""What durability costs: seconds per step and per run for the plain and the durable agent, at three model
latencies.

    .venv/bin/python benchmarks/cost.py [--runs 40] [--trial]

Both have the same agent, question, tool, and services; a run has three steps (model, tool, model). Plain:
`Runner.run` in its own process. Durable: lesson 03's workflow on one worker. They take turns, one run at a
time. Latency 0 is also measured with the server as the Temporal CLI starts it: it waits for the disk and
looks for the next step at most 20 times a second; ours does neither (see workshop/services/temporal.py). The
profile at the end shows which code uses the processor time of a durable run.
"""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from common import HERE, AgentWorker, Bench, cpu_s, median, parser, report, service_pids, services, sizes
from temporalio.client import Client
from temporalio.openai_agents import OpenAIAgentsPlugin
from workflow import WeatherAgentWorkflow

from workshop.processes.keeper_client import KeeperClient
from workshop.services import temporal

QUESTION = "Are there weather alerts in Ohio?"
STEPS = 3
TARGET_MS, TARGET_SHARE = 15.0, 0.03


class PlainAgent:
    """A process of plain_agent.py: each input line is a question, each output line the seconds that the
    answer took.
    """

    def __init__(self, bench: Bench) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "plain_agent.py")],
            env=bench.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self) -> float:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(QUESTION + "\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def stop(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(10)


async def durable_run(client: Client, queue: str) -> float:
    began = time.perf_counter()
    await client.execute_workflow(WeatherAgentWorkflow.run, QUESTION, id=f"cost-{uuid4()}", task_queue=queue)
    return time.perf_counter() - began


@contextmanager
def default_server() -> Iterator[None]:
    """Start servers as the Temporal CLI does, without our settings, while the block runs."""
    kept = temporal.SQLITE, temporal.DYNAMIC
    temporal.SQLITE, temporal.DYNAMIC = (), ()  # type: ignore[assignment]
    try:
        yield
    finally:
        temporal.SQLITE, temporal.DYNAMIC = kept


async def measure(name: str, latency: float, runs: int) -> tuple[dict[str, Any], dict[str, float]]:
    """Return medians of alternating plain and durable runs, and the processor time of a durable run by
    process.
    """
    with services(name, latency) as bench:
        client = await Client.connect(bench.settings.temporal_address, plugins=[OpenAIAgentsPlugin()])
        worker = AgentWorker(KeeperClient(), bench, "cost")
        worker.start()
        plain = PlainAgent(bench)
        for _ in range(min(3, runs)):  # everything is loaded and connected
            await asyncio.to_thread(plain.ask)
            await durable_run(client, "cost")
        pids = {**service_pids(bench), "worker": worker.pid}
        used = dict.fromkeys(pids, 0.0)
        plain_s, durable_s = [], []
        for _ in range(runs):
            plain_s.append(await asyncio.to_thread(plain.ask))
            before = {who: cpu_s(pid) for who, pid in pids.items()}
            durable_s.append(await durable_run(client, "cost"))
            for who, pid in pids.items():
                used[who] += cpu_s(pid) - before[who]
        plain.stop()
        worker.stop()
    added = median(durable_s) - median(plain_s)
    row = {
        "model call": f"{latency:g} s",
        "plain run ms": round(median(plain_s) * 1000, 1),
        "durable run ms": round(median(durable_s) * 1000, 1),
        "added per step ms": round(added / STEPS * 1000, 1),
        "added per run": f"{added / median(plain_s):.1%}",
        "runs of each": runs,
    }
    return row, {who: round(seconds / runs * 1000, 1) for who, seconds in used.items()}


def profile(runs: int) -> list[dict[str, Any]]:
    """Return the worker's processor time by package, in ms per run, from yappi in a worker that does nothing
    else.
    """
    with services("profile") as bench:
        out = Path(bench.home) / "profile.json"
        command = [
            sys.executable,
            str(HERE / "agent_worker.py"),
            "--queue",
            "profile",
            "--profile",
            str(out),
            "--runs",
            str(runs),
        ]
        worker = subprocess.Popen(command, cwd=HERE, env=bench.env)

        async def go() -> None:
            client = await Client.connect(bench.settings.temporal_address, plugins=[OpenAIAgentsPlugin()])
            for _ in range(3):  # everything is loaded
                await durable_run(client, "profile")
            worker.send_signal(signal.SIGUSR1)
            for _ in range(runs):
                await durable_run(client, "profile")

        asyncio.run(go())
        worker.send_signal(signal.SIGINT)
        worker.wait(20)
        found: dict[str, float] = json.loads(out.read_text())
    return [{"package": name, "ms a run": round(seconds * 1000, 1)} for name, seconds in found.items()]


def main(runs: int, trial: bool) -> int:
    rows, processes = [], {}
    for latency, count in (
        (0.0, runs),
        (0.2, max(min(5, runs), runs // 4)),
        (2.0, max(min(3, runs), runs // 10)),
    ):
        row, used = asyncio.run(measure(f"cost-{latency:g}", latency, count))
        rows.append({"server": "ours", **row})
        processes[f"{latency:g} s"] = used
        print(row, used, flush=True)
    with default_server():
        row, _ = asyncio.run(measure("cost-kept", 0.0, runs))
    rows.append({"server": "CLI's default", **row})
    report("cost", {"rows": rows, "cpu_ms_a_durable_run": processes}, trial)
    report(
        "cost_processes",
        {"rows": [{"process": who, "ms a run": ms} for who, ms in processes["0 s"].items()]},
        trial,
    )
    report("cost_profile", {"rows": profile(runs)}, trial)
    step, share = float(rows[0]["added per step ms"]), float(str(rows[2]["added per run"]).rstrip("%")) / 100
    print(
        f"per step at latency 0: {step} ms (allowed {TARGET_MS}); per run at 2 s: {share:.1%} (allowed "
        f"{TARGET_SHARE:.0%})"
    )
    return 0 if (step <= TARGET_MS and share <= TARGET_SHARE) or trial else 1


if __name__ == "__main__":
    given = sizes(parser(__doc__), runs=(40, 1))
    sys.exit(main(given.runs, given.trial))
