"""The application of stage 04 from a terminal: what the user sees, in good times and in bad, and what a
worker leaves behind.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from bench_instance import Bench, free_ports
from crash_cases import routing
from crash_matrix import Matrix
from crash_points import Point
from crash_rows import as_json, table
from forked import Forked
from temporalio.client import Client
from temporalio.openai_agents import OpenAIAgentsPlugin
from waiting import until

from workshop import history
from workshop.config import ROOT
from workshop.processes.modules import find_task_queue
from workshop.workspace import receipts
from workshop.workspace.control import Gateway

STAGE = ROOT / "solutions" / "04_agent_routing"
QUEUE = "routing-workflow-queue"
STARTED = f"Worker started on task queue: {QUEUE}"
REPORTED_S = 1.5
"""A worker reports itself once a second."""
ANSWERED, FAILED, USAGE, NOT_THERE, NO_LONGER = 0, 1, 2, 3, 130
UV = Path(sys.executable).parent / "uv"

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("routing")]


@dataclass(frozen=True)
class Said:
    """What a user sees of one call of the starter. `seconds`: from the start of the process to its end."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def run_id(self) -> str:
        return self.out.splitlines()[0]


@dataclass
class App:
    """A copy of the application's folder, and the processes in it."""

    folder: Path
    env: dict[str, str]
    python: tuple[str, ...] = (sys.executable,)

    def start(self, *args: str, **env: str) -> subprocess.Popen[bytes]:
        pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        command = [*self.python, *args]
        return subprocess.Popen(
            command, cwd=self.folder, env={**self.env, **env}, start_new_session=True, **pipes
        )

    def starter(self, *args: str, stdin: bytes = b"", **env: str) -> Said:
        began = time.monotonic()
        process = self.start("starter.py", *args, **env)
        out, err = process.communicate(stdin, timeout=120)
        return Said(process.returncode, out.decode(), err.decode(), time.monotonic() - began)

    def ask(self, *args: str) -> Said:
        """Call the starter in a fork: what it says is the same."""
        began, out = time.monotonic(), self.folder / f"{uuid4().hex}.out"
        errors = out.with_suffix(".errors")
        code = Forked("starter.py", *args, folder=self.folder, env=self.env, out=out, errors=errors).wait(120)
        return Said(code, out.read_text(), errors.read_text(), time.monotonic() - began)

    @contextmanager
    def worker(self) -> Iterator[Forked]:
        """Start a worker as a lesson does."""
        log = self.folder / f"{uuid4().hex}.log"
        process = Forked("worker.py", folder=self.folder, env=self.env, out=log)
        try:
            until(lambda: log.read_text().startswith(STARTED), 60, log.read_text)
            time.sleep(REPORTED_S)
            yield process
        finally:
            process.kill()
            process.wait()

    @contextmanager
    def typed_worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """Start a worker as one does in a terminal."""
        process = self.start("worker.py")
        try:
            assert process.stdout
            line = process.stdout.readline().decode()
            assert line.startswith(STARTED), process.communicate()
            time.sleep(REPORTED_S)
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # `uv run` has the worker as its child
            process.communicate()


def copy(folder: Path) -> Path:
    return Path(
        shutil.copytree(
            STAGE, folder / "routing", ignore=shutil.ignore_patterns("exercise", "__pycache__", ".venv")
        )
    )


@pytest.fixture(scope="module")
def app(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> App:
    return App(copy(tmp_path_factory.mktemp("app")), bench.env)


@pytest.fixture
async def client(bench: Bench) -> AsyncIterator[Client]:
    yield await Client.connect(bench.settings.temporal_address, plugins=[OpenAIAgentsPlugin()])


async def speakers(client: Client, run_id: str) -> list[str]:
    return [step.name for step in (await history.read(client.get_workflow_handle(run_id))).model_calls]


# --- what the user sees
# ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "stdin"),
    [([""], b""), (["  \n"], b""), ([], b""), ([], b"x" * 300_000)],
    ids=["empty text", "blank text", "empty input", "300 kB"],
)
def test_a_request_that_is_none_is_bad_usage(app: App, args: list[str], stdin: bytes) -> None:
    said = app.starter(*args, stdin=stdin)
    assert (said.code, said.out) == (USAGE, "")
    assert "give a request of 1 to 200,000 bytes" in said.err
    assert "Traceback" not in said.err


