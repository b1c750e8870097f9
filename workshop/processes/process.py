"""Processes that outlive the command that started them: records on disk, identity, listening ports, stopping.

A process is identified by its id and its creation time together, because ids are reused. Where no record fits
(somebody deleted `.lab/`, or set the clock by hours), a mark in its environment identifies it as ours.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from workshop import shell
from workshop.errors import LabError

MARK = "WORKSHOP_SERVICE"
"""The environment variable that marks our processes: `name@home`. A service doesn't pass it on to what it
starts.
"""
CLOCK_TOLERANCE_S = 2.0
"""Creation times move when the clock is set; ids aren't reused this fast."""
BORN_TOLERANCE_S = 0.05
STOP_TIMEOUT_S = 12.0
"""How long a process has after the first, polite signal, in seconds. Lesson workers take up to 10 s to finish
their calls.
"""
POLL_S = 0.03
LOOK_S = 0.3


@dataclass(frozen=True)
class Record:
    """What is written down about a background process, for others to find it.

    `create_time` and `started` are in epoch seconds; `born` is in seconds since the system's start, which no
    set clock changes.
    """

    pid: int
    create_time: float
    name: str
    port: int = 0
    started: float = 0.0
    command: tuple[str, ...] = ()
    born: float = 0.0
    file: str = ""
    folder: str = ""
    queue: str = ""
    log: str = ""
    env: dict[str, str] = field(default_factory=dict, hash=False)
    """What its caller added to the environment: needed to start it again."""

    @classmethod
    def of(cls, process: psutil.Process, name: str) -> Record:
        """Return a new record of a living process."""
        return cls(process.pid, process.create_time(), name, born=born(process))

    def write(self, path: Path) -> None:
        """Write the record in one step: no reader ever sees half of it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".tmp")
        draft.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
        draft.replace(path)

    @classmethod
    def read(cls, path: Path) -> Record | None:
        """Return the record in a file; None if there is none, or if it can't be read."""
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                pid=int(values["pid"]),
                create_time=float(values["create_time"]),
                name=str(values.get("name", path.stem)),
                port=int(values.get("port", 0)),
                started=float(values.get("started", values["create_time"])),
                command=tuple(values.get("command", ())),
                born=float(values.get("born", 0.0)),
                env={str(name): str(value) for name, value in values.get("env", {}).items()},
                **{name: str(values.get(name, "")) for name in ("file", "folder", "queue", "log")},
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def process(self) -> psutil.Process | None:
        """Return the living process of this record; None if it has ended, or if its id now belongs to another
        process.
        """
        process = alive(self.pid)
        if process is None:
            return None
        with suppress(psutil.Error):
            known = self.born and abs(born(process) - self.born) < BORN_TOLERANCE_S
            if known or abs(process.create_time() - self.create_time) < CLOCK_TOLERANCE_S:
                return process
        return None


def living(folder: Path) -> dict[Path, Record]:
    """Return the records in a folder whose processes are alive. Delete those of processes that have ended."""
    found = {}
    for path in sorted(folder.glob("*.json")):
        record = Record.read(path)
        if record and record.process():
            found[path] = record
        else:
            path.unlink(missing_ok=True)
    return found


def born(process: psutil.Process) -> float:
    """Return when a process started, in seconds since the system did: psutil computes creation times from the
    boot time.
    """
    return process.create_time() - psutil.boot_time()


def is_paused(process: psutil.Process) -> bool:
    """Return whether SIGSTOP has paused a process: it is alive, and does nothing."""
    with suppress(psutil.Error):
        return bool(process.status() in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP))
    return False


def alive(pid: int) -> psutil.Process | None:
    """Return the process with this id, unless it has ended. A zombie has ended."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process
    except psutil.NoSuchProcess:
        return None


def mark_of(process: psutil.Process) -> str:
    """Return our mark in the environment of a process; empty if it has none, or if we may not read it."""
    try:
        return process.environ().get(MARK, "")
    except (psutil.Error, OSError):
        return ""


def marked(mark: str) -> psutil.Process | None:
    """Return the living process that carries this mark, wherever it listens; None if there is none."""
    for process in psutil.process_iter():
        if mark_of(process) == mark and alive(process.pid):
            return process
    return None


def is_port_held(port: int) -> bool:
    """Return whether something listens on a TCP port of the loopback interface, or keeps us from doing so."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1.0):
        return True
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False


