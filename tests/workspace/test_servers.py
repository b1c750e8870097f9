"""A lesson's web server: it answers when the call returns, and is replaced, not doubled. Temporal's, stopped
and started.
"""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from uuid import uuid4

import httpx
import psutil
import pytest
from bench_instance import Bench
from temporalio.client import Client

from workshop.config import ROOT
from workshop.errors import LabError
from workshop.lab import Lab
from workshop.processes.starter import recorded
from workshop.services.catalog import supervisor
from workshop.workspace import outage

STAGE = "05_deep_research"


@pytest.fixture
def lab(bench: Bench) -> Iterator[Lab]:
    opened = Lab(STAGE)
    shutil.rmtree(opened.folder)
    opened.folder.mkdir()
    opened.bring("deep_research", "ui", "run_server.py", "run_worker.py")
    yield opened
    for record in recorded():
        if process := record.process():
            process.kill()


def status(url: str) -> int:
    return httpx.get(f"{url}/api/health", timeout=10, trust_env=False).status_code


def test_a_server_answers_is_replaced_and_comes_back(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    first = lab.server("run_server.py")
    assert first.url.endswith(f":{lab.settings.research_app_port}") and status(first.url) in (200, 503)
    second = lab.server("run_server.py")
    assert f"Replacing the web server, process {first.pid}" in capsys.readouterr().out
    assert not first.alive and second.alive and status(second.url) in (200, 503)
    dead = second.pid
    second.crash()
    second.restart()
    assert second.pid != dead and status(second.url) in (200, 503)
    assert dead not in [pid for _, pid in lab._starter.deaths()], "no run was killed with the web server"
    second.stop()
    assert not second.alive
    assert [record for record in recorded() if record.name == "server"] == []


def test_a_worker_of_the_same_name_is_left_alone(lab: Lab) -> None:
    worker = lab.worker("run_worker.py", name="server")
    lab.server("run_server.py").stop()
    assert worker.alive
    worker.stop()


def test_its_pages_say_what_to_type_in_the_notebook(lab: Lab) -> None:
    """In a terminal of a learner there is no `python`."""
    body = httpx.get(f"{lab.server('run_server.py').url}/api/health", timeout=10, trust_env=False).json()
    assert body["start"].startswith("worker.restart()")
    assert body["start_server"].startswith("server.restart()")


def test_a_server_that_dies_at_start_says_why(lab: Lab) -> None:
    (lab.folder / "run_server.py").write_text("raise ValueError('out of luck')\n")
    with pytest.raises(LabError, match=r"(?s)ended as soon as it was started.*out of luck"):
        lab.server("run_server.py")


def test_a_port_that_a_stranger_holds_is_named_with_the_variable(lab: Lab) -> None:
    port = lab.settings.research_app_port
    said = pytest.raises(LabError, match=rf"(?s)Port {port} is held by .*RESEARCH_APP_PORT")
    with socket.create_server(("127.0.0.1", port)), said:
        lab.server("run_server.py")


def test_the_link_leads_to_one_research_also_in_a_codespace(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = lab.settings.research_app_port
    assert lab.web_app().url == f"http://localhost:{port}/"
    monkeypatch.setenv("CODESPACE_NAME", "fuzzy")
    monkeypatch.setenv("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN", "example.dev")
    assert lab.web_app().url == f"https://fuzzy-{port}.example.dev/"


@pytest.mark.timeout(120)
async def test_temporal_comes_back_with_what_it_knew(
    lab: Lab, bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    client = await Client.connect(lab.settings.temporal_address)
    handle = await client.start_workflow("Anything", id=f"kept-{uuid4()}", task_queue="nobody-polls-this")
    lab.stop_temporal()
    assert "is stopped" in capsys.readouterr().out
    temporal = next(service for service in bench.supervisor.services if service.name == "temporal")
    assert not temporal.health().ok
    lab.start_temporal()
    assert "is back" in capsys.readouterr().out
    lab.start_temporal()
    assert "runs" in capsys.readouterr().out
    record = bench.supervisor.find(temporal)
    below = [process.pid for process in psutil.Process().children(recursive=True)]
    assert record and record.pid not in below, "VS Code ends with a notebook what descends from its kernel"
    assert (await handle.describe()).id == handle.id
    await handle.terminate()


def test_a_temporal_of_somebody_else_is_left_alone_with_a_word(
    lab: Lab, bench: Bench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = supervisor(bench.home / "elsewhere", lab=False)
    monkeypatch.setattr(outage, "supervisor", lambda home, lab: elsewhere)
    lab.stop_temporal()
    assert "started by somebody else" in capsys.readouterr().out
    assert next(service for service in bench.supervisor.services if service.name == "temporal").health().ok


def test_the_card_names_a_temporal_server_that_is_not_this_copys(
    lab: Lab, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Temporal" not in dict(lab.status().lines)
    elsewhere = bench.home / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    shutil.copyfile(bench.home / ".env", elsewhere / ".env")
    monkeypatch.setattr(outage, "supervisor", lambda home, lab: supervisor(elsewhere, lab))
    assert f"the temporal of another copy of the course ({bench.home})" in repr(lab.status())


def test_the_application_that_is_brought_is_the_finished_one(lab: Lab) -> None:
    lab.bring()
    finished = ROOT / "solutions" / STAGE
    assert (lab.folder / "ui/index.html").read_bytes() == (finished / "ui/index.html").read_bytes()
    assert not (lab.folder / "exercise").exists()
