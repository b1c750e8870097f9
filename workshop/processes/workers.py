"""Background processes of a notebook: start, stop, crash, restart, presence, log tail.

The keeper (see `keeper.py`) starts each worker as a process of its own, in the lesson's folder, and never in
the kernel: a cell that computes would starve it, and a worker that can't be killed proves nothing.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

import psutil

from workshop.errors import LabError
from workshop.processes.keeper_client import KeeperClient
from workshop.processes.pollers import Pollers, identity
from workshop.processes.record import Record

STOP_TIMEOUT_S = 15.0


class Process:
    """A script from the lesson's folder that runs in the background."""

    def __init__(
        self,
        keeper: KeeperClient,
        record: Record,
        args: Sequence[str] = (),
        broken: Callable[[], str] = str,
    ) -> None:
        """`broken`: says what the process can't know: faults that were set elsewhere."""
        self._keeper = keeper
        self._broken = broken
        self.record = record
        self.args = tuple(args)

    @property
    def pid(self) -> int:
        """The operating system's process id, as `kill` and `ps` know it."""
        return self.record.pid

    @property
    def alive(self) -> bool:
        return self.record.process() is not None

    @property
    def output(self) -> str:
        """All that the process has printed since it started."""
        path = Path(self.record.log)
        return path.read_text(errors="replace", encoding="utf-8") if path.exists() else ""

    def tail(self, lines: int = 15) -> None:
        """Print the last lines of the process's log, and a fault that was set elsewhere: no line names it."""
        print("\n".join(self.output.splitlines()[-lines:]) or "(it has printed nothing yet)")
        if broken := self._broken():
            print(broken)

    def exit_code(self) -> int | None:
        """Return the exit code: None while it runs; negative for a signal, -9 after `crash()`."""
        deadline = time.monotonic() + 1.0
        while True:
            code: int | None = self._keeper.ask({"op": "exit_code", "pid": self.pid})["exit_code"]
            # A killed process can be gone a moment before its last thread, and with it the exit code, has
            # been collected.
            if code is not None or self.alive or time.monotonic() > deadline:
                return code
            time.sleep(0.02)

    def _signal(self, signal_number: int) -> bool:
        process = self.record.process()
        if process is None:
            return False
        with suppress(psutil.NoSuchProcess):  # it may already be ending
            if signal_number != signal.SIGKILL:
                process.resume()  # a paused one would hear nothing
            process.send_signal(signal_number)
        return True

    def _gone(self, timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while self.alive:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def wait(self, timeout: float = 60.0) -> str:
        """Wait until the process has ended by itself; return its output. LabError after `timeout` seconds."""
        if not self._gone(timeout):
            raise LabError(
                f"{self.record.file} (process {self.pid}) still runs after {timeout:.0f} s.\n"
                "Look at what it does with .tail(), or end it with .crash()."
            )
        return self.output

    @property
    def _title(self) -> str:
        return self.record.file

    def stop(self, *, quietly: bool = False) -> None:
        """Ask the process to stop (SIGINT, as Ctrl+C does). A worker finishes what it has time for."""
        if not self._signal(signal.SIGINT):
            print(f"Nothing to stop: process {self.pid} had ended already.")
            return
        if self._gone(STOP_TIMEOUT_S):
            if not quietly:
                print(f"Stopped: {self._title}, process {self.pid}")
        else:
            raise LabError(
                f"Process {self.pid} ({self._title}) did not stop within {STOP_TIMEOUT_S:.0f} s; it may be "
                "finishing something long.\nWait and try again, or end it at once with .crash()."
            )

    def crash(self, *, quietly: bool = False) -> None:
        """Kill the process (`kill -9`): it gets no chance to say goodbye, as in a power cut."""
        if self._signal(signal.SIGKILL):
            self._gone(STOP_TIMEOUT_S)
            if not quietly:
                print(f"Killed (SIGKILL): process {self.pid}, {self.record.file}")
        else:
            print(f"Nothing to kill: process {self.pid} had ended already.")

    def __repr__(self) -> str:
        state = "running" if self.alive else "ended"
        return f"<{self.record.file}: process {self.pid}, {state}>"


_heirs: dict[tuple[int, float], Record] = {}


def hand_over(old: Record, new: Record) -> None:
    """Point every `Worker` of the process `old` to `new`: a check has ended the one and started the other."""
    _heirs[old.pid, old.create_time] = new


class Worker(Process):
    """A Temporal worker in a process of its own."""

    _record: Record

    def __init__(
        self,
        keeper: KeeperClient,
        record: Record,
        start: Callable[[bool], Worker],
        pollers: Pollers,
        broken: Callable[[], str] = str,
    ) -> None:
        super().__init__(keeper, record, broken=broken)
        self._start = start
        self._pollers = pollers
        self._restarting = threading.Lock()

    @property
    def record(self) -> Record:
        """The record of its process, or of the one that replaced it (see `hand_over`)."""
        while heir := _heirs.get((self._record.pid, self._record.create_time)):
            self._record = heir
        return self._record

    @record.setter
    def record(self, record: Record) -> None:
        self._record = record

    @property
    def _title(self) -> str:
        return f"worker {self.record.name!r}"

    def restart(self, *, quietly: bool = False) -> None:
        """Start the worker again from its file as it is now; stop it first if it still runs."""
        with self._restarting:  # a click and a cell at the same moment must not start two
            if self.alive:
                self.stop(quietly=quietly)
            old = self.record
            self.record = self._start(quietly).record
            hand_over(old, self.record)

    def presence(self) -> Literal["polling", "starting", "gone"]:
        """Return whether this worker asks its task queue for work: it lives, and the server knows it."""
        if not self.alive:
            return "gone"
        return "polling" if identity(self.pid) in self._pollers(self.record.queue) else "starting"