REQUESTS = {
    "100 kB": (
        ("Raconte-moi une histoire de mer et de tempête, s'il te plaît. " * 1700)[:100_000],
        "French Agent",
    ),
    "emoji only": ("🌊🌊🌊", "English Agent"),
    "mixed languages": ("Hola, ¿cómo estás? Necesito ayuda. Please answer soon.", "Spanish Agent"),
    "unsupported language": ("Jinsi ya kupika kahawa nzuri?", "English Agent"),
    "another unsupported language": ("おいしいコーヒーの入れ方を教えてください。", "English Agent"),
}


async def test_each_request_is_answered_by_one_specialist(app: App, client: Client) -> None:
    with app.worker(), ThreadPoolExecutor(2) as pool:
        heard = dict(zip(REQUESTS, pool.map(app.ask, [text for text, _ in REQUESTS.values()]), strict=True))
        heard["standard input"] = app.starter(stdin="¿Me cuentas algo del mar, por favor?".encode())
        heard["bytes that are not UTF-8"] = app.starter(stdin=b"\xff\xfe tell me about the sea, please")
        again = app.ask("--id", heard["emoji only"].run_id)
        await client.start_workflow("RoutingWorkflow", "Hello", id="a/b? 50 %#1", task_queue=QUEUE)
        odd = app.ask("--id", "a/b? 50 %#1")
    expected = {name: agent for name, (_, agent) in REQUESTS.items()}
    expected |= {"standard input": "Spanish Agent", "bytes that are not UTF-8": "English Agent"}
    for name, said in heard.items():
        assert said.code == ANSWERED, f"{name}: {said}"
        run_id, link, answer = said.out.split("\n", 2)
        assert run_id.startswith("routing-")
        assert link == f"{app.env['TEMPORAL_UI_URL']}/namespaces/default/workflows/{run_id}"
        assert answer.strip()
        assert await speakers(client, run_id) == ["Triage Agent", expected[name]], name
    assert odd.out.splitlines()[1].endswith("/workflows/a%2Fb%3F%2050%20%25%231"), odd
    assert again.out == heard["emoji only"].out
    no_worker = app.starter("--id", heard["emoji only"].run_id)
    assert (no_worker.code, no_worker.out) == (ANSWERED, again.out), "a closed run needs no worker"


def test_no_server_is_told_within_3_seconds(app: App) -> None:
    said = best_of_three(lambda: app.starter("Hello", TEMPORAL_ADDRESS=f"127.0.0.1:{free_ports(1)[0]}"))
    assert (said.code, said.out) == (NOT_THERE, "")
    assert said.err.startswith("No Temporal server answers at 127.0.0.1:")
    assert said.seconds < 3, said


def test_a_server_that_keeps_silent_is_told_2_seconds_after_one_that_refuses(app: App) -> None:
    """A busy machine slows both alike."""
    refuses = f"127.0.0.1:{free_ports(1)[0]}"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        later: list[float] = []
        while len(later) < 3 and not (later and later[-1] < 2):
            said = app.starter("Hello", TEMPORAL_ADDRESS=f"127.0.0.1:{silent.getsockname()[1]}")
            assert said.code == NOT_THERE
            later.append(said.seconds - app.starter("Hello", TEMPORAL_ADDRESS=refuses).seconds)
    assert min(later) < 2, later


def test_no_worker_is_told_within_4_seconds(app: App) -> None:
    with app.worker() as worker:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    said = best_of_three(lambda: app.starter("Hello"), within_s=4)
    assert (said.code, said.out) == (NOT_THERE, "")
    assert said.err == f"No worker serves {QUEUE}. Start one: python worker.py\n"
    assert said.seconds < 4, said  # it has waited for a report of the dead one, which the server still lists


def test_the_starter_means_the_queue_that_the_workflow_names() -> None:
    folder = ROOT / "solutions" / "04_agent_routing"
    assert find_task_queue(folder / "starter.py") == find_task_queue(folder / "workflow.py") == QUEUE


