"""What the checks of exercise 05 share: what they ask for, how they ask, and how they say what they saw."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio.client import (
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.service import RPCError

from workshop.checks import Stop, Trial
from workshop.checks.looks import web_ui

WORKFLOW = "InteractiveResearchWorkflow"
GIVEN = ["deep_research/models.py", "deep_research/connection.py", "pipeline.py", "known.py"]
FLOW = [f"research_workflow.py:{WORKFLOW}", *GIVEN]
WORKER = ["run_worker.py", *FLOW]
SHIELDS = ["deep_research/web/patience.py", "deep_research/web/protection.py"]
SERVER = ["run_server.py", "temporal_web.py", "web_forms.py", *SHIELDS, *WORKER]

VAGUE = "Tell me about caching"
SPECIFIC = "What is the difference between a Signal and an Update in a Temporal workflow?"
ANSWERS = ("For a web API in Python", "Caching of answers from slow services", "The last two years")
CALL_S = 2.0
"""How long a model call that must be caught in flight takes, in seconds."""
UPDATE_S = 12.0
KEPT = "what was recorded before the kill is kept, and no recorded call is made again"
PLANNING, SEARCHING = "Plan the web searches", "Search the web for"
"""How the instructions of the planner and of the search agent start, for faults to match."""


@dataclass(frozen=True)
class Told:
    """What an Update returned: the status, or why it was refused."""

    status: dict[str, Any] | None
    refusal: str = ""

    @property
    def answers(self) -> dict[str, str]:
        return dict((self.status or {}).get("clarification_responses", {}))

    def __str__(self) -> str:
        return f"refused: {self.refusal}" if self.status is None else f"accepted; answers now: {self.answers}"


async def send_update(trial: Trial, handle: WorkflowHandle[Any, Any], name: str, **given: Any) -> Told:
    """Send an Update. Raises Stop when no answer comes within `UPDATE_S` seconds."""
    try:
        status = await asyncio.wait_for(handle.execute_update(name, given), UPDATE_S)
    except WorkflowUpdateFailedError as error:
        return Told(None, f"{error.__cause__}")
    except RPCError as error:  # the run is over
        return Told(None, error.message)
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
        stuck = (await trial.read(handle)).stuck
        raise Stop(
            f"the Update {name} is answered within {UPDATE_S:.0f} s",
            f"no answer; the workflow task keeps failing: {stuck.failure}"[:500]
            if stuck
            else "no answer; the handler still waits",
            f"Open the run in {web_ui()}. "
            + (
                "Which line does the failure come from?"
                if stuck
                else "What does the handler wait for, and who makes it true?"
            ),
        ) from None
    if not isinstance(status, dict):
        raise Stop(
            f"the Update {name} returns the status",
            f"it returned {status!r}"[:200],
            "return self.known.status()",
        )
    return Told(status)


async def send_answer(trial: Trial, handle: WorkflowHandle[Any, Any], index: int, text: str) -> Told:
    return await send_update(trial, handle, "provide_clarification", answer=text, question_index=index)


async def ask_status(handle: WorkflowHandle[Any, Any]) -> dict[str, Any]:
    """Return the Query's answer. Raises Stop if there is none."""
    try:
        status = await handle.query("get_status", rpc_timeout=timedelta(seconds=8))
    except (RPCError, WorkflowQueryFailedError) as error:
        raise Stop(
            "the Query get_status is answered at any time", f"{error}"[:300], "return self.known.status()"
        ) from error
    if not isinstance(status, dict):
        raise Stop(
            "the Query get_status returns the status",
            f"it returned {status!r}"[:200],
            "return self.known.status()",
        )
    return status
