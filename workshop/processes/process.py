"""Processes of this machine: who listens on a port, who is paused, and how one is stopped."""

from __future__ import annotations

import errno
import os
import signal
import socket
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import psutil

from workshop.processes.record import alive

STOP_TIMEOUT_S = 12.0
"""How long a process has after the first, polite signal, in seconds. Lesson workers take up to 10 s to finish
their calls.
"""
POLL_S = 0.03


def is_paused(process: psutil.Process) -> bool:
    """Return whether SIGSTOP has paused a process: it is alive, and does nothing."""
    with suppress(psutil.Error):
        return bool(process.status() in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP))
    return False


def is_inside(process: psutil.Process) -> bool:
    """Return whether this process was started by another one, or by something that it has started."""
    with suppress(psutil.Error):
        return process in psutil.Process().parents()
    return False


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
    """End a process and what it started: a signal, then SIGKILL. Return True if the signal was enough."""
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
