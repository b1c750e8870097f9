"""Whether Temporal and a worker are there: looked at all the time, so that no call has to find it out the slow way."""

import asyncio
import logging
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

from temporalio.client import Client, RPCTimeoutOrCancelledError
from temporalio.service import RPCError, RPCStatusCode

from deep_research.connection import reports
from deep_research.web.errors import Missing, Problem, TooSlow, Unavailable
from deep_research.web.newest import Newest

T = TypeVar("T")

EVERY_S = 0.5
WITHIN_S = 3.0
"""How long a look may take. One that takes longer says that the machine is busy, not that something is gone."""
PRESENT_S = 3.0
"""A worker is there for so long after each new report. Ours report once a second."""
PATIENCE_S = 8.0
"""Temporal counts as missing when it has not answered anything for so long, unless nobody listens at its address at all."""
BUSY = (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED, RPCStatusCode.RESOURCE_EXHAUSTED)
TROUBLE = (RPCStatusCode.UNKNOWN, RPCStatusCode.INTERNAL, RPCStatusCode.ABORTED)


class Health:
    """`missing` is what has to be started; None when all is there."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self.client, self.task_queue = client, task_queue
        self.missing: Newest[Missing | None] = Newest("temporal")
        self.heard: dict[Missing, float] = {}
        """When Temporal and a worker last answered."""
        self.reports: set[int] | None = None
        self.reported = float("-inf")
        """When there was last a new report among them: by our clock, for theirs may differ from it."""

    async def watch(self) -> None:
        """Look again and again, until `stop`."""
        while self.missing.value != "server":
            await self.look()
            await asyncio.sleep(EVERY_S)

    async def look(self) -> None:
        found = await self._look()
        if self.missing.value != "server":
            self.missing.set(found)

    async def _look(self) -> Missing | None:
        began = time.monotonic()
        try:
            async with asyncio.timeout(WITHIN_S):
                is_there = self.is_new(await reports(self.client, self.task_queue))
        # RuntimeError: the first connection failed.
        except (RPCError, RuntimeError, TimeoutError) as error:
            is_busy = isinstance(error, TimeoutError) or (isinstance(error, RPCError) and error.status in BUSY)
            return self.missing.value if is_busy and self.silence("temporal") < PATIENCE_S else "temporal"
        self.heard["temporal"] = time.monotonic()
        if is_there:
            return None
        # Its reports are late. So is everything on a busy machine: a worker that has just answered
        # a call is there.
        patience = PATIENCE_S if time.monotonic() - began > EVERY_S else WITHIN_S
        return None if self.missing.value is None and self.silence("worker") < patience else "worker"

    def is_new(self, found: set[int] | None) -> bool:
        """Whether one of these reports has come just now. Those of the first look may be a dead worker's."""
        known, self.reports = self.reports, found
        if found is None:
            return True
        if known is not None and found - known:
            self.reported = time.monotonic()
        return bool(found) and time.monotonic() - self.reported < PRESENT_S

    def silence(self, of: Missing) -> float:
        """Seconds since it last answered."""
        return time.monotonic() - self.heard.get(of, float("-inf"))

    def stop(self) -> None:
        """This server ends: every call that waits is answered now."""
        self.missing.set("server")

    async def guard(self, call: Coroutine[Any, Any, T], needs_worker: bool = True, within_s: float | None = 20.0) -> T:
        """Make a call to Temporal that ends when what it needs goes away; an Update without a worker would wait forever.

        Raises Unavailable, and TooSlow when everything is there and it still isn't done after `within_s`.
        """
        needed: tuple[Missing, ...] = ("temporal", "worker", "server") if needs_worker else ("temporal", "server")
        made = asyncio.ensure_future(call)
        made.add_done_callback(note_end)
        lost = asyncio.ensure_future(self.missing.until(lambda missing: missing in needed))
        try:
            if self.missing.value not in needed:
                await asyncio.wait({made, lost}, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
            if made.done():
                answer = made.result()
                self.heard |= dict.fromkeys(needed, time.monotonic())
                return answer
            if (missing := self.missing.value) in needed:
                raise Unavailable(missing)
            raise TooSlow("worker" if needs_worker else "temporal", within_s or 0)
        except (RPCError, RPCTimeoutOrCancelledError) as error:
            if problem := self._problem(error, needs_worker):
                raise problem from error
            raise
        finally:
            made.cancel()
            lost.cancel()

    def _problem(self, error: Exception, needs_worker: bool) -> Problem | None:
        """What an error of Temporal's means; None if that is for the caller to say."""
        status = error.status if isinstance(error, RPCError) else RPCStatusCode.CANCELLED
        if status in BUSY:
            return TooSlow("temporal", WITHIN_S) if self.missing.value is None else Unavailable("temporal")
        if status == RPCStatusCode.UNAVAILABLE:
            return Unavailable("temporal")
        if status in TROUBLE:
            return Unavailable("temporal", f"Temporal can't answer: {error}. Look at its log.")
        # A Query that no worker takes.
        if needs_worker and status == RPCStatusCode.FAILED_PRECONDITION:
            return Unavailable("worker")
        return None


def note_end(call: asyncio.Future[Any]) -> None:
    """Take note of how a call ended that nobody waits for any more: asyncio would complain of its error."""
    if not call.cancelled() and (error := call.exception()):
        logging.debug("A call to Temporal ended with %s", error)
