"""What the weights are learned from: for each parameter in words the spans of a question, and which of them is right.

They are the half of tests/practice/data/arguments.txt that is there for it, the cases of abilities.jsonl with calls, the
agents of data/everyday, the records, and the course's requests.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any, NamedTuple

import halves
from abilities import cases as abilities
from abilities import request_of
from arguments import cases, fits
from everyday import FILES, Wanted, agents, asked, options_of
from plain import OPEN, plain
from test_records import cases as records
from test_replay import decoded, rows

from workshop.practice.conversation import Conversation
from workshop.practice.filling import answer
from workshop.practice.filling.call import field_of
from workshop.practice.filling.find import Finder
from workshop.practice.filling.kinds import BODY, Field
from workshop.practice.filling.lists import one_of, segments
from workshop.practice.filling.matching import matched
from workshop.practice.filling.offers import is_named
from workshop.practice.filling.returned import returned
from workshop.practice.filling.schema import Schema, properties_of, solid, type_of
from workshop.practice.filling.scoring import free, placed
from workshop.practice.filling.spans import Span
from workshop.practice.filling.told import ACCOUNT
from workshop.practice.reading.shapes import Found
from workshop.practice.reading.text import fold

RECORD = "record-"
"""Before the class of a record's field."""
PLAIN = 0.1
"""How much a choice for a plain tool counts, of which there are many alike."""
_FEW = 4
"""Words of a span that holds what is wanted."""


class Choice(NamedTuple):
    """A parameter of a call, and the spans that it may have."""

    group: str
    signs: list[Sequence[str]]
    right: list[bool]
    """Which spans are right; the last is for nothing."""
    worth: float
    name: str
    values: list[str]


def choices(
    conversation: Conversation,
    tool: Any,
    wants: dict[str, list[str]],
    worth: float = 1.0,
    only: Set[str] | None = None,
) -> Iterator[Choice]:
    """The choices of a tool's parameters."""
    finder = Finder(conversation, conversation.question)
    yield from of_leaves(finder, field_of(tool), tool.parameters, wants, worth, only)


def of_leaves(
    finder: Finder,
    owner: Field,
    schema: Schema,
    wants: dict[str, list[str]],
    worth: float = 1.0,
    only: Set[str] | None = None,
) -> Iterator[Choice]:
    """For each parameter in words: its class, the signs of each span, which are right (the last: nothing).
    `only`: the parameters of which it is known.
    """
    leaves = [finder.leaf(owner, n, p, schema) for n, p in properties_of(schema).items()]
    named = [leaf for leaf in leaves if is_named(leaf)]
    names = {leaf.field.name for leaf in named}
    taken = [f for n, f in matched(leaves, finder.text).items() if n not in names]
    scorer = finder.scorer
    found: dict[str, list[Found]] = {}
    rows = []
    for leaf in named:
        others = [*(other for other in named if other is not leaf), *(o for o in leaves if o not in named)]
        spans = scorer.offered(leaf, taken)
        wanted = wants.get(leaf.field.name, [])
        if wanted == [""]:
            continue
        said = [_right(each, spans) for each in wanted]
        right = [any(each[n] for each in said) for n in range(len(spans))]
        group = scorer.told(leaf).group
        if wanted and not any(right) and group in (BODY, ACCOUNT):
            wanted = []
        if wanted and not any(right):
            if fold(wanted[0][1:].split("|")[0]) in fold(finder.text):
                print("   no span:", finder.text, leaf.field.name, wanted)
            continue
        if group not in (BODY, ACCOUNT):
            found[leaf.field.name] = [
                Found("", s.start, s.end) for s, good in zip(spans, right, strict=True) if good
            ]
        rows.append((leaf, others, spans, right, not wanted, group))
    for leaf, others, spans, right, nothing, group in rows:
        if only is not None and leaf.field.name not in only:
            continue
        group = group if leaf.field.tool else f"{RECORD}{group}"
        kinds = scorer.told(leaf).kinds
        signs = [[*placed(s.signs, kinds), *scorer.signs(leaf, s, others)] for s in spans]
        held = [f for name, each in found.items() if name != leaf.field.name for f in each]
        left = [n for n, s in enumerate(spans) if right[n] or s in free([s], held)]
        for kept in (range(len(spans)), left):
            good, values = [*(right[n] for n in kept), nothing], [spans[n].value for n in kept]
            yield Choice(group, [signs[n] for n in kept], good, worth / 2, leaf.field.name, values)


