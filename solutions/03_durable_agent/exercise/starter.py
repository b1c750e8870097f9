"""The starter: hands a request to the storm notifier and waits for its answer.

python starter.py "Tell Ana about the alerts in Texas."
"""

import asyncio
import os
import sys
from uuid import uuid4

from dotenv import load_dotenv
from temporalio.client import Client
from temporalio.openai_agents import OpenAIAgentsPlugin
from workflow import TASK_QUEUE, StormNotifierWorkflow


async def notify(request: str) -> str:
    ### BEGIN SOLUTION: connect with the plugin, start the workflow under an id of its own, return its result
    client = await Client.connect(
        os.environ.get("TEMPORAL_ADDRESS", "127.0.0.1:7233"),
        plugins=[OpenAIAgentsPlugin()],
    )
    handle = await client.start_workflow(
        StormNotifierWorkflow.run,
        request,
        id=f"storm-notifier-{uuid4()}",
        task_queue=TASK_QUEUE,
    )
    print(f"Started {handle.id}")
    return await handle.result()
    ### END SOLUTION


if __name__ == "__main__":
    load_dotenv(override=True)
    print(asyncio.run(notify(sys.argv[1])))
