"""Free ports for a copy of the course that runs beside another one."""

from __future__ import annotations

from pathlib import Path

from workshop.config import Settings
from workshop.processes import process as processes

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
    return folder if service == name and folder != str(home) else ""
