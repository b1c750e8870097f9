"""The gateway's HTTP application: OpenAI's endpoints, and the course's control calls."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from openai.types import Model
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from workshop.caller import LONGEST
from workshop.config import HOME, LAB_DIR, PRACTICE_KEY
from workshop.gateway import keys, stored
from workshop.gateway.apis import CHAT, RESPONSES
from workshop.gateway.bill import Bill
from workshop.gateway.cache import PromptCache
from workshop.gateway.calls import Brain, Gateway, handle, relay_other
from workshop.gateway.errors import ApiError
from workshop.gateway.memory import Memory
from workshop.gateway.thinking import Thinking
from workshop.gateway.upstream import Upstream
from workshop.practice.types import Reply
from workshop.practice.types import Request as PracticeRequest
from workshop.services.control import router
from workshop.services.faults import Faults
from workshop.services.front import Front, Refusal
from workshop.services.in_force import current_settings, trouble

MOST_BYTES = 16 * 1024 * 1024
"""The largest request body, in bytes: far above the longest conversation of the course."""

PRACTICE_MODEL = Model(id=PRACTICE_KEY, object="model", created=1_735_689_600, owned_by="workshop")


def practice_brain(request: PracticeRequest) -> Reply:
    """Answer with the practice model, imported on first use: it loads a language model."""
    from workshop.practice.model import answer

    return answer(request)


def prepare_practice() -> None:
    """Load what the practice model needs before the first call."""
    from workshop.practice.model import prepare

    prepare()


def create_app(
    brain: Brain = practice_brain, prepare: Callable[[], None] = prepare_practice, lab_dir: Path = LAB_DIR
) -> FastAPI:
    """Return the application, with its bill in `lab_dir`.

    `brain` answers calls made with the practice key. `prepare` runs during the start, in the thread of the
    brain.
    """
    log = logging.getLogger("workshop.gateway")
    faults = Faults()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        thinking = Thinking()
        watch = asyncio.create_task(thinking.watch())
        thinking.submit(prepare).add_done_callback(partial(_note_failure, log))
        upstream = Upstream()
        bill = Bill(lab_dir / "bill.sqlite", log)
        app.state.gateway = Gateway(
            bill, Memory(bill.store), PromptCache(), faults, upstream, brain, thinking, log
        )
        yield
        await bill.settle(1)  # uvicorn has canceled the calls; let each write its row
        await upstream.close()
        watch.cancel()
        thinking.close()
        bill.close()

    app = FastAPI(title="Model gateway", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Front, refuse=_refuse, most_bytes=MOST_BYTES)
    app.include_router(router(faults))
    _add_bench(app)
    _add_errors(app)
    _add_openai(app)
    return app


def _add_openai(app: FastAPI) -> None:
    @app.post("/v1/responses")
    async def responses(request: Request) -> Response:
        return await handle(app.state.gateway, request, RESPONSES)

    @app.post("/v1/chat/completions")
    async def chat_completions(request: Request) -> Response:
        return await handle(app.state.gateway, request, CHAT)

    @app.api_route("/v1/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    async def others(request: Request, path: str) -> Response:
        key = keys.bearer(request)
        keys.check(key)
        if key != PRACTICE_KEY:
            return await relay_other(app.state.gateway, request)
        if (found := await stored.answer(app.state.gateway, request, path)) is not None:
            return JSONResponse(found)
        if request.method == "GET" and path == "models":
            return JSONResponse({"object": "list", "data": [PRACTICE_MODEL.to_dict()]})
        if request.method == "GET" and path.startswith("models/"):
            return JSONResponse({**PRACTICE_MODEL.to_dict(), "id": path.removeprefix("models/")})
        raise _unknown_url(request)


def _add_bench(app: FastAPI) -> None:
    @app.get("/bench/health")
    async def health() -> dict[str, Any]:
        now = current_settings()
        model = PRACTICE_KEY if now.is_practice else f"upstream {_host(now.upstream_base_url)}"
        gateway: Gateway = app.state.gateway
        return {
            "status": "stuck" if gateway.thinking.is_stuck else "healthy",
            "why": gateway.thinking.why,
            "unwritten": gateway.bill.store.unwritten,
            "refusal": gateway.bill.store.refusal,
            "settings": trouble(),
            "service": "gateway",
            "home": str(HOME),
            "pid": os.getpid(),
            "model": model,
        }

    @app.get("/bench/bill")
    async def bill(
        since: float | None = None,
        receipt: Annotated[str | None, Query(max_length=200)] = None,
        workflow: Annotated[str | None, Query(max_length=LONGEST)] = None,
        run: Annotated[str | None, Query(max_length=LONGEST)] = None,
        process: Annotated[str | None, Query(max_length=LONGEST)] = None,
    ) -> Response:
        read = app.state.gateway.bill.read(
            since, receipt=receipt, workflow=workflow, run=run, process=process
        )
        return Response(await read, media_type="application/json")

    @app.delete("/bench/bill")
    async def clear() -> dict[str, int]:
        return {"deleted": await app.state.gateway.bill.clear()}


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(ApiError)
    async def api_error(request: Request, error: ApiError) -> Response:
        return error.response()

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        return _unknown_url(request, error.status_code).response()

    @app.exception_handler(ClientDisconnect)
    async def gone(request: Request, error: ClientDisconnect) -> Response:
        return Response(status_code=400)  # nobody is left to read it

    @app.exception_handler(RequestValidationError)
    async def bad_query(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        name = str(first["loc"][-1])
        return ApiError(f"Invalid '{name}': {first['msg']}.", param=name, code="invalid_value").response()

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        message = "The gateway made a mistake; its traceback is in the gateway's log."
        return ApiError(message, status=500, type="server_error").response()


def _unknown_url(request: Request, status: int = 404) -> ApiError:
    return ApiError(
        f"Unknown request URL: {request.method} {request.url.path}. The practice model answers "
        "/v1/responses, /v1/conversations, /v1/chat/completions and /v1/models; with a real key every other call is passed on.",
        status=status,
        code="unknown_url",
    )


def _refuse(path: str, refusal: Refusal) -> Response:
    return ApiError(refusal.text, status=refusal.status, code=refusal.code).response()


def _note_failure(log: logging.Logger, done: Future[None]) -> None:
    if not done.cancelled() and (error := done.exception()):
        log.error("The practice model could not be prepared", exc_info=error)


def _host(url: str) -> str:
    return urlsplit(url).hostname or "unknown"
