"""The calls of the research server, over HTTP: what each answers in good order and out of turn."""

from __future__ import annotations

import asyncio
import re
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest
from bench_instance import Bench
from research_servers import Events, ResearchApp, research_app
from temporalio.client import Client

from workshop.clients import Gateway

pytestmark = [pytest.mark.timeout(180), pytest.mark.xdist_group("research_server")]

VAGUE = "caching"
SPECIFIC = "How does Temporal's event history let a Python workflow recover from a worker crash, compared with checkpointing?"
ANSWER = "a Python web API with retries"
UNKNOWN = "research-edc52278-b62f-46df-9ae5-f2f8c0af5c4a"


@pytest.fixture(scope="module")
def app(bench: Bench) -> Iterator[ResearchApp]:
    with research_app(bench) as running:
        yield running


@pytest.fixture(scope="module")
def http(app: ResearchApp) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=app.url, timeout=60) as client:
        yield client


@pytest.fixture
def gateway(bench: Bench) -> Iterator[Gateway]:
    client = Gateway(bench.settings.gateway_url)
    client.clear_faults()
    yield client
    client.clear_faults()


def start(http: httpx.Client, query: str = VAGUE, **headers: str) -> dict[str, Any]:
    response = http.post("/api/start-research", json={"query": query}, headers=headers)
    assert response.status_code == 200, response.text
    return dict(response.json())


def finish(http: httpx.Client, session_id: str) -> dict[str, Any]:
    response = http.get(f"/api/result/{session_id}")
    assert response.status_code == 200, response.text
    return dict(response.json())


@pytest.fixture(scope="module")
def finished(http: httpx.Client) -> str:
    """The id of a finished research, on all answers."""
    begun = start(http)
    for index in range(len(begun["clarification_questions"])):
        http.post(f"/api/answer/{begun['session_id']}/{index}", json={"answer": ANSWER}).raise_for_status()
    finish(http, begun["session_id"])
    return str(begun["session_id"])


@pytest.fixture
def waiting(http: httpx.Client) -> Iterator[str]:
    """The id of a research that waits for its first answer."""
    session_id = start(http)["session_id"]
    yield session_id
    http.post(f"/api/cancel/{session_id}", json={})


# --- the story -----------------------------------------------------------------------------------------------------------


def test_the_tutorials_own_test(app: ResearchApp, http: httpx.Client) -> None:
    """Start, answer one question, stop the worker with Ctrl+C, wait, start it again, go on: everything is still there."""
    begun = start(http)
    session_id, questions = begun["session_id"], begun["clarification_questions"]
    assert re.fullmatch(r"research-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", session_id)
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
    assert set(result) == {"session_id", "short_summary", "markdown_report", "follow_up_questions"}
    assert result["session_id"] == session_id
    assert "## Sources" in result["markdown_report"]
    assert http.get(f"/api/status/{session_id}").json()["status"] == "completed"


def test_a_specific_query_needs_no_answers(http: httpx.Client) -> None:
    begun = start(http, SPECIFIC)
    assert (begun["status"], begun["clarification_questions"]) == ("planning", [])
    assert finish(http, begun["session_id"])["short_summary"]


# --- answers ---------------------------------------------------------------------------------------------------------------


def test_a_double_click_answers_one_question(http: httpx.Client, waiting: str) -> None:
    def click(_: int) -> httpx.Response:
        return http.post(f"/api/answer/{waiting}/0", json={"answer": ANSWER})

    with ThreadPoolExecutor(5) as pool:
        clicks = list(pool.map(click, range(5)))
    assert [click.status_code for click in clicks] == [200] * 5
    assert http.get(f"/api/status/{waiting}").json()["clarification_responses"] == {"question_0": ANSWER}


def test_answers_out_of_turn(http: httpx.Client, waiting: str) -> None:
    early = http.post(f"/api/answer/{waiting}/1", json={"answer": ANSWER})
    assert (early.status_code, early.json()["detail"]) == (409, "The open question is number 0, not 1.")
    http.post(f"/api/answer/{waiting}/0", json={"answer": ANSWER}).raise_for_status()
    other = http.post(f"/api/answer/{waiting}/0", json={"answer": "something else"})
    assert (other.status_code, other.json()["detail"]) == (409, "The open question is number 1, not 0.")
    assert http.post(f"/api/answer/{waiting}/99", json={"answer": ANSWER}).status_code == 409
    assert http.get(f"/api/status/{waiting}").json()["clarification_responses"] == {"question_0": ANSWER}


