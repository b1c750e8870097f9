"""The plain records of an event history.

`workshop.history` makes these records; `workshop.timeline` draws them. All times are aware datetimes in UTC,
durations are in seconds, and sizes are in bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Kind = Literal["model", "tool", "activity", "timer", "update", "signal", "child"]
State = Literal["scheduled", "started", "retrying", "completed", "failed", "timed_out", "cancelled"]

CLOSED: frozenset[str] = frozenset({"completed", "failed", "timed_out", "cancelled"})
ACTIVITY_KINDS: frozenset[str] = frozenset({"model", "tool", "activity"})


@dataclass(frozen=True)
class Attempt:
    """One attempt at an activity, as far as it is known. What nobody observed is None, never guessed.

    The history keeps the times of the last attempt only; earlier ones are known if this process looked while
    they ran (see attempts.py).
    """

    number: int
    state: State
    scheduled: datetime | None = None
    """When the server offered it to the workers."""
    started: datetime | None = None
    ended: datetime | None = None
    error: str | None = None
    worker: str | None = None
    heartbeat: datetime | None = None
    """The last sign of life that the worker sent during this attempt."""


@dataclass(frozen=True)
class Retries:
    """An activity's retry policy. `maximum_attempts` 0 means no limit."""

    initial_interval: float
    backoff: float
    maximum_interval: float
    maximum_attempts: int

    def delay(self, failed_attempt: int) -> float:
        """Return the seconds from the end of `failed_attempt` to the next, by the retry policy."""
        return min(self.initial_interval * self.backoff ** (failed_attempt - 1), self.maximum_interval)


@dataclass(frozen=True)
class Timeouts:
    """An activity's time-outs in seconds; None where there is none."""

    start_to_close: float | None = None
    heartbeat: float | None = None
    schedule_to_close: float | None = None
    """For all attempts together."""


@dataclass(frozen=True)
class Step:
    """One thing that a run did or received: a model call, a tool, a timer, an Update, a Signal, a child."""

    run_id: str
    event_id: int
    """The event that opened it. With `run_id` it identifies the step."""
    kind: Kind
    name: str
    """The agent for a model call; the type of an activity or child; the name of an Update or Signal."""
    activity_id: str
    scheduled: datetime
    started: datetime | None = None
    closed: datetime | None = None
    state: State = "scheduled"
    attempts: int = 0
    """Attempts begun so far. While the step waits for a retry, the server's own `attempt` already counts the
    next one.
    """
    last_failure: str | None = None
    next_retry: datetime | None = None
    worker: str | None = None
    """The identity of the worker that has, or last had, this step."""
    receipt: str | None = None
    """The id of the model's response, which is also in the bill. None if the result holds none."""
    calls: tuple[str, ...] = ()
    """The function tools that the model asked for in its answer, handoffs not counted."""
    handoffs: tuple[str, ...] = ()
    """The agents that the model handed over to in its answer."""
    activity_type: str = ""
    summary: str = ""
    input_preview: str = ""
    result_preview: str = ""
    retries: Retries | None = None
    timeouts: Timeouts = Timeouts()
    duration: float | None = None
    """The length of a timer, in seconds."""
    heartbeat: datetime | None = None
    input_bytes: int = 0
    attempt_log: tuple[Attempt, ...] = ()
    """The attempts that are known. `read` remembers those that this process has seen in earlier looks."""

    @property
    def key(self) -> tuple[str, int]:
        return (self.run_id, self.event_id)

    @property
    def is_open(self) -> bool:
        return self.state not in CLOSED


@dataclass(frozen=True)
class WorkflowTask:
    """One request to the workflow's own code for what to do next."""

    run_id: str
    event_id: int
    scheduled: datetime
    state: Literal["scheduled", "started", "completed", "failed", "timed_out"] = "scheduled"
    started: datetime | None = None
    closed: datetime | None = None
    worker: str | None = None
    attempts: int = 1
    failure: str | None = None
    """Why it failed, or which time-out ended it."""
    sticky_worker: str | None = None
    """The worker in whose own (sticky) queue it was put. If that worker is dead, it stays there until a
    time-out.
    """


