"""The checks of exercise 01: a plain agent that chooses between reading and posting, and forgets whom it told.

They ask the learner's agent in a separate process, and look at its tools, at the calls that it made, at the weather service and
at the notice board.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from workshop.checks import Bench, Finding, Stop, check
from workshop.words import shorten
from workshop.words import count, money, short

TOOLS, PROGRAM = "tools.py", "notifier.py"
FILES = [TOOLS, PROGRAM]
READ, POST = "read_alerts", "post_notice"
ASK_AGENT = str(Path(__file__).parents[1] / "helpers" / "ask_agent.py")
READS = "GET /alerts/active/area/"
"""How a request for alerts starts, as a fault of the weather service matches it."""
SLOW_S = 1.5


@dataclass(frozen=True)
class Asked:
    """What the learner's agent has and did. `tools`: by name, as described to the model."""

    tools: dict[str, dict[str, Any]]
    calls: list[str]
    outputs: list[str]
    answer: str


@check(
    "01.read",
    "Asked about alerts, it reads them and posts nothing",
    needs=[f"{TOOLS}:{READ}", f"{PROGRAM}:agent"],
    bound_s=40,
)
async def read(bench: Bench) -> AsyncIterator[Finding]:
    state, name = "OK", "Oklahoma"
    await bench.fault("slow", on="weather", delay_s=0, times=1000, match=READS + state)  # counts; delays nothing
    asked = await ask(bench, f"Are there weather alerts in {name}?")
    for finding in described(asked, READ, ["state"]):
        yield finding
    reads = 1000 - (await remaining(bench))
    yield Finding(
        reads > 0,
        f"the weather service is asked for {state}",
        f"the weather service was asked for {state} {count(reads, 'time')}; tools called: {', '.join(asked.calls) or 'none'}",
        f"Is {READ} in the agent's list of tools, and does it ask for `/alerts/active/area/` and the state it is given?",
    )
    yield names_an_event(asked.answer, await events(bench, state), "the answer", f"What does {READ} return?")
    posted = await bench.notices(state=state)
    yield Finding(
        not posted,
        "nothing on the notice board: nobody was to be told",
        f"{count(len(posted), 'new notice')} about {name} on the board",
        "Reading is one tool and posting another. Do the instructions say when to post?",
    )
    await bench.clear_faults()
    yield await outage(bench, f"Are there weather alerts in {name}?", READ, "the weather service")


@check("01.post", "Told to tell somebody, it posts one notice", needs=FILES, bound_s=40)
async def post(bench: Bench) -> AsyncIterator[Finding]:
    state, request = "KS", "Tell Ines about the storms in Kansas."
    asked = await ask(bench, request)
    for finding in described(asked, POST, ["state", "subscriber", "text"]):
        yield finding
    posted = await bench.notices(state=state)
    yield Finding(
        [row["subscriber"] for row in posted] == ["Ines"],
        "one new notice on the board: for Ines, about KS",
        f"{count(len(posted), 'new notice')} about KS"
        + (f", for {', '.join(row['subscriber'] for row in posted)}" if posted else "; " + said(asked)),
        f"{POST} sends state, subscriber and text to the board as the model gave them, once. The board wants TX, not Texas.",
    )
    for row in posted[:1]:
        yield names_an_event(row["text"], await events(bench, state), "the notice", "Pass the model's text on to the board.")
    heard = told_by(asked, POST)
    yield Finding(
        bool(heard) and heard[0].strip() not in ("", "None"),
        f"{POST} tells the model that it is done",
        f"{POST} told the model: {shorten(heard[0], 80) if heard else 'nothing'}",
        "Return a short text. What a tool returns is all that the model learns of it.",
    )
    yield await outage(bench, "Tell Ines about the storms in Georgia.", POST, "the notice board", match="POST /notices")