def test_after_the_end_the_same_answer_is_still_accepted_and_no_other(http: httpx.Client, finished: str) -> None:
    again = http.post(f"/api/answer/{finished}/0", json={"answer": f"  {ANSWER} "})
    assert (again.status_code, again.json()["session_status"]) == (200, "completed")
    for index, answer in ((0, "something else"), (9, ANSWER)):
        late = http.post(f"/api/answer/{finished}/{index}", json={"answer": answer})
        assert (late.status_code, late.json()["detail"]) == (409, "This research is over. Start a new one.")
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


# --- start -----------------------------------------------------------------------------------------------------------------


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
    assert (other.status_code, other.json()["detail"]) == (409, "This Idempotency-Key belongs to a research on another query.")


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
        response = http.post(f"/api/answer/{waiting}/0", content=content, headers={"Content-Type": "application/json"})
        assert response.status_code in (400, 422), response.text
    assert http.get(f"/api/status/{waiting}").json()["clarification_responses"] == {}


@pytest.mark.parametrize("size", [70_000, 5_000_000])
@pytest.mark.parametrize("is_chunked", [False, True], ids=["with its length", "chunked"])
def test_a_body_over_the_bound(http: httpx.Client, size: int, is_chunked: bool) -> None:
    body = b'{"query": "' + b"x" * size + b'"}'
    content = (body[at : at + 8_192] for at in range(0, len(body), 8_192)) if is_chunked else body
    try:
        response = http.post("/api/start-research", content=content, headers={"Content-Type": "application/json"})
    except httpx.WriteError:
        assert size > 1_000_000  # the server closes the line rather than read all of it
    else:
        assert response.status_code == 413
        assert "65,536 bytes" in response.json()["detail"]


def test_texts_that_must_come_through(http: httpx.Client) -> None:
    for text in ("\u202eright to left", "💾" * 2_000, "a\u0001b", "'; DROP TABLE executions; --", "../../etc/passwd", "{{7*7}}"):
        begun = start(http, text)
        assert http.get(f"/api/status/{begun['session_id']}").json()["query"] == text.strip()
        http.post(f"/api/cancel/{begun['session_id']}", json={})


# --- ids, hosts, headers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "session_id",
    [
        UNKNOWN,
        "x",
        "research-",
        "research-" + "a" * 65,
        "routing-1",
        "research-%00",
        "research-a%2Fb",
        "research-%F0%9F%92%BE",
        "...",
    ],
)
def test_ids_that_nobody_has(http: httpx.Client, session_id: str) -> None:
    calls = [("GET", path) for path in ("status/{}", "result/{}", "events/{}", "report/{}.md", "report/{}.html")]
    calls += [("POST", path) for path in ("answer/{}/0", "skip/{}", "cancel/{}")]
    for method, path in calls:
        body = {"json": {"answer": ANSWER}} if method == "POST" else {}
        response = http.request(method, f"/api/{path.format(session_id)}", **body)  # type: ignore[arg-type]
        assert response.status_code == 404, f"{path}: {response.text}"
        assert response.json()["detail"]


async def test_a_workflow_that_is_no_research_is_unknown(bench: Bench, app: ResearchApp) -> None:
    client = await Client.connect(bench.settings.temporal_address)
    handle = await client.start_workflow("Something", id=f"research-{uuid4()}", task_queue="nobody-serves-it")
    try:
        async with httpx.AsyncClient(base_url=app.url) as http:
            for method, path in (("GET", "status"), ("GET", "events"), ("GET", "result"), ("POST", "cancel"), ("POST", "skip")):
                response = await http.request(method, f"/api/{path}/{handle.id}", headers={"Content-Type": "application/json"})
                assert response.status_code == 404
    finally:
        await handle.terminate()


async def test_a_research_that_was_terminated_has_failed(bench: Bench, http: httpx.Client, waiting: str) -> None:
    await (await Client.connect(bench.settings.temporal_address)).get_workflow_handle(waiting).terminate()
    status = await asyncio.to_thread(http.get, f"/api/status/{waiting}")
    assert (status.json()["status"], status.json()["error"]) == ("failed", "The research was terminated.")
    assert (await asyncio.to_thread(http.get, f"/api/result/{waiting}")).status_code == 409


