"""The streamed chat of lesson 07: a page that clears at each beginning shows the result, wherever the worker
dies.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from bench_instance import Bench
from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.contrib.workflow_streams import WorkflowStreamClient
from temporalio.openai_agents import OpenAIAgentsPlugin

from workshop.config import ROOT
from workshop.workspace.control import Gateway

STAGE = ROOT / "solutions" / "07_in_front_of_users"
QUEUE = "chat-queue"
QUESTION = "Are there weather alerts in Texas?"
WORDS_S = 1.0
"""How long the words of an answer take, in seconds: they come in several batches."""

pytestmark = [pytest.mark.timeout(1500), pytest.mark.slow]


@dataclass
class Workers:
    """The lesson's worker, from a copy of its folder."""

    folder: Path
    env: dict[str, str]
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        own = {**os.environ, **self.env, "CHATS": "streamed_chat:StreamedChatWorkflow"}
        self.running.append(subprocess.Popen([sys.executable, "worker.py"], cwd=self.folder, env=own))

    def kill(self) -> None:
        self.running[-1].send_signal(signal.SIGKILL)
        self.running[-1].wait()


@contextmanager
def workers(bench: Bench, folder: Path) -> Iterator[Workers]:
    shutil.copytree(STAGE, folder, ignore=shutil.ignore_patterns("exercise"))
    found = Workers(folder, bench.env)
    found.start()
    try:
        yield found
    finally:
        found.kill()


class Chat:
    def __init__(self, client: Client) -> None:
        self.client, self.id = client, f"crashed-{uuid4()}"

    async def say(self, text: str) -> str:
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            "StreamedChatWorkflow",
            id=self.id,
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
        answer = self.client.execute_update_with_start_workflow("say", text, start_workflow_operation=start)
        return str(await asyncio.wait_for(answer, 60))

    async def turn(self, workers: Workers, kill_after: int | None) -> tuple[str, str, list[str]]:
        """Ask, killing the worker when the page has seen so many events. Return what the page shows by the words
        alone, the answer, and the kinds of the events.
        """
        await self.say("Hello!")
        stream = WorkflowStreamClient.create(self.client, self.id)
        begin, page, kinds = await stream.get_offset(), "", list[str]()
        asking = asyncio.create_task(self.say(QUESTION))
        if kill_after == 0:
            workers.kill()
            workers.start()
        events = stream.subscribe(
            ["turns", "events"], from_offset=begin, poll_cooldown=timedelta(milliseconds=20)
        )
        async for item in events:
            kinds.append(item.data.get("type") or next(iter(item.data)))
            match item.data:
                case {"type": "response.created"}:
                    page = ""
                case {"type": "response.output_text.delta", "delta": str(words)}:
                    page += words
                case {"answer": _}:
                    break
            if len(kinds) == kill_after:
                workers.kill()
                workers.start()
        answer = await asking
        await self.client.get_workflow_handle(self.id).terminate()
        return page, answer, kinds


async def test_the_page_equals_the_result_wherever_the_worker_is_killed(bench: Bench, tmp_path: Path) -> None:
    gateway = Gateway(bench.settings.gateway_url)
    client = await Client.connect(bench.settings.temporal_address, plugins=[OpenAIAgentsPlugin()])
    with workers(bench, tmp_path / "chat") as running:
        await asyncio.to_thread(gateway.fault, "trickle", delay_s=WORDS_S, match="severity")
        page, answer, kinds = await Chat(client).turn(running, None)
        assert page == answer and "Texas" in answer
        firsts = [kinds.index(kind) + 1 for kind in dict.fromkeys(kinds)]
        words = [place for place, kind in enumerate(kinds, 1) if kind == "response.output_text.delta"]
        points = sorted({0, *firsts[:-1], words[len(words) // 2], words[-1]})
        print(f"{len(points)} points of {len(kinds)} events: {points}")
        for point in points:
            shown, said, seen = await Chat(client).turn(running, point)
            assert shown == said == answer, f"killed after event {point}: {seen}"
        await asyncio.to_thread(gateway.clear_faults)
