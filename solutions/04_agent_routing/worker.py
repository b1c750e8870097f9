"""The worker. Start as many as you like, on as many machines; Ctrl+C or SIGTERM lets one finish what it has begun.

python worker.py
"""

import asyncio
import os
import signal
import sys
from datetime import timedelta

from agents import AgentsException
from connection import connect
from dotenv import load_dotenv
from temporalio.worker import Worker
from workflow import TASK_QUEUE, RoutingWorkflow


async def main() -> None:
    client = await connect()
    stop = asyncio.Event()
    for received in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(received, stop.set)
    async with Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[RoutingWorkflow],
        # After a crash, wait 1 s for the dead worker to take its next step, not 10.
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        # A guardrail or a turn limit fails the workflow; otherwise it would stick its workflow task.
        workflow_failure_exception_types=[AgentsException],
        graceful_shutdown_timeout=timedelta(seconds=20),
    ):
        print(f"Worker started on task queue: {TASK_QUEUE} (process {os.getpid()})", flush=True)
        await stop.wait()
    print("Worker stopped", flush=True)


if __name__ == "__main__":
    load_dotenv(override=True)
    try:
        asyncio.run(main())
    except ConnectionError as error:
        sys.exit(str(error))
