"""Model calls and tools as activities, and their time-outs."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

from workshop.checks import Finding, Stop, Trial, check
from workshop.checks.exercises.stage03.common import FILES, WORKFLOW, notices, request, tally
from workshop.checks.shared import ended, heartbeat, long_enough, unique
from workshop.words import count

SHORTEST_CALL_S = 20.0
"""The shortest start-to-close timeout, in seconds, that would not cut off real models in the middle of an
answer.
"""


@check(
    "03.durable", "The history shows each model call and each tool as an activity", needs=FILES, bound_s=40
)
async def durable(trial: Trial) -> AsyncIterator[Finding]:
    people = unique("Ana"), unique("Ben")
    outcome = await trial.ask(WORKFLOW, request(*people), timeout=25)
    yield ended(outcome)
    models = len(outcome.run.model_calls)
    yield Finding(
        models >= 2,
        "at least two model calls in the history: one asks for tools, one reads what they said",
        f"{count(models, 'model call')} in the history",
        "Runner.run belongs in the workflow, and OpenAIAgentsPlugin on the worker's client: it turns model "
        "calls into activities.",
    )
    tools = Counter(step.activity_type for step in outcome.run.tools)
    yield Finding(
        tools["get_weather"] >= 2 and tools["post_notice"] >= 2,
        "get_weather and post_notice are in the history as activities, twice each for two subscribers in two "
        "states",
        "activities other than model calls: "
        f"{', '.join(f'{name} {number}' for name, number in tools.items()) or 'none'}",
        "Make the agent's tools with activity_as_tool; a function_tool runs inside the workflow and leaves "
        "no trace.",
    )
    posted = await notices(trial, *people)
    yield Finding(
        set(posted.values()) == {1},
        "one notice for each of the two subscribers on the board",
        tally(posted),
        "Does the agent have both tools, and does the worker offer both activities?",
    )


@check(
    "03.heartbeat",
    "A dead worker is noticed within seconds, a slow model is left alone",
    needs=FILES,
    bound_s=30,
)
async def missed(trial: Trial) -> AsyncIterator[Finding]:
    outcome = await trial.ask(WORKFLOW, "What can you do?", timeout=20)
    yield ended(outcome)
    if not outcome.run.model_calls:
        raise Stop("a model call in the history", "there is none", 'First the agent: lab.check("03.durable")')
    limits = outcome.run.model_calls[0].timeouts
    yield heartbeat(limits.heartbeat, "worker.py")
    yield long_enough(limits.start_to_close, SHORTEST_CALL_S, "to answer")
