"""Ada's help desk: a chat that streams its words."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from agents import Agent, Runner
from temporalio import workflow
from temporalio.contrib.workflow_streams import WorkflowStream, WorkflowStreamState
from temporalio.exceptions import ApplicationError
from temporalio.openai_agents.workflow import activity_as_tool

with workflow.unsafe.imports_passed_through():
    from activities import look_up
    from budget import Account, Budget
    from carrying import LIMIT, spoken

TASK_QUEUE = "help-desk-queue"


@dataclass
class Desk:
    """What a run hands to the next one."""

    account: Account = field(default_factory=Account)
    items: list[Any] = field(default_factory=list)
    stream: WorkflowStreamState | None = None


def help_desk() -> Agent:
    tools = [activity_as_tool(look_up, start_to_close_timeout=timedelta(seconds=10))]
    return Agent(name="Help Desk", instructions="You work at Ada's help desk. Answer in at most 30 words.", tools=tools)


@workflow.defn
class HelpDeskWorkflow:
    @workflow.init
    def __init__(self, desk: Desk | None = None) -> None:
        self.desk = desk or Desk()
        self.stream = WorkflowStream(prior_state=self.desk.stream)
        self.turn = asyncio.Lock()

    @workflow.run
    async def run(self, desk: Desk | None = None) -> None:
        if workflow.info().get_current_history_size() > LIMIT:  # and so would every run after this one
            raise ApplicationError(f"A run begins with more than its LIMIT of {LIMIT} bytes: carry over less, or raise LIMIT.")
        ### BEGIN SOLUTION from "forever.py": past LIMIT bytes, and between two turns, continue in a new run
        await workflow.wait_condition(lambda: workflow.info().get_current_history_size() > LIMIT and not self.turn.locked())
        items = spoken(self.desk.items)
        await self.stream.continue_as_new(lambda state: [replace(self.desk, items=items, stream=state)])
        ### END SOLUTION

    @workflow.update
    async def say(self, text: str) -> str:
        async with self.turn:
            state = self.stream.get_state()
            # The last answer has been given: its words are history.
            self.stream.truncate(state.base_offset + len(state.log))
            said = [*self.desk.items, {"role": "user", "content": text}]
            result = Runner.run_streamed(help_desk(), said, hooks=Budget(self.desk.account))
            async for _ in result.stream_events():
                pass
            self.desk.items = result.to_input_list()
            return str(result.final_output)

    @workflow.update
    def allow(self, tokens: int) -> None:
        self.desk.account.allowed = tokens  # in all, not more: a second click changes nothing
