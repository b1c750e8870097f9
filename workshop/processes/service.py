"""What a service is, the state it can be in, and what became of starting it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

from workshop.config import ROOT
from workshop.errors import LabError
from workshop.processes.health import Health
from workshop.processes.locks import is_locked

USABLE = "started outside this tool, for this folder; `down` leaves it alone"
FILES_DELETED = "its files in .lab/ were deleted while it ran"
NEVER_SHARED = "another installation has its port"
FREE_TIMEOUT_S = 5.0


class NeverShared(LabError):
    """One of our ports, held by another copy of the course or a foreign Temporal server."""


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
    environment: Callable[[], Mapping[str, str]] = dict
    """Called when it is started, as `command`: looking at a service makes no token for it."""
    directory: Path = ROOT
    lock: Path | None = None
    """A file that the process itself keeps locked for as long as it lives."""
    keeps: Path | None = None
    """A file of its own that exists as long as it runs."""
    source: tuple[Path, ...] = ()
    """Files and folders of its code: a process older than these is restarted."""
    explain: Callable[[psutil.Process | None], str] | None = None
    """Explains what it means that this stranger holds its first port. Empty: nothing more is known."""
    note: str = ""

    @property
    def port(self) -> int:
        return self.ports[0].number


State = Literal["running", "not ours", "stopped", "died", "unhealthy", "port taken"]


@dataclass(frozen=True)
class Status:
    """One line of `status`. `memory`: resident bytes, with what it started; `since`: epoch seconds."""

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


def lost_its_files(service: Service, health: Health) -> bool:
    """Return whether a running service works on deleted files that nobody else can open."""
    if health.ours is False:
        return True
    unlocked = service.lock is not None and not is_locked(service.lock)
    return health.ok and (unlocked or (service.keeps is not None and not service.keeps.exists()))


def wait_until_free(service: Service) -> None:
    """Wait until the service's lock is free: its last thread may outlive the process by a moment."""
    deadline = time.monotonic() + FREE_TIMEOUT_S
    while service.lock and is_locked(service.lock) and time.monotonic() < deadline:
        time.sleep(0.03)


def newest(paths: Sequence[Path]) -> float:
    """Return the latest modification time among files and those in folders, in epoch seconds; of what Python
    compiled of them none counts.
    """
    files = [file for path in paths for file in (path.rglob("*.*") if path.is_dir() else [path])]
    sources = (file for file in files if file.parent.name != "__pycache__" and file.is_file())
    return max((file.stat().st_mtime for file in sources), default=0.0)


def memory(process: psutil.Process) -> int:
    """Return the resident bytes of a process and of what it started."""
    total = 0
    for each in [process, *process.children(recursive=True)]:
        try:
            total += each.memory_info().rss
        except psutil.Error:
            continue
    return total