def best_of_three(call: Any, within_s: float = 3) -> Said:
    """Return the quickest of up to three, since another process may have had the machine."""
    heard: list[Said] = []
    while len(heard) < 3 and not (heard and heard[-1].seconds < within_s):
        heard.append(call())
    return min(heard, key=lambda said: said.seconds)


@pytest.mark.parametrize(
    ("args", "env", "words"),
    [
        (["--id", "routing-nobody"], {}, "workflow not found for ID: routing-nobody"),
        (["Hello"], {"TEMPORAL_NAMESPACE": "nowhere"}, "Namespace nowhere is not found"),
        (["Hello"], {"TEMPORAL_PROFILE": "nowhere"}, "Profile 'nowhere' not found"),
        (["Hello"], {"TEMPORAL_API_KEY": "wrong"}, "TEMPORAL_API_KEY is set: is it valid there?"),
    ],
    ids=["unknown id", "unknown namespace", "unknown profile", "wrong key"],
)
def test_what_is_not_there_is_named(app: App, args: list[str], env: dict[str, str], words: str) -> None:
    said = replace(app, env={**app.env, **env}).starter(*args)
    assert said.code == NOT_THERE
    assert words in said.err
    assert "Traceback" not in said.err


def test_a_worker_without_a_server_says_so(app: App) -> None:
    process = app.start("worker.py", TEMPORAL_ADDRESS=f"127.0.0.1:{free_ports(1)[0]}")
    _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert err.decode().startswith("No Temporal server answers at 127.0.0.1:")


def test_a_wrong_key_fails_the_run_at_once_and_an_outage_only_delays_it(app: App, gateway: Gateway) -> None:
    with app.worker():
        gateway.fault("unauthorized", match="about lighthouses")
        refused = app.ask("Tell me about lighthouses")
        assert (refused.code, len(refused.out.splitlines())) == (FAILED, 2)
        assert refused.err.startswith("The run failed: ")
        assert "the model gave no answer" in refused.err and "Incorrect API key" in refused.err
        assert "OPENAI_API_KEY right? Then ask again." in refused.err
        gateway.fault("unavailable", match="about harbours", seconds=3)
        delayed = app.ask("Tell me about harbours")
        assert (delayed.code, delayed.err) == (ANSWERED, ""), delayed


@pytest.mark.slow
def test_a_model_that_is_down_for_20_seconds_delays_the_answer_and_for_a_minute_fails_the_run(
    app: App, gateway: Gateway
) -> None:
    with app.worker():
        gateway.fault("unavailable", match="about harbours", seconds=20)
        delayed = app.starter("Tell me about harbours")
        assert (delayed.code, delayed.err) == (ANSWERED, "")
        assert delayed.seconds > 20
        gateway.fault("unavailable", match="about lighthouses", seconds=60)
        failed = app.starter("Tell me about lighthouses")
        assert failed.code == FAILED
        assert "currently overloaded" in failed.err


def test_a_model_that_is_not_there_is_named_with_what_to_do(app: App) -> None:
    env = {**app.env, "OPENAI_BASE_URL": f"http://127.0.0.1:{free_ports(1)[0]}/v1"}
    few = replace(app, env=env, folder=copy(app.folder))
    settings = few.folder / "worker.py"
    settings.write_text(settings.read_text().replace("maximum_attempts=5", "maximum_attempts=1"))
    with few.worker():
        said = few.ask("Tell me about islands")
    assert said.code == FAILED
    assert said.err.startswith(
        "The run failed: the model gave no answer (APIConnectionError: Connection error."
    )
    assert "OPENAI_BASE_URL" in said.err


def test_who_stops_waiting_is_told_that_the_run_goes_on(app: App, gateway: Gateway) -> None:
    gateway.fault("slow", match="about tides", delay_s=4, times=1)
    with app.worker():
        process = app.start("starter.py", "Tell me about tides")
        assert process.stdout
        run_id = process.stdout.readline().decode().strip()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
        assert process.returncode == NO_LONGER
        assert "A run that has begun goes on" in err.decode()
        assert "Traceback" not in err.decode()
        assert app.starter("--id", run_id).code == ANSWERED


