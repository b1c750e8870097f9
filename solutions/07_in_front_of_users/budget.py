"""What a chat may cost: at the limit it stops with an error, or waits until a person allows more."""

from dataclasses import dataclass
from typing import Any

from agents import Agent, AgentsException, ModelResponse, RunContextWrapper, RunHooks
from temporalio import workflow
from temporalio.common import SearchAttributeKey

TENANT = SearchAttributeKey.for_keyword("Tenant")
TOKENS = SearchAttributeKey.for_int("Tokens")


@dataclass
class Account:
    tenant: str
    allowed: int
    asks: bool = False


class OverBudget(AgentsException):
    """Raised at the limit. The worker names AgentsException, so the Update fails and the chat lives on."""


class Budget(RunHooks[Any]):
    """Counts the tokens of each answer, and checks the limit before each model call."""

    def __init__(self, account: Account) -> None:
        self.account, self.spent = account, 0

    @property
    def is_over(self) -> bool:
        return self.spent >= self.account.allowed

    async def on_llm_start(self, context: RunContextWrapper[Any], agent: Agent[Any], *prompt: Any) -> None:
        if self.account.asks:
            await workflow.wait_condition(lambda: not self.is_over)
        if self.is_over:
            raise OverBudget(f"{self.spent} tokens used, {self.account.allowed} allowed")

    async def on_llm_end(self, context: RunContextWrapper[Any], agent: Agent[Any], response: ModelResponse) -> None:
        self.spent += response.usage.total_tokens
        workflow.upsert_search_attributes([TENANT.value_set(self.account.tenant), TOKENS.value_set(self.spent)])
