"""Exercise 06, first task: it asks a person, and silence has an end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

from workshop.checks import Finding, Trial, check
from workshop.checks.exercises.stage06.common import (
    DEADLINE,
    FILES,
    asked,
    asked_twice,
    decide,
    ended,
    refunds_of,
)
from workshop.words import count
from workshop.workspace import days


@check("06.approval", "It asks a person, waits through a kill, and gives up after three days", needs=FILES)
async def approval(trial: Trial) -> AsyncIterator[Finding]:
    handle = await asked(trial, "Please refund order 1208, it is torn.")
    before = await trial.receipts(handle)
    yield Finding(
        await refunds_of(trial, handle) == 0,
        "nothing is refunded before a person has decided",
        f"on the board before the decision: {count(await refunds_of(trial, handle), 'refund')}",
        "refund.needs_approval = True makes the agent stop before that tool.",
    )
    await trial.crash()
    await days.fast_forward(handle, timedelta(days=2))
    await trial.restart()
    refused = await decide(handle, True)
    outcome = await trial.outcome(handle)
    yield ended(outcome, "killed while it waited, approved two days later, the run completes")
    after = await trial.receipts(outcome.run)
    yield Finding(
        await refunds_of(trial, handle) == 1 and not refused,
        "approved: exactly one refund",
        f"the decision was {refused or 'taken'}; {count(await refunds_of(trial, handle), 'refund')} on the "
        "board",
        "Approve the call in the state, then run the agent with that state: Runner.run(agent, state).",
    )
    again = await asked_twice(trial, handle)
    yield Finding(
        set(before.recorded) <= set(after.recorded) and not again,
        "no recorded model call is made again",
        f"recorded before the kill: {len(before.recorded)}, made again: {again}",
        "Go on with result.to_state(); an agent that is run with the request again starts over.",
    )
    for finding in [await _denied(trial), await _silent(trial)]:
        yield finding


async def _denied(trial: Trial) -> Finding:
    handle = await asked(trial, "Please refund order 1207, it leaks.")
    await decide(handle, False)
    outcome = await trial.outcome(handle)
    refunds, calls = await refunds_of(trial, handle), len(outcome.run.model_calls)
    return Finding(
        outcome.completed and refunds == 0 and calls >= 3,
        "refused: no refund, and the model is told, so that it can answer",
        f"the run is {outcome.status}; {count(refunds, 'refund')}, {count(calls, 'model call')}",
        "state.reject(call, rejection_message=…), then run the agent with the state, as after an approval.",
    )


async def _silent(trial: Trial) -> Finding:
    handle = await asked(trial, "Please refund order 1209, it is too small.")
    await days.fast_forward(handle, DEADLINE + timedelta(hours=1))
    outcome = await trial.outcome(handle, timeout=8)
    refunds = await refunds_of(trial, handle)
    return Finding(
        outcome.completed and refunds == 0,
        "nobody answers: after three days the run ends by itself, without a refund",
        f"an hour after the deadline the run is {outcome.status}; {count(refunds, 'refund')}",
        "wait_condition(…, timeout=DEADLINE) raises TimeoutError. What should silence mean?",
    )
