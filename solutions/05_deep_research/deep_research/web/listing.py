"""The list of all research runs, newest first."""

import asyncio
import time
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress

from temporalio.client import Client, WorkflowExecution

from deep_research.models import Stage
from deep_research.web.errors import Problem
from deep_research.web.forms import SessionLine, SessionPage
from deep_research.web.health import Health
from deep_research.web.outcomes import state_of
from deep_research.workflows.research_workflow import InteractiveResearchWorkflow as Research

NAME = "InteractiveResearchWorkflow"
OURS = f"WorkflowType = '{NAME}' AND WorkflowId STARTS_WITH 'research-'"
MOST_LISTED = 5_000
KEPT_S = 2.0
"""How long the list, and the stage of an open research in it, may be old."""
STAGE_WITHIN_S = 1.0


class Listing:
    """Temporal lists open runs before closed ones, by the time of their end. This reads them all and sorts them."""

    def __init__(self, client: Client, health: Health) -> None:
        self.client, self.health = client, health
        self.lines: list[SessionLine] = []
        self.read_at = float("-inf")
        self.reading = asyncio.Lock()
        self.stages: dict[str, tuple[float, Stage | None]] = {}
        self.deleted: set[str] = set()

    async def page(self, limit: int, cursor: str | None, words: str) -> SessionPage:
        """A page after `cursor`, of the research runs whose query has all these words.

        A new one shows after a moment: Temporal's index lags behind its histories.
        """
        after = after_of(cursor) if cursor else None
        found = [line for line in await self._all() if has(line, words) and (after is None or key(line) < after)]
        shown = found[:limit]
        stages = await asyncio.gather(*(self._stage(line) for line in shown))
        lines = [line.model_copy(update={"stage": stage}) for line, stage in zip(shown, stages, strict=True)]
        return SessionPage(sessions=lines, next_cursor=cursor_of(shown[-1]) if len(found) > limit else None)

    async def _all(self) -> list[SessionLine]:
        async with self.reading:  # one reads for all who ask at the same time
            if time.monotonic() - self.read_at > KEPT_S:
                self.lines = sorted(await self.health.guard(self._read(), needs_worker=False), key=key, reverse=True)
                self.read_at = time.monotonic()
        return [line for line in self.lines if line.session_id not in self.deleted]

    async def _read(self) -> list[SessionLine]:
        found = self.client.list_workflows(OURS, page_size=1_000, limit=MOST_LISTED)
        return [await line_of(one) async for one in found]

    async def _stage(self, line: SessionLine) -> Stage | None:
        """How far an open research run is. Without a worker, or with a busy one, nobody knows: then the list goes without it."""
        if line.state != "running" or self.health.missing.value:
            return None
        at, stage = self.stages.get(line.session_id, (float("-inf"), None))
        if time.monotonic() - at > KEPT_S:
            query = self.client.get_workflow_handle(line.session_id).query(Research.get_status)
            with suppress(Exception):  # whatever is wrong with it, its own page says so
                stage = (await self.health.guard(query, within_s=STAGE_WITHIN_S)).status
            self.stages[line.session_id] = time.monotonic(), stage
        return stage

    def forget(self, session_id: str) -> None:
        """Leave out what was deleted, before Temporal's index does."""
        self.deleted.add(session_id)
        self.stages.pop(session_id, None)


async def line_of(one: WorkflowExecution) -> SessionLine:
    return SessionLine(
        session_id=one.id,
        query=await one.memo_value("query", "", type_hint=str),
        state=state_of(one.status),
        started=one.start_time,
        ended=one.close_time,
    )


def has(line: SessionLine, words: str) -> bool:
    text = f"{line.query} {line.session_id}".lower()
    return all(word in text for word in words.lower().split())


def key(line: SessionLine) -> tuple[str, str]:
    return line.started.isoformat(), line.session_id


def cursor_of(line: SessionLine) -> str:
    """The place after a line, for an address. It holds when others are added or deleted."""
    text = " ".join(key(line)).encode()
    return urlsafe_b64encode(zlib.crc32(text).to_bytes(4) + text).decode()


def after_of(cursor: str) -> tuple[str, ...]:
    with suppress(ValueError):
        data = urlsafe_b64decode(cursor)
        if data[:4] == zlib.crc32(data[4:]).to_bytes(4):
            return tuple(data[4:].decode().split(" "))
    raise Problem(422, "This is not a cursor. Take next_cursor from the page before.")