@check("01.two", "Two states, two subscribers, read at the same time", needs=FILES, bound_s=40)
async def two(bench: Bench) -> AsyncIterator[Finding]:
    wanted = {"Ines": "IA", "Otto": "KY"}
    await bench.fault("slow", on="weather", delay_s=SLOW_S, times=1000, match=READS)
    asking = asyncio.create_task(ask(bench, "Tell Ines about the storms in Iowa and Otto about the storms in Kentucky."))
    seen_at: list[float] = []
    while not asking.done():
        seen_at += [time.monotonic()] * (1000 - await remaining(bench) - len(seen_at))
        await asyncio.sleep(0.05)
    asked = await asking
    await bench.clear_faults()
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
            f"both are asked at once: each answer took {SLOW_S} s, so the second request comes before the first answer",
            f"the second request for alerts came {apart:.1f} s after the first, each answer took {SLOW_S} s",
            "Does a tool hold up the whole program? In an `async def`, wait with `await` and an `httpx.AsyncClient`.",
        )
    for subscriber, state in wanted.items():
        posted = await bench.notices(subscriber=subscriber)
        yield Finding(
            [row["state"] for row in posted] == [state],
            f"one new notice for {subscriber}, about {state}",
            f"{count(len(posted), 'new notice')} for {subscriber}"
            + (f", about {', '.join(row['state'] for row in posted)}" if posted else "; " + said(asked)),
            f"Does {POST} use what it is given, and nothing from elsewhere?",
        )
        for row in posted[:1]:
            found = await events(bench, state)
            yield names_an_event(row["text"], found, f"the notice for {subscriber}", "Pass the model's text on to the board.")


@check("01.forgets", "Killed half-way, it has forgotten whom it told", needs=FILES, stretch=True, bound_s=50)
async def forgets(bench: Bench) -> AsyncIterator[Finding]:
    prediction = bench.answers.get("prediction")
    if not isinstance(prediction, int):
        yield Finding(
            False,
            "your prediction, before anything is killed",
            "no prediction yet",
            "Write a number in the cell above, run it, then this one again.",
        )
        return
    request = "Tell Ines about the storms in Missouri."
    await bench.fault("slow", on="weather", delay_s=4, times=1, match="POST /notices")  # posted at once, confirmed late
    first = await bench.start_script(PROGRAM, request)

    async def told() -> list[dict[str, Any]]:
        if not first.alive:
            raise Stop("a notice for Ines, and then the kill", "the program ended before", "First make 01.post green.")
        return await bench.notices(subscriber="Ines", state="MO")

    await bench.until(told, "a notice for Ines on the board, so that there is something to forget", look="Try 01.post first.")
    await asyncio.to_thread(first.crash)
    paid = [row["receipt"] for row in await bench.bill(first)]
    second = await bench.start_script(PROGRAM, request)
    await bench.end_of(second)
    posted = await bench.notices(subscriber="Ines", state="MO")
    again = await bench.bill(second)
    verdict = "right" if prediction == len(posted) else "not so"
    yield Finding(
        len(posted) == 2,
        "a plain agent tells Ines a second time: it kept no record of the first",
        f"you said {prediction}, the board says {len(posted)}: {verdict}. Killed after its first notice and started again, the "
        f"program told Ines {count(len(posted), 'time')}: "
        + "; ".join(f"notice {row['id']} for {row['subscriber']} about {row['state']}" for row in posted),
        "Does your program send a key or keep a file? Take it out here: exercise 03 does it, and survives more.",
    )
    yield Finding(
        bool(paid) and len(again) > len(paid),
        "the second process buys every model call again",
        f"model calls before the kill: {', '.join(map(short, paid))}; bought after it: "
        f"{', '.join(short(row['receipt']) for row in again)}, for {money(sum(row['price_usd'] for row in again))}",
        "Each process asks the model from the beginning. Is there an answer kept somewhere?",
    )


