"""Copies of what somebody wrote, made before one of our commands replaces it."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

FOLDER = Path("my_work") / "kept"
RELOAD = (
    "Is one open in JupyterLab? There: File, Reload Notebook from Disk. Saving the old page would bring the "
    "old one back."
)


def keep(path: Path, name: str | Path, home: Path) -> Path:
    """Copy a file to `my_work/kept/<date>-<time>/<name>` of a home and return the copy. Never overwrite an
    earlier one.

    Raises OSError if there is no space or no permission; then nothing may replace the file.
    """
    stamp, number = time.strftime("%Y%m%d-%H%M%S"), 1
    while (target := home / FOLDER / (stamp if number == 1 else f"{stamp}-{number}") / name).exists():
        number += 1
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.tmp")
    shutil.copy2(path, draft)
    draft.replace(target)
    return target


def put(data: bytes, path: Path) -> None:
    """Write a file in one step: nobody ever sees half of it. A link is replaced, not followed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.tmp")
    draft.write_bytes(data)
    draft.replace(path)
