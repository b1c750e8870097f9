"""The starter: hands a request to the routing workflow and prints the answer."""

import asyncio
import os
import sys
from argparse import ArgumentParser
from urllib.parse import quote
from uuid import uuid4

from connection import connect, is_served
from dotenv import load_dotenv
from temporalio.client import WorkflowFailureError
from temporalio.service import RPCError

TASK_QUEUE = "routing-workflow-queue"  # as in workflow.py, which takes two seconds to import


async def ask(text: str, run_id: str | None) -> str:
    """Start a run, or go back to `run_id`; print its id and link, then wait for its answer."""
    client = await connect(within_s=1.5)
    if not ((run_id and (await client.get_workflow_handle(run_id).describe()).close_time) or await is_served(client, TASK_QUEUE)):
        raise ConnectionError(f"No worker serves {TASK_QUEUE}. Start one: python worker.py")
    from temporalio.openai_agents import OpenAIAgentsPlugin  # two seconds, so only once there is somebody to ask
    from workflow import RoutingWorkflow

    client = await connect(plugins=[OpenAIAgentsPlugin()])
    handle = client.get_workflow_handle_for(RoutingWorkflow.run, run_id or f"routing-{uuid4()}")
    if not run_id:
        handle = await client.start_workflow(RoutingWorkflow.run, text, id=handle.id, task_queue=TASK_QUEUE)
    ui = os.environ.get("TEMPORAL_UI_URL", "http://localhost:8233")
    print(f"{handle.id}\n{ui}/namespaces/{client.namespace}/workflows/{quote(handle.id, safe='')}", flush=True)
    return await handle.result()


def end(code: int, said: object) -> None:
    """Exit codes: 0 answered · 1 the run failed · 3 no server, no worker or no such run · 130 no longer waiting (2: bad usage)"""
    print(said, file=sys.stderr if code else sys.stdout, flush=True)
    os._exit(code)  # no interpreter shutdown: the SDK's threads can abort the process there (sdk-python issue 300)


if __name__ == "__main__":
    load_dotenv(override=True)
    parser = ArgumentParser(usage='starter.py "Bonjour, raconte-moi une histoire" | starter.py --id ID | starter.py < file')
    parser.add_argument("text", nargs="?")
    parser.add_argument("--id")
    given = parser.parse_args()
    data = os.fsencode(given.text or "") if given.text is not None or given.id else sys.stdin.buffer.read()
    if not given.id and not 0 < len(data.strip()) <= 200_000:  # Temporal takes 2 MB at most, and both agents read it all
        parser.error("give a request of 1 to 200,000 bytes, or an --id")
    try:
        end(0, asyncio.run(ask(data.decode(errors="replace"), given.id)))
    except WorkflowFailureError as error:
        reason: BaseException = error
        while cause := getattr(reason, "cause", None):  # the run failed because an activity failed because the model said …
            reason = cause
        end(1, f"The run failed: {reason}")
    except (ConnectionError, RPCError) as error:
        end(3, error)
    except KeyboardInterrupt:
        end(130, "No longer waiting. A run that has begun goes on: python starter.py --id …")
