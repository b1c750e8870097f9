"""A chat is a workflow: it lasts as long as the conversation, and each turn is an Update that returns the answer."""

import asyncio
from datetime import timedelta

from agents import Agent, Runner, TResponseInputItem
from temporalio import workflow
from temporalio.openai_agents.workflow import activity_as_tool

with workflow.unsafe.imports_passed_through():
    from activities import get_weather, read_archive, read_bulletin

TASK_QUEUE = "chat-queue"


def weather_agent() -> Agent:
    limit = timedelta(seconds=30)
    tools = [activity_as_tool(tool, start_to_close_timeout=limit) for tool in (get_weather, read_bulletin, read_archive)]
    return Agent(name="Weather Chat", instructions="You chat about the weather in the United States. Be brief.", tools=tools)


@workflow.defn
class ChatWorkflow:
    @workflow.init  # runs before the first Update, so its handler finds the list
    def __init__(self) -> None:
        self.items: list[TResponseInputItem] = []
        self.turn = asyncio.Lock()
        self.over = False

    @workflow.run
    async def run(self) -> int:
        await workflow.wait_condition(lambda: self.over)
        return len(self.items)

    @workflow.update
    async def say(self, text: str) -> str:
        async with self.turn:  # two messages at once are two turns, one after the other
            result = await Runner.run(weather_agent(), [*self.items, {"role": "user", "content": text}])
            self.items = result.to_input_list()
            return str(result.final_output)

    @workflow.signal
    def end(self) -> None:
        self.over = True
