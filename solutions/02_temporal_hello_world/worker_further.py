"""The worker of "Going further": the same process, with more to offer."""

import asyncio
import os
from contextlib import suppress
from datetime import timedelta

from activities import get_alerts
from dotenv import load_dotenv
from further import NoticeWorkflow, ReminderWorkflow
from notices import post_notice
from temporalio.client import Client
from temporalio.worker import Worker
from workflow import TASK_QUEUE, WeatherWorkflow


async def main() -> None:
    client = await Client.connect(os.environ.get("TEMPORAL_ADDRESS", "127.0.0.1:7233"))
    worker = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[WeatherWorkflow, NoticeWorkflow, ReminderWorkflow],
        activities=[get_alerts, post_notice],
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
    )
    await worker.run()


if __name__ == "__main__":
    load_dotenv(override=True)
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
