"""Workflows for the benchmarks: a conversation whose model calls each get all of its past, and a wait for a
person.
"""

from agents import Agent, Runner, TResponseInputItem
from temporalio import workflow

PAGE = "A page of text that somebody has pasted into the conversation, with 64 characters in a line.\n" * 44
"""About 4 kB: what a tool's answer or a pasted page adds to a turn."""


@workflow.defn
class ConversationWorkflow:
    """A conversation of `turns` questions in a row; it grows with each."""

    @workflow.run
    async def run(self, turns: int) -> int:
        agent = Agent(name="Talker", instructions="Answer in a few sentences.")
        said: list[TResponseInputItem] = []
        for turn in range(turns):
            question = f"Question {turn + 1}: what should I know about retries in step {turn + 1}?\n\n{PAGE}"
            result = await Runner.run(agent, [*said, {"role": "user", "content": question}])
            said = result.to_input_list()
        return len(said)


@workflow.defn
class WaitingWorkflow:
    """A workflow that waits for one Update, as for a person's answer, and then ends."""

    def __init__(self) -> None:
        self.answer = ""

    @workflow.run
    async def run(self) -> str:
        await workflow.wait_condition(lambda: bool(self.answer))
        return self.answer

    @workflow.update
    async def tell(self, answer: str) -> str:
        self.answer = answer
        return answer
