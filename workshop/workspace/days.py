"""Days that pass for one run: the server's time skipping, which is experimental."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from workshop.errors import LabError
from workshop.words import duration_text

PATIENCE_S = 20.0
"""How long the server may take to skip, in seconds. It waits while an activity or a workflow task is open."""


async def fast_forward(handle: WorkflowHandle[Any, Any], days: timedelta) -> bool:
    """Let time pass for one run, at once. Return whether the run is still open afterward.

    Raises LabError if the server can't: it is an older one, or the run has ended, or is busy.
    """
    skipper = TimeSkipper(handle._client, config=TimeSkippingConfig(enabled=False))
    try:
        return await asyncio.wait_for(skipper.fast_forward(handle, days), PATIENCE_S)
    except TimeoutError as error:
        raise LabError(
            f"No time was skipped within {PATIENCE_S:.0f} s: {handle.id} is busy. The server skips only "
            "while a run does "
            "nothing but wait.\nIs a worker running, and is the run waiting? Look: await lab.picture(handle)"
        ) from error
    except RPCError as error:
        raise LabError(why(handle.id, error, days)) from error


def why(workflow_id: str, error: RPCError, days: timedelta) -> str:
    """Return why a run's time could not be skipped, and what to do."""
    if "not enabled" in error.message:
        return (
            "This Temporal server was started before the course could skip time.\n"
            "Type in a terminal: python3 -m workshop down, then python3 -m workshop up --no-lab. No run is "
            "lost."
        )
    return (
        f"{duration_text(days.total_seconds())} can't pass for {workflow_id}: {error.message}.\n"
        "Only an open run can wait. Start another one, then run this cell again."
    )
