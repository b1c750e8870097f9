"""A human at a browser, as a script: it speaks HTTP and doesn't know what is behind the server."""

from typing import Any

import httpx


def start(server: str, query: str) -> dict[str, Any]:
    """Send a query. The answer has the session's id and the questions."""
    response = httpx.post(f"{server}/api/start-research", json={"query": query}, timeout=30)
    response.raise_for_status()
    return dict(response.json())


def answer(server: str, session_id: str, index: int, text: str) -> None:
    """Answer the question with this index, counted from 0."""
    ### BEGIN SOLUTION: POST to /api/answer/SESSION/INDEX with the JSON {"answer": text}, and raise if it is refused
    response = httpx.post(f"{server}/api/answer/{session_id}/{index}", json={"answer": text}, timeout=30)
    response.raise_for_status()
    ### END SOLUTION


def status(server: str, session_id: str) -> dict[str, Any] | None:
    """How far a session is; None when the server knows no such session (404). Raises when the server is in trouble."""
    ### BEGIN SOLUTION: GET /api/status/SESSION; 404 is an answer, every other error is raised
    response = httpx.get(f"{server}/api/status/{session_id}", timeout=30)
    if response.status_code == 404:
        return None
    response.raise_for_status()
    return dict(response.json())
    ### END SOLUTION


def result(server: str, session_id: str) -> dict[str, Any]:
    """Wait for the report."""
    response = httpx.get(f"{server}/api/result/{session_id}", timeout=120)
    response.raise_for_status()
    return dict(response.json())
