"""The agent of lesson 01, in a workflow. It runs here; its model calls and its tool are activities."""

from datetime import timedelta

from agents import Agent, Runner, trace
from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.openai_agents.workflow import activity_as_tool

with workflow.unsafe.imports_passed_through():  # past the sandbox, Temporal's guard around workflow code
    from activities import get_weather

TASK_QUEUE = "agents-sdk-queue"


@workflow.defn
class WeatherAgentWorkflow:
    @workflow.run
    async def run(self, user_query: str) -> str:
        print("workflow code runs from the top")  # printed again at each replay
        agent = Agent(
            name="Weather Agent",
            instructions="You answer questions about weather alerts in the United States. Be brief.",
            tools=[
                activity_as_tool(
                    get_weather,
                    # A tool sends no heartbeats: this finds a dead worker, too.
                    start_to_close_timeout=timedelta(seconds=30),
                    # Tried again for an hour, however often: time enough to fix a bug by hand.
                    schedule_to_close_timeout=timedelta(hours=1),
                    retry_policy=RetryPolicy(maximum_interval=timedelta(seconds=2)),
                )
            ],
        )
        # a name and a group for this run in OpenAI's traces
        with trace("Weather agent", group_id=workflow.info().workflow_id):
            result = await Runner.run(agent, user_query)
        return str(result.final_output)
