"""The worker of "Going further". SPANS says where its traces go, METRICS which port has its metrics, MODELS who answers."""

import asyncio
import os
from dataclasses import replace
from datetime import timedelta

from activities import get_weather
from dotenv import load_dotenv
from further import TASK_QUEUE, DeskWorkflow, FallbackWorkflow, StatesWorkflow, StateWorkflow
from serving import serve
from spans import send_spans
from temporalio.client import Client, Plugin
from temporalio.common import RetryPolicy
from temporalio.contrib.opentelemetry import OpenTelemetryPlugin
from temporalio.openai_agents import OpenAIAgentsPlugin
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.worker import Worker
from worker import MODEL_CALLS

MODEL_QUEUE = os.environ.get("MODEL_QUEUE")
"""Where model calls are made. None: here, next to the workflows."""
CALLS = replace(MODEL_CALLS, retry_policy=RetryPolicy(maximum_attempts=2), task_queue=MODEL_QUEUE)


async def main() -> None:
    plugins: list[Plugin] = [OpenAIAgentsPlugin(model_params=CALLS, register_activities=not MODEL_QUEUE)]
    if address := os.environ.get("SPANS"):
        send_spans(address)
        plugins.append(OpenTelemetryPlugin(add_temporal_spans=True))
    port = os.environ.get("METRICS")
    metrics = PrometheusConfig(bind_address=f"127.0.0.1:{port}", durations_as_seconds=True) if port else None
    client = await Client.connect(
        os.environ.get("TEMPORAL_ADDRESS", "127.0.0.1:7233"),
        plugins=plugins,
        runtime=Runtime(telemetry=TelemetryConfig(metrics=metrics)),
    )
    worker = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[StateWorkflow, StatesWorkflow, DeskWorkflow, FallbackWorkflow],
        activities=[get_weather],
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        max_heartbeat_throttle_interval=timedelta(seconds=1),
        graceful_shutdown_timeout=timedelta(seconds=10),
    )
    await serve(worker)


if __name__ == "__main__":
    load_dotenv(override=True)
    asyncio.run(main())
    os._exit(0)  # no interpreter shutdown: the SDK's threads can abort the process there
