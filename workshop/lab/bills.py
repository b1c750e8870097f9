"""The model calls of a lesson: under way, on the bill, in the history."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass
from typing import Any

from temporalio.client import WorkflowHandle

from workshop import history
from workshop.errors import LabError
from workshop.lab.programs import Programs
from workshop.processes.pollers import identity
from workshop.processes.workers import Process
from workshop.show import Table
from workshop.workspace import crash_cost, receipts

Caller = WorkflowHandle[Any, Any] | Process
"""The maker of a model call: a run, given by its handle, or a process outside any run."""


def made_by(row: dict[str, Any], caller: Caller) -> bool:
    """Return whether a row of the bill, or a call in flight, belongs to this run or process."""
    if isinstance(caller, Process):
        return bool(crash_cost.by_process([row], caller))
    return bool(row["workflow"] == caller.id)


@dataclass(frozen=True)
class InFlight:
    """A model call that is being answered. `started` in epoch seconds."""

    started: float
    receipt: str

    def __repr__(self) -> str:
        return f"a model call has been under way for {max(time.time() - self.started, 0.0):.1f} s"


class Bills(Programs):
    """The methods of `Lab` about model calls and what they cost."""

    async def model_call_in_flight(
        self,
        *of: Caller,
        for_s: float = 0.0,
        timeout: float = 30.0,  # noqa: ASYNC109 (a bound, not a cancellation)
    ) -> InFlight:
        """Wait until each of these runs (by handle) and processes has had a model call under way for `for_s`
        seconds. If none is given, wait for a call of this notebook. Other notebooks' calls don't count.

        Raises LabError if there is none within `timeout` seconds.
        """
        # an unnamed call may be this notebook's
        own = set() if of else {None, *await asyncio.to_thread(self.own_processes)}
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            live = [
                call
                for call in await asyncio.to_thread(self.gateway.in_flight)
                if time.time() - call["started"] >= for_s
            ]
            found = [[call for call in live if made_by(call, one)] for one in of] or [
                [call for call in live if call["process"] in own]
            ]
            if all(found):
                return InFlight(found[-1][0]["started"], found[-1][0]["receipt"])
            await asyncio.sleep(0.05)
        raise LabError(
            f"No model call was under way for {for_s:.1f} s (looked for {timeout:.0f} s).\n"
            "Is a worker running, and is the run "
            "still open? Look at the picture, await lab.picture(handle), and at worker.tail()."
        )

    def own_processes(self) -> set[str]:
        """Return this lesson's processes, each as a worker's identity, process@host: its kernel, what that
        started, and pollers of its task queue, even in a terminal.
        """
        own = {identity(pid) for pid in (os.getpid(), *self._starter.launched)}
        return own | set(self.pollers() if self._queue() else ())

    def calls(self, of: Caller, since: float = 0.0) -> list[dict[str, Any]]:
        """Return the bill's rows for one process, or for one workflow by its handle, oldest first."""
        return [row for row in self.gateway.bill(since)["rows"] if made_by(row, of)]

    def bill(self, since: float = 0.0) -> Table:
        """Return every model call since a moment (epoch seconds): who made it, what it would have cost."""
        return receipts.bill(self.gateway.bill(since), self.settings.is_practice)

    async def receipts(self, handle: WorkflowHandle[Any, Any]) -> receipts.Receipts:
        """Return the receipts in a run's event history, checked against the bill."""
        run = await history.read(handle)
        bill = await asyncio.to_thread(self.gateway.bill, run.started.timestamp() - 1)
        return receipts.compare(run, bill["rows"])

    async def compare_bills(
        self, handle: WorkflowHandle[Any, Any], plain: tuple[Process, Process]
    ) -> crash_cost.SideBySide:
        """Return the same crash side by side: a run whose worker was killed, and a plain agent that was
        killed and run again.

        `plain`: the plain agent's two processes. Compare once both agents have answered.
        """
        run = await history.read(handle)
        since = min(run.started.timestamp(), plain[0].record.create_time) - 1
        bill = await asyncio.to_thread(self.gateway.bill, since)
        return crash_cost.side_by_side(run, *plain, bill["rows"], self._starter.keeper.deaths())

    async def bill_from_history(self, handle: WorkflowHandle[Any, Any]) -> crash_cost.FromHistory:
        """Return what a run's crashes and retries may have cost, from its event history alone."""
        return crash_cost.from_history(await history.read(handle))
