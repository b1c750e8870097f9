"""The other programs of lesson 07: workers that are told to stop, a chat whose limit is too small, keys, and a
codec server that a browser asks.
"""

from __future__ import annotations

import asyncio
import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from bench_instance import Bench, free_ports
from temporalio.client import Client, WithStartWorkflowOperation, WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.openai_agents import OpenAIAgentsPlugin
from temporalio.service import RPCError
from waiting import until

from workshop.config import ROOT
from workshop.workspace.control import Gateway

STAGE = ROOT / "solutions" / "07_in_front_of_users"
QUEUE = "chat-queue"
MODEL_S = 4.0
"""How long the model thinks while its worker is told to stop, in seconds."""

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("chat-programs")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(STAGE, tmp_path / "chat", ignore=shutil.ignore_patterns("exercise", "keys")))


def run(folder: Path, bench: Bench, *command: str, **env: str) -> subprocess.Popen[str]:
    """Start a program and return once it has printed that it is ready."""
    program = subprocess.Popen(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, **bench.env, **env},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout and "Worker started" in program.stdout.readline()
    return program


def opening(chat: str, name: str, queue: str = QUEUE) -> WithStartWorkflowOperation[object, object]:
    return WithStartWorkflowOperation(
        name, id=chat, task_queue=queue, id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING
    )


async def connect(bench: Bench) -> Client:
    return await Client.connect(bench.settings.temporal_address, plugins=[OpenAIAgentsPlugin()])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_worker_that_is_told_to_stop_finishes_the_call_it_has_paid_for(
    bench: Bench, folder: Path, number: signal.Signals
) -> None:
    gateway, client, chat = Gateway(bench.settings.gateway_url), await connect(bench), f"stopped-{uuid4()}"
    worker = run(folder, bench, "worker.py", CHATS="workflow:ChatWorkflow")
    gateway.fault("slow", delay_s=MODEL_S, times=1, of=chat)
    said = asyncio.create_task(
        client.execute_update_with_start_workflow(
            "say", "Hello!", start_workflow_operation=opening(chat, "ChatWorkflow")
        )
    )
    await asyncio.to_thread(until, lambda: gateway.bill(workflow=chat)["in_flight"])
    worker.send_signal(number)
    assert await asyncio.to_thread(worker.wait, 30) == 0
    other = run(folder, bench, "worker.py", CHATS="workflow:ChatWorkflow")
    try:
        assert await asyncio.wait_for(said, 60)
        assert [row["state"] for row in gateway.bill(workflow=chat)["rows"]] == ["delivered"]
    finally:
        other.kill()
        other.wait()
        await client.get_workflow_handle(chat).terminate()


@pytest.mark.parametrize("file", ["worker_further.py", "worker_models.py"])
def test_the_other_workers_end_at_once_when_they_have_nothing_to_do(
    bench: Bench, folder: Path, file: str
) -> None:
    worker = run(folder, bench, file)
    worker.terminate()
    assert worker.wait(30) == 0


@pytest.mark.parametrize(
    ("module", "name"), [("long_chat", "LongChatWorkflow"), ("streamed_chat", "StreamedChatWorkflow")]
)
async def test_a_limit_smaller_than_what_is_carried_over_makes_no_loop(
    bench: Bench, folder: Path, module: str, name: str
) -> None:
    file = folder / f"{module}.py"
    file.write_text(
        "\n".join(
            "LIMIT = 300" if line.startswith("LIMIT") else line for line in file.read_text().splitlines()
        )
    )
    client, chat = await connect(bench), f"small-{uuid4()}"
    worker = run(folder, bench, "worker.py", CHATS=f"{module}:{name}")
    try:
        for text in ("My name is Ada.", "What is my name?"):
            answer = await client.execute_update_with_start_workflow(
                "say", text, start_workflow_operation=opening(chat, name)
            )
        assert "Ada" in str(answer)
        await asyncio.sleep(3)
        runs = [run async for run in client.list_workflows(f'WorkflowId = "{chat}"')]
        assert len(runs) == 3  # one for each turn, and the one that waits
    finally:
        worker.kill()
        worker.wait()
        await client.get_workflow_handle(chat).terminate()


async def test_a_limit_that_is_raised_twice_by_two_clicks_is_raised_once(bench: Bench, folder: Path) -> None:
    client, chat = await connect(bench), f"budget-{uuid4()}"
    worker = run(folder, bench, "worker.py", CHATS="budget_chat:BudgetChatWorkflow")
    try:
        account = {"tenant": "t", "allowed": 500}
        handle = await client.start_workflow("BudgetChatWorkflow", account, id=chat, task_queue=QUEUE)
        assert [await handle.execute_update("allow", 2_500) for _ in range(2)] == [2_500, 2_500]
    finally:
        worker.kill()
        worker.wait()
        await client.get_workflow_handle(chat).terminate()


