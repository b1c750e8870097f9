"""The checks of exercise 07: Ada's help desk, in front of users. Each of them kills the worker once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from types import ModuleType
from typing import Any
from uuid import uuid4

from temporalio.api.failure.v1 import Failure
from temporalio.client import Client, WithStartWorkflowOperation, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.contrib.workflow_streams import WorkflowStreamClient
from temporalio.exceptions import ApplicationError, TemporalError
from temporalio.openai_agents import OpenAIAgentsPlugin

from workshop.checks import Finding, Stop, Trial, check
from workshop.checks.helpers.in_the_clear import in_the_clear
from workshop.config import HOME
from workshop.words import count, shorten

WORKFLOW = "HelpDeskWorkflow"
FILES = [
    "activities.py",
    "budget.py",
    "carrying.py",
    "keeping.py",
    f"workflow.py:{WORKFLOW}",
    "worker.py",
]
TURNS = 40
MOST_BYTES = 400_000
"""How large the history of a run may become in `TURNS` turns."""
ALLOWED = 600
"""How many tokens the check's budget allows: one turn, and not two."""
MOST_CARRIED = 40_000
"""Bytes that a new run of the long conversation may begin with: what was said, without what was looked up."""
LAST_ATTEMPT = 4
"""The attempt at the answer that ends well, after two lines that drop and a kill."""
IDLE_S = 2.0
ANSWER_S = 25.0
"""How long an answer may take, a kill included, in seconds."""


class Chat:
    """A new conversation with the learner's help desk."""

    def __init__(self, trial: Trial, client: Client, first: list[Any]) -> None:
        self.trial, self.client, self.first = trial, client, first
        self.id = f"check-{trial.name}-{uuid4()}"
        self.handle: WorkflowHandle[Any, Any] = client.get_workflow_handle(self.id)

    async def say(self, text: str) -> str:
        """Say something and return the answer. Raises Stop if there is none."""
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            WORKFLOW,
            args=self.first,
            id=self.id,
            task_queue=self.trial.queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
        asking = self.client.execute_update_with_start_workflow("say", text, start_workflow_operation=start)
        try:
            return str(await asyncio.wait_for(asking, ANSWER_S))
        except (TemporalError, TimeoutError, KeyError) as error:
            raise Stop(
                f"an answer to {text!r} within {ANSWER_S:.0f} s",
                await self._trouble(error),
                "Look at the run in the Web UI and at the worker's log: worker.tail()",
            ) from error

    async def _trouble(self, error: Exception) -> str:
        with suppress(TemporalError):
            if stuck := (await self.trial.read(self.handle)).stuck:
                return f"the workflow task fails: {shorten(stuck.failure or '', 300)}"
        cause = getattr(error, "cause", None) or error
        return f"{type(cause).__name__}: {shorten(str(cause), 300)}".rstrip(": ")

    async def runs(self) -> list[int]:
        """Return the bytes of each run of this conversation, the newest first."""
        sizes = []
        async for run in self.client.list_workflows(f'WorkflowId = "{self.id}"'):
            handle = self.client.get_workflow_handle(self.id, run_id=run.run_id)
            raw = (await handle.describe()).raw_description
            sizes.append(int(raw.workflow_execution_info.history_size_bytes))
        return sizes

    async def carried(self) -> int:
        """Return the bytes that the newest run began with."""
        events = self.client.get_workflow_handle(self.id).fetch_history_events()
        return (await anext(events)).ByteSize()


def _load(trial: Trial, file: str) -> ModuleType:
    """Import one of the learner's files. Raises Stop if it fails."""
    try:
        return trial.load(file)
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        raise Stop(f"{file} can be imported", text, "Fix its cell and run it.") from error


async def _open(trial: Trial, *first: Any) -> Chat:
    """Start the worker and a chat that has said one thing."""
    await trial.start_worker()
    client = await Client.connect(
        trial.lab.settings.temporal_address,
        data_converter=_load(trial, "keeping.py").CONVERTER,
        plugins=[OpenAIAgentsPlugin()],
    )
    chat = Chat(trial, client, list(first))
    trial.end_with_check(chat.handle)
    return chat


async def _killed_while_answering(trial: Trial, chat: Chat, text: str) -> str:
    """Say something, kill the worker in the middle of the model call, start it again, return the answer."""
    await trial.fault("slow", delay_s=1.5, times=1)
    asking = asyncio.create_task(chat.say(text))
    await trial.model_call_in_flight(for_s=0.3)
    await trial.crash()
    await trial.restart()
    return await asking


