"""Lesson 07's chats: bytes of history over 50 turns in five ways, 50 chats at once, and memory over 1,000
turns.

    .venv/bin/python benchmarks/chats.py [--turns 50] [--chats 50] [--long 1000] [--trial]

Every fifth turn reads a bulletin of 27 kB, the others ask something short. Exit code 1 if a chat fails, or if
the worker's memory grows by more than 10 % from the second quarter of the long chat to its last.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pkgutil import resolve_name
from typing import Any
from uuid import uuid4

import psutil
from common import MB, ROOT, BackgroundWorker, Bench, median, p95, parser, polls, report, services, sizes

from workshop.processes.keeper_client import KeeperClient

FOLDER = ROOT / "solutions" / "07_in_front_of_users"
sys.path.insert(0, str(FOLDER))

from front import say  # type: ignore[import-not-found]  # noqa: E402
from temporalio.client import Client  # noqa: E402
from temporalio.contrib.workflow_streams import WorkflowStreamClient  # noqa: E402
from temporalio.openai_agents import OpenAIAgentsPlugin  # noqa: E402
from workflow import TASK_QUEUE  # noqa: E402

PLAIN = "temporalio.converter:DataConverter.default"
WAYS = (
    ("plain list", "ChatWorkflow", "workflow:ChatWorkflow", PLAIN),
    ("chained by response id", "ChainedChatWorkflow", "ways:ChainedChatWorkflow", PLAIN),
    ("compressed", "ChatWorkflow", "workflow:ChatWorkflow", "ways:ZIPPED"),
    ("stored outside", "ChatWorkflow", "workflow:ChatWorkflow", "storage:STORED"),
    ("new runs, all of them together", "LongChatWorkflow", "long_chat:LongChatWorkflow", PLAIN),
)
STATES = ("Ohio", "Utah", "Iowa", "Maine", "Texas")
GROWTH = 1.10
"""How much larger the worker may be at the end of the long chat than in its second quarter."""


@contextmanager
def serving(bench: Bench, chats: str, converter: str = PLAIN) -> Iterator[BackgroundWorker]:
    """Run lesson 07's worker with these chats and this converter."""
    own = {"CHATS": chats, "CONVERTER": converter, "CHAT_STORE": str(bench.home / "store")}
    with_own = dataclasses.replace(bench, env={**bench.env, **own})
    copy = bench.home / "application"  # a worker reads the .env above its own folder
    shutil.copytree(FOLDER, copy, dirs_exist_ok=True)
    worker = BackgroundWorker(KeeperClient(), with_own, copy / "worker.py")
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


async def connect(bench: Bench, worker: BackgroundWorker, converter: str = PLAIN) -> Client:
    client = await Client.connect(
        bench.settings.temporal_address,
        data_converter=resolve_name(converter),
        plugins=[OpenAIAgentsPlugin()],
    )
    await polls(client, TASK_QUEUE, worker.pid)
    return client


def text(turn: int) -> str:
    if turn == 1:
        return "Hello, my name is Ada."
    return f"Read the bulletin for {STATES[turn // 5 % 5]}." if turn % 5 == 0 else "What can you do?"


async def history_bytes(client: Client, chat: str) -> int:
    """Return the bytes of all runs of a chat."""
    total = 0
    async for run in client.list_workflows(f'WorkflowId = "{chat}"'):
        handle = client.get_workflow_handle(chat, run_id=run.run_id)
        raw = (await handle.describe()).raw_description
        total += raw.workflow_execution_info.history_size_bytes
    return total


