"""Whom the gateway and the weather service answer: programs and their own pages, and no web page from
elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from bench_instance import Bench

from workshop.services import front

FAULT = '{"kind": "slow", "match": "nobody says this"}'
CALLS = [
    *[
        ("POST", "/bench/faults"),
        ("DELETE", "/bench/faults"),
        ("GET", "/bench/faults"),
        ("GET", "/bench/health"),
    ],
    *[("POST", "/notices"), ("GET", "/notices"), ("DELETE", "/notices"), ("GET", "/alerts/active/area/TX")],
    *[
        ("DELETE", "/bench/bill"),
        ("GET", "/bench/bill"),
        ("POST", "/v1/responses"),
        ("GET", "/v1/models"),
        ("OPTIONS", "/bench/faults"),
    ],
]

FOREIGN: list[dict[str, str]] = [
    {"origin": "http://localhost:3000"},
    {"origin": "http://127.0.0.1:8888"},
    {"origin": "https://example.org"},
    {"origin": "null"},
    {"origin": "http://localhost:{port}.example.org"},
    {"origin": "http://localhost"},
    {"origin": "https://localhost:{port}"},
    {"origin": "http://[::1]:{port}"},
    {"origin": "http://localhost:{port}", "sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"},
    {"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script"},
    {"sec-fetch-site": "same-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
    {"origin": ""},
    {"origin": "file://"},
    {"origin": "http://localhost:{port}/"},
    {"origin": "http://localhost:{port} http://localhost:3000"},
    {"origin": "http://user@localhost:{port}"},
    {"origin": "http://localhost.:{port}"},
    {"origin": "http://0.0.0.0:{port}"},
    {"origin": "http://2130706433:{port}"},
    {"origin": "vscode-webview://abc"},
    {"origin": "http://foreign-{port}.app.github.dev"},
    {"sec-fetch-site": "Cross-Site"},
    {"sec-fetch-site": "something-new"},
    {"host": "example.org"},
    {"host": "localhost.example.org:{port}"},
    {"host": ""},
    {"host": "0.0.0.0:{port}"},
    {"host": "foreign-{port}.app.github.dev"},
    {"host": "localhost@example.org"},
]
"""What a browser sends for pages of others, and what no browser of a learner's sends."""

OWN: list[dict[str, str]] = [
    {},
    {"host": "localhost"},
    {"host": "LOCALHOST:{port}"},
    {"host": "127.0.0.1:9999"},
    {"origin": "http://localhost:{port}"},
    {"origin": "http://127.0.0.1:{port}", "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"},
    {"sec-fetch-site": "none", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
]


@pytest.fixture(params=["gateway", "weather"])
def service(request: pytest.FixtureRequest, bench: Bench) -> Iterator[httpx.Client]:
    port = bench.settings.gateway_port if request.param == "gateway" else bench.settings.weather_port
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=10) as client:
        client.delete("/bench/faults")
        yield client
        client.delete("/bench/faults")


def filled(headers: dict[str, str], port: int | None) -> dict[str, str]:
    return {name: value.format(port=port) for name, value in headers.items()}


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_page_from_elsewhere_gets_nothing_and_changes_nothing(
    service: httpx.Client, headers: dict[str, str]
) -> None:
    for kind in ("text/plain", "application/json"):
        for method, path in CALLS:
            sent = {
                "content-type": kind,
                "authorization": "Bearer practice",
                **filled(headers, service.base_url.port),
            }
            answer = service.request(method, path, content=FAULT, headers=sent)
            assert answer.status_code in (403, 421), (method, path)
            assert "access-control-allow-origin" not in answer.headers
    assert service.get("/bench/faults").json()["faults"] == []


@pytest.mark.parametrize("headers", OWN, ids=str)
def test_programs_and_own_pages_are_served(service: httpx.Client, headers: dict[str, str]) -> None:
    sent = filled(headers, service.base_url.port)
    assert service.post("/bench/faults", content=FAULT, headers=sent).status_code == 201
    assert service.delete("/bench/faults", headers=sent).json()["cleared"] == 1


def test_a_link_can_be_followed_and_a_form_not_sent(service: httpx.Client) -> None:
    click = {"sec-fetch-site": "same-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert service.get("/bench/health", headers=click).status_code == 200
    assert service.post("/bench/faults", content=FAULT, headers=click).status_code == 403


def scope(port: int, **headers: str) -> dict[str, Any]:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "method": "POST", "server": ("127.0.0.1", port), "headers": pairs}


def test_in_a_codespace_its_own_forwarded_address_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODESPACE_NAME", "fuzzy-space")
    monkeypatch.setenv("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN", "app.github.dev")
    own = "fuzzy-space-8235.app.github.dev"
    for host in (own, "localhost:8235"):
        assert front.refusal(scope(8235, host=host)) is None
        assert (
            front.refusal(scope(8235, host=host, origin=f"https://{own}", sec_fetch_site="same-origin"))
            is None
        )
        for origin in (
            "https://fuzzy-space-8888.app.github.dev",
            "https://evil-8235.app.github.dev",
            f"http://{own}",
        ):
            assert front.refusal(scope(8235, host=host, origin=origin)) == front.FOREIGN_PAGE
    for host in (
        "evil-8235.app.github.dev",
        "fuzzy-space-8888.app.github.dev",
        "app.github.dev",
        f"{own}.example.org",
    ):
        assert front.refusal(scope(8235, host=host)) == front.FOREIGN_HOST


def test_a_second_origin_does_not_hide_behind_the_first() -> None:
    twice = scope(8235, host="localhost:8235", origin="http://localhost:8235")
    twice["headers"].append((b"origin", b"https://example.org"))
    assert front.refusal(twice) == front.FOREIGN_PAGE
