"""The agents of `everyday.py` played against the practice model, with what is not as hoped.

`python tests/practice/everyday_played.py [--quiet] [FILE ...]` plays the agents and prints what went wrong.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from asking import calls_of, handoff_to, text_of
from everyday import FILES, Everyday, Turn, agents, fits, fits_call
from playing import Desk

from workshop.practice.model import answer
from workshop.practice.types import Item, Message, Request, ToolCall, ToolResult

_MOST_ROUNDS = 12


def play(agent: Everyday) -> list[tuple[str, list[str]]]:
    """For each question what went wrong; empty where all is as hoped."""
    told = []
    for chat in agent.chats:
        items: list[Item] = []
        desk = agent.root
        for turn in chat:
            played = _Played(agent, turn, items, desk)
            told.append((turn.question, played.wrong))
            desk = played.desk
    return told


class _Played:
    """A turn, played to its end."""

    def __init__(self, agent: Everyday, turn: Turn, items: list[Item], desk: Desk) -> None:
        self.desk, self._root = desk, agent.root
        self.wrong: list[str] = []
        self._items, self._left, self._may = items, list(turn.must), turn.may
        items.append(Message("user", turn.question))
        trace: list[str] = []
        for _ in range(_MOST_ROUNDS):
            at, tools, output = self.desk, self.desk.offered, self.desk.output
            reply = answer(Request("practice", at.instructions, tuple(items), tools, output_schema=output))
            self.text = text_of(reply)
            if not calls_of(reply):
                break
            for name, arguments in calls_of(reply):
                trace.append(f"{name}({json.dumps(arguments, ensure_ascii=False)})")
                self._call(name, arguments, trace[-1])
        else:
            self.wrong.append("NO END")
        items.append(Message("assistant", self.text))
        self.wrong += [f"MISSING {each}" for each in self._left]
        self.wrong += [*_in_words(turn, self.text), *_in_fields(turn, self.text)]
        if self.wrong:
            self.wrong.append(f"= {self.text[:300]!r}" + (f" after {trace}" if trace else ""))

    def _call(self, name: str, arguments: dict[str, Any], told: str) -> None:
        colleagues = [*self.desk.handoffs, *([self._root] if self.desk is not self._root else [])]
        to = next((each for each in colleagues if handoff_to(each.name).name == name), None)
        if to:
            match = next((each for each in self._left if each.to == to.name), None)
            output = json.dumps({"assistant": to.name})
        else:
            able = (each for each in (*self._left, *self._may) if each.name == name)
            match = next((each for each in able if fits_call(self.desk, name, arguments, each)), None)
            output = str(match.result) if match else "There is none."
        if match in self._left:
            self._left.remove(match)
        elif match is None:
            self.wrong.append(f"CALL {told}")
        self.desk = to or self.desk
        call_id = f"call-{len(self._items)}"
        self._items += [ToolCall(call_id, name, json.dumps(arguments)), ToolResult(call_id, output)]


def _in_words(turn: Turn, text: str) -> Iterator[str]:
    plain = text.casefold()
    if turn.asks and "?" not in text and not re.search(r"(?i)\b(please|tell me|need)\b", text):
        yield f"NO QUESTION for {turn.asks}"
    for each in turn.asks:
        if not any(word.replace("_", " ").casefold() in plain for word in each.split(" / ")):
            yield f"DOES NOT ASK {each}"
    for options in turn.has:
        if not any(_has(plain, option.strip().casefold()) for option in options):
            yield f"HAS NOT {' / '.join(options)}"
    yield from (f"HAS {each}" for each in turn.has_not if each.casefold() in plain)


def _has(text: str, wanted: str) -> bool:
    number = re.fullmatch(r"[\d.,]+", wanted)
    return wanted in text or bool(number and wanted.replace(",", "") in text.replace(",", ""))


def _in_fields(turn: Turn, text: str) -> Iterator[str]:
    try:
        value = json.loads(text) if turn.fields else {}
    except ValueError:
        value = {}
    if isinstance(value, dict) and set(value) == {"response"}:
        value = value["response"]
    for name, node in turn.fields.items():
        got = value.get(name, "(nothing)") if isinstance(value, dict) else value
        if not fits(got, node):
            yield f"FIELD {name}={got!r} not {ast.unparse(node)}"


def main(*options: str) -> None:
    right = count = whole = total = called = 0
    files = [Path(each) for each in options if not each.startswith("-")] or FILES
    for agent in (each for path in files for each in agents(path.read_text(encoding="utf-8"))):
        told = play(agent)
        bad = [(question, wrong) for question, wrong in told if wrong]
        right, count, whole, total = (
            right + len(told) - len(bad),
            count + len(told),
            whole + (not bad),
            total + 1,
        )
        called += sum(any(each.startswith("CALL") for each in wrong) for _, wrong in bad)
        if bad and "--quiet" not in options:
            print("##", agent.root.name)
            for question, wrong in bad:
                print("  Q", question, *wrong, sep="\n      ")
    print(f"agents {whole} of {total}, questions {right} of {count}, with a wrong call {called}")


if __name__ == "__main__":
    main(*sys.argv[1:])
