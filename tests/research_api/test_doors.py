"""Whom the research application answers, and how many may wait there at once."""

from __future__ import annotations

import socket
import sys
import time
from typing import Any

import httpx
import pytest
from research_servers import ResearchApp

from workshop.config import ROOT
from workshop.services.faults import Faults
from workshop.weather.app import Breakable

sys.path.append(str(ROOT / "solutions" / "05_deep_research"))
from deep_research.web.protection import Protection  # once the stage is on the path
from deep_research.web.reading import MOST_WAITING

FOREIGN: list[dict[str, str]] = [
    {"origin": "http://localhost:3000"},
    {"origin": "http://localhost:8888"},
    {"origin": "https://example.org"},
    {"origin": "null"},
    {"origin": "https://localhost:{port}.example.org"},
    {"origin": "http://127.0.0.1:{port}", "host": "localhost:{port}"},
    {"origin": "http://localhost"},
    {"origin": ""},
    {"origin": "http://["},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site", "origin": "http://localhost:8888"},
    {"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"},
    {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"},
    {"host": "example.org"},
    {"host": "localhost.example.org"},
    {"host": ""},
]
OWN: list[dict[str, str]] = [
    {},
    {"origin": "http://127.0.0.1:{port}"},
    {"origin": "http://localhost:{port}", "host": "localhost:{port}"},
    {"sec-fetch-site": "same-origin", "origin": "https://fuzzy-8234.app.github.dev"},
    {"sec-fetch-site": "none", "sec-fetch-mode": "navigate"},
]
"""The last but one: a proxy that forwards to this port under another name keeps what the browser has found.
"""


def ask(
    http: httpx.Client, method: str, path: str, headers: dict[str, str], kind: str = "application/json"
) -> int:
    port = http.base_url.port
    sent = {"content-type": kind, **{name: value.format(port=port) for name, value in headers.items()}}
    return http.request(method, path, content=b"{}", headers=sent).status_code


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_page_of_another_site_makes_no_call(
    http: httpx.Client, waiting: str, headers: dict[str, str]
) -> None:
    before = http.get(f"/api/status/{waiting}").json()
    calls = [
        ("POST", "/api/start-research"),
        ("POST", f"/api/skip/{waiting}"),
        ("POST", f"/api/cancel/{waiting}"),
    ]
    calls += [
        ("GET", "/api/sessions"),
        ("GET", f"/api/status/{waiting}"),
        ("GET", f"/api/events/{waiting}"),
        ("GET", "/"),
    ]
    for method, path in calls:
        for kind in ("text/plain", "application/json"):
            assert ask(http, method, path, headers, kind) in (400, 403, 415), (method, path)
    assert http.get(f"/api/status/{waiting}").json() == before


@pytest.mark.parametrize("headers", OWN, ids=str)
def test_programs_and_own_pages_are_served(http: httpx.Client, headers: dict[str, str]) -> None:
    assert ask(http, "GET", "/api/health", headers) == 200
    assert ask(http, "POST", "/api/start-research", headers) == 422, "it is read: only the text is missing"


def test_a_link_can_be_followed_and_a_form_not_sent(http: httpx.Client) -> None:
    click = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert ask(http, "GET", "/", click) == 200
    assert ask(http, "POST", "/api/start-research", click) == 403


def listen(app: ResearchApp, session_id: str) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", int(app.url.rsplit(":", 1)[1])), timeout=10)
    line.sendall(f"GET /api/events/{session_id} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return line


def listening(http: httpx.Client) -> int:
    return int(http.get("/api/health").json()["listening"])


def test_listeners_are_bounded_in_words_and_keep_nobody_else_out(
    app: ResearchApp, http: httpx.Client, waiting: str
) -> None:
    lines = [listen(app, waiting) for _ in range(MOST_WAITING + 20)]
    heads = [line.recv(12) for line in lines]
    assert heads.count(b"HTTP/1.1 200") == MOST_WAITING and heads.count(b"HTTP/1.1 503") == 20
    refused = http.get(f"/api/events/{waiting}")
    assert refused.status_code == 503 and refused.headers["retry-after"] == "2"
    assert "/api/status" in refused.json()["detail"]
    assert http.get(f"/api/result/{waiting}").status_code == 503, "this call would stay as well"
    assert listening(http) == MOST_WAITING
    assert http.get(f"/api/status/{waiting}").status_code == 200
    assert ask(http, "POST", "/api/start-research", {}) == 422
    for line in lines:
        line.close()
    deadline = time.monotonic() + 10
    while listening(http):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    again = listen(app, waiting)
    assert again.recv(12) == b"HTTP/1.1 200", "places are free again"
    again.close()


@pytest.mark.parametrize("name", ["research", "weather"])
async def test_half_a_call_is_none_though_it_could_be_read(name: str) -> None:
    """Its client is gone in the middle of a body whose beginning happens to be JSON."""
    made = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        made.append(scope["path"])

    messages = [
        {"type": "http.request", "body": b'{"query": "all of it?"}', "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        raise AssertionError(message)

    headers = [
        (b"host", b"localhost"),
        (b"user-agent", b"x"),
        (b"content-type", b"application/json"),
        (b"content-length", b"1000"),
    ]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/x",
        "query_string": b"",
        "headers": headers,
        "server": ("127.0.0.1", 1),
    }
    guarded = Protection(application) if name == "research" else Breakable(application, Faults())
    await guarded(scope, receive, send)
    assert made == [] and messages == []
