"""The worker: that of lesson 03, and patient with a model that is away, and with whoever stops it."""

import asyncio
import os
import signal
from datetime import timedelta

from activities import find_order, refund_order, screen_request
from agents import AgentsException
from dotenv import load_dotenv
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.openai_agents import ModelActivityParameters, OpenAIAgentsPlugin
from temporalio.worker import Worker
from workflow import TASK_QUEUE, RefundWorkflow

MODEL_CALLS = ModelActivityParameters(
    start_to_close_timeout=timedelta(seconds=30),
    heartbeat_timeout=timedelta(seconds=5),
    # A model that is away delays a run but doesn't end it: limited by time, not by number of attempts.
    schedule_to_close_timeout=timedelta(hours=24),
    # Tried again after 1, 2, 4, 8, 16 s, then every 30 s.
    retry_policy=RetryPolicy(maximum_interval=timedelta(seconds=30)),
)


async def serve(worker: Worker) -> None:
    """Work until Ctrl+C or SIGTERM, then finish the calls under way: they are paid for."""
    stop = asyncio.Event()
    for received in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(received, stop.set)
    async with worker:
        await stop.wait()


async def main() -> None:
    client = await Client.connect(
        os.environ.get("TEMPORAL_ADDRESS", "127.0.0.1:7233"),
        plugins=[OpenAIAgentsPlugin(model_params=MODEL_CALLS)],
    )
    worker = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[RefundWorkflow],
        activities=[find_order, refund_order, screen_request],
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        max_heartbeat_throttle_interval=timedelta(seconds=1),
        workflow_failure_exception_types=[AgentsException],
        graceful_shutdown_timeout=timedelta(seconds=10),
    )
    await serve(worker)


if __name__ == "__main__":
    load_dotenv(override=True)
    asyncio.run(main())
    os._exit(0)  # no interpreter shutdown: the SDK's threads can abort the process there
