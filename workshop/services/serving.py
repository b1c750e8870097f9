"""How a service listens: on loopback, on one port, with a clear message if that is taken."""

from __future__ import annotations

import asyncio
import resource
import socket
import sys
from typing import Any

import h11
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

WITHIN_S: dict[Any, float] = {h11.IDLE: 10.0, h11.SEND_BODY: 60.0}
"""How long the head of a request may take to arrive, and then its body, in seconds. uvicorn alone would wait
forever.
"""
TOO_SLOW = (
    b"HTTP/1.1 408 Request Timeout\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
    b"Your request did not arrive in time. Send it again, all of it.\n"
)
KEEP_ALIVE_S = 75
"""How long an idle connection stays open, in seconds: longer than any client's own limit (5 s in httpx), so
that a client never sends its next call into a connection that is about to close.
"""
CONNECTIONS = 4096
"""How many connections one service may have. Shells often allow 256 or 1,024 open files."""
MOST_CALLS = 2000
"""How many calls may be in progress at once."""


class Protocol(H11Protocol):
    """uvicorn's HTTP protocol, but with connections that end if their request takes too long to arrive.

    The transport is in `scope["state"]`, which lets a fault drop the line. ASGI has no word for "close
    without an answer": if an application returns without one, uvicorn sends a 500.
    """

    _part: Any = None
    _clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}
        self._wait_for(self.conn.their_state)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._wait_for(self.conn.their_state)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        # otherwise KEEP_ALIVE_S counts
        if self.conn.their_state is not h11.IDLE or self.conn.trailing_data[0]:
            self._wait_for(self.conn.their_state)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._wait_for(None)

    def _wait_for(self, part: Any) -> None:
        """Start the clock for the next part of a request; a part without a limit stops it."""
        if part is not self._part:
            self._part = part
            if self._clock:
                self._clock.cancel()
            self._clock = self.loop.call_later(WITHIN_S[part], self._give_up) if part in WITHIN_S else None

    def _give_up(self) -> None:
        # a part is there, and no answer has begun
        if self.conn.our_state is h11.SEND_RESPONSE or self.conn.trailing_data[0]:
            self.transport.write(TOO_SLOW)
        self.transport.close()


class Bounded:
    """An application that refuses a call while too many others are in progress."""

    def __init__(self, app: ASGIApp, most: int = MOST_CALLS) -> None:
        self._app = app
        self._most = most
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._under_way >= self._most:
            text = (
                f"{self._most} calls are under way here, which is the most that this service takes. Try "
                "again in a moment."
            )
            await PlainTextResponse(text, 503, {"retry-after": "2"})(scope, receive, send)
            return
        self._under_way += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._under_way -= 1


def serve(app: ASGIApp, port: int, name: str, variable: str, said: str = "") -> int:
    """Serve on 127.0.0.1 until told to stop. Return 1, with a message, if the port is taken.

    `name` is what the message calls the service, `variable` the setting that moves its port. `said` is
    printed once the port is ours.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(CONNECTIONS)  # two that have bound the same port would not know of each other
    except OSError as error:
        print(
            f"The {name} cannot listen on port {port}: {error.strerror}. Stop what holds the port, or set "
            f"{variable} in .env to another one.",
            file=sys.stderr,
        )
        return 1
    if said:
        print(said, flush=True)
    _allow_connections()
    config = uvicorn.Config(
        Bounded(app),
        http=Protocol,
        ws="none",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=2,
    )
    uvicorn.Server(config).run(sockets=[listener])
    return 0


def _allow_connections() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = CONNECTIONS if hard == resource.RLIM_INFINITY else min(CONNECTIONS, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
