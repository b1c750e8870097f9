"""A chat without end: when its history has grown, a new run continues with what was said and nothing else."""

import asyncio
from typing import Any

from agents import Runner
from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflow import weather_agent

LIMIT = 150_000
"""Bytes of history after which the next run takes over. What is carried over must be far smaller: otherwise each turn ends a run."""
FIRST, LAST = 2, 30
"""How many messages are carried over: the first ones, with the name, and the last ones."""


@workflow.defn
class LongChatWorkflow:
    @workflow.init
    def __init__(self, carried: list[Any] | None = None) -> None:
        self.carried = self.items = carried or []
        self.turn = asyncio.Lock()

    @workflow.run
    async def run(self, carried: list[Any] | None = None) -> None:
        # Only after an answer: what was carried over may be too long by itself.
        await workflow.wait_condition(lambda: self.items is not self.carried and is_longer_than(LIMIT))
        # First finish the answer that is under way.
        await workflow.wait_condition(workflow.all_handlers_finished)
        workflow.continue_as_new(spoken(self.items))

    @workflow.update
    async def say(self, text: str) -> str:
        async with self.turn:
            result = await Runner.run(weather_agent(), [*self.items, {"role": "user", "content": text}])
            self.items = result.to_input_list()
            return str(result.final_output)


def is_longer_than(limit: int) -> bool:
    """Whether this run's history has more bytes, or the server itself suggests a new run."""
    info = workflow.info()
    return info.get_current_history_size() > limit or info.is_continue_as_new_suggested()


def spoken(items: list[Any]) -> list[Any]:
    """What the person and the agent said to each other. Tool output stays behind: it can be asked for again."""
    messages = [item for item in items if "role" in item]
    return messages if len(messages) <= FIRST + LAST else [*messages[:FIRST], *messages[-LAST:]]
