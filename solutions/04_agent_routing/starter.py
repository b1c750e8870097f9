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
from temporalio.exceptions import ActivityError
from temporalio.service import RPCError

TASK_QUEUE = "routing-workflow-queue"  # as in workflow.py, which takes two seconds to import


async def ask(text: str, workflow_id: str | None) -> str:
    """Start a run, or go back to the one with `workflow_id`; print its id and link, then wait for its answer."""
    client = await connect(within_s=1.5)
    earlier = await client.get_workflow_handle(workflow_id).describe() if workflow_id else None
    has_ended = earlier and earlier.close_time
    if not has_ended and not await is_served(client, TASK_QUEUE):
        raise ConnectionError(f"No worker serves {TASK_QUEUE}. Start one: python worker.py")

    # These imports take two seconds, so they wait until there is somebody to ask.
    from temporalio.openai_agents import OpenAIAgentsPlugin
    from workflow import RoutingWorkflow

    client = await connect(plugins=[OpenAIAgentsPlugin()])
    if workflow_id:
        handle = client.get_workflow_handle_for(RoutingWorkflow.run, workflow_id)
    else:
        handle = await client.start_workflow(RoutingWorkflow.run, text, id=f"routing-{uuid4()}", task_queue=TASK_QUEUE)
    ui = os.environ.get("TEMPORAL_UI_URL", "http://localhost:8233")
    print(f"{handle.id}\n{ui}/namespaces/{client.namespace}/workflows/{quote(handle.id, safe='')}", flush=True)
    return await handle.result()


def reason_of(error: WorkflowFailureError) -> str:
    """Why the run failed, and what to look at. All its activities are model calls."""
    if not isinstance(error.cause, ActivityError):
        return str(error.cause)
    said = error.cause.cause
    because = f" {said.__cause__}" if said and said.__cause__ else ""
    look = "Is it up, and are the worker's OPENAI_BASE_URL and OPENAI_API_KEY right? Then ask again."
    return f"the model gave no answer ({said}{because}). {look}"


def end(code: int, said: object) -> None:
    """Exit codes: 0 answered · 1 the run failed · 3 no server, no worker or no such run · 130 no longer waiting (2: bad usage)"""
    print(said, file=sys.stderr if code else sys.stdout, flush=True)
    os._exit(code)  # no interpreter shutdown: it can abort the process (sdk-python issue 300)


if __name__ == "__main__":
    load_dotenv(override=True)
    parser = ArgumentParser(usage='starter.py "Bonjour, raconte-moi une histoire" | starter.py --id ID | starter.py < file')
    parser.add_argument("text", nargs="?")
    parser.add_argument("--id")
    given = parser.parse_args()
    data = os.fsencode(given.text or "") if given.text is not None or given.id else sys.stdin.buffer.read()
    # Temporal takes 2 MB at most, and both agents read it all.
    if not given.id and not 0 < len(data.strip()) <= 200_000:
        parser.error("give a request of 1 to 200,000 bytes, or an --id")
    try:
        end(0, asyncio.run(ask(data.decode(errors="replace"), given.id)))
    except WorkflowFailureError as error:
        end(1, f"The run failed: {reason_of(error)}")
    except (ConnectionError, RPCError) as error:
        end(3, error)
    except KeyboardInterrupt:
        end(130, "No longer waiting. A run that has begun goes on: python starter.py --id …")
