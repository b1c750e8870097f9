"""The research server when a process beside it dies, when it dies itself, and how it starts and stops."""

from __future__ import annotations

import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from bench_instance import Bench, bench_instance, free_ports
from research_servers import STAGE, Events, Program, ResearchApp, copy_of_stage, research_app
from waiting import until

from workshop.processes.service import Service
from workshop.workspace.control import Gateway

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("research_server")]

VAGUE, ANSWER = "caching", "a Python web API with retries"
AT_ONCE_S = 2.0
"""No waiting for anything but a busy machine."""
NOTICED_S = 10.0
"""A worker is dead that hasn't reported itself for 3 s, Temporal away that hasn't answered for 3 s; the rest:
a busy machine.
"""


@pytest.fixture(scope="module")
def app(bench: Bench) -> Iterator[ResearchApp]:
    with research_app(bench, name="research_outages") as running:
        yield running


def call(app: ResearchApp, method: str, path: str, **more: Any) -> httpx.Response:
    """Make one call on a new connection, since the server comes and goes."""
    return httpx.request(method, app.url + path, timeout=30, **more)


def start(app: ResearchApp, query: str = VAGUE, **headers: str) -> httpx.Response:
    return call(app, "POST", "/api/start-research", json={"query": query}, headers=headers)


def answer(app: ResearchApp, session_id: str, index: int) -> httpx.Response:
    return call(app, "POST", f"/api/answer/{session_id}/{index}", json={"answer": ANSWER})


def status(app: ResearchApp, session_id: str) -> dict[str, Any]:
    response = call(app, "GET", f"/api/status/{session_id}")
    assert response.status_code == 200, response.text
    return dict(response.json())


def wait_for_stage(app: ResearchApp, session_id: str, stage: str) -> None:
    until(lambda: status(app, session_id)["status"] == stage, 30, lambda: status(app, session_id))


def assert_missing(response: httpx.Response, missing: str, command: str) -> None:
    assert response.status_code == 503, response.text
    body = response.json()
    assert (body["missing"], body["start"]) == (missing, command)
    assert body["detail"]


# --- the worker
# ----------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _running(app: ResearchApp) -> None:
    """Start the processes that a failed test may have left dead."""
    for program in (app.worker, app.server):
        if not program.process:
            program.start()
            app.wait_until(healthy=True)


def test_the_worker_is_killed_while_calls_are_under_way_and_a_page_looks_on(
    app: ResearchApp, gateway: Gateway
) -> None:
    session_id = start(app).json()["session_id"]
    tab = Events(app, session_id)
    tab.wait(lambda heard: heard.stages == ["awaiting_clarifications"])
    gateway.fault("slow", delay_s=3, times=1)
    key = {"Idempotency-Key": "the same click"}
    with ThreadPoolExecutor(1) as pool:
        cut_off = pool.submit(start, app, VAGUE, **key)
        time.sleep(1)
        app.worker.kill()
        began = time.monotonic()
        in_flight = answer(app, session_id, 0)  # nobody knows yet that the worker is dead
        assert_missing(in_flight, "worker", "python run_worker.py")
        assert_missing(cut_off.result(timeout=30), "worker", "python run_worker.py")
        assert time.monotonic() - began < NOTICED_S
    begun = cut_off.result().json()["session_id"]
    tab.wait(lambda heard: heard.names[-1] == "problem")
    assert (tab.heard[-1][1]["missing"], tab.heard[-1][1]["start"]) == ("worker", "python run_worker.py")
    for method, path in (
        ("GET", "status/{}"),
        ("GET", "result/{}"),
        ("POST", "answer/{}/0"),
        ("POST", "skip/{}"),
    ):
        began = time.monotonic()
        body = {"json": {"answer": ANSWER}} if method == "POST" else {}
        assert_missing(
            call(app, method, f"/api/{path.format(session_id)}", **body), "worker", "python run_worker.py"
        )
        assert time.monotonic() - began < AT_ONCE_S
    assert_missing(start(app), "worker", "python run_worker.py")
    health = call(app, "GET", "/api/health")
    assert (health.status_code, health.json()["temporal"], health.json()["worker"]) == (503, True, False)
    assert session_id in call(app, "GET", "/api/sessions").text  # what needs no worker works

    app.worker.start()
    tab.wait(lambda heard: heard.names[-1] == "status")
    again = start(app, VAGUE, **key).json()
    assert (again["session_id"], again["status"]) == (begun, "awaiting_clarifications")
    assert answer(app, session_id, 0).status_code == 200  # the click of before, again: it counts once
    assert list(status(app, session_id)["clarification_responses"]) == ["question_0"]
    call(app, "POST", f"/api/skip/{session_id}", json={}).raise_for_status()
    tab.wait(lambda heard: heard.is_over)
    assert (tab.stages[-1], tab.names[-1]) == ("completed", "end")


# --- the server itself
# -----------------------------------------------------------------------------------------------------


def kill_and_start(app: ResearchApp) -> None:
    app.server.kill()
    app.server.start()


