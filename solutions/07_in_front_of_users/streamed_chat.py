"""The long chat, with its words as they come: each event of a model call goes to a stream that clients can read meanwhile."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from agents import AgentsException, Runner
from temporalio import workflow
from temporalio.contrib.workflow_streams import WorkflowStream, WorkflowStreamState
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from long_chat import is_longer_than, spoken
    from workflow import weather_agent

LIMIT = 600_000
"""Bytes of history after which the next run takes over: more than in the long chat, since the words are events, too."""


@dataclass
class Carried:
    items: list[Any] = field(default_factory=list)
    stream: WorkflowStreamState | None = None


@workflow.defn
class StreamedChatWorkflow:
    @workflow.init
    def __init__(self, carried: Carried | None = None) -> None:
        carried = carried or Carried()
        self.carried = self.items = carried.items
        self.turn = asyncio.Lock()
        self.stream = WorkflowStream(prior_state=carried.stream)
        self.turns = self.stream.topic("turns")
        self.last_turn = 0

    @workflow.run
    async def run(self, carried: Carried | None = None) -> None:
        await workflow.wait_condition(lambda: self.items is not self.carried and is_longer_than(LIMIT) and not self.turn.locked())
        await self.stream.continue_as_new(lambda state: [Carried(spoken(self.items), state)])

    @workflow.update
    async def say(self, text: str) -> str:
        async with self.turn:
            self._forget()
            self.turns.publish({"question": text})
            result = Runner.run_streamed(weather_agent(), [*self.items, {"role": "user", "content": text}])
            try:
                async for _ in result.stream_events():
                    pass  # they get here when the call is over; the stream has them earlier
            except (ActivityError, AgentsException) as error:  # this turn fails, the chat goes on
                self.turns.publish({"failed": str(error.__cause__ or error)})
                raise
            self.items = result.to_input_list()
            answer = str(result.final_output)
            self.turns.publish({"answer": answer})
            return answer

    def _forget(self) -> None:
        """Drop what was streamed before the last turn. Readers may be one turn behind."""
        state = self.stream.get_state()
        self.stream.truncate(self.last_turn)
        self.last_turn = state.base_offset + len(state.log)
