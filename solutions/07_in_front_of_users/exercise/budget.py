"""What a conversation may cost: hooks that run in the workflow, before and after each model call."""

from dataclasses import dataclass
from typing import Any

from agents import Agent, ModelResponse, RunContextWrapper, RunHooks
from temporalio import workflow


@dataclass
class Account:
    """How many tokens a conversation may use, and has used. A run hands it to the next one."""

    allowed: int = 1_000_000
    spent: int = 0


class Budget(RunHooks[Any]):
    def __init__(self, account: Account) -> None:
        self.account = account

    async def on_llm_start(self, context: RunContextWrapper[Any], agent: Agent[Any], *prompt: Any) -> None:
        ### BEGIN SOLUTION from "unlimited.py": wait here as long as everything allowed has been spent
        await workflow.wait_condition(lambda: self.account.spent < self.account.allowed)
        ### END SOLUTION

    async def on_llm_end(self, context: RunContextWrapper[Any], agent: Agent[Any], response: ModelResponse) -> None:
        ### BEGIN SOLUTION from "uncounted.py": add what this call has used
        self.account.spent += response.usage.total_tokens
        ### END SOLUTION
