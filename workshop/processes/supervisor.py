"""The supervisor: it starts, finds, health-checks and stops what is ours, and never touches anything else.

Each service is a process in a session of its own, with a log in `.lab/logs/` and a record in
`.lab/services/`. It keeps running when the command that started it has ended.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from workshop import environment, shell
from workshop.errors import LabError
from workshop.processes import ports
from workshop.processes import process as processes
from workshop.processes.health import Health
from workshop.processes.locks import is_locked, locked_for_child
from workshop.processes.record import MARK, Record, born, living, mark_of, marked
from workshop.processes.service import (
    FILES_DELETED,
    NEVER_SHARED,
    USABLE,
    NeverShared,
    Outcome,
    Port,
    Service,
    State,
    Status,
)

START_TIMEOUT_S = 60.0
LOCK_TIMEOUT_S = 180.0
UNHEALTHY_PATIENCE_S = 10.0
"""How long one of our processes may leave its health check unanswered before it is restarted, in seconds."""
MAX_LOG_BYTES = 5_000_000
FREE_TIMEOUT_S = 5.0
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
        """Return the record of the living process of a service. One without a record is adopted if its mark
        is ours.
        """
        record = Record.read(self.record_path(service.name))
        if record and record.process():
            return record
        stray = marked(self.mark(service.name))
        if stray is None:
            return None
        port = service.port if processes.listener(service.port) == stray else 0  # 0: not where it should be
        return self._record(service, stray, tuple(stray.cmdline()), stray.create_time(), port)

    def status(self) -> list[Status]:
        """Return the state of every service. Changes nothing; takes a second at most."""
        with ThreadPoolExecutor(len(self.services)) as pool:
            return list(pool.map(self.look, self.services))

    def look(self, service: Service) -> Status:
        """Return the state of one service."""
        record = self.find(service)
        process = record.process() if record else None
        health = service.health()
        if record and process:
            why = self._moved(service, record) or (FILES_DELETED if _lost_its_files(service, health) else "")
            if not why and not (health.ok and health.ours is not False):
                why = _silence(process)
            state: State = "unhealthy" if why else "running"
            return Status(service, state, record.pid, _memory(process), record.started, why)
        if health.ok and health.ours:
            holder = processes.listener(service.port)
            return Status(service, "not ours", holder.pid if holder else None, detail=USABLE)
        for port in service.ports:
            if processes.is_port_held(port.number):
                return Status(service, "port taken", detail=str(self._taken(service, port, health)))
        if self.record_path(service.name).exists():
            return Status(service, "died", detail=f"its log: {self.log_path(service.name)}")
        return Status(service, "stopped")

    # Up

    @contextmanager
    def lock(self, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Let only one command at a time start and stop this home's services. `waiting` is called if another
        one is busy.
        """
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
            self.stop_service(service)
        else:
            health = service.health()
            if health.ok and health.ours:
                return Outcome(service, "not ours", time.monotonic() - began, USABLE)
            for port in service.ports:
                if processes.is_port_held(port.number):
                    raise self._taken(service, port, health)
            if self.record_path(service.name).exists():
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
        if _newest(service.source) > record.started:
            return "its code is newer than the process"
        patience = UNHEALTHY_PATIENCE_S if time.time() - record.started > START_TIMEOUT_S else START_TIMEOUT_S
        deadline = time.monotonic() + patience  # one that another `up` has just started gets its full time
        while not ((health := service.health()).ok or _lost_its_files(service, health)):
            if not record.process():
                return "it had died"
            if time.monotonic() > deadline:
                return "it did not answer its health check"
            time.sleep(POLL_S)
        return FILES_DELETED if _lost_its_files(service, health) else ""

    def _taken(self, service: Service, port: Port, health: Health) -> LabError:
        """Return the error for a port that a stranger holds."""
        holder = processes.listener(port.number)
        copy = ports.other_copy(service.name, self.home, mark_of(holder) if holder else "")
        if copy := copy or (health.detail if health.ok and health.ours is False else ""):
            return NeverShared(
                f"{service.title}: port {port.number} is held by the {service.name} of another copy of the "
                f"course ({copy}).\n"
                "Two copies never share one. Type `python3 -m workshop down` there, or give this copy ports "
                "of its own: "
                "`python3 -m workshop up` shows the lines for .env."
            )
        if port == service.ports[0] and service.explain and (said := service.explain(holder)):
            return NeverShared(f"{service.title}: {said}")
        return LabError(
            f"{service.title}: port {port.number} is held by {processes.describe(holder)}.\n"
            f"Stop that, or move ours: in {self.home / '.env'}, at the top, set "
            f"{port.variable}={_free_port(port.number)}.\n"
            "Then type `python3 -m workshop up` again."
        )

    def _start(self, service: Service) -> None:
        command = [str(part) for part in service.command()]
        log = self.log_path(service.name)
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
        variables = environment.clean({**os.environ, "WORKSHOP_HOME": str(self.home)})
        variables |= {**service.environment, MARK: self.mark(service.name)}
        inherited = locked_for_child(service.lock) if service.lock else ()
        # psutil's creation time can be half a second off: too coarse to compare with files
        started = time.time()
        try:
            with log.open("ab") as output:
                output.write(
                    f"--- {time.strftime('%Y-%m-%d %H:%M:%S')} {shell.line(*command)}\n".encode(
                        errors="replace"
                    )
                )
                output.flush()
                child = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    cwd=service.directory,
                    env=variables,
                    start_new_session=True,
                    pass_fds=inherited,
                )
        except OSError as error:
            raise LabError(
                f"{service.title} could not be started: {error}\nCommand: {shell.line(*command)}"
            ) from error
        finally:
            for descriptor in inherited:  # the child has its own copy, and with it the lock
                os.close(descriptor)
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
        child = self._children[service.name]
        health = service.health()
        while not (health.ok and health.ours is not False):
            if child.poll() is not None:
                raise LabError(
                    f"{service.title} ended as soon as it was started (exit code {child.returncode}). Its "
                    "last words:\n"
                    f"{self.last_words(service.name)}\nThe whole log: {self.log_path(service.name)}\n"
                    "Type `python3 -m workshop doctor` to look for the cause."
                )
            if time.monotonic() > deadline:
                raise LabError(
                    f"{service.title} was started (process {child.pid}) but was not ready after "
                    f"{START_TIMEOUT_S:.0f} s"
                    f" ({health.detail or 'no answer'}).\nIts log: {self.log_path(service.name)}\n"
                    "Type `python3 -m workshop up` to wait longer, or `down` and `up` for a fresh start."
                )
            time.sleep(POLL_S)
            health = service.health()

    def last_words(self, name: str, lines: int = 12) -> str:
        """Return the end of a service's log, since its last start."""
        path = self.log_path(name)
        text = path.read_text(errors="replace", encoding="utf-8")[-20_000:] if path.exists() else ""
        latest = text.rsplit("--- ", 1)[-1].splitlines()[1:]
        return "\n".join("    " + line for line in latest[-lines:]) or "    (nothing)"

    # Down

    def without_files(self) -> list[str]:
        """Return the names of the services that still run after somebody deleted their files."""
        return [
            service.name
            for service in self.services
            if self.find(service) and _lost_its_files(service, service.health())
        ]

    def stop_service(self, service: Service) -> Record | None:
        """Stop one service if it is ours and runs. Return the record of what was stopped."""
        record = self.find(service)
        process = record.process() if record else None
        if process:
            processes.stop(process, signal.SIGTERM)
            _wait_until_free(service)
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
        """Stop all that is ours, the workers and then the services. Call it under `lock`. Return what was
        stopped.
        """
        stopped = self.stop_workers()
        with ThreadPoolExecutor(len(self.services)) as pool:
            stopped += [record for record in pool.map(self.stop_service, self.services) if record]
        return stopped


