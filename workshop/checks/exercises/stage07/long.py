"""Exercise 07, first task: a conversation may go on without end, and its history stays small."""

from __future__ import annotations

from collections.abc import AsyncIterator

from workshop.checks import Finding, Trial, check
from workshop.checks.exercises.stage07.common import FILES, killed_while_answering, open_chat
from workshop.words import count, shorten

TURNS = 40
MOST_BYTES = 400_000
"""How large the history of a run may become in `TURNS` turns."""
MOST_CARRIED = 40_000
"""Bytes that a new run of the long conversation may begin with: what was said, without what was looked up."""


@check("07.long", f"{TURNS} turns, small histories, and the name still known", needs=FILES)
async def long(trial: Trial) -> AsyncIterator[Finding]:
    chat = await open_chat(trial)
    await chat.say("Hello, my name is Wilhelmina.")
    for turn in range(2, TURNS):
        if turn == TURNS // 2:
            await killed_while_answering(trial, chat, "What can you do?")
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
