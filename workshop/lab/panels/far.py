"""How far a research run is, in one line: from its status, from its pending model calls, from its failure."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from temporalio.client import WorkflowExecutionDescription

from workshop.history.payloads import failure_text
from workshop.words import duration_text, shorten


def progress(status: dict[str, Any]) -> str:
    """Return how far a research run is, in one line."""
    # a workflow does not send what it never set
    states = [search["state"] for search in status.get("searches", ())]
    error = status.get("error", "")
    lines = {
        "pending": "no query yet",
        "triage": "deciding whether the question is clear enough",
        "awaiting_clarifications": "waits for your answer, for as long as it takes",
        "planning": "plans the searches",
        "awaiting_approval": "its plan waits for approval",
        "searching": f"{states.count('done')} of {len(states)} searches done",
        "writing": "writes the report",
        "completed": "the report is there: press Read",
        "needs_attention": f"needs attention: {error} Fix the cause, then press Try again",
        "failed": f"failed: {error}",
        "cancelled": "cancelled",
    }
    failed = states.count("failed")
    return lines.get(status.get("status", ""), "") + (f" · {failed} failed" if failed else "")


def retried(found: WorkflowExecutionDescription) -> str:
    """Return what a research run waits for whose model call failed and will be made again; else nothing."""
    pending = [one for one in found.raw_description.pending_activities if one.HasField("last_failure")]
    if not pending:
        return ""
    longest = max(pending, key=lambda one: one.attempt)
    due = longest.next_attempt_schedule_time.ToDatetime(UTC) - datetime.now(UTC)
    wait = math.ceil(due.total_seconds())
    when = f"next attempt in {duration_text(wait)}" if wait > 0 else "being tried now"
    why = shorten(failure_text(longest.last_failure), 120)
    return f"the model does not answer: attempt {longest.attempt}, {when} ({why})"


def reason(error: BaseException) -> str:
    """Return the innermost cause of a failure."""
    while isinstance(cause := getattr(error, "cause", None) or error.__cause__, BaseException):
        error = cause
    return str(error)