def test_the_server_is_killed_while_searches_run(app: ResearchApp, gateway: Gateway) -> None:
    gateway.fault("slow", match="Search term: ", delay_s=3)
    session_id = start(app).json()["session_id"]
    call(app, "POST", f"/api/skip/{session_id}", json={}).raise_for_status()
    tab = Events(app, session_id)
    tab.wait(lambda heard: heard.stages[-1:] == ["searching"])
    kill_and_start(app)
    tab.wait(lambda heard: heard.is_over)
    assert "end" not in tab.names
    back = Events(app, session_id)  # as a browser does by itself
    back.wait(lambda heard: heard.is_over, within_s=40)
    assert (back.stages[-1], back.names[-1]) == ("completed", "end")
    assert all(search["state"] == "done" for search in back.heard[-2][1]["searches"])


@pytest.mark.slow
def test_the_server_is_killed_at_every_stage(app: ResearchApp, gateway: Gateway) -> None:
    gateway.fault("slow", delay_s=4, times=1)  # the triage
    for text in ("Plan the web searches", "Search term: ", "Write a report"):
        gateway.fault("slow", match=text, delay_s=15)  # longer than a server takes to start on a busy machine
    seen = []
    with ThreadPoolExecutor(1) as pool:
        cut_off = pool.submit(start, app, VAGUE, **{"Idempotency-Key": "killed at every stage"})
        time.sleep(2)
        kill_and_start(app)
        assert isinstance(cut_off.exception(), httpx.HTTPError)
    begun = start(app, VAGUE, **{"Idempotency-Key": "killed at every stage"}).json()
    session_id, questions = begun["session_id"], begun["clarification_questions"]
    for index in range(len(questions)):
        kill_and_start(app)
        app.wait_until(healthy=True)
        seen.append(status(app, session_id)["status"])
        assert len(status(app, session_id)["clarification_responses"]) == index
        answer(app, session_id, index).raise_for_status()
    for stage in ("planning", "searching", "writing", "completed"):
        wait_for_stage(app, session_id, stage)
        kill_and_start(app)
        app.wait_until(healthy=True)
        seen.append(stage)
    assert seen == ["awaiting_clarifications"] * len(questions) + [
        "planning",
        "searching",
        "writing",
        "completed",
    ]
    result = call(app, "GET", f"/api/result/{session_id}").json()
    assert "## Sources" in result["markdown_report"]
    assert status(app, session_id)["clarification_responses"] == {
        f"question_{n}": ANSWER for n in range(len(questions))
    }


def test_the_server_stops_at_once_with_pages_open(app: ResearchApp) -> None:
    session_id = start(app).json()["session_id"]
    tabs = [Events(app, session_id) for _ in range(3)]
    for tab in tabs:
        tab.wait(lambda heard: bool(heard.stages))
    log_before = app.server.log.read_text()
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(call, app, "GET", f"/api/result/{session_id}")
        time.sleep(0.5)
        began = time.monotonic()
        assert app.server.stop(signal.SIGTERM) == 0
        assert time.monotonic() - began < AT_ONCE_S
        assert_missing(waits.result(timeout=10), "server", "python run_server.py")
    for tab in tabs:
        tab.wait(lambda heard: heard.is_over)
        assert tab.names == ["status"]
    app.server.start()
    app.wait_until(healthy=True)
    said = app.server.log.read_text().removeprefix(log_before)
    assert len(said.splitlines()) == 1, said  # its link, and before that no traceback and no complaint
    assert status(app, session_id)["status"] == "awaiting_clarifications"
    call(app, "POST", f"/api/cancel/{session_id}", json={})