async def ask(bench: Bench, request: str) -> Asked:
    """Ask the learner's agent. Raises Stop when it fails."""
    script = await bench.run_script(ASK_AGENT, request)
    if script.exit_code != 0:
        raise Stop(
            f"the agent answers: {request}",
            f"it failed: {script.last_line}",
            f'Run it in a terminal, in my_work/{bench.lab.stage}: python {PROGRAM} "{request}"',
        )
    found = json.loads(script.last_line)
    return Asked(
        {tool["name"]: tool for tool in found["tools"]},
        [f"{call['name']}({', '.join(map(str, json.loads(call['arguments']).values()))[:40]})" for call in found["calls"]],
        found["outputs"],
        found["answer"],
    )


def told_by(asked: Asked, tool: str) -> list[str]:
    """Return what the calls of a tool gave the model, in order."""
    return [output for call, output in zip(asked.calls, asked.outputs, strict=False) if call.startswith(f"{tool}(")]


def said(asked: Asked) -> str:
    """Say what happened instead of a notice."""
    trouble = next((output for output in asked.outputs if "error" in output.casefold()), "")
    return f"tools called: {', '.join(asked.calls) or 'none'}" + (f"; one said: {trouble[:200]}" if trouble else "")


def described(asked: Asked, name: str, parameters: list[str]) -> list[Finding]:
    """Check that the model is told what a tool is for and what it takes."""
    tool = asked.tools.get(name)
    if tool is None:
        have = ", ".join(asked.tools) or "no tools"
        return [
            Finding(False, f"the agent has the tool {name}", f"it has {have}", "Name your tools in the agent's list: tools=[…]")
        ]
    properties: dict[str, Any] = tool["parameters"].get("properties", {})
    missing = [one for one in parameters if properties.get(one, {}).get("type") != "string"]
    takes = ", ".join(f"{one}: {about.get('type', 'any type')}" for one, about in properties.items())
    described = tool["description"].strip()
    return [
        Finding(
            not missing,
            f"{name} takes {', '.join(parameters)}, each a text",
            f"the model is told that {name} takes ({takes})",
            f"Write the types: {', '.join(f'{one}: str' for one in parameters)}",
        ),
        Finding(
            len(described.split()) >= 3,
            f"the model is told what {name} is for",
            f"it is told: “{described}”" if described else "it is told nothing but the name",
            "Write a docstring: one sentence on what the tool does, then what each argument means.",
        ),
    ]


async def outage(bench: Bench, request: str, tool: str, service: str, match: str = READS) -> Finding:
    """Check that the model learns that a service was down: it must not be able to claim the opposite."""
    await bench.fault("unavailable", on="weather", match=match)
    asked = await ask(bench, request)
    await bench.clear_faults()
    heard = told_by(asked, tool)
    honest = bool(heard) and all("503" in output or "unavailable" in output.casefold() for output in heard)
    return Finding(
        honest,
        f"while {service} is down, {tool} tells the model so",
        f"while {service} was down, {tool} told the model: {shorten(heard[0], 140) if heard else 'nothing'}",
        "`response.raise_for_status()` raises when the service refuses. The SDK hands the error to the model.",
    )


def names_an_event(text: str, events: list[str], where: str, look: str) -> Finding:
    """Check that a text contains a fact: the name of an alert that is active."""
    named = [event for event in events if event.casefold() in text.casefold()]
    ok = bool(named) or not events
    return Finding(
        ok,
        f"{where} names an alert that is active: {' or '.join(events)}",
        f"{where} names {', '.join(named) or 'none of them'}" if events else "no alert is active there now",
        look,
    )


async def events(bench: Bench, state: str) -> list[str]:
    """Return the names of the alerts that are active in a state, each once."""
    async with httpx.AsyncClient(trust_env=False, timeout=10, headers={"User-Agent": "workshop"}) as client:
        response = await client.get(f"{bench.lab.settings.weather_url}/alerts/active/area/{state}")
    return list(Counter(feature["properties"]["event"] for feature in response.raise_for_status().json()["features"]))


async def remaining(bench: Bench) -> int:
    """Return how many more requests the counting fault would meet."""
    faults = await asyncio.to_thread(bench.lab.weather.faults)
    return int(faults[0]["remaining_times"]) if faults else 1000