def _right(wanted: str, spans: Sequence[Span]) -> list[bool]:
    """Which spans are as wanted: the first option is the best, the others only pass."""
    if wanted[0] == "~":
        fitting = [fits(span.value, wanted) for span in spans]
        short = [good and len(s.value.split()) < _FEW for good, s in zip(fitting, spans, strict=True)]
        return short if any(short) else fitting
    for option in wanted[1:].split("|"):
        exact = [span.value.casefold() == option.casefold() for span in spans]
        fitting = [any(fits(said, f"={option}") for said in _numbers(span.value)) for span in spans]
        if any(fitting):
            return exact if any(exact) else fitting
    return [False] * len(spans)


def _numbers(value: str) -> list[str]:
    """A name as it is said and, roughly, in the singular."""
    return [value, re.sub(r"s$", "", value), re.sub(r"es$", "", value), re.sub(r"ies$", "y", value)]


def examples() -> Iterator[Choice]:
    for case in cases(0):
        conversation = Conversation(case.request)
        wants = {n: [w] for n, w in case.want.items()}
        if case.before and (" same " in case.question or " that one " in case.question):
            wants = {n: w for n, w in wants.items() if f"={case.before.get(n)}" not in w}
        yield from choices(conversation, conversation.functions[0], wants)
    yield from of_abilities()


def of_abilities() -> Iterator[Choice]:
    """What the open cases of abilities.jsonl are called with."""
    for case in abilities():
        wanted = case["want"].get("calls", case["want"].get("callset"))
        if wanted is None or case["ability"] not in ("arguments", "tools") or not case["tools"]:
            continue
        conversation = Conversation(request_of(case))
        if not wanted and not {"asks", "has"} & case["want"].keys():
            for tool in conversation.functions:
                yield from choices(conversation, tool, {}, 0.2)
        for tool in conversation.functions:
            own = [arguments for name, arguments in wanted if name == tool.name]
            if not own:
                continue
            wants: dict[str, list[str]] = {}
            for arguments in own:
                for name, value in arguments.items():
                    options = value["oneof"] if isinstance(value, dict) and "oneof" in value else [value]
                    wants.setdefault(name, []).append("=" + "|".join(map(str, options)))
            yield from choices(conversation, tool, wants, 0.5)


def of_everyday(files: Sequence[Path] = FILES) -> Iterator[Choice]:
    """What the agents of data/everyday should call their tools with, and what they should ask for."""
    for question in (q for path in files for agent in agents(path.read_text("utf-8")) for q in asked(agent)):
        if question.request.output_schema:
            continue
        conversation = Conversation(question.request)
        needed = {each.split(" / ")[0] for each in question.turn.asks}
        for tool in conversation.functions:
            calls = question.wanted(tool)
            if calls:
                yield from choices(conversation, tool, _wants(calls))
            elif needed and not question.turn.must:
                yield from choices(conversation, tool, {}, only=needed)


def _wants(calls: Sequence[Wanted]) -> dict[str, list[str]]:
    """What each parameter is given in words in some of the calls."""
    wants: dict[str, list[str]] = {}
    for name, node in ((n, node) for call in calls for n, node in call.arguments.items()):
        options = options_of(node)
        values = [ast.literal_eval(each) for each in options if not isinstance(each, ast.Call)]
        if said := [value for value in values if isinstance(value, str)]:
            wants.setdefault(name, []).append(f"={'|'.join(said)}")
        else:
            parts = [ast.literal_eval(each.args[0]) for each in options if isinstance(each, ast.Call)]
            wants.setdefault(name, []).extend(f"~{part}" for part in parts)
    return wants


def of_plain() -> Iterator[Choice]:
    """What plain tools should be called with."""
    for case in plain(OPEN, OPEN):
        if re.search(r"\{[xyX]\}", case.sentence):
            continue
        wants: dict[str, list[str]] = {}
        for name, value in (each for wanted in case.wanted for each in wanted.items()):
            wants.setdefault(name, []).append(f"={value.strip(chr(34))}")
        yield from choices(Conversation(case.request), case.tool, wants, PLAIN)


