"""The application below a path, as a JupyterHub or another proxy serves it: pages, files, calls, events,
hosts.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urljoin

import httpx
import pytest
from bench_instance import Bench, free_ports
from prefix_proxy import proxied
from research_servers import Events, Program, ResearchApp, copy_of_stage

from research_api.calls import ANSWER, UNKNOWN, VAGUE

pytestmark = pytest.mark.timeout(180)

PREFIXES = {
    "stripped": ("/user/ana/proxy/8234", True),
    "kept": ("/user/ana/proxy/absolute/8234", False),
    "kept, short": ("/x", False),
    "kept, with words of ours": ("/user/static/api/success/proxy/8234", False),
    "kept, with letters and a blank": ("/Kurs, Übung 1/8234", False),
}
ADDRESS = re.compile(r"""(?:src|href)="([^"#]+)"|^import .* from "(\./[^"]+)";""", re.MULTILINE)


@pytest.fixture(scope="module", params=PREFIXES)
def below(request: pytest.FixtureRequest, app: ResearchApp) -> Iterator[ResearchApp]:
    prefix, strips = PREFIXES[request.param]
    with proxied(app.url, prefix, strips) as url:
        yield replace(app, url=url)


def test_every_file_of_every_page_is_found(below: ResearchApp) -> None:
    to_read, seen = [f"{below.url}/", f"{below.url}/success"], set[str]()
    while to_read:
        url = to_read.pop()
        answer = httpx.get(url)
        assert answer.status_code == 200, url
        seen.add(url)
        found = {urljoin(url, first or second) for first, second in ADDRESS.findall(answer.text)}
        assert all(address.startswith(f"{below.url}/") for address in found), found
        to_read += found - seen
    assert (
        len(seen) > 15
        and f"{below.url}/static/js/dom.js" in seen
        and f"{below.url}/static/css/report.css" in seen
    )


def test_the_calls_of_a_research(below: ResearchApp) -> None:
    with httpx.Client(base_url=below.url, timeout=60) as http:
        assert http.get("/api/health").json()["status"] == "healthy"
        begun = http.post("/api/start-research", json={"query": VAGUE}).raise_for_status().json()
        research = begun["session_id"]
        tab = Events(below, research)
        tab.wait(lambda heard: bool(heard.stages))
        http.post(f"/api/answer/{research}/0", json={"answer": ANSWER}).raise_for_status()
        http.post(f"/api/skip/{research}", json={}).raise_for_status()
        tab.wait(lambda heard: heard.is_over)
        assert tab.stages[-1] == "completed"
        assert (
            http.get(f"/api/result/{research}").json()["markdown_report"]
            == http.get(f"/api/report/{research}.md").text
        )
        listed: list[str] = []
        within = time.monotonic() + 10  # the server keeps its list for 2 s, and Temporal's index lags
        while research not in listed and time.monotonic() < within:
            listed = [one["session_id"] for one in http.get("/api/sessions").json()["sessions"]]
            time.sleep(0.1)
        assert research in listed


def test_what_is_not_there_is_not_there_below_a_path_either(below: ResearchApp) -> None:
    with httpx.Client(base_url=below.url) as http:
        for path in ("/none", "/api/none", "/static/none", "/static/../run_server.py", "/success/x"):
            assert http.get(path).status_code == 404, path
        assert http.get(f"/api/status/{UNKNOWN}").json()["detail"]
        assert http.get("/api/health", headers={"Host": "evil.example"}).status_code == 400


def test_paths_of_ours_are_taken_for_no_prefix(app: ResearchApp) -> None:
    for path in (
        "/api/status/x/success",
        "/api/sessions/",
        "/static/css/",
        "/static/api/health",
        "//evil.example/success",
        "/none",
    ):
        assert httpx.get(app.url + path).status_code == 404, path


def test_a_hub_says_under_which_host_it_serves(bench: Bench) -> None:
    port = free_ports(1)[0]
    settings = {"research_app_hosts": "hub.example.org, *.class.example", "research_app_port": port}
    folder = copy_of_stage(bench, "hub", **settings)
    server = Program("run_server.py", folder, bench.env, "Deep research: http")
    server.start()
    try:
        url = f"http://127.0.0.1:{port}/user/ana/proxy/absolute/8234/api/health"
        hosts = (
            "hub.example.org",
            "hub.example.org:8000",
            "a.class.example",
            "localhost",
            "evil.example",
            "org",
        )
        answers = {host: httpx.get(url, headers={"Host": host}) for host in hosts}
    finally:
        server.stop()
    assert [host for host, answer in answers.items() if answer.status_code == 400] == ["evil.example", "org"]
    assert all("healthy" in answer.text for host, answer in answers.items() if answer.status_code != 400)
