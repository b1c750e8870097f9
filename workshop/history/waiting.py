"""How long each open run has waited for a person, and what the wait cost.

The event history tells, so no worker is needed. A Query would need one, and would hang without it.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from temporalio.client import Client, WorkflowExecution

from workshop import history
from workshop.history.records import Run
from workshop.words import count, duration_text, shorten

LOOKED_AT = 5
"""How many open runs are read, newest first: a first cell must be quick."""


@dataclass(frozen=True)
class OpenRun:
    """A run that is still open. `waiting_since`: since when only a message can move it; None if busy."""

    workflow_id: str
    about: str = ""
    waiting_since: datetime | None = None

    def text(self, calls_since: Callable[[str, datetime], int]) -> str:
        """Describe the run on one line. `calls_since` counts a workflow's model calls since a time."""
        name = f"{self.workflow_id} (“{shorten(self.about, 60)}”)" if self.about else self.workflow_id
        if self.waiting_since is None:
            return name
        waited = duration_text((datetime.now(UTC) - self.waiting_since).total_seconds())
        calls = calls_since(self.workflow_id, self.waiting_since)
        return f"{name} waited for you: {waited}, {count(calls, 'model call')}"


def waiting_since(run: Run) -> datetime | None:
    """Return since when only a message can move an open run; None if it has something else to do."""
    if not run.is_open or not run.workflow_tasks or run.workflow_tasks[-1].state != "completed":
        return None
    if any(step.is_open for step in run.steps):
        return None
    return run.events[-1].time


async def runs_of(client: Client, queue: str, condition: str = "") -> AsyncIterator[WorkflowExecution]:
    """Yield the runs of a task queue, the open ones first.

    Compare a name with a quotation mark or a backslash here: the server would not find it.
    """
    conditions = [condition, f'TaskQueue="{queue}"' if re.fullmatch(r"[\w .:/-]+", queue) else ""]
    async for execution in client.list_workflows(" AND ".join(filter(None, conditions))):
        if execution.task_queue == queue:
            yield execution


async def look(client: Client, queue: str) -> list[OpenRun]:
    """Return the open runs of a task queue, newest first."""
    found: list[OpenRun] = []
    async for execution in runs_of(client, queue, "ExecutionStatus='Running'"):
        found.append(await _look_at(client, execution) if len(found) < LOOKED_AT else OpenRun(execution.id))
    return found


async def _look_at(client: Client, execution: WorkflowExecution) -> OpenRun:
    run = await history.read(client.get_workflow_handle(execution.id, run_id=execution.run_id))
    about = await execution.memo_value("query", "")
    return OpenRun(execution.id, about if isinstance(about, str) else "", waiting_since(run))
