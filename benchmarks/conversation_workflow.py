"""For the benches: a conversation that carries its whole past into each model call, and a workflow that waits for a human."""

from agents import Agent, Runner, TResponseInputItem
from temporalio import workflow

PAGE = "A page of text that somebody has pasted into the conversation, with 64 characters in a line.\n" * 44
"""About 4 kB: what a tool's answer or a pasted page adds to a turn."""


@workflow.defn
class ConversationWorkflow:
    """`turns` questions in a row; the history of the talk grows with each."""

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
    """Waits for one Update, as for a human, and ends with it."""

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
