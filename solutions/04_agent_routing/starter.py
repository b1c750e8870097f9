"""The starter: hands a request to the routing workflow, waits and prints the answer. Text comes as an argument or on stdin.

python starter.py "Bonjour, raconte-moi une histoire"
python starter.py --id routing-…        wait again for a run that was started before

Exit codes: 0 answered, 1 the run failed, 2 bad usage, 3 no server or no worker.
"""

import argparse
import asyncio
import os
import sys
from uuid import uuid4

from connection import connect, is_served
from dotenv import load_dotenv
from temporalio.client import WorkflowFailureError
from temporalio.service import RPCError
from workflow import TASK_QUEUE, RoutingWorkflow

LIMIT = 200_000  # bytes; Temporal takes no more than 2 MB in one payload, and a model reads every one of them


async def main(request: str, run_id: str | None) -> int:
    client = await connect(within_s=2.5)
    if not await is_served(client, TASK_QUEUE):
        raise ConnectionError(f"No worker serves {TASK_QUEUE}. Start one: python worker.py")
    if run_id:
        handle = client.get_workflow_handle_for(RoutingWorkflow.run, run_id)
    else:
        handle = await client.start_workflow(RoutingWorkflow.run, request, id=f"routing-{uuid4()}", task_queue=TASK_QUEUE)
    ui = os.environ.get("TEMPORAL_UI_URL", "http://localhost:8233")
    print(f"{handle.id}\n{ui}/namespaces/{client.namespace}/workflows/{handle.id}", flush=True)
    try:
        print(await handle.result())
    except (WorkflowFailureError, RPCError) as error:
        print(f"The run failed: {error.cause or error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    load_dotenv(override=True)
    parser = argparse.ArgumentParser()
    parser.add_argument("text", nargs="?")
    parser.add_argument("--id")
    arguments = parser.parse_args()
    text = "" if arguments.id else arguments.text if arguments.text is not None else sys.stdin.read()
    if not (arguments.id or text.strip()) or len(text.encode()) > LIMIT:
        parser.error(f'give a request of 1 to {LIMIT:,} bytes: python starter.py "Bonjour"')
    try:
        code = asyncio.run(main(text, arguments.id))
    except ConnectionError as error:
        print(error, file=sys.stderr)
        code = 3
    sys.stdout.flush()
    sys.stderr.flush()
    # No interpreter shutdown: the SDK's threads can abort the process there, after its work (sdk-python issue 300).
    os._exit(code)
