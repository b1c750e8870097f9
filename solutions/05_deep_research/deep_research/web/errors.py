"""What can go wrong in a call, in words for the one who made it."""

import os
from http import HTTPStatus
from typing import Any, Literal

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from deep_research.connection import how_to_start

Missing = Literal["temporal", "worker", "server"]

DETAILS: dict[Missing, str] = {
    "temporal": "No Temporal server answers. It keeps every research run; start it, and they continue.",
    "worker": "No worker is running. Nothing is lost; start one, and every research run continues.",
    "server": "This web server is stopping. Every research run goes on without it.",
}


def start(missing: Missing) -> str:
    """What to type to bring it back: whoever starts this server may know a better word for it than the README."""
    if missing == "temporal":
        return how_to_start()
    return os.environ.get(f"{missing.upper()}_START") or f"python run_{missing}.py"


class Problem(Exception):
    """An answer other than 200. `more` is beside `detail` in the answer's JSON."""

    def __init__(self, status: int, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status, self.detail, self.more = status, detail, more


class Unavailable(Problem):
    """503: what the call needs isn't there. Says what to start."""

    def __init__(self, missing: Missing, detail: str = "") -> None:
        super().__init__(503, detail or DETAILS[missing], missing=missing, start=start(missing))


class TooSlow(Problem):
    """503: everything is there, and still there was no answer in time. Nothing has to be started: slow is not gone."""

    def __init__(self, who: Missing, within_s: float) -> None:
        super().__init__(503, f"The {who} is busy: no answer within {within_s:g} s. Nothing is lost; call again in a moment.")


class ErrorBody(BaseModel):
    """The JSON of every error."""

    detail: str
    missing: Missing | None = None
    start: str | None = None
    session_id: str | None = None


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: the errors it can answer with."""
    content = {"application/json": {"schema": ErrorBody.model_json_schema()}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


def on_problem(request: Request, problem: Exception) -> JSONResponse:
    assert isinstance(problem, Problem)
    again = {"Retry-After": "2"} if problem.status == 503 else None
    return JSONResponse({"detail": problem.detail, **problem.more}, problem.status, headers=again)


def on_http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return JSONResponse({"detail": error.detail}, error.status_code, headers=error.headers)


def problem_of(error: dict[str, Any]) -> str:
    """What pydantic has against a value, with a text's true length: people obey the first limit that they are told."""
    if error["type"] == "string_too_long":
        return f"it has {len(error['input']):,} characters; {error['ctx']['max_length']:,} are allowed"
    return str(error["msg"].removeprefix("Value error, "))


def on_bad_input(request: Request, error: Exception) -> JSONResponse:
    """422 without the input itself: it may hold what no JSON can carry back, and the caller has it anyway."""
    assert isinstance(error, RequestValidationError)
    found = [f"{one['loc'][-1]}: {problem_of(one)}" for one in error.errors()]
    return JSONResponse({"detail": f"This can't be taken as it is. {'; '.join(found)}"}, 422)
