"""Who polls a task queue: identities of workers, and which of them are really there."""

from __future__ import annotations

import socket
from collections.abc import Callable

import psutil

Pollers = Callable[[str], dict[str, float]]
"""A function that asks the server who polls a task queue: identity -> time of the last poll in epoch seconds.
"""


def identity(pid: int) -> str:
    """Return the SDK's default worker identity."""
    return f"{pid}@{socket.gethostname()}"


def present(pollers: dict[str, float]) -> list[str]:
    """Return the pollers that are really there. The server lists a killed one for minutes; on this machine we
    can look.

    A poller on another machine is believed.
    """
    here = []
    for name, last_poll in pollers.items():
        pid_text, _, host = name.partition("@")
        if host == socket.gethostname() and pid_text.isdigit():
            try:
                process = psutil.Process(int(pid_text))
                if process.status() == psutil.STATUS_ZOMBIE or process.create_time() > last_poll:
                    continue
            except psutil.NoSuchProcess:
                continue
        here.append(name)
    return here
