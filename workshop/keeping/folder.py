"""The files of a lesson's application."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def files(folder: Path) -> Iterator[Path]:
    """Yield an application's files in order, without `.venv` and the like, bytecode, and exercises."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if not name.startswith((".", "__")) and name != "exercise"
        )
        yield from (Path(parent, name) for name in sorted(names) if not name.startswith("."))


def modules(folder: Path) -> list[Path]:
    """Return the Python files of an application, including those of its packages."""
    return [path for path in files(folder) if path.suffix == ".py"]
