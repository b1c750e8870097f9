"""Questions to Temporal from a cell without `await`, even while another cell waits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from functools import cache
from typing import TypeVar

from temporalio.client import Client
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig
from temporalio.service import RPCError, RPCStatusCode

from workshop.errors import LabError
from workshop.workspace.control import START

T = TypeVar("T")
TEMPORAL_TIMEOUT_S = 5.0
_AWAY = frozenset({RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED})
"""How a server is told that does not answer."""


@cache
def quiet() -> Runtime:
    """Return the runtime for the workshop's own clients. They keep trying, and report themselves when
    Temporal is down; the SDK would print a line for each attempt into whatever cell is running.
    """
    return Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(filter="off")))


class Background:
    """An event loop in a thread, with its own client."""

    def __init__(self, address: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._address = address
        self._client: Client | None = None
        threading.Thread(target=self._loop.run_forever, name="workshop", daemon=True).start()

    async def _connected(self) -> Client:
        if self._client is None:
            self._client = await Client.connect(self._address, runtime=quiet())
        return self._client

    def ask(self, question: Callable[[Client], Awaitable[T]], timeout: float = TEMPORAL_TIMEOUT_S) -> T:
        """Run `question(client)`. Raises LabError if Temporal refuses it, or does not answer within `timeout`
        seconds.
        """

        async def run() -> T:
            return await question(await self._connected())

        try:
            return asyncio.run_coroutine_threadsafe(run(), self._loop).result(timeout)
        except (RuntimeError, TimeoutError, RPCError) as error:
            if isinstance(error, RPCError) and error.status not in _AWAY:
                raise LabError(f"Temporal refuses that: {error}.") from error
            raise LabError(
                f"Temporal does not answer at {self._address} ({error or type(error).__name__}).\n{START}"
            ) from error
