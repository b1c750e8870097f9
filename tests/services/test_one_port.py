"""One port for everything: where links lead in a Codespace, on a JupyterHub, on Binder and elsewhere, and the
pages themselves behind a real Jupyter server's one port.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from bench_instance import environment, free_ports, write_env

from workshop.config import ROOT, settings
from workshop.processes.supervisor import Supervisor
from workshop.services import jupyter, temporal
from workshop.services.front import FOREIGN_HOST, refusal
from workshop.show import Card, Link, Report

HUB = {"JUPYTERHUB_SERVICE_PREFIX": "/user/ana/"}
PLACES: dict[str, tuple[dict[str, str], str]] = {
    "at home": ({}, "http://localhost:8233"),
    "Codespaces": (
        {"CODESPACE_NAME": "blue-fish", "GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN": "app.example.dev"},
        "https://blue-fish-8233.app.example.dev",
    ),
    "half a Codespace": ({"CODESPACE_NAME": "blue-fish"}, "http://localhost:8233"),
    "a hub": (
        {**HUB, "JUPYTERHUB_PUBLIC_URL": "https://hub.example/user/ana/"},
        "https://hub.example/user/ana/proxy/absolute/8233",
    ),
    "Binder": (HUB, "/user/ana/proxy/absolute/8233"),
    "any other": (
        {**HUB, "WORKSHOP_LINK": "https://code.example/absproxy/{port}/"},
        "https://code.example/absproxy/8233",
    ),
    "a host for each port": ({"WORKSHOP_LINK": "https://p{port}.example"}, "https://p8233.example"),
}


@pytest.fixture
def no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    for variables, _ in PLACES.values():
        for name in variables:
            monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("no_place")
@pytest.mark.parametrize("place", PLACES)
def test_one_function_knows_every_place(place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    variables, address = PLACES[place]
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    now = settings(tmp_path)
    assert now.link(8233) == address and now.link(8233, "/a?b") == f"{address}/a?b"
    assert now.environment()["TEMPORAL_UI_URL"] == address
    hosts = {"a hub": "hub.example", "Binder": "*", "any other": "code.example"}
    assert now.environment().get("RESEARCH_APP_HOSTS") == hosts.get(place)
    path = address.partition(hosts.get(place) or "no host")[2] if place != "Binder" else address
    assert now.below(8233) == path
    assert now.environment().get("ROOT_PATH", "") == path.replace("8233", "8234")


@pytest.mark.usefixtures("no_place")
def test_a_home_can_say_it_in_its_env(tmp_path: Path) -> None:
    write_env(tmp_path, workshop_link="https://lab.example/x/{port}")
    assert settings(tmp_path).link(1234, "/y") == "https://lab.example/x/1234/y"


@pytest.mark.usefixtures("no_place")
@pytest.mark.parametrize("host", ["hub.example", "", "user"])
@pytest.mark.parametrize("place", ["a hub", "Binder"])
def test_bill_and_faults_are_not_opened_to_the_host_of_a_hub(
    place: str, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in PLACES[place][0].items():
        monkeypatch.setenv(name, value)
    headers = [(b"host", host.encode()), (b"origin", b"https://hub.example")]
    asked = {"type": "http", "method": "GET", "server": ("127.0.0.1", 8235), "headers": headers}
    assert refusal(asked) == FOREIGN_HOST


def test_our_links_below_a_path_are_kept_and_a_strangers_are_not() -> None:
    ours = Link("Web UI", '/user/ana/proxy/absolute/8233/a?b=1&c="2"')
    kept = 'href="/user/ana/proxy/absolute/8233/a?b=1&amp;c=&quot;2&quot;"'
    assert kept in ours._repr_html_() and kept in Card([("Web UI", ours), ("text", "x")])._repr_html_()
    assert "href" not in Report("[a](/user/ana/proxy/absolute/8233/) [b](//evil/) [c](x)")._repr_html_()
    assert "href" not in Link("a", "javascript:alert(1)")._repr_html_()


def wait_for(url: str, seconds: float = 40) -> httpx.Response:
    """Return the first answer that is not an error of a proxy or of nobody."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(httpx.TransportError):
            if (answer := httpx.get(url, trust_env=False)).status_code < 500:
                return answer
        time.sleep(0.1)
    raise AssertionError(f"{url} did not answer within {seconds} s")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield the address of a learner's Jupyter server on a hub: a plain one below a path, with Temporal and the
    chat's page of lesson 07 beside it.
    """
    for name, value in HUB.items():
        monkeypatch.setenv(name, value)
    port, home = free_ports(1)[0], tmp_path / "home"
    values = write_env(home)
    beside = Supervisor(home, [temporal.service(home, settings(home))])
    page = tmp_path / "07"
    shutil.copytree(ROOT / "solutions" / "07_in_front_of_users", page)
    options = [f"--ServerApp.port={port}", "--ServerApp.base_url=/user/ana/", "--IdentityProvider.token="]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", *options]
    own = {**os.environ, **environment(home), "JUPYTER_CONFIG_DIR": str(home), **HUB}
    programs = [subprocess.Popen(command, cwd=tmp_path, env=own, start_new_session=True)]
    try:
        beside.ensure(beside.services[0])
        programs += [subprocess.Popen([sys.executable, "page.py"], cwd=page, env=own)]
        assert wait_for(f"http://127.0.0.1:{values['RESEARCH_APP_PORT']}/").status_code == 200
        wait_for(f"http://127.0.0.1:{port}/user/ana/api")
        yield f"http://127.0.0.1:{port}"
    finally:
        for program in programs:
            program.terminate()
            program.wait()
        beside.down()


@pytest.mark.long
@pytest.mark.timeout(180)
@pytest.mark.usefixtures("no_place")
def test_the_pages_behind_a_jupyter_servers_one_port(server: str, tmp_path: Path) -> None:
    now = settings(tmp_path / "home")
    ui = httpx.get(server + now.link(now.temporal_ui_port, "/namespaces/default/workflows"))
    assert ui.status_code == 200
    files = set(re.findall(r"""["'](/[^"']+\.js)["']""", ui.text))
    assert files and all(file.startswith(now.link(now.temporal_ui_port)) for file in files), files
    assert all(httpx.get(server + file).status_code == 200 for file in files)
    api = server + now.link(now.temporal_ui_port, "/api/v1/namespaces/default/workflows")
    assert httpx.get(api).status_code == 200

    chat = httpx.get(server + now.link(now.research_app_port, "/"))
    assert chat.status_code == 200 and '"/chats' not in chat.text
    assert httpx.get(urljoin(str(chat.url), "chats/x/nothing")).json() == {"detail": "Not Found"}
    missing = httpx.post(urljoin(str(chat.url), "chats/x"), json={"no text": 1})
    assert missing.status_code == 422, "the call has found its function"

    line = jupyter.command(tmp_path / "home", now)
    assert f"--ServerApp.base_url={now.link(now.jupyter_port)}/" in line