def test_calls_from_elsewhere(http: httpx.Client, waiting: str) -> None:
    for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80"):
        assert http.get("/api/sessions", headers={"Host": host}).status_code == 400
    for host in ("localhost", "127.0.0.1:8234", "[::1]:8234", "fuzzy-name-8234.app.github.dev"):
        assert http.get("/api/sessions", headers={"Host": host}).status_code == 200
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        response = http.post(f"/api/cancel/{waiting}", content=b"{}", headers={"Content-Type": kind})
        assert (response.status_code, response.json()["detail"]) == (415, "Send the header Content-Type: application/json.")
    assert http.get(f"/api/status/{waiting}").json()["status"] == "awaiting_clarifications"


@pytest.mark.parametrize("path", ["/", "/success", "/static/index.html", "/static/none", "/api/health", "/api/status/x", "/none"])
def test_every_answer_is_protected(http: httpx.Client, path: str) -> None:
    headers = http.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")


def test_the_pages(http: httpx.Client) -> None:
    for path, file in (("/", "index.html"), ("/success", "success.html")):
        page = http.get(path)
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert page.text == http.get(f"/static/{file}").text
    for path in ("/static/../run_server.py", "/static/%2e%2e/run_server.py", "/static/%00", "/static/" + "x" * 5_000):
        assert http.get(path).status_code == 404


def test_health(http: httpx.Client) -> None:
    health = http.get("/api/health").json()
    assert (health["status"], health["temporal"], health["worker"]) == ("healthy", True, True)
    assert health["web_ui"].startswith("http://localhost:") and health["web_ui"].endswith("/namespaces/default/workflows")


# --- report and result -------------------------------------------------------------------------------------------------------


def test_the_report_in_two_forms(http: httpx.Client, finished: str) -> None:
    result = finish(http, finished)
    markdown = http.get(f"/api/report/{finished}.md")
    assert (markdown.headers["content-type"], markdown.text) == ("text/markdown; charset=utf-8", result["markdown_report"])
    html = http.get(f"/api/report/{finished}.html")
    assert html.headers["content-type"] == "text/html; charset=utf-8"
    assert '<h2 id="section-sources">Sources</h2>' in html.text
    assert http.get(f"/api/report/{finished}.pdf").status_code == 422


def test_no_report_before_the_end(http: httpx.Client, waiting: str) -> None:
    for form in ("md", "html"):
        response = http.get(f"/api/report/{waiting}.{form}")
        assert response.status_code == 409
        assert "isn't written yet" in response.json()["detail"]


def test_the_result_waits_for_the_end(http: httpx.Client) -> None:
    session_id = start(http)["session_id"]
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(finish, http, session_id)
        time.sleep(2.5)  # longer than one look of the server's
        assert not waits.done()
        http.post(f"/api/skip/{session_id}", json={}).raise_for_status()
        assert waits.result(timeout=30)["markdown_report"]


def test_a_search_that_fails_is_named_in_the_report(http: httpx.Client, gateway: Gateway, finished: str) -> None:
    missing = http.get(f"/api/status/{finished}").json()["searches"][1]["query"]
    gateway.fault("bad_request", match=f"Search term: {missing}\n")
    begun = start(http)
    for index in range(len(begun["clarification_questions"])):
        http.post(f"/api/answer/{begun['session_id']}/{index}", json={"answer": ANSWER}).raise_for_status()
    report = finish(http, begun["session_id"])["markdown_report"]
    assert f"- {missing}: " in report.split("## Searches that failed")[1]
    states = [search["state"] for search in http.get(f"/api/status/{begun['session_id']}").json()["searches"]]
    assert sorted(states) == ["done"] * (len(states) - 1) + ["failed"]


def test_when_every_search_fails_the_research_fails_with_the_reason(http: httpx.Client, gateway: Gateway) -> None:
    gateway.fault("bad_request", match="Search term: ")
    session_id = start(http, SPECIFIC)["session_id"]
    result = http.get(f"/api/result/{session_id}")
    assert result.status_code == 409
    assert "Every search failed" in result.json()["detail"]
    status = http.get(f"/api/status/{session_id}").json()
    assert status["status"] == "failed"
    assert status["error"].startswith("Every search failed: ")
    assert http.get(f"/api/report/{session_id}.md").status_code == 409


