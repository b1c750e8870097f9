"""Starting, answering, skipping, cancelling: what each call answers in good order and out of turn."""

from __future__ import annotations

import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest
from research_servers import ResearchApp

from research_api.calls import ANSWER, SPECIFIC, VAGUE, finish, start

pytestmark = pytest.mark.timeout(180)


# --- the story
# -----------------------------------------------------------------------------------------------------------


def test_the_tutorials_own_test(app: ResearchApp, http: httpx.Client) -> None:
    """Start, answer one question, stop the worker with Ctrl+C, wait, start it again, go on: everything is
    still there.
    """
    begun = start(http)
    session_id, questions = begun["session_id"], begun["clarification_questions"]
    assert re.fullmatch(
        r"research-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", session_id
    )
    assert begun["status"] == "awaiting_clarifications"
    assert len(questions) in (2, 3)

    before = http.get(f"/api/status/{session_id}").json()
    assert (before["current_question"], before["current_question_index"]) == (questions[0], 0)
    accepted = http.post(f"/api/answer/{session_id}/0", json={"answer": ANSWER}).json()
    assert (accepted["status"], accepted["session_status"]) == ("accepted", "awaiting_clarifications")

    assert app.worker.stop(signal.SIGINT) == 0
    app.wait_until(healthy=False)
    away = http.get(f"/api/status/{session_id}")
    assert away.status_code == 503
    assert (away.json()["missing"], away.json()["start"]) == ("worker", "python run_worker.py")
    time.sleep(2)
    app.worker.start()
    app.wait_until(healthy=True)

    after = http.get(f"/api/status/{session_id}").json()
    assert after["query"] == VAGUE
    assert after["clarification_questions"] == questions
    assert after["clarification_responses"] == {"question_0": ANSWER}
    assert (after["current_question"], after["current_question_index"]) == (questions[1], 1)
    for index in range(1, len(questions)):
        http.post(f"/api/answer/{session_id}/{index}", json={"answer": ANSWER}).raise_for_status()
    result = finish(http, session_id)
    fields = {"session_id", "short_summary", "markdown_report", "follow_up_questions", "sources"}
    assert set(result) == fields
    assert result["session_id"] == session_id
    assert "## Sources" in result["markdown_report"]
    assert http.get(f"/api/status/{session_id}").json()["status"] == "completed"


def test_a_specific_query_needs_no_answers(http: httpx.Client) -> None:
    begun = start(http, SPECIFIC)
    assert (begun["status"], begun["clarification_questions"]) == ("planning", [])
    assert finish(http, begun["session_id"])["short_summary"]


# --- answers
# ------------------------------------------------------------------------------------------------------------


def test_a_double_click_answers_one_question(http: httpx.Client, waiting: str) -> None:
    def click(_: int) -> httpx.Response:
        return http.post(f"/api/answer/{waiting}/0", json={"answer": ANSWER})

    with ThreadPoolExecutor(5) as pool:
        clicks = list(pool.map(click, range(5)))
    assert [click.status_code for click in clicks] == [200] * 5
    assert http.get(f"/api/status/{waiting}").json()["clarification_responses"] == {"question_0": ANSWER}


def test_answers_out_of_turn(http: httpx.Client, waiting: str) -> None:
    early = http.post(f"/api/answer/{waiting}/1", json={"answer": ANSWER})
    assert (early.status_code, early.json()["detail"]) == (
        409,
        "Question 2 is not the open one: that is question 1.",
    )
    http.post(f"/api/answer/{waiting}/0", json={"answer": ANSWER}).raise_for_status()
    other = http.post(f"/api/answer/{waiting}/0", json={"answer": "something else"})
    assert (other.status_code, other.json()["detail"]) == (
        409,
        "Question 1 is not the open one: that is question 2.",
    )
    assert http.post(f"/api/answer/{waiting}/99", json={"answer": ANSWER}).status_code == 409
    assert http.get(f"/api/status/{waiting}").json()["clarification_responses"] == {"question_0": ANSWER}


def test_after_the_end_the_same_answer_is_still_accepted_and_no_other(
    http: httpx.Client, finished: str
) -> None:
    again = http.post(f"/api/answer/{finished}/0", json={"answer": f"  {ANSWER} "})
    assert (again.status_code, again.json()["session_status"]) == (200, "completed")
    for index, answer in ((0, "something else"), (9, ANSWER)):
        late = http.post(f"/api/answer/{finished}/{index}", json={"answer": answer})
        assert (late.status_code, late.json()["detail"]) == (
            409,
            "This research run is over. Start a new one.",
        )
    for call in ("skip", "cancel"):
        assert http.post(f"/api/{call}/{finished}", json={}).status_code == 409


def test_skipping_begins_without_the_answers(http: httpx.Client) -> None:
    session_id = start(http)["session_id"]
    http.post(f"/api/answer/{session_id}/0", json={"answer": ANSWER}).raise_for_status()
    skipped = http.post(f"/api/skip/{session_id}", json={})
    assert (skipped.status_code, skipped.json()["status"]) == (200, "accepted")
    assert skipped.json()["current_question"] is None
    finish(http, session_id)
    assert http.get(f"/api/status/{session_id}").json()["clarification_responses"] == {"question_0": ANSWER}


