"""Train the weights of `workshop/practice/data/weights.toml`: python tests/practice/learn_weights.py.

Each parameter that is named in words is a choice between the spans of the question and nothing; a logistic
regression over their signs learns it from the half of tests/practice/data/arguments.txt that is there for it,
from the cases of abilities.jsonl with calls, from the agents of data/everyday, and from the course's requests. The same data give the same
weights. It needs numpy.
`--folds` prints the share of right choices in parts that were left out of the training.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator, Sequence, Set
from pathlib import Path
from typing import Any

import numpy as np
from abilities import cases as abilities
from abilities import request_of
from arguments import cases, fits
from everyday import FILES, Wanted, agents, asked, options_of
from test_replay import decoded, rows

from workshop.practice.conversation import Conversation
from workshop.practice.filling.call import field_of
from workshop.practice.filling.find import Finder
from workshop.practice.filling.kinds import BODY
from workshop.practice.filling.matching import matched
from workshop.practice.filling.offers import is_named
from workshop.practice.filling.schema import properties_of
from workshop.practice.filling.scoring import free
from workshop.practice.filling.spans import Span
from workshop.practice.filling.told import ACCOUNT
from workshop.practice.reading.shapes import Found
from workshop.practice.reading.text import fold

ROOT = Path(__file__).parents[2]
ROUNDS, RATE, LEAST = 150, 0.3, 0.04
DECAY = {"all": 0.2, "own": 0.5}
Choice = tuple[str, list[Sequence[str]], list[bool], float]
FOLDS = 6


def choices(
    conversation: Conversation,
    tool: Any,
    wants: dict[str, list[str]],
    worth: float = 1.0,
    only: Set[str] | None = None,
) -> Iterator[Choice]:
    """For each parameter in words: its class, the signs of each span, which are right (the last: nothing).
    `only`: the parameters of which it is known.
    """
    finder = Finder(conversation, conversation.question)
    leaves = [
        finder.leaf(field_of(tool), n, p, tool.parameters) for n, p in properties_of(tool.parameters).items()
    ]
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
        said = [_right(each, spans) for each in wanted]
        right = [any(each[n] for each in said) for n in range(len(spans))]
        group = scorer.told(leaf).group
        if wanted and not any(right) and group in (BODY, ACCOUNT):
            wanted = []
        if wanted and not any(right):
            if fold(wanted[0][1:].split("|")[0]) in fold(conversation.question):
                print("   no span:", conversation.question, leaf.field.name, wanted)
            continue
        if group not in (BODY, ACCOUNT):
            found[leaf.field.name] = [
                Found("", s.start, s.end) for s, good in zip(spans, right, strict=True) if good
            ]
        rows.append((leaf, others, spans, right, not wanted, group))
    for leaf, others, spans, right, nothing, group in rows:
        if only is not None and leaf.field.name not in only:
            continue
        signs: list[Sequence[str]] = [("bias", *s.signs, *scorer.signs(leaf, s, others)) for s in spans]
        yield group, signs, [*right, nothing], worth / 2, leaf.field.name, [s.value for s in spans]
        held = [f for name, each in found.items() if name != leaf.field.name for f in each]
        left = [n for n, s in enumerate(spans) if right[n] or s in free([s], held)]
        yield (
            group,
            [signs[n] for n in left],
            [*(right[n] for n in left), nothing],
            worth / 2,
            leaf.field.name,
            [spans[n].value for n in left],
        )


def _right(wanted: str, spans: Sequence[Span]) -> list[bool]:
    """Which spans are as wanted: the first option is the best, the others only pass."""
    if wanted[0] == "~":
        exact = [span.value.casefold() == wanted[1:].casefold() for span in spans]
        loose = [fits(span.value, wanted) and len(span.value.split()) < 4 for span in spans]
        return exact if any(exact) else loose if any(loose) else [fits(span.value, wanted) for span in spans]
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
        if case.before and "same" in case.question:
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


def trained(listed: list[Choice]) -> dict[str, dict[str, float]]:
    """The weights of each sign, for all classes and for each."""
    index: dict[tuple[str, str], int] = {}
    data = []
    for group, signs, right, worth, *_ in listed:
        rows = [
            np.array(
                [index.setdefault((s, g), len(index)) for s in dict.fromkeys(each) for g in ("all", group)]
            )
            for each in signs
        ]
        sizes = [len(row) for row in rows]
        if rows:
            data.append(
                (np.concatenate(rows), np.repeat(np.arange(len(rows)), sizes), np.array(right), worth)
            )
    decay = np.array([DECAY["all"] if group == "all" else DECAY["own"] for _, group in index])
    weights, seen = np.zeros(len(index)), np.full(len(index), 1e-6)
    for _ in range(ROUNDS):
        slope = -decay * weights
        for flat, owner, is_right, worth in data:
            scores = np.append(np.bincount(owner, weights[flat], len(is_right) - 1), 0.0)
            odds = np.exp(scores - scores.max())
            odds /= odds.sum()
            wanted = odds * is_right
            wanted /= max(wanted.sum(), 1e-12)
            np.add.at(slope, flat, (worth * (wanted - odds))[owner])
        seen += slope**2
        weights += RATE * slope / np.sqrt(seen)
    table: dict[str, dict[str, float]] = {}
    for (sign, group), n in sorted(index.items()):
        if abs(weights[n]) >= LEAST:
            table.setdefault(sign, {})[group] = round(float(weights[n]), 2)
    return table


def share(table: dict[str, dict[str, float]], listed: list[Choice]) -> float:
    """The share of choices that a table makes rightly."""
    good = 0
    for group, signs, right, *_ in listed:
        scores = [
            sum(row.get("all", 0) + row.get(group, 0) for s in dict.fromkeys(each) if (row := table.get(s)))
            for each in signs
        ]
        best = max(range(len(scores)), key=scores.__getitem__, default=-1)
        good += right[best if scores and scores[best] > 0 else -1]
    return good / len(listed)


if __name__ == "__main__":
    listed = [*examples(), *of_everyday(), *of_course()]
    if "--folds" in sys.argv:
        size = len(listed) // FOLDS + 1
        parts = [listed[n * size : (n + 1) * size] for n in range(FOLDS)]
        for n, part in enumerate(parts):
            print("fold", n, share(trained([c for m, p in enumerate(parts) if m != n for c in p]), part))
        sys.exit()
    found = trained(listed)
    print("trained", len(listed), share(found, listed))
    lines = [
        "# What each sign of a span weighs, for all parameters and for each class (tests/practice/learn_weights.py).",
        "",
    ]
    for sign, row in sorted(found.items()):
        weights = ", ".join(f"{group} = {weight}" for group, weight in row.items())
        lines.append(f"{json.dumps(sign, ensure_ascii=False)} = {{ {weights} }}")
    table = ROOT / "workshop" / "practice" / "data" / "weights.toml"
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(len(found), "signs")
