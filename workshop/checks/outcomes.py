"""What became of a run or a script of the learner."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowFailureError, WorkflowHandle

from workshop import history
from workshop.checks import looks
from workshop.checks.findings import Stop
from workshop.checks.needs import still_empty, unfilled
from workshop.history import Run

STUCK_S = 3.0
"""How long a workflow task must keep failing to count as stuck, in seconds. A new worker with other code may
still help it.
"""


@dataclass(frozen=True)
class Outcome:
    """How a run ended, or its state when the time was up."""

    handle: WorkflowHandle[Any, Any]
    run: Run
    result: Any = None
    error: str | None = None
    """Why the run failed, or why its workflow task keeps failing while its status is Running."""
    look: str = ""
    """Where to look next, if the run did not complete."""

    @property
    def status(self) -> str:
        """The run's status: Completed, Failed, Running, and so on."""
        return self.run.status

    @property
    def completed(self) -> bool:
        return self.status == "Completed"


@dataclass(frozen=True)
class Script:
    """A script of the learner that has ended. `exit_code` is negative for a signal."""

    output: str
    exit_code: int | None

    @property
    def last_line(self) -> str:
        """The last line that it printed. For a traceback, the line that names the error."""
        return next((line for line in reversed(self.output.splitlines()) if line.strip()), "")


async def outcome_of(handle: WorkflowHandle[Any, Any], folder: Path, within: float) -> Outcome:
    """Wait until a run closes, until its workflow task has kept failing for 3 s, or for `within` seconds.
    `folder`: the learner's files. Raises Stop for an unfilled stub.
    """
    deadline = time.monotonic() + within
    stuck_until = float("inf")
    while True:
        run = await history.read(handle)
        stuck = run.stuck
        stuck_until = min(stuck_until, time.monotonic() + STUCK_S) if stuck else float("inf")
        if not run.is_open or time.monotonic() > min(deadline, stuck_until):
            break
        for step in run.steps:
            stop_at_stub(step.last_failure or "")
        stop_at_stub(stuck.failure or "" if stuck else "")
        await asyncio.sleep(0.1)
    if run.status == "Completed":
        return Outcome(handle, run, await handle.result())
    error = stuck.failure if stuck else None
    if run.failed:
        error = run.result
        with suppress(WorkflowFailureError):
            await handle.result()
    stop_at_stub(error or "")
    return Outcome(handle, run, error=error, look=looks.where(run, folder))


def stop_at_stub(text: str, where: str = "") -> None:
    """Raise Stop if a text (an output, a failure) comes from an unfilled stub."""
    if hint := unfilled(text):
        finding = still_empty(hint, where)
        raise Stop(finding.expected, finding.seen, finding.look)
