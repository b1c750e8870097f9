"""The kernel's end of the pipes to its keeper."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import threading
from datetime import UTC, datetime
from typing import Any

from workshop.config import HOME, LAB_DIR
from workshop.errors import LabError

LOGS = LAB_DIR / "logs"
DETACHED = (
    "import os, sys; os.fork() and os._exit(0); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)
"""Starts Python again as nobody's child. VS Code interrupts, and in the end kills, all that descends from a
kernel.
"""


class KeeperClient:
    """The kernel's end of the pipes to its keeper. Started once, when first needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._unread = 0

    def warm_up(self) -> None:
        """Start the keeper now, to have its imports done by the time a worker is asked for."""
        with self._lock:
            self._ensure()

    def _ensure(self) -> subprocess.Popen[bytes]:
        if self._process is None or _is_deserted(self._process):
            LOGS.mkdir(parents=True, exist_ok=True)
            with (LOGS / "keeper.log").open("ab") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-ISc", DETACHED, "-B", "-m", "workshop.processes.keeper"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    cwd=HOME,
                    start_new_session=True,
                )
            self._process.wait()
            self._unread = 0
        return self._process

    def deaths(self) -> list[tuple[datetime, int]]:
        """Return when a signal ended which process of this notebook, as (aware time, process id)."""
        return [(datetime.fromtimestamp(at, UTC), pid) for at, pid in self.ask({"op": "deaths"})["deaths"]]

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            process = self._ensure()
            assert process.stdin and process.stdout
            try:
                process.stdin.write(json.dumps(request).encode() + b"\n")
                process.stdin.flush()
                self._unread += 1
                while self._unread:  # an interrupted cell may have left an answer behind
                    answer = process.stdout.readline()
                    self._unread -= 1
            except BrokenPipeError:
                answer = b""
            if not answer:
                raise LabError(
                    "The helper process that starts workers has died; its last words are in "
                    f"{LOGS / 'keeper.log'}.\nRun this cell again: a new one is started."
                )
            result: dict[str, Any] = json.loads(answer)
            if "error" in result:
                raise LabError(
                    f"The helper process that starts workers could not do that: {result['error']}.\n"
                    f"Where it happened is in {LOGS / 'keeper.log'}. What runs already goes on."
                )
            return result


def _is_deserted(process: subprocess.Popen[bytes]) -> bool:
    """Return whether nobody holds the other end of its standard input any more."""
    watch = select.poll()
    watch.register(process.stdin or -1, 0)
    return bool(watch.poll(0))
