"""Event histories as plain records: steps, attempts, workers, receipts, bytes."""

from workshop.history.attempts import Recorder
from workshop.history.fetch import from_events, read
from workshop.history.records import (
    Attempt,
    Event,
    Retries,
    Run,
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
