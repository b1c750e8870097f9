"""The worker: python worker.py. Start several, on several machines; Ctrl+C or SIGTERM lets one finish what it has begun."""

import asyncio
import os
import signal
import sys
from datetime import timedelta

from agents import AgentsException
from connection import connect
from dotenv import load_dotenv
from temporalio.common import RetryPolicy
from temporalio.openai_agents import ModelActivityParameters, OpenAIAgentsPlugin
from temporalio.runtime import Runtime, TelemetryConfig
from temporalio.worker import Worker
from workflow import TASK_QUEUE, RoutingWorkflow

MODEL_CALLS = ModelActivityParameters(
    start_to_close_timeout=timedelta(seconds=30),  # a call that hangs
    heartbeat_timeout=timedelta(seconds=5),  # a worker that died
    # After 2, 4, 8 and 16 s: a model that is down for half a minute only delays the answer.
    retry_policy=RetryPolicy(initial_interval=timedelta(seconds=2), maximum_attempts=5),
)


async def main() -> None:
    client = await connect(
        plugins=[OpenAIAgentsPlugin(model_params=MODEL_CALLS)],
        # The worker reports itself once a second, so that a starter can tell whether one is there.
        runtime=Runtime(telemetry=TelemetryConfig(), worker_heartbeat_interval=timedelta(seconds=1)),
    )
    stop = asyncio.Event()
    for received in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(received, stop.set)
    async with Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[RoutingWorkflow],
        # A run's next step waits 1 s, not 10, for the worker that had the last one.
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        # By default heartbeats are held back for 4 of the 5 s: a pause of 2 s could look like death.
        max_heartbeat_throttle_interval=timedelta(seconds=1),
        # An agent's error (too many turns, say) ends the run; otherwise it is retried forever.
        workflow_failure_exception_types=[AgentsException],
        graceful_shutdown_timeout=timedelta(seconds=10),  # time to finish the model calls under way
    ):
        print(f"Worker started on task queue: {TASK_QUEUE} (process {os.getpid()})", flush=True)
        await stop.wait()
        print("Stopping: up to 10 s for the model calls under way", flush=True)
    print("Worker stopped", flush=True)


if __name__ == "__main__":
    load_dotenv(override=True)
    try:
        asyncio.run(main())
    except ConnectionError as error:
        print(error, file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)  # no interpreter shutdown: it can abort the process (sdk-python issue 300)
