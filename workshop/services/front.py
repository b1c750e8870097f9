"""The first layer of the gateway and of the weather service: who may ask, how much they may send, and the id
by which to find the answer.

Those who may ask are programs on this machine, and pages from the service's own address.
A web page from elsewhere can make the browser on this machine send a request here: under its real name, which
the browser reports (`Origin`, `Sec-Fetch-Site`), or under a name that leads to 127.0.0.1, which `Host`
reports. Programs send neither.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workshop.services.in_force import current_settings

LOOPBACK = ("127.0.0.1", "localhost")


class Refusal(NamedTuple):
    """Why a request is refused unread: status, a short code, and a sentence."""

    status: int
    code: str
    text: str


FOREIGN_HOST = Refusal(
    421,
    "foreign_host",
    "This service answers to 127.0.0.1 and localhost only, and the request names another host. Use the "
    "address that `python3 -m workshop status` shows.",
)
FOREIGN_PAGE = Refusal(403, "foreign_origin", "This service does not answer to web pages from elsewhere.")


def refusal(scope: Scope) -> Refusal | None:
    """Return why this request is refused; None if it may pass."""
    headers = Headers(scope=scope)
    port = (scope.get("server") or ("", 0))[1]
    host, origins = _hostname("//" + headers.get("host", "")), headers.getlist("origin")
    public = "" if host in LOOPBACK and not origins else _public(port)
    if host not in LOOPBACK and (not public or host != _hostname(public)):
        return FOREIGN_HOST
    own = {public, *(f"http://{name}:{port}" for name in LOOPBACK)} - {""}
    if any(origin.lower() not in own for origin in origins):
        return FOREIGN_PAGE
    site = headers.get("sec-fetch-site", "none").lower()
    if site not in ("none", "same-origin") and not _is_a_click(scope, headers):
        return FOREIGN_PAGE
    return None


def _public(port: int) -> str:
    """Return the address under which a Codespace forwards a port; empty on a hub, which others share."""
    now = current_settings()
    return "" if now.below(port) else now.link(port)


def _is_a_click(scope: Scope, headers: Headers) -> bool:
    """Return whether a person follows a link to one of our pages, which the page with the link can't read."""
    return scope["method"] == "GET" and (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == (
        "navigate",
        "document",
    )


def _hostname(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


class TooLarge(Exception):
    """A body that is larger than the service takes."""


class Front:
    """The first layer of a service. `refuse` gives a refusal the form of the service's errors."""

    def __init__(self, app: ASGIApp, refuse: Callable[[str, Refusal], Response], most_bytes: int) -> None:
        self._app = app
        self._refuse = refuse
        self._most = most_bytes
        text = (
            f"The request body is larger than {most_bytes:,} bytes, which is the most that this service "
            "takes."
        )
        self._too_large = Refusal(413, "request_too_large", text)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = f"req_{secrets.token_hex(24)}"
        scope.setdefault("state", {})["request_id"] = request_id
        started = False
        taken = 0

        async def tagged(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                MutableHeaders(scope=message).setdefault("x-request-id", request_id)
            await send(message)

        async def measured() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._most:
                raise TooLarge
            return message

        found = refusal(scope)
        if found is None:
            try:
                length = Headers(scope=scope).get("content-length", "0")
                if length.isdigit() and int(length) > self._most:
                    raise TooLarge
                await self._app(scope, measured, tagged)
                return
            except TooLarge:
                if started:
                    raise
                found = self._too_large
        response = self._refuse(scope["path"], found)
        if found is self._too_large:
            response.headers["connection"] = "close"
        await response(scope, receive, tagged)
