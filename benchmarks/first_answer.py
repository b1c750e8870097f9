"""How long the first Update to a waiting workflow takes after a worker restart, with the default sticky queue
and with ours.

.venv/bin/python benchmarks/first_answer.py [--times 5] [--trial]
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any
from uuid import uuid4

from common import AgentWorker, Bench, median, parser, polls, report, services, sizes
from conversation_workflow import WaitingWorkflow
from temporalio.client import Client

from workshop.processes.keeper_client import KeeperClient

SETTINGS = {"default (10 s)": ("--sticky-s", "0"), "ours (1 s)": ("--sticky-s", "1")}
TARGET_S = 1.2


async def first_answer(
    bench: Bench, client: Client, keeper: KeeperClient, settings: tuple[str, ...]
) -> float:
    """Return the seconds from sending the Update to its answer."""
    queue = f"first-answer-{uuid4()}"
    worker = AgentWorker(keeper, bench, queue, settings)
    worker.start()
    handle = await client.start_workflow(WaitingWorkflow.run, id=queue, task_queue=queue)
    async for event in handle.fetch_history_events(wait_new_event=True):
        if event.HasField("workflow_task_completed_event_attributes"):
            break
    worker.kill()
    worker.start()
    await polls(client, queue, worker.pid)
    asked = time.monotonic()
    await handle.execute_update(WaitingWorkflow.tell, "here I am")
    took = time.monotonic() - asked
    worker.stop()
    return took


async def main(times: int, trial: bool) -> int:
    keeper = KeeperClient()
    found: dict[str, list[float]] = {name: [] for name in SETTINGS}
    with services("first-answer") as bench:
        client = await Client.connect(bench.settings.temporal_address)
        for _ in range(times):
            for name, settings in SETTINGS.items():  # in turn
                found[name].append(await first_answer(bench, client, keeper, settings))
    rows: list[dict[str, Any]] = [
        {
            "sticky queue": name,
            "median s": round(median(taken), 2),
            "worst s": round(max(taken), 2),
            "times": len(taken),
        }
        for name, taken in found.items()
    ]
    report("first_answer", {"rows": rows, "all_s": found, "target_s": TARGET_S}, trial)
    return 0 if max(found["ours (1 s)"]) <= TARGET_S or trial else 1


if __name__ == "__main__":
    given = sizes(parser(__doc__), times=(5, 1))
    sys.exit(asyncio.run(main(given.times, given.trial)))
