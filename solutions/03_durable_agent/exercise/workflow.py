"""The storm notifier: an agent that reads alerts and posts notices. It runs here; what touches the world is an activity."""

from datetime import timedelta

from agents import Agent, Runner
from temporalio import workflow
from temporalio.openai_agents.workflow import activity_as_tool

with workflow.unsafe.imports_passed_through():
    from activities import get_weather, post_notice

TASK_QUEUE = "agents-sdk-exercise-queue"
INSTRUCTIONS = (
    "You tell subscribers about dangerous weather. Read the alerts of their state, then post one notice for each of them. "
    "Say at the end whom you told, and about what."
)


@workflow.defn
class StormNotifierWorkflow:
    @workflow.run
    async def run(self, request: str) -> str:
        ### BEGIN SOLUTION: make tools of get_weather and post_notice with activity_as_tool
        # Both answer in a second or two. After ten, the worker is taken for dead and the tool is tried again.
        tools = [
            activity_as_tool(get_weather, start_to_close_timeout=timedelta(seconds=10)),
            activity_as_tool(post_notice, start_to_close_timeout=timedelta(seconds=10)),
        ]
        ### END SOLUTION
        agent = Agent(name="Storm Notifier", instructions=INSTRUCTIONS, tools=tools)
        result = await Runner.run(agent, request)
        return str(result.final_output)
