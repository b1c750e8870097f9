"""Advice after an error in a cell: which cell to run first, what is broken, who serves a queue."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from temporalio.service import RPCError, RPCStatusCode

from workshop.config import ROOT
from workshop.processes.modules import find_task_queue
from workshop.processes.workers import Worker
from workshop.workspace import outline

BRINGS = "lab.bring("
KILLS = re.compile(r"kill -9|\.crash\(\)")
SHELL_LINE = re.compile(r"^\s*!(.*)", re.MULTILINE)


class Advice:
    """The advice for a notebook. `namespace`: its kernel's names. `broken`: says what is broken."""

    def __init__(
        self, folder: Path, notebook: Path, namespace: Mapping[str, Any], broken: Callable[[], str]
    ) -> None:
        self.folder, self.notebook = folder, notebook
        self._namespace, self._broken = namespace, broken
        self._running: Any = None
        self._finished = ROOT / "solutions" / folder.name.removesuffix("_exercise")

    def before(self, info: Any) -> None:
        """Remember which cell is running."""
        self._running = info

    def after(self, result: Any) -> None:
        """After an error, say what led to it. `result` is None if the cell was cancelled."""
        if not result or (error := result.error_in_exec or self._unset(result.info.raw_cell)) is None:
            return
        for sentence in (self.first(error, result.info), self._broken()):
            if sentence:
                print(sentence)

    def _unset(self, source: str) -> NameError | None:
        """Return an error for a shell line's first undefined name, which IPython passes on unchanged."""
        names = [name for line in SHELL_LINE.findall(source) for name in re.findall(r"\{(\w+)", line)]
        return next((NameError(name=name) for name in names if name not in self._namespace), None)

    def first(self, error: BaseException, running: Any) -> str:
        """Say which cell makes what the running one did not find; empty if none does."""
        match error:
            case NameError(name=str(name)):
                made, what = self._nearest(running, lambda cell: name in cell.names), f"`{name}` is made"
            case ModuleNotFoundError(name=str(name)):
                return self.writer(f"{name.replace('.', '/')}.py", running)
            case FileNotFoundError(filename=str(name)):
                return self.writer(name.removeprefix(f"{self.folder}/"), running)
            case RPCError(status=RPCStatusCode.NOT_FOUND) if "already completed" in str(error):
                made, what = (
                    self._nearest(running, lambda cell: "handle" in cell.names),
                    "The run has ended; another is started",
                )
            case RPCError(status=RPCStatusCode.UNAVAILABLE):
                return (
                    "Temporal does not answer. Type lab.start_temporal() in a cell of its own: run that "
                    "first, then this one."
                )
            case _:
                return ""
        return f"{what} by {made}: run that first, then this one." if made else ""

    def writer(self, file: str, running: Any = None) -> str:
        """Say which cell writes a file, given as a path below the lesson's folder; empty if none does."""
        made = self._nearest(running, lambda cell: cell.writes == file)
        if not made and (self._finished / file).is_file():
            made = self._nearest(running, lambda cell: BRINGS in cell.source)
        return f"{file} is written by {made}: run that first, then this one." if made else ""

    def cure(self, queue: str, running: Any) -> str:
        """Say what to do when nobody polls a queue."""
        for name, worker in self._namespace.items():
            if isinstance(worker, Worker) and not name.startswith("_") and worker.record.queue == queue:
                return (
                    f"its worker, process {worker.pid}, has ended. Press ■, run {name}.restart(), then this "
                    "cell again."
                )
        folders = self.folder, self._finished  # the file may not be written yet
        starts = self._nearest(
            running,
            lambda cell: (
                cell.starts and queue in [find_task_queue(folder / cell.starts) for folder in folders]
            ),
        )
        start = f"run {starts}" if starts else 'start a worker with lab.worker("…")'
        return f"press ■, {start}, then this cell again."

    def place_of_kill(self) -> str:
        """Say which cells to run again for another kill; empty if there is none."""
        made = self._nearest(self._running, lambda cell: KILLS.search(cell.source))
        return f"Run the cells under “{made.heading}” again, in their order." if made else ""

    def _nearest(self, running: Any, wanted: Callable[[outline.Cell], object]) -> outline.Cell | None:
        return outline.nearest(outline.read(self.notebook), running, wanted)