def test_a_taken_port(app: ResearchApp) -> None:
    command = [sys.executable, app.server.script]
    said = subprocess.run(command, cwd=app.folder, env=app.server.env, capture_output=True, timeout=60)
    assert said.returncode == 1
    text = said.stderr.decode()
    assert text.startswith(f"Can't listen on port {app.url.rpartition(':')[2]}: ")
    assert text.endswith("Set RESEARCH_APP_PORT to a free port.\n")
    assert len(text.splitlines()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("port", ["abc", "70000", "-1"])
def test_what_is_no_port(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(STAGE))
    monkeypatch.setenv("RESEARCH_APP_PORT", port)
    script = runpy.run_path(str(STAGE / "run_server.py"), run_name="run_server")
    with pytest.raises(
        ConnectionError, match=f"Can't listen on port {port}: .*Set RESEARCH_APP_PORT to a free port."
    ):
        script["listen"]()


def test_it_listens_on_this_machine_alone(app: ResearchApp) -> None:
    port = int(app.url.rpartition(":")[2])
    listening = {
        connection.laddr.ip for connection in _connections(app.server) if connection.laddr.port == port
    }
    assert listening == {"127.0.0.1"}


def _connections(program: Program) -> list[Any]:
    import psutil

    assert program.process
    return [one for one in psutil.Process(program.process.pid).net_connections() if one.status == "LISTEN"]


# --- Temporal
# ------------------------------------------------------------------------------------------------------------


BACK = "python3 -m workshop up"
"""In the course. An application on its own: see test_advice.py."""


def test_without_temporal_every_call_says_so_at_once(bench: Bench) -> None:
    """The server starts, answers, and stops."""
    port, nobody = free_ports(2)
    folder = copy_of_stage(
        bench, "research_alone", research_app_port=port, temporal_address=f"127.0.0.1:{nobody}"
    )
    server = Program("run_server.py", folder, bench.env, "Deep research: http")
    alone = ResearchApp(folder, f"http://127.0.0.1:{port}", server, server)
    session_id = "research-00000000-0000-4000-8000-000000000000"
    server.start()
    try:
        alone.wait_until(healthy=False)
        calls = [
            ("GET", path) for path in ("status/{}", "result/{}", "report/{}.md", "report/{}.html", "sessions")
        ]
        calls += [("POST", path) for path in ("start-research", "answer/{}/0", "skip/{}", "cancel/{}")]
        for method, path in calls:
            began = time.monotonic()
            body = {"json": {"query": VAGUE, "answer": ANSWER}} if method == "POST" else {}
            response = call(alone, method, f"/api/{path.format(session_id)}", **body)
            assert_missing(response, "temporal", BACK)
            assert time.monotonic() - began < AT_ONCE_S
        health = call(alone, "GET", "/api/health")
        assert (health.status_code, health.json()["temporal"], health.json()["status"]) == (
            503,
            False,
            "unhealthy",
        )
        assert health.json()["start"] == BACK
        assert call(alone, "GET", "/").status_code == 200
        assert call(alone, "GET", "/api/status/x").status_code == 404
        tab = Events(alone, session_id)
        tab.wait(lambda heard: heard.names == ["problem"])
        assert tab.heard[0][1]["missing"] == "temporal"
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < AT_ONCE_S
    finally:
        server.kill()


def temporal_of(bench: Bench) -> Service:
    return next(service for service in bench.supervisor.services if service.name == "temporal")


@pytest.mark.slow
def test_temporal_goes_away_and_comes_back(tmp_path: Path) -> None:
    """Nothing is lost, the server goes on by itself, and an open page tells both."""
    with bench_instance(tmp_path / "home") as bench, research_app(bench) as app:
        session_id = start(app).json()["session_id"]
        answer(app, session_id, 0).raise_for_status()
        tab = Events(app, session_id)
        tab.wait(lambda heard: bool(heard.stages))
        with bench.supervisor.lock():
            bench.supervisor.stop_service(temporal_of(bench))
            began = time.monotonic()
            assert_missing(answer(app, session_id, 1), "temporal", BACK)
            assert time.monotonic() - began < NOTICED_S
            tab.wait(lambda heard: heard.names[-1] == "problem")
            assert tab.heard[-1][1]["missing"] == "temporal"
            began = time.monotonic()
            assert_missing(call(app, "GET", f"/api/status/{session_id}"), "temporal", BACK)
            assert time.monotonic() - began < AT_ONCE_S
            late = Events(app, session_id)  # a page that is opened while Temporal is away
            unknown = Events(app, "research-never-begun")
            for page in (late, unknown):
                page.wait(lambda heard: heard.names == ["problem"])
            bench.supervisor.ensure(temporal_of(bench))
        app.wait_until(healthy=True, within_s=60)
        for page in (tab, late):
            page.wait(lambda heard: heard.names[-1] == "status")
        unknown.wait(lambda heard: heard.is_over)
        assert unknown.names[-1] == "end"
        assert status(app, session_id)["clarification_responses"] == {"question_0": ANSWER}
        call(app, "POST", f"/api/skip/{session_id}", json={}).raise_for_status()
        for page in (tab, late):
            page.wait(lambda heard: heard.is_over)
            assert (page.stages[-1], page.names[-1]) == ("completed", "end")


# --- elsewhere
# ------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_it_runs_with_uv_run_from_a_copied_folder(bench: Bench) -> None:
    """With its own requirements alone, as the tutorial starts it."""
    uv = Path(sys.executable).parent / "uv"
    (port,) = free_ports(1)
    folder = copy_of_stage(bench, "research_uv", research_app_port=port)
    env = {name: value for name, value in bench.env.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    env["PATH"] = f"{uv.parent}{os.pathsep}{env['PATH']}"
    subprocess.run([uv, "sync", "-q", "--python", sys.executable], cwd=folder, env=env, check=True)
    python = (str(uv), "run", "--python", sys.executable)
    app = ResearchApp(
        folder,
        f"http://127.0.0.1:{port}",
        Program("run_worker.py", folder, env, "Worker started on task queue: deep-research-queue", python),
        Program("run_server.py", folder, env, "Deep research: http", python),
    )
    try:
        app.worker.start()
        app.server.start()
        app.wait_until(healthy=True)
        session_id = start(app).json()["session_id"]
        call(app, "POST", f"/api/skip/{session_id}", json={}).raise_for_status()
        assert call(app, "GET", f"/api/result/{session_id}").json()["markdown_report"]
        assert "<h1" in call(app, "GET", f"/api/report/{session_id}.html").text
    finally:
        app.server.kill()
        app.worker.kill()