# --- what a worker leaves behind
# ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
async def test_a_worker_that_is_asked_to_stop_finishes_its_model_call(
    app: App, gateway: Gateway, client: Client, how: signal.Signals
) -> None:
    text = f"Tell me about winds {uuid4()}"
    gateway.fault("slow", match=text, delay_s=2, times=1)
    since = time.time()
    with app.typed_worker() as worker:
        handle = await client.start_workflow(
            "RoutingWorkflow", text, id=f"routing-{uuid4()}", task_queue=QUEUE
        )
        await asyncio.to_thread(wait_for_a_model_call, gateway, since)
        worker.send_signal(how)
        out, err = worker.communicate(timeout=20)
        assert (worker.returncode, err) == (0, b""), err
        assert out.decode().splitlines()[-1] == "Worker stopped"
    with app.worker():
        await handle.result()
    run = await history.read(handle)
    assert [(step.attempts, step.last_failure) for step in run.model_calls] == [(1, None), (1, None)]
    rows = [row for row in gateway.bill(since)["rows"] if text in row["summary"]]
    assert receipts.compare(run, rows).wasted == ()


def wait_for_a_model_call(gateway: Gateway, since: float) -> None:
    until(lambda: any(call["started"] > since for call in gateway.in_flight()), 60)


async def test_a_kill_between_triage_and_specialist_costs_no_recorded_call(bench: Bench) -> None:
    """A sample of the matrix: the specialist is answering."""
    async with Matrix(bench, routing(bench)) as matrix:
        point = next(
            p for p in await matrix.points() if p.kind == "mid call" and p.name.startswith("French Agent")
        )
        row = await matrix.strike(point)
    assert row.met and row.ok, row
    assert (row.recorded_before, row.kept) == (1, 1)


@pytest.mark.slow
@pytest.mark.timeout(1800)
async def test_a_kill_or_a_stop_at_any_point_gives_the_same_answer(bench: Bench) -> None:
    async with Matrix(bench, routing(bench)) as matrix:
        points: list[Point] = await matrix.points()
        assert {point.kind for point in points} == {"task completed", "started", "mid call", "completed"}
        rows = [await matrix.strike(point, how) for how in ("kill", "stop") for point in points]
    (bench.home / "crash_matrix_04.json").write_text(json.dumps(as_json(rows), indent=1))
    print(table(rows))
    assert [row for row in rows if not (row.ok and row.met)] == []
    assert sum(row.wasted for row in rows if row.how == "stop") == 0


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_300_starts_in_a_row_end_with_exit_code_0(app: App) -> None:
    with app.worker(), ThreadPoolExecutor(2) as pool:
        codes = list(pool.map(lambda number: app.starter(f"Hello number {number}").code, range(300)))
    assert codes == [ANSWERED] * 300


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("way", ["pip", "uv run"])
def test_it_runs_from_a_copied_folder_with_only_its_own_requirements(
    bench: Bench, tmp_path: Path, way: str
) -> None:
    env = {name: value for name, value in bench.env.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    env["PATH"] = f"{UV.parent}{os.pathsep}{env['PATH']}"
    app = App(copy(tmp_path), env, (str(UV), "run", "--python", sys.executable))
    if way == "pip":
        subprocess.run(
            [str(UV), "venv", "-q", "--python", sys.executable, str(tmp_path / "env")], env=env, check=True
        )
        app.python = (str(tmp_path / "env" / "bin" / "python"),)
        install = [str(UV), "pip", "install", "-q", "--python", app.python[0], "-r", "requirements.txt"]
        subprocess.run(install, cwd=app.folder, env=env, check=True)
        foreign = subprocess.run(
            [*app.python, "-c", "import workshop"], cwd=app.folder, env=env, capture_output=True
        )
        assert b"No module named 'workshop'" in foreign.stderr
    else:
        subprocess.run(
            [str(UV), "sync", "-q", "--python", sys.executable], cwd=app.folder, env=env, check=True
        )
    with app.typed_worker():
        said = app.starter("Bonjour, raconte-moi une histoire")
    assert (said.code, len(said.out.splitlines())) == (ANSWERED, 3), said
