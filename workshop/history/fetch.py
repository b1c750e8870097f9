"""Event histories from the server, as plain records: steps, attempts, workers, receipts, bytes.

The history is the only evidence of a run. It has gaps that matter in a picture: ActivityTaskStarted is
written when the activity closes, and for failed attempts only their number and the last error are kept. Until
then, attempts are in the run's description, under Pending Activities. `read` uses both.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse
from temporalio.client import WorkflowExecutionDescription, WorkflowHandle

from workshop.history.book import time_of
from workshop.history.reader import ENDINGS, Reader
from workshop.history.records import (
    Run,
)

KEPT = 64
_fetched: OrderedDict[str, tuple[HistoryEvent, ...]] = OrderedDict()
"""The latest histories fetched, by run id. A live picture asks several times a second, and usually nothing
was added.
"""


async def read(handle: WorkflowHandle[Any, Any]) -> Run:
    """Read the current state of the run of `handle`, with the runs that it continues.

    A handle without a run id means the newest run of its workflow; one with a run id means that run.
    Raises temporalio.service.RPCError when there is no such workflow or the server does not answer.
    """
    description = await handle.describe()
    chain = [await _history(handle, description.run_id, description.history_length)]
    while (previous := _started(chain[0]).continued_execution_run_id) and len(chain) < KEPT:
        chain.insert(0, await _history(handle, previous, None))
    return from_events([event for events in chain for event in events], description)


async def _history(
    handle: WorkflowHandle[Any, Any], run_id: str, length: int | None
) -> tuple[HistoryEvent, ...]:
    """Return the events of a run, from the cache if it holds `length` events, or (with None) if it holds all
    of a closed run.
    """
    known = _fetched.get(run_id, ())
    if not (len(known) == length or (length is None and _is_complete(known))):
        client = handle._client
        history = await client.get_workflow_handle(handle.id, run_id=run_id).fetch_history()
        known = _fetched[run_id] = tuple(history.events)
    _fetched.move_to_end(run_id)
    while len(_fetched) > KEPT:
        _fetched.popitem(last=False)
    return known


def _is_complete(events: Sequence[HistoryEvent]) -> bool:
    return (
        bool(events)
        and (events[-1].WhichOneof("attributes") or "").removesuffix("_event_attributes") in ENDINGS
    )


def from_events(
    events: Sequence[HistoryEvent],
    description: WorkflowExecutionDescription | DescribeWorkflowExecutionResponse | None = None,
    *,
    read_at: datetime | None = None,
) -> Run:
    """Make the records from events (of one run, or of a chain of runs, oldest first) and the run's
    description, if any.

    `read_at`: when they were fetched; by default now, or without a description the last event's time.
    """
    if not events:
        raise ValueError("A history has at least one event; this one is empty.")
    raw = (
        description.raw_description if isinstance(description, WorkflowExecutionDescription) else description
    )
    reader = Reader()
    for event in events:
        reader.take(event)
    if raw is not None:
        reader.describe(raw)
        read_at = read_at or datetime.now(UTC)
    return reader.finish(read_at or time_of(events[-1].event_time))


def _started(events: Sequence[HistoryEvent]) -> Any:
    return events[0].workflow_execution_started_event_attributes
