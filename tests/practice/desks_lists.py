"""Desks of which several things are asked at once, and which return lists."""

from __future__ import annotations

from typing import Any, Literal

from playing import Desk


def flag_state(flag: str, environment: Literal["dev", "staging", "production"]) -> str:
    """Tell whether a feature flag is on.

    Args:
        flag: Name of the flag, such as new_menu.
        environment: Where to look.
    """
    return "on" if environment == "dev" else "off"


def set_flag(flag: str, environment: Literal["dev", "staging", "production"], on: bool) -> str:
    """Switch a feature flag on or off.

    Args:
        flag: Name of the flag, such as new_menu.
        environment: Where to switch it.
        on: Whether the flag is to be on.
    """
    return f"{flag} is switched in {environment}."


FLAGS = Desk("Flags", "You know our feature flags.", [flag_state, set_flag])


def convert_length(
    value: float, source: Literal["cm", "inch", "foot"], target: Literal["cm", "inch", "foot"]
) -> str:
    """Convert a length.

    Args:
        value: The length.
        source: Unit of the value.
        target: Unit to convert to.
    """
    return "12.7"


LENGTHS = Desk("Lengths", "You convert lengths.", [convert_length])


def find_lines(service: str) -> dict[str, Any]:
    """Find the errors in the log of a service.

    Args:
        service: Name of the service, such as checkout.
    """
    lines = [
        {"minutes_ago": 12, "message": "card reader timed out"},
        {"minutes_ago": 25, "message": "retry failed"},
    ]
    lines = lines if service == "checkout" else lines[1:]
    return {"service": service, "count": len(lines), "lines": lines}


LOGS = Desk("Logs", "You read logs.", [find_lines])
