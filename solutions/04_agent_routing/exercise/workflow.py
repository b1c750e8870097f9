"""Triage with a fourth specialist, and a guard at the door."""

import re
from typing import Any

from agents import Agent, GuardrailFunctionOutput, InputGuardrailTripwireTriggered, RunContextWrapper, Runner, input_guardrail
from temporalio import workflow

TASK_QUEUE = "routing-workflow-exercise-queue"
EMAIL_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.\w+")


@input_guardrail(run_in_parallel=False)  # before the first model call, not beside it
async def no_email_address(context: RunContextWrapper[None], agent: Agent, request: str | list[Any]) -> GuardrailFunctionOutput:
    ### BEGIN SOLUTION: return a GuardrailFunctionOutput that trips when EMAIL_ADDRESS is found in the request
    found = EMAIL_ADDRESS.search(str(request))
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered=found is not None)
    ### END SOLUTION


def triage_agent() -> Agent:
    french = Agent(
        name="French Agent",
        handoff_description="Answers requests that are written in French.",
        instructions="You only speak French. Answer in French.",
    )
    spanish = Agent(
        name="Spanish Agent",
        handoff_description="Answers requests that are written in Spanish.",
        instructions="You only speak Spanish. Answer in Spanish.",
    )
    english = Agent(
        name="English Agent",
        handoff_description="Answers requests in English, and in every language that nobody else speaks.",
        instructions="You only speak English. Answer in English.",
    )
    ### BEGIN SOLUTION from "team.py": a fourth specialist among the handoffs, and the guardrail
    german = Agent(
        name="German Agent",
        handoff_description="Answers requests that are written in German.",
        instructions="You only speak German. Answer in German.",
    )
    specialists = [french, spanish, english, german]
    guardrails = [no_email_address]
    ### END SOLUTION
    instructions = "Hand over to the agent that speaks the language of the request. Unsure: hand over to the English Agent."
    return Agent(name="Triage Agent", instructions=instructions, handoffs=[*specialists], input_guardrails=guardrails)


@workflow.defn
class RoutingWorkflow:
    @workflow.run
    async def run(self, msg: str) -> str:
        ### BEGIN SOLUTION from "run.py": answer a refused request in words
        try:
            result = await Runner.run(triage_agent(), msg)
        except InputGuardrailTripwireTriggered:
            return "Please ask again without the e-mail address."
        ### END SOLUTION
        return str(result.final_output)
