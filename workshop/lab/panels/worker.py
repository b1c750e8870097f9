"""The worker panel: whether a worker runs and polls, its log, and buttons that crash, stop and restart it."""

from __future__ import annotations

import html
import os
import signal
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import ipywidgets as widgets

from workshop.config import MY_WORK
from workshop.errors import LabError
from workshop.lab.panels.parts import Area, Panel, code
from workshop.processes.workers import Worker
from workshop.workspace.leftovers import whole

LINES = 8
"""The number of lines of the log that are shown."""
TAIL_BYTES = 20_000
"""How much of the log's end is read, since a worker that logs every step fills megabytes."""
NO_WORKER = 'No worker yet. Start one in a cell: worker = lab.worker("worker.py")'
HINTS = {
    "Crash": "kill -9: it gets no chance to say goodbye, as in a power cut",
    "Stop": "Ctrl+C: it finishes what its graceful-shutdown time allows",
    "Restart": "Start it again from its file as it is now",
}
STOPPED = (0, 128 + signal.SIGINT, -signal.SIGINT)
"""Exit codes of a worker that was asked to stop."""

Deaths = Callable[[], list[tuple[datetime, int]]]


class WorkerPanel(Panel):
    """The panel of one worker: whichever `find` returns, so one started in a cell takes it over."""

    def __init__(self, find: Callable[[], Worker | None], deaths: Deaths) -> None:
        self._find, self._deaths = find, deaths
        self._ended: tuple[int, float, str] = (0, 0.0, "")
        super().__init__()

    def build(self) -> list[widgets.Widget]:
        self.state, self.log = Area(), Area()
        rows = [self.row(name, hint) for name, hint in HINTS.items()]
        return [self.state, *rows, self.said, self.trouble, self.log]

    def look(self) -> None:
        worker = self._find()
        alive = worker is not None and worker.alive
        try:
            state, trouble = self._state(worker), None
        except LabError as error:  # only the server knows who polls, but the process is there
            state, trouble = "It runs; whether it polls is unknown", error
        if self._closed.is_set():
            return
        self.state.value = f"<b>{html.escape(state)}</b>"
        self.log.value = _log(worker) if worker else ""
        name = _variable(worker)
        for button, line in (("Crash", "crash()"), ("Stop", "stop()"), ("Restart", "restart()")):
            self.twins[button].value = code(f"{name}.{line}")
        self.buttons["Crash"].disabled = not alive or "Crash" in self.busy
        self.buttons["Stop"].disabled = not alive or bool(self.busy)
        self.buttons["Restart"].disabled = worker is None or bool(self.busy)
        if trouble:
            raise trouble

    def about(self) -> object:
        worker = self._find()
        return worker and (worker.pid, worker.alive)

    def actions(self) -> dict[str, Callable[[], str]]:
        return {"Crash": self._crash, "Stop": self._stop, "Restart": self._restart}

    def _worker(self) -> Worker:
        worker = self._find()
        if worker is None:
            raise LabError(NO_WORKER)
        return worker

    def _running(self) -> Worker:
        worker = self._worker()
        if not worker.alive:
            raise LabError(f"Process {worker.pid} had ended already. Restart starts it again.")
        return worker

    def _crash(self) -> str:
        worker = self._running()
        pid = worker.pid
        worker.crash(quietly=True)
        return (
            f"Killed (SIGKILL): process {pid}. What it was doing is made again as soon as the server notices "
            "and a worker runs."
        )

    def _stop(self) -> str:
        worker = self._running()
        pid = worker.pid
        worker.stop(quietly=True)
        return f"Stopped: process {pid}"

    def _restart(self) -> str:
        worker = self._worker()
        began = time.monotonic()
        worker.restart(quietly=True)
        return (
            f"Polls after {time.monotonic() - began:.1f} s: process {worker.pid}, from {_file(worker)} as it "
            "is now"
        )

    def _state(self, worker: Worker | None) -> str:
        """Return the state in one line: a mark, a word, and the process. May raise LabError."""
        if worker is None:
            return NO_WORKER
        record = worker.record
        if record.process() is None:
            return f"✕ {self._end(worker)} · {_file(worker)}"
        up = whole(time.time() - record.create_time)
        where = f"process {record.pid} · up {up} · {_file(worker)}"
        if worker.presence() == "polling":
            return f"● polls {record.queue} · {where}"
        return f"◐ starts: has not asked {record.queue} for work yet · {where}"

    def _end(self, worker: Worker) -> str:
        """Return how the process ended, looked up once: the keeper may not know it later."""
        record = worker.record
        if self._ended[:2] != (record.pid, record.create_time):
            self._ended = (record.pid, record.create_time, _ending(worker, self._deaths()))
        return self._ended[2]


def _ending(worker: Worker, deaths: list[tuple[datetime, int]]) -> str:
    exit_code = worker.exit_code()
    if exit_code in STOPPED:
        return f"stopped: process {worker.pid}"
    if exit_code is None:
        return f"gone: process {worker.pid}"
    if exit_code > 0:
        return f"ended by itself with exit code {exit_code}, see its log: process {worker.pid}"
    at = next((at for at, pid in reversed(deaths) if pid == worker.pid), None)
    when = f" at {at.astimezone():%H:%M:%S}" if at else ""
    return f"killed by {signal.Signals(-exit_code).name} (kill -{-exit_code}){when}: process {worker.pid}"


def _variable(worker: Worker | None) -> str:
    """Return the name of the variable that holds the worker in a lesson's cells."""
    return "worker" if worker is None or worker.record.name == "main" else worker.record.name


def _file(worker: Worker) -> str:
    file = Path(worker.record.folder) / worker.record.file
    return f"my_work/{file.relative_to(MY_WORK)}" if file.is_relative_to(MY_WORK) else str(file)


def _log(worker: Worker) -> str:
    lines = tail(Path(worker.record.log)) or ["(it has printed nothing yet)"]
    style = (
        "margin:4px 0 0;padding:4px 8px;max-height:13em;overflow:auto;border-left:3px solid "
        "currentColor;font-size:11px"
    )
    return f'<pre style="{style};line-height:1.4;opacity:.85">{html.escape(chr(10).join(lines))}</pre>'


def tail(path: Path) -> list[str]:
    """Return the last `LINES` lines of a file without reading all of it; none if there is no such file."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
            return file.read().decode(errors="replace").splitlines()[-LINES:]
    except FileNotFoundError:
        return []
