"""Locks on files that live as long as a process, even if it is killed."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from workshop import shell
from workshop.errors import LabError
from workshop.processes.process import POLL_S

LOOK_S = 0.3


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
    """Lock an open file. Who only looks is gone in a moment. Raises OSError if it stays locked."""
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
