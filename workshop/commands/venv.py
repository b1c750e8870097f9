"""The course's own `.venv`: where it is, what it was made from, whether it is complete. Only the standard
library is used here.

The stamp `.venv/workshop.json` is deleted first and written last. An interrupted install has none, and the
next command makes the environment again (quickly, because the packages come from uv's cache).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from workshop import shell
from workshop.attribution import HOOK

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".venv"
PYTHON = FOLDER / "bin" / "python"
STAMP = FOLDER / "workshop.json"
MAKING = FOLDER / "workshop.making"
"""The mark of our unfinished `.venv`: one with neither this nor a stamp is somebody else's."""
LOG = ROOT / ".lab" / "install.log"
LOCK = ROOT / ".lab" / "install.lock"
LEARNER = ROOT / "requirements.lock"
TESTS = ROOT / "requirements-dev.lock"
WHEELS = ROOT / "wheels"
"""What `python3 -m workshop pack` has put there: packages, so that an install needs no network."""
NEEDED_BYTES = 1_000_000_000
"""Free disk space for a first install, in bytes: 550 MB of packages, plus what is downloaded on the way."""
UP = "python3 -m workshop up"
AGAIN = f"{shell.line('rm', '-rf', FOLDER)} && {UP}"
"""What to type when `.venv` is unusable: it holds nothing but packages, and the next `up` makes it again."""
MOVE = f"mkdir ~/course && {shell.line('cp', '-R', f'{ROOT}/.')} ~/course && cd ~/course && {UP}"
"""What to type when the folder itself is unusable: nothing done inside it would help."""
PATHS = (
    'import os, sys; foreign = [os.path.abspath(p) for p in os.environ.pop("PYTHONPATH", '
    '"").split(os.pathsep) if p]; '
    "[sys.path.remove(p) for p in foreign if p in sys.path and not p.startswith((sys.prefix, "
    "os.path.dirname(os.__file__)))]; "
    'os.environ.pop("PYTHONSTARTUP", None)\n'
)
"""What every Python of `.venv` does first: it forgets the folders and the start-up file of other projects. VS
Code starts kernels too, with whatever its shell exports. Python runs such a line of a `.pth` file, and reads
these files in order of their names.
"""


class InstallError(Exception):
    """The environment could not be made. The message says what happened, why, and what to type next."""


@dataclass(frozen=True)
class Stamp:
    """What the environment was made from."""

    root: str
    python: str
    learner: str
    tests: str | None

    @classmethod
    def wanted(cls, dev: bool) -> Stamp:
        """Return the stamp of a complete environment: this clone, the locks as they are now."""
        return cls(
            str(ROOT), python_version(), _digest(LEARNER, PATHS + HOOK), _digest(TESTS) if dev else None
        )

    @classmethod
    def found(cls) -> Stamp | None:
        """Return the stamp of the existing environment; None if it is missing or can't be read."""
        try:
            return cls(**json.loads(STAMP.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write(self) -> None:
        draft = STAMP.with_suffix(".tmp")
        draft.write_text(json.dumps(self.__dict__, indent=1), encoding="utf-8")
        draft.replace(STAMP)


def _digest(path: Path, more: str = "") -> str:
    return hashlib.sha256(path.read_bytes() + more.encode()).hexdigest()


def python_version() -> str:
    """Return the Python version of `.venv` by its own configuration ("3.11"); empty if it doesn't run."""
    try:
        lines = dict(
            line.split(" = ", 1)
            for line in (FOLDER / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
            if " = " in line
        )
    except OSError:
        return ""
    found = ".".join(lines.get("version", lines.get("version_info", "")).split(".")[:2])
    runs = PYTHON.exists() and (FOLDER / "lib" / f"python{found}").is_dir()
    return found if runs else ""


def is_usable() -> bool:
    """Return whether the environment is complete and this clone's, even if it is behind the locks."""
    found = Stamp.found()
    return found is not None and found.root == str(ROOT) and found.python == python_version() != ""


def is_complete(dev: bool = False) -> bool:
    """Return whether everything that the locks name is installed; with `dev`, the test tools too."""
    found, wanted = Stamp.found(), Stamp.wanted(dev)
    return (
        is_usable()
        and found is not None
        and found.learner == wanted.learner
        and (not dev or found.tests == wanted.tests)
    )


def is_inside() -> bool:
    """Return whether this is the environment's own interpreter."""
    return Path(sys.prefix).resolve() == FOLDER.resolve()


def bad_place() -> str:
    """Return why the course can't live in its folder; empty if it can."""
    if not os.access(ROOT, os.W_OK):
        return "can't be written by this user"
    if os.statvfs(ROOT).f_flag & getattr(os, "ST_NOEXEC", 0):
        return "lies on a disk from which no program may be started (mounted noexec)"
    return ""


def bare_checks() -> list[tuple[str, bool, str]]:
    """Return the checks that need no packages, each with its name, whether all is well, and a sentence."""
    free = shutil.disk_usage(ROOT).free
    enough = is_complete() or free > NEEDED_BYTES
    shared = is_complete() and bool(os.environ.get("WORKSHOP_HOME"))  # on a hub: read-only, and meant to be
    bad = "" if shared else bad_place()
    version = ".".join(str(part) for part in sys.version_info[:3])
    folder = f"{ROOT} {bad}; copy it to a folder of your own" if bad else str(ROOT)
    space = f"{free / 1e9:.1f} GB free" + ("" if enough else "; the install needs 1 GB, free some space")
    if is_complete():
        venv = f"complete, Python {python_version()}"
    else:
        venv = f"{'behind the lock file' if is_usable() else 'missing or half-made'}; type: {UP}"
    return [
        ("Python", sys.version_info >= (3, 11), version),
        ("folder", not bad, folder),
        ("disk", enough, space),
        (".venv", is_complete(), venv),
    ]
