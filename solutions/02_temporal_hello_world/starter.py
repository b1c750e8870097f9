"""The starter: asks Temporal for a run of the workflow and waits for its result.

python starter.py CA
"""

import asyncio
import os
import sys
from uuid import uuid4

from dotenv import load_dotenv
from temporalio.client import Client
from workflow import TASK_QUEUE, WeatherWorkflow


async def main(state: str) -> None:
    client = await Client.connect(os.environ.get("TEMPORAL_ADDRESS", "127.0.0.1:7233"))
    handle = await client.start_workflow(
        WeatherWorkflow.run,
        state,
        id=f"weather-{uuid4()}",
        task_queue=TASK_QUEUE,
    )
    print(f"Started {handle.id}")
    print(await handle.result())


if __name__ == "__main__":
    load_dotenv(override=True)
    asyncio.run(main(sys.argv[1]))
