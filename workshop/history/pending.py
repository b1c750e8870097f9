"""The reader of activities that are running or wait for their next attempt: the description has them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.workflow.v1 import PendingActivityInfo

from workshop.history.book import Book, maybe_time, within
from workshop.history.payloads import failure_text, is_timeout
from workshop.history.records import Attempt, Step


def pending(book: Book, step: Step, p: PendingActivityInfo) -> None:
    """Read the last failed attempt, and the one that runs or is due: the server gives no earlier ones."""
    running = p.state != PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED
    begun = p.attempt if running else p.attempt - 1
    worker = p.last_worker_identity or None
    offered = step.scheduled
    if p.attempt > 1:
        offered = max(maybe_time(p, "scheduled_time") or offered, offered)
    started = max(maybe_time(p, "last_started_time") or offered, offered) if running else None
    beat = maybe_time(p, "last_heartbeat_time")
    now = Attempt(
        p.attempt,
        "started" if running else "scheduled",
        scheduled=offered,
        started=started,
        worker=worker if running else None,
        heartbeat=beat if beat and started and beat >= started else None,
    )
    before = _failed(step, p, offered, None if running else worker)
    book.steps[step.key] = replace(
        step,
        state="started" if running else ("retrying" if begun else "scheduled"),
        started=started or step.started,
        attempts=begun,
        last_failure=failure_text(p.last_failure) if p.HasField("last_failure") else None,
        next_retry=maybe_time(p, "next_attempt_schedule_time") if begun and not running else None,
        worker=worker,
        heartbeat=beat,
        attempt_log=(*before, now),
    )
    for moment in filter(None, (started, now.heartbeat)):
        book.saw(worker or "", moment)
    moments = (book.time, *(attempt.ended for attempt in before), started, now.heartbeat)
    book.time = max(filter(None, moments))


def _failed(
    step: Step, p: PendingActivityInfo, next_offered: datetime, worker: str | None
) -> tuple[Attempt, ...]:
    """Return the attempt before this one, if there was one and its failure is known."""
    if p.attempt == 1 or not p.HasField("last_failure"):
        return ()
    ended = maybe_time(p, "last_attempt_complete_time")
    if is_timeout(p.last_failure):  # the server keeps no end of such an attempt; the policy gives it
        ended = None
        if step.retries and p.HasField("scheduled_time"):
            ended = next_offered - timedelta(seconds=step.retries.delay(p.attempt - 1))
    return (
        Attempt(
            p.attempt - 1,
            "timed_out" if is_timeout(p.last_failure) else "failed",
            ended=within(step.scheduled, ended, next_offered) if ended else None,
            error=failure_text(p.last_failure),
            worker=worker,
        ),
    )
