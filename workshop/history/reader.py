"""The reader that goes through an event history once, in order, and makes its records."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from temporalio.api.enums.v1 import EventType, TimeoutType, WorkflowTaskFailedCause
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse

from workshop.history.activities import Activities
from workshop.history.book import seconds_of, time_of
from workshop.history.payloads import failure_text, preview
from workshop.history.records import Event, Run, State, Worker, WorkflowTask, pid_of

ENDINGS: dict[str, str] = {
    "workflow_execution_completed": "Completed",
    "workflow_execution_failed": "Failed",
    "workflow_execution_timed_out": "TimedOut",
    "workflow_execution_canceled": "Canceled",
    "workflow_execution_terminated": "Terminated",
    "workflow_execution_continued_as_new": "ContinuedAsNew",
}


class Reader(Activities):
    """The whole reader, with one method per kind of event. `take` each event in order, `describe` what is
    pending, `finish`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.tasks: dict[tuple[str, int], WorkflowTask] = {}
        self.events: list[Event] = []
        self.run_ids: list[str] = []
        self.described = ""
        """The run's own id. After a reset, its history still names the run from which it was reset."""
        self.continued: list[datetime] = []
        self.head: dict[str, Any] = {}
        self.status = "Running"
        self.closed: datetime | None = None
        self.result: str | None = None
        self.failed = False
        self.cancel_requested: datetime | None = None

    def take(self, event: HistoryEvent) -> None:
        """Read one event."""
        which = event.WhichOneof("attributes") or ""
        name = which.removesuffix("_event_attributes")
        self.time = max(self.time, time_of(event.event_time))
        self.touched = None
        attributes = getattr(event, which) if which else None
        if name in ENDINGS:
            self._ending(name, attributes)
        elif (method := getattr(self, f"_{name}", None)) is not None:
            method(event, attributes)
        kind = EventType.Name(event.event_type).removeprefix("EVENT_TYPE_")
        type_name = "".join(word.capitalize() for word in kind.split("_"))
        self.events.append(
            Event(self.run_id, event.event_id, type_name, self.time, event.ByteSize(), self.touched)
        )

    # The run

    def _workflow_execution_started(self, event: HistoryEvent, a: Any) -> None:
        if self.run_id:
            self.continued.append(self.time)
        else:
            self.head = {"started": self.time}
        self.began = self.time
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
        """Cancel the steps that are open when the run ends: the server gives them up and writes no event."""
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
        self.task_starts.append(self.time)
        self._change_task(a, state="started", started=self.time, worker=self.saw(a.identity))

    def _workflow_task_completed(self, event: HistoryEvent, a: Any) -> None:
        self._change_task(a, state="completed", closed=self.time, worker=self.saw(a.identity))

    def _workflow_task_failed(self, event: HistoryEvent, a: Any) -> None:
        cause = WorkflowTaskFailedCause.Name(a.cause).removeprefix("WORKFLOW_TASK_FAILED_CAUSE_")
        text = failure_text(a.failure) if a.HasField("failure") else cause.replace("_", " ").lower()
        self.saw(a.identity)
        # its worker is known from its start
        self._change_task(a, state="failed", closed=self.time, failure=text)

    def _workflow_task_timed_out(self, event: HistoryEvent, a: Any) -> None:
        which = TimeoutType.Name(a.timeout_type).removeprefix("TIMEOUT_TYPE_").replace("_", "-").lower()
        self._change_task(a, state="timed_out", closed=self.time, failure=f"{which} time-out")

    # Timers, messages, children

    def _timer_started(self, event: HistoryEvent, a: Any) -> None:
        seconds = seconds_of(a.start_to_fire_timeout) or 0.0
        summary = self.summary_of(event)
        self.open_step(
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
        self.change((self.run_id, a.started_event_id), state="completed", closed=self.time)

    def _timer_canceled(self, event: HistoryEvent, a: Any) -> None:
        self.change((self.run_id, a.started_event_id), state="cancelled", closed=self.time)

    def _workflow_execution_signaled(self, event: HistoryEvent, a: Any) -> None:
        self.open_step(
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
        self.open_step(
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
            self.change(key, state="failed", closed=self.time, last_failure=failure_text(a.outcome.failure))
        else:
            self.change(
                key, state="completed", closed=self.time, result_preview=preview(a.outcome.success.payloads)
            )

    def _start_child_workflow_execution_initiated(self, event: HistoryEvent, a: Any) -> None:
        self.open_step(
            event,
            "child",
            a.workflow_type.name,
            activity_id=a.workflow_id,
            summary=self.summary_of(event),
            input_preview=preview(a.input.payloads),
            input_bytes=a.input.ByteSize(),
        )

    def _child_workflow_execution_started(self, event: HistoryEvent, a: Any) -> None:
        self.change((self.run_id, a.initiated_event_id), state="started", started=self.time, attempts=1)

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
        self.change((self.run_id, a.initiated_event_id), state=state, closed=self.time, **changes)

    def describe(self, raw: DescribeWorkflowExecutionResponse) -> None:
        """Add what only the description holds: pending activities and the pending workflow task."""
        self.described = raw.workflow_execution_info.execution.run_id
        by_activity_id = {
            step.activity_id: key
            for key, step in self.steps.items()
            if step.run_id == self.run_id and step.kind in ("model", "tool", "activity") and step.is_open
        }
        for pending in raw.pending_activities:
            if pending.activity_id in by_activity_id:
                self.pending(by_activity_id[pending.activity_id], pending)
        if raw.HasField("pending_workflow_task") and self.tasks:
            key, task = list(self.tasks.items())[-1]
            if task.state in ("scheduled", "started"):
                self.tasks[key] = replace(
                    task, attempts=max(task.attempts, raw.pending_workflow_task.attempt)
                )

    def finish(self, read_at: datetime) -> Run:
        """Return the complete records."""
        steps = tuple(sorted(self.steps.values(), key=lambda s: (self.run_ids.index(s.run_id), s.event_id)))
        workers = tuple(Worker(name, pid_of(name), first, last) for name, (first, last) in self.seen.items())
        return Run(
            run_id=self.described or self.run_id,
            status=self.status,
            closed=self.closed,
            read_at=max(read_at, self.time),
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
