"""A worker that only makes model calls, at most two at once: the one place that knows the provider's limit."""

import asyncio
import os
from contextlib import suppress

from dotenv import load_dotenv
from temporalio.client import Client
from temporalio.openai_agents import OpenAIAgentsPlugin
from temporalio.worker import Worker

TASK_QUEUE = "chat-models-queue"
AT_ONCE = 2


async def main() -> None:
    client = await Client.connect(os.environ.get("TEMPORAL_ADDRESS", "127.0.0.1:7233"), plugins=[OpenAIAgentsPlugin()])
    worker = Worker(client, task_queue=TASK_QUEUE, max_concurrent_activities=AT_ONCE)  # the plugin brings the activities
    print(f"Worker started on task queue: {TASK_QUEUE}", flush=True)
    await worker.run()


if __name__ == "__main__":
    load_dotenv(override=True)
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
