"""Looks at real runs, saved as JSON: histories and descriptions as the server gave them (workers' hosts
renamed to "host").
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from pathlib import Path

from google.protobuf.json_format import ParseDict
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse
from temporalio.client import WorkflowHistory

from workshop.history import Recorder, Run, from_events

SAMPLES = Path(__file__).parents[1] / "timeline" / "samples"
NAMES = tuple(sorted(path.stem for path in SAMPLES.glob("*.json")))


@cache
def looks(name: str) -> tuple[Run, ...]:
    """All saved looks at that run, oldest first."""
    return tuple(
        from_events(
            WorkflowHistory.from_json("saved", look["history"]).events,
            ParseDict(look["description"], DescribeWorkflowExecutionResponse(), ignore_unknown_fields=True),
            read_at=datetime.fromisoformat(look["read_at"]),
        )
        for look in json.loads((SAMPLES / f"{name}.json").read_text())["looks"]
    )


def last(name: str) -> Run:
    return looks(name)[-1]


def watched(name: str) -> Recorder:
    """A recorder that has seen all saved looks."""
    recorder = Recorder()
    for run in looks(name):
        recorder.add(run)
    return recorder
