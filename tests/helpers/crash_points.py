"""The points of a run that a kill can meet, found again in the event history of another run of the same
workflow.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

Kind = Literal["task completed", "started", "mid call", "completed", "update accepted", "update completed"]

EVENTS: dict[int, Kind] = {
    EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED: "task completed",
    EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED: "completed",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED: "update accepted",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED: "update completed",
}


@dataclass(frozen=True)
class Point:
    """A moment of a run. `number`: an activity's id, what a workflow task asks for, the place of an Update
    from 1 on.
    """

    kind: Kind
    number: str
    name: str = ""
    model: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return (self.kind, self.number)

    def __str__(self) -> str:
        return (
            f"{self.name} {self.kind.removeprefix('update ')}" if self.name else f"{self.kind}: {self.number}"
        )


def _asked(events: Sequence[HistoryEvent]) -> tuple[dict[int, str], Mapping[int, list[str]]]:
    """Return the id of each activity by the event that scheduled it, and what each workflow task asked for."""
    ids: dict[int, str] = {}
    asked: defaultdict[int, list[str]] = defaultdict(list)
    task_id, updates = 0, itertools.count(1)
    for event in events:
        attributes: Any = getattr(event, event.WhichOneof("attributes") or "", None)
        what = EventType.Name(event.event_type).removeprefix("EVENT_TYPE_").replace("_", " ").lower()
        if event.HasField("activity_task_scheduled_event_attributes"):
            what = f"#{attributes.activity_id}"
            ids[event.event_id] = attributes.activity_id
        elif what == "workflow execution completed":
            what = "the run's end"
        if EVENTS.get(event.event_type) == "task completed":
            task_id = event.event_id
        # its event follows the task's, and does not name it
        elif EVENTS.get(event.event_type) == "update accepted":
            asked[task_id].append(f"Update {next(updates)}")
        if task := getattr(attributes, "workflow_task_completed_event_id", 0):
            asked[task].append(what)
    return ids, asked


def keys_of(events: Sequence[HistoryEvent]) -> list[tuple[str, str] | None]:
    """Return for each event that a worker caused which point it is, and None for the others."""
    ids, asked = _asked(events)
    counts: Counter[str] = Counter()
    keys: list[tuple[str, str] | None] = []
    last = "the start"
    for event in events:
        kind = EVENTS.get(event.event_type)
        number = ""
        if kind == "completed":
            number = ids[event.activity_task_completed_event_attributes.scheduled_event_id]
            last = f"#{number}"
        # not counted: whether two results come in one task or in two is a matter of chance
        elif kind == "task completed":
            taken = [what for what in asked[event.event_id] if what.startswith("Update")]
            wanted = [what for what in asked[event.event_id] if what not in taken]
            said = [f"accepts {' '.join(taken)}"] * bool(taken) + [f"asks for {' '.join(wanted)}"] * bool(
                wanted
            )
            number = ", ".join(said) or f"takes note of {last}"
        elif kind:
            counts[kind] += 1
            number = str(counts[kind])
        keys.append((kind, number) if kind else None)
    return keys
