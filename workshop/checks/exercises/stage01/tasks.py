"""The checks of exercise 01: a plain agent that chooses between reading and posting, and forgets whom it
told.

They ask the learner's agent in a separate process, and look at its tools, at the calls that it made, at the
weather service and at the notice board.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from workshop.checks import Finding, Stop, Trial, check
from workshop.checks.exercises.stage01.common import (
    FILES,
    POST,
    PROGRAM,
    READ,
    READS,
    SLOW_S,
    TOOLS,
    ask,
    described,
    events,
    names_an_event,
    outage,
    remaining,
    said,
    told_by,
)
from workshop.processes.workers import Process
from workshop.words import count, money, short, shorten


@check(
    "01.read",
    "Asked about alerts, it reads them and posts nothing",
    needs=[f"{TOOLS}:{READ}", f"{PROGRAM}:agent"],
    bound_s=40,
)
async def read(trial: Trial) -> AsyncIterator[Finding]:
    state, name = "OK", "Oklahoma"
    await trial.fault(
        "slow", on="weather", delay_s=0, times=1000, match=READS + state
    )  # counts; delays nothing
    asked = await ask(trial, f"Are there weather alerts in {name}?")
    for finding in described(asked, READ, ["state"]):
        yield finding
    reads = 1000 - (await remaining(trial))
    yield Finding(
        reads > 0,
        f"the weather service is asked for {state}",
        f"the weather service was asked for {state} {count(reads, 'time')}; tools called: "
        f"{', '.join(asked.calls) or 'none'}",
        f"Is {READ} in the agent's list of tools, and does it ask for `/alerts/active/area/` and the state "
        "it is given?",
    )
    yield names_an_event(asked.answer, await events(trial, state), "the answer", f"What does {READ} return?")
    posted = await _told(trial, state, f"Are there weather alerts in {name}?")
    yield Finding(
        not posted,
        "nothing on the notice board: nobody should be told yet",
        f"{count(len(posted), 'new notice')} on the board"
        + "".join(f"; for {row['subscriber']}, about {row['state']}" for row in posted),
        "Reading is one tool and posting another. Do the instructions say when to post?",
    )
    await trial.clear_faults()
    yield await outage(trial, f"Are there weather alerts in {name}?", READ, "the weather service")


async def _told(trial: Trial, state: str, request: str) -> list[dict[str, Any]]:
    """Return the notices that the agent posted. One about another state may be somebody else's: it counts if
    the same is posted when the agent is asked again.
    """
    first = await trial.notices()
    own = [row for row in first if row["state"] == state]
    if own or not first:
        return own
    await ask(trial, request)
    again = [row for row in await trial.notices() if row not in first]
    told = {(row["subscriber"], row["state"]) for row in again}
    return [row for row in first if (row["subscriber"], row["state"]) in told]


@check("01.post", "Asked to tell somebody, it posts one notice", needs=FILES, bound_s=40)
async def post(trial: Trial) -> AsyncIterator[Finding]:
    state, request = "KS", "Tell Ines about the storms in Kansas."
    asked = await ask(trial, request)
    for finding in described(asked, POST, ["state", "subscriber", "text"]):
        yield finding
    posted = await trial.notices(state=state)
    yield Finding(
        [row["subscriber"] for row in posted] == ["Ines"],
        "one new notice on the board: for Ines, about KS",
        f"{count(len(posted), 'new notice')} about KS"
        + (f", for {', '.join(row['subscriber'] for row in posted)}" if posted else "; " + said(asked)),
        f"{POST} sends state, subscriber and text to the board as the model gave them, once. The board wants "
        "TX, not Texas.",
    )
    for row in posted[:1]:
        yield names_an_event(
            row["text"], await events(trial, state), "the notice", "Pass the model's text on to the board."
        )
    heard = told_by(asked, POST)
    yield Finding(
        bool(heard) and heard[0].strip() not in ("", "None"),
        f"{POST} tells the model that it is done",
        f"{POST} told the model: {shorten(heard[0], 80) if heard else 'nothing'}",
        "Return a short text. What a tool returns is all that the model learns about it.",
    )
    yield await outage(
        trial, "Tell Ines about the storms in Georgia.", POST, "the notice board", match="POST /notices"
    )


@check("01.two", "Two states, two subscribers, read at the same time", needs=FILES, bound_s=40)
async def two(trial: Trial) -> AsyncIterator[Finding]:
    wanted = {"Ines": "IA", "Otto": "KY"}
    await trial.fault("slow", on="weather", delay_s=SLOW_S, times=1000, match=READS)
    asking = asyncio.create_task(
        ask(trial, "Tell Ines about the storms in Iowa and Otto about the storms in Kentucky.")
    )
    seen_at: list[float] = []
    while not asking.done():
        seen_at += [time.monotonic()] * (1000 - await remaining(trial) - len(seen_at))
        await asyncio.sleep(0.05)
    asked = await asking
    await trial.clear_faults()
    yield Finding(
        len(seen_at) >= 2,
        "two requests for alerts, one for each state",
        f"{count(len(seen_at), 'request')} for alerts; tools called: {', '.join(asked.calls) or 'none'}",
        f"Do the instructions say to read first? Does {READ} take one state?",
    )
    if len(seen_at) >= 2:
        apart = seen_at[1] - seen_at[0]
        yield Finding(
            apart < SLOW_S * 0.9,
            f"both are asked at once: each answer took {SLOW_S} s, so the second request comes before the "
            "first answer",
            f"the second request for alerts came {apart:.1f} s after the first, each answer took {SLOW_S} s",
            "Does a tool hold up the whole program? In an `async def`, wait with `await` and an "
            "`httpx.AsyncClient`.",
        )
    for subscriber, state in wanted.items():
        posted = await trial.notices(subscriber=subscriber)
        yield Finding(
            [row["state"] for row in posted] == [state],
            f"one new notice for {subscriber}, about {state}",
            f"{count(len(posted), 'new notice')} for {subscriber}"
            + (f", about {', '.join(row['state'] for row in posted)}" if posted else "; " + said(asked)),
            f"Does {POST} use only what it is given?",
        )
        for row in posted[:1]:
            found = await events(trial, state)
            yield names_an_event(
                row["text"], found, f"the notice for {subscriber}", "Pass the model's text on to the board."
            )


@check("01.forgets", "Killed halfway, it has forgotten whom it told", needs=FILES, stretch=True, bound_s=50)
async def forgets(trial: Trial) -> AsyncIterator[Finding]:
    prediction = trial.answers.get("prediction")
    if not isinstance(prediction, int):
        yield Finding(
            False,
            "your prediction, before anything is killed",
            "no prediction yet",
            "Write a number in the cell above, run it, then this one again.",
        )
        return
    request = "Tell Ines about the storms in Missouri."
    first = await _killed_after_it_told(trial, request)
    paid = [row["receipt"] for row in await trial.bill(first)]
    second = await trial.start_script(PROGRAM, request)
    await trial.end_of(second)
    posted = await trial.notices(subscriber="Ines", state="MO")
    again = await trial.bill(second)
    verdict = "right" if prediction == len(posted) else "not so"
    yield Finding(
        len(posted) == 2,
        "a plain agent tells Ines a second time: it kept no record of the first",
        f"you said {prediction}, the board says {len(posted)}: {verdict}. Killed after its first notice and "
        f"started again, the program told Ines {count(len(posted), 'time')}: "
        + "; ".join(f"notice {row['id']} for {row['subscriber']} about {row['state']}" for row in posted),
        "Does your program send a key or keep a file? Remove that here; exercise 03 does it in a way that "
        "survives more.",
    )
    yield Finding(
        bool(paid) and len(again) > len(paid),
        "the second process buys every model call again",
        f"model calls before the kill: {', '.join(map(short, paid))}; bought after it: "
        f"{', '.join(short(row['receipt']) for row in again)}, for "
        f"{money(sum(row['price_usd'] for row in again))}",
        "Each process starts from the beginning. Does yours keep an answer somewhere?",
    )


async def _killed_after_it_told(trial: Trial, request: str) -> Process:
    """Start the learner's program, and kill it between its notice and the board's answer."""
    slow = {"delay_s": 4, "times": 1, "match": "POST /notices"}  # posted at once, confirmed late
    await trial.fault("slow", on="weather", **slow)
    program = await trial.start_script(PROGRAM, request)

    async def told() -> list[dict[str, Any]]:
        if not program.alive:
            raise Stop(
                "a notice for Ines, and then the kill",
                "the program ended before",
                "First make 01.post green.",
            )
        return await trial.notices(subscriber="Ines", state="MO")

    await trial.until(
        told,
        "a notice for Ines on the board, so that there is something to forget",
        look="Try 01.post first.",
    )
    await asyncio.to_thread(program.crash)
    return program