def of_course() -> Iterator[Choice]:
    """What the course's own requests were called with; of requests that differ in a name one is enough."""
    seen: set[str] = set()
    for row in rows():
        request = decoded(row["request"])
        calls = [(p["name"], p["arguments"]) for p in row["reply"]["parts"] if p["@"] == "Call"]
        conversation = Conversation(request)
        for tool in conversation.functions:
            own = [arguments for name, arguments in calls if name == tool.name]
            key = re.sub(r"-[a-z]{4,}", "", f"{tool.name} {conversation.question}")
            if not own or key in seen:
                continue
            seen.add(key)
            wants: dict[str, list[str]] = {}
            for arguments in own:
                for name, value in arguments.items():
                    if isinstance(value, str) and value.casefold() in conversation.question.casefold():
                        wants.setdefault(name, []).append(f"={value}")
            yield from choices(conversation, tool, wants, 0.5)


def of_records(files: Sequence[Path] = FILES) -> Iterator[Choice]:
    """What the fields in words of records are to have that is in the text."""
    idioms = [
        {"kind": "idioms", "tools": (), **case} for case in halves.cases("idioms") if case["set"] == "open"
    ]
    for case in [*(each for listed in records().values() for each in listed), *idioms, *abilities()]:
        wanted = case["want"] if "kind" in case else case["want"].get("json")
        if "schema" not in case or not wanted or case.get("ability") == "patterns":
            continue
        done = [[*case["call"], case["result"]]] if case.get("call") else case.get("done", ())
        conversation = Conversation(request_of({**case, "done": done}))
        yield from _of_record(conversation, case["schema"], wanted)
    for question in (q for path in files for agent in agents(path.read_text("utf-8")) for q in asked(agent)):
        if schema := question.request.output_schema:
            wanted = {name: _said_by(node) for name, node in question.turn.fields.items()}
            yield from _of_record(Conversation(question.request), schema.schema, wanted)


def _of_record(conversation: Conversation, schema: Schema, wanted: Mapping[str, Any]) -> Iterator[Choice]:
    finder = Finder(conversation, answer.material(conversation))
    told = returned(schema, schema, conversation.done, conversation.functions)
    given = {n: p for n, p in properties_of(schema).items() if n not in told}
    wants = {n: _texts(wanted[n], finder.text) if n in wanted else [""] for n in given}
    owner = Field(record=answer.name_of(schema))
    yield from of_leaves(finder, owner, {**schema, "properties": given}, wants)
    for name, part in given.items():
        if type_of(part) != "array" or not isinstance(wanted.get(name), list):
            continue
        items = solid(part["items"], schema)
        if type_of(items) == "string" and all(isinstance(each, str) for each in wanted[name]):
            one = one_of(owner.child(name).described(part), items)
            texts = [each for value in wanted[name] for each in _texts(value, finder.text)]
            yield from of_leaves(finder, owner, {"properties": {one.name: items}}, {one.name: texts})
        else:
            yield from _of_entries(finder, part["items"], wanted[name], owner.child(name), schema)


def _said_by(node: ast.expr) -> Any:
    """A wanted value as the cases of records have it."""
    options = [
        {"has": [ast.literal_eval(each.args[0])]} if isinstance(each, ast.Call) else ast.literal_eval(each)
        for each in options_of(node)
    ]
    return {"oneof": options} if len(options) > 1 else options[0]


def _of_entries(
    finder: Finder, items: Schema, wanted: list[Any], owner: Field, root: Schema
) -> Iterator[Choice]:
    """What the fields of each entry of a list are to have."""
    parts = segments(items, root, finder)
    if not wanted or len(parts) != len(wanted) or not isinstance(wanted[0], dict):
        return
    for part, each in zip(parts, wanted, strict=True):
        properties = properties_of(solid(items, root))
        wants = {n: _texts(each[n], part) if n in each else [""] for n in properties}
        entry = Finder(finder.conversation, part, part=True)
        yield from of_leaves(entry, owner.item(0), solid(items, root), wants)


def _texts(wanted: Any, text: str) -> list[str]:
    """A record's value as of an argument: nothing for what is not stated; an empty text for what is no span."""
    options = wanted["oneof"] if isinstance(wanted, dict) and "oneof" in wanted else [wanted]
    if options[-1] is None or options[0] in ("not stated", []):
        return []
    if isinstance(options[0], dict) and "has" in options[0]:
        return [f"~{each}" for each in options[0]["has"][:1]] or [""]
    said = [each for each in options if isinstance(each, str) and each.casefold() in text.casefold()]
    return [f"={'|'.join(said)}"] if said else [""]
