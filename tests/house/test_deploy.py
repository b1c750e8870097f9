"""The course on a hub and in a container: `deploy/` and `binder/`, as docs/hub.md describes them.

No Kubernetes and no Docker can be started here: the container's commands run in a clean folder (a slow test), and its
entry point, which a hub uses too, runs as it is.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import yaml
from bench_instance import free_ports
from temporalio.client import Client
from waiting import until

from workshop.config import ROOT, Settings, settings
from workshop.processes import process as processes

DEPLOY = ROOT / "deploy"
DOCKERFILE = ROOT / "binder" / "Dockerfile"
PORTS = {name.upper() for name in Settings.model_fields if name.endswith("_port")}


def loaded(file: Path) -> dict[str, Any]:
    """Return the names of a configuration file, `c` with what it has set."""

    class Config(SimpleNamespace):
        def __getattr__(self, name: str) -> Config:
            self.__dict__[name] = Config()
            return self.__dict__[name]  # type: ignore[no-any-return]

    names: dict[str, Any] = {"__file__": str(file), "get_config": Config}
    exec(compile(file.read_text(), file, "exec"), names)
    return names


def hub(state: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("HUB_STATE", str(state))
    return loaded(DEPLOY / "jupyterhub_config.py")


def given(config: dict[str, Any], name: str) -> dict[str, int]:
    """Return the ports that a learner's server gets."""
    spawner = SimpleNamespace(user=SimpleNamespace(name=name), environment={"OTHER": "kept"})
    config["c"].Spawner.pre_spawn_hook(spawner)
    assert spawner.environment.pop("OTHER") == "kept"
    return {variable: int(port) for variable, port in spawner.environment.items()}


def test_learners_get_ports_that_are_free_their_own_and_the_same_ever_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    wanted = given(hub(tmp_path / "elsewhere", monkeypatch), "anybody")["WEATHER_PORT"]
    config = hub(tmp_path, monkeypatch)
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", wanted))
        stranger.listen()
        ana, ben = given(config, "ana"), given(config, "ben")
    assert set(ana) == set(ben) == PORTS
    assert wanted not in ana.values() and not set(ana.values()) & set(ben.values())
    assert not any(processes.is_port_held(port) for port in [*ana.values(), *ben.values()])
    with socket.socket() as own:  # services that run already, as after a restart of the hub
        own.bind(("127.0.0.1", ana["TEMPORAL_PORT"]))
        own.listen()
        assert given(hub(tmp_path, monkeypatch), "ana") == ana
    assert not set(given(config, "cem").values()) & {*ana.values(), *ben.values()}


