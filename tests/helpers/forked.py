"""A script as a fork of a process that has imported the SDKs: a tenth of a second of work instead of two.

It runs from its first line, in a session and an environment of its own, as a lesson's worker does; only its
imports are there already. A test of how a program starts or stops starts a Python of its own.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from pathlib import Path

from waiting import until

from workshop.processes.keeper_client import KeeperClient

KEEPER = KeeperClient()
"""One for each test process. It ends what is left when that process ends."""
SEPARATE_ERRORS = Path(__file__).with_name("separate_errors.py")


class Forked:
    """A started script. What it prints goes to `out`, and its errors to `errors` if that is given."""

    def __init__(
        self,
        script: str,
        *arguments: str,
        folder: Path,
        env: Mapping[str, str],
        out: Path,
        errors: Path | None = None,
    ) -> None:
        for written in (out, errors or out):
            written.touch()
        file, given = (SEPARATE_ERRORS, [str(errors), script]) if errors else (folder / script, [])
        request = {"op": "start", "file": str(file), "args": [*given, *arguments], "folder": str(folder)}
        self.pid = int(KEEPER.ask({**request, "env": dict(env), "log": str(out)})["pid"])
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal, or None while it runs."""
        if self.returncode is None:
            self.returncode = KEEPER.ask({"op": "exit_code", "pid": self.pid})["exit_code"]
        return self.returncode

    def wait(self, timeout: float = 60.0) -> int:
        until(lambda: self.poll() is not None, timeout)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)
