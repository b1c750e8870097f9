"""The pictures in docs/images/, drawn from real runs: the bug toggle, a crash and its recovery, a handoff, a
deep research.

    .venv/bin/python benchmarks/pictures.py [bug] [crash] [handoff] [research] [--trial]

This takes about two minutes, half of it the minute that the person in the deep research takes to answer.
A trial draws only the handoff, into a temporary folder.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from uuid import uuid4

import research_app

# isort: skip  # makes tests/ importable
from common import ROOT, AgentWorker, BackgroundWorker, Bench, parser, services, sizes
from crash_cases import write_solved
from temporalio.client import Client, WorkflowHandle
from temporalio.openai_agents import OpenAIAgentsPlugin
from workflow import WeatherAgentWorkflow

from workshop import timeline
from workshop.processes.keeper_client import KeeperClient
from workshop.workspace.control import Gateway
from workshop.workspace.files import BUG_LINE, GOOD_LINE

IMAGES = ROOT / "docs" / "images"
THINKS_S = 0.6
LOOP_S = 14
"""How long the moving picture takes, its pause at the end included."""


class Studio:
    """Services and a client, with a way to run a workflow and draw it."""

    def __init__(self, bench: Bench, client: Client, images: Path) -> None:
        self.bench, self.client, self.keeper = bench, client, KeeperClient()
        self.gateway = Gateway(bench.settings.gateway_url)
        self.images = images

    def folder(self, stage: str) -> Path:
        """Copy a stage's solution below the home of these services, where it finds their .env; return the
        folder.
        """
        return write_solved(ROOT / "solutions" / stage, self.bench.home / "my_work" / stage)

    async def start(self, workflow: Any, *args: Any, queue: str) -> WorkflowHandle[Any, Any]:
        return await self.client.start_workflow(
            workflow, args=list(args), id=f"picture-{uuid4()}", task_queue=queue
        )

    async def follow(
        self, handle: WorkflowHandle[Any, Any], until: Callable[[Any], bool] | None = None
    ) -> Any:
        return await timeline.watch(handle, until=until, timeout=150, show=False)

    async def save(self, handle: WorkflowHandle[Any, Any], name: str) -> None:
        run = await self.follow(handle)
        timeline.draw(run, deaths=self.keeper.deaths()).save(self.images / f"{name}.svg")
        timeline.draw(run, view="bytes").save(self.images / f"{name}_bytes.svg")
        print(
            f"{self.images / name}.svg: {run.status}, {len(run.activities)} activities, {len(run.workers)} "
            "workers",
            flush=True,
        )


async def bug(studio: Studio) -> None:
    """Draw lesson 03's toggle: four attempts fail, the line is fixed, the fifth succeeds."""
    folder = studio.folder("03_durable_agent")
    code = folder / "activities.py"
    right = code.read_text()
    code.write_text(
        right.replace(f"    {GOOD_LINE}\n", f"    # {GOOD_LINE}\n").replace(
            f"    # {BUG_LINE}\n", f"    {BUG_LINE}\n"
        )
    )
    worker = BackgroundWorker(studio.keeper, studio.bench, folder / "worker.py")
    worker.start()
    handle = await studio.start(
        WeatherAgentWorkflow.run, "Are there weather alerts in California?", queue="agents-sdk-queue"
    )
    await studio.follow(
        handle, until=lambda run: any(step.attempts >= 4 and step.next_retry for step in run.tools)
    )
    worker.stop()
    code.write_text(right)
    worker.start()
    await studio.save(handle, "bug_toggle")
    worker.stop()


def moving(svg: str) -> str:
    """Return a timeline that is drawn as it happens, in a loop: a curtain of its background moves right.

    Who asked for less motion sees all of it at once.
    """
    grid = re.search(r'<line class="grid" x1="([\d.]+)" y1="([\d.]+)" x2="[\d.]+" y2="([\d.]+)"', svg)
    left, top, bottom = map(float, grid.groups()) if grid else (0.0, 0.0, 0.0)
    style = (
        f".curtain{{animation:curtain {LOOP_S}s linear infinite}}"
        "@keyframes curtain{0%{transform:none}70%,100%{transform:translateX(100%)}}"
        "@media (prefers-reduced-motion:reduce){.curtain{display:none}}</style>"
    )
    size = f'x="{left + 1}" y="{top}" width="100%" height="{bottom - top + 1}"'
    rectangle = f'<rect class="bg curtain" {size}/>'
    return svg.replace("</style>", style, 1).replace("</svg>", f"{rectangle}</svg>")


async def crash(studio: Studio) -> None:
    """Draw a SIGKILL during a model call, the restart, and the result, as it happens."""
    worker = AgentWorker(studio.keeper, studio.bench, "crash")
    worker.start()
    studio.gateway.fault("slow", delay_s=2, match="severity")
    handle = await studio.start(WeatherAgentWorkflow.run, "Are there weather alerts in Texas?", queue="crash")
    await studio.follow(
        handle, until=lambda run: len(run.model_calls) == 2 and bool(run.model_calls[1].started)
    )
    await asyncio.sleep(1.5)
    worker.kill()
    await asyncio.sleep(0.3)
    worker.start()
    await studio.save(handle, "crash_and_recovery")
    picture = studio.images / "crash_and_recovery.svg"
    picture.write_text(moving(picture.read_text()))
    worker.stop()
    studio.gateway.clear_faults()


async def handoff(studio: Studio) -> None:
    """Draw triage handing over to the French agent."""
    folder = studio.folder("04_agent_routing")
    worker = BackgroundWorker(studio.keeper, studio.bench, folder / "worker.py")
    worker.start()
    handle = await studio.start(
        "RoutingWorkflow", "Bonjour, raconte-moi une histoire", queue="routing-workflow-queue"
    )
    await studio.save(handle, "handoff")
    worker.stop()


async def research(studio: Studio) -> None:
    """Draw a vague question, a person who takes a minute to answer, and five searches at once."""
    folder = research_app.copy(studio.bench.home / "my_work" / "05_deep_research")
    worker = BackgroundWorker(studio.keeper, studio.bench, folder / "run_worker.py")
    worker.start()
    one = await research_app.research(studio.client, research_app.VAGUE)
    await asyncio.sleep(20)
    await one.answer("an HTTP API under load")
    await asyncio.sleep(40)
    await one.answer("the next two years")
    await studio.save(one.handle, "deep_research")
    worker.stop()


DRAWN: dict[str, Callable[[Studio], Coroutine[Any, Any, None]]]
DRAWN = {"bug": bug, "crash": crash, "handoff": handoff, "research": research}


async def main(names: list[str], trial: bool) -> int:
    with services("pictures", THINKS_S) as bench:
        client = await Client.connect(bench.settings.temporal_address, plugins=[OpenAIAgentsPlugin()])
        images = bench.home if trial else IMAGES
        for name in names or (["handoff"] if trial else DRAWN):
            await DRAWN[name](Studio(bench, client, images))
    return 0


if __name__ == "__main__":
    command_line = parser(__doc__)
    command_line.add_argument("names", nargs="*")
    given = sizes(command_line)
    sys.exit(asyncio.run(main(given.names, given.trial)))
