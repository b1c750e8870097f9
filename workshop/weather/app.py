"""The weather service: `python -m workshop.weather`.

The National Weather Service's API with sample data, a notice board that accepts POSTs, and faults that can
break both.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workshop.config import HOME, LAB_DIR, settings
from workshop.services.control import router
from workshop.services.faults import KINDS, Fault, Faults
from workshop.services.front import Front, Refusal
from workshop.services.line import ClientGone, Line, LineResponse, Outgoing, hold, kept, play
from workshop.services.serving import serve
from workshop.weather import alert_calls, place_calls
from workshop.weather.board import Board, KeyUsedOtherwise, Notice
from workshop.weather.problems import Problem, problem

MAX_BODY = 64 * 1024
"""The largest request body, in bytes."""
DATABASE = LAB_DIR / "notices.sqlite"


def create_app(database: Path = DATABASE, faults: Faults | None = None) -> ASGIApp:
    """Return the application with its guard. The notices are kept in `database`."""
    faults = faults or Faults()
    app = FastAPI(title="Weather service of the workshop", docs_url=None, redoc_url=None, openapi_url=None)
    for routes in (router(faults), alert_calls.routes, place_calls.routes, _notices(Board(database))):
        app.include_router(routes)

    @app.get("/")
    async def status() -> dict[str, str]:
        return {"status": "OK"}

    @app.get("/bench/health")
    async def health() -> dict[str, Any]:
        return {"status": "healthy", "service": "weather", "home": str(HOME), "pid": os.getpid()}

    _answer_errors(app)
    return Front(Breakable(app, faults), _refuse, MAX_BODY)


def _notices(board: Board) -> APIRouter:
    """Return the calls of the notice board."""
    routes = APIRouter()

    @routes.post("/notices")
    def post(
        notice: Notice,
        idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
    ) -> JSONResponse:
        try:
            row, duplicate = board.post(notice, idempotency_key)
        except KeyUsedOtherwise:
            detail = (
                f"The Idempotency-Key {idempotency_key!r} belongs to another notice. Use a new key for a new "
                "notice."
            )
            return problem("/notices", 422, detail)
        return JSONResponse(row | {"duplicate": duplicate}, 200 if duplicate else 201)

    @routes.get("/notices")
    def notices(state: str | None = None, subscriber: str | None = None) -> list[dict[str, Any]]:
        return board.list(state, subscriber)

    @routes.delete("/notices")
    def clear() -> dict[str, int]:
        return {"deleted": board.clear()}

    return routes


def _answer_errors(app: FastAPI) -> None:
    """Give errors the service's form."""

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        wrong = [{"parameter": ".".join(map(str, e["loc"])), "message": e["msg"]} for e in error.errors()]
        detail = "; ".join(f"{one['parameter']}: {one['message']}" for one in wrong)
        return problem(request.url.path, 422, detail, parameterErrors=wrong)

    @app.exception_handler(Problem)
    async def refused(request: Request, error: Problem) -> JSONResponse:
        return problem(request.url.path, error.status, error.detail, **error.more)

    @app.exception_handler(HTTPException)
    async def failed(request: Request, error: HTTPException) -> JSONResponse:
        path = request.url.path
        detail = f"'{path}' is not a valid resource path" if error.status_code == 404 else str(error.detail)
        return problem(path, error.status_code, detail, error.headers)


NAMELESS = "A User-Agent header is required, as by the real service. Set one that names your program."


class Breakable:
    """The application with its faults. Those that spoil an answer let the work be done first."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/bench/"):
            await self._app(scope, receive, send)
            return
        if not Headers(scope=scope).get("user-agent", "").strip():
            refused = problem(scope["path"], 403, NAMELESS)
            await refused(scope, receive, send)
            return
        try:
            body = await _read(receive)
        except ClientDisconnect:  # half a request is none
            return
        query = scope["query_string"].decode("latin-1")
        said = body.decode(errors="replace")
        fault = self._faults.take(f"{scope['method']} {scope['path']}?{query}\n{said}")
        pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replayed() -> Message:
            return pending.pop() if pending else await receive()

        if fault is None:
            await self._app(scope, replayed, send)
        elif status := KINDS[fault.kind].status:
            refused = problem(scope["path"], status, KINDS[fault.kind].says, fault.headers)
            await refused(scope, replayed, send)
        else:
            answer = await kept(partial(self._app, scope, replayed))
            await LineResponse(partial(_spoil, answer, fault))(scope, receive, send)


async def _read(receive: Receive) -> bytes:
    """Return the whole body. Raises ClientDisconnect if it breaks off."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


async def _spoil(answer: Outgoing, fault: Fault, line: Line) -> None:
    with suppress(ClientGone):
        await hold(line, fault, lambda _: None)
        await play(line, answer, fault, lambda _: None)


def _refuse(path: str, refusal: Refusal) -> JSONResponse:
    return problem(path, refusal.status, refusal.text)


def main() -> int:
    """Serve until told to stop. Return 1 if the port is taken."""
    return serve(create_app(), settings().weather_port, "weather service", "WEATHER_PORT")
