"""The two sets that were committed before the code: routing by language, and US states."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from asking import GET_WEATHER, POST_NOTICE, calls_of, handoff_to, reply_to

DATA = Path(__file__).parent / "data"
TRIAGE = (
    "Hand off to the agent that speaks the language of the request. If you are unsure, or if no agent speaks that language, "
    "hand off to the English Agent."
)
AGENTS = [handoff_to("French Agent"), handoff_to("Spanish Agent"), handoff_to("English Agent")]


def lines(name: str) -> list[dict[str, Any]]:
    return [
        json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines() if line.strip()
    ]


def test_routing_by_language() -> None:
    wrong = []
    entries = lines("routing.jsonl")
    assert len(entries) >= 60
    for entry in entries:
        wanted: list[tuple[str, dict[str, Any]]] = [
            (f"transfer_to_{entry['expect'].lower().replace(' ', '_')}", {})
        ]
        got = calls_of(reply_to(entry["text"], AGENTS, TRIAGE))
        if got != wanted:
            wrong.append((entry, got))
    assert len(wrong) <= 2, wrong


def test_routing_does_not_depend_on_the_order_of_the_agents() -> None:
    for entry in lines("routing.jsonl"):
        assert calls_of(reply_to(entry["text"], AGENTS, TRIAGE)) == calls_of(
            reply_to(entry["text"], AGENTS[::-1], TRIAGE)
        )


def test_states_in_a_question() -> None:
    wrong, extra = [], []
    entries = lines("states.jsonl")
    assert len(entries) >= 40
    for entry in entries:
        calls = calls_of(reply_to(entry["text"], [GET_WEATHER], "You answer questions about weather alerts."))
        got = [arguments["state"] for _, arguments in calls]
        if sorted(got) != sorted(entry["states"]):
            wrong.append((entry, got))
        if set(got) - set(entry["states"]) or len(got) != len(set(got)):
            extra.append((entry, got))
    assert not extra
    assert len(wrong) <= 2, wrong


def test_states_with_a_second_tool_on_offer() -> None:
    """The notice board must not draw a call where nobody is to be told anything."""
    for entry in lines("states.jsonl"):
        names = {name for name, _ in calls_of(reply_to(entry["text"], [GET_WEATHER, POST_NOTICE]))}
        assert names <= {"get_weather"}, entry