def listener(port: int) -> psutil.Process | None:
    """Return the process that listens on a TCP port, if this user may know."""
    try:
        for connection in psutil.net_connections("tcp"):
            if _listens(connection, port) and connection.pid:
                return psutil.Process(connection.pid)
    except psutil.AccessDenied:  # macOS tells only root; but it does tell about a user's own processes
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if any(_listens(connection, port) for connection in process.net_connections("tcp")):
                    return process
    except psutil.NoSuchProcess:
        pass
    return None


def _listens(connection: Any, port: int) -> bool:
    """Return whether one of psutil's connections is a listener on this port."""
    return bool(
        connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port
    )


def is_locked(path: Path) -> bool:
    """Return whether some process holds a lock on a file (see `Service.lock`)."""
    try:
        with path.open("r+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared: two that look at once see no lock
            return False
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True


def _lock(descriptor: int) -> None:
    """Lock an open file. One that only looks (see `is_locked`) is gone in a moment. Raises OSError if the
    lock stays held.
    """
    deadline = time.monotonic() + LOOK_S
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() > deadline:
                raise
        time.sleep(POLL_S)


def locked_for_child(path: Path) -> tuple[int]:
    """Open and lock a file for a child to inherit: the lock lives exactly as long as the child. Raises
    LabError if it is held.

    A lock belongs to the open file, which parent and child share; the system drops it with the last copy,
    even at SIGKILL.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(descriptor)
    except OSError as error:
        os.close(descriptor)
        raise LabError(
            f"Another process still works on the database beside {path.name} in {path.parent}.\n"
            "Two servers on one database would damage it, so none was started. "
            f"Who it is: `{shell.line('fuser', path)}`; stop it, then type `python3 -m workshop up` again."
        ) from error
    return (descriptor,)


def let_children_be_interrupted() -> None:
    """Undo an ignored Ctrl+C, which `command &` in a script passes on: kernels and workers must get SIGINT.

    Unlike "ignore", a handler is not inherited by a program that is started.
    """
    if (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    ):
        signal.signal(signal.SIGINT, lambda number, frame: None)


def describe(process: psutil.Process | None) -> str:
    """Describe a process for a message: name, id, and the start of its command line."""
    if process is None:
        return "a process that this user may not look at"
    try:
        command = " ".join(process.cmdline())
        shown = command if len(command) <= 90 else command[:87] + "..."
        return f"{process.name()} (process {process.pid}: {shown})"
    except psutil.Error:
        return f"process {process.pid}"


def stop(process: psutil.Process, first: int = signal.SIGTERM) -> bool:
    """End a process and what it started: a polite signal, then SIGKILL when its time is up. Return True if
    polite was enough.
    """
    descendants: list[psutil.Process] = []
    with suppress(psutil.Error):
        descendants = process.children(recursive=True)
    polite = _end(process, first, STOP_TIMEOUT_S)
    for child in _still_there(descendants, grace=1.0 if descendants else 0.0):
        _end(child, signal.SIGTERM, 1.0)
    return polite


def _end(process: psutil.Process, first: int, timeout: float) -> bool:
    """Signal one process and wait for its end; send SIGKILL when the time is up."""
    with suppress(psutil.Error):
        process.resume()  # a paused one would hear nothing
    for signal_number, patience in ((first, timeout), (signal.SIGKILL, 5.0)):
        try:
            process.send_signal(signal_number)
        except psutil.NoSuchProcess:
            return True
        if _gone(process, patience):
            return signal_number == first
    return False


def _gone(process: psutil.Process, timeout: float) -> bool:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        with suppress(ChildProcessError, OSError):
            os.waitpid(process.pid, os.WNOHANG)  # a child of this process stays a zombie until somebody asks
        try:
            if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(POLL_S)
    return False


def _still_there(processes: Iterable[psutil.Process], grace: float) -> list[psutil.Process]:
    """Return those that haven't ended within `grace` seconds."""
    deadline = time.monotonic() + grace
    while True:
        left = [process for process in processes if process.is_running() and alive(process.pid)]
        if not left or time.monotonic() >= deadline:
            return left
        time.sleep(POLL_S)
