"""A script for the check 05.workflow: serves the research workflow, whatever run_worker.py is."""

from __future__ import annotations

import asyncio
import importlib
from contextlib import suppress
from datetime import timedelta

from agents import AgentsException
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.openai_agents import ModelActivityParameters, OpenAIAgentsPlugin
from temporalio.worker import Worker

from workshop.config import settings


async def serve() -> None:
    learners = importlib.import_module("research_workflow")
    calls = ModelActivityParameters(
        start_to_close_timeout=timedelta(seconds=30), retry_policy=RetryPolicy(maximum_attempts=5)
    )
    client = await Client.connect(
        settings().temporal_address, plugins=[OpenAIAgentsPlugin(model_params=calls)]
    )
    worker = Worker(
        client,
        task_queue=learners.TASK_QUEUE,
        workflows=[learners.InteractiveResearchWorkflow],
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        workflow_failure_exception_types=[AgentsException],
    )
    await worker.run()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(serve())
