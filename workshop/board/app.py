"""The board's web server. Whoever knows the class code may report; whoever knows the key may look.

Both are the last part of an address, whatever comes before it: behind a hub or a proxy, the page is below a
path.
"""

from __future__ import annotations

import secrets

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from workshop.board import page
from workshop.board.roster import Report, Roster

BODY_BYTES = 32_000
HEADERS = {
    "Content-Security-Policy": page.POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
NOTHING = "Nothing here. The board prints two addresses: one for the class, and one for who teaches it.\n"


def create_app(roster: Roster, code: str, key: str, join: str) -> Starlette:
    """Return the application. `join`: the line that the page shows for learners to type."""

    async def answer(request: Request) -> Response:
        if request.method == "GET":
            if not _is(request, key):
                return PlainTextResponse(NOTHING, 404, HEADERS)
            return HTMLResponse(page.html(roster, join), headers=HEADERS)
        if not _is(request, code):
            return PlainTextResponse("This is not the code of a class here.\n", 404, HEADERS)
        body = await _body(request)
        try:
            report = Report.model_validate_json(body)
        except ValidationError:
            return PlainTextResponse("This is not a learner's progress.\n", 422, HEADERS)
        if request.method == "DELETE":
            roster.forget(report.id)
        elif why := roster.hear(report):
            return PlainTextResponse(f"{why}\n", 429, HEADERS)
        return Response(status_code=204, headers=HEADERS)

    return Starlette(routes=[Route("/{address:path}", answer, methods=["GET", "POST", "DELETE"])])


def _is(request: Request, secret: str) -> bool:
    said = request.path_params["address"].rpartition("/")[2]
    return secrets.compare_digest(said.encode(), secret.encode())


async def _body(request: Request) -> bytes:
    """Return the body, or what fits of it, which is then no report."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > BODY_BYTES:
            return b""
    return body
