"""The worker of lesson 03, for all chats of this lesson."""

import asyncio
import os
from datetime import timedelta
from pkgutil import resolve_name

from activities import get_weather, read_archive, read_bulletin
from agents import AgentsException
from dotenv import load_dotenv
from serving import serve
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.openai_agents import ModelActivityParameters, OpenAIAgentsPlugin
from temporalio.worker import Worker
from workflow import TASK_QUEUE

MODEL_CALLS = ModelActivityParameters(
    start_to_close_timeout=timedelta(seconds=30),
    heartbeat_timeout=timedelta(seconds=5),
    retry_policy=RetryPolicy(maximum_attempts=5),
    # new: where the words of an answer go as they come; see streamed_chat.py
    streaming_topic="events",
)


async def main() -> None:
    client = await Client.connect(
        os.environ.get("TEMPORAL_ADDRESS", "127.0.0.1:7233"),
        # new: CONVERTER names the data converter, as "module:name"
        data_converter=resolve_name(os.environ.get("CONVERTER", "temporalio.converter:DataConverter.default")),
        plugins=[OpenAIAgentsPlugin(model_params=MODEL_CALLS)],
    )
    worker = Worker(
        client,
        task_queue=TASK_QUEUE,
        # new: CHATS names the workflows, each as "module:name"
        workflows=[resolve_name(name) for name in os.environ.get("CHATS", "workflow:ChatWorkflow").split()],
        activities=[get_weather, read_bulletin, read_archive],
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        max_heartbeat_throttle_interval=timedelta(seconds=1),
        workflow_failure_exception_types=[AgentsException],
        # A worker told to stop has this long to finish the calls that are paid for.
        graceful_shutdown_timeout=timedelta(seconds=10),
    )
    await serve(worker)  # new: a deployment's SIGTERM ends it, too; see serving.py


if __name__ == "__main__":
    load_dotenv(override=True)
    asyncio.run(main())
    os._exit(0)  # no interpreter shutdown: the SDK's threads can abort the process there
