"""Records for agents that a learner writes: read from labels, from sentences, by the instructions' rules, from tools.

`python tests/practice/test_records.py [FILE]` prints what is wrong with each case.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from abilities import request_of
from asking import calls_of, text_of

from workshop.practice.model import answer
from workshop.practice.types import Item, Message, OutputSchema, Request, Tool, ToolCall, ToolResult

CASES = Path(__file__).parent / "data" / "records.jsonl"
LEAST = {"denials": 0.75, "options": 0.75}
"""The share of a kind's cases that must be right; of the others it is four of five."""


def cases(path: Path = CASES) -> dict[str, list[dict[str, Any]]]:
    """The cases of a file by their kind."""
    found = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        found[case["kind"]].append(case)
    return found


def problems(case: Mapping[str, Any]) -> list[str]:
    """What is wrong with the call and the record of a case; one with items has made its calls."""
    if "items" in case:
        return [*wrong_fields(json.loads(text_of(answer(request_of(case))) or "{}"), case["want"])]
    tools = tuple(Tool(each["name"], each["description"], each["parameters"], True) for each in case["tools"])
    schema, items = OutputSchema("Record", case["schema"]), [Message("user", case["q"])]
    reply = answer(Request("practice", case["i"], tuple(items), tools, output_schema=schema))
    wrong = []
    if case["call"]:
        name, arguments = case["call"]
        if calls_of(reply) != [(name, arguments)]:
            wrong.append(f"calls {calls_of(reply)} {text_of(reply)}")
        asked: list[Item] = [
            *items,
            ToolCall("c", name, json.dumps(arguments)),
            ToolResult("c", case["result"]),
        ]
        reply = answer(Request("practice", case["i"], tuple(asked), tools, output_schema=schema))
    record = json.loads(text_of(reply) or "{}")
    return [*wrong, *wrong_fields(record, case["want"])]


def wrong_fields(record: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the fields of a record."""
    for name, each in wanted.items():
        if not _same(record.get(name), each):
            yield f"{name} is {record.get(name)!r}, not {each!r}"


def _same(found: Any, wanted: Any) -> bool:
    """Whether a value is the wanted one, one of those, or a text that has some words and not others."""
    if isinstance(wanted, dict) and "oneof" in wanted:
        return any(_same(found, each) for each in wanted["oneof"])
    if isinstance(wanted, dict) and "most" in wanted:
        plain = str(found).casefold()
        has = isinstance(found, str) and all(each.casefold() in plain for each in wanted["has"])
        return (
            has
            and not any(each in found for each in wanted["hasnt"])
            and len(found.split()) <= wanted["most"]
        )
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(_same(found.get(key), each) for key, each in wanted.items())
    if isinstance(wanted, list):
        return isinstance(found, list) and len(found) == len(wanted) and all(map(_same, found, wanted))
    if isinstance(wanted, str):
        return isinstance(found, str) and found.strip(" .").casefold() == wanted.casefold()
    if isinstance(wanted, bool) or wanted is None:
        return found is wanted
    return isinstance(found, (int, float)) and not isinstance(found, bool) and abs(found - wanted) < 1e-6


@pytest.mark.parametrize("kind", cases())
def test_records_of_a_kind(kind: str) -> None:
    listed = cases()[kind]
    wrong = [(case.get("q") or case["items"][-1][1], said) for case in listed if (said := problems(case))]
    assert len(wrong) <= (1 - LEAST.get(kind, 0.8)) * len(listed), wrong


if __name__ == "__main__":
    for kind, listed in cases(Path(sys.argv[1]) if len(sys.argv) > 1 else CASES).items():
        wrong = {case.get("q") or case["items"][-1][1]: said for case in listed if (said := problems(case))}
        print(f"{kind}: {len(listed) - len(wrong)} of {len(listed)}", *wrong.items(), sep="\n    ")
