"""The caller of a model call: always the process; inside a Temporal activity also the workflow, run, activity
and attempt.

A process of the course's environment names itself to the model gateway in one HTTP header, which
`workshop.attribution` sets. The gateway keeps it in the bill's row and never passes it on. Ids may hold any
text, so the values are percent-encoded.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

HEADER = "x-workshop-caller"
LONGEST = 2_000
"""The longest value that is kept, in characters. Temporal's ids have at most 1,000."""
CLOCK_TOLERANCE_S = 2.0
"""How much a process's creation time may shift when the clock is set, in seconds; ids aren't reused this
fast.
"""


@dataclass(frozen=True)
class Caller:
    """One caller; unknown parts are None. `process` has the form of a worker's identity, `pid@host`."""

    process: str | None = None
    process_created: float | None = None
    """Epoch seconds."""
    workflow: str | None = None
    run: str | None = None
    activity: str | None = None
    attempt: int | None = None

    def header(self) -> str:
        """Return the header's value."""
        return urlencode({name: value for name, value in asdict(self).items() if value is not None})


def here() -> Caller:
    """Return the caller that runs this code."""
    process, created = _process(os.getpid())
    activity = sys.modules.get("temporalio.activity")  # a program that has not imported it is in no activity
    if activity is None or not activity.in_activity():
        return Caller(process, created)
    info = activity.info()
    return Caller(process, created, info.workflow_id, info.workflow_run_id, info.activity_id, info.attempt)


@lru_cache(maxsize=1)
def _process(pid: int) -> tuple[str, float | None]:
    """Return a process's identity and creation time. A fork, which inherits the cache, has another."""
    import psutil

    return f"{pid}@{socket.gethostname()}", psutil.Process(pid).create_time()


def read(header: str | None) -> Caller:
    """Return the caller that a header names, without values that make no sense: anybody may send anything."""
    found = {
        name: value[:LONGEST]
        for name, value in parse_qsl(header or "")
        if name in Caller.__dataclass_fields__
    }
    return Caller(
        found.get("process"),
        _number(found.get("process_created")),
        found.get("workflow"),
        found.get("run"),
        found.get("activity"),
        int(_number(found.get("attempt")) or 0) or None,
    )


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 < number < 1e12 else None


def is_by(row: Mapping[str, Any], pid: int, created: float) -> bool:
    """Return whether a row of the bill, or a call in flight, came from this process."""
    at = row["process_created"]
    return row["process"] == f"{pid}@{socket.gethostname()}" and (
        at is None or abs(at - created) < CLOCK_TOLERANCE_S
    )
