"""The control calls for a service's faults: `GET`, `POST` and `DELETE /bench/faults`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from workshop.services.faults import KINDS, Fault, Faults


def _explain(error: ValidationError) -> str:
    """Return one sentence on what is wrong with a fault, and what to write instead."""
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    if field == "kind":
        given = "is missing" if first["type"] == "missing" else f"{first['input']!r} is unknown"
        return f"The kind of fault {given}. Choose one of: {', '.join(KINDS)}."
    if first["type"] == "extra_forbidden":
        return f"{field!r} is not a field of a fault. The fields are: {', '.join(Fault.model_fields)}."
    return f"{field or 'The body'}: {first['msg']}."


def router(faults: Faults) -> APIRouter:
    """Return the control calls `GET`, `POST` and `DELETE /bench/faults` for the faults of one service.

    The body is read here and not by FastAPI, so the service's own handling of bad requests leaves it alone.
    """
    routes = APIRouter()

    @routes.get("/bench/faults")
    async def show() -> dict[str, Any]:
        return {"faults": faults.list(), "kinds": list(KINDS)}

    @routes.post("/bench/faults")
    async def add(request: Request) -> JSONResponse:
        try:
            fault = Fault.model_validate_json(await request.body())
        except ValidationError as error:
            return JSONResponse({"error": _explain(error), "kinds": list(KINDS)}, status_code=422)
        faults.add(fault)
        return JSONResponse({"added": fault.shown(), "faults": faults.list()}, status_code=201)

    @routes.delete("/bench/faults")
    async def clear() -> dict[str, Any]:
        return {"cleared": faults.clear(), "faults": faults.list()}

    return routes
