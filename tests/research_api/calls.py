"""Two calls that nearly every test begins or ends with, and what they are about."""

from __future__ import annotations

from typing import Any

import httpx

VAGUE = "caching"
SPECIFIC = (
    "How does Temporal's event history let a Python workflow recover from a worker crash, compared "
    "with checkpointing?"
)
ANSWER = "a Python web API with retries"
UNKNOWN = "research-edc52278-b62f-46df-9ae5-f2f8c0af5c4a"


def start(http: httpx.Client, query: str = VAGUE, **headers: str) -> dict[str, Any]:
    response = http.post("/api/start-research", json={"query": query}, headers=headers)
    assert response.status_code == 200, response.text
    return dict(response.json())


def finish(http: httpx.Client, session_id: str) -> dict[str, Any]:
    response = http.get(f"/api/result/{session_id}")
    assert response.status_code == 200, response.text
    return dict(response.json())
