"""A chat with a budget, and an Update that raises it."""

import asyncio
from typing import Any

from agents import Runner
from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from budget import Account, Budget
    from workflow import weather_agent


@workflow.defn
class BudgetChatWorkflow:
    @workflow.init
    def __init__(self, account: Account) -> None:
        self.items: list[Any] = []
        self.turn = asyncio.Lock()
        self.budget = Budget(account)

    @workflow.run
    async def run(self, account: Account) -> None:
        await asyncio.Future()

    @workflow.update
    async def say(self, text: str) -> str:
        async with self.turn:
            said = [*self.items, {"role": "user", "content": text}]
            result = await Runner.run(weather_agent(), said, hooks=self.budget)
            self.items = result.to_input_list()
            return str(result.final_output)

    @workflow.update
    def allow(self, tokens: int) -> int:
        self.budget.account.allowed = tokens  # in all, not more: a second click changes nothing
        return tokens

    @workflow.query
    def spent(self) -> int:
        return self.budget.spent
