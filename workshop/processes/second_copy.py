"""Free ports for a copy of the course that runs beside another one."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import psutil

from workshop.config import Settings
from workshop.processes import process as processes
from workshop.processes.record import home_of, is_same

STEP = 10
"""Wider than the gap between any two of our neighboring ports: a moved set never meets the usual one."""


def spare() -> dict[str, int]:
    """Return a port that is free now for each of the course's port variables, all moved by the same step."""
    usual = {
        name: int(field.default) for name, field in Settings.model_fields.items() if name.endswith("_port")
    }
    for step in range(STEP, 100 * STEP, STEP):
        moved = {name.upper(): port + step for name, port in usual.items()}
        if not any(map(processes.is_port_held, moved.values())):
            break
    return moved


def lines(home: Path) -> str:
    """Return what to put into `.env` to give this copy its own ports, all of them."""
    values = [f"    {name}={port}" for name, port in spare().items()]
    values.append("    TEMPORAL_ADDRESS=127.0.0.1:${TEMPORAL_PORT}")
    return (
        f"Ports for this copy, all free now. Put these lines at the top of {home / '.env'}, and take out "
        "older ones of the same names:\n\n" + "\n".join(values)
    )


def other_copy(name: str, home: Path, holder_mark: str) -> str:
    """Return the folder of another copy of the course whose service has this mark and name; else empty."""
    service, _, folder = holder_mark.partition("@")
    return folder if service == name and not is_same(folder, str(home)) else ""


def owner(home: Path, holder: psutil.Process) -> str:
    """Return the folder of another copy of the course that a process works for; empty if none is known.

    Its answers don't tell: a copied folder has the same database and the same token. Its mark does, and the
    files that it has open.
    """
    folders = [home_of(holder)]
    with suppress(psutil.Error):
        opened = [holder.cwd(), *(file.path for file in holder.open_files())]
        folders += [path.partition("/.lab")[0] for path in opened if "/.lab" in path]
    known = next(filter(None, folders), str(home))
    return "" if is_same(known, str(home)) else known
