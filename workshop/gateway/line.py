"""The line to one client: what is sent on it, when the client has left, and how it is dropped."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Response
from starlette.types import Receive, Scope, Send

FLUSH_S = 5.0
"""How long a client may take to read what was sent before its line is dropped, in seconds."""


class ClientGone(Exception):
    """The client closed its connection before it had the whole answer."""


class Line:
    """The sending side of one request, and whether its client has left."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._transport: asyncio.Transport = scope["state"]["transport"]
        self._receive = receive
        self.asgi_send = send
        self.gone = asyncio.Event()

    async def watch(self) -> None:
        """Set `gone` as soon as the client's connection is closed."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.gone.set()

    async def wait(self, seconds: float) -> None:
        """Wait. Raise `ClientGone` at once if the client leaves meanwhile."""
        if not self.gone.is_set() and seconds > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.gone.wait(), seconds)
        if self.gone.is_set():
            raise ClientGone

    async def start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        await self.asgi_send({"type": "http.response.start", "status": status, "headers": headers})

    async def send(self, data: bytes, more: bool = True) -> None:
        """Send a part of the body. Raise `ClientGone` if the client has left."""
        if self.gone.is_set():
            raise ClientGone
        await self.asgi_send({"type": "http.response.body", "body": data, "more_body": more})

    async def drop(self) -> None:
        """Send what is buffered and close the connection, even if more was promised."""
        self._transport.close()
        try:
            await asyncio.wait_for(self.gone.wait(), FLUSH_S)
        except TimeoutError:  # the client reads nothing
            self._transport.abort()
            await self.gone.wait()


class LineResponse(Response):
    """A response that a coroutine writes to the line."""

    def __init__(self, write: Callable[[Line], Awaitable[None]]) -> None:
        self._write = write
        self.background = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        line = Line(scope, receive, send)
        watcher = asyncio.create_task(line.watch())
        try:
            await self._write(line)
        finally:
            watcher.cancel()


def headers(content_type: str, **more: Any) -> list[tuple[bytes, bytes]]:
    """Return response headers; underscores in the names of `more` become hyphens."""
    pairs = {"content-type": content_type} | {
        name.replace("_", "-"): str(value) for name, value in more.items()
    }
    return [(name.encode(), value.encode()) for name, value in pairs.items()]
