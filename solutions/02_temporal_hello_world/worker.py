"""The worker: a process that asks the task queue for work and runs workflow and activity code."""

import asyncio
import os
from contextlib import suppress
from datetime import timedelta

from activities import get_alerts
from dotenv import load_dotenv
from temporalio.client import Client
from temporalio.worker import Worker
from workflow import TASK_QUEUE, WeatherWorkflow


async def main() -> None:
    client = await Client.connect(os.environ.get("TEMPORAL_ADDRESS", "127.0.0.1:7233"))
    worker = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[WeatherWorkflow],
        activities=[get_alerts],
        # A run's next step goes to the worker that had the last one. If that one is dead, it goes to any
        # other after 1 s, not 10.
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
    )
    print(f"Worker started on task queue: {TASK_QUEUE}")
    await worker.run()


if __name__ == "__main__":
    load_dotenv(override=True)
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