def test_the_commands_of_the_hub_are_there_and_the_culler_may_cull(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    c = hub(tmp_path, monkeypatch)["c"]
    assert os.access(c.Spawner.cmd[0], os.X_OK) and c.Spawner.cmd[1:] == ["jupyterhub-singleuser"]
    [service], [role] = c.JupyterHub.services, c.JupyterHub.load_roles
    assert role["services"] == [service["name"]] and "delete:servers" in role["scopes"]


def test_the_server_opens_lesson_00_in_the_learners_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKSHOP_HOME", str(tmp_path))
    c = loaded(DEPLOY / "jupyter_server_config.py")["c"]
    assert c.ServerApp.root_dir == str(tmp_path)
    assert (ROOT / c.ServerApp.default_url.removeprefix("/lab/tree/")).exists()
    assert json.loads((Path(c.LabApp.app_settings_dir) / "overrides.json").read_text())


def test_the_same_hub_everywhere() -> None:
    values = yaml.safe_load((DEPLOY / "zero-to-jupyterhub.yaml").read_text())
    page = (DEPLOY / "jupyter_server_config.py").read_text()
    assert f'"{values["singleuser"]["defaultUrl"]}"' in page
    pinned, chart = "'jupyterhub>=5.5,<6'", "--version 4.4.0 "
    guide = (ROOT / "docs" / "hub.md").read_text()
    assert pinned in DOCKERFILE.read_text() and pinned in guide
    assert chart in guide and chart in (DEPLOY / "zero-to-jupyterhub.yaml").read_text()


@contextmanager
def started(course: Path, home: Path, *command: str, **extra: str) -> Iterator[subprocess.Popen[str]]:
    """Run `deploy/start` as a hub does; end it as a hub does, at the latest when the test is over."""
    own = {**os.environ, "HOME": str(home), "WORKSHOP_HOME": str(home / "course"), **extra}
    program = subprocess.Popen(
        [str(course / "deploy" / "start"), *command], env=own, stdout=subprocess.PIPE, text=True
    )
    try:
        yield program
    finally:
        program.terminate()
        program.communicate(timeout=60)


def ports() -> dict[str, str]:
    return {name: str(port) for name, port in zip(sorted(PORTS), free_ports(len(PORTS)), strict=True)}


@pytest.mark.long
@pytest.mark.timeout(180)
async def test_services_start_and_stop_with_a_learners_server_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in PORTS:
        monkeypatch.delenv(name, raising=False)
    extra, seen, course = ports(), tmp_path / "seen", tmp_path / "course"
    server = ["sh", "-c", f"env > {seen}.tmp; mv {seen}.tmp {seen}; exec sleep 300"]
    with started(ROOT, tmp_path, *server, **extra) as program:
        until(seen.exists, 60)
        told = dict(line.split("=", 1) for line in seen.read_text().splitlines() if "=" in line)
        assert told["PATH"].split(":")[0] == str(ROOT / ".venv" / "bin")
        assert told["JUPYTER_CONFIG_PATH"] == str(DEPLOY) and told["WORKSHOP_HOME"] == str(course)
        assert (course / "solutions" / "03_durable_agent").is_dir() and course.stat().st_mode & 0o77 == 0
        (course / "notebooks" / "00_start_here.ipynb").write_text("mine")
        monkeypatch.setenv("TEMPORAL_PORT", extra["TEMPORAL_PORT"])
        client = await Client.connect(settings(course).temporal_address)
        await client.start_workflow("AnyWorkflow", id="waits", task_queue="nobody-there")
        program.send_signal(signal.SIGINT)  # as the hub stops a server, also one that it culls
        assert "Your workflows are kept" in program.communicate(timeout=60)[0]
    assert not any(processes.is_port_held(int(port)) for port in extra.values())

    seen.unlink()
    with started(ROOT, tmp_path, *server, **extra):
        until(seen.exists, 60)  # a port may be held before its service answers
        client = await Client.connect(settings(course).temporal_address)
        assert (await client.get_workflow_handle("waits").describe()).id == "waits"
        assert (course / "notebooks" / "00_start_here.ipynb").read_text() == "mine"
    assert not any(processes.is_port_held(int(port)) for port in extra.values())


@pytest.mark.long
@pytest.mark.timeout(180)
def test_a_server_that_is_stopped_while_its_services_start_leaves_none(tmp_path: Path) -> None:
    extra, seen = ports(), tmp_path / "seen"
    with started(ROOT, tmp_path, "touch", str(seen), **extra):
        until(lambda: processes.is_port_held(int(extra["TEMPORAL_PORT"])), 60)
    assert not any(processes.is_port_held(int(port)) for port in extra.values()) and not seen.exists()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_containers_commands_in_a_clean_folder(tmp_path: Path) -> None:
    """Build and start it as written, `/srv/course` and the home elsewhere, with no user made."""
    course, home = tmp_path / "srv" / "course", tmp_path / "home"
    home.mkdir()
    subprocess.run(["git", "clone", "-q", ROOT, course], check=True)
    shutil.rmtree(course / ".git")  # binder/Dockerfile.dockerignore leaves it out
    text = DOCKERFILE.read_text().replace("\\\n", " ")
    runs = [line.removeprefix("RUN ") for line in text.splitlines() if line.startswith("RUN ")]
    assert runs[0].startswith("useradd ") and len(runs) == 2
    path = f"{Path(sys.base_prefix) / 'bin'}:/usr/bin:/bin"
    subprocess.run(
        runs[1].replace(" && .venv/bin/uv cache clean", ""),
        shell=True,
        cwd=course,
        env={**os.environ, "PATH": path},
        check=True,
    )
    [entry], command = (
        json.loads(found) for found in re.findall(r"^(?:ENTRYPOINT|CMD) (.+)$", text, re.MULTILINE)
    )
    assert entry == "/srv/course/deploy/start"
    port = free_ports(1)[0]
    command = [word.replace("8888", str(port)).replace("0.0.0.0", "127.0.0.1") for word in command]
    with started(course, home, *command, "--IdentityProvider.token=x", "--allow-root", PATH=path, **ports()):
        page = f"http://127.0.0.1:{port}/lab/tree/notebooks/00_start_here.ipynb?token=x"

        def answers() -> bool:
            try:
                return httpx.get(page, trust_env=False).status_code == 200
            except httpx.TransportError:
                return False

        until(answers, 120)
        listed = httpx.get(f"http://127.0.0.1:{port}/api/contents?token=x", trust_env=False).json()
        assert {"notebooks", "exercises", "solutions"} <= {entry["name"] for entry in listed["content"]}
