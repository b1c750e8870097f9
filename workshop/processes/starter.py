"""The starter of a notebook's processes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from workshop.config import LAB_DIR
from workshop.errors import LabError
from workshop.keeping.folder import modules
from workshop.processes.keeper_client import LOGS, KeeperClient
from workshop.processes.pollers import Pollers
from workshop.processes.record import Record, living
from workshop.processes.workers import Worker

RECORDS = LAB_DIR / "workers"
KEEPER = KeeperClient()
"""One for each kernel, whichever lessons it opens: it imports the SDKs once."""
POLLING_TIMEOUT_S = 20.0


def _path(record: Record) -> Path:
    """Return where the record of a notebook's process is kept: one for each name on a task queue."""
    return RECORDS / f"{quote(f'{record.queue}.{record.name}', safe='')}.json"


def recorded() -> list[Record]:
    """Return this learner's living background processes. Delete the records of those that have ended."""
    return list(living(RECORDS).values())


class Starter:
    """The starter of the processes of one notebook."""

    def __init__(self, folder: Path, environment: Callable[[], dict[str, str]], pollers: Pollers) -> None:
        self.folder = folder
        self.keeper = KEEPER
        self._environment = environment
        self._pollers = pollers
        self._workers: set[int] = set()
        self.launched: list[int] = []
        """The ids of all processes that this notebook has started."""
        self._loaded: dict[int, dict[Path, str]] = {}

    def deaths(self) -> list[tuple[datetime, int]]:
        """Return when a signal ended which worker of this notebook, as (aware time, process id)."""
        return [(at, pid) for at, pid in self.keeper.deaths() if pid in self._workers]

    def launch(
        self,
        file: str,
        name: str,
        queue: str,
        args: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> Record:
        """Start a script from the lesson's folder and write its record. `env` is added to its environment."""
        self._require(file)
        LOGS.mkdir(parents=True, exist_ok=True)
        log = LOGS / f"{self.folder.name}.{Path(file).stem}.{name}.log"
        log.write_bytes(b"")
        started = self.keeper.ask(
            {
                "op": "start",
                "file": str(self.folder / file),
                "args": list(args),
                "folder": str(self.folder),
                "env": {**os.environ, **self._environment(), **(env or {})},
                "log": str(log),
            }
        )
        record = Record(
            started["pid"],
            started["created"],
            name,
            born=started["born"],
            file=file,
            folder=str(self.folder),
            queue=queue,
            log=str(log),
            env=dict(env or {}),
        )
        record.write(_path(record))
        self.launched.append(record.pid)
        if queue:
            self._workers.add(record.pid)
            self._loaded[record.pid] = self._modules()
        return record

    def _require(self, file: str) -> None:
        """Raise LabError if there is no such file in the lesson's folder."""
        if not (self.folder / file).is_file():
            there = ", ".join(sorted(path.name for path in self.folder.glob("*.py"))) or "none yet"
            raise LabError(
                f"There is no file {file} in {self.folder}.\nPython files there: {there}. "
                f"Run the cell that begins with `%%writefile {file}` first."
            )

    def _modules(self) -> dict[Path, str]:
        return {path: path.read_text(encoding="utf-8", errors="replace") for path in modules(self.folder)}

    def changed_since(self, pid: int) -> list[str]:
        """Return the modules that have changed since this worker was started; new ones don't count."""
        before = self._loaded.get(pid, now := self._modules())
        return [path.name for path, text in before.items() if now.get(path) != text]

    def wait_until_polling(self, worker: Worker) -> float:
        """Return the seconds until the worker polled. Raises LabError with its traceback if it died."""
        begin = time.monotonic()
        while time.monotonic() - begin < POLLING_TIMEOUT_S:
            if not worker.alive:
                raise LabError(
                    f"The worker died while it started (exit code {worker.exit_code()}). What it said:\n\n"
                    f"{worker.output.rstrip() or '(nothing)'}\n\n"
                    f"Fix the cell that writes the file named last above, run it, then run this cell again."
                )
            if worker.presence() == "polling":
                return time.monotonic() - begin
            time.sleep(0.03)
        raise LabError(
            f"The worker runs (process {worker.pid}) but has not asked task queue {worker.record.queue!r} "
            "for work within "
            f"{POLLING_TIMEOUT_S:.0f} s.\nIts log says:\n{worker.output[-2000:] or '(nothing)'}\n"
            "Check that the queue's name in the file is the one meant, and that Temporal answers: python3 -m "
            "workshop status"
        )
