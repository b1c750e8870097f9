"""What the model was asked, call by call: a script records it, so a test can hold an agent to it."""

from datetime import timedelta

import pytest
from agents.testing import ScriptedModel, assistant_message, function_call
from temporalio import activity
from temporalio.openai_agents import ModelActivityParameters
from temporalio.openai_agents.testing import AgentEnvironment
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker
from test_refund import server
from workflow import RefundWorkflow

__all__ = ["server"]  # the fixture


@activity.defn(name="find_order")
async def fake_find(order: int) -> str:
    return "order 1208: raincoat, paid 40"


@pytest.mark.asyncio
async def test_the_model_sees_the_order_and_both_tools(server: WorkflowEnvironment) -> None:
    model = ScriptedModel([[function_call("find_order", {"order": 1208}, call_id="1")], [assistant_message("It cost $40.")]])
    calls = ModelActivityParameters(start_to_close_timeout=timedelta(seconds=10))
    async with AgentEnvironment(model=model, model_params=calls) as agents:
        client = agents.applied_on_client(server.client)
        async with Worker(client, task_queue="test", workflows=[RefundWorkflow], activities=[fake_find]):
            await client.execute_workflow(RefundWorkflow.run, "What did 1208 cost?", id="test", task_queue="test")
    first, second = model.calls
    assert "Be brief." in str(first.system_instructions)
    assert [tool.name for tool in first.tools] == ["find_order", "refund_order"]
    assert "raincoat" not in str(first.input) and "raincoat" in str(second.input)
    model.assert_complete()
