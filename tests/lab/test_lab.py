"""The first cell of a lesson: what it says when all is well, when something is left over, and when nothing
runs.
"""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid4

import httpx
import psutil
import pytest
from agents import Agent, OpenAIResponsesModel, Runner
from bench_instance import Bench
from local_server import Handler, serving
from openai import AsyncOpenAI, InternalServerError
from temporalio.client import Client, WorkflowUpdateStage
from waiting import until

from workshop.config import MY_WORK, settings
from workshop.errors import LabError
from workshop.lab import Lab
from workshop.workspace.control import Gateway

STAGE = "02_temporal_hello_world"


def test_a_lesson_opened_before_up_says_what_to_type(bench: Bench) -> None:
    script = f"from workshop.lab import Lab; Lab({STAGE!r})"
    environment = bench.env | {
        "WORKSHOP_HOME": str(bench.home / "elsewhere"),
        "GATEWAY_PORT": "1",
        "WEATHER_PORT": "1",
    }
    result = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60
    )
    assert result.returncode != 0
    assert "does not answer" in result.stderr and "python3 -m workshop up" in result.stderr


def test_opening_a_lesson_rewrites_an_env_that_windows_saved(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    file = bench.home / ".env"
    before = file.read_bytes()
    file.write_bytes(before.replace(b"\n", b"\r\n"))
    Lab(STAGE)
    assert file.read_bytes() == before and "saved in a form of Windows" in capsys.readouterr().out


def test_a_lesson_whose_folder_can_not_be_made_says_what_to_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_work").touch()
    monkeypatch.setattr("workshop.lab.lesson.MY_WORK", tmp_path / "my_work")
    with pytest.raises(LabError, match=f"can't be made.*{STAGE}\\.\n.*python3 -m workshop doctor"):
        Lab(STAGE)


def test_an_error_for_the_learner_shows_its_message_and_no_traceback_of_ours() -> None:
    assert LabError("what happened\nwhat to type")._render_traceback_() == ["what happened\nwhat to type"]


class _OtherCopy(Handler):
    def do_GET(self) -> None:
        self.answer(200, b'{"status": "healthy", "service": "gateway", "home": "another-folder"}')


def test_services_of_another_copy_of_the_course_are_not_taken_for_ours() -> None:
    said = r"(?s)another copy of the course \(another-folder\).*workshop down"
    with serving(_OtherCopy) as url, pytest.raises(LabError, match=said):
        Gateway(url).health()


async def test_the_card_names_open_runs_and_the_cell_to_go_on_from(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    lab = Lab(STAGE)
    assert "none on this lesson's task queue" in capsys.readouterr().out
    client = await Client.connect(lab.settings.temporal_address)
    run_id = f"left-{uuid4()}"
    await client.start_workflow("WeatherWorkflow", "CA", id=run_id, task_queue="hello-world-queue")
    until(lambda: run_id in lab.open_runs())  # the list follows the server with a short delay
    capsys.readouterr()
    Lab(STAGE)
    card = capsys.readouterr().out
    assert run_id in card and "go on from “The worker”" in card
    lab.terminate_open_runs()
    assert run_id in capsys.readouterr().out


async def test_a_run_that_has_closed_meanwhile_keeps_none_from_being_ended(
    bench: Bench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = Lab(STAGE)
    client = await Client.connect(lab.settings.temporal_address)
    closed, left = [
        await client.start_workflow("WeatherWorkflow", "CA", id=f"left-{uuid4()}", task_queue="a-queue")
        for _ in range(2)
    ]
    await closed.terminate()
    monkeypatch.setattr(Lab, "open_runs", lambda *_: [closed.id, left.id])  # listed before it closed
    capsys.readouterr()
    lab.terminate_open_runs("a-queue")
    assert capsys.readouterr().out.strip() == f"Terminated: {left.id}"
    assert (await left.describe()).close_time


def test_what_temporal_refuses_is_not_told_as_a_server_that_is_down(bench: Bench) -> None:
    lab = Lab(STAGE)
    with pytest.raises(LabError, match="Temporal refuses that: workflow not found"):
        lab._temporal.ask(lambda client: client.get_workflow_handle("nobody").describe())


ODD = (
    "a/b",
    "what?",
    "50 % #1",
    'in "quotes"',
    "back\\slash",
    "it's; --",
    "Übung \u2013 1",
    "../..",
    "a&b=c+d",
)
"""Names that mean something else in an address, in a query or in a shell."""


@pytest.mark.parametrize("name", ODD)
async def test_an_odd_name_stays_itself_in_addresses_and_queries(bench: Bench, name: str) -> None:
    lab = Lab(STAGE)
    client = await Client.connect(lab.settings.temporal_address)
    handle = await client.start_workflow(
        "WeatherWorkflow", "CA", id=f"{name} {uuid4()}", task_queue=f"queue {name}"
    )
    *_, last = urlsplit(lab.web_ui(handle).url).path.split("/")
    assert unquote(last) == handle.id
    assert parse_qs(urlsplit(lab.web_app(handle).url).query) == {"session": [handle.id]}
    until(lambda: handle.id in lab.open_runs(f"queue {name}"))
    assert lab.open_runs("queue") == []
    lab.terminate_open_runs(f"queue {name}")
    assert (await handle.describe()).close_time


async def test_the_card_names_what_another_lesson_has_left_on(bench: Bench) -> None:
    lab = Lab(STAGE)
    lab.bring("activities.py", "worker.py", "workflow.py")
    worker = lab.worker()
    lab.fault("unavailable", on="weather")
    client = await Client.connect(lab.settings.temporal_address)
    handle = await client.start_workflow(
        "WeatherWorkflow", "CA", id=f"left-{uuid4()}", task_queue="hello-world-queue"
    )
    until(lambda: handle.id in lab.open_runs())
    psutil.Process(worker.pid).suspend()
    card = str(Lab("03_durable_agent").status())
    assert f"process {worker.pid}, is paused" in card and f"kill -CONT {worker.pid}" in card
    assert (
        f"1 run ({handle.id}) on hello-world-queue" in card
        and 'lab.terminate_open_runs("hello-world-queue")' in card
    )
    assert re.search(r"weather service: unavailable · .* set at \d\d:\d\d by lesson 02's notebook", card)
    assert "To end it: lab.clear_faults()" in card
    lab.clear_faults()
    worker.crash()
    lab.terminate_open_runs("hello-world-queue")
    until(lambda: not lab.open_runs())
    card = str(Lab("03_durable_agent").status())
    assert "hello-world-queue" not in card and "Fault" not in card


async def test_the_card_says_how_long_a_research_waited_and_that_no_model_was_called(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    """The card reads the history, so it needs no worker, and it doesn't count calls that somebody else made
    meanwhile.
    """
    lab = Lab("05_deep_research")
    lab.terminate_open_runs()  # tests of the application may have left researches that wait for their human
    lab.bring("deep_research", "run_worker.py")
    worker = lab.worker("run_worker.py")
    client = await Client.connect(lab.settings.temporal_address)
    kind, queue = "InteractiveResearchWorkflow", "deep-research-queue"
    handle = await client.start_workflow(
        kind, id=f"research-{uuid4()}", task_queue=queue, memo={"query": "caching"}
    )
    busy = await client.start_workflow(kind, id=f"research-{uuid4()}", task_queue=queue)
    await handle.execute_update("start_research", {"query": "caching"})
    lab.fault("slow", delay_s=20, times=1)
    await busy.start_update(
        "start_research", {"query": "retries"}, wait_for_stage=WorkflowUpdateStage.ACCEPTED
    )
    await lab.model_call_in_flight()
    worker.crash()
    lab.clear_faults()
    until(lambda: len(lab.open_runs()) == 2)
    first = str(lab.status())
    assert re.search(rf"{handle.id} \(“caching”\) waited for you: [\d.]+ m?s, 0 model calls", first)
    assert (
        f"{busy.id} waited" not in first and "They go on when a worker runs: go on from “The worker”" in first
    )

    await busy.terminate()
    until(lambda: len(lab.open_runs()) == 1)
    await ask("practice")
    second = str(lab.status())
    assert re.search(rf"{handle.id} .* waited for you: [\d.]+ m?s, 0 model calls\.? ", second), (
        "others called, it did not"
    )
    assert "answer with lab.research_console(): go on from “The worker”" in second
    lab.terminate_open_runs()


def test_a_stage_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(LabError, match="01_agent_hello_world"):
        Lab("01_agent_helo_world")


def test_the_folder_is_the_learners_and_python_looks_there_first(bench: Bench) -> None:
    Lab(STAGE)
    Lab("02_temporal_hello_world" if STAGE != "02_temporal_hello_world" else "03_durable_agent")
    Lab(STAGE)
    assert sys.path[0] == str(MY_WORK / STAGE)


async def ask(key: str) -> str:
    client = AsyncOpenAI(api_key=key, base_url=settings().model_base_url, max_retries=0)
    agent = Agent(name="Asks", model=OpenAIResponsesModel("any-model", client))
    return str((await Runner.run(agent, "Hello")).final_output)


def test_no_key_says_where_the_key_belongs(bench: Bench) -> None:
    answer = httpx.post(
        f"{settings().model_base_url}/responses", json={"model": "any", "input": "Hello"}, trust_env=False
    )
    assert answer.status_code == 401 and ".env" in answer.json()["error"]["message"]


async def test_a_key_without_a_network_says_how_to_go_back_to_practice(bench: Bench) -> None:
    """The upstream of the test bench is an address where nobody listens: what a laptop on a train sees."""
    path = bench.home / ".env"
    as_it_was = path.read_text()
    path.write_text(as_it_was.replace("OPENAI_API_KEY=practice", "OPENAI_API_KEY=sk-not-a-real-key"))
    try:
        with pytest.raises(InternalServerError, match="practice"):
            await ask("sk-not-a-real-key")
    finally:
        path.write_text(as_it_was)


def test_an_unknown_fault_names_the_kinds(bench: Bench) -> None:
    with pytest.raises(LabError, match="rate_limit"):
        Lab(STAGE).fault("earthquake")


def test_what_a_lesson_does_with_the_services_goes_over_http_only(bench: Bench) -> None:
    """The gateway's control calls, as the contract has them."""
    bill = httpx.get(f"{settings().gateway_url}/bench/bill", trust_env=False).json()
    assert {"rows", "in_flight", "totals"} <= bill.keys()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            {"kind": "unavailable", "on": "weathr"},
            r"no 'weathr' to break\. Choose on=\"model\" or on=\"weather\"\.",
        ),
        ({"kind": "unavailable", "on": "gateway"}, r"Choose on=\"model\" or"),
        ({"kind": "unavail"}, r"'unavail' is unknown\. Choose one of: rate_limit, .*unavailable"),
        ({"kind": "slow", "delay": 3}, r"'delay' is not a field of a fault\. The fields are: .*delay_s"),
        ({"kind": "slow", "delay_s": -1}, r"delay_s: Input should be greater than or equal to 0"),
        ({"kind": "slow", "on": "weather", "times": 0}, r"times: Input should be greater than or equal to 1"),
        ({"kind": "slow", "seconds": "soon"}, r"seconds: Input should be a valid number"),
        ({"kind": "slow", "delay_s": float("nan")}, r"Times are plain numbers of seconds"),
        ({"kind": "slow", "delay_s": timedelta(seconds=3)}, r"Times are plain numbers of seconds"),
    ],
)
def test_a_wrong_word_in_a_fault_is_refused_and_breaks_nothing(
    bench: Bench, call: dict[str, Any], said: str
) -> None:
    lab = Lab(STAGE)
    lab.clear_faults()
    with pytest.raises(LabError, match=said):
        lab.fault(**call)
    assert lab.faults_on() == ""


def test_a_worker_whose_module_is_not_written_yet_names_the_cell_that_writes_it(bench: Bench) -> None:
    lab = Lab("05_deep_research")
    lab.bring("deep_research", "run_worker.py")
    for name, heading in (
        ("workflows/research_workflow.py", "The workflow"),
        ("agents/planner.py", "What is given"),
    ):
        there = lab.folder / "deep_research" / name
        text = there.read_text()
        there.unlink()
        with pytest.raises(
            LabError,
            match=rf"imports deep_research/{name}, which is not there yet\.\n.*under “{heading}”: run that",
        ):
            lab.worker("run_worker.py")
        there.write_text(text)
    lab.worker("run_worker.py").stop()
