"""What to say and to type when a stranger holds one of our ports."""

from __future__ import annotations

from pathlib import Path

from workshop.config import where_to_set
from workshop.errors import LabError
from workshop.processes import process as processes
from workshop.processes import second_copy
from workshop.processes.health import Health
from workshop.processes.record import mark_of
from workshop.processes.service import NeverShared, Port, Service


def taken(home: Path, service: Service, port: Port, health: Health) -> LabError:
    """Return the error for a port that a stranger holds."""
    holder = processes.listener(port.number)
    copy = second_copy.other_copy(service.name, home, mark_of(holder) if holder else "")
    if copy := copy or (health.detail if health.ok and health.ours is False else ""):
        return NeverShared(
            f"{service.title}: port {port.number} is held by the {service.name} of another copy of the "
            f"course ({copy}).\n"
            "Two copies never share one. Type `python3 -m workshop down` there, or give this copy ports of "
            "its own: `python3 -m workshop up` shows the lines for .env."
        )
    if port == service.ports[0] and service.explain and (said := service.explain(holder)):
        return NeverShared(f"{service.title}: {said}")
    return LabError(
        f"{service.title}: port {port.number} is held by {processes.describe(holder)}.\n"
        f"Stop that, or move ours: {where_to_set(home, port.variable)} "
        f"{port.variable}={_free_port(port.number)}.\n"
        "Then type `python3 -m workshop up` again."
    )


def _free_port(taken: int) -> int:
    """Return a free port near a taken one, to name in a message."""
    return next(
        (port for port in range(taken + 1000, taken + 1100) if not processes.is_port_held(port)), taken + 1000
    )
