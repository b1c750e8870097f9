"""What the checks of exercise 06 share: runs that wait for a person, decisions, and counts of refunds."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.exceptions import TemporalError
from temporalio.service import RPCError

from workshop.checks import Finding, Outcome, Stop, Trial

WORKFLOW = "RefundWorkflow"
FILES = ["activities.py", "workflow.py:RefundWorkflow", "worker.py"]
WAIT_S = 15.0
"""How long an agent may take until it asks a person, in seconds."""
DEADLINE = timedelta(days=3)


async def asked(trial: Trial, request: str) -> WorkflowHandle[Any, Any]:
    """Start a run and return it once it waits for a person."""
    return await waiting(trial, await trial.start(WORKFLOW, request))


async def waiting(trial: Trial, handle: WorkflowHandle[Any, Any]) -> WorkflowHandle[Any, Any]:
    async def waits() -> bool:
        run = await trial.read(handle)
        if run.stuck or not run.is_open:
            outcome = await trial.outcome(handle, timeout=0)
            raise Stop(
                "the run waits for a person before it refunds anything",
                f"the run is {outcome.status}: {outcome.error or outcome.result}",
                outcome.look
                or "While there are interruptions, ask about each of them before the agent runs again.",
            )
        return any(step.kind == "timer" for step in run.steps) or bool(await asked_about(handle))

    _: bool = await trial.until(
        waits, "a run that waits for a person", WAIT_S, 'Ask it by hand: await handle.query("waits_for")'
    )
    return handle


async def asked_about(handle: WorkflowHandle[Any, Any]) -> str:
    """Return the id of the call that a run waits for; empty if it waits for none, or can't say."""
    try:
        asked = await handle.query("waits_for", rpc_timeout=timedelta(seconds=5))
    except (RPCError, TemporalError):
        return ""
    return str(asked.get("id", "")) if isinstance(asked, dict) else ""


async def decide(handle: WorkflowHandle[Any, Any], approve: bool) -> str:
    """Send a person's decision. Return why it was refused, empty if it was taken."""
    try:
        seen = await asked_about(handle)
        await handle.execute_update("decide", args=[seen, approve], rpc_timeout=timedelta(seconds=12))
    except (RPCError, TemporalError) as error:
        return str(error.cause or error)
    return ""


async def refunds_of(trial: Trial, handle: WorkflowHandle[Any, Any]) -> int:
    return sum(handle.id in notice["text"] for notice in await trial.notices())


async def asked_twice(trial: Trial, handle: WorkflowHandle[Any, Any]) -> int:
    """Return how many calls of a run sent the model what it had answered before."""
    rows = await asyncio.to_thread(trial.lab.calls, handle)
    answered = [row["input_hash"] for row in rows if row["state"] == "delivered"]
    return len(answered) - len(set(answered))


def ended(outcome: Outcome, expected: str) -> Finding:
    seen = f"the run is {outcome.status}" + (f": {outcome.error}" if outcome.error else "")
    return Finding(outcome.completed, expected, seen, outcome.look)
