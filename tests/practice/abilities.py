"""What a learner's own agents ask of the practice model, in eight abilities, and how an answer is judged.

`python tests/practice/abilities.py [FILE]` prints the score of each ability and the cases that fail.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from workshop.practice import model
from workshop.practice.reading import language
from workshop.practice.types import Call, Message, OutputSchema, Request, Text, Tool, ToolCall, ToolResult

CASES = Path(__file__).parent / "data" / "abilities.jsonl"
UNKNOWN = re.compile(
    r"\b(?:don't know|do not know|nothing|no (?:answer|passage|article|information|idea|access)|can't (?:answer|tell|know|say)|"
    r"cannot|not (?:able|something|know|covered|in)|unable|outside|beyond|not stated|doesn't (?:have|cover|say))\b",
    re.IGNORECASE,
)
GAVE_UP = re.compile(
    r"\b(?:nothing on|don't know|do not know|can't (?:answer|tell you)|no (?:passage|article|information))\b"
)
Case = Mapping[str, Any]


def cases(path: Path = CASES) -> list[Case]:
    """The cases of a file, one JSON object a line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def request_of(case: Case) -> Request:
    """The request that a case sends."""
    items: list[Message | ToolCall | ToolResult] = []
    for number, (role, *said) in enumerate(case.get("items") or [["user", case["q"]]]):
        if role == "call":  # one made for an earlier question, with what came back
            name, arguments, output = said
            items += [ToolCall(f"p{number}", name, json.dumps(arguments)), ToolResult(f"p{number}", output)]
        else:
            items.append(Message(role, said[0]))
    for number, (name, arguments, output) in enumerate(case.get("done", ())):
        items += [ToolCall(f"c{number}", name, json.dumps(arguments)), ToolResult(f"c{number}", output)]
    schema = OutputSchema("final_output", case["schema"]) if "schema" in case else None
    tools = tuple(Tool(each["name"], each["description"], each["parameters"], True) for each in case["tools"])
    return Request("practice", case["i"], tuple(items), tools, output_schema=schema)


def problems(case: Case) -> list[str]:
    """What is wrong with the practice model's answer to a case; empty where it is right."""
    reply = model.answer(request_of(case))
    calls = [[part.name, dict(part.arguments)] for part in reply.parts if isinstance(part, Call)]
    text = "\n".join(part.text for part in reply.parts if isinstance(part, Text))
    want = case["want"]
    wrong = [
        *_wrong_calls(calls, want),
        *_wrong_text(text, want),
        *_wrong_form(text, want),
        *_wrong_json(text, want),
    ]
    return [f"{each} | calls {calls} | text {text[:300]!r}" for each in wrong]


def _wrong_calls(calls: list[list[Any]], want: Mapping[str, Any]) -> Iterator[str]:
    handoffs = [name for name, _ in calls if name.startswith("transfer_to_")]
    others = [call for call in calls if not call[0].startswith("transfer_to_")]
    if "handoff" in want and handoffs != ([want["handoff"]] if want["handoff"] else []):
        yield f"handoff {want['handoff']}"
    wanted = want.get("calls", want.get("callset"))
    if wanted is not None:
        defaults = want.get("defaults", {})
        if len(others) != len(wanted) or not all(
            any(_fits(call, each, defaults) for call in others) for each in wanted
        ):
            yield f"calls {wanted}"
    if "names" in want and sorted(name for name, _ in others) != sorted(want["names"]):
        yield f"calls of {want['names']}"


