"""Lessons 03 and 05, crashes and all, with a second run and a plain agent beside them: their figures are the
same as alone.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

import pytest
from bench_instance import Bench
from temporalio.client import Client, WorkflowHandle
from temporalio.exceptions import TemporalError
from temporalio.openai_agents import OpenAIAgentsPlugin
from temporalio.service import RPCError

from workshop.commands import lessons
from workshop.config import ROOT
from workshop.workspace.control import Gateway

WEATHER = "Are there weather alerts in Ohio?"
RESEARCH = "How can a Python service survive crashes?"
FIGURES = re.compile(
    r"recorded \d+ · recorded and made again.*?free \d+|(?:the bill|The bill) says.*|kept: .*"
)


def figures(result: lessons.Result) -> list[str]:
    """Return what the lesson said of its calls, without their price, since chance decides which two of five
    searches the kill hits, and without chaos, which strikes at random.
    """
    texts = [
        output.text if output.output_type == "stream" else output.get("data", {}).get("text/plain", "")
        for cell in result.notebook.cells
        for output in cell.get("outputs", ())
    ]
    return [
        found
        for text in texts
        for line in text.splitlines()
        if "kill" not in line
        for found in FIGURES.findall(line)
    ]


async def ask_weather(client: Client, id: str) -> WorkflowHandle[Any, Any]:
    return await client.start_workflow("WeatherAgentWorkflow", WEATHER, id=id, task_queue="agents-sdk-queue")


async def ask_research(client: Client, id: str) -> WorkflowHandle[Any, Any]:
    handle = await client.start_workflow(
        "InteractiveResearchWorkflow", id=id, task_queue="deep-research-queue"
    )
    await handle.execute_update("start_research", {"query": RESEARCH})
    return handle


async def _runs(bench: Bench, ask: Any, over: threading.Event) -> None:
    """Run one workflow after the other on the lesson's own queue, so in the lesson's own worker."""
    client = await Client.connect(bench.settings.temporal_address, plugins=[OpenAIAgentsPlugin()])
    while not over.is_set():
        with suppress(TimeoutError, TemporalError):  # the lesson has no worker now, or kills it just then
            handle = await asyncio.wait_for(ask(client, id := f"neighbor-{uuid4()}"), 20)
            await asyncio.wait_for(handle.result(), 40)
        with suppress(RPCError):
            await client.get_workflow_handle(id).terminate()


@contextmanager
def neighbors(bench: Bench, ask: Any) -> Iterator[None]:
    over = threading.Event()

    def agents() -> None:
        agent = ROOT / "solutions" / "01_agent_hello_world" / "agent.py"
        while not over.is_set():
            subprocess.run(
                [sys.executable, str(agent), WEATHER], env=bench.env, capture_output=True, timeout=90
            )

    beside = [
        threading.Thread(target=agents),
        threading.Thread(target=lambda: asyncio.run(_runs(bench, ask, over))),
    ]
    for thread in beside:
        thread.start()
    yield
    over.set()
    for thread in beside:
        thread.join()


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("stage", "ask"), [("03_durable_agent", ask_weather), ("05_deep_research", ask_research)]
)
def test_a_lesson_has_the_same_figures_beside_others(bench: Bench, stage: str, ask: Any) -> None:
    path = lessons.NOTEBOOKS / f"{stage}.ipynb"
    alone = lessons.execute(path, core=True, env=bench.env)
    assert alone.ok, alone
    before = len(Gateway(bench.settings.gateway_url).bill()["rows"])
    with neighbors(bench, ask):
        beside = lessons.execute(path, core=True, env=bench.env)
    assert beside.ok, beside
    rows = Gateway(bench.settings.gateway_url).bill()["rows"][before:]
    runs = {row["workflow"] for row in rows if (row["workflow"] or "").startswith("neighbor-")}
    agents = {row["process"] for row in rows if not row["workflow"]}
    assert len(runs) >= 3 and len(agents) >= 3, "they were there from the beginning to the end"
    assert figures(alone) and figures(beside) == figures(alone)
