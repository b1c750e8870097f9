"""The supervisor: it starts, finds, health-checks and stops what is ours, and never touches anything else.

Each service is a process in a session of its own, with a log in `.lab/logs/` and a record in
`.lab/services/`. It keeps running when the command that started it has ended.
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from workshop import shell
from workshop.config import ROOT
from workshop.errors import LabError
from workshop.processes import process as processes
from workshop.processes import second_copy
from workshop.processes.health import Health
from workshop.processes.launch import last_words, launch
from workshop.processes.record import MARK, Record, born, living, marked
from workshop.processes.service import (
    FILES_DELETED,
    NEVER_SHARED,
    USABLE,
    NeverShared,
    Outcome,
    Service,
    State,
    Status,
    lost_its_files,
    memory,
    newest,
    wait_until_free,
)
from workshop.processes.taken import taken

START_TIMEOUT_S = 60.0
LOCK_TIMEOUT_S = 180.0
UNHEALTHY_PATIENCE_S = 10.0
"""How long one of our processes may leave its health check unanswered before it is restarted, in seconds."""
POLL_S = 0.04


class Supervisor:
    """The services of one home."""

    def __init__(self, home: Path, services: Sequence[Service]) -> None:
        self.home = home
        self.services = tuple(services)
        self.lab = home / ".lab"
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    # What there is

    def record_path(self, name: str) -> Path:
        return self.lab / "services" / f"{name}.json"

    def log_path(self, name: str) -> Path:
        return self.lab / "logs" / f"{name}.log"

    def mark(self, name: str) -> str:
        return f"{name}@{self.home}"

    def find(self, service: Service) -> Record | None:
        """Return the record of a service's living process. One without a record is adopted by its mark."""
        record = Record.read(self.record_path(service.name))
        if record and record.process():
            return record
        stray = marked(self.mark(service.name))
        if stray is None:
            return None
        port = service.port if processes.listener(service.port) == stray else 0  # 0: not where it should be
        return self._record(service, stray, tuple(stray.cmdline()), stray.create_time(), port)

    def _health(self, service: Service) -> Health:
        """Return the health of what answers on a service's port, whoever started it. If a process of another
        copy of the course does, it is not ours.
        """
        health = service.health()
        holder = processes.listener(service.port) if health.ok and health.ours else None
        copy = second_copy.owner(self.home, holder) if holder else ""
        return Health(True, False, copy) if copy else health

    def status(self) -> list[Status]:
        """Return the state of every service. Changes nothing; takes a second at most."""
        with ThreadPoolExecutor(len(self.services)) as pool:
            return list(pool.map(self.look, self.services))

    def look(self, service: Service) -> Status:
        """Return the state of one service."""
        record = self.find(service)
        process = record.process() if record else None
        health = service.health() if record else self._health(service)
        if record and process:
            why = self._moved(service, record) or (FILES_DELETED if lost_its_files(service, health) else "")
            if not why and not (health.ok and health.ours is not False):
                why = (
                    "it is paused (SIGSTOP)"
                    if processes.is_paused(process)
                    else health.why or "it does not answer"
                )
            state: State = "unhealthy" if why else "running"
            return Status(service, state, record.pid, memory(process), record.started, why)
        if health.ok and health.ours:
            holder = processes.listener(service.port)
            return Status(service, "not ours", holder.pid if holder else None, detail=USABLE)
        for port in service.ports:
            if processes.is_port_held(port.number):
                return Status(service, "port taken", detail=str(taken(self.home, service, port, health)))
        if Record.is_left(self.record_path(service.name)):
            return Status(service, "died", detail=f"its log: {self.log_path(service.name)}")
        return Status(service, "stopped")

    # Up

    @contextmanager
    def lock(self, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Let one command at a time start and stop services. `waiting` is called if another one is busy."""
        self.lab.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.lab / "supervisor.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            waiting()
            try:
                lock.acquire(timeout=LOCK_TIMEOUT_S)
            except Timeout:
                raise LabError(
                    "Another `workshop` command has been starting or stopping services for "
                    f"{LOCK_TIMEOUT_S:.0f} s.\n"
                    "Look for it with `ps aux | grep workshop`, end it, and try again."
                ) from None
        try:
            yield
        finally:
            lock.release()

    def up(self, told: Callable[[Outcome], None] = lambda outcome: None) -> list[Outcome]:
        """Start what is not running, all at once, and wait until all are healthy. Call it under `lock`.

        Records of processes that have ended are deleted: those of notebooks, and of services that are not
        wanted now.

        `told` is called as each becomes healthy or fails. A failure is an outcome too: the others stay up.
        """

        processes.let_children_be_interrupted()

        def ensure(service: Service) -> Outcome:
            began = time.monotonic()
            try:
                outcome = self.ensure(service)
            except LabError as error:
                why = NEVER_SHARED if isinstance(error, NeverShared) else ""
                outcome = Outcome(service, "failed", time.monotonic() - began, why, str(error))
            told(outcome)
            return outcome

        with ThreadPoolExecutor(len(self.services)) as pool:
            outcomes = list(pool.map(ensure, self.services))
        for others in (self.lab / "workers", self.lab / "services"):
            living(others)
        return outcomes

    def ensure(self, service: Service) -> Outcome:
        """Make sure that one service runs, on the port that the settings name. Raises LabError."""
        began = time.monotonic()
        record = self.find(service)
        why = ""
        if record:
            why = self._reason_to_restart(service, record)
            if not why:
                return Outcome(service, "ran already", time.monotonic() - began)
            self.require_outside([service])
            self.stop_service(service)
        else:
            health = self._health(service)
            if health.ok and health.ours:
                return Outcome(service, "not ours", time.monotonic() - began, USABLE)
            for port in service.ports:
                if processes.is_port_held(port.number):
                    raise taken(self.home, service, port, health)
            if Record.is_left(self.record_path(service.name)):
                why = "it had died"
        self._start(service)
        self._wait_healthy(service)
        return Outcome(service, "started again" if why else "started", time.monotonic() - began, why)

    def _moved(self, service: Service, record: Record) -> str:
        """Return that a running process listens where the settings no longer want it; empty if it doesn't."""
        return (
            ""
            if record.port == service.port
            else f"its port was moved from {record.port or 'another'} to {service.port}"
        )

    def _reason_to_restart(self, service: Service, record: Record) -> str:
        """Return why one of our processes won't do; empty if it is healthy."""
        if moved := self._moved(service, record):
            return moved
        if (process := record.process()) and processes.is_paused(process):
            process.resume()
        if newest(service.source) > record.started:
            return "its code is newer than the process"
        patience = UNHEALTHY_PATIENCE_S if time.time() - record.started > START_TIMEOUT_S else START_TIMEOUT_S
        deadline = time.monotonic() + patience  # one that another `up` has just started gets its full time
        while not ((health := service.health()).ok or lost_its_files(service, health)):
            if not record.process():
                return "it had died"
            if time.monotonic() > deadline:
                return health.why or "it did not answer its health check"
            time.sleep(POLL_S)
        return FILES_DELETED if lost_its_files(service, health) else ""

    def _start(self, service: Service) -> None:
        # psutil's creation time can be half a second off: too coarse to compare with files
        started = time.time()
        command = [str(part) for part in service.command()]
        variables = {"WORKSHOP_HOME": str(self.home), MARK: self.mark(service.name)}
        child = launch(service, command, variables, self.log_path(service.name))
        self._children[service.name] = child
        self._record(service, psutil.Process(child.pid), tuple(command), started, service.port)

    def _record(
        self, service: Service, process: psutil.Process, command: tuple[str, ...], started: float, port: int
    ) -> Record:
        record = Record(
            process.pid, process.create_time(), service.name, port, started, command, born(process)
        )
        record.write(self.record_path(service.name))
        return record

    def _wait_healthy(self, service: Service) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        child, log = self._children[service.name], self.log_path(service.name)
        health = self._health(service)
        # what answers may be a stranger's that took the port since we looked: it must be known as ours
        while child.poll() is not None or not (health.ok and health.ours):
            if child.poll() is not None:
                for port in service.ports:
                    if processes.is_port_held(port.number):
                        raise taken(self.home, service, port, health)
                raise LabError(
                    f"{service.title} ended as soon as it was started (exit code {child.returncode}). Its "
                    "last words:\n"
                    f"{last_words(log)}\nThe whole log: {log}\n"
                    "Type `python3 -m workshop doctor` to look for the cause."
                )
            if time.monotonic() > deadline:
                raise LabError(
                    f"{service.title} was started (process {child.pid}) but was not ready after "
                    f"{START_TIMEOUT_S:.0f} s ({health.detail or 'no answer'}).\nIts log: {log}\n"
                    "Type `python3 -m workshop up` to wait longer, or `down` and `up` for a fresh start."
                )
            time.sleep(POLL_S)
            health = self._health(service)

    # Down

    def require_outside(self, services: Sequence[Service] = ()) -> None:
        """Raise LabError in a terminal or a kernel of one of these services (none: of any): it would end with
        the service, and the command with it, in the middle of its work.
        """
        for service in services or self.services:
            record = self.find(service)
            if record and (process := record.process()) and processes.is_inside(process):
                raise LabError(
                    f"This terminal belongs to {service.title}, and would end with it before the work is "
                    "done. Nothing was stopped.\n"
                    f"Type the same command in a terminal outside {service.title}, after: "
                    f"{shell.line('cd', ROOT)}"
                )

    def without_files(self) -> list[str]:
        """Return the names of the services that still run after somebody deleted their files."""
        return [
            service.name
            for service in self.services
            if self.find(service) and lost_its_files(service, service.health())
        ]

    def stop_service(self, service: Service) -> Record | None:
        """Stop one service if it is ours and runs. Return the record of what was stopped."""
        record = self.find(service)
        process = record.process() if record else None
        if process:
            processes.stop(process, signal.SIGTERM)
            wait_until_free(service)
        child = self._children.pop(service.name, None)
        if child:
            child.poll()
        self.record_path(service.name).unlink(missing_ok=True)
        return record

    def stop_workers(self) -> list[Record]:
        """Stop the workers that notebooks have started in this home."""
        stopped = []
        for path, record in living(self.lab / "workers").items():
            if process := record.process():
                processes.stop(process, signal.SIGINT)
                stopped.append(record)
            path.unlink(missing_ok=True)
        return stopped

    def down(self) -> list[Record]:
        """Stop the workers and then the services. Call it under `lock`. Return what was stopped.

        Raises LabError inside one of them.
        """
        self.require_outside()
        stopped = self.stop_workers()
        with ThreadPoolExecutor(len(self.services)) as pool:
            stopped += [record for record in pool.map(self.stop_service, self.services) if record]
        return stopped
