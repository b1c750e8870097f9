"""Readers of events: one function for each kind, and the table that names them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from temporalio.api.enums.v1 import EventType, TimeoutType, WorkflowTaskFailedCause
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse

from workshop.history import activities
from workshop.history.book import Book, seconds_of, summary_of, time_of
from workshop.history.payloads import failure_text, preview
from workshop.history.pending import pending
from workshop.history.records import ACTIVITY_KINDS, Event, WorkflowTask

ENDINGS = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED: "Completed",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED: "Failed",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT: "TimedOut",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED: "Canceled",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED: "Terminated",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW: "ContinuedAsNew",
}
"""The status that each last event of a run means."""


def take(book: Book, event: HistoryEvent) -> None:
    """Read one event into the book."""
    book.time = max(book.time, time_of(event.event_time))
    book.touched = None
    if (read := READERS.get(event.event_type)) is not None:
        read(book, event)
    words = EventType.Name(event.event_type).removeprefix("EVENT_TYPE_").split("_")
    name = "".join(word.capitalize() for word in words)
    book.events.append(Event(book.run_id, event.event_id, name, book.time, event.ByteSize(), book.touched))


def describe(book: Book, raw: DescribeWorkflowExecutionResponse) -> None:
    """Read what only the description holds: pending activities and the pending workflow task."""
    book.described = raw.workflow_execution_info.execution.run_id
    open_activities = {
        step.activity_id: step
        for step in book.steps.values()
        if step.run_id == book.run_id and step.kind in ACTIVITY_KINDS and step.is_open
    }
    for activity in raw.pending_activities:
        if activity.activity_id in open_activities:
            pending(book, open_activities[activity.activity_id], activity)
    if raw.HasField("pending_workflow_task") and book.tasks:
        key, task = list(book.tasks.items())[-1]
        if task.state in ("scheduled", "started"):
            attempts = max(task.attempts, raw.pending_workflow_task.attempt)
            book.tasks[key] = replace(task, attempts=attempts)


# The run


def run_started(book: Book, event: HistoryEvent) -> None:
    a = event.workflow_execution_started_event_attributes
    if book.run_id:
        book.continued.append(book.time)
    else:
        book.head = {"started": book.time}
    book.began = book.time
    book.run_id = a.original_execution_run_id
    book.run_ids.append(book.run_id)
    book.head |= {
        "workflow_id": a.workflow_id,
        "workflow_type": a.workflow_type.name,
        "task_queue": a.task_queue.name,
    }
    book.status, book.closed, book.result, book.failed = "Running", None, None, False


def run_ended(book: Book, event: HistoryEvent) -> None:
    """Close the run and cancel its open steps: the server gives them up and writes no event."""
    book.status, book.closed = ENDINGS[event.event_type], book.time
    book.failed = book.status in ("Failed", "TimedOut")
    if book.status == "Completed":
        book.result = preview(event.workflow_execution_completed_event_attributes.result.payloads)
    elif book.status == "Failed":
        book.result = failure_text(event.workflow_execution_failed_event_attributes.failure)
    elif book.status == "Terminated":
        book.result = event.workflow_execution_terminated_event_attributes.reason
    for key, step in book.steps.items():
        if step.is_open and step.run_id == book.run_id:
            book.steps[key] = replace(step, state="cancelled", closed=book.time)


def cancel_requested(book: Book, event: HistoryEvent) -> None:
    book.cancel_requested = book.time


def time_skipped(book: Book, event: HistoryEvent) -> None:
    a = event.workflow_execution_time_skipping_transitioned_event_attributes
    if a.HasField("target_time"):  # without one, skipping was only switched off
        book.skipped.append((book.time, time_of(a.target_time)))


# Workflow tasks


def task_scheduled(book: Book, event: HistoryEvent) -> None:
    a = event.workflow_task_scheduled_event_attributes
    sticky = a.task_queue.name.rsplit("-", 1)[0] if a.task_queue.normal_name else None
    book.tasks[(book.run_id, event.event_id)] = WorkflowTask(
        book.run_id, event.event_id, book.time, attempts=max(a.attempt, 1), sticky_worker=sticky
    )


def task_started(book: Book, event: HistoryEvent) -> None:
    a = event.workflow_task_started_event_attributes
    book.task_starts.append(book.time)
    worker = book.saw(a.identity)
    book.change_task(a.scheduled_event_id, state="started", started=book.time, worker=worker)


def task_completed(book: Book, event: HistoryEvent) -> None:
    a = event.workflow_task_completed_event_attributes
    worker = book.saw(a.identity)
    if worker and a.deployment_version.build_id:
        book.builds[worker] = a.deployment_version.build_id
    book.change_task(a.scheduled_event_id, state="completed", closed=book.time, worker=worker)


def task_failed(book: Book, event: HistoryEvent) -> None:
    a = event.workflow_task_failed_event_attributes
    cause = WorkflowTaskFailedCause.Name(a.cause).removeprefix("WORKFLOW_TASK_FAILED_CAUSE_")
    text = failure_text(a.failure) if a.HasField("failure") else cause.replace("_", " ").lower()
    book.saw(a.identity)
    # its worker is known from its start
    book.change_task(a.scheduled_event_id, state="failed", closed=book.time, failure=text)


def task_timed_out(book: Book, event: HistoryEvent) -> None:
    a = event.workflow_task_timed_out_event_attributes
    which = TimeoutType.Name(a.timeout_type).removeprefix("TIMEOUT_TYPE_").replace("_", "-").lower()
    book.change_task(a.scheduled_event_id, state="timed_out", closed=book.time, failure=f"{which} time-out")


# Timers and messages


def timer_started(book: Book, event: HistoryEvent) -> None:
    a = event.timer_started_event_attributes
    summary = summary_of(event)
    book.open_step(
        event,
        "timer",
        summary or "timer",
        activity_id=a.timer_id,
        summary=summary,
        state="started",
        started=book.time,
        duration=seconds_of(a.start_to_fire_timeout) or 0.0,
    )


def timer_fired(book: Book, event: HistoryEvent) -> None:
    book.close_step(event.timer_fired_event_attributes.started_event_id, "completed")


def timer_canceled(book: Book, event: HistoryEvent) -> None:
    book.close_step(event.timer_canceled_event_attributes.started_event_id, "cancelled")


def signaled(book: Book, event: HistoryEvent) -> None:
    a = event.workflow_execution_signaled_event_attributes
    book.open_step(
        event,
        "signal",
        a.signal_name,
        state="completed",
        started=book.time,
        closed=book.time,
        input_preview=preview(a.input.payloads),
    )


def update_accepted(book: Book, event: HistoryEvent) -> None:
    a = event.workflow_execution_update_accepted_event_attributes
    request = a.accepted_request
    task = book.tasks.get((book.run_id, a.accepted_request_sequencing_event_id))
    book.open_step(
        event,
        "update",
        request.input.name,
        activity_id=request.meta.update_id,
        scheduled=task.scheduled if task else book.time,
        started=book.time,
        state="started",
        input_preview=preview(request.input.args.payloads),
    )


def update_completed(book: Book, event: HistoryEvent) -> None:
    a = event.workflow_execution_update_completed_event_attributes
    if a.outcome.HasField("failure"):
        book.close_step(a.accepted_event_id, "failed", last_failure=failure_text(a.outcome.failure))
    else:
        result = preview(a.outcome.success.payloads)
        book.close_step(a.accepted_event_id, "completed", result_preview=result)


# Child workflows


def child_asked_for(book: Book, event: HistoryEvent) -> None:
    a = event.start_child_workflow_execution_initiated_event_attributes
    book.open_step(
        event,
        "child",
        a.workflow_type.name,
        activity_id=a.workflow_id,
        summary=summary_of(event),
        input_preview=preview(a.input.payloads),
        input_bytes=a.input.ByteSize(),
    )


def child_not_started(book: Book, event: HistoryEvent) -> None:
    a = event.start_child_workflow_execution_failed_event_attributes
    book.close_step(a.initiated_event_id, "failed", last_failure="it could not be started")


def child_started(book: Book, event: HistoryEvent) -> None:
    a = event.child_workflow_execution_started_event_attributes
    book.change(a.initiated_event_id, state="started", started=book.time, attempts=1)


def child_completed(book: Book, event: HistoryEvent) -> None:
    a = event.child_workflow_execution_completed_event_attributes
    book.close_step(a.initiated_event_id, "completed", result_preview=preview(a.result.payloads))


def child_failed(book: Book, event: HistoryEvent) -> None:
    a = event.child_workflow_execution_failed_event_attributes
    book.close_step(a.initiated_event_id, "failed", last_failure=failure_text(a.failure))


def child_timed_out(book: Book, event: HistoryEvent) -> None:
    a = event.child_workflow_execution_timed_out_event_attributes
    book.close_step(a.initiated_event_id, "timed_out")


def child_canceled(book: Book, event: HistoryEvent) -> None:
    a = event.child_workflow_execution_canceled_event_attributes
    book.close_step(a.initiated_event_id, "cancelled")


def child_terminated(book: Book, event: HistoryEvent) -> None:
    a = event.child_workflow_execution_terminated_event_attributes
    book.close_step(a.initiated_event_id, "cancelled", last_failure="terminated")


READERS: dict[EventType.ValueType, Callable[[Book, HistoryEvent], None]] = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED: run_started,
    **dict.fromkeys(ENDINGS, run_ended),
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED: cancel_requested,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED: time_skipped,
    EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED: task_scheduled,
    EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED: task_started,
    EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED: task_completed,
    EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED: task_failed,
    EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT: task_timed_out,
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: activities.scheduled,
    EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED: activities.started,
    EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED: activities.completed,
    EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED: activities.failed,
    EventType.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT: activities.timed_out,
    EventType.EVENT_TYPE_ACTIVITY_TASK_CANCELED: activities.canceled,
    EventType.EVENT_TYPE_MARKER_RECORDED: activities.marker_recorded,
    EventType.EVENT_TYPE_TIMER_STARTED: timer_started,
    EventType.EVENT_TYPE_TIMER_FIRED: timer_fired,
    EventType.EVENT_TYPE_TIMER_CANCELED: timer_canceled,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED: signaled,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED: update_accepted,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED: update_completed,
    EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED: child_asked_for,
    EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_FAILED: child_not_started,
    EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED: child_started,
    EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED: child_completed,
    EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_FAILED: child_failed,
    EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TIMED_OUT: child_timed_out,
    EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_CANCELED: child_canceled,
    EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TERMINATED: child_terminated,
}
