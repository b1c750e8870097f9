"""Whom the Temporal server answers: SDK, CLI and Web UI as ever, and no web page from elsewhere."""

from __future__ import annotations

import json
import subprocess
from uuid import uuid4

import httpx
import psutil
import pytest
from bench_instance import Bench
from temporalio.client import Client

from workshop.services import temporal

START = {
    "workflowType": {"name": "InteractiveResearchWorkflow"},
    "taskQueue": {"name": "deep-research-queue"},
}
HTTP_API = "/api/v1/namespaces/default/workflows"


def doors(bench: Bench) -> dict[int, str]:
    """Return the ports on which the Temporal server listens, and the interface of each."""
    [record] = [
        found
        for service in bench.supervisor.services
        if service.name == "temporal"
        if (found := bench.supervisor.find(service))
    ]
    listening = [
        c.laddr for c in psutil.Process(record.pid).net_connections() if c.status == psutil.CONN_LISTEN
    ]
    return {address.port: address.ip for address in listening}


def browser(port: int, method: str, path: str, origin: str, **more: str) -> httpx.Response | None:
    """Return the answer to a web page's request that a browser sends without asking first; None if the port
    isn't HTTP/1.
    """
    headers = {
        "host": f"127.0.0.1:{port}",
        "origin": origin,
        "content-type": "text/plain",
        "sec-fetch-site": "cross-site",
        **more,
    }
    try:
        with httpx.Client(trust_env=False, timeout=5) as client:
            return client.request(
                method, f"http://127.0.0.1:{port}{path}", content=json.dumps(START), headers=headers
            )
    except httpx.TransportError:
        return None


def test_the_server_listens_on_loopback_only(bench: Bench) -> None:
    assert set(doors(bench).values()) == {"127.0.0.1"}
    assert len(doors(bench)) >= 4, "gRPC, Web UI, and what it opens besides"


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:{}", "https://example.org"),
        ("localhost:{}", "null"),
        ("[::1]:{}", "http://localhost:3000"),
        ("example.org", "http://example.org"),
        ("none.invalid.example.org", "http://none.invalid"),
        ("", "https://example.org"),
    ],
)
async def test_no_page_starts_a_workflow(bench: Bench, host: str, origin: str) -> None:
    """On whichever port: the server's HTTP API has a random one, which a page finds by trying."""
    named = f"started-by-a-page-{uuid4()}"
    told = {}
    for port in doors(bench):
        for path in (f"{HTTP_API}/{named}", f"/namespaces/default/workflows/{named}"):
            answer = browser(port, "POST", path, origin, host=host.format(port))
            if answer is not None:
                told[port, path] = answer
    assert len(told) >= 3, "the HTTP API, the Web UI and the metrics answer in HTTP"
    assert all(answer.status_code >= 400 for answer in told.values())
    assert any("allowed" in answer.text for answer in told.values()), (
        "the HTTP API says that the host is not allowed"
    )
    client = await Client.connect(bench.settings.temporal_address)
    assert [run async for run in client.list_workflows(f"WorkflowId = '{named}'")] == []


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/namespaces/default",
        HTTP_API,
        "/api/v1/namespaces",
        "/api/v1/system-info",
        "/system-info",
        "/cluster/namespaces",
    ],
)
def test_no_page_reads_through_the_http_api(bench: Bench, path: str) -> None:
    for port in doors(bench).keys() - {bench.settings.temporal_ui_port}:
        answer = browser(port, "GET", path, "https://example.org", host="example.org")
        assert answer is None or answer.status_code >= 400


def cli(bench: Bench, *words: str) -> str:
    call = [str(temporal.binary()), *words, "--address", bench.settings.temporal_address]
    told = subprocess.run(call, capture_output=True, text=True, timeout=20, check=False)
    assert told.returncode == 0, told.stderr
    return told.stdout


def test_cli_and_web_ui_go_on_working(bench: Bench) -> None:
    named = f"seen-{uuid4()}"
    cli(
        bench,
        "workflow",
        "start",
        "--type",
        "Anything",
        "--task-queue",
        "nobody-polls-this",
        "--workflow-id",
        named,
    )
    with httpx.Client(
        base_url=f"http://127.0.0.1:{bench.settings.temporal_ui_port}", trust_env=False
    ) as web_ui:
        assert "<html" in web_ui.get("/").raise_for_status().text
        shown = web_ui.get(f"{HTTP_API}/{named}").raise_for_status().json()
    assert shown["workflowExecutionInfo"]["execution"]["workflowId"] == named
    cli(bench, "workflow", "terminate", "--workflow-id", named)
    assert (
        "TERMINATED" in cli(bench, "workflow", "describe", "--workflow-id", named, "--output", "json").upper()
    )


async def test_the_sdk_goes_on_working(bench: Bench) -> None:
    client = await Client.connect(bench.settings.temporal_address)
    handle = await client.start_workflow("Anything", id=f"seen-{uuid4()}", task_queue="nobody-polls-this")
    assert (await handle.describe()).id == handle.id
    await handle.terminate()
