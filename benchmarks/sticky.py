"""How short may the sticky queue's time-out be? A worker that is only busy loses its runs to a new replay.

    .venv/bin/python benchmarks/sticky.py [--most 100] [--trial]

Lesson 03's agent at model latency 0 on one worker, more and more runs at once. *Lost*: workflow tasks that
the worker did not take in time from its own queue, of all workflow tasks; each is offered again to any
worker, which needs the whole history.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any
from uuid import uuid4

from common import AgentWorker, parser, polls, report, services, sizes
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.openai_agents import OpenAIAgentsPlugin
from workflow import WeatherAgentWorkflow

from workshop.processes.keeper_client import KeeperClient

STICKY_S = (10.0, 1.0, 0.5, 0.25, 0.1)
AT_ONCE = (1, 10, 50, 100)


async def measure(client: Client, queue: str, at_once: int) -> tuple[int, int, float]:
    """Return the workflow tasks that timed out, all workflow tasks, and the seconds that all runs took."""
    began = time.perf_counter()
    handles = [
        await client.start_workflow(
            WeatherAgentWorkflow.run,
            "Are there weather alerts in Ohio?",
            id=f"sticky-{uuid4()}",
            task_queue=queue,
        )
        for _ in range(at_once)
    ]
    await asyncio.gather(*(handle.result() for handle in handles))
    took = time.perf_counter() - began
    kinds = [event.event_type for handle in handles for event in (await handle.fetch_history()).events]
    lost = kinds.count(EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT)
    return lost, kinds.count(EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED), took


async def main(most: int, trial: bool) -> int:
    rows: list[dict[str, Any]] = []
    with services("sticky") as bench:
        client = await Client.connect(bench.settings.temporal_address, plugins=[OpenAIAgentsPlugin()])
        for sticky_s in STICKY_S:
            worker = AgentWorker(KeeperClient(), bench, f"sticky-{sticky_s}", ("--sticky-s", str(sticky_s)))
            worker.start()
            await polls(client, worker.queue, worker.pid)
            await measure(client, worker.queue, 3)  # everything is loaded
            row: dict[str, Any] = {"sticky queue s": sticky_s}
            for at_once in [number for number in AT_ONCE if number <= most]:
                lost, tasks, took = await measure(client, worker.queue, at_once)
                row[f"{at_once} at once: lost"] = f"{lost} of {tasks}"
                row[f"{at_once}: s"] = round(took, 2)
            rows.append(row)
            print(row, flush=True)
            worker.stop()
    report("sticky", {"rows": rows}, trial)
    return 0


if __name__ == "__main__":
    given = sizes(parser(__doc__), most=(100, 10))
    sys.exit(asyncio.run(main(given.most, given.trial)))
