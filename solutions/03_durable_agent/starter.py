"""The starter: hands a question to the durable agent and waits for the answer.

python starter.py "Are there weather alerts in California?"
"""

import asyncio
import os
import sys
from uuid import uuid4

from dotenv import load_dotenv
from temporalio.client import Client
from temporalio.openai_agents import OpenAIAgentsPlugin
from workflow import TASK_QUEUE, WeatherAgentWorkflow


async def ask(question: str) -> str:
    client = await Client.connect(
        os.environ.get("TEMPORAL_ADDRESS", "127.0.0.1:7233"),
        plugins=[OpenAIAgentsPlugin()],  # here too: both ends must read and write the same data
    )
    handle = await client.start_workflow(
        WeatherAgentWorkflow.run,
        question,
        id=f"weather-agent-{uuid4()}",
        task_queue=TASK_QUEUE,
    )
    print(f"Started {handle.id}")
    return await handle.result()


def main(question: str) -> None:
    load_dotenv(override=True)
    print(asyncio.run(ask(question)))


if __name__ == "__main__":
    main(sys.argv[1])
