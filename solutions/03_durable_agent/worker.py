"""The worker: runs the agent's workflow, its model calls and its tool."""

import asyncio
import os
from contextlib import suppress
from datetime import timedelta

from activities import get_weather
from agents import AgentsException
from dotenv import load_dotenv
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.openai_agents import ModelActivityParameters, OpenAIAgentsPlugin
from temporalio.worker import Worker
from workflow import TASK_QUEUE, WeatherAgentWorkflow

MODEL_CALLS = ModelActivityParameters(
    start_to_close_timeout=timedelta(seconds=30),  # ends a call that hangs
    heartbeat_timeout=timedelta(seconds=5),  # a dead worker is detected after 5 s, not after 30
    retry_policy=RetryPolicy(maximum_attempts=5),
)


async def main() -> None:
    client = await Client.connect(
        os.environ.get("TEMPORAL_ADDRESS", "127.0.0.1:7233"),
        plugins=[OpenAIAgentsPlugin(model_params=MODEL_CALLS)],
    )
    worker = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[WeatherAgentWorkflow],
        activities=[get_weather],
        # A run's next step goes to the worker that had the last one. If that one is dead, it goes to any
        # other after 1 s, not 10.
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        # Heartbeats leave when they are due. By default the SDK holds them back for 4 of the 5 s: then a
        # pause of 2 s may look like death.
        max_heartbeat_throttle_interval=timedelta(seconds=1),
        # An error of the agent (too many turns, say) ends the run. Otherwise its workflow task would be
        # retried forever.
        workflow_failure_exception_types=[AgentsException],
        # A worker told to stop has this long to finish its calls.
        graceful_shutdown_timeout=timedelta(seconds=5),
    )
    print(f"Worker started on task queue: {TASK_QUEUE}")
    await worker.run()


if __name__ == "__main__":
    load_dotenv(override=True)
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
