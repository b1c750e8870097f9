"""Four workflows: an agent for one state, three of them as children, an agent whose tools are agents, and a second model."""

import asyncio
from datetime import timedelta

from agents import Agent, RunConfig, Runner
from temporalio import workflow
from temporalio.exceptions import ActivityError
from temporalio.openai_agents import AgentsWorkflowError
from temporalio.openai_agents.workflow import activity_as_tool

with workflow.unsafe.imports_passed_through():
    from activities import get_weather

TASK_QUEUE = "chat-further-queue"
MODELS = ("gpt-4.1", "gpt-4.1-mini")


def forecaster() -> Agent:
    tools = [activity_as_tool(get_weather, start_to_close_timeout=timedelta(seconds=30))]
    return Agent(name="Forecaster", instructions="You answer questions about weather alerts. Be brief.", tools=tools)


@workflow.defn
class StateWorkflow:
    @workflow.run
    async def run(self, state: str) -> str:
        return str((await Runner.run(forecaster(), f"Are there weather alerts in {state}?")).final_output)


@workflow.defn
class StatesWorkflow:
    @workflow.run
    async def run(self, states: list[str]) -> list[str]:
        children = [workflow.execute_child_workflow(StateWorkflow.run, state) for state in states]
        return list(await asyncio.gather(*children))


@workflow.defn
class DeskWorkflow:
    @workflow.run
    async def run(self, question: str) -> str:
        ask = forecaster().as_tool("get_weather_alerts", "Get the weather alerts that are active in a US state.")
        desk = Agent(name="Front Desk", instructions="You are the front desk.", tools=[ask])
        return str((await Runner.run(desk, question)).final_output)


@workflow.defn
class FallbackWorkflow:
    @workflow.run
    async def run(self, question: str) -> str:
        for model in MODELS:
            try:
                result = await Runner.run(forecaster(), question, run_config=RunConfig(model=model))
                return f"{model}: {result.final_output}"
            except (ActivityError, AgentsWorkflowError):
                # Out of attempts: ask the next model, from the beginning.
                workflow.logger.warning("%s did not answer", model)
        raise AgentsWorkflowError("no model answered")
