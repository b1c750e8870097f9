"""Errors in OpenAI's form: the status, the body and the codes that the `openai` client and the SDKs read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi.responses import JSONResponse

from workshop.services.faults import KINDS, Fault


class ApiError(Exception):
    """An error answer. The body is `{"error": {message, type, param, code}}`, as OpenAI sends it."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.type = type
        self.param = param
        self.code = code
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        return {"error": {"message": self.message, "type": self.type, "param": self.param, "code": self.code}}

    def response(self) -> JSONResponse:
        return JSONResponse(self.body(), status_code=self.status, headers=self.headers)


def missing(param: str) -> ApiError:
    return ApiError(f"Missing required parameter: '{param}'.", param=param, code="missing_required_parameter")


def wrong_type(param: str, expected: str, value: object) -> ApiError:
    return ApiError(
        f"Invalid type for '{param}': expected {expected}, but got {describe(value)} instead.",
        param=param,
        code="invalid_type",
    )


def wrong_value(param: str, value: object, supported: list[str]) -> ApiError:
    listed = ", ".join(f"'{name}'" for name in supported[:-1])
    listed = f"{listed} and '{supported[-1]}'" if listed else f"'{supported[-1]}'"
    return ApiError(
        f"Invalid value: '{str(value)[:100]}'. Supported values are: {listed}.",
        param=param,
        code="invalid_value",
    )


def not_found(what: str, id: str) -> ApiError:
    return ApiError(f"{what} with id '{id[:100]}' not found.", status=404)


def unsupported_here(what: str, param: str) -> ApiError:
    """Return the error for a feature that OpenAI has and the practice model lacks."""
    return ApiError(
        f"{what} is not something that the practice model can do. Leave it out, or put a real OPENAI_API_KEY into .env.",
        param=param,
        code="unsupported_value",
    )


def describe(value: object) -> str:
    """Return the JSON type of a value, with its article."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int():
            return "an integer"
        case float():
            return "a decimal"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"


NO_KEY = ApiError(
    "You didn't provide an API key. Every program of this course reads it from .env: run `python3 -m workshop up`, which "
    "writes that file, and look at its line OPENAI_API_KEY (`practice` is the built-in practice model: no key, no cost).",
    status=401,
)


def foreign_key(key: str, is_practice: bool) -> ApiError:
    """Return the error for a key that is not the one in `.env`. It does not repeat the key."""
    has = "says practice" if is_practice else "has another one"
    return ApiError(
        f"Your client sent an API key of its own ({len(key)} characters), while .env {has}. Nothing was passed on: .env decides, "
        "whatever your shell exports. In a notebook run the first cell again. In a terminal, in the folder of the course, type "
        "`set -a; . ./.env; set +a` and start the program again. To use that key, put it into .env as OPENAI_API_KEY first.",
        status=401,
        code="invalid_api_key",
    )


def of_fault(fault: Fault) -> ApiError | None:
    """Return the error with which a fault refuses a call; None for kinds that spoil the answer."""
    kind = KINDS[fault.kind]
    if kind.status is None:
        return None
    return ApiError(kind.says, status=kind.status, type=kind.type, code=kind.code, headers=fault.headers)


def upstream_unreachable(host: str, reason: str) -> ApiError:
    """Return the error for a model endpoint behind the gateway that gave no answer."""
    return ApiError(
        f"The gateway could not reach the model endpoint at {host} ({reason}). Look at UPSTREAM_BASE_URL in .env and at your "
        "network. To go on without it, set OPENAI_API_KEY=practice in .env and restart what runs.",
        status=502,
        type="server_error",
        code="upstream_unreachable",
    )
