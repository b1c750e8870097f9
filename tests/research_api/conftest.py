"""One application for all files of this folder, and a research in two states."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import httpx
import pytest
from bench_instance import Bench
from research_servers import ResearchApp, research_app

from research_api.calls import ANSWER, finish, start


@pytest.fixture(scope="package")
def app(bench: Bench) -> Iterator[ResearchApp]:
    with research_app(bench, python=(sys.executable,)) as running:
        yield running


@pytest.fixture(scope="package")
def http(app: ResearchApp) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=app.url, timeout=60) as client:
        yield client


@pytest.fixture(scope="package")
def finished(http: httpx.Client) -> str:
    """Finish a research with all answers; return its id."""
    begun = start(http)
    for index in range(len(begun["clarification_questions"])):
        http.post(f"/api/answer/{begun['session_id']}/{index}", json={"answer": ANSWER}).raise_for_status()
    finish(http, begun["session_id"])
    return str(begun["session_id"])


@pytest.fixture
def waiting(http: httpx.Client) -> Iterator[str]:
    """Start a research that waits for its first answer; return its id."""
    session_id = start(http)["session_id"]
    yield session_id
    http.post(f"/api/cancel/{session_id}", json={})
