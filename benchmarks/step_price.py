"""What a durable step costs with each setting that might change it, all of them in one run.

    .venv/bin/python benchmarks/step_price.py [--runs 40] [--trial]

Lesson 03's agent at model latency 0, three steps a run. Each setting of a worker has a worker of its own on
the same server; each setting of a server has a server of its own, with our worker. They and the plain agent
take turns, one run at a time, so that each meets the same machine. A step's price is what a run takes longer
than the plain agent's, by its three steps. Times are medians, processor times means; the last column compares
a run with ours of the same turn.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from agent_worker import VARIANTS
from common import AgentWorker, Bench, cpu_s, median, parser, report, service_pids, services, sizes
from cost import QUESTION, STEPS, PlainAgent
from temporalio.client import Client
from temporalio.openai_agents import OpenAIAgentsPlugin
from workflow import WeatherAgentWorkflow

from workshop.processes.keeper_client import KeeperClient
from workshop.services import temporal

SERVERS: dict[str, dict[str, Any]] = {
    "server collects garbage at twice as much (GOGC=100)": {"SMALL": {}},
    "server waits for the disk (CLI's default)": {"SQLITE": ()},
    "server looks for steps 20 times a second (CLI's default)": {
        "DYNAMIC": [one for one in temporal.DYNAMIC if "MaxPollRPS" not in one]
    },
}
"""What differs in workshop/services/temporal.py."""


@dataclass
class Way:
    """One setting: its worker, its server, and what its runs took."""

    name: str
    worker: AgentWorker
    client: Client
    pids: dict[str, int]
    took_s: list[float] = field(default_factory=list)
    cpu_s: dict[str, list[float]] = field(default_factory=dict)

    async def run(self) -> None:
        before = {who: cpu_s(pid) for who, pid in self.pids.items()}
        began = time.perf_counter()
        await self.client.execute_workflow(
            WeatherAgentWorkflow.run, QUESTION, id=f"price-{uuid4()}", task_queue=self.worker.queue
        )
        self.took_s.append(time.perf_counter() - began)
        for who, pid in self.pids.items():
            self.cpu_s.setdefault(who, []).append(cpu_s(pid) - before[who])


@contextmanager
def server(changed: dict[str, Any], name: str) -> Iterator[Bench]:
    """Start services, with other settings of the Temporal server."""
    kept = {key: getattr(temporal, key) for key in changed}
    for key, value in changed.items():
        setattr(temporal, key, value)
    with ExitStack() as stack:
        try:
            bench = stack.enter_context(services(name))
        finally:
            for key, value in kept.items():
                setattr(temporal, key, value)
        yield bench


async def way(bench: Bench, name: str, variants: tuple[str, ...] = ()) -> Way:
    client = await Client.connect(bench.settings.temporal_address, plugins=[OpenAIAgentsPlugin()])
    worker = AgentWorker(KeeperClient(), bench, name, ("--variant", *variants) if variants else ())
    worker.start()
    pids = {"server": service_pids(bench)["temporal"], "worker": worker.pid}
    return Way(name, worker, client, pids)


def rows(ways: list[Way], plain_s: list[float]) -> list[dict[str, Any]]:
    ours, found = ways[0], []
    for one in ways:
        ratio = median([a / b for a, b in zip(one.took_s, ours.took_s, strict=True)])
        cpu = {who: sum(values) / len(values) * 1000 for who, values in one.cpu_s.items()}
        found.append(
            {
                "setting": one.name,
                "run ms": round(median(one.took_s) * 1000, 1),
                "a step, over the plain agent's, ms": round(
                    (median(one.took_s) - median(plain_s)) / STEPS * 1000, 1
                ),
                "worker's processor ms": round(cpu["worker"], 1),
                "server's processor ms": round(cpu["server"], 1),
                "of ours": f"{ratio:.2f}",
            }
        )
    return found


async def main(runs: int, trial: bool) -> int:
    with ExitStack() as stack:
        bench = stack.enter_context(services("price"))
        others = {
            name: stack.enter_context(server(SERVERS[name], f"price-{n}")) for n, name in enumerate(SERVERS)
        }
        plain, plain_s = PlainAgent(bench), list[float]()
        ways = [await way(bench, "ours")]
        ways += [await way(bench, name, (name,)) for name in VARIANTS]
        ways += [await way(one, name) for name, one in others.items()]
        for _ in range(3):  # everything is loaded
            await asyncio.to_thread(plain.ask)
            for one in ways:
                await one.run()
        for one in ways:
            one.took_s.clear()
            one.cpu_s.clear()
        for turn in range(runs):
            plain_s.append(await asyncio.to_thread(plain.ask))
            for one in ways[turn % len(ways) :] + ways[: turn % len(ways)]:
                await one.run()
        for one in ways:
            one.worker.stop()
        plain.stop()
    report("step_price", {"rows": rows(ways, plain_s), "plain_ms": round(median(plain_s) * 1000, 1)}, trial)
    return 0


if __name__ == "__main__":
    given = sizes(parser(__doc__), runs=(40, 3))
    sys.exit(asyncio.run(main(given.runs, given.trial)))
