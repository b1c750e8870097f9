"""The web application: the calls under /api, and the pages that make them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from deep_research.web import reading, routes
from deep_research.web.errors import Problem, on_bad_input, on_http_error, on_problem
from deep_research.web.follower import Followers
from deep_research.web.health import Health
from deep_research.web.prefix import BelowAPrefix
from deep_research.web.protection import protect
from deep_research.web.sessions import Sessions

STARTED_WITHIN_S = 2.0
UI = Path(__file__).parents[2] / "ui"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    health: Health = app.state.sessions.health
    watching = asyncio.create_task(health.watch())
    # A worker that is there reports within a second: until then, no page should miss it.
    with suppress(TimeoutError):
        await asyncio.wait_for(health.missing.until(lambda missing: missing is None), STARTED_WITHIN_S)
    yield
    watching.cancel()


def create_app(sessions: Sessions) -> FastAPI:
    app = FastAPI(
        title="Deep research",
        lifespan=lifespan,
        docs_url=None,  # the pages of FastAPI's own documentation load scripts from elsewhere
        redoc_url=None,
        openapi_url="/api/openapi.json",
        redirect_slashes=False,  # a proxy's prefix would be missing
    )
    app.state.sessions = sessions
    app.state.followers = Followers(sessions)
    for kind, handler in {Problem: on_problem, HTTPException: on_http_error, RequestValidationError: on_bad_input}.items():
        app.add_exception_handler(kind, handler)
    protect(app)
    app.add_middleware(BelowAPrefix)
    app.include_router(routes.api)
    app.include_router(reading.api)
    files = StaticFiles(directory=UI, check_dir=False)
    app.mount("/static", files)

    @app.get("/", include_in_schema=False)
    async def index(request: Request) -> Response:
        return await files.get_response("index.html", request.scope)

    @app.get("/success", include_in_schema=False)
    async def success(request: Request) -> Response:
        return await files.get_response("success.html", request.scope)

    return app
