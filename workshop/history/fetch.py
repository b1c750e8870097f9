"""Event histories from the server, as plain records: steps, attempts, workers, receipts, bytes.

The history is the only evidence of a run. It has gaps that matter in a picture: ActivityTaskStarted is
written when the activity closes, and for failed attempts only their number and the last error are kept. Until
then, attempts are in the run's description, under Pending Activities. `read` uses both.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse
from temporalio.client import WorkflowHandle

from workshop.history.attempts import Recorder
from workshop.history.book import Book, time_of
from workshop.history.events import ENDINGS, describe, take
from workshop.history.records import Run

KEPT = 64


@dataclass
class _Known:
    """What this process has fetched of a run, and seen of its attempts. A live picture asks several times a
    second, and usually nothing was added.
    """

    events: tuple[HistoryEvent, ...] = ()
    attempts: Recorder = field(default_factory=Recorder)


_known: OrderedDict[str, _Known] = OrderedDict()
"""The latest runs read, by run id."""


async def read(handle: WorkflowHandle[Any, Any]) -> Run:
    """Read the current state of the run of `handle`, with the runs that it continues, and with the attempts
    that this process has seen in earlier looks at it.

    A handle without a run id means the newest run of its workflow; one with a run id means that run.
    Raises temporalio.service.RPCError when there is no such workflow or the server does not answer.
    """
    description = await handle.describe()
    chain = [await _fetch(handle, description.run_id, description.history_length)]
    while (previous := _continued(chain[0])) and len(chain) < KEPT:
        chain.insert(0, await _fetch(handle, previous, None))
    run = from_events([event for known in chain for event in known.events], description.raw_description)
    return chain[0].attempts.add(run)


async def _fetch(handle: WorkflowHandle[Any, Any], run_id: str, length: int | None) -> _Known:
    """Return a run with `length` events, or all of a closed run. Fetch them unless they are known."""
    known = _known.setdefault(run_id, _Known())
    _known.move_to_end(run_id)
    while len(_known) > KEPT:
        _known.popitem(last=False)
    if not (len(known.events) == length or (length is None and _is_complete(known.events))):
        history = await handle._client.get_workflow_handle(handle.id, run_id=run_id).fetch_history()
        known.events = tuple(history.events)
    return known


def _is_complete(events: Sequence[HistoryEvent]) -> bool:
    return bool(events) and events[-1].event_type in ENDINGS


def _continued(known: _Known) -> str:
    """Return the id of the run that this one continues, or an empty text."""
    return known.events[0].workflow_execution_started_event_attributes.continued_execution_run_id


def from_events(
    events: Sequence[HistoryEvent],
    description: DescribeWorkflowExecutionResponse | None = None,
    *,
    read_at: datetime | None = None,
) -> Run:
    """Make the records from events (of one run, or of a chain of runs, oldest first) and the run's
    description, if any.

    `read_at`: when they were fetched; by default now, or without a description the last event's time.
    """
    if not events:
        raise ValueError("A history has at least one event; this one is empty.")
    book = Book()
    for event in events:
        take(book, event)
    if description is not None:
        describe(book, description)
        read_at = read_at or datetime.now(UTC)
    return book.finish(read_at or time_of(events[-1].event_time))
