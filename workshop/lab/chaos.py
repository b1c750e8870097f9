"""Chaos: killing a lesson's worker at random moments while a run goes on."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from temporalio.client import WorkflowHandle

from workshop import history, timeline
from workshop.errors import LabError
from workshop.history.records import Run
from workshop.processes.workers import Worker
from workshop.words import count
from workshop.workspace import waits
from workshop.workspace.receipts import Receipts

LIFE_S = (0.8, 4.0)
"""The shortest and the longest time that a worker lives before it is killed, in seconds."""
GONE_S = (0.1, 1.0)
"""The shortest and the longest time without a worker after a kill, in seconds."""
SPARED_ATTEMPTS = 2
"""How many of the attempts that a model call's retry policy allows are never killed. Without them the run
would fail, as it should, and the test would say nothing about crashes.
"""
FINISH_S = 90.0


@dataclass(frozen=True)
class Chaos:
    """The result. `moments`: for each kill, the seconds since the start and the model calls under way."""

    moments: tuple[tuple[float, int], ...]
    status: str
    receipts: Receipts
    worker: Worker

    @property
    def kills(self) -> int:
        return len(self.moments)

    @property
    def survived(self) -> bool:
        """Whether the run completed and no recorded model call was made again."""
        return self.status == "Completed" and not self.receipts.repeated

    def __repr__(self) -> str:
        bill = self.receipts
        return (
            f"{count(self.kills, 'kill')} · run {self.status.lower()} · "
            f"{count(len(bill.recorded), 'model call')} recorded, "
            f"recorded and made again {len(bill.repeated)} · wasted in flight {len(bill.wasted)}\n"
            f"The worker {'runs: process ' + str(self.worker.pid) if self.worker.alive else 'does not run'}"
        )


async def chaos(
    handle: WorkflowHandle[Any, Any],
    worker: Worker,
    receipts: Callable[[WorkflowHandle[Any, Any]], Awaitable[Receipts]],
    in_flight: Callable[[], Sequence[Any]],
    deaths: Callable[[], list[tuple[datetime, int]]],
    *,
    seconds: float,
    seed: int | None = None,
) -> Chaos:
    """Kill `worker` at random for `seconds`, start it again, then let the run finish; see `Lab.chaos`."""
    known, moments, chance, began = deaths(), list[tuple[float, int]](), random.Random(seed), time.monotonic()
    watching = asyncio.create_task(
        timeline.watch(handle, until=_unfit, timeout=seconds + FINISH_S, deaths=known)
    )

    async def kill() -> None:
        # for a while, the server still counts a dead worker's calls
        under_way = len(await asyncio.to_thread(in_flight))
        moments.append((time.monotonic() - began, under_way))
        calls = "nothing" if not under_way else count(under_way, "model call")
        print(f"{moments[-1][0]:5.1f} s  kill {len(moments)}: process {worker.pid}, under way: {calls}")
        await asyncio.to_thread(worker.crash, quietly=True)
        known[:] = deaths()
        await asyncio.sleep(chance.uniform(*GONE_S))
        await asyncio.to_thread(worker.restart, quietly=True)

    try:
        while (left := began + seconds - time.monotonic()) > 0 and not watching.done():
            await asyncio.wait([watching], timeout=min(left, chance.uniform(*LIFE_S)))
            run = await history.read(handle)
            if not run.is_open or _unfit(run) or time.monotonic() - began >= seconds:
                break
            if _may_kill(run):
                await kill()
        if not worker.alive:
            await asyncio.to_thread(worker.restart, quietly=True)
        run = await watching
    finally:
        watching.cancel()
    if run.is_open:
        raise _still_open(run)
    return Chaos(tuple(moments), run.status, await receipts(handle), worker)


def _still_open(run: Run) -> LabError:
    _, text, cure = waits.why(run) or waits.Reason("", "It is still at work")
    return LabError(
        f"The kills are over, and the run is still open.\n{text}\n{cure}".rstrip()
        + "\nThis run in the Web UI: lab.web_ui(handle)"
    )


def _unfit(run: Run) -> bool:
    """Return whether the run no longer fits the worker's code: then only a change of the code can move it."""
    return bool(run.stuck and waits.OTHER_CODE in (run.stuck.failure or ""))


def _may_kill(run: Run) -> bool:
    """Return whether every open activity has more attempts left than the spared ones."""
    for step in run.activities:
        most = step.retries.maximum_attempts if step.retries else 0
        if step.is_open and most and step.attempts >= most - SPARED_ATTEMPTS:
            return False
    return True
