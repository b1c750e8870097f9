"""The routing workflow behind a guardrail: a request that holds a card number never reaches a model."""

import re
from typing import Any

from agents import Agent, GuardrailFunctionOutput, RunContextWrapper, Runner, input_guardrail
from temporalio import workflow
from workflow import triage_agent

TASK_QUEUE = "guarded-routing-queue"
CARD_NUMBER = re.compile(r"\b(?:\d[ -]?){13,16}\b")


@input_guardrail(run_in_parallel=False)  # before the first model call, not beside it
async def no_card_number(
    context: RunContextWrapper[None], agent: Agent[Any], request: str | list[Any]
) -> GuardrailFunctionOutput:
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered=bool(CARD_NUMBER.search(str(request))))


@workflow.defn
class GuardedRoutingWorkflow:
    @workflow.run
    async def run(self, msg: str) -> str:
        agent = triage_agent().clone(input_guardrails=[no_card_number])
        return str((await Runner.run(agent, msg)).final_output)
