"""The cases of the crash matrix: which workflow of which stage, asked what, and which effects are counted."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench_instance import Bench
from crash_matrix import MODEL_S, Case
from research_app import ANSWERS, TERMS, VAGUE, Research, copy, see_through
from temporalio.client import WorkflowHandle, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.openai_agents import OpenAIAgentsPlugin
from temporalio.service import RPCError

from workshop import history
from workshop.builder.solutions import solved
from workshop.config import ROOT
from workshop.workspace.control import Weather


def exercise03(bench: Bench) -> Case:
    """The storm notifier: two subscribers in two states."""

    def notices(bench: Bench, tag: str) -> dict[str, Any]:
        board = Weather(bench.settings.weather_service_url).notices()
        return dict(Counter(row["subscriber"].partition("-")[0] for row in board if tag in row["subscriber"]))

    return Case(
        "exercise 03",
        write_solved(
            ROOT / "solutions" / "03_durable_agent" / "exercise", bench.home / "my_work" / "matrix_exercise03"
        ),
        "StormNotifierWorkflow",
        lambda tag: (
            f"Post a notice for Ana-{tag} about the alerts in Texas, and one for Ben-{tag} about the "
            f"alerts in Ohio.",
        ),
        observe=notices,
        plugins=[OpenAIAgentsPlugin()],
    )


def routing(bench: Bench) -> Case:
    """Stage 04: a request in French whose answer names its subject."""
    return Case(
        "stage 04",
        write_solved(ROOT / "solutions" / "04_agent_routing", bench.home / "my_work" / "matrix_routing"),
        "RoutingWorkflow",
        lambda tag: (f"Bonjour, que peux-tu me dire au sujet de la ville de {tag} ?",),
        plugins=[OpenAIAgentsPlugin()],
    )


def hello(bench: Bench) -> Case:
    """Stage 02: one activity, without an agent."""
    source = ROOT / "solutions" / "02_temporal_hello_world"
    return Case(
        "stage 02",
        write_solved(source, bench.home / "my_work" / "matrix_hello"),
        "WeatherWorkflow",
        lambda tag: ("TX",),
    )


def agent(bench: Bench) -> Case:
    """Stage 03: a model call, a tool, a model call."""
    return Case(
        "stage 03",
        write_solved(ROOT / "solutions" / "03_durable_agent", bench.home / "my_work" / "matrix_agent"),
        "WeatherAgentWorkflow",
        lambda tag: (f"Are there weather alerts in Ohio? I ask for my friend {tag}.",),
        plugins=[OpenAIAgentsPlugin()],
    )


def research(bench: Bench) -> Case:
    """Stage 05: two questions answered, the plan approved, five searches, which end one after the other."""

    async def drive(handle: WorkflowHandle[Any, Any]) -> None:
        await asyncio.sleep(0.5)  # the workflow's first task is then over: a point of its own
        await see_through(Research(handle), VAGUE, ANSWERS, is_planned=True)

    # the first that matches
    ends = {"HTTP API load": 0, "next years": 1, "how it works": 3, "failures and recovery": 4, "": 2}
    return Case(
        "stage 05",
        copy(bench.home / "my_work" / "matrix_research", "deep-research-matrix"),
        "InteractiveResearchWorkflow",
        lambda tag: (),
        worker="run_worker.py",
        drive=drive,
        plugins=[OpenAIAgentsPlugin()],
        slow={
            f"Search term: {TERMS} {words}".strip(): MODEL_S + 0.5 * place for words, place in ends.items()
        },
        branches=5,
    )


def approval(bench: Bench) -> Case:
    """Stage 06: an agent that asks a person before it refunds."""

    async def approve(handle: WorkflowHandle[Any, Any]) -> None:
        while not any(step.kind == "timer" for step in (await history.read(handle)).steps):  # noqa: ASYNC110 (no event to wait for)
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)  # the task that asked is then over: a point of its own
        asked: dict[str, str] = {}
        while True:
            with suppress(RPCError, WorkflowUpdateRPCTimeoutOrCancelledError):
                asked = asked or await handle.query("waits_for")
                # the same id in each try: it counts once
                await handle.execute_update("decide", args=[asked["id"], True], id="decision")
                return
            await asyncio.sleep(0.2)

    def refunds(bench: Bench, tag: str) -> dict[str, Any]:
        board = Weather(bench.settings.weather_service_url).notices()
        return {"refunds": sum(tag in row["text"] for row in board)}

    return Case(
        "stage 06",
        write_solved(ROOT / "solutions" / "06_change_it_safely", bench.home / "my_work" / "matrix_approval"),
        "RefundWorkflow",
        lambda tag: (f"Please refund order 1208. My name is {tag}.",),
        drive=approve,
        observe=refunds,
        plugins=[OpenAIAgentsPlugin()],
    )


def write_solved(source: Path, folder: Path) -> Path:
    """Write the modules of a solution as a learner's cells do, without the builder's markers."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in source.glob("*.py"):
        (folder / path.name).write_text(solved(path.read_text(), path) + "\n")
    return folder


CASES = {
    "hello": hello,
    "agent": agent,
    "exercise03": exercise03,
    "routing": routing,
    "research": research,
    "approval": approval,
}
