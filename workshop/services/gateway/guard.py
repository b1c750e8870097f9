"""What every request passes first: who may ask, how much they may send, and the id under which an answer can be found."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workshop.services.gateway.errors import ApiError
from workshop.services.gateway.wire import long_id

MOST_BYTES = 16 * 1024 * 1024
"""The largest request body, in bytes: far above the longest conversation of the course."""


class _TooLarge(Exception):
    pass


class Guard:
    """Refuses foreign hosts and bodies that are too large; gives every answer an `x-request-id`.

    The gateway listens on loopback only. A web page elsewhere can still make a browser on this machine call it, under a
    name that resolves to 127.0.0.1 or with the page's own origin; both are refused.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = long_id("req_")
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
            if taken > MOST_BYTES:
                raise _TooLarge
            return message

        refusal = _refusal(Headers(scope=scope))
        if refusal is None:
            try:
                await self._app(scope, measured, tagged)
                return
            except _TooLarge:
                if started:
                    raise
                refusal = _too_large()
        await refusal.response()(scope, receive, tagged)


def _refusal(headers: Headers) -> ApiError | None:
    host = _hostname("//" + headers.get("host", ""))
    if not _is_ours(host):
        return ApiError(
            "This gateway answers to 127.0.0.1 and localhost only, and the request names another host. Use the address that "
            "`python3 -m workshop status` shows.",
            status=421,
            code="foreign_host",
        )
    origin = headers.get("origin")
    if origin is not None and not _is_ours(_hostname(origin)):
        return ApiError("This gateway does not answer to web pages from elsewhere.", status=403, code="foreign_origin")
    length = headers.get("content-length", "0")
    if length.isdigit() and int(length) > MOST_BYTES:
        return _too_large()
    return None


def _hostname(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _is_ours(host: str) -> bool:
    forwarding = os.environ.get("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN")
    return host in ("127.0.0.1", "localhost") or bool(forwarding and host.endswith(f".{forwarding.lower()}"))


def _too_large() -> ApiError:
    return ApiError(
        f"The request body is larger than {MOST_BYTES // 1024 // 1024} MB, which is the most that this gateway takes.",
        status=413,
        code="request_too_large",
        headers={"connection": "close"},
    )
