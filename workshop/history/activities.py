"""Readers of activity events: attempts, time-outs, retries, and receipts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from temporalio.api.history.v1 import HistoryEvent

from workshop.history.book import Book, seconds_of, summary_of, time_of_parts, within
from workshop.history.payloads import (
    MODEL_ACTIVITIES,
    failure_text,
    handoff_targets,
    is_timeout,
    model_answer,
    model_question,
    preview,
    value_of,
)
from workshop.history.records import Attempt, Kind, Retries, State, Timeouts


def scheduled(book: Book, event: HistoryEvent) -> None:
    a = event.activity_task_scheduled_event_attributes
    activity, policy = a.activity_type.name, a.retry_policy
    key = (book.run_id, event.event_id)
    summary = summary_of(event)
    kind: Kind = "tool" if activity in book.called else "activity"
    name, question = activity, preview(a.input.payloads)
    if activity in MODEL_ACTIVITIES:
        given = value_of(a.input.payloads[0]) if a.input.payloads else {}
        kind, name, question = "model", summary or "model", model_question(given)
        book.targets[key] = handoff_targets(given)
    book.open_step(
        event,
        kind,
        name,
        activity_id=a.activity_id,
        activity_type=activity,
        summary=summary,
        input_preview=question,
        input_bytes=a.input.ByteSize(),
        retries=Retries(
            seconds_of(policy.initial_interval) or 0.0,
            policy.backoff_coefficient,
            seconds_of(policy.maximum_interval) or float("inf"),
            policy.maximum_attempts,
        ),
        timeouts=Timeouts(
            seconds_of(a.start_to_close_timeout),
            seconds_of(a.heartbeat_timeout),
            seconds_of(a.schedule_to_close_timeout),
        ),
    )


def started(book: Book, event: HistoryEvent) -> None:
    a = event.activity_task_started_event_attributes
    worker = book.saw(a.identity)
    log: tuple[Attempt, ...] = ()
    failure = None
    if a.HasField("last_failure"):
        failure = failure_text(a.last_failure)
        earlier: State = "timed_out" if is_timeout(a.last_failure) else "failed"
        log = (Attempt(a.attempt - 1, earlier, error=failure),)
    log += (Attempt(a.attempt, "started", started=book.time, worker=worker),)
    book.change(
        a.scheduled_event_id,
        state="started",
        started=book.time,
        attempts=a.attempt,
        worker=worker,
        last_failure=failure,
        attempt_log=log,
    )


def completed(book: Book, event: HistoryEvent) -> None:
    a = event.activity_task_completed_event_attributes
    key = (book.run_id, a.scheduled_event_id)
    step = book.steps.get(key)
    if step is None:
        return
    facts: dict[str, Any] = {"result_preview": preview(a.result.payloads)}
    if step.kind == "model" and a.result.payloads:
        answer = model_answer(value_of(a.result.payloads[0]), book.targets.get(key, {}))
        book.called.update(answer.calls)
        facts = {
            "receipt": answer.receipt,
            "calls": answer.calls,
            "handoffs": answer.handoffs,
            "result_preview": answer.text,
        }
    _close(book, a.scheduled_event_id, "completed", **facts)


def failed(book: Book, event: HistoryEvent) -> None:
    a = event.activity_task_failed_event_attributes
    _close(book, a.scheduled_event_id, "failed", last_failure=failure_text(a.failure))


def timed_out(book: Book, event: HistoryEvent) -> None:
    a = event.activity_task_timed_out_event_attributes
    _close(book, a.scheduled_event_id, "timed_out", last_failure=failure_text(a.failure))


def canceled(book: Book, event: HistoryEvent) -> None:
    a = event.activity_task_canceled_event_attributes
    _close(book, a.scheduled_event_id, "cancelled")


def _close(book: Book, opened_by: int, state: State, **changes: Any) -> None:
    step = book.steps.get((book.run_id, opened_by))
    if step is None:
        return
    if step.worker:
        book.saw(step.worker)
    last: dict[str, Any] = {"state": state, "ended": book.time, "error": changes.get("last_failure")}
    log = (replace(each, **last) if each.number == step.attempts else each for each in step.attempt_log)
    book.close_step(opened_by, state, attempt_log=tuple(log), **changes)


def marker_recorded(book: Book, event: HistoryEvent) -> None:
    """Read the one marker that a local activity leaves when it is done."""
    a = event.marker_recorded_event_attributes
    if a.marker_name != "core_local_activity" or "data" not in a.details:
        return
    data = value_of(a.details["data"].payloads[0])
    if not isinstance(data, dict):
        return
    scheduled, closed = _local_times(book, data)
    activity = str(data.get("activity_type", "local activity"))
    failed = a.HasField("failure")
    result = a.details["result"].payloads if "result" in a.details else ()
    book.open_step(
        event,
        "model" if activity in MODEL_ACTIVITIES else "tool" if activity in book.called else "activity",
        activity,
        activity_id=str(data.get("activity_id", "")),
        activity_type=activity,
        summary="local activity",
        scheduled=scheduled,
        state="failed" if failed else "completed",
        closed=closed,
        attempts=int(data.get("attempt") or 1),
        last_failure=failure_text(a.failure) if failed else None,
        result_preview=preview(result),
    )


def _local_times(book: Book, data: dict[str, Any]) -> tuple[datetime, datetime]:
    """Return when a local activity was scheduled and when it was done, by the worker's clock.

    The worker records the latter in workflow time, which only two things change: a workflow task sets it
    to the task's start, and the end of a local activity advances it by the activity's duration.
    """
    asked = within(book.began, time_of_parts(data.get("original_schedule_time")) or book.time, book.time)
    done = time_of_parts(data.get("complete_time"))
    if done is None:
        return asked, book.time
    known = [at for at in book.task_starts if at <= asked] or book.task_starts[-1:]
    known += [theirs for over, theirs in book.local_ends if over <= asked]
    took = done - max((at for at in known if at <= done), default=done)
    over = min(asked + took, book.time)
    book.local_ends.append((over, done))
    return asked, over
