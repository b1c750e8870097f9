"""The starter: asks for a refund, shows what a run waits for, and carries a person's decision to it."""

import asyncio
import os
import sys
from argparse import ArgumentParser, Namespace
from uuid import uuid4

from dotenv import load_dotenv
from temporalio.client import Client, WorkflowHandle
from temporalio.exceptions import TemporalError
from temporalio.openai_agents import OpenAIAgentsPlugin
from workflow import TASK_QUEUE, RefundWorkflow

ADDRESS = "127.0.0.1:7233"


async def act(given: Namespace) -> str:
    client = await Client.connect(os.environ.get("TEMPORAL_ADDRESS", ADDRESS), plugins=[OpenAIAgentsPlugin()])
    handle = client.get_workflow_handle_for(RefundWorkflow.run, given.run or f"refund-{uuid4()}")
    if not given.run:
        await client.start_workflow(RefundWorkflow.run, given.request, id=handle.id, task_queue=TASK_QUEUE)
        given.run = handle.id
        print(f"{handle.id} has begun.", flush=True)
    if call_id := given.approve or given.refuse:
        print(await handle.execute_update(RefundWorkflow.decide, args=[call_id, bool(given.approve)]), flush=True)
    return await answer(handle)


async def answer(handle: WorkflowHandle[RefundWorkflow, str]) -> str:
    """Wait until a run asks something or is over, and say what holds it up."""
    result, said = asyncio.ensure_future(handle.result()), ""
    while not (await asyncio.wait([result], timeout=1))[0]:
        if asked := await handle.query(RefundWorkflow.waits_for):
            return f"It asks: {asked['call']}? python starter.py --run {handle.id} --approve {asked['id']}"
        for step in (await handle.describe()).raw_description.pending_activities:
            if step.last_failure.message not in ("", said):
                said = step.last_failure.message
                print(f"{step.activity_type.name} has failed and is tried again: {said}", flush=True)
    return await result


def end(code: int, said: object) -> None:
    """Exit codes: 0 done · 1 refused, failed, or no such run · 3 no server · 130 no longer waiting (2: bad usage)"""
    print(said, file=sys.stderr if code else sys.stdout, flush=True)
    # No interpreter shutdown: the SDK's threads can abort the process there (sdk-python issue 300).
    os._exit(code)


if __name__ == "__main__":
    load_dotenv(override=True)
    parser = ArgumentParser(usage='starter.py "Please refund order 1208." | starter.py --run ID [--approve CALL | --refuse CALL]')
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("request", nargs="?")
    what.add_argument("--run")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--approve")
    choice.add_argument("--refuse")
    given = parser.parse_args()
    if given.request and (given.approve or given.refuse):
        parser.error("a decision needs the run it is for: --run ID")
    try:
        end(0, asyncio.run(act(given)))
    except TemporalError as error:
        reason: BaseException = error
        # The Update failed because its validator said …
        while cause := getattr(reason, "cause", None):
            reason = cause
        end(1, f"{reason}\nWhat the run asks, or its answer: python starter.py --run {given.run or 'ID'}")
    except RuntimeError as error:
        end(3, f"No Temporal server answers: {error}\nStart it, as README.md says.")
    except KeyboardInterrupt:
        end(130, f"No longer waiting. The run goes on: python starter.py --run {given.run}")
