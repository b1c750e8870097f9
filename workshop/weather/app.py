"""The weather service: `python -m workshop.weather`.

Weather alerts in the National Weather Service's form (sample data), a notice board that accepts POSTs, and a
fault panel that can break both. Form and errors follow
https://www.weather.gov/documentation/services-web-api.
"""

from __future__ import annotations

import asyncio
import json
import os
import zlib
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workshop.config import HOME, LAB_DIR, settings
from workshop.services import faults, front
from workshop.services.faults import Fault, FaultPanel
from workshop.services.serving import serve
from workshop.weather import alerts as weather_samples
from workshop.weather.board import Board, KeyUsedOtherwise, Notice

MAX_BODY = 64 * 1024
"""The largest request body, in bytes."""
DATABASE = LAB_DIR / "notices.sqlite"

_REFUSALS = {
    "rate_limit": (429, "Rate limit exceeded. Please wait before you ask again."),
    "bad_request": (400, "Bad Request"),
    "unauthorized": (401, "This request is not authorized."),
    "server_error": (500, "An unexpected problem has occurred."),
    "unavailable": (503, "The service is temporarily unavailable."),
}
"""Faults that refuse a request before any work is done for it. The others let the work be done and spoil the
answer.
"""


def problem(
    path: str, status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any
) -> JSONResponse:
    """Return an error in the service's form. Its correlation id follows from the path: same question, same
    answer.
    """
    correlation = f"{zlib.crc32(path.encode()):08x}"
    title = "Unexpected Problem" if status == 500 else HTTPStatus(status).phrase
    body = {
        "correlationId": correlation,
        **more,
        "title": title,
        "type": f"https://api.weather.gov/problems/{title.replace(' ', '')}",
        "status": status,
        "detail": detail,
        "instance": f"https://api.weather.gov/requests/{correlation}",
    }
    return JSONResponse(body, status, dict(headers or {}), media_type="application/problem+json")


def create_app(database: Path = DATABASE, panel: FaultPanel | None = None) -> ASGIApp:
    """Return the application with its guard. The notices are kept in `database`."""
    panel = panel or FaultPanel()
    board = Board(database)
    app = FastAPI(title="Weather service of the workshop", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(faults.router(panel))

    @app.get("/alerts/active/area/{area}")
    async def alerts(area: str, request: Request) -> JSONResponse:
        if area not in weather_samples.AREAS:
            known = json.dumps([*weather_samples.AREAS], separators=(",", ":"))
            wrong = {"parameter": "path.area", "message": f"Does not have a value in the enumeration {known}"}
            return problem(request.url.path, 400, "Bad Request", parameterErrors=[wrong])
        return JSONResponse(weather_samples.collection(area), media_type="application/geo+json")

    @app.post("/notices")
    def post(
        notice: Notice,
        idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
    ) -> JSONResponse:
        try:
            row, duplicate = board.post(notice, idempotency_key)
        except KeyUsedOtherwise:
            detail = f"The Idempotency-Key {idempotency_key!r} belongs to another notice. Use a new key for a new notice."
            return problem("/notices", 422, detail)
        return JSONResponse(row | {"duplicate": duplicate}, 200 if duplicate else 201)

    @app.get("/notices")
    def notices(state: str | None = None, subscriber: str | None = None) -> list[dict[str, Any]]:
        return board.list(state, subscriber)

    @app.delete("/notices")
    def clear() -> dict[str, int]:
        return {"deleted": board.clear()}

    @app.get("/bench/health")
    async def health() -> dict[str, Any]:
        return {"status": "healthy", "service": "weather", "home": str(HOME), "pid": os.getpid()}

    _answer_errors(app)
    return Front(app, panel)


def _answer_errors(app: FastAPI) -> None:
    """Give errors the service's form."""

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        wrong = [{"parameter": ".".join(map(str, e["loc"])), "message": e["msg"]} for e in error.errors()]
        detail = "; ".join(f"{one['parameter']}: {one['message']}" for one in wrong)
        return problem(request.url.path, 422, detail, parameterErrors=wrong)

    @app.exception_handler(HTTPException)
    async def failed(request: Request, error: HTTPException) -> JSONResponse:
        path = request.url.path
        detail = f"'{path}' is not a valid resource path" if error.status_code == 404 else str(error.detail)
        return problem(path, error.status_code, detail, error.headers)


class Front:
    """What a request passes before the application: who may ask, how much it may send, and which fault it
    meets.
    """

    def __init__(self, app: ASGIApp, panel: FaultPanel) -> None:
        self._app = app
        self._panel = panel

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if foreign := front.refusal(scope):
            await problem(scope["path"], foreign.status, foreign.text)(scope, receive, send)
            return
        try:
            body = await _read(receive)
        except ClientDisconnect:  # half a request is none
            return
        if body is None:
            too_large = problem(
                scope["path"], 413, f"The body is larger than {MAX_BODY} bytes.", {"connection": "close"}
            )
            await too_large(scope, receive, send)
            return
        fault = None
        if not scope["path"].startswith("/bench/"):
            query = scope["query_string"].decode("latin-1")
            said = body.decode(errors="replace")
            fault = self._panel.take(f"{scope['method']} {scope['path']}?{query}\n{said}")
        await self._answer(scope, _replay(body, receive), send, fault)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, fault: Fault | None) -> None:
        if fault is None:
            await self._app(scope, receive, send)
            return
        if fault.kind in _REFUSALS:
            status, detail = _REFUSALS[fault.kind]
            wait = fault.retry_after_s if fault.kind in ("rate_limit", "unavailable") else None
            headers = {} if wait is None else {"retry-after": f"{wait:g}"}
            await problem(scope["path"], status, detail, headers)(scope, receive, send)
            return
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        await self._app(scope, receive, keep)
        if fault.kind in ("slow", "hang"):
            await asyncio.sleep(fault.delay)
        if fault.kind in ("hang", "disconnect"):
            scope["state"]["transport"].close()
            # before that, uvicorn would still try to send a 500
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        for message in answer:
            await send(_cut_in_half(message) if fault.kind == "malformed" else message)


async def _read(receive: Receive) -> bytes | None:
    """Return the whole body; None as soon as it is too large. Raises ClientDisconnect if it breaks off."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that hands the application the body already read, and then what comes after it."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return pending.pop() if pending else await receive()

    return replayed


def _cut_in_half(message: Message) -> Message:
    """Return half of the answer, sent as if it were all: JSON that nobody can parse."""
    if message["type"] == "http.response.start":
        kept = [(name, value) for name, value in message["headers"] if name.lower() != b"content-length"]
        return {**message, "headers": kept}
    body = message.get("body", b"")
    return {**message, "body": body[: len(body) // 2]}


def main() -> int:
    """Serve until told to stop. Return 1 if the port is taken."""
    return serve(create_app(), settings().weather_port, "weather service", "WEATHER_PORT")