def _fits(call: list[Any], wanted: list[Any], defaults: Mapping[str, Any]) -> bool:
    name, arguments = call
    kept = {
        key: value
        for key, value in arguments.items()
        if value is not None and (key in wanted[1] or defaults.get(key) != value)
    }
    return bool(
        name == wanted[0]
        and kept.keys() == wanted[1].keys()
        and all(_same(kept[key], wanted[1][key]) for key in kept)
    )


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict) and "oneof" in wanted:
        return any(_same(found, each) for each in wanted["oneof"])
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(_same(found.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(found, list) and len(found) == len(wanted) and all(map(_same, found, wanted))
    if isinstance(wanted, bool) or wanted is None or not isinstance(wanted, (int, float)):
        return type(found) is type(wanted) and found == wanted
    return isinstance(found, (int, float)) and abs(found - wanted) < 1e-6


def _wrong_text(said: str, want: Mapping[str, Any]) -> Iterator[str]:
    text = said.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    plain = text.casefold()
    yield from (f"has {each!r}" for each in want.get("has", ()) if each.casefold() not in plain)
    yield from (f"has not {each!r}" for each in want.get("hasnt", ()) if each in text)
    if want.get("has_any") and not any(each.casefold() in plain for each in want["has_any"]):
        yield f"has one of {want['has_any']}"
    if want.get("no") and (not UNKNOWN.search(text) or len(text.split()) > 60):
        yield "a plain no"
    if want.get("yes") and (len(text.split()) < 8 or GAVE_UP.search(text)):
        yield "an answer"
    yield from (f"asks for {each}" for each in want.get("asks", ()) if each not in plain or "?" not in text)


def _wrong_form(text: str, want: Mapping[str, Any]) -> Iterator[str]:
    words, stripped = text.split(), text.strip()
    sentences = [part for part in re.split(r"(?<=[.!?])\s+", stripped) if part]
    rules: dict[str, Callable[[Any], bool]] = {
        "max_words": lambda most: len(words) <= most,
        "min_words": lambda least: len(words) >= least,
        "upper": lambda _: stripped == stripped.upper() and bool(stripped),
        "lower": lambda _: stripped == stripped.lower() and bool(stripped),
        "equals": lambda wanted: stripped == wanted,
        "equals_fold": lambda wanted: stripped.strip("\"'“”.! ").casefold() == wanted.casefold(),
        "ends": lambda end: stripped.endswith(end),
        "starts": lambda start: stripped.startswith(start),
        "bullets": lambda count: len(re.findall(r"^\s*(?:[-*•]|\d+\.)\s", text, re.MULTILINE)) == count,
        "max_sentences": lambda most: len(sentences) <= most,
        "lang": lambda code: language.detect(text) == code,
    }
    yield from (
        f"{name}={want[name]!r}" for name, holds in rules.items() if name in want and not holds(want[name])
    )


def _wrong_json(text: str, want: Mapping[str, Any]) -> Iterator[str]:
    if not {"json", "json_keys", "json_list"} & want.keys():
        return
    try:
        value = json.loads(text)
    except ValueError:
        yield "JSON"
        return
    yield from (
        f"{key}={wanted!r}"
        for key, wanted in want.get("json", {}).items()
        if not _same(value.get(key), wanted)
    )
    yield from (f"key {key}" for key in want.get("json_keys", ()) if key not in value)
    yield from (
        f"{key}: {low} to {high} entries"
        for key, (low, high) in want.get("json_list", {}).items()
        if not low <= len(value[key]) <= high
    )


def scores(path: Path = CASES) -> dict[str, tuple[int, int, list[str]]]:
    """For each ability: right answers, cases, and what was wrong."""
    found: dict[str, tuple[int, int, list[str]]] = defaultdict(lambda: (0, 0, []))
    for case in cases(path):
        right, count, wrong = found[case["ability"]]
        said = problems(case)
        asked = case.get("q") or case["items"][-1][1]
        found[case["ability"]] = (
            right + (not said),
            count + 1,
            [*wrong, *[f"{asked!r}: {each}" for each in said]],
        )
    return dict(found)


if __name__ == "__main__":
    for ability, (right, count, wrong) in scores(Path(sys.argv[1]) if len(sys.argv) > 1 else CASES).items():
        print(f"{ability}: {right} of {count}", *wrong, sep="\n    ")
