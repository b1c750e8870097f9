"""Private files: `.env` may hold a key, and `.lab/` and my_work/ hold what was asked and answered.

The course writes everything without permissions for others: `workshop/__init__.py` sets the umask. `close` is
for what an earlier version of the course or another program has left there. Notebooks keep the permissions of
the clone.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO
FOLDERS = (".lab", "my_work", "my_work-*")
ENVIRONMENTS = (".venv", "venv-*", "old-venv")
"""Nobody can reach these inside a closed folder, and they hold thousands of files."""


def close(home: Path) -> None:
    """Remove everybody's permissions except the owner's, where they can be changed."""
    for path in _private(home):
        with suppress(OSError):
            mode = path.stat().st_mode
            if mode & OTHERS and (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                path.chmod(stat.S_IMODE(mode) & ~OTHERS)


def publish(folder: Path) -> None:
    """Let everybody read a folder that was made for others: a pack, a site."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            with suppress(OSError):  # a stick's file system may have no permissions
                path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))


def readers(path: Path) -> str:
    """Return a file's permissions as `ls` shows them, if others can reach it; empty if they can't."""
    mode = path.stat().st_mode
    return stat.filemode(mode) if mode & OTHERS else ""


def keeps_rights(folder: Path) -> bool:
    """Return whether a file system keeps permissions: a Windows disk under WSL may not."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".rights-") as probe:
        return not os.fstat(probe.fileno()).st_mode & OTHERS


def _private(home: Path) -> Iterator[Path]:
    """Yield what to close, folders first: nobody can reach what is in a closed one."""
    yield from (path for path in home.glob(".env*") if path.name != ".env.sample" and path.is_file())
    roots = [root for pattern in FOLDERS for root in home.glob(pattern) if root.is_dir()]
    yield from roots
    for root in roots:
        for folder, names, files in os.walk(root):
            inside = [Path(folder, name) for name in (*names, *files)]
            yield from (path for path in inside if not path.is_symlink())
            names[:] = [
                path.name for path in inside if path.name in names and not any(map(path.match, ENVIRONMENTS))
            ]
