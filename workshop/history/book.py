"""What has been read of a history so far, and conversions of times."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.history.v1 import HistoryEvent

from workshop.history.attempts import settled
from workshop.history.payloads import text_of, value_of
from workshop.history.records import Event, Kind, Run, State, Step, Worker, WorkflowTask, pid_of

NEVER = datetime.min.replace(tzinfo=UTC)
SERVER = "history-service"
"""The identity, like a worker's, of the part of the server that gives up a workflow task when its run is
ended from outside.
"""


def time_of(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)


def maybe_time(message: Any, field: str) -> datetime | None:
    return time_of(getattr(message, field)) if message.HasField(field) else None


def seconds_of(duration: Duration) -> float | None:
    """Return the seconds, or None for the 0 that means a time-out was not set."""
    return duration.ToTimedelta().total_seconds() or None


def time_of_parts(parts: Any) -> datetime | None:
    """Read a time as the SDK's core writes it into markers: seconds and nanoseconds."""
    if not isinstance(parts, dict):
        return None
    return datetime.fromtimestamp(parts.get("seconds", 0) + parts.get("nanos", 0) / 1e9, UTC)


def within(low: datetime, moment: datetime, high: datetime) -> datetime:
    """Return `moment`, moved into the interval if another clock has put it outside."""
    return max(low, min(moment, high))


Key = tuple[str, int]
"""A run id and the id of the event that opened a step or a workflow task."""


@dataclass
class Book:
    """What has been read of a run, or a chain of runs, so far; the readers of events write into it.

    A history holds times from several clocks, and each clock can be set during a run. `time` therefore never
    goes back, and each moment is compared with the one that it follows.
    """

    time: datetime = NEVER
    """The time of the event being read."""
    touched: Key | None = None
    """The step to which the event being read belongs."""
    events: list[Event] = field(default_factory=list)
    steps: dict[Key, Step] = field(default_factory=dict)
    tasks: dict[Key, WorkflowTask] = field(default_factory=dict)
    seen: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    """When each worker was first and last active."""
    builds: dict[str, str] = field(default_factory=dict)
    """The version of each worker that has one."""

    run_id: str = ""
    run_ids: list[str] = field(default_factory=list)
    described: str = ""
    """The run's own id. After a reset, its history still names the run from which it was reset."""
    head: dict[str, Any] = field(default_factory=dict)
    """What the first event of a run says of it."""
    began: datetime = NEVER
    continued: list[datetime] = field(default_factory=list)
    cancel_requested: datetime | None = None
    skipped: list[tuple[datetime, datetime]] = field(default_factory=list)
    status: str = "Running"
    closed: datetime | None = None
    result: str | None = None
    failed: bool = False

    targets: dict[Key, dict[str, str]] = field(default_factory=dict)
    """The handoffs that each model call was offered: tool names to agent names."""
    called: set[str] = field(default_factory=set)
    """The names of the tools that models have asked for."""
    task_starts: list[datetime] = field(default_factory=list)
    local_ends: list[tuple[datetime, datetime]] = field(default_factory=list)
    """When each local activity ended, by the worker's clock and in workflow time."""

    def open_step(self, event: HistoryEvent, kind: Kind, name: str, **facts: Any) -> None:
        """Record the step that this event begins."""
        key = (self.run_id, event.event_id)
        facts.setdefault("activity_id", "")
        facts.setdefault("scheduled", self.time)
        self.steps[key] = Step(self.run_id, event.event_id, kind, name, **facts)
        self.touched = key

    def change(self, opened_by: int, **changes: Any) -> None:
        """Update the step that an event opened; ignore one whose beginning was not read."""
        key = (self.run_id, opened_by)
        if key in self.steps:
            self.steps[key] = replace(self.steps[key], **changes)
            self.touched = key

    def close_step(self, opened_by: int, state: State, **changes: Any) -> None:
        """Close the step that an event opened."""
        self.change(opened_by, state=state, closed=self.time, **changes)

    def change_task(self, opened_by: int, **changes: Any) -> None:
        """Update the workflow task that an event scheduled, if it is known."""
        key = (self.run_id, opened_by)
        if key in self.tasks:
            self.tasks[key] = replace(self.tasks[key], **changes)

    def saw(self, identity: str, at: datetime | None = None) -> str | None:
        """Record that a worker was active at `at`, by default the current event's time.

        Return its identity, or None if the event names no worker or the server itself.
        """
        if identity in ("", SERVER):
            return None
        at = at or self.time
        first, last = self.seen.get(identity, (at, at))
        self.seen[identity] = (min(first, at), max(last, at))
        return identity

    def finish(self, read_at: datetime) -> Run:
        """Return the complete records."""
        order = {run_id: n for n, run_id in enumerate(self.run_ids)}
        steps = sorted(self.steps.values(), key=lambda step: (order[step.run_id], step.event_id))
        return Run(
            run_id=self.described or self.run_id,
            status=self.status,
            closed=self.closed,
            read_at=max(read_at, self.time),
            result=self.result,
            failed=self.failed,
            steps=tuple(settled(step) for step in steps),
            workflow_tasks=tuple(self.tasks.values()),
            events=tuple(self.events),
            workers=tuple(
                Worker(name, pid_of(name), *span, build=self.builds.get(name, ""))
                for name, span in self.seen.items()
            ),
            run_ids=tuple(self.run_ids),
            continued=tuple(self.continued),
            cancel_requested=self.cancel_requested,
            skipped=tuple(self.skipped),
            **self.head,
        )


def summary_of(event: HistoryEvent) -> str:
    """Return the summary of a step that is meant for people, or an empty text."""
    if not event.user_metadata.HasField("summary"):
        return ""
    return text_of(value_of(event.user_metadata.summary))
