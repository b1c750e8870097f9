"""The notes that the readers of an event history keep: steps, and when each worker was seen. Also,
conversions of times.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.history.v1 import HistoryEvent

from workshop.history.payloads import text_of, value_of
from workshop.history.records import Kind, Step

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
    """Return `moment`, moved to the nearer end of the interval if it is outside: it came from a different
    clock.
    """
    return max(low, min(moment, high))


class Book:
    """What has been read of a run so far: its steps by (run id, event id), and the time of the event being
    read.

    A history holds times from several clocks, and each clock can be set during a run. `time` therefore never
    goes back, and each moment is compared with the one that it follows.
    """

    def __init__(self) -> None:
        self.steps: dict[tuple[str, int], Step] = {}
        self.seen: OrderedDict[str, tuple[datetime, datetime]] = OrderedDict()
        self.run_id = ""
        self.time = datetime.min.replace(tzinfo=UTC)
        self.began = self.time
        self.touched: tuple[str, int] | None = None

    def open_step(self, event: HistoryEvent, kind: Kind, name: str, **facts: Any) -> None:
        """Record the step that this event begins."""
        key = (self.run_id, event.event_id)
        facts.setdefault("activity_id", "")
        facts.setdefault("scheduled", self.time)
        self.steps[key] = Step(self.run_id, event.event_id, kind, name, **facts)
        self.touched = key

    def change(self, key: tuple[str, int], **changes: Any) -> None:
        """Update a known step. Ignore an unknown key: the beginning of the history may not have been read."""
        if key in self.steps:
            self.steps[key] = replace(self.steps[key], **changes)
            self.touched = key

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

    @staticmethod
    def summary_of(event: HistoryEvent) -> str:
        """Return the summary of a step that is meant for people, or an empty text."""
        if not event.user_metadata.HasField("summary"):
            return ""
        return text_of(value_of(event.user_metadata.summary))
