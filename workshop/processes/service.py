"""What a service is, the state it can be in, and what became of starting it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import psutil

from workshop.config import ROOT
from workshop.errors import LabError
from workshop.processes.health import Health

USABLE = "started outside this tool, for this folder; `down` leaves it alone"
FILES_DELETED = "its files in .lab/ were deleted while it ran"
NEVER_SHARED = "another installation has its port"


class NeverShared(LabError):
    """One of our ports held by another copy of the course, or by a Temporal server that is not the
    course's.
    """


@dataclass(frozen=True)
class Port:
    """A port that a service listens on, and the variable that moves it."""

    number: int
    variable: str


@dataclass(frozen=True)
class Service:
    """How to start one service and how to tell that it is healthy."""

    name: str
    title: str
    ports: tuple[Port, ...]
    command: Callable[[], Sequence[str]]
    """Called when it is started: finding the right program can take time, or fail with a LabError."""
    health: Callable[[], Health]
    environment: Mapping[str, str] = field(default_factory=dict)
    directory: Path = ROOT
    lock: Path | None = None
    """A file that the process itself keeps locked for as long as it lives."""
    keeps: Path | None = None
    """A file of its own that exists as long as it runs."""
    source: tuple[Path, ...] = ()
    """Files and folders of its code: a process older than these is restarted."""
    explain: Callable[[psutil.Process | None], str] | None = None
    """Explains what it means that this stranger holds its first port. Empty: nothing more is known."""
    link: str = ""
    note: str = ""

    @property
    def port(self) -> int:
        return self.ports[0].number


State = Literal["running", "not ours", "stopped", "died", "unhealthy", "port taken"]


@dataclass(frozen=True)
class Status:
    """One line of `status`. `memory` is resident, in bytes, with what the service started; `since` is in
    epoch seconds.
    """

    service: Service
    state: State
    pid: int | None = None
    memory: int = 0
    since: float = 0.0
    detail: str = ""


@dataclass(frozen=True)
class Outcome:
    """What `ensure` did. `seconds` is the time until healthy."""

    service: Service
    action: Literal["ran already", "started", "started again", "not ours", "failed"]
    seconds: float = 0.0
    detail: str = ""
    error: str = ""
