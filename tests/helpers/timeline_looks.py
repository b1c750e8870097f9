"""Saved looks at real runs: histories and descriptions as the server gave them, in JSON (workers' hosts
renamed to "host").
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace

from google.protobuf.json_format import ParseDict
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse
from temporalio.client import WorkflowHistory

from workshop.history import Recorder, Run, from_events

SAMPLES = Path(__file__).parents[1] / "timeline" / "samples"
NAMES = tuple(sorted(path.stem for path in SAMPLES.glob("*.json")))


def saved(name: str) -> Iterator[tuple[Sequence[HistoryEvent], DescribeWorkflowExecutionResponse, datetime]]:
    """Events, description, and time of each look, as they were saved."""
    for look in json.loads((SAMPLES / f"{name}.json").read_text())["looks"]:
        description = ParseDict(
            look["description"], DescribeWorkflowExecutionResponse(), ignore_unknown_fields=True
        )
        events = WorkflowHistory.from_json("saved", look["history"]).events
        yield events, description, datetime.fromisoformat(look["read_at"])


@cache
def looks(name: str) -> tuple[Run, ...]:
    """Return all saved looks at a run, oldest first."""
    return tuple(from_events(events, description, read_at=at) for events, description, at in saved(name))


def last(name: str) -> Run:
    return looks(name)[-1]


def watched(name: str) -> Recorder:
    """Return a recorder that has seen all saved looks."""
    recorder = Recorder()
    for run in looks(name):
        recorder.add(run)
    return recorder


class Replayed:
    """The handle of a saved run: each description is the next look, and the last one stays."""

    def __init__(self, name: str) -> None:
        self.id = name
        self.fetched = 0
        self._looks = list(saved(name))
        self._now = self._looks[0]
        self._client = self

    def get_workflow_handle(self, workflow_id: str, *, run_id: str) -> Replayed:
        return self

    async def describe(self) -> SimpleNamespace:
        self._now = self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]
        events, description, _ = self._now
        return SimpleNamespace(
            run_id=f"{self.id}-{id(self)}", history_length=len(events), raw_description=description
        )

    async def fetch_history(self) -> SimpleNamespace:
        self.fetched += 1
        return SimpleNamespace(events=self._now[0])
