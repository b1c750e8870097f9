"""The worker. Start as many as you like, on as many machines; Ctrl+C or SIGTERM lets one finish what it has begun.

python run_worker.py
"""

import asyncio
import os
import signal
import sys
from datetime import timedelta

from agents import AgentsException
from deep_research.connection import connect
from deep_research.model import provider
from deep_research.workflows.research_workflow import TASK_QUEUE, InteractiveResearchWorkflow
from dotenv import load_dotenv
from temporalio.common import RetryPolicy
from temporalio.openai_agents import ModelActivityParameters, OpenAIAgentsPlugin
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.worker import Worker

MODEL_CALLS = ModelActivityParameters(
    start_to_close_timeout=timedelta(seconds=120),  # a call that hangs; a long report needs its time
    heartbeat_timeout=timedelta(seconds=5),  # a worker that died, noticed after 5 s, not after 120
    # A model that is away only delays a research run: attempts are limited by time, not by number.
    schedule_to_close_timeout=timedelta(hours=24),
    retry_policy=RetryPolicy(maximum_interval=timedelta(seconds=30)),  # 1, 2, 4, 8, 16, 30, 30 … s
)


def runtime() -> Runtime:
    """Reports the worker once a second, and with METRICS_ADDRESS (say, 127.0.0.1:9464) offers metrics to Prometheus there."""
    address = os.environ.get("METRICS_ADDRESS")
    metrics = PrometheusConfig(bind_address=address) if address else None
    return Runtime(telemetry=TelemetryConfig(metrics=metrics), worker_heartbeat_interval=timedelta(seconds=1))


async def main() -> None:
    plugin = OpenAIAgentsPlugin(model_params=MODEL_CALLS, model_provider=provider())
    client = await connect(plugins=[plugin], runtime=runtime())
    stop = asyncio.Event()
    for received in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(received, stop.set)
    async with Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[InteractiveResearchWorkflow],
        # A run's next step waits 1 s, not 10, for the worker that had the last one.
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        # By default heartbeats are held back for 4 of the 5 s: a pause of 2 s could look like death.
        max_heartbeat_throttle_interval=timedelta(seconds=1),
        # An agent's error is for the workflow to handle; otherwise its task fails again and again.
        workflow_failure_exception_types=[AgentsException],
        graceful_shutdown_timeout=timedelta(seconds=10),  # time to finish the model calls under way
    ):
        print(f"Worker started on task queue: {TASK_QUEUE}", flush=True)
        await stop.wait()
        print("Stopping: up to 10 s for the model calls under way", flush=True)
    print("Worker stopped", flush=True)


if __name__ == "__main__":
    load_dotenv(override=True)
    exit_code = 0
    try:
        asyncio.run(main())
    except ConnectionError as error:
        print(error, file=sys.stderr, flush=True)
        exit_code = 1
    os._exit(exit_code)  # no interpreter shutdown: it can abort the process (sdk-python issue 300)
