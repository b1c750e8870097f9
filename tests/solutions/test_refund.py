"""The refund agent of lesson 06: whose click counts, what an outage costs, and what a user reads in a terminal."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from agents import Model, ModelResponse, Usage
from agents.testing import ScriptedModel, assistant_message, function_call
from bench_instance import Bench, free_ports
from temporalio import activity
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)
from temporalio.common import RetryPolicy, WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError
from temporalio.openai_agents import ModelActivityParameters, OpenAIAgentsPlugin
from temporalio.openai_agents.testing import AgentEnvironment
from temporalio.worker import Worker
from waiting import until

from workshop import history
from workshop.config import ROOT
from workshop.workspace import receipts
from workshop.workspace.control import Gateway, Weather

STAGE = ROOT / "solutions" / "06_change_it_safely"
QUEUE = "refund-queue"
NAMES = ("workflow", "activities", "further")
DONE, REFUSED, NO_SERVER = 0, 1, 3

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("refund")]


# --- the workflows, with a scripted model
# ---------------------------------------------------------------------------------------


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(STAGE))
    yield
    for name in NAMES:
        sys.modules.pop(name, None)


@asynccontextmanager
async def scripted(
    bench: Bench, model: Any, workflows: list[type], *activities: Any
) -> AsyncIterator[Client]:
    calls = ModelActivityParameters(
        start_to_close_timeout=timedelta(seconds=10), retry_policy=RetryPolicy(maximum_attempts=1)
    )
    async with AgentEnvironment(model=model, model_params=calls) as agents:
        client = agents.applied_on_client(await Client.connect(bench.settings.temporal_address))
        async with Worker(client, task_queue="scripted", workflows=workflows, activities=list(activities)):
            yield client


async def refusal(handle: WorkflowHandle[Any, Any], call_id: str, approve: bool) -> str:
    try:
        await handle.execute_update("decide", args=[call_id, approve])
    except WorkflowUpdateFailedError as error:
        return str(error.cause)
    return ""


async def test_a_click_decides_the_call_that_was_seen_and_no_other(bench: Bench, modules: None) -> None:
    from workflow import RefundWorkflow  # type: ignore[import-not-found]

    refunds = []

    @activity.defn(name="refund_order")
    async def refund(order: int) -> str:
        refunds.append(order)
        return "refunded"

    both = [
        function_call("refund_order", {"order": order}, call_id=f"call_{order}") for order in (1207, 1209)
    ]
    model = ScriptedModel([both, [assistant_message("Done.")]])
    async with scripted(bench, model, [RefundWorkflow], refund) as client:
        handle = await client.start_workflow(
            "RefundWorkflow", "Refund 1207 and 1209.", id=f"refund-{uuid4()}", task_queue="scripted"
        )
        while not (asked := await handle.query("waits_for")):  # noqa: ASYNC110 (no event to wait for)
            await asyncio.sleep(0.05)
        assert asked == {"id": "call_1207", "call": 'refund_order {"order":1207}'}
        assert "call_1209 doesn't wait" in await refusal(handle, "call_1209", True), "one that comes later"
        clicks = await asyncio.gather(*(refusal(handle, asked["id"], True) for _ in range(2)))
        assert "" in clicks and any(clicks), "two people approve what both have seen: one click counts"
        assert (await handle.query("waits_for"))["id"] == "call_1209"
        old = await refusal(handle, asked["id"], True)
        late = "ValueError: call_1207 doesn't wait for a decision; call_1209 does: "
        assert old == late + 'refund_order {"order":1209}'
        assert await refusal(handle, "call_1209", False) == ""
        assert await handle.result() == "Done."
        assert await handle.query("waits_for") == {}
    assert refunds == [1207]


class Answering(Model):
    """Answers with the words of a list; one that is empty is an error."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.asked = list(answers), [""]

    async def get_response(self, *args: Any, **options: Any) -> ModelResponse:
        self.asked.append(str(options["input"]))
        if not (words := self.answers.pop(0)):
            raise ApplicationError("no model", non_retryable=True)
        return ModelResponse(output=[assistant_message(words)], usage=Usage(), response_id=None)

    def stream_response(self, *args: Any, **options: Any) -> Any:
        raise NotImplementedError


async def said(handle: WorkflowHandle[Any, Any], text: str) -> str:
    """What is answered, after the version: "2 items] Hello"."""
    return str(await handle.execute_update("say", text)).partition(", ")[2]