def _lost_its_files(service: Service, health: Health) -> bool:
    """Return whether a running service has lost its files: it works on deleted ones that nobody else can
    open.
    """
    if health.ours is False:
        return True
    unlocked = service.lock is not None and not is_locked(service.lock)
    return health.ok and (unlocked or (service.keeps is not None and not service.keeps.exists()))


def _silence(process: psutil.Process) -> str:
    """Return why a running process does not answer, as far as can be seen."""
    return "it is paused (SIGSTOP)" if processes.is_paused(process) else "it does not answer"


def _wait_until_free(service: Service) -> None:
    """Wait until the service's lock is free: a process can count as gone a moment before its last thread
    is.
    """
    deadline = time.monotonic() + FREE_TIMEOUT_S
    while service.lock and is_locked(service.lock) and time.monotonic() < deadline:
        time.sleep(0.03)


def _newest(paths: Sequence[Path]) -> float:
    """Return the latest modification time among files and the Python files of folders, in epoch seconds."""
    files = [file for path in paths for file in (path.rglob("*.py") if path.is_dir() else [path])]
    return max((file.stat().st_mtime for file in files if file.exists()), default=0.0)


def _memory(process: psutil.Process) -> int:
    """Return the resident bytes of a process and of what it started."""
    total = 0
    for each in [process, *process.children(recursive=True)]:
        try:
            total += each.memory_info().rss
        except psutil.Error:
            continue
    return total


def _free_port(taken: int) -> int:
    """Return a free port near a taken one, to name in a message."""
    return next(
        (port for port in range(taken + 1000, taken + 1100) if not processes.is_port_held(port)), taken + 1000
    )
