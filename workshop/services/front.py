"""Who may talk to a service: programs on this machine, and pages from the service's own address.

A web page from elsewhere can make the browser on this machine send a request here: under its real name, which
the browser reports (`Origin`, `Sec-Fetch-Site`), or under a name that leads to 127.0.0.1, which `Host`
reports. Programs send neither.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from workshop.config import Settings

LOOPBACK = ("127.0.0.1", "localhost")


class Refusal(NamedTuple):
    """Why a request is refused unread: status, a short code, and a sentence."""

    status: int
    code: str
    text: str


FOREIGN_HOST = Refusal(
    421,
    "foreign_host",
    "This service answers to 127.0.0.1 and localhost only, and the request names another host. Use the address that "
    "`python3 -m workshop status` shows.",
)
FOREIGN_PAGE = Refusal(403, "foreign_origin", "This service does not answer to web pages from elsewhere.")


def refusal(scope: Scope) -> Refusal | None:
    """Return why this request is refused; None if it may pass."""
    headers = Headers(scope=scope)
    port = (scope.get("server") or ("", 0))[1]
    public = Settings.link(port)  # in a Codespace, the address under which GitHub forwards the port
    if _hostname("//" + headers.get("host", "")) not in (*LOOPBACK, _hostname(public)):
        return FOREIGN_HOST
    own = {public, *(f"http://{host}:{port}" for host in LOOPBACK)}
    if any(origin.lower() not in own for origin in headers.getlist("origin")):
        return FOREIGN_PAGE
    site = headers.get("sec-fetch-site", "none").lower()
    if site not in ("none", "same-origin") and not _is_a_click(scope, headers):
        return FOREIGN_PAGE
    return None


def _is_a_click(scope: Scope, headers: Headers) -> bool:
    """Return whether a person follows a link to one of our pages, which the page with the link can't read."""
    return scope["method"] == "GET" and (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == (
        "navigate",
        "document",
    )


def _hostname(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
