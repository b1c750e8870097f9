"""Three workflows that are nearly right: what each lacks shows only when something goes wrong."""

from datetime import timedelta

from agents import Agent, Runner, function_tool
from temporalio import workflow
from temporalio.openai_agents.workflow import activity_as_tool

with workflow.unsafe.imports_passed_through():
    from activities import get_weather
    from strict import get_weather_strict

INSTRUCTIONS = "You answer questions about weather alerts in the United States. Be brief."
LIMIT = timedelta(seconds=30)


@workflow.defn
class PlainToolWorkflow:
    """Its tool is decorated as in lesson 01: it runs inside the workflow."""

    @workflow.run
    async def run(self, user_query: str) -> str:
        tool = function_tool(get_weather)
        agent = Agent(name="Plain Tool Agent", instructions=INSTRUCTIONS, tools=[tool])
        return str((await Runner.run(agent, user_query)).final_output)


@workflow.defn
class StrictToolWorkflow:
    """Its tool raises where the other one explains."""

    @workflow.run
    async def run(self, user_query: str) -> str:
        tool = activity_as_tool(get_weather_strict, start_to_close_timeout=LIMIT)
        agent = Agent(name="Strict Tool Agent", instructions=INSTRUCTIONS, tools=[tool])
        return str((await Runner.run(agent, user_query)).final_output)


@workflow.defn
class TwoStepWorkflow:
    """Two steps in an order that a run under way depends on."""

    @workflow.run
    async def run(self) -> str:
        alerts = await workflow.execute_activity(get_weather, "CA", start_to_close_timeout=LIMIT)
        await workflow.sleep(3)
        return alerts
