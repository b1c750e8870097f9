"""The faults of a check. The learner's own are off meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workshop.lab import Lab

STATE = ("kind", "times", "seconds", "remaining_times", "remaining_seconds", "set_at")
"""What is told of a fault beside its details: what it is, and how much of it is left."""


class TrialFaults:
    """The faults of the model's endpoint and of the weather service during a check."""

    def __init__(self, lab: Lab) -> None:
        self._services = {"model": lab.gateway, "weather": lab.weather}
        self._learners: list[tuple[str, dict[str, Any]]] = []

    async def take_over(self) -> None:
        """Note the faults that are on, and switch them off. Raises LabError if a service is down."""
        for on, service in self._services.items():
            if faults := await asyncio.to_thread(service.faults):
                self._learners += [(on, fault) for fault in faults]
                await asyncio.to_thread(service.clear_faults)

    async def switch_on(self, kind: str, on: str, details: dict[str, Any]) -> None:
        """Switch on a fault of the check."""
        await asyncio.to_thread(self._services[on].fault, kind, **details)

    async def clear(self) -> None:
        """Switch off the check's faults."""
        for service in self._services.values():
            await asyncio.to_thread(service.clear_faults)

    async def give_back(self) -> None:
        """Switch the learner's faults on again."""
        for on, fault in self._learners:
            kept = {name: value for name, value in fault.items() if name not in STATE}
            left = {"times": fault["remaining_times"], "seconds": fault["remaining_seconds"]}
            await self.switch_on(fault["kind"], on, kept | left)
