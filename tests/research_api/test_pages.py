"""Who may ask for what: ids, hosts, headers; then pages, reports, the list of researches, and what an open
page hears.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from bench_instance import Bench
from research_servers import Events, ResearchApp
from temporalio.client import Client

from research_api.calls import ANSWER, SPECIFIC, UNKNOWN, VAGUE, finish, start
from workshop.workspace.control import Gateway

pytestmark = pytest.mark.timeout(180)


# --- ids, hosts, headers
# -----------------------------------------------------------------------------------------------------


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
    calls = [
        ("GET", path) for path in ("status/{}", "result/{}", "events/{}", "report/{}.md", "report/{}.html")
    ]
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
            for method, path in (
                ("GET", "status"),
                ("GET", "events"),
                ("GET", "result"),
                ("POST", "cancel"),
                ("POST", "skip"),
            ):
                response = await http.request(
                    method, f"/api/{path}/{handle.id}", headers={"Content-Type": "application/json"}
                )
                assert response.status_code == 404
    finally:
        await handle.terminate()


async def test_a_research_that_was_terminated_has_failed(
    bench: Bench, http: httpx.Client, waiting: str
) -> None:
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
        assert (response.status_code, response.json()["detail"]) == (
            415,
            "Send the header Content-Type: application/json.",
        )
    assert http.get(f"/api/status/{waiting}").json()["status"] == "awaiting_clarifications"


@pytest.mark.parametrize(
    "path", ["/", "/success", "/static/index.html", "/static/none", "/api/health", "/api/status/x", "/none"]
)
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
    for path in (
        "/static/../run_server.py",
        "/static/%2e%2e/run_server.py",
        "/static/%00",
        "/static/" + "x" * 5_000,
    ):
        assert http.get(path).status_code == 404


def test_health(http: httpx.Client) -> None:
    health = http.get("/api/health").json()
    assert (health["status"], health["temporal"], health["worker"]) == ("healthy", True, True)
    assert health["web_ui"].startswith("http://localhost:") and health["web_ui"].endswith(
        "/namespaces/default/workflows"
    )


# --- report and result
# -------------------------------------------------------------------------------------------------------


def test_the_report_in_two_forms(http: httpx.Client, finished: str) -> None:
    result = finish(http, finished)
    markdown = http.get(f"/api/report/{finished}.md")
    assert (markdown.headers["content-type"], markdown.text) == (
        "text/markdown; charset=utf-8",
        result["markdown_report"],
    )
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


def test_a_search_that_fails_is_named_in_the_report(
    http: httpx.Client, gateway: Gateway, finished: str
) -> None:
    missing = http.get(f"/api/status/{finished}").json()["searches"][1]["query"]
    gateway.fault("bad_request", match=f"Search term: {missing}\n")
    begun = start(http)
    for index in range(len(begun["clarification_questions"])):
        http.post(f"/api/answer/{begun['session_id']}/{index}", json={"answer": ANSWER}).raise_for_status()
    report = finish(http, begun["session_id"])["markdown_report"]
    assert f"- {missing}: " in report.split("## Searches that failed")[1]
    states = [search["state"] for search in http.get(f"/api/status/{begun['session_id']}").json()["searches"]]
    assert sorted(states) == ["done"] * (len(states) - 1) + ["failed"]


def test_when_every_search_fails_the_research_says_so_and_can_be_tried_again(
    http: httpx.Client, gateway: Gateway
) -> None:
    gateway.fault("bad_request", match="Search term: ")
    session_id = start(http, SPECIFIC)["session_id"]
    result = http.get(f"/api/result/{session_id}")
    assert result.status_code == 409
    assert "Every search failed" in result.json()["detail"]
    assert f"POST /api/retry/{session_id}" in result.json()["detail"]
    status = http.get(f"/api/status/{session_id}").json()
    assert (status["status"], status["failed_stage"]) == ("needs_attention", "searching")
    assert status["error"].startswith("Every search failed: ")
    assert http.get(f"/api/report/{session_id}.md").status_code == 409
    gateway.clear_faults()
    assert http.post(f"/api/retry/{session_id}", json={}).json()["session_status"] == "searching"
    assert http.get(f"/api/result/{session_id}").json()["markdown_report"]
    assert http.post(f"/api/retry/{session_id}", json={}).status_code == 409


def test_a_model_that_is_away_is_told_in_plain_words(http: httpx.Client, gateway: Gateway) -> None:
    """By status and by events: which attempt, why, and when the next attempt is due."""
    gateway.fault("unavailable", match="Plan the web searches")
    session_id = start(http, SPECIFIC)["session_id"]
    with http.stream("GET", f"/api/events/{session_id}") as stream:
        for line in stream.iter_lines():
            told = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
            if told.get("waiting") and told["waiting"]["attempt"] > 2:
                break
    assert told["status"] == "planning"
    status = http.get(f"/api/status/{session_id}").json()
    waiting = status["waiting"]
    assert waiting["reason"] == "The model's provider is in trouble (503)."
    assert "503" in waiting["detail"] and waiting["calls"] == 1
    assert waiting["next_try"] is None or datetime.fromisoformat(waiting["next_try"]) > datetime.now(UTC)
    gateway.clear_faults()
    finish(http, session_id)
    assert http.get(f"/api/status/{session_id}").json()["waiting"] is None


def test_the_plan_is_approved_over_http(http: httpx.Client) -> None:
    """Edited, refused where it can't be, approved; with what it will cost."""
    asked = http.post("/api/start-research", json={"query": SPECIFIC, "plan_wait_s": None}).json()
    session_id = asked["session_id"]
    while (told := http.get(f"/api/status/{session_id}").json())["status"] != "awaiting_approval":
        time.sleep(0.05)
    assert 0 < told["cost"]["so_far_usd"] < told["cost"]["ahead_usd"]
    address = f"/api/plan/{session_id}"
    for wrong in ([], [{"query": " "}], [{"query": "x"}] * 2, [{"query": str(n)} for n in range(13)]):
        assert http.post(address, json={"searches": wrong}).status_code == 422, wrong
    plan = [{"query": "temporalio workers"}]
    held = http.post(address, json={"searches": plan, "approve": False}).json()
    assert held["session_status"] == "awaiting_approval"
    assert http.post(address, json={}).json()["session_status"] == "searching"
    assert len(finish(http, session_id)["sources"]) > 0
    assert http.post(address, json={}).status_code == 409


