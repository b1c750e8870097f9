"""The starter: python starter.py "Please refund order 1208." · --approve ID · --refuse ID"""

import asyncio
import os
from argparse import ArgumentParser, Namespace
from uuid import uuid4

from dotenv import load_dotenv
from temporalio.client import Client
from temporalio.openai_agents import OpenAIAgentsPlugin
from workflow import TASK_QUEUE, RefundWorkflow


async def act(given: Namespace) -> str:
    client = await Client.connect(os.environ.get("TEMPORAL_ADDRESS", "127.0.0.1:7233"), plugins=[OpenAIAgentsPlugin()])
    if run_id := given.approve or given.refuse:
        handle = client.get_workflow_handle_for(RefundWorkflow.run, run_id)
        print(await handle.execute_update(RefundWorkflow.decide, bool(given.approve)), flush=True)
        return await handle.result()
    handle = await client.start_workflow(RefundWorkflow.run, given.request, id=f"refund-{uuid4()}", task_queue=TASK_QUEUE)
    return f"{handle.id} may wait for a person now: python starter.py --approve {handle.id}"


if __name__ == "__main__":
    load_dotenv(override=True)
    parser = ArgumentParser()
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("request", nargs="?")
    choice.add_argument("--approve", metavar="ID")
    choice.add_argument("--refuse", metavar="ID")
    print(asyncio.run(act(parser.parse_args())), flush=True)
    os._exit(0)  # no interpreter shutdown: the SDK's threads can abort the process there (sdk-python issue 300)
