"""The worker of "Going further": more workflows, and traces that are printed into its log."""

import asyncio
import os
from contextlib import suppress
from datetime import timedelta

from activities import get_weather
from agents import AgentsException, set_trace_processors
from dotenv import load_dotenv
from further import PlainToolWorkflow, StrictToolWorkflow, TwoStepWorkflow
from strict import get_weather_strict
from temporalio.client import Client
from temporalio.openai_agents import OpenAIAgentsPlugin
from temporalio.worker import Worker
from tracing import TreePrinter
from worker import MODEL_CALLS
from workflow import TASK_QUEUE, WeatherAgentWorkflow


async def main() -> None:
    # The plugin's own trace provider reads it when the worker starts.
    os.environ["OPENAI_AGENTS_DISABLE_TRACING"] = "0"
    # add_trace_processor(...) would print here and still send to the platform.
    set_trace_processors([TreePrinter()])
    client = await Client.connect(
        os.environ.get("TEMPORAL_ADDRESS", "127.0.0.1:7233"),
        plugins=[OpenAIAgentsPlugin(model_params=MODEL_CALLS)],
    )
    worker = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[WeatherAgentWorkflow, PlainToolWorkflow, StrictToolWorkflow, TwoStepWorkflow],
        activities=[get_weather, get_weather_strict],
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        max_heartbeat_throttle_interval=timedelta(seconds=1),
        workflow_failure_exception_types=[AgentsException],
    )
    await worker.run()


if __name__ == "__main__":
    load_dotenv(override=True)
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