async def test_three_messages_at_once_are_three_turns(bench: Bench, modules: None) -> None:
    from further import ChatWorkflow  # type: ignore[import-not-found]

    model = Answering("One.", "Two.", "Three.")
    async with scripted(bench, model, [ChatWorkflow]) as client:
        chat = await client.start_workflow("ChatWorkflow", id=f"chat-{uuid4()}", task_queue="scripted")
        answers = await asyncio.gather(*(said(chat, text) for text in ("One.", "Two.", "Three.")))
        await chat.terminate()
    assert sorted(answers) == ["2 items] One.", "4 items] Two.", "6 items] Three."]


async def test_after_a_failed_turn_the_next_one_is_answered(bench: Bench, modules: None) -> None:
    from further import ChatWorkflow

    model = Answering("", "Hello again.")
    async with scripted(bench, model, [ChatWorkflow]) as client:
        chat = await client.start_workflow("ChatWorkflow", id=f"chat-{uuid4()}", task_queue="scripted")
        with pytest.raises(WorkflowUpdateFailedError):
            await said(chat, "Hello!")
        answer = await asyncio.wait_for(said(chat, "Are you there?"), 15)
        await chat.terminate()
    assert answer == "2 items] Hello again."


async def test_a_message_that_comes_with_the_move_finds_the_conversation(bench: Bench, modules: None) -> None:
    from further import ChatWorkflow

    carried = [{"role": "user", "content": "My name is Ada."}]
    model = Answering("Ada.")
    async with scripted(bench, model, [ChatWorkflow]) as client:
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            "ChatWorkflow",
            carried,
            id=f"chat-{uuid4()}",
            task_queue="scripted",
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
        )
        answer = await client.execute_update_with_start_workflow(
            "say", "What is my name?", start_workflow_operation=start
        )
        await (await start.workflow_handle()).terminate()
    assert str(answer).endswith(", 3 items] Ada.")
    assert "My name is Ada." in model.asked[-1]


# --- the folder, copied out, in terminals
# ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


