"""Exercise 07, fourth task: a budget that waits for a person."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from temporalio.exceptions import TemporalError

from workshop.checks import Finding, Trial, check
from workshop.checks.exercises.stage07.common import FILES, Chat, open_chat
from workshop.words import count

ALLOWED = 600
"""How many tokens the check's budget allows: one turn, and not two."""
IDLE_S = 2.0


@check("07.budget", "A budget that waits for a person, through a kill, and goes on", needs=FILES)
async def budget(trial: Trial) -> AsyncIterator[Finding]:
    chat = await open_chat(trial, {"account": {"allowed": ALLOWED}})
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
