"""How long the server waits for a request to arrive. uvicorn alone would wait forever."""

import asyncio
import resource
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

WITHIN_S = {h11.IDLE: 10.0, h11.SEND_BODY: 30.0}  # the head of a request, and then its body
TOO_SLOW = (
    b"HTTP/1.1 408 Request Timeout\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
    b"Your request did not arrive in time. Send it again, all of it.\n"
)
CONNECTIONS = 4096


class Protocol(H11Protocol):
    """Ends a connection whose request takes too long to arrive. How long the answer takes is another matter."""

    part: Any = None
    clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self.wait_for(self.conn.their_state)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.wait_for(self.conn.their_state)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self.wait_for(self.conn.their_state)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.wait_for(None)

    def wait_for(self, part: Any) -> None:
        """Start the clock for another part of a request; a part without a limit stops it."""
        if part is not self.part:
            self.part = part
            if self.clock:
                self.clock.cancel()
            self.clock = self.loop.call_later(WITHIN_S[part], self.give_up) if part in WITHIN_S else None

    def give_up(self) -> None:
        # A part is there, and no answer has begun.
        if self.conn.our_state is h11.SEND_RESPONSE or self.conn.trailing_data[0]:
            self.transport.write(TOO_SLOW)
        self.transport.close()


def allow_connections() -> None:
    """Let this process have many connections: shells often give it 256 or 1,024 files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = CONNECTIONS if hard == resource.RLIM_INFINITY else min(CONNECTIONS, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
