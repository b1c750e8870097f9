"""Questions with the arguments that a tool has to be called with: `data/arguments.txt` says how they are written.

`python tests/practice/arguments.py` prints the score of both halves and the cases that fail.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asking import calls_of, text_of

from workshop.practice import model
from workshop.practice.types import Item, Message, Request, Tool, ToolCall, ToolResult

CASES = Path(__file__).parent / "data" / "arguments.txt"
_TYPES: dict[str, dict[str, Any]] = {
    "": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
}


@dataclass(frozen=True)
class Case:
    """A question to an agent with one tool."""

    tool: Tool
    question: str
    want: dict[str, str]
    """The argument of each parameter: "=a|b", "~part"."""
    asks: str = ""
    """The parameter that the model has to ask for."""
    before: dict[str, Any] = field(default_factory=dict)
    """Arguments of a call made before."""

    @property
    def request(self) -> Request:
        items: list[Item] = []
        if self.before:
            items = [
                Message("user", "The first one."),
                ToolCall("c1", self.tool.name, json.dumps(self.before)),
            ]
            items += [ToolResult("c1", "done"), Message("assistant", "Done.")]
        return Request(
            "practice", "You are a helpful assistant.", (*items, Message("user", self.question)), (self.tool,)
        )


def cases(half: int, path: Path = CASES) -> list[Case]:
    """The cases of a half: 0 is trained on, 1 is not."""
    both, training = (
        part.split("\n= ")[1:] for part in path.read_text(encoding="utf-8").split("\n# For training only.")
    )
    blocks = both[half::2] + (training if half == 0 else [])
    return [case for block in blocks for case in _of_block(block.splitlines())]


def _of_block(lines: list[str]) -> Iterator[Case]:
    head = re.match(r"(\w+)\((.*?)\) (.+)", lines[0])
    assert head, lines[0]
    told = {m[1]: m[2] for line in lines[1:] if (m := re.match(r"  (\w+): (.+)", line))}
    tool = Tool(head[1], head[3], _schema(head[2], told), True)
    before: dict[str, Any] = {}
    for line in lines[1:]:
        if called := re.match(r"< \w+\((.*)\)", line):
            before = {name: json.loads(v) if re.match(r"[\d.]+$", v) else v for name, v in _pairs(called[1])}
        elif " -> " in line:
            question, wanted = line.rsplit(" -> ", 1)
            asks = next((part[1:] for part in wanted.split("; ") if part[0] == "?"), "")
            want = {m[1]: m[2] for p in wanted.split("; ") if (m := re.match(r"(\w+)([=~].+)", p))}
            yield Case(tool, question, want, asks, before)
            before = {}


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(name, value) for part in text.split("; ") for name, _, value in [part.partition("=")]]


def _schema(parameters: str, told: dict[str, str]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required = []
    for each in parameters.split(", "):
        match = re.fullmatch(r"(\w+)(?::([\w/]+))?(\?)?(?:=(.+))?", each)
        assert match, each
        name, kind = match[1], match[2] or ""
        part = dict(_TYPES.get(kind) or {"type": "string", "enum": kind.split("/")})
        if name in told:
            part["description"] = told[name]
        if match[3]:
            part = {"anyOf": [part, {"type": "null"}], "default": None} | (
                {"description": told[name]} if name in told else {}
            )
        elif match[4]:
            plain = part["type"] == "string"
            part["default"] = match[4] if plain else json.loads(match[4])
        required += [] if "default" in part else [name]
        properties[name] = part
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def fits(value: Any, wanted: str) -> bool:
    """Whether an argument is as wanted; the case of letters is free."""
    sign, text = wanted[0], wanted[1:].casefold()
    said = re.sub(r"(?i)^(?:the|a|an) ", "", str(value)).casefold().rstrip(".!?")
    if sign == "~":
        return text in said and len(said.split()) <= len(text.split()) + 9
    if isinstance(value, bool):
        return text == str(value).casefold()
    if isinstance(value, (int, float)):
        return any(float(value) == float(each) for each in text.split("|"))
    return any(said == re.sub(r"^(?:the|a|an) ", "", each).rstrip(".!?") for each in text.split("|"))


def problem(case: Case) -> str:
    """What is wrong with the reply to a case; empty where it is right."""
    reply = model.answer(case.request)
    calls, text = calls_of(reply), text_of(reply)
    if case.asks:
        asked = not calls and "?" in text and case.asks.replace("_", " ") in text.casefold()
        return "" if asked else f"should ask for {case.asks}: {calls} {text[:90]!r}"
    defaults = {n: p["default"] for n, p in case.tool.parameters["properties"].items() if "default" in p}
    given = {n: v for n, v in (calls[0][1] if len(calls) == 1 else {}).items() if v is not None}
    kept = {n: v for n, v in given.items() if n in case.want or defaults.get(n) != v}
    right = kept.keys() == case.want.keys() and all(fits(kept[n], w) for n, w in case.want.items())
    return "" if right else f"wanted {case.want}: {calls} {text[:90]!r}"


def score(half: int) -> tuple[int, int, list[str]]:
    """Right answers, cases, and what was wrong."""
    listed = cases(half)
    wrong = [f"{case.question} ({case.tool.name}): {said}" for case in listed if (said := problem(case))]
    return len(listed) - len(wrong), len(listed), wrong


if __name__ == "__main__":
    for half, name in enumerate(("trained on", "not trained on")):
        right, count, wrong = score(half)
        print(f"{name}: {right} of {count}", *wrong, sep="\n    ")
