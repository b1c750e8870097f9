"""How a service of the bench listens: on loopback, on one port, with a clear word if that port is taken."""

from __future__ import annotations

import asyncio
import socket
import sys

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol


class Protocol(H11Protocol):
    """uvicorn's HTTP protocol with the transport in `scope["state"]`, so that a fault can drop the line.

    ASGI has no word for "close without an answer": an application that returns without one makes uvicorn send a 500.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


KEEP_ALIVE_S = 75
"""How long an idle connection stays open, in seconds: longer than any client's own limit (5 s in httpx), so that a client
never sends its next call into a connection that is just being closed."""


def serve(app: ASGIApp, port: int, name: str, variable: str) -> int:
    """Serves on 127.0.0.1 until told to stop. Returns 1, with a message, if the port is taken.

    `name` is what the message calls the service, `variable` the setting that moves its port.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        print(
            f"The {name} cannot listen on port {port}: {error.strerror}. Stop what holds the port, or set {variable} in .env "
            "to another one.",
            file=sys.stderr,
        )
        return 1
    config = uvicorn.Config(
        app,
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
