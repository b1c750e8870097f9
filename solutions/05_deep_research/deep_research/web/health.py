"""Whether Temporal and a worker are there: looked at all the time, so that no call has to find it out the slow way."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from temporalio.client import Client, RPCTimeoutOrCancelledError
from temporalio.service import RPCError, RPCStatusCode

from deep_research.connection import is_served
from deep_research.web.errors import Missing, TooSlow, Unavailable
from deep_research.web.newest import Newest

T = TypeVar("T")

EVERY_S = 0.5
WITHIN_S = 3.0
"""A Temporal that hasn't answered for so long counts as missing."""
GONE = (RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)
TROUBLE = (RPCStatusCode.UNKNOWN, RPCStatusCode.INTERNAL, RPCStatusCode.ABORTED, RPCStatusCode.RESOURCE_EXHAUSTED)


class Health:
    """`missing` is what has to be started; None when all is there."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self.client, self.task_queue = client, task_queue
        self.missing: Newest[Missing | None] = Newest("temporal")

    async def watch(self) -> None:
        """Look again and again, until `stop`."""
        while self.missing.value != "server":
            await self.look()
            await asyncio.sleep(EVERY_S)

    async def look(self) -> None:
        try:
            async with asyncio.timeout(WITHIN_S):
                found: Missing | None = None if await is_served(self.client, self.task_queue) else "worker"
        except (RPCError, RuntimeError, TimeoutError):  # RuntimeError: the first connection failed
            found = "temporal"
        if self.missing.value != "server":
            self.missing.set(found)

    def stop(self) -> None:
        """This server ends: every call that waits is answered now."""
        self.missing.set("server")

    async def guard(self, call: Coroutine[Any, Any, T], needs_worker: bool = True, within_s: float | None = 20.0) -> T:
        """Make a call to Temporal that ends when what it needs goes away; an Update without a worker would wait for ever.

        Raises Unavailable, and TooSlow when everything is there and it still isn't done after `within_s`.
        """
        needed: tuple[Missing, ...] = ("temporal", "worker", "server") if needs_worker else ("temporal", "server")
        made = asyncio.ensure_future(call)
        lost = asyncio.ensure_future(self.missing.until(lambda missing: missing in needed))
        try:
            if self.missing.value not in needed:
                await asyncio.wait({made, lost}, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
            if made.done():
                return made.result()
            if (missing := self.missing.value) in needed:
                raise Unavailable(missing)
            raise TooSlow("worker" if needs_worker else "temporal", within_s or 0)
        except RPCTimeoutOrCancelledError as error:
            raise Unavailable("temporal") from error
        except RPCError as error:
            if error.status in GONE:
                raise Unavailable("temporal") from error
            if error.status in TROUBLE:
                raise Unavailable("temporal", f"Temporal can't answer: {error.message}. Look at its log.") from error
            if needs_worker and error.status == RPCStatusCode.FAILED_PRECONDITION:  # a Query that no worker takes
                raise Unavailable("worker") from error
            raise
        finally:
            made.cancel()
            lost.cancel()
