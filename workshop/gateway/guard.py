"""The first layer for every request: who may ask, how much they may send, and the id by which to find the
answer.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workshop.gateway.api.wire import long_id
from workshop.gateway.errors import ApiError
from workshop.services.front import refusal

MOST_BYTES = 16 * 1024 * 1024
"""The largest request body, in bytes: far above the longest conversation of the course."""


class _TooLarge(Exception):
    pass


class Guard:
    """A layer that refuses other sites' web pages and bodies that are too large, and gives every answer an
    `x-request-id`.
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

        error = _refusal(scope)
        if error is None:
            try:
                await self._app(scope, measured, tagged)
                return
            except _TooLarge:
                if started:
                    raise
                error = _too_large()
        await error.response()(scope, receive, tagged)


def _refusal(scope: Scope) -> ApiError | None:
    if found := refusal(scope):
        return ApiError(found.text, status=found.status, code=found.code)
    length = Headers(scope=scope).get("content-length", "0")
    return _too_large() if length.isdigit() and int(length) > MOST_BYTES else None


def _too_large() -> ApiError:
    return ApiError(
        f"The request body is larger than {MOST_BYTES // 1024 // 1024} MB, which is the most that this gateway takes.",
        status=413,
        code="request_too_large",
        headers={"connection": "close"},
    )
