"""Damaged SQLite files in `.lab/`: each is set aside and kept, and whoever needs it begins a new one."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
MARK = ".damaged-"
BESIDE = ("", "-wal", "-shm")
"""What a database consists of: the file, what was written last, and an index of that."""


def damage(path: Path) -> str:
    """Return what is wrong with a database file; empty if nothing is, or if there is none."""
    wal = _beside(path, "-wal")
    if not path.exists():
        return f"only {wal.name} is left of it" if wal.exists() and wal.stat().st_size else ""
    if not any(_beside(path, end).exists() and _beside(path, end).stat().st_size for end in BESIDE[:2]):
        return "it is empty"
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=1.0)) as database:
            found = str(database.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.DatabaseError as error:
        return str(error) if is_damage(error) else ""  # a file in use can't be judged
    return "" if found == "ok" else found.splitlines()[-1]


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether an error says that the file itself is broken."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGE


def set_aside(path: Path) -> Path:
    """Rename a database that nobody has open. Return its new name, or that of what is left of it."""
    target = path.with_name(f"{path.name}{MARK}{time.strftime('%Y%m%d-%H%M%S')}")
    for end in BESIDE:
        if _beside(path, end).exists():
            _beside(path, end).replace(_beside(target, end))
    return next(kept for end in BESIDE if (kept := _beside(target, end)).exists())


def kept(folder: Path) -> list[Path]:
    """Return the databases in a folder that were set aside, oldest first."""
    return sorted(path for path in folder.glob(f"*{MARK}*") if not path.name.endswith(BESIDE[1:]))


def _beside(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)