async def test_a_help_desk_whose_limit_is_too_small_ends_and_says_why(bench: Bench, folder: Path) -> None:
    """Whatever the two lines of the exercise are: each run would otherwise be over as it begins."""
    shutil.copytree(STAGE / "exercise", folder, dirs_exist_ok=True)
    carrying = folder / "carrying.py"
    carrying.write_text(re.sub("^LIMIT = .*", "LIMIT = 300", carrying.read_text(), flags=re.MULTILINE))
    worker = run(folder, bench, "worker.py")
    converter = runpy.run_path(str(folder / "keeping.py"))["CONVERTER"]
    client = await Client.connect(
        bench.settings.temporal_address, data_converter=converter, plugins=[OpenAIAgentsPlugin()]
    )
    chat = f"desk-{uuid4()}"
    start = opening(chat, "HelpDeskWorkflow", "help-desk-queue")
    try:
        await client.execute_update_with_start_workflow("say", "Hello!", start_workflow_operation=start)
        with pytest.raises(WorkflowFailureError) as failed:
            await asyncio.wait_for(client.get_workflow_handle(chat).result(), 20)
        assert "LIMIT of 300 bytes" in str(failed.value.cause)
        assert len([run async for run in client.list_workflows(f'WorkflowId = "{chat}"')]) == 2
    finally:
        worker.kill()
        worker.wait()
        with suppress(RPCError):  # it has ended
            await client.get_workflow_handle(chat).terminate()


def keys(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)


def test_a_key_is_made_by_the_command_that_its_absence_names(folder: Path) -> None:
    encrypt = (
        "from codec import encrypted, decrypted; from temporalio.api.common.v1 import Payload; "
        "p = encrypted(Payload(data=b'x')); print(p.metadata['key'], decrypted(p).data)"
    )
    assert "To make one: python new_key.py" in keys(folder, encrypt).stderr
    subprocess.run([sys.executable, "new_key.py"], cwd=folder, check=True)
    [made] = (folder / "keys").iterdir()
    assert made.stat().st_size == 32 and made.stat().st_mode & 0o077 == 0
    (folder / "keys" / f"{made.name}~").write_text("an editor's copy")
    (folder / "keys" / "zzz").write_text("a note")
    assert keys(folder, encrypt).stdout.strip() == f"{made.name.encode()!r} b'x'"
    again = subprocess.run([sys.executable, "new_key.py"], cwd=folder, capture_output=True, text=True)
    assert "FileExistsError" in again.stderr


@pytest.fixture
def codec_server(folder: Path) -> Iterator[str]:
    port = free_ports(1)[0]
    environment = {**os.environ, "TEMPORAL_UI_URL": "http://localhost:8233"}
    program = subprocess.Popen([sys.executable, "codec_server.py", str(port)], cwd=folder, env=environment)
    address = f"http://127.0.0.1:{port}"
    for _ in range(200):
        try:
            httpx.get(f"{address}/api/health", trust_env=False)
            break
        except httpx.HTTPError:
            time.sleep(0.1)
    yield address
    program.terminate()
    program.wait()


@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [
        ("http://localhost:8233", True),
        ("http://127.0.0.1:8233", True),
        ("http://localhost:8888", False),
        ("http://localhost:8233.evil.example", False),
        ("null", False),
    ],
)
def test_the_web_ui_may_ask_the_codec_server_and_no_other_page(
    codec_server: str, origin: str, is_allowed: bool
) -> None:
    """As Temporal's Web UI asks: a preflight, then a POST of payloads."""
    preflight = httpx.options(
        f"{codec_server}/decode",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,x-namespace",
        },
        trust_env=False,
    )
    assert (preflight.headers.get("access-control-allow-origin") == origin) is is_allowed
    assert (preflight.status_code == 200) is is_allowed
    assert "access-control-allow-credentials" not in preflight.headers
    payloads = {"payloads": [{"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "IngiCg=="}]}
    headers = {"Origin": origin, "X-Namespace": "default"}
    decoded = httpx.post(f"{codec_server}/decode", json=payloads, headers=headers, trust_env=False)
    assert decoded.json() == payloads
    assert (decoded.headers.get("access-control-allow-origin") == origin) is is_allowed


STUMBLES = """
import asyncio
from types import SimpleNamespace
import page
from temporalio.service import RPCError, RPCStatusCode

async def subscribe(*topics, **options):
    yield SimpleNamespace(offset=0, data="Hello")
    raise RPCError("Workflow Task in failed state.", RPCStatusCode.FAILED_PRECONDITION, b"")

page.WorkflowStreamClient = SimpleNamespace(create=lambda client, chat: SimpleNamespace(subscribe=subscribe))

async def main():
    print([event async for event in page.events(None, "chat", -1)])

asyncio.run(main())
"""


def test_a_stream_that_nobody_answers_for_ends_without_a_traceback_and_is_not_over() -> None:
    """The browser asks again, and is told what has to be started."""
    done = subprocess.run(
        [sys.executable, "-c", STUMBLES], cwd=STAGE, capture_output=True, text=True, timeout=60
    )
    assert (done.stdout, done.stderr) == (str(['id: 0\ndata: "Hello"\n\n']) + "\n", "")