def payloads(history: str) -> list[str]:
    """All that stands in a history's payloads, as text."""
    return [b64decode(data).decode() for data in re.findall(r'"data": ?"([^"]+)"', history)]


def test_a_follow_up_knows_the_earlier_report(bench: Bench, http: httpx.Client, finished: str) -> None:
    """Its planner and its writer are told what was asked, answered and found."""
    earlier = http.get(f"/api/result/{finished}").json()
    asked = {"query": "Which of these matters most for a small team?", "follows": finished}
    begun = http.post("/api/start-research", json=asked).json()
    http.post(f"/api/skip/{begun['session_id']}", json={})
    finish(http, begun["session_id"])

    async def history_of(session_id: str) -> str:
        client = await Client.connect(bench.settings.temporal_address)
        return (await client.get_workflow_handle(session_id).fetch_history()).to_json()

    told = "".join(payloads(asyncio.run(history_of(begun["session_id"]))))
    found = http.get(f"/api/status/{finished}").json()["searches"][0]["findings"]
    for text in (earlier["short_summary"], found, ANSWER):
        assert json.dumps(text)[1:-1][:200] in told
    unknown = {"query": "And then?", "follows": "research-unknown"}
    assert http.post("/api/start-research", json=unknown).status_code == 404


def test_a_search_in_the_list_and_a_deleted_research(http: httpx.Client) -> None:
    session_id = start(http, "zebras and quaggas")["session_id"]
    deadline = time.monotonic() + 10
    while not (lines := http.get("/api/sessions?search=QUAGGAS zebras").json()["sessions"]):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert [line["session_id"] for line in lines] == [session_id]
    assert lines[0]["stage"] == "awaiting_clarifications"
    assert http.get("/api/sessions?search=quaggas lions").json()["sessions"] == []
    assert http.post(f"/api/delete/{session_id}", json={}).json()["status"] == "deleted"
    assert http.get("/api/sessions?search=quaggas").json()["sessions"] == []
    while http.get(f"/api/status/{session_id}").status_code != 404:
        assert time.monotonic() < deadline + 10
        time.sleep(0.1)


# --- sessions
# ------------------------------------------------------------------------------------------------------------


def test_sessions_come_newest_first_and_in_pages(http: httpx.Client, finished: str) -> None:
    texts = [f"{VAGUE} number {number}" for number in range(5)]
    begun = [start(http, text)["session_id"] for text in texts]
    deadline = time.monotonic() + 10
    # the index lags a moment
    while http.get("/api/sessions?limit=1").json()["sessions"][0]["session_id"] != begun[-1]:
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


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "cursor=x", "cursor=YWJj", "cursor=%00", "cursor=é"]
)
def test_pages_that_are_none(http: httpx.Client, query: str) -> None:
    began = time.monotonic()
    assert http.get(f"/api/sessions?{query}").status_code == 422
    assert time.monotonic() - began < 2


# --- events
# ------------------------------------------------------------------------------------------------------------


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