# --- sessions ----------------------------------------------------------------------------------------------------------------


def test_sessions_come_newest_first_and_in_pages(http: httpx.Client, finished: str) -> None:
    texts = [f"{VAGUE} number {number}" for number in range(5)]
    begun = [start(http, text)["session_id"] for text in texts]
    deadline = time.monotonic() + 10
    while http.get("/api/sessions?limit=1").json()["sessions"][0]["session_id"] != begun[-1]:  # the index lags a moment
        assert time.monotonic() < deadline
        time.sleep(0.1)
    listed: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = http.get("/api/sessions", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        assert len(page["sessions"]) <= 2
        listed += page["sessions"]
        cursor = page["next_cursor"]
    ids = [one["session_id"] for one in listed]
    assert ids[:5] == begun[::-1]
    assert [one["query"] for one in listed[:5]] == texts[::-1]
    assert len(ids) == len(set(ids))
    assert all(one["session_id"].startswith("research-") for one in listed)
    assert listed[0]["state"] == "running"
    assert listed[0]["ended"] is None
    done = next(one for one in listed if one["session_id"] == finished)
    assert (done["state"], done["query"]) == ("completed", VAGUE)
    assert done["started"] < done["ended"]
    for session_id in begun:
        http.post(f"/api/cancel/{session_id}", json={})


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=x", "cursor=YWJj", "cursor=%00", "cursor=é"])
def test_pages_that_are_none(http: httpx.Client, query: str) -> None:
    began = time.monotonic()
    assert http.get(f"/api/sessions?{query}").status_code == 422
    assert time.monotonic() - began < 2


# --- events ------------------------------------------------------------------------------------------------------------------


def test_two_tabs_share_a_follower_and_hear_the_same(app: ResearchApp, http: httpx.Client) -> None:
    session_id = start(http)["session_id"]
    tabs = [Events(app, session_id), Events(app, session_id)]
    for tab in tabs:
        tab.wait(lambda heard: heard.stages == ["awaiting_clarifications"])
    health = http.get("/api/health").json()
    assert (health["following"], health["listening"]) == (1, 2)
    tabs.append(Events(app, session_id))
    tabs[2].wait(lambda heard: bool(heard.stages))
    tabs[2].leave()
    http.post(f"/api/answer/{session_id}/0", json={"answer": ANSWER}).raise_for_status()
    for tab in tabs[:2]:
        tab.wait(lambda heard: len(heard.heard) == 2)
        assert tab.heard[1][1]["clarification_responses"] == {"question_0": ANSWER}
    http.post(f"/api/skip/{session_id}", json={}).raise_for_status()
    for tab in tabs[:2]:
        tab.wait(lambda heard: heard.is_over)
        assert (tab.names[-2:], tab.stages[-1]) == (["status", "end"], "completed")
        assert tab.names.count("end") == 1
        assert tab.heard[-2][1] == http.get(f"/api/status/{session_id}").json()
        assert all(earlier != later for earlier, later in zip(tab.heard, tab.heard[1:], strict=False))
    health = http.get("/api/health").json()
    assert (health["following"], health["listening"]) == (0, 0)


def test_a_page_that_leaves_is_forgotten(app: ResearchApp, http: httpx.Client, waiting: str) -> None:
    tab = Events(app, waiting)
    tab.wait(lambda heard: bool(heard.stages))
    assert http.get("/api/health").json()["listening"] == 1
    tab.leave()
    deadline = time.monotonic() + 5
    while http.get("/api/health").json()["following"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_finished_research_tells_its_state_and_ends(app: ResearchApp, finished: str) -> None:
    tab = Events(app, finished)
    tab.wait(lambda heard: heard.is_over, within_s=5)
    assert (tab.names, tab.stages) == (["status", "end"], ["completed"])


def test_a_cancel_is_told(app: ResearchApp, http: httpx.Client, waiting: str) -> None:
    tab = Events(app, waiting)
    tab.wait(lambda heard: bool(heard.stages))
    http.post(f"/api/cancel/{waiting}", json={}).raise_for_status()
    tab.wait(lambda heard: heard.is_over)
    assert (tab.stages[-1], tab.names[-1]) == ("cancelled", "end")
