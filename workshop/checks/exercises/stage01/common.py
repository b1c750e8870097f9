"""What the checks of exercise 01 share: how they ask the learner's agent, and how they say what it did."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import httpx

from workshop.checks import Finding, Stop, Trial
from workshop.checks.helpers import program
from workshop.words import shorten

TOOLS, PROGRAM = "tools.py", "notifier.py"
FILES = [TOOLS, PROGRAM]
READ, POST = "read_alerts", "post_notice"
ASK_AGENT = program("ask_agent.py")
READS = "GET /alerts/active/area/"
"""How a request for alerts starts, as a fault of the weather service matches it."""
SLOW_S = 1.5
_FAILED = re.compile(
    r"(?i)503|unavailable|\bdown\b|not (?:be )?(?:available|reach|respond|answer|work|know|get)"
    r"|could ?n[o']t|can ?(?:no|')t|n't (?:answer|respond|work|reach)|fail|error|refus|offline"
    r"|out of (?:order|service)|try again"
)
"""What a tool's text says, in some words, of a service that is down."""
_SLIP = re.compile(r"Error: ['\"]\w+['\"]\W*$|NoneType|not subscriptable|Expecting value")
"""An error of the tool's own code, which stumbles over what a refusal lacks: it says nothing of an outage."""


@dataclass(frozen=True)
class Asked:
    """What the learner's agent has and did. `tools`: by name, as described to the model."""

    tools: dict[str, dict[str, Any]]
    calls: list[str]
    outputs: list[str]
    answer: str


async def ask(trial: Trial, request: str) -> Asked:
    """Ask the learner's agent. Raises Stop when it fails."""
    script = await trial.run_script(ASK_AGENT, request)
    if script.exit_code != 0:
        raise Stop(
            f"the agent answers: {request}",
            f"it failed: {script.last_line}",
            f'Run it in a terminal, in my_work/{trial.lab.stage}: python {PROGRAM} "{request}"',
        )
    found = json.loads(script.last_line)
    return Asked(
        {tool["name"]: tool for tool in found["tools"]},
        [
            f"{call['name']}({', '.join(map(str, json.loads(call['arguments']).values()))[:40]})"
            for call in found["calls"]
        ],
        found["outputs"],
        found["answer"],
    )


def told_by(asked: Asked, tool: str) -> list[str]:
    """Return what the calls of a tool gave the model, in order."""
    return [
        output
        for call, output in zip(asked.calls, asked.outputs, strict=False)
        if call.startswith(f"{tool}(")
    ]


def said(asked: Asked) -> str:
    """Say what happened instead of a notice."""
    trouble = next((output for output in asked.outputs if "error" in output.casefold()), "")
    return f"tools called: {', '.join(asked.calls) or 'none'}" + (
        f"; one said: {trouble[:200]}" if trouble else ""
    )


def described(asked: Asked, name: str, parameters: list[str]) -> list[Finding]:
    """Check that the model is told what a tool is for and what it takes."""
    tool = asked.tools.get(name)
    if tool is None:
        have = ", ".join(asked.tools) or "no tools"
        return [
            Finding(
                False,
                f"the agent has the tool {name}",
                f"it has {have}",
                "Name your tools in the agent's list: tools=[…]",
            )
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
            f"it is told: “{described}”" if described else "it is told only the name",
            "Write a docstring: one sentence on what the tool does, then what each argument means.",
        ),
    ]


async def outage(trial: Trial, request: str, tool: str, service: str, match: str = READS) -> Finding:
    """Check that the model learns that a service was down: it must not be able to claim the opposite."""
    await trial.fault("unavailable", on="weather", match=match)
    asked = await ask(trial, request)
    await trial.clear_faults()
    heard = told_by(asked, tool)
    honest = bool(heard) and all(_FAILED.search(each) and not _SLIP.search(each) for each in heard)
    return Finding(
        honest,
        f"while {service} is down, {tool} tells the model so",
        f"while {service} was down, {tool} told the model: {shorten(heard[0], 140) if heard else 'nothing'}",
        "`response.raise_for_status()` raises when the service refuses. The SDK hands the error to the "
        "model.",
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


async def events(trial: Trial, state: str) -> list[str]:
    """Return the names of the alerts that are active in a state, each once."""
    async with httpx.AsyncClient(trust_env=False, timeout=10, headers={"User-Agent": "workshop"}) as client:
        response = await client.get(f"{trial.lab.settings.weather_url}/alerts/active/area/{state}")
    return list(
        Counter(feature["properties"]["event"] for feature in response.raise_for_status().json()["features"])
    )


async def remaining(trial: Trial) -> int:
    """Return how many more requests the counting fault would meet."""
    faults = await asyncio.to_thread(trial.lab.weather.faults)
    return int(faults[0]["remaining_times"]) if faults else 1000
