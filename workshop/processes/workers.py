"""Background processes of a notebook: start, stop, crash, restart, presence, log tail.

The keeper (see `keeper.py`) starts each worker as a process of its own, in the lesson's folder, and never in
the kernel: a cell that computes would starve it, and a worker that can't be killed proves nothing.
"""

from __future__ import annotations

import ast
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import psutil

from workshop.config import HOME, LAB_DIR
from workshop.errors import LabError
from workshop.keeping.folder import modules
from workshop.processes import process as processes
from workshop.processes.process import Record

LOGS = LAB_DIR / "logs"
RECORDS = LAB_DIR / "workers"
POLLING_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 15.0


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
        if self._process is None or self._process.poll() is not None:
            LOGS.mkdir(parents=True, exist_ok=True)
            with (LOGS / "keeper.log").open("ab") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-B", "-m", "workshop.processes.keeper"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    cwd=HOME,
                    start_new_session=True,
                )
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
            return result


def _path(record: Record) -> Path:
    """Return where the record of a notebook's process is kept: one for each name on a task queue."""
    return RECORDS / f"{quote(f'{record.queue}.{record.name}', safe='')}.json"


def recorded() -> list[Record]:
    """Return every live background process of this learner's notebooks. Delete the records of those that have
    ended.
    """
    return list(processes.living(RECORDS).values())


class Process:
    """A script from the lesson's folder that runs in the background."""

    def __init__(self, keeper: KeeperClient, record: Record, args: Sequence[str] = ()) -> None:
        self._keeper = keeper
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
        """Print the last lines of the process's log."""
        print("\n".join(self.output.splitlines()[-lines:]) or "(it has printed nothing yet)")

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
        """Wait until the process has ended by itself and return what it printed. Raises LabError after
        `timeout` seconds.
        """
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
        """Ask the process to stop (SIGINT, as Ctrl+C does). A worker finishes what its graceful-shutdown time
        allows.
        """
        if not self._signal(signal.SIGINT):
            print(f"Nothing to stop: process {self.pid} had ended already.")
            return
        if self._gone(STOP_TIMEOUT_S):
            if not quietly:
                print(f"Stopped: {self._title}, process {self.pid}")
        else:
            raise LabError(
                f"Process {self.pid} ({self._title}) did not stop within {STOP_TIMEOUT_S:.0f} s; it may be finishing "
                "something long.\nWait and try again, or end it at once with .crash()."
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
        self, keeper: KeeperClient, record: Record, start: Callable[[bool], Worker], pollers: Pollers
    ) -> None:
        super().__init__(keeper, record)
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
        """Return whether this worker really asks its task queue for work: the process lives and the server
        knows its poller.
        """
        if not self.alive:
            return "gone"
        return "polling" if identity(self.pid) in self._pollers(self.record.queue) else "starting"


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


def modules_of(file: Path) -> list[Path]:
    """Return a file and the modules that it imports, directly or not, as they would be named in its folder:
    there or not.
    """
    found = [file]
    for current in found:
        for node in ast.walk(_tree(current)):
            match node:
                case ast.ImportFrom(module=str(module)):
                    names = [module]
                case ast.Import(names=aliases):
                    names = [alias.name for alias in aliases]
                case _:
                    continue
            paths = [file.parent / f"{name.replace('.', '/')}.py" for name in names]
            found += [path for path in paths if path not in found]
    return found


def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8") if file.exists() else "", filename=str(file))


def find_task_queue(file: Path) -> str | None:
    """Return the task queue that a worker file names: its constant TASK_QUEUE, set there or in a module of
    the same folder.
    """
    for module in modules_of(file):
        for node in ast.walk(_tree(module)):
            match node:
                case ast.Assign(targets=[ast.Name(id="TASK_QUEUE")], value=ast.Constant(value=str(queue))):
                    return queue
    return None


class Starter:
    """The starter of the processes of one notebook."""

    def __init__(self, folder: Path, environment: Callable[[], dict[str, str]], pollers: Pollers) -> None:
        self.folder = folder
        self.keeper = KeeperClient()
        self._environment = environment
        self._pollers = pollers
        self._workers: set[int] = set()
        self.launched: list[int] = []
        """The ids of all processes that this notebook has started."""
        self._loaded: dict[int, dict[Path, str]] = {}

    def deaths(self) -> list[tuple[datetime, int]]:
        """Return when a signal ended which worker of this notebook, as (aware time, process id); other
        scripts are left out.
        """
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
        if not (self.folder / file).is_file():
            there = ", ".join(sorted(path.name for path in self.folder.glob("*.py"))) or "none yet"
            raise LabError(
                f"There is no file {file} in {self.folder}.\nPython files there: {there}. "
                f"Run the cell that begins with `%%writefile {file}` first."
            )
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

    def _modules(self) -> dict[Path, str]:
        return {path: path.read_text(encoding="utf-8") for path in modules(self.folder)}

    def changed_since(self, pid: int) -> list[str]:
        """Return the modules of the lesson's folder that have changed since this worker was started."""
        before = self._loaded.get(pid, now := self._modules())
        return [path.name for path, text in now.items() if before.get(path) != text]

    def wait_until_polling(self, worker: Worker) -> float:
        """Return the seconds until the worker polled. Raises LabError with the worker's own traceback if it
        died before that.
        """
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
            f"The worker runs (process {worker.pid}) but has not asked task queue {worker.record.queue!r} for work within "
            f"{POLLING_TIMEOUT_S:.0f} s.\nIts log says:\n{worker.output[-2000:] or '(nothing)'}\n"
            "Check that the queue's name in the file is the one meant, and that Temporal answers: python3 -m workshop status"
        )
