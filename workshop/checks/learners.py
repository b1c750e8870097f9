"""The learner's own workers during a check: stopped while it runs, and started again after it."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from workshop.checks.findings import Stop
from workshop.errors import LabError
from workshop.processes import process as processes
from workshop.processes.pollers import identity, present
from workshop.processes.record import Record
from workshop.processes.starter import recorded
from workshop.processes.workers import hand_over

if TYPE_CHECKING:
    from workshop.lab import Lab


class LearnersWorkers:
    """The workers on the check's queue that are the learner's."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._stopped: list[Record] = []

    async def stop(self, queue: str, checks_own: set[int]) -> None:
        """Stop them, but not `checks_own`. Raises Stop if a worker from elsewhere polls the queue."""
        folder = str(self._lab.folder)
        for record in recorded():
            if record.queue == queue and record.folder == folder and record.pid not in checks_own:
                if process := record.process():
                    await asyncio.to_thread(processes.stop, process, signal.SIGINT)
                self._stopped.append(record)
        polling = set(present(await asyncio.to_thread(self._lab._pollers, queue)))
        if strangers := polling - {identity(pid) for pid in checks_own}:
            raise Stop(
                f"no other worker on {queue}, so that the check knows which one to kill",
                f"another one polls it: process {', '.join(name.partition('@')[0] for name in strangers)}",
                "Stop it where it was started (Ctrl+C in its terminal), then run this cell again.",
            )

    async def give_back(self) -> None:
        """Start the learner's worker again."""
        troubles = []
        for record in self._stopped:
            try:
                worker = await asyncio.to_thread(
                    self._lab.worker, record.file, name=record.name, queue=record.queue, env=record.env
                )
                hand_over(record, worker.record)  # the learner's `worker` now means the new process
            except LabError as error:  # the next one may start
                troubles.append(f"{record.name}: {error}")
        if troubles:
            raise LabError("\n".join(troubles))
