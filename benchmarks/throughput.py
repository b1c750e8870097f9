"""Many runs at once: runs per second and time of a run (p95), with 1 and 2 worker processes, at model latency
0.

.venv/bin/python benchmarks/throughput.py [--most 200] [--trial]
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any
from uuid import uuid4

from common import AgentWorker, median, p95, parser, polls, report, services, sizes
from temporalio.client import Client
from temporalio.openai_agents import OpenAIAgentsPlugin
from workflow import WeatherAgentWorkflow

from workshop.processes.keeper_client import KeeperClient

AT_ONCE = (1, 10, 50, 200)


async def measure(client: Client, queue: str, at_once: int) -> dict[str, float]:
    async def one() -> float:
        began = time.perf_counter()
        question = "Are there weather alerts in Ohio?"
        await client.execute_workflow(
            WeatherAgentWorkflow.run, question, id=f"throughput-{uuid4()}", task_queue=queue
        )
        return time.perf_counter() - began

    began = time.perf_counter()
    taken = await asyncio.gather(*(one() for _ in range(at_once)))
    whole = time.perf_counter() - began
    return {"runs a second": at_once / whole, "median s": median(taken), "p95 s": p95(taken)}


async def main(most: int, trial: bool) -> int:
    rows: list[dict[str, Any]] = []
    keeper = KeeperClient()
    with services("throughput") as bench:
        client = await Client.connect(bench.settings.temporal_address, plugins=[OpenAIAgentsPlugin()])
        teams = {
            count: [AgentWorker(keeper, bench, f"workers-{count}") for _ in range(count)] for count in (1, 2)
        }
        for at_once in [number for number in AT_ONCE if number <= most]:
            for count, team in teams.items():  # in turn
                for worker in team:
                    worker.start()
                    await polls(client, worker.queue, worker.pid)
                await measure(client, team[0].queue, 3)  # everything is loaded
                rows.append(
                    {
                        "runs at once": at_once,
                        "workers": count,
                        **await measure(client, team[0].queue, at_once),
                    }
                )
                print(rows[-1], flush=True)
                for worker in team:
                    worker.stop()
    report("throughput", {"rows": rows}, trial)
    return 0


if __name__ == "__main__":
    given = sizes(parser(__doc__), most=(200, 1))
    sys.exit(asyncio.run(main(given.most, given.trial)))