async def one_way(bench: Bench, way: tuple[str, str, str, str], turns: int) -> dict[str, Any]:
    """Hold one conversation; return a row with the bytes after a few turns."""
    name, workflow, chats, converter = way
    row: dict[str, Any] = {"way": name}
    with serving(bench, chats, converter) as worker:
        client, chat = await connect(bench, worker, converter), f"bytes-{uuid4()}"
        for turn in range(1, turns + 1):
            await say(client, chat, text(turn), workflow)
            if turn in (turns // 5, turns // 2, turns):
                await asyncio.sleep(1.2)  # the list of runs follows within a second
                row[f"turn {turn}, kB"] = round(await history_bytes(client, chat) / 1e3)
        if not (answer := await say(client, chat, "What is my name?", workflow)).endswith("Ada."):
            raise SystemExit(f"{name}: it forgot the name and says {answer!r}")
        await client.get_workflow_handle(chat).terminate()
    return row


async def one_of_many(client: Client, at_once: asyncio.Event) -> tuple[float, float]:
    """Ask in a chat that is open; return the seconds until the first words and until the answer."""
    chat = f"many-{uuid4()}"
    await say(client, chat, "Hello!", "StreamedChatWorkflow")
    stream = WorkflowStreamClient.create(client, chat)
    begin = await stream.get_offset()
    await at_once.wait()
    began = time.monotonic()

    async def first_words() -> float:
        async for item in stream.subscribe(["events"], from_offset=begin):
            if item.data["type"] == "response.output_text.delta":
                return time.monotonic() - began
        raise AssertionError("the stream has ended without a word")

    reading = asyncio.create_task(first_words())
    await say(client, chat, "What can you do?", "StreamedChatWorkflow")
    answered = time.monotonic() - began
    await asyncio.wait([reading], timeout=5)
    await client.get_workflow_handle(chat).terminate()
    return min(reading.result(), answered), answered


async def many(bench: Bench, chats: int) -> list[dict[str, Any]]:
    with serving(bench, "streamed_chat:StreamedChatWorkflow") as worker:
        client, at_once = await connect(bench, worker), asyncio.Event()
        asking = [asyncio.create_task(one_of_many(client, at_once)) for _ in range(chats)]
        await asyncio.sleep(chats * 0.5)
        at_once.set()
        done = await asyncio.gather(*asking, return_exceptions=True)
    good = [each for each in done if isinstance(each, tuple)]
    for error in (each for each in done if not isinstance(each, tuple)):
        print(f"error: {error!r}", flush=True)
    first, whole = [each[0] for each in good], [each[1] for each in good]
    return [
        {"what": f"{chats} chats at once: answered; errors", "measured": f"{len(good)}; {chats - len(good)}"},
        {"what": "… first words, median; p95", "measured": f"{median(first):.2f} s; {p95(first):.2f} s"},
        {"what": "… answer, median; p95", "measured": f"{median(whole):.2f} s; {p95(whole):.2f} s"},
    ]


async def long(bench: Bench, turns: int) -> tuple[list[dict[str, Any]], float]:
    """Talk for a long time; return the rows, and how much the worker has grown since the second quarter."""
    looks: list[float] = []
    with serving(bench, "long_chat:LongChatWorkflow") as worker:
        client, chat = await connect(bench, worker), f"long-{uuid4()}"
        process, began = psutil.Process(worker.pid), time.monotonic()
        for turn in range(1, turns + 1):
            await say(client, chat, text(turn), "LongChatWorkflow")
            looks.append(process.memory_info().rss / MB)
        seconds = time.monotonic() - began
        runs = [run async for run in client.list_workflows(f'WorkflowId = "{chat}"')]
        await client.get_workflow_handle(chat).terminate()
    quarter = turns // 4
    before, after = median(looks[quarter : 2 * quarter]), median(looks[3 * quarter :])
    rows = [
        {
            "what": f"{turns} turns in one chat: runs; seconds a turn",
            "measured": f"{len(runs)}; {seconds / turns:.2f}",
        },
        {
            "what": "… the worker's memory, second quarter; last",
            "measured": f"{before:.0f} MB; {after:.0f} MB",
        },
    ]
    return rows, after / before


async def measure(turns: int, chats: int, length: int, trial: bool) -> int:
    with services("chats") as bench:
        os.environ.update(bench.env)
        ways = [await one_way(bench, way, turns) for way in WAYS]
        report("chats", {"rows": ways}, trial)
        load = await many(bench, chats)
        rows, grown = await long(bench, length)
        report("chats_load", {"rows": [*load, *rows], "grown": grown}, trial)
    return 0 if grown < GROWTH and load[0]["measured"].endswith("; 0") else 1


if __name__ == "__main__":
    given = sizes(parser(__doc__), turns=(50, 10), chats=(50, 5), long=(1000, 40))
    sys.exit(asyncio.run(measure(given.turns, given.chats, given.long, given.trial)))