@dataclass
class App:
    folder: Path
    env: dict[str, str]

    def start(self, *args: str, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *args],
            cwd=self.folder,
            env={**self.env, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def starter(self, *args: str, **env: str) -> Said:
        process = self.start("starter.py", *args, **env)
        out, err = process.communicate(timeout=90)
        return Said(process.returncode, out, err)

    @contextmanager
    def worker(self, program: str = "worker.py", **env: str) -> Iterator[subprocess.Popen[str]]:
        process = self.start(program, **env)
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def asks(self, request: str) -> tuple[str, str]:
        """Ask for a refund; return the run's id, and the line with the command that approves it."""
        begun, *_, asked = self.starter(request).out.splitlines()
        return begun.split()[0], asked


@pytest.fixture(scope="module")
def app(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> App:
    folder = tmp_path_factory.mktemp("refund") / "app"
    shutil.copytree(STAGE, folder, ignore=shutil.ignore_patterns("exercise", "__pycache__"))
    return App(folder, bench.env)


@pytest.fixture
async def client(bench: Bench) -> AsyncIterator[Client]:
    yield await Client.connect(bench.settings.temporal_address, plugins=[OpenAIAgentsPlugin()])


def words_after(command: str, option: str) -> str:
    return command.partition(f"{option} ")[2].split()[0]


def test_a_person_sees_what_waits_and_a_late_or_wrong_click_is_told_what_to_type(
    app: App, bench: Bench
) -> None:
    with app.worker():
        run_id, command = app.asks("Please refund order 1208: it is torn.")
        assert 'refund_order {"order":1208}' in command
        call_id = words_after(command, "--approve")
        wrong = app.starter("--run", run_id, "--approve", "call_of_another")
        assert wrong.code == REFUSED and "call_of_another doesn't wait for a decision" in wrong.err
        approved = app.starter("--run", run_id, "--approve", call_id)
        assert (approved.code, approved.out.splitlines()[0], approved.err) == (DONE, "approved", "")
        for late in [app.starter("--run", run_id, f"--{word}", call_id) for word in ("approve", "refuse")]:
            assert late.code == REFUSED and f"python starter.py --run {run_id}" in late.err, late
            assert len(late.err.splitlines()) == 2 and "Traceback" not in late.err
        assert app.starter("--run", run_id).out == approved.out.removeprefix("approved\n")
        nobody = app.starter("--run", "refund-of-nobody", "--refuse", "x")
        assert nobody.code == REFUSED and "Traceback" not in nobody.err and len(nobody.err.splitlines()) == 2
    board = Weather(bench.settings.weather_service_url).notices()
    assert sum(run_id in notice["text"] for notice in board) == 1


def test_without_a_server_the_starter_says_so(app: App) -> None:
    [port] = free_ports(1)
    alone = app.starter("--run", "any", TEMPORAL_ADDRESS=f"127.0.0.1:{port}")
    assert alone.code == NO_SERVER and "No Temporal server answers" in alone.err
    assert "Traceback" not in alone.err


def test_a_refund_that_nothing_takes_is_explained_and_goes_on_once_something_does(app: App) -> None:
    [port] = free_ports(1)
    board = app.folder / "board.py"
    board.write_text(board.read_text().replace("8236", str(port)))
    with app.worker(NOTICE_BOARD_URL=f"http://127.0.0.1:{port}"):
        run_id, command = app.asks("Please refund order 1207: it leaks.")
        waiting = app.start("starter.py", "--run", run_id, "--approve", words_after(command, "--approve"))
        assert waiting.stdout and waiting.stdout.readline() == "approved\n"
        reason = waiting.stdout.readline()
        assert reason.startswith("refund_order has failed and is tried again: no refund at http://127.0.0.1:")
        assert "NOTICE_BOARD_URL" in reason and "size limit" not in reason
        bank = app.start("board.py")
        try:
            _, err = waiting.communicate(timeout=60)
            assert (waiting.returncode, err) == (DONE, ""), err
        finally:
            bank.kill()
        assert (bank.communicate()[0]).count(run_id) == 1


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("program", ["worker.py", "versioned_worker.py", "worker_further.py"])
async def test_a_worker_that_is_asked_to_stop_finishes_its_model_call(
    app: App, gateway: Gateway, client: Client, program: str, how: signal.Signals
) -> None:
    if program == "worker.py":
        kind, queue, env = "RefundWorkflow", QUEUE, {}
    elif program == "versioned_worker.py":
        kind, queue, env = "RefundWorkflow", "refund-releases-queue", {"BUILD_ID": f"b{uuid4()}"}
    else:
        kind, queue, env = "CarriedWorkflow", "refund-further-queue", {"BUILD_ID": f"b{uuid4()}"}
    text = f"Hello from {uuid4()}"
    gateway.fault("slow", match=text, delay_s=3, times=1)
    since = time.time()
    with app.worker(program, **env) as worker:
        if env:
            deployment = "refund-agent" if kind == "RefundWorkflow" else "refund-further"
            await asyncio.to_thread(make_current, app, deployment, env["BUILD_ID"])
        handle = await client.start_workflow(kind, text, id=f"refund-{uuid4()}", task_queue=queue)
        await asyncio.to_thread(wait_for_a_model_call, gateway, since)
        worker.send_signal(how)
        _, err = await asyncio.to_thread(worker.communicate, timeout=20)
        assert worker.returncode == 0, err
    run = await history.read(handle)
    await handle.terminate()
    assert [(step.attempts, step.is_open, step.last_failure) for step in run.model_calls] == [
        (1, False, None)
    ]
    rows = [row for row in gateway.bill(since)["rows"] if text in row["summary"]]
    assert receipts.compare(run, rows).wasted == ()


def make_current(app: App, deployment: str, build: str) -> None:
    command = [str(Path(sys.executable).with_name("temporal")), "worker", "deployment", "set-current-version"]
    words = [*command, "--deployment-name", deployment, "--build-id", build, "--yes"]

    def done() -> bool:
        return subprocess.run(words, env=app.env, check=False, capture_output=True).returncode == 0

    until(done, 60)


def wait_for_a_model_call(gateway: Gateway, since: float) -> None:
    until(lambda: any(call["started"] > since for call in gateway.in_flight()), 60)


@pytest.mark.slow
def test_a_model_that_is_away_for_a_minute_after_the_approval_only_delays_the_answer(
    app: App, gateway: Gateway
) -> None:
    with app.worker():
        run_id, command = app.asks("Please refund order 1208: it is torn.")
        gateway.fault("unavailable", seconds=60)
        delayed = app.starter("--run", run_id, "--approve", words_after(command, "--approve"))
    assert delayed.code == DONE, delayed
    assert "invoke_model_activity has failed and is tried again" in delayed.out
