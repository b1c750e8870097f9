"""The Monday card's template, run as a reader would: saved, started in two processes, and its worker killed
in mid call.
"""

from __future__ import annotations

import asyncio
import os
import re
import runpy
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from bench_instance import Bench
from temporalio.client import Client, WorkflowExecutionStatus

from workshop import history
from workshop.config import ROOT
from workshop.workspace import receipts
from workshop.workspace.control import Gateway

CARD = (ROOT / "docs" / "monday.md").read_text()
MAKER = ROOT / "benchmarks" / "cheat_sheet.py"
QUESTION = "Look up durable execution"

Start = Callable[[str], subprocess.Popen[str]]


def template() -> str:
    [code] = re.findall(r"^```python\n(.*?)^```$", CARD, re.DOTALL | re.MULTILINE)
    return str(code)


@pytest.fixture
def start(bench: Bench, tmp_path: Path) -> Iterator[Start]:
    """Start the saved template with one word, in a process of its own."""
    (tmp_path / "my_agent.py").write_text(template())
    started: list[subprocess.Popen[str]] = []

    def begin(word: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-B", "my_agent.py", word]
        process = subprocess.Popen(
            command,
            cwd=tmp_path,
            env=bench.env,
            text=True,
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_the_card_is_one_page_with_ten_settings_ten_habits_and_forty_lines() -> None:
    settings, *habits = re.split(r"^\| # \| (?:setting|habit) \|", CARD, flags=re.MULTILINE)[1:]
    numbers = [re.findall(r"^\| (\d+) \|", table, re.MULTILINE) for table in (settings, *habits)]
    assert [len(table) for table in numbers] == [10, 10]
    assert [each for table in numbers for each in table] == [str(number) for number in range(1, 21)]
    assert len(template().splitlines()) <= 40
    assert len(CARD.splitlines()) < 90


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=20)


def test_the_cheat_sheet_has_the_cards_settings_ten_terms_and_five_looks() -> None:
    made = runpy.run_path(str(MAKER))
    assert made["SHEET"].read_text("utf-8") == made["sheet"](), f"type: .venv/bin/python {MAKER.name}"
    assert [row[0] for row in made["settings"]()] == [str(number) for number in range(1, 11)]
    assert len(made["terms"]()) == 10 and len(made["LOOKS"]) == 5


async def test_every_command_of_the_cheat_sheet_can_be_typed(bench: Bench) -> None:
    client = await Client.connect(bench.settings.temporal_address)
    waiting = await client.start_workflow("Nobody", id=f"sheet-{uuid4()}", task_queue="sheet-queue")
    named = {"ID": waiting.id, "QUEUE": "sheet-queue", "TEXT": "tried"}
    for _, _, typed in runpy.run_path(str(MAKER))["LOOKS"]:
        program, *words = [named.get(word, word) for word in shlex.split(typed)]
        command = [
            str(Path(sys.executable).with_name(program)),
            *words,
            "--address",
            bench.settings.temporal_address,
        ]
        told = await asyncio.to_thread(run, command)
        assert told.returncode == 0, told.stderr
    assert (await waiting.describe()).status == WorkflowExecutionStatus.TERMINATED


@pytest.mark.timeout(120)
async def test_the_template_answers_and_survives_a_kill_in_mid_call(bench: Bench, start: Start) -> None:
    gateway = Gateway(bench.settings.gateway_url)
    # the call that reads the tool's output
    gateway.fault("slow", delay_s=4, match="put your own code here", times=1)
    began = time.time()
    worker, starter = start("worker"), start(QUESTION)
    try:
        deadline = time.monotonic() + 40
        while not any(time.time() - call["started"] > 1 for call in gateway.in_flight()):
            assert time.monotonic() < deadline and starter.poll() is None, "no slow call came"
            await asyncio.sleep(0.1)
        os.killpg(worker.pid, signal.SIGKILL)
        start("worker")
        said, _ = starter.communicate(timeout=60)
    finally:
        gateway.clear_faults()
    assert starter.returncode == 0 and "put your own code here" in said, said

    client = await Client.connect(bench.settings.temporal_address)
    [found] = [run async for run in client.list_workflows("TaskQueue='my-agent-queue'")]
    run = await history.read(client.get_workflow_handle(found.id))
    assert [step.kind for step in run.steps] == ["model", "tool", "model"]
    paid = receipts.compare(run, gateway.bill(began)["rows"])
    assert (len(paid.recorded), len(paid.repeated), len(paid.wasted)) == (2, 0, 1)
