"""A worker that only makes model calls, at most two at once: the one place that knows the provider's limit."""

import asyncio
import os
from datetime import timedelta

from dotenv import load_dotenv
from serving import serve
from temporalio.client import Client
from temporalio.openai_agents import OpenAIAgentsPlugin
from temporalio.worker import Worker

TASK_QUEUE = "chat-models-queue"
AT_ONCE = 2


async def main() -> None:
    client = await Client.connect(os.environ.get("TEMPORAL_ADDRESS", "127.0.0.1:7233"), plugins=[OpenAIAgentsPlugin()])
    worker = Worker(  # the plugin brings the activities
        client,
        task_queue=TASK_QUEUE,
        max_concurrent_activities=AT_ONCE,
        graceful_shutdown_timeout=timedelta(seconds=10),
    )
    await serve(worker)


if __name__ == "__main__":
    load_dotenv(override=True)
    asyncio.run(main())
    os._exit(0)  # no interpreter shutdown: the SDK's threads can abort the process there
