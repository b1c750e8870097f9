"""The faults that end a call with an error, in OpenAI's own form."""

from __future__ import annotations

from workshop.gateway.errors import ApiError
from workshop.services.faults import Fault


def error_of(fault: Fault, model: str) -> ApiError | None:
    """Return the error that the real service would send; None for kinds that delay the answer or break the
    line.
    """
    match fault.kind:
        case "rate_limit":
            return ApiError(
                f"Rate limit reached for {model} on requests per min (RPM): Limit 3, Used 3, Requested 1.",
                status=429,
                type="requests",
                code="rate_limit_exceeded",
                headers=_retry_after(fault),
            )
        case "bad_request":
            return ApiError(
                "We could not process your request: the input is not valid for this model.", param="input"
            )
        case "unauthorized":
            return ApiError("Incorrect API key provided.", status=401, code="invalid_api_key")
        case "server_error":
            return ApiError(
                "The server had an error while processing your request. Sorry about that!",
                status=500,
                type="server_error",
            )
        case "unavailable":
            return ApiError(
                "The engine is currently overloaded, please try again later.",
                status=503,
                type="service_unavailable_error",
                headers=_retry_after(fault),
            )
        case _:
            return None


def _retry_after(fault: Fault) -> dict[str, str]:
    if fault.retry_after_s is None:
        return {}
    return {"retry-after": f"{fault.retry_after_s:g}"}
