"""A worker for the guarded workflow. One of the settings of `worker.py` is missing: which one?"""

import asyncio
from contextlib import suppress
from datetime import timedelta

from agents import AgentsException  # noqa: F401  (for the setting that is missing)
from connection import connect
from dotenv import load_dotenv
from guarded import TASK_QUEUE, GuardedRoutingWorkflow
from temporalio.openai_agents import OpenAIAgentsPlugin
from temporalio.worker import Worker
from worker import MODEL_CALLS


async def main() -> None:
    client = await connect(plugins=[OpenAIAgentsPlugin(model_params=MODEL_CALLS)])
    worker = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[GuardedRoutingWorkflow],
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        max_heartbeat_throttle_interval=timedelta(seconds=1),
        graceful_shutdown_timeout=timedelta(seconds=10),
    )
    await worker.run()


if __name__ == "__main__":
    load_dotenv(override=True)
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
