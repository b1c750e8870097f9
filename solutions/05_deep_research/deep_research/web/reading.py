"""The calls under /api that only read: how far a research run is, its report, the list, and what is missing."""

import os
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

from deep_research.models import Stage
from deep_research.web import forms
from deep_research.web.errors import DETAILS, Problem, TooSlow, errors, start
from deep_research.web.follower import Followers
from deep_research.web.rendering import html_of
from deep_research.web.routes import All, One
from deep_research.web.sessions import check_id
from deep_research.workflows.research_workflow import TASK_QUEUE

MOST_WAITING = 400  # for a report, or for events

api = APIRouter(prefix="/api", responses=errors(422))


def followers(request: Request) -> Followers:
    found: Followers = request.app.state.followers
    return found


Following = Annotated[Followers, Depends(followers)]


async def place(following: Following) -> AsyncIterator[None]:
    """A place among the calls that stay: they may not pile up, and all others are answered beside them."""
    if following.waiting >= MOST_WAITING:
        raise Problem(503, f"{MOST_WAITING} calls wait here already. Ask /api/status instead, or come back in a moment.")
    following.waiting += 1
    try:
        yield
    finally:
        following.waiting -= 1


STAYS = [Depends(place)]


@api.get("/status/{session_id}", responses=errors(404, 503))
async def status(session: One) -> forms.SessionStatus:
    return await session.status()


@api.get("/result/{session_id}", responses=errors(404, 409, 503), dependencies=STAYS)
async def result(session: One, request: Request) -> forms.Result:
    """Wait for the report. A research run that needs attention would wait for a person: it says so instead."""
    while True:
        if not session.is_closed and (told := await session.told()).status == Stage.NEEDS_ATTENTION:
            raise Problem(409, f"This research needs attention: {told.error} To go on: POST /api/retry/{session.handle.id}")
        try:
            report = await session.report(within_s=2)
            return forms.Result(session_id=session.handle.id, **report.model_dump())
        except TooSlow as error:
            if await request.is_disconnected():
                raise Problem(499, "Nobody waits any more.") from error


texts: dict[int | str, dict[str, Any]] = {200: {"content": {"text/markdown": {}, "text/html": {}}}}


@api.get("/report/{session_id}.{form}", responses=texts | errors(404, 409, 503))
async def report(session: One, form: Literal["md", "html"]) -> Response:
    """The report of a finished research: its Markdown, or a fragment of HTML without anything that could run."""
    found = await session.finished_report()
    if form == "html":
        return HTMLResponse(html_of(found.markdown_report, found.sources))
    return PlainTextResponse(found.markdown_report, media_type="text/markdown")


@api.get("/sessions", responses=errors(503))
async def list_sessions(
    all_sessions: All,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: str | None = None,
    search: Annotated[str, Query(max_length=200)] = "",
) -> forms.SessionPage:
    """All research runs, newest first; with `search`, those whose query has all its words."""
    return await all_sessions.listing.page(limit, cursor, search)


async def known(session_id: str, all_sessions: All) -> str:
    """An id to listen to. With Temporal away the stream opens all the same: it says so, and goes on when Temporal is back."""
    check_id(session_id)
    if all_sessions.health.missing.value != "temporal":
        await all_sessions.find(session_id)
    return session_id


@api.get("/events/{session_id}", responses=errors(404, 503), response_class=EventSourceResponse, dependencies=STAYS)
async def events(session_id: Annotated[str, Depends(known)], following: Following) -> AsyncIterator[ServerSentEvent]:
    """`status` with every change, `problem` when Temporal or a worker goes away, `end` after the last `status`."""
    async for event in following.listen(session_id):
        yield event


@api.get("/health", response_model=forms.HealthBody, responses={503: {"model": forms.HealthBody}})
async def health(following: Following) -> JSONResponse:
    missing = following.sessions.health.missing.value
    namespace = following.sessions.client.namespace
    body = forms.HealthBody(
        status="unhealthy" if missing else "healthy",
        temporal=missing in (None, "worker"),
        worker=missing is None,
        task_queue=TASK_QUEUE,
        following=len(following.running),
        listening=sum(follower.listeners for follower in following.running.values()),
        web_ui=f"{os.environ.get('TEMPORAL_UI_URL', 'http://localhost:8233')}/namespaces/{namespace}/workflows",
        start_server=start("server"),
        detail=DETAILS[missing] if missing else None,
        start=start(missing) if missing else None,
    )
    return JSONResponse(body.model_dump(exclude_none=True), 503 if missing else 200)
