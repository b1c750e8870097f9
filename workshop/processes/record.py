"""Records of processes that outlive the command that started them.

A process is identified by its id and its creation time together, because ids are reused. Where no record fits
(somebody deleted `.lab/`, or set the clock by hours), a mark in its environment identifies it as ours.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from workshop.caller import CLOCK_TOLERANCE_S

MARK = "WORKSHOP_SERVICE"
"""The environment variable that marks our processes: `name@home`. A service doesn't pass it on to what it
starts.
"""
BORN_TOLERANCE_S = 0.05


@dataclass(frozen=True)
class Record:
    """What is written down about a background process, for others to find it.

    `create_time` and `started` are in epoch seconds; `born` is in seconds since the system's start, which no
    set clock changes.
    """

    pid: int
    create_time: float
    name: str
    port: int = 0
    started: float = 0.0
    command: tuple[str, ...] = ()
    born: float = 0.0
    file: str = ""
    folder: str = ""
    queue: str = ""
    log: str = ""
    home: str = ""
    """The folder in whose `.lab` it was written. A copy of that folder has copies of its records."""
    env: dict[str, str] = field(default_factory=dict, hash=False)
    """What its caller added to the environment: needed to start it again."""

    @classmethod
    def of(cls, process: psutil.Process, name: str) -> Record:
        """Return a new record of a living process."""
        return cls(process.pid, process.create_time(), name, born=born(process))

    @property
    def title(self) -> str:
        """The name of a service; for a process of a notebook also what it is, and in which folder."""
        if not self.folder:
            return self.name
        what = f"worker {self.name}" if self.queue else self.file
        return f"{what} of {Path(self.folder).name}"

    def write(self, path: Path) -> None:
        """Write the record in one step: no reader ever sees half of it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".tmp")
        draft.write_text(json.dumps({**asdict(self), "home": _home(path)}, indent=1), encoding="utf-8")
        draft.replace(path)

    @classmethod
    def read(cls, path: Path) -> Record | None:
        """Return the record in a file; None if there is none, if it can't be read, or if it came here with a
        copy of another folder: the process is that one's.
        """
        record = cls._in(path)
        return record if record and record._is_of(_home(path)) else None

    @classmethod
    def is_left(cls, path: Path) -> bool:
        """Return whether there is a record of this home, be it damaged, or of a process that has ended."""
        record = cls._in(path)
        return path.exists() and (record is None or record._is_of(_home(path)))

    @classmethod
    def _in(cls, path: Path) -> Record | None:
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                pid=int(values["pid"]),
                create_time=float(values["create_time"]),
                name=str(values.get("name", path.stem)),
                port=int(values.get("port", 0)),
                started=float(values.get("started", values["create_time"])),
                command=tuple(values.get("command", ())),
                born=float(values.get("born", 0.0)),
                env={str(name): str(value) for name, value in values.get("env", {}).items()},
                **{name: str(values.get(name, "")) for name in ("home", "file", "folder", "queue", "log")},
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def _is_of(self, home: str) -> bool:
        """Return whether it is about a process of this home. If it names none, as in an older course, its
        process says whose it is.
        """
        if self.home:
            return is_same(self.home, home)
        process = self.process()
        return process is None or is_same(home_of(process), home)

    def process(self) -> psutil.Process | None:
        """Return the living process of this record; None if it has ended, or if its id is another's now."""
        process = alive(self.pid)
        if process is None:
            return None
        with suppress(psutil.Error):
            known = self.born and abs(born(process) - self.born) < BORN_TOLERANCE_S
            if known or abs(process.create_time() - self.create_time) < CLOCK_TOLERANCE_S:
                return process
        return None


def living(folder: Path) -> dict[Path, Record]:
    """Return the records in a folder whose processes are alive. Delete those of processes that have ended."""
    found = {}
    for path in sorted(folder.glob("*.json")):
        record = Record.read(path)
        if record and record.process():
            found[path] = record
        else:
            path.unlink(missing_ok=True)
    return found


def born(process: psutil.Process) -> float:
    """Return when a process started, in seconds since the system did: clocks can be set."""
    return process.create_time() - psutil.boot_time()


def alive(pid: int) -> psutil.Process | None:
    """Return the process with this id, unless it has ended. A zombie has ended."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process
    except psutil.NoSuchProcess:
        return None


def _home(path: Path) -> str:
    """Return the home of a record, which lies in `.lab/<kind>/` there."""
    return str(path.absolute().parents[2])


def is_same(owner: str, home: str) -> bool:
    """Return whether a folder is this home, perhaps under the name that it had before it was moved."""
    try:
        return bool(owner) and Path(owner).samefile(home)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False


def home_of(process: psutil.Process) -> str:
    """Return the home of a process with our mark; empty if it has none."""
    return mark_of(process).partition("@")[2]


def mark_of(process: psutil.Process) -> str:
    """Return our mark in the environment of a process; empty if it has none, or if we may not read it."""
    try:
        return process.environ().get(MARK, "")
    except (psutil.Error, OSError):
        return ""


def marked(mark: str) -> psutil.Process | None:
    """Return the living process that carries this mark, wherever it listens; None if there is none."""
    for process in psutil.process_iter():
        if mark_of(process) == mark and alive(process.pid):
            return process
    return None
