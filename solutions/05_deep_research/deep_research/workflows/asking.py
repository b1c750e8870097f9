"""A model call whose answer must be usable: otherwise the model is asked again and told what was wrong."""

from collections.abc import Callable
from typing import Any

from agents import Agent, ModelBehaviorError, Runner, RunResult, TResponseInputItem
from agents.usage import Usage as ModelUsage
from temporalio import workflow

from deep_research.models import Usage

TRIES = 3
"""How often to ask for one answer. A model that gets the form wrong three times will get it wrong again."""


async def ask(agent: Agent, said: str, usage: Usage, problem_of: Callable[[Any], str] = lambda output: "") -> RunResult:
    """Run an agent. `problem_of` says why its output can't be used, or nothing. Raises ModelBehaviorError after TRIES."""
    told: str | list[TResponseInputItem] = said
    for _ in range(TRIES):
        try:
            result = await Runner.run(agent, told)
        except ModelBehaviorError as error:
            if error.run_data:
                count(usage, error.run_data.context_wrapper.usage)
            # Runs that began before there was a second chance replay without one.
            if not workflow.patched("ask-again"):
                raise
            problem = str(error)
        else:
            count(usage, result.context_wrapper.usage)
            problem = problem_of(result.final_output)
            if not problem or not workflow.patched("ask-again"):
                return result
        wrong = f"Your last answer could not be used: {problem[:500]}\nAnswer again, in the form asked for."
        told = [{"role": "user", "content": said}, {"role": "developer", "content": wrong}]
    raise ModelBehaviorError(f"{agent.name} gave {TRIES} answers that could not be used. The last: {problem}")


def count(usage: Usage, used: ModelUsage) -> None:
    usage.calls += used.requests
    usage.input_tokens += used.input_tokens
    usage.output_tokens += used.output_tokens