@dataclass(frozen=True)
class Event:
    """One event of the history. `bytes` is its size as stored by the server."""

    run_id: str
    id: int
    type: str
    time: datetime
    bytes: int
    step: tuple[str, int] | None = None
    """The key of the step it belongs to."""


@dataclass(frozen=True)
class Worker:
    """A worker process that left its identity in the run."""

    identity: str
    pid: int | None
    first_seen: datetime
    last_seen: datetime
    build: str = ""
    """The version that it said it was; empty for a worker without one."""


@dataclass(frozen=True)
class Run:
    """A workflow run, read at one moment. A chain of runs is read as one, oldest first."""

    workflow_id: str
    run_id: str
    workflow_type: str
    task_queue: str
    status: str
    """Running, Completed, Failed, Canceled, Terminated, TimedOut or ContinuedAsNew."""
    started: datetime
    closed: datetime | None
    read_at: datetime
    result: str | None
    """The result as short text, or why it failed."""
    failed: bool
    steps: tuple[Step, ...]
    workflow_tasks: tuple[WorkflowTask, ...]
    events: tuple[Event, ...]
    workers: tuple[Worker, ...]
    run_ids: tuple[str, ...] = ()
    continued: tuple[datetime, ...] = ()
    """When each run of the chain ended and the next one began."""
    cancel_requested: datetime | None = None
    skipped: tuple[tuple[datetime, datetime], ...] = ()
    """The stretches of time that the server skipped."""

    @property
    def total_bytes(self) -> int:
        return sum(event.bytes for event in self.events)

    @property
    def is_open(self) -> bool:
        return self.status == "Running"

    @property
    def end(self) -> datetime:
        """When it closed, or the moment of this look."""
        return self.closed or self.read_at

    def really(self, moment: datetime) -> datetime:
        """Return when a moment of this history was by our clocks: without the time skipped before it."""
        skips = (min(end, moment) - start for start, end in self.skipped if start < moment)
        return moment - sum(skips, timedelta())

    @property
    def changed_hands(self) -> bool:
        """Whether one worker took over from another and retried what was under way."""
        return len(self.workers) > 1 and any(step.attempts > 1 for step in self.activities)

    @property
    def activities(self) -> tuple[Step, ...]:
        """All activities, model calls among them."""
        return tuple(step for step in self.steps if step.kind in ACTIVITY_KINDS)

    @property
    def model_calls(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.kind == "model")

    @property
    def tools(self) -> tuple[Step, ...]:
        """The activities that are not model calls."""
        return tuple(step for step in self.steps if step.kind in ("tool", "activity"))

    @property
    def receipts(self) -> tuple[str, ...]:
        """The receipts of all recorded model calls, in the order in which the calls were scheduled."""
        return tuple(step.receipt for step in self.steps if step.receipt)

    @property
    def stuck(self) -> WorkflowTask | None:
        """The workflow task that keeps failing while the run's status is Running, if any."""
        for task in reversed(self.workflow_tasks):
            if task.state == "completed" or not self.is_open:
                return None
            if task.state == "failed":
                return task
        return None

    def find(self, name: str) -> tuple[Step, ...]:
        """Return the steps of that name: an activity type, an agent, an Update, a Signal."""
        return tuple(step for step in self.steps if name in (step.name, step.activity_type))

    def attempts(self, name: str) -> int:
        """Return the most attempts of any activity of that type or model call of that agent; 0 if none."""
        return max((step.attempts for step in self.find(name)), default=0)


def pid_of(identity: str | None) -> int | None:
    """Return the process id in a worker's identity, which by default is ``pid@host``."""
    match = re.search(r"(\d+)@", identity or "")
    return int(match.group(1)) if match else None


def short_receipt(receipt: str) -> str:
    """Return the end of a receipt, enough to tell it apart from its neighbors by eye."""
    return receipt[-6:]