def test_cancel(http: httpx.Client, waiting: str) -> None:
    cancelled = http.post(f"/api/cancel/{waiting}", json={})
    assert (cancelled.status_code, cancelled.json()["status"]) == (202, "cancelling")
    result = http.get(f"/api/result/{waiting}")
    assert result.status_code == 409
    assert "cancelled" in result.json()["detail"].lower()
    assert http.get(f"/api/status/{waiting}").json()["status"] == "cancelled"
    assert http.get(f"/api/report/{waiting}.md").status_code == 409
    assert http.post(f"/api/cancel/{waiting}", json={}).status_code == 409


# --- start
# ------------------------------------------------------------------------------------------------------------


def test_an_idempotency_key_starts_one_research(http: httpx.Client) -> None:
    key = str(uuid4())

    def begin(_: int) -> dict[str, Any]:
        return start(http, **{"Idempotency-Key": key})

    with ThreadPoolExecutor(4) as pool:
        begun = list(pool.map(begin, range(4)))
    session_id = begun[0]["session_id"]
    assert {one["session_id"] for one in begun} == {session_id}
    other = http.post("/api/start-research", json={"query": "queues"}, headers={"Idempotency-Key": key})
    assert other.status_code == 409
    http.post(f"/api/skip/{session_id}", json={}).raise_for_status()
    finish(http, session_id)
    late = start(http, **{"Idempotency-Key": key})
    assert (late["session_id"], late["status"]) == (session_id, "completed")
    other = http.post("/api/start-research", json={"query": "queues"}, headers={"Idempotency-Key": key})
    assert (other.status_code, other.json()["detail"]) == (
        409,
        "This Idempotency-Key belongs to a research run on another query.",
    )


def test_without_a_key_each_call_starts_one(http: httpx.Client) -> None:
    ids = {start(http, SPECIFIC)["session_id"] for _ in range(2)}
    assert len(ids) == 2


BAD_BODIES = {
    "empty": b'{"query": ""}',
    "blank": b'{"query": " \\t\\n"}',
    "blank to Python alone": b'{"query": "\\u001c"}',
    "too long": b'{"query": "' + b"x" * 2_001 + b'"}',
    "a NUL": b'{"query": "a\\u0000b"}',
    "a lone surrogate": b'{"query": "\\ud800"}',
    "a lone surrogate as a name": b'{"\\udfff": "x"}',
    "no text": b'{"query": 7}',
    "null": b'{"query": null}',
    "another name": b'{"question": "caching"}',
    "no object": b'["caching"]',
    "no JSON": b"{query: caching",
    "nothing": b"",
    "not UTF-8": b'{"query": "\xff\xfe"}',
    "deep": b'{"query": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_what_is_no_query(http: httpx.Client, body: bytes) -> None:
    response = http.post("/api/start-research", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code in (400, 422), response.text
    assert response.json()["detail"]


def test_a_bad_answer_is_refused_like_a_bad_query(http: httpx.Client, waiting: str) -> None:
    for body in BAD_BODIES.values():
        content = body.replace(b"query", b"answer")
        response = http.post(
            f"/api/answer/{waiting}/0", content=content, headers={"Content-Type": "application/json"}
        )
        assert response.status_code in (400, 422), response.text
    assert http.get(f"/api/status/{waiting}").json()["clarification_responses"] == {}


@pytest.mark.parametrize("size", [70_000, 5_000_000])
@pytest.mark.parametrize("is_chunked", [False, True], ids=["with its length", "chunked"])
def test_a_body_over_the_bound(http: httpx.Client, size: int, is_chunked: bool) -> None:
    body = b'{"query": "' + b"x" * size + b'"}'
    content = (body[at : at + 8_192] for at in range(0, len(body), 8_192)) if is_chunked else body
    try:
        response = http.post(
            "/api/start-research", content=content, headers={"Content-Type": "application/json"}
        )
    except httpx.WriteError:
        assert size > 1_000_000  # the server closes the line rather than read all of it
    else:
        assert response.status_code == 413
        assert "A text may have 2,000 characters" in response.json()["detail"]
        assert "65,536 bytes" in response.json()["detail"]


def test_a_text_that_is_too_long_is_told_its_limit_in_plain_words(http: httpx.Client, waiting: str) -> None:
    long = {"query": "x" * 3000, "answer": "x" * 3000}
    for address in ("start-research", f"answer/{waiting}/0"):
        said = http.post(f"/api/{address}", json=long).json()["detail"]
        assert said.endswith("it has 3,000 characters; 2,000 are allowed"), said


def test_texts_that_must_come_through(http: httpx.Client) -> None:
    for text in (
        "\u202eright to left",
        "💾" * 2_000,
        "a\u0001b",
        "'; DROP TABLE executions; --",
        "../../etc/passwd",
        "{{7*7}}",
    ):
        begun = start(http, text)
        assert http.get(f"/api/status/{begun['session_id']}").json()["query"] == text.strip()
        http.post(f"/api/cancel/{begun['session_id']}", json={})
