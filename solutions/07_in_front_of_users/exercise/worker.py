"""The worker of the help desk."""

import asyncio
import os
from contextlib import suppress
from datetime import timedelta

from activities import look_up
from agents import AgentsException
from dotenv import load_dotenv
from keeping import CONVERTER
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.openai_agents import ModelActivityParameters, OpenAIAgentsPlugin
from temporalio.worker import Worker
from workflow import TASK_QUEUE, HelpDeskWorkflow

MODEL_CALLS = ModelActivityParameters(
    start_to_close_timeout=timedelta(seconds=30),
    heartbeat_timeout=timedelta(seconds=5),
    retry_policy=RetryPolicy(maximum_attempts=5),
    streaming_topic="events",
)


async def main() -> None:
    client = await Client.connect(
        os.environ.get("TEMPORAL_ADDRESS", "127.0.0.1:7233"),
        data_converter=CONVERTER,
        plugins=[OpenAIAgentsPlugin(model_params=MODEL_CALLS)],
    )
    worker = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[HelpDeskWorkflow],
        activities=[look_up],
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        max_heartbeat_throttle_interval=timedelta(seconds=1),
        workflow_failure_exception_types=[AgentsException],
    )
    print(f"Worker started on task queue: {TASK_QUEUE}", flush=True)
    await worker.run()


if __name__ == "__main__":
    load_dotenv(override=True)
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
