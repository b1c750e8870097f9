"""What the server asks of every call, and what it tells every browser."""

import os

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deep_research.models import LONGEST_TEXT

HEADERS = {
    # No script and no style but our own files: what a report brings along can't run, even if it
    # came through.
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


LONGEST_BODY = 64 * 1024
"""Bytes. A text of 2,000 characters has at most 24,000, with every character escaped."""


class Protection:
    """Sets the headers, bounds the body. A POST must say that it is JSON: a form on another site can't, so none makes a call."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        if scope["type"] != "http":
            return await self.app(scope, receive, send_with_headers)
        if answer := refusal(scope["method"], Headers(scope=scope)):
            return await answer(scope, receive, send_with_headers)
        if scope["method"] != "POST":
            return await self.app(scope, receive, send_with_headers)
        body, is_more = b"", True
        while is_more:
            message = await receive()
            if message["type"] == "http.disconnect":  # half a call is none
                return None
            body, is_more = body + message.get("body", b""), message.get("more_body", False)
            if len(body) > LONGEST_BODY:
                detail = (
                    f"This is too long. A text may have {LONGEST_TEXT:,} characters, and a whole call {LONGEST_BODY:,} bytes."
                )
                return await JSONResponse({"detail": detail}, 413)(scope, receive, send_with_headers)
        read: list[Message] = [{"type": "http.request", "body": body}]

        async def receive_again() -> Message:
            return read.pop() if read else await receive()

        return await self.app(scope, receive_again, send_with_headers)


def refusal(method: str, headers: Headers) -> JSONResponse | None:
    """Why a call is not even read; None if it is."""
    if is_from_elsewhere(method, headers):
        return JSONResponse({"detail": "This server does not answer to pages of other sites."}, 403)
    if method == "POST" and headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return JSONResponse({"detail": "Send the header Content-Type: application/json."}, 415)
    return None


def is_from_elsewhere(method: str, headers: Headers) -> bool:
    """Whether a page of another site makes this call: its browser says so. Programs say nothing, and a link may be followed."""
    if site := headers.get("sec-fetch-site"):
        return site not in ("same-origin", "none") and (method, headers.get("sec-fetch-mode")) != ("GET", "navigate")
    origin = headers.get("origin")  # browsers before 2023 say no more than this
    return origin is not None and origin.partition("://")[2] != headers.get("host")


def protect(app: FastAPI) -> None:
    """Calls for another host are refused: a foreign name that leads to this machine must not open a door for its page."""
    forwarded = os.environ.get("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN") or "app.github.dev"
    # More names, such as a JupyterHub's.
    named = os.environ.get("RESEARCH_APP_HOSTS", "").replace(",", " ").split()
    hosts = ["localhost", "127.0.0.1", "[::1]", f"*.{forwarded}", *named]
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts)
    app.add_middleware(Protection)
