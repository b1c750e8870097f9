"""Runs the gateway: `python -m workshop.services.gateway`."""

from __future__ import annotations

import socket
import sys

import uvicorn
from fastapi import FastAPI

from workshop.config import settings
from workshop.services.gateway.app import create_app
from workshop.services.gateway.line import Protocol

KEEP_ALIVE_S = 75
"""How long an idle connection stays open, in seconds: longer than any client's own limit (5 s in httpx), so that a client
never sends its next call into a connection that is just being closed."""


def serve(app: FastAPI) -> int:
    """Serves an application on the gateway's port until it is told to stop. Returns 1 if the port is taken."""
    port = settings().gateway_port
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        print(
            f"The gateway cannot listen on port {port}: {error.strerror}. Stop what holds the port, or set GATEWAY_PORT in "
            ".env to another one.",
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


if __name__ == "__main__":
    sys.exit(serve(create_app()))
