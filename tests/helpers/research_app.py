"""The deep-research application under test: a copy of its folder, its processes, and a research as a client
sees it.

Updates, Queries and results go over the wire as names and plain dictionaries: what is fixed, and
nothing of the application's own classes.
"""

from __future__ import annotations

import asyncio
import functools
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from bench_instance import Bench
from forked import Forked
from temporalio.client import (
    Client,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError
from temporalio.openai_agents import OpenAIAgentsPlugin
from temporalio.service import RPCError, RPCStatusCode
from waiting import until

from workshop.config import ROOT
from workshop.workspace.control import Gateway

STAGE = ROOT / "solutions" / "05_deep_research"
QUEUE = "deep-research-queue"
NOT_COPIED = shutil.ignore_patterns("exercise", "__pycache__", ".venv", "uv.lock", "*.egg-info")

VAGUE = "How do I make my Python service reliable?"
"""The practice model asks two questions about this, and plans five searches."""
ANSWERS = ("an HTTP API under load", "the next two years")
"""To its two questions."""
TERMS = "make my Python service reliable"
"""What its searches begin with."""
SPECIFIC = "How does temporalio retry failed activities, and which settings bound the attempts?"
"""About this it asks nothing."""


def copy(folder: Path, queue: str = QUEUE) -> Path:
    """Copy the application as a learner does, outside the clone so that no `.env` above it is found. `queue`:
    its task queue.
    """
    shutil.copytree(STAGE, folder, ignore=NOT_COPIED, dirs_exist_ok=True)
    module = folder / "deep_research" / "workflows" / "research_workflow.py"
    text = module.read_text()
    assert text.count(f'"{QUEUE}"') == 1
    module.write_text(text.replace(QUEUE, queue))
    return folder


@dataclass
class App:
    """A copy of the application, and the processes in it."""

    folder: Path
    env: Mapping[str, str]
    queue: str = QUEUE
    python: tuple[str, ...] = (sys.executable,)

    @property
    def errors(self) -> Path:
        """What all processes wrote to standard error. It is a file because a worker's warnings would fill the
        64 kB of a pipe that nobody reads.
        """
        return self.folder.with_suffix(".errors")

    def start(self, script: str, **env: str) -> subprocess.Popen[bytes]:
        with self.errors.open("ab") as errors:
            return subprocess.Popen(
                [*self.python, script],
                cwd=self.folder,
                env={**self.env, **env},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )

    @contextmanager
    def worker(self, **env: str) -> Iterator[Forked]:
        """Start a worker as a lesson does and wait until it polls. At the end, kill it if it is still there."""
        log = self.folder.with_suffix(f".{uuid4().hex}.log")
        process = Forked("run_worker.py", folder=self.folder, env={**self.env, **env}, out=log)
        line = f"Worker started on task queue: {self.queue}\n"
        try:
            until(lambda: line in log.read_text(), 60, log.read_text)
            yield process
        finally:
            process.kill()
            process.wait()

    @contextmanager
    def typed_worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """Start a worker as one does in a terminal and wait until it polls. At the end, kill it if it is still
        there, with its children (`uv run` has it as a child).
        """
        process = self.start("run_worker.py")
        try:
            assert process.stdout
            line = process.stdout.readline().decode()
            assert line == f"Worker started on task queue: {self.queue}\n", (line, self.errors.read_text())
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


@contextmanager
def own_app(bench: Bench, folder: Path, **env: str) -> Iterator[App]:
    """Make a copy with its own task queue, so that its workers share no work with those of other tests."""
    queue = f"deep-research-{uuid4().hex[:8]}"
    yield App(copy(folder / "app", queue), {**bench.env, **env}, queue)


class Research:
    """One research, over the wire."""

    def __init__(self, handle: WorkflowHandle[Any, Any]) -> None:
        self.handle = handle

    async def ask(self, query: str, **given: Any) -> dict[str, Any]:
        return await self.update("start_research", {"query": query, **given})

    async def answer(self, text: str, index: int | None = None) -> dict[str, Any]:
        given: dict[str, Any] = (
            {"answer": text} if index is None else {"answer": text, "question_index": index}
        )
        return await self.update("provide_clarification", given)

    async def skip(self) -> dict[str, Any]:
        return await self.update("skip_clarifications")

    async def decide(self, **given: Any) -> dict[str, Any]:
        """Approve the plan, or keep edits of it."""
        return await self.update("decide_plan", given)

    async def try_again(self) -> dict[str, Any]:
        return await self.update("try_again")

    async def update(self, name: str, *args: Any, **options: Any) -> dict[str, Any]:
        return dict(await self.handle.execute_update(name, args=args, **options))

    async def status(self) -> dict[str, Any]:
        return dict(await self.handle.query("get_status"))

    async def result(self, within_s: float = 90.0) -> dict[str, Any]:
        return dict(await asyncio.wait_for(self.handle.result(), within_s))

    async def until(self, *stages: str, within_s: float = 60.0) -> dict[str, Any]:
        """Wait until the status is one of these and return it."""
        async with asyncio.timeout(within_s):
            while (status := await self.status())["status"] not in stages:  # noqa: ASYNC110  # a Query can only be asked
                await asyncio.sleep(0.03)
        return status


async def begin(client: Client, queue: str = QUEUE, **options: Any) -> Research:
    return Research(
        await client.start_workflow(
            "InteractiveResearchWorkflow", id=f"research-{uuid4()}", task_queue=queue, **options
        )
    )


async def research(client: Client, query: str, queue: str = QUEUE) -> Research:
    """Start a research with this query and wait until it needs its human."""
    begun = await begin(client, queue)
    await begun.ask(query)
    return begun


async def connect(bench: Bench) -> Client:
    return await Client.connect(bench.settings.temporal_address, plugins=[OpenAIAgentsPlugin()])


async def refusal(call: Any) -> str:
    """Return type and message of an Update's refusal, as `Type: message`."""
    try:
        answer = await call
    except WorkflowUpdateFailedError as error:
        assert isinstance(error.cause, ApplicationError), error.cause
        return f"{error.cause.type}: {error.cause.message}"
    except RPCError as error:  # the research has ended: it is the server that says so
        assert error.status == RPCStatusCode.NOT_FOUND, error
        return f"Ended: {error.message}"
    raise AssertionError(f"it was not refused: {answer}")


async def failure(of: Research) -> BaseException:
    """Return why a research failed; assert that it did."""
    try:
        result = await of.result()
    except WorkflowFailureError as error:
        assert error.__cause__
        return error.__cause__
    raise AssertionError(f"it did not fail: {result}")


async def patient(call: Any, within_s: float = 90.0) -> dict[str, Any]:
    """Repeat a call until worker and server are there. Only for calls that may be made twice."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            async with asyncio.timeout(20):
                return dict(await call())
        except (RPCError, WorkflowUpdateRPCTimeoutOrCancelledError, TimeoutError) as error:
            if time.monotonic() > deadline or (
                isinstance(error, RPCError) and error.status == RPCStatusCode.NOT_FOUND
            ):
                raise
            await asyncio.sleep(0.2)


async def see_through(one: Research, query: str, answers: Sequence[str], is_planned: bool = False) -> None:
    """Ask and answer, whatever dies meanwhile. `is_planned`: the plan waits for approval, and gets it."""
    given = {"plan_wait_s": None} if is_planned else {}
    await patient(lambda: one.ask(query, **given))
    for index, answer in enumerate(answers):
        await patient(functools.partial(one.answer, answer, index))
    while is_planned and (await patient(one.status))["status"] == "planning":  # noqa: ASYNC110 - a Query
        await asyncio.sleep(0.05)
    if is_planned and (await patient(one.status))["status"] == "awaiting_approval":
        await patient(one.decide)


async def in_flight(gateway: Gateway, since: float, count: int, within_s: float = 30.0) -> None:
    """Wait until this many model calls that began after `since` (epoch seconds) are in flight."""
    async with asyncio.timeout(within_s):

        def under_way() -> int:
            return sum(one["started"] > since for one in gateway.in_flight())

        while await asyncio.to_thread(under_way) != count:  # noqa: ASYNC110 - the calls are another process's
            await asyncio.sleep(0.1)
