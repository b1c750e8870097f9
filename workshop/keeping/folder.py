"""The files of an application in a folder: a lesson's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def files(folder: Path) -> Iterator[Path]:
    """The files of an application below a folder, in order. Left out: `.venv` and the like, bytecode, exercises."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__")) and name != "exercise")
        yield from (Path(parent, name) for name in sorted(names) if not name.startswith("."))


def modules(folder: Path) -> list[Path]:
    """The Python files of an application, those of its packages too."""
    return [path for path in files(folder) if path.suffix == ".py"]
