"""The book in which the readers of an event history write: steps, and which worker was seen when. And its kinds of time."""

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
"""Who gives a workflow task up when its run is ended from outside: a part of the server, under a name like a worker's."""


def time_of(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)


def maybe_time(message: Any, field: str) -> datetime | None:
    return time_of(getattr(message, field)) if message.HasField(field) else None


def seconds_of(duration: Duration) -> float | None:
    """None for the 0 that stands for a time-out that was not set."""
    return duration.ToTimedelta().total_seconds() or None


def time_of_parts(parts: Any) -> datetime | None:
    """A time as the SDK's core writes it into markers: seconds and nanoseconds."""
    if not isinstance(parts, dict):
        return None
    return datetime.fromtimestamp(parts.get("seconds", 0) + parts.get("nanos", 0) / 1e9, UTC)


def within(low: datetime, moment: datetime, high: datetime) -> datetime:
    """The moment, or the nearer end of the stretch that it should lie in: another clock than the stretch's told it."""
    return max(low, min(moment, high))


class Book:
    """What has been read of a run so far: its steps by (run id, event id), and the moment that is being read.

    A history is written by several clocks, and each can be set while a run goes on: `time` never goes back, and no moment is
    taken over without looking at the one that it follows.
    """

    def __init__(self) -> None:
        self.steps: dict[tuple[str, int], Step] = {}
        self.seen: OrderedDict[str, tuple[datetime, datetime]] = OrderedDict()
        self.run_id = ""
        self.time = datetime.min.replace(tzinfo=UTC)
        self.began = self.time
        self.touched: tuple[str, int] | None = None

    def open_step(self, event: HistoryEvent, kind: Kind, name: str, **facts: Any) -> None:
        """Write down the step that this event begins."""
        key = (self.run_id, event.event_id)
        facts.setdefault("activity_id", "")
        facts.setdefault("scheduled", self.time)
        self.steps[key] = Step(self.run_id, event.event_id, kind, name, **facts)
        self.touched = key

    def change(self, key: tuple[str, int], **changes: Any) -> None:
        """Of a step that is known; a history whose beginning was not read may name others."""
        if key in self.steps:
            self.steps[key] = replace(self.steps[key], **changes)
            self.touched = key

    def saw(self, identity: str, at: datetime | None = None) -> str | None:
        """Note that a worker was at work at that moment, by default this one.

        Returns its identity, or None if the event names none, or the server itself.
        """
        if identity in ("", SERVER):
            return None
        at = at or self.time
        first, last = self.seen.get(identity, (at, at))
        self.seen[identity] = (min(first, at), max(last, at))
        return identity

    @staticmethod
    def summary_of(event: HistoryEvent) -> str:
        """What a person is told that the step is, or an empty text."""
        if not event.user_metadata.HasField("summary"):
            return ""
        return text_of(value_of(event.user_metadata.summary))