@check("07.long", f"{TURNS} turns, small histories, and the name still known", needs=FILES)
async def long(trial: Trial) -> AsyncIterator[Finding]:
    chat = await _open(trial)
    await chat.say("Hello, my name is Wilhelmina.")
    for turn in range(2, TURNS):
        if turn == TURNS // 2:
            await _killed_while_answering(trial, chat, "What can you do?")
        else:
            await chat.say(f"Look up topic {turn}." if turn % 8 == 0 else "What can you do?")
    answer = await chat.say("What is my name?")
    sizes = await chat.runs()
    yield Finding(
        "Wilhelmina" in answer,
        f"in turn {TURNS}, after a kill in turn {TURNS // 2}, the desk knows the name from turn 1",
        f"it says: {shorten(answer, 200)}",
        "What is carried over must hold the beginning of the conversation. See spoken() in carrying.py.",
    )
    yield Finding(
        max(sizes) <= MOST_BYTES,
        f"no run's history is larger than {MOST_BYTES // 1000} kB after {TURNS} turns",
        f"{count(len(sizes), 'run')}, the largest {max(sizes) // 1000} kB",
        "Continue as new past a limit of get_current_history_size(), and carry over little.",
    )
    carried = await chat.carried()
    yield Finding(
        carried <= MOST_CARRIED,
        f"a new run begins with at most {MOST_CARRIED // 1000} kB of conversation",
        f"the newest one began with {carried // 1000} kB",
        "What a tool returned can be looked up again: spoken() in carrying.py leaves it out.",
    )


@check(
    "07.page",
    "The page shows the result, although connections drop and the worker dies",
    needs=["page.py", *FILES],
)
async def page(trial: Trial) -> AsyncIterator[Finding]:
    shown = _load(trial, "page.py").Page()
    chat = await _open(trial)
    await chat.say("Hello!")
    stream = WorkflowStreamClient.create(chat.client, chat.id)
    shown.offset = await stream.get_offset()
    await trial.fault("truncate", characters=40, times=2)
    await trial.fault("trickle", delay_s=2, times=1)
    reader = Reader(stream, shown)
    reading = asyncio.create_task(reader.read())
    asking = asyncio.create_task(chat.say("What can you do?"))
    await trial.until(
        lambda: reading.done() or reader.begun >= 3, "a third attempt at the answer", timeout=30
    )
    await trial.crash()
    await trial.restart()
    answer = await asking
    await asyncio.wait([reading], timeout=5)
    if reader.begun < LAST_ATTEMPT:
        seen = f"begun {count(reader.begun, 'time')}: the kill came too late, as can happen on a busy machine"
        raise Stop("the kill hits the third attempt in the middle", seen, "Run this cell again.")
    if not reading.done():
        reading.cancel()
        text = f"5 s later the page says {shorten(shown.text, 200)!r}, and its offset is {shown.offset}"
        raise Stop("the page sees the end of the answer", text, "offset is the place after the last event.")
    if error := reading.exception():
        raise Stop("show() takes every event", f"{type(error).__name__}: {error}", "Run its cell, fix it.")
    yield Finding(
        shown.text == answer,
        "what the page shows in the end is the answer: letter for letter, nothing twice",
        f"the page: {shorten(shown.text, 260)!r}; the answer: {shorten(answer, 120)!r}",
        "A retry publishes the answer from its beginning. Which event says that a call begins?",
    )
    yield Finding(
        reader.drops == 2 and not reader.twice,
        "it resumes where it was after its own connection has dropped twice",
        f"its line dropped {count(reader.drops, 'time')}, and it read {count(reader.twice, 'event')} again",
        "offset is where to go on reading: after the event that was shown last.",
    )


class Reader:
    """Reads the model's events into the learner's page. Its line drops twice."""

    def __init__(self, stream: WorkflowStreamClient, page: Any) -> None:
        self.stream, self.page = stream, page
        self.begun = self.drops = self.twice = 0
        self.last = -1

    async def read(self) -> None:
        """Read until an answer is complete."""
        while not await self._read_until_the_line_drops():
            self.drops += 1

    async def _read_until_the_line_drops(self) -> bool:
        pause = timedelta(milliseconds=100)
        events = self.stream.subscribe(["events"], from_offset=self.page.offset, poll_cooldown=pause)
        async for item in events:
            self.page.show(item)
            self.twice += item.offset <= self.last
            self.last = max(self.last, item.offset)
            self.begun += item.data["type"] == "response.created"
            if item.data["type"] == "response.completed":
                return True
            is_word = item.data["type"] == "response.output_text.delta"
            if is_word and self.drops == (self.begun >= LAST_ATTEMPT):
                return False
        return True


