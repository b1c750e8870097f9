"""Checkpoint 2: the worker, killed during a search."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from workshop.checks import Finding, Outcome, Trial, check
from workshop.checks.exercises.stage05.common import (
    CALL_S,
    KEPT,
    SEARCHING,
    SPECIFIC,
    WORKER,
    WORKFLOW,
    send_update,
)
from workshop.checks.helpers import program
from workshop.checks.shared import RECOVERY_S, goes_on, heartbeat, how, kept, long_enough, you_said
from workshop.history.records import Step
from workshop.words import count, duration_text

MISBEHAVES = program("misbehaves.py")
SHORTEST_CALL_S = 60.0
"""The shortest start-to-close timeout, in seconds, that would not cut off a long report in the middle."""
MOST_ATTEMPTS = 10


@check(
    "05.worker",
    f"A kill in the middle of the searches costs under {RECOVERY_S:.0f} s and no recorded call",
    needs=WORKER,
)
async def worker(trial: Trial) -> AsyncIterator[Finding]:
    await trial.start_worker("run_worker.py")
    await trial.fault("slow", delay_s=CALL_S, match=SEARCHING)
    handle = await trial.start(WORKFLOW)
    await send_update(trial, handle, "start_research", query=SPECIFIC)
    await trial.model_call_in_flight(for_s=CALL_S / 2, timeout=15)
    run = await trial.read(handle)
    for finding in _settings(next(step for step in run.model_calls if step.is_open)):
        yield finding
    before = await trial.receipts(run)
    await trial.crash()
    killed = time.time()
    await trial.restart()
    outcome = await trial.outcome(handle, timeout=RECOVERY_S + 2 * CALL_S)
    for finding in _recovered(outcome, killed, you_said(trial)):
        yield finding
    after = await trial.receipts(outcome.run)
    yield kept(before, after, 2, KEPT)
    if outcome.completed:
        await trial.clear_faults()
        yield await _an_agents_error(trial)


def _settings(call: Step) -> list[Finding]:
    return [
        heartbeat(call.timeouts.heartbeat, "run_worker.py"),
        long_enough(call.timeouts.start_to_close, SHORTEST_CALL_S, "for a long report"),
        given_up(call),
    ]


def given_up(call: Step) -> Finding:
    """Check that attempts are limited, by their number or by the time for all of them."""
    most, limit = call.retries.maximum_attempts if call.retries else 0, call.timeouts.schedule_to_close
    is_long_enough = limit is None or limit >= SHORTEST_CALL_S
    return Finding(
        most != 1 and most <= MOST_ATTEMPTS and is_long_enough and bool(most or limit),
        f"a call that fails is made again, and given up some time: after 2 to {MOST_ATTEMPTS} attempts, or "
        "after a time for all of them",
        f"limits in the history: {count(most, 'attempt') if most else 'any number of attempts'}, "
        f"{duration_text(limit) if limit else 'no time'} for all of them",
        "In the ModelActivityParameters: retry_policy=RetryPolicy(maximum_attempts=…), or, as in the lesson, "
        "schedule_to_close_timeout=…. Without either, a search can fail forever.",
    )


def _recovered(outcome: Outcome, killed: float, you_said: str) -> list[Finding]:
    met = [step for step in outcome.run.model_calls if step.attempts >= 2]
    again = max((step.started.timestamp() - killed for step in met if step.started), default=None)
    none = f"none in the {time.time() - killed:.0f} s after the kill"
    seen = f"{len(met)}, the last of them {again:.1f} s after the kill" if again else none
    found = [
        Finding(
            again is not None and again < RECOVERY_S and outcome.completed,
            f"the searches cut short by the kill are made again within {RECOVERY_S:.0f} s, and the report "
            "comes",
            f"searches made again: {seen}{you_said}; {how(outcome)}",
            "Who tells the server that the worker is dead? heartbeat_timeout. Who may try again? "
            "retry_policy.",
        )
    ]
    if closed := [step.closed for step in met if step.closed]:
        found.append(goes_on(outcome.run, min(closed).timestamp(), "the first of them"))
    return found


async def _an_agents_error(trial: Trial) -> Finding:
    await trial.start_worker(MISBEHAVES)
    handle = await trial.start(WORKFLOW)
    asking = asyncio.create_task(handle.execute_update("start_research", {"query": SPECIFIC}))
    outcome = await trial.outcome(handle, timeout=10)
    asking.cancel()  # nobody answers it, whether the run has failed or is stuck
    await asyncio.gather(asking, return_exceptions=True)
    return Finding(
        outcome.status == "Failed",
        "an answer in the wrong form (ModelBehaviorError, an AgentsException) fails the research, "
        "with its reason",
        f"after an answer in the wrong form the run is {outcome.status}: {outcome.error}"[:400],
        "Otherwise its workflow task is tried again forever, and says Running. See "
        "workflow_failure_exception_types.",
    )
