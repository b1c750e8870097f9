"""Train the weights of `workshop/practice/data/weights.toml`: python tests/practice/learn_weights.py.

Each parameter that is named in words is a choice between the spans of the question and nothing; a logistic
regression over their signs learns it from the half of tests/practice/data/arguments.txt that is there for it,
from the cases of abilities.jsonl with calls, and from the course's requests. The same data give the same
weights. It needs numpy.
`--folds` prints the share of right choices in parts that were left out of the training.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from abilities import cases as abilities
from abilities import request_of
from arguments import cases, fits
from test_replay import decoded, rows

from workshop.practice.conversation import Conversation
from workshop.practice.filling.call import field_of
from workshop.practice.filling.find import Finder
from workshop.practice.filling.kinds import BODY
from workshop.practice.filling.matching import matched
from workshop.practice.filling.offers import is_named
from workshop.practice.filling.schema import properties_of
from workshop.practice.filling.scoring import free
from workshop.practice.filling.told import ACCOUNT
from workshop.practice.reading.shapes import Found

ROOT = Path(__file__).parents[2]
ROUNDS, RATE, LEAST = 150, 0.3, 0.04
DECAY = {"all": 0.2, "own": 0.5}
Choice = tuple[str, list[Sequence[str]], list[bool], float]
FOLDS = 6


def choices(
    conversation: Conversation, tool: Any, wants: dict[str, list[str]], worth: float = 1.0
) -> Iterator[Choice]:
    """For each parameter in words: its class, the signs of each span, which are right (the last: nothing)."""
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
        right = [False] * len(spans)
        for option in (option for each in wanted for option in _options(each)):
            exact = [span.value.casefold() == option[1:].casefold() for span in spans]
            fitting = [any(fits(said, option) for said in _numbers(span.value)) for span in spans]
            fitting = exact if any(exact) else fitting
            right = fitting if any(fitting) and not any(right) else right
        group = scorer.told(leaf).group
        if wanted and not any(right) and group in (BODY, ACCOUNT):
            wanted = []
        if wanted and not any(right):
            print("   no span:", conversation.question, leaf.field.name, wanted)
            continue
        if group not in (BODY, ACCOUNT):
            found[leaf.field.name] = [
                Found("", s.start, s.end) for s, good in zip(spans, right, strict=True) if good
            ]
        rows.append((leaf, others, spans, right, not wanted, group))
    for leaf, others, spans, right, nothing, group in rows:
        signs: list[Sequence[str]] = [("bias", *s.signs, *scorer.signs(leaf, s, others)) for s in spans]
        yield group, signs, [*right, nothing], worth / 2
        held = [f for name, each in found.items() if name != leaf.field.name for f in each]
        left = [n for n, s in enumerate(spans) if right[n] or s in free([s], held)]
        yield group, [signs[n] for n in left], [*(right[n] for n in left), nothing], worth / 2


def _options(wanted: str) -> list[str]:
    """The first option is the best, the others only pass."""
    return [wanted] if wanted[0] == "~" else [f"={each}" for each in wanted[1:].split("|")]


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
    for group, signs, right, worth in listed:
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
    for group, signs, right, _ in listed:
        scores = [
            sum(row.get("all", 0) + row.get(group, 0) for s in dict.fromkeys(each) if (row := table.get(s)))
            for each in signs
        ]
        best = max(range(len(scores)), key=scores.__getitem__, default=-1)
        good += right[best if scores and scores[best] > 0 else -1]
    return good / len(listed)


if __name__ == "__main__":
    listed = [*examples(), *of_course()]
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