@check("07.secret", "What is said cannot be read in the database", needs=FILES)
async def secret(trial: Trial) -> AsyncIterator[Finding]:
    chat = await _open(trial)
    word = f"quartz{uuid4().hex}"
    await chat.say(f"My name is Ada. My code is {word}.")
    answer = await _killed_while_answering(trial, chat, "What is my name?")
    yield Finding(
        "Ada" in answer,
        "after a kill the new worker reads the history and knows the name",
        f"it says: {shorten(answer, 200)}",
        "decode must undo what encode did, and the key must outlive the process.",
    )
    files = (HOME / ".lab").glob("temporal.db*")
    there = sum(file.read_bytes().count(word.encode()) for file in files)
    yield Finding(
        there == 0,
        "the code word is nowhere in the files of Temporal's database",
        f"found {count(there, 'time')}",
        "A PayloadCodec encrypts every payload: return new ones from encode, and give CONVERTER the codec.",
    )
    key = trial.folder / "desk.key"
    events = (await chat.handle.fetch_history()).events
    readable = in_the_clear(events, word.encode(), key.read_bytes() if key.exists() else b"no key at all")
    yield Finding(
        not readable,
        "nor in another form that needs no key: base64, compressed, or with the key next to it",
        readable or "no payload of the history can be read without the key",
        "Encoding is not encrypting. Use key().encrypt(nonce, …, None), and keep the key out of the payload.",
    )
    kept, failure = chat.client.data_converter, Failure()
    kept.failure_converter.to_failure(ApplicationError(word), kept.payload_converter, failure)
    yield Finding(
        word not in failure.message,
        "the messages of errors are encrypted too: they may quote what was said",
        f"failure converter: {type(kept.failure_converter).__name__}",
        "failure_converter_class=DefaultFailureConverterWithEncodedAttributes in CONVERTER.",
    )


@check("07.budget", "A budget that waits for a person, through a kill, and goes on", needs=FILES)
async def budget(trial: Trial) -> AsyncIterator[Finding]:
    chat = await _open(trial, {"account": {"allowed": ALLOWED}})
    for turn in range(6):  # each takes more than a hundred tokens
        asking = asyncio.create_task(chat.say(f"Look up invoice {turn}." if turn % 2 else "What can you do?"))
        if await _waits(chat, asking):
            break
        await asking
    before = await _calls(trial, chat)
    spent = sum(call["input_tokens"] + call["output_tokens"] for call in before[:-1])
    yield Finding(
        not asking.done() and spent < ALLOWED,
        f"with {ALLOWED} tokens allowed, one of six turns waits before its model call",
        f"{'answered' if asking.done() else 'it waits'} after {count(len(before), 'model call')}; "
        f"tokens used before the last one: {spent}",
        "on_llm_end adds response.usage.total_tokens, on_llm_start waits: across all turns, not in each one.",
    )
    if asking.done():
        return
    await trial.crash()
    await trial.restart()
    await asyncio.wait([asking], timeout=2)
    after = await _calls(trial, chat)
    yield Finding(
        not asking.done() and len(after) == len(before),
        "killed and started again, it still waits, and no model call was made",
        f"it {'has answered' if asking.done() else 'waits'}; model calls since: {len(after) - len(before)}",
        "Count in the workflow's state: replay brings it back.",
    )
    await chat.handle.execute_update("allow", 100_000)
    answer = await asking
    inputs = [call["input_hash"] for call in await _calls(trial, chat)]
    yield Finding(
        bool(answer) and len(inputs) == len(set(inputs)),
        "once it is allowed more, the turn goes on, and no recorded call is made again",
        f"answered; made again: {len(inputs) - len(set(inputs))}",
        "Wait with workflow.wait_condition in on_llm_start; an exception would end the turn.",
    )


async def _waits(chat: Chat, asking: asyncio.Task[str]) -> bool:
    """Return whether a turn makes no progress: not answered, and for a while nothing was due for a worker."""
    since = time.monotonic()
    while not asking.done() and time.monotonic() - since < IDLE_S:
        with suppress(TemporalError):
            told = (await chat.handle.describe()).raw_description
            if told.pending_activities or told.HasField("pending_workflow_task"):
                since = time.monotonic()
        await asyncio.wait([asking], timeout=0.1)
    return not asking.done()


async def _calls(trial: Trial, chat: Chat) -> list[dict[str, Any]]:
    """Return the bill's rows for a conversation. Its history is encrypted, and would not tell."""
    answer = await asyncio.to_thread(trial.lab.gateway.bill, trial.started, workflow=chat.id)
    return list(answer["rows"])
