"""Exercise 07, second task: a page shows each answer once, whatever drops or dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from temporalio.contrib.workflow_streams import WorkflowStreamClient

from workshop.checks import Finding, Stop, Trial, check
from workshop.checks.exercises.stage07.common import FILES, load, open_chat
from workshop.words import count, shorten

LAST_ATTEMPT = 4
"""The attempt at the answer that ends well, after two lines that drop and a kill."""


@check(
    "07.page",
    "The page shows the result, although connections drop and the worker dies",
    needs=["page.py", *FILES],
)
async def page(trial: Trial) -> AsyncIterator[Finding]:
    shown = load(trial, "page.py").Page()
    chat = await open_chat(trial)
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
