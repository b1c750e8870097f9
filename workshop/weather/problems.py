"""Errors in the National Weather Service's form: RFC 7807's problem details."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse


class Problem(Exception):
    """An error that a call answers with."""

    def __init__(self, status: int, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.more = more


def wrong_parameter(parameter: str, known: Iterable[str]) -> Problem:
    """Return the error for a value that is not one of those known."""
    listed = json.dumps([*known], separators=(",", ":"))
    message = f"Does not have a value in the enumeration {listed}"
    return Problem(400, "Bad Request", parameterErrors=[{"parameter": parameter, "message": message}])


def problem(
    path: str, status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any
) -> JSONResponse:
    """Return an error in the service's form. Its correlation id follows from the path."""
    correlation = f"{zlib.crc32(path.encode()):08x}"
    title = "Unexpected Problem" if status == 500 else HTTPStatus(status).phrase
    body = {
        "correlationId": correlation,
        "title": title,
        "type": f"https://api.weather.gov/problems/{title.replace(' ', '')}",
        "status": status,
        "detail": detail,
        "instance": f"https://api.weather.gov/requests/{correlation}",
        **more,
    }
    return JSONResponse(body, status, dict(headers or {}), media_type="application/problem+json")
