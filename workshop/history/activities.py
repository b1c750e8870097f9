"""Activities in an event history, with attempts, time-outs, retries, and receipts; running ones come from the
description.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflow.v1 import PendingActivityInfo

from workshop.history.book import Book, maybe_time, seconds_of, time_of_parts, within
from workshop.history.payloads import (
    MODEL_ACTIVITIES,
    failure_text,
    handoff_targets,
    model_answer,
    model_question,
    preview,
    timed_out,
    value_of,
)
from workshop.history.records import Attempt, Kind, Retries, State, Timeouts


class Activities(Book):
    """The reader of activity events: one method per kind of event, named after it. `a` holds the event's
    attributes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.targets: dict[tuple[str, int], dict[str, str]] = {}
        self.called: set[str] = set()
        self.task_starts: list[datetime] = []
        self.local_ends: list[tuple[datetime, datetime]] = []
        """When each local activity ended, by the worker's clock and in workflow time."""

    def _activity_task_scheduled(self, event: HistoryEvent, a: Any) -> None:
        activity, policy = a.activity_type.name, a.retry_policy
        key = (self.run_id, event.event_id)
        summary = self.summary_of(event)
        kind: Kind = "tool" if activity in self.called else "activity"
        name, question = activity, preview(a.input.payloads)
        if activity in MODEL_ACTIVITIES:
            given = value_of(a.input.payloads[0]) if a.input.payloads else {}
            kind, name, question = "model", summary or "model", model_question(given)
            self.targets[key] = handoff_targets(given)
        self.open_step(
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
                tuple(policy.non_retryable_error_types),
            ),
            timeouts=Timeouts(
                seconds_of(a.schedule_to_close_timeout),
                seconds_of(a.schedule_to_start_timeout),
                seconds_of(a.start_to_close_timeout),
                seconds_of(a.heartbeat_timeout),
            ),
        )

    def _activity_task_started(self, event: HistoryEvent, a: Any) -> None:
        key = (self.run_id, a.scheduled_event_id)
        worker = self.saw(a.identity)
        log: tuple[Attempt, ...] = ()
        failure = None
        if a.HasField("last_failure"):
            failure = failure_text(a.last_failure)
            earlier: State = "timed_out" if timed_out(a.last_failure) else "failed"
            log = (Attempt(a.attempt - 1, earlier, error=failure),)
        log += (Attempt(a.attempt, "started", started=self.time, worker=worker),)
        self.change(
            key,
            state="started",
            started=self.time,
            attempts=a.attempt,
            worker=worker,
            last_failure=failure,
            attempt_log=log,
        )

    def _activity_task_completed(self, event: HistoryEvent, a: Any) -> None:
        key = (self.run_id, a.scheduled_event_id)
        step = self.steps.get(key)
        if step is None:
            return
        facts: dict[str, Any] = {"result_preview": preview(a.result.payloads)}
        if step.kind == "model" and a.result.payloads:
            answer = model_answer(value_of(a.result.payloads[0]), self.targets.get(key, {}))
            self.called.update(answer.calls)
            facts = {
                "receipt": answer.receipt,
                "calls": answer.calls,
                "handoffs": answer.handoffs,
                "result_preview": answer.text,
            }
        self._close_activity(a, "completed", result_bytes=a.result.ByteSize(), **facts)

    def _activity_task_failed(self, event: HistoryEvent, a: Any) -> None:
        self._close_activity(a, "failed", last_failure=failure_text(a.failure))

    def _activity_task_timed_out(self, event: HistoryEvent, a: Any) -> None:
        self._close_activity(a, "timed_out", last_failure=failure_text(a.failure))

    def _activity_task_canceled(self, event: HistoryEvent, a: Any) -> None:
        self._close_activity(a, "cancelled")

    def _close_activity(self, a: Any, state: State, **changes: Any) -> None:
        key = (self.run_id, a.scheduled_event_id)
        step = self.steps.get(key)
        if step is None:
            return
        if step.worker:
            self.saw(step.worker)
        error = changes.get("last_failure")
        log = tuple(
            replace(attempt, state=state, ended=self.time, error=error)
            if attempt.number == step.attempts
            else attempt
            for attempt in step.attempt_log
        )
        self.change(key, state=state, closed=self.time, attempt_log=log, **changes)

    def _marker_recorded(self, event: HistoryEvent, a: Any) -> None:
        """Read the one marker that a local activity leaves when it is done."""
        if a.marker_name != "core_local_activity" or "data" not in a.details:
            return
        data = value_of(a.details["data"].payloads[0])
        if not isinstance(data, dict):
            return
        scheduled, closed = self._local_times(data)
        activity = str(data.get("activity_type", "local activity"))
        failed = a.HasField("failure")
        result = a.details["result"].payloads if "result" in a.details else ()
        self.open_step(
            event,
            "model" if activity in MODEL_ACTIVITIES else "tool" if activity in self.called else "activity",
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

    def _local_times(self, data: dict[str, Any]) -> tuple[datetime, datetime]:
        """Return when a local activity was scheduled and when it was done, by the worker's clock.

        The worker records the latter in workflow time, which only two things change: a workflow task sets it
        to the task's start, and the end of a local activity advances it by the activity's duration.
        """
        asked = within(self.began, time_of_parts(data.get("original_schedule_time")) or self.time, self.time)
        done = time_of_parts(data.get("complete_time"))
        if done is None:
            return asked, self.time
        known = [at for at in self.task_starts if at <= asked] or self.task_starts[-1:]
        known += [theirs for over, theirs in self.local_ends if over <= asked]
        took = done - max((at for at in known if at <= done), default=done)
        over = min(asked + took, self.time)
        self.local_ends.append((over, done))
        return asked, over

    def pending(self, key: tuple[str, int], p: PendingActivityInfo) -> None:
        """Read an activity that is running or waits for its next attempt. The server gives no times of
        earlier attempts.
        """
        step = self.steps[key]
        running = p.state != PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED
        begun = p.attempt if running else p.attempt - 1
        failure = failure_text(p.last_failure) if p.HasField("last_failure") else None
        due = maybe_time(p, "next_attempt_schedule_time") if not running else None
        worker = p.last_worker_identity or None
        offered = (
            max(maybe_time(p, "scheduled_time") or step.scheduled, step.scheduled)
            if p.attempt > 1
            else step.scheduled
        )
        started = max(maybe_time(p, "last_started_time") or offered, offered) if running else None
        beat = maybe_time(p, "last_heartbeat_time")
        log: list[Attempt] = []
        ended = None
        if failure is not None and p.attempt > 1:
            ended = maybe_time(p, "last_attempt_complete_time")
            state: State = "failed"
            if timed_out(p.last_failure):
                state, ended = "timed_out", None
                if (
                    p.HasField("scheduled_time") and step.retries
                ):  # the server keeps no end of such an attempt; the policy gives it
                    ended = offered - timedelta(seconds=step.retries.delay(p.attempt - 1))
            ended = within(step.scheduled, ended, offered) if ended else None
            log.append(
                Attempt(p.attempt - 1, state, ended=ended, error=failure, worker=None if running else worker)
            )
        log.append(
            Attempt(
                p.attempt,
                "started" if running else "scheduled",
                scheduled=offered,
                started=started,
                worker=worker if running else None,
                heartbeat=beat if beat and started and beat >= started else None,
            )
        )
        self.steps[key] = replace(
            step,
            state="started" if running else ("retrying" if begun else "scheduled"),
            started=started or step.started,
            attempts=begun,
            last_failure=failure,
            next_retry=due if begun else None,
            worker=worker,
            heartbeat=beat,
            attempt_log=tuple(log),
        )
        for moment in filter(None, (started, log[-1].heartbeat)):
            self.saw(worker or "", moment)
        self.time = max(filter(None, (self.time, ended, started, log[-1].heartbeat)))
