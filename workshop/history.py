"""An event history read into plain records: steps, attempts, workers, receipts, bytes.

The history is the one witness of a run. It has gaps that matter when one draws it: ActivityTaskStarted is written when
the activity closes, and of attempts that failed it keeps only their number and the last error. Until then they stand in
the run's description, under Pending Activities. `read` takes both.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.enums.v1 import EventType, PendingActivityState, TimeoutType, WorkflowTaskFailedCause
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse
from temporalio.client import WorkflowExecutionDescription, WorkflowHandle

from workshop.payloads import (
    MODEL_ACTIVITIES,
    failure_text,
    handoff_targets,
    model_answer,
    model_question,
    preview,
    text_of,
    timed_out,
    value_of,
)
from workshop.records import (
    Attempt,
    Event,
    Kind,
    Recorder,
    Retries,
    Run,
    State,
    Step,
    Timeouts,
    Worker,
    WorkflowTask,
    pid_of,
    short_receipt,
)

__all__ = [
    "Attempt",
    "Event",
    "Recorder",
    "Retries",
    "Run",
    "Step",
    "Timeouts",
    "Worker",
    "WorkflowTask",
    "from_events",
    "pid_of",
    "read",
    "short_receipt",
]

ENDINGS: dict[str, str] = {
    "workflow_execution_completed": "Completed",
    "workflow_execution_failed": "Failed",
    "workflow_execution_timed_out": "TimedOut",
    "workflow_execution_canceled": "Canceled",
    "workflow_execution_terminated": "Terminated",
    "workflow_execution_continued_as_new": "ContinuedAsNew",
}
KEPT = 64
_fetched: OrderedDict[str, tuple[HistoryEvent, ...]] = OrderedDict()
"""Histories fetched last, by run id. A live picture asks several times a second, and mostly nothing was added."""


async def read(handle: WorkflowHandle[Any, Any]) -> Run:
    """Read the run of `handle` as it stands now, with the runs that it continues.

    A handle without a run id stands for the newest run of its workflow, one with a run id for that run.
    Raises temporalio.service.RPCError when there is no such workflow or the server does not answer.
    """
    description = await handle.describe()
    chain = [await _history(handle, description.run_id, description.history_length)]
    while (previous := _started(chain[0]).continued_execution_run_id) and len(chain) < KEPT:
        chain.insert(0, await _history(handle, previous, None))
    return from_events([event for events in chain for event in events], description)


async def _history(handle: WorkflowHandle[Any, Any], run_id: str, length: int | None) -> tuple[HistoryEvent, ...]:
    """The events of a run: those fetched before, if they are `length` events, or (with None) if they are all of a closed run."""
    known = _fetched.get(run_id, ())
    if not (len(known) == length or (length is None and _is_complete(known))):
        client = handle._client
        history = await client.get_workflow_handle(handle.id, run_id=run_id).fetch_history()
        known = _fetched[run_id] = tuple(history.events)
    _fetched.move_to_end(run_id)
    while len(_fetched) > KEPT:
        _fetched.popitem(last=False)
    return known


def _is_complete(events: Sequence[HistoryEvent]) -> bool:
    return bool(events) and (events[-1].WhichOneof("attributes") or "").removesuffix("_event_attributes") in ENDINGS


def from_events(
    events: Sequence[HistoryEvent],
    description: WorkflowExecutionDescription | DescribeWorkflowExecutionResponse | None = None,
    *,
    read_at: datetime | None = None,
) -> Run:
    """Make the records from events (of one run, or of a chain of runs, oldest first) and the run's description, if any.

    `read_at`: when they were fetched; now by default, or the last event's time where there is no description.
    """
    if not events:
        raise ValueError("A history has at least one event; this one is empty.")
    raw = description.raw_description if isinstance(description, WorkflowExecutionDescription) else description
    reader = _Reader()
    for event in events:
        reader.take(event)
    if raw is not None:
        reader.describe(raw)
        read_at = read_at or datetime.now(UTC)
    return reader.finish(read_at or _time(events[-1].event_time))


def _started(events: Sequence[HistoryEvent]) -> Any:
    return events[0].workflow_execution_started_event_attributes


def _time(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)


def _maybe(message: Any, field: str) -> datetime | None:
    return _time(getattr(message, field)) if message.HasField(field) else None


def _seconds(duration: Duration) -> float | None:
    return duration.ToTimedelta().total_seconds() or None


class _Reader:
    """Goes through a history once, in order. One method for each kind of event that says something about a step."""

    def __init__(self) -> None:
        self.steps: dict[tuple[str, int], Step] = {}
        self.tasks: dict[tuple[str, int], WorkflowTask] = {}
        self.events: list[Event] = []
        self.seen: OrderedDict[str, tuple[datetime, datetime]] = OrderedDict()
        self.targets: dict[tuple[str, int], dict[str, str]] = {}
        self.called: set[str] = set()
        self.run_ids: list[str] = []
        self.continued: list[datetime] = []
        self.head: dict[str, Any] = {}
        self.status = "Running"
        self.closed: datetime | None = None
        self.result: str | None = None
        self.failed = False
        self.cancel_requested: datetime | None = None
        self.run_id = ""
        self.time = datetime.now(UTC)
        self.touched: tuple[str, int] | None = None

    def take(self, event: HistoryEvent) -> None:
        """Read one event."""
        which = event.WhichOneof("attributes") or ""
        name = which.removesuffix("_event_attributes")
        self.time = _time(event.event_time)
        self.touched = None
        attributes = getattr(event, which) if which else None
        if name in ENDINGS:
            self._ending(name, attributes)
        elif (method := getattr(self, f"_{name}", None)) is not None:
            method(event, attributes)
        kind = EventType.Name(event.event_type).removeprefix("EVENT_TYPE_")
        type_name = "".join(word.capitalize() for word in kind.split("_"))
        self.events.append(Event(self.run_id, event.event_id, type_name, self.time, event.ByteSize(), self.touched))

    # The run

    def _workflow_execution_started(self, event: HistoryEvent, a: Any) -> None:
        if self.run_id:
            self.continued.append(self.time)
        else:
            self.head = {"started": self.time}
        self.run_id = a.original_execution_run_id
        self.run_ids.append(self.run_id)
        self.head |= {
            "workflow_id": a.workflow_id,
            "workflow_type": a.workflow_type.name,
            "task_queue": a.task_queue.name,
        }
        self.status, self.closed, self.result, self.failed = "Running", None, None, False

    def _ending(self, name: str, a: Any) -> None:
        self.status, self.closed = ENDINGS[name], self.time
        self.failed = name in ("workflow_execution_failed", "workflow_execution_timed_out")
        if name == "workflow_execution_completed":
            self.result = preview(a.result.payloads)
        elif name == "workflow_execution_failed":
            self.result = failure_text(a.failure)
        elif name == "workflow_execution_terminated":
            self.result = a.reason
        self._abandon_open_steps()

    def _abandon_open_steps(self) -> None:
        """What is open when the run ends is given up by the server, without an event of its own."""
        for key, step in self.steps.items():
            if step.is_open and step.run_id == self.run_id:
                self.steps[key] = replace(step, state="cancelled", closed=self.time)

    def _workflow_execution_cancel_requested(self, event: HistoryEvent, a: Any) -> None:
        self.cancel_requested = self.time

    # Workflow tasks

    def _workflow_task_scheduled(self, event: HistoryEvent, a: Any) -> None:
        sticky = a.task_queue.name.rsplit("-", 1)[0] if a.task_queue.normal_name else None
        self.tasks[(self.run_id, event.event_id)] = WorkflowTask(
            self.run_id, event.event_id, self.time, attempts=max(a.attempt, 1), sticky_worker=sticky
        )

    def _change_task(self, a: Any, **changes: Any) -> None:
        key = (self.run_id, a.scheduled_event_id)
        if key in self.tasks:
            self.tasks[key] = replace(self.tasks[key], **changes)

    def _workflow_task_started(self, event: HistoryEvent, a: Any) -> None:
        self._change_task(a, state="started", started=self.time, worker=self._saw(a.identity))

    def _workflow_task_completed(self, event: HistoryEvent, a: Any) -> None:
        self._change_task(a, state="completed", closed=self.time, worker=self._saw(a.identity))

    def _workflow_task_failed(self, event: HistoryEvent, a: Any) -> None:
        cause = WorkflowTaskFailedCause.Name(a.cause).removeprefix("WORKFLOW_TASK_FAILED_CAUSE_")
        text = failure_text(a.failure) if a.HasField("failure") else cause.replace("_", " ").lower()
        self._change_task(a, state="failed", closed=self.time, worker=self._saw(a.identity), failure=text)

    def _workflow_task_timed_out(self, event: HistoryEvent, a: Any) -> None:
        which = TimeoutType.Name(a.timeout_type).removeprefix("TIMEOUT_TYPE_").replace("_", "-").lower()
        self._change_task(a, state="timed_out", closed=self.time, failure=f"{which} time-out")

    # Activities

    def _activity_task_scheduled(self, event: HistoryEvent, a: Any) -> None:
        activity, policy = a.activity_type.name, a.retry_policy
        key = (self.run_id, event.event_id)
        summary = self._summary(event)
        kind: Kind = "tool" if activity in self.called else "activity"
        name, question = activity, preview(a.input.payloads)
        if activity in MODEL_ACTIVITIES:
            given = value_of(a.input.payloads[0]) if a.input.payloads else {}
            kind, name, question = "model", summary or "model", model_question(given)
            self.targets[key] = handoff_targets(given)
        self._open(
            event,
            kind,
            name,
            activity_id=a.activity_id,
            activity_type=activity,
            summary=summary,
            input_preview=question,
            input_bytes=a.input.ByteSize(),
            retries=Retries(
                _seconds(policy.initial_interval) or 0.0,
                policy.backoff_coefficient,
                _seconds(policy.maximum_interval) or float("inf"),
                policy.maximum_attempts,
                tuple(policy.non_retryable_error_types),
            ),
            timeouts=Timeouts(
                _seconds(a.schedule_to_close_timeout),
                _seconds(a.schedule_to_start_timeout),
                _seconds(a.start_to_close_timeout),
                _seconds(a.heartbeat_timeout),
            ),
        )

    def _activity_task_started(self, event: HistoryEvent, a: Any) -> None:
        key = (self.run_id, a.scheduled_event_id)
        worker = self._saw(a.identity)
        log: tuple[Attempt, ...] = ()
        failure = None
        if a.HasField("last_failure"):
            failure = failure_text(a.last_failure)
            earlier: State = "timed_out" if timed_out(a.last_failure) else "failed"
            log = (Attempt(a.attempt - 1, earlier, error=failure),)
        log += (Attempt(a.attempt, "started", started=self.time, worker=worker),)
        self._change(
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
            self._saw(step.worker)
        error = changes.get("last_failure")
        log = tuple(
            replace(attempt, state=state, ended=self.time, error=error) if attempt.number == step.attempts else attempt
            for attempt in step.attempt_log
        )
        self._change(key, state=state, closed=self.time, attempt_log=log, **changes)

    def _marker_recorded(self, event: HistoryEvent, a: Any) -> None:
        """A local activity leaves one marker when it is done."""
        if a.marker_name != "core_local_activity" or "data" not in a.details:
            return
        data = value_of(a.details["data"].payloads[0])
        if not isinstance(data, dict):
            return
        scheduled = _from_parts(data.get("original_schedule_time")) or self.time
        activity = str(data.get("activity_type", "local activity"))
        failed = a.HasField("failure")
        result = a.details["result"].payloads if "result" in a.details else ()
        self._open(
            event,
            "model" if activity in MODEL_ACTIVITIES else "tool" if activity in self.called else "activity",
            activity,
            activity_id=str(data.get("activity_id", "")),
            activity_type=activity,
            summary="local activity",
            scheduled=scheduled,
            state="failed" if failed else "completed",
            closed=_from_parts(data.get("complete_time")) or self.time,
            attempts=int(data.get("attempt") or 1),
            last_failure=failure_text(a.failure) if failed else None,
            result_preview=preview(result),
        )

    # Timers, messages, children

    def _timer_started(self, event: HistoryEvent, a: Any) -> None:
        seconds = _seconds(a.start_to_fire_timeout) or 0.0
        summary = self._summary(event)
        self._open(
            event,
            "timer",
            summary or "timer",
            activity_id=a.timer_id,
            summary=summary,
            state="started",
            started=self.time,
            duration=seconds,
        )

    def _timer_fired(self, event: HistoryEvent, a: Any) -> None:
        self._change((self.run_id, a.started_event_id), state="completed", closed=self.time)

    def _timer_canceled(self, event: HistoryEvent, a: Any) -> None:
        self._change((self.run_id, a.started_event_id), state="cancelled", closed=self.time)

    def _workflow_execution_signaled(self, event: HistoryEvent, a: Any) -> None:
        self._open(
            event,
            "signal",
            a.signal_name,
            state="completed",
            started=self.time,
            closed=self.time,
            input_preview=preview(a.input.payloads),
        )

    def _workflow_execution_update_accepted(self, event: HistoryEvent, a: Any) -> None:
        request = a.accepted_request
        task = self.tasks.get((self.run_id, a.accepted_request_sequencing_event_id))
        self._open(
            event,
            "update",
            request.input.name,
            activity_id=request.meta.update_id,
            scheduled=task.scheduled if task else self.time,
            started=self.time,
            state="started",
            input_preview=preview(request.input.args.payloads),
        )

    def _workflow_execution_update_completed(self, event: HistoryEvent, a: Any) -> None:
        key = (self.run_id, a.accepted_event_id)
        if a.outcome.HasField("failure"):
            self._change(key, state="failed", closed=self.time, last_failure=failure_text(a.outcome.failure))
        else:
            self._change(key, state="completed", closed=self.time, result_preview=preview(a.outcome.success.payloads))

    def _start_child_workflow_execution_initiated(self, event: HistoryEvent, a: Any) -> None:
        self._open(
            event,
            "child",
            a.workflow_type.name,
            activity_id=a.workflow_id,
            summary=self._summary(event),
            input_preview=preview(a.input.payloads),
            input_bytes=a.input.ByteSize(),
        )

    def _child_workflow_execution_started(self, event: HistoryEvent, a: Any) -> None:
        self._change((self.run_id, a.initiated_event_id), state="started", started=self.time, attempts=1)

    def _child_workflow_execution_completed(self, event: HistoryEvent, a: Any) -> None:
        self._close_child(a, "completed", result_preview=preview(a.result.payloads))

    def _child_workflow_execution_failed(self, event: HistoryEvent, a: Any) -> None:
        self._close_child(a, "failed", last_failure=failure_text(a.failure))

    def _start_child_workflow_execution_failed(self, event: HistoryEvent, a: Any) -> None:
        self._close_child(a, "failed", last_failure="it could not be started")

    def _child_workflow_execution_timed_out(self, event: HistoryEvent, a: Any) -> None:
        self._close_child(a, "timed_out")

    def _child_workflow_execution_canceled(self, event: HistoryEvent, a: Any) -> None:
        self._close_child(a, "cancelled")

    def _child_workflow_execution_terminated(self, event: HistoryEvent, a: Any) -> None:
        self._close_child(a, "cancelled", last_failure="terminated")

    def _close_child(self, a: Any, state: State, **changes: Any) -> None:
        self._change((self.run_id, a.initiated_event_id), state=state, closed=self.time, **changes)

    # Helpers

    def _open(self, event: HistoryEvent, kind: Kind, name: str, **facts: Any) -> None:
        key = (self.run_id, event.event_id)
        facts.setdefault("activity_id", "")
        facts.setdefault("scheduled", self.time)
        self.steps[key] = Step(self.run_id, event.event_id, kind, name, **facts)
        self.touched = key

    def _change(self, key: tuple[str, int], **changes: Any) -> None:
        if key in self.steps:
            self.steps[key] = replace(self.steps[key], **changes)
            self.touched = key

    def _saw(self, identity: str) -> str | None:
        if not identity:
            return None
        first, last = self.seen.get(identity, (self.time, self.time))
        self.seen[identity] = (min(first, self.time), max(last, self.time))
        return identity

    @staticmethod
    def _summary(event: HistoryEvent) -> str:
        if not event.user_metadata.HasField("summary"):
            return ""
        return text_of(value_of(event.user_metadata.summary))

    def describe(self, raw: DescribeWorkflowExecutionResponse) -> None:
        """Add what only the description knows: pending activities and the pending workflow task."""
        by_activity_id = {
            step.activity_id: key
            for key, step in self.steps.items()
            if step.run_id == self.run_id and step.kind in ("model", "tool", "activity") and step.is_open
        }
        for pending in raw.pending_activities:
            if pending.activity_id in by_activity_id:
                self._pending(by_activity_id[pending.activity_id], pending)
        if raw.HasField("pending_workflow_task") and self.tasks:
            key, task = list(self.tasks.items())[-1]
            if task.state in ("scheduled", "started"):
                self.tasks[key] = replace(task, attempts=max(task.attempts, raw.pending_workflow_task.attempt))

    def _pending(self, key: tuple[str, int], p: PendingActivityInfo) -> None:
        step = self.steps[key]
        running = p.state != PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED
        begun = p.attempt if running else p.attempt - 1
        failure = failure_text(p.last_failure) if p.HasField("last_failure") else None
        due = _maybe(p, "next_attempt_schedule_time") if not running else None
        worker = p.last_worker_identity or None
        log: list[Attempt] = []
        if failure is not None and p.attempt > 1:
            ended = _maybe(p, "last_attempt_complete_time")
            state: State = "failed"
            if timed_out(p.last_failure):
                state, ended = "timed_out", None
                next_offer = _maybe(p, "scheduled_time")
                if next_offer and step.retries:  # the server keeps no end of an attempt that timed out; the policy tells it
                    ended = datetime.fromtimestamp(next_offer.timestamp() - step.retries.delay(p.attempt - 1), UTC)
            log.append(Attempt(p.attempt - 1, state, ended=ended, error=failure, worker=None if running else worker))
        started = _maybe(p, "last_started_time") if running else None
        beat = _maybe(p, "last_heartbeat_time")
        offered = _maybe(p, "scheduled_time") if p.attempt > 1 else step.scheduled
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
        for moment in (started, beat):
            if worker and moment and running:
                self.time = moment
                self._saw(worker)

    def finish(self, read_at: datetime) -> Run:
        """The records, complete."""
        steps = tuple(sorted(self.steps.values(), key=lambda s: (self.run_ids.index(s.run_id), s.event_id)))
        workers = tuple(Worker(name, pid_of(name), first, last) for name, (first, last) in self.seen.items())
        return Run(
            run_id=self.run_id,
            status=self.status,
            closed=self.closed,
            read_at=max(read_at, self.closed or read_at),
            result=self.result,
            failed=self.failed,
            steps=steps,
            workflow_tasks=tuple(self.tasks.values()),
            events=tuple(self.events),
            workers=workers,
            run_ids=tuple(self.run_ids),
            continued=tuple(self.continued),
            cancel_requested=self.cancel_requested,
            **self.head,
        )


def _from_parts(parts: Any) -> datetime | None:
    """A time as the SDK's core writes it into markers: seconds and nanoseconds."""
    if not isinstance(parts, dict):
        return None
    return datetime.fromtimestamp(parts.get("seconds", 0) + parts.get("nanos", 0) / 1e9, UTC)
