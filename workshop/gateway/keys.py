"""Which key a call carries, and whether it may leave this machine."""

from __future__ import annotations

from fastapi import Request

from workshop.config import PRACTICE_KEY
from workshop.gateway.errors import NO_KEY, foreign_key
from workshop.services.in_force import current_settings


def bearer(request: Request) -> str:
    """Return the API key of a request, or an empty text if it has none."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def is_the_owners(key: str) -> bool:
    """Return whether a key is the real one in `.env`: only calls with that key leave this machine."""
    now = current_settings()
    return not now.is_practice and key == now.openai_api_key


def check(key: str) -> None:
    """Raise `ApiError` if the key is missing, or is neither `practice` nor the one in `.env`."""
    if not key:
        raise NO_KEY
    if key != PRACTICE_KEY and not is_the_owners(key):
        raise foreign_key(key, current_settings().is_practice)
