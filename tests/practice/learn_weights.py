"""Train the weights of `workshop/practice/data/weights.toml`: python tests/practice/learn_weights.py.

Each parameter that is named in words is a choice between the spans of the question and nothing; a logistic
regression over their signs learns it from `weight_examples.py`. The same data give the same weights. It needs numpy.
`--folds` prints the share of right choices in parts that were left out of the training; `--records` trains what fields
of records have beside parameters alone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from weight_examples import RECORD, Choice, examples, of_course, of_everyday, of_plain, of_records

from workshop.practice.filling.scoring import columns
from workshop.practice.reading.tables import load

ROOT = Path(__file__).parents[2]
ROUNDS, RATE, LEAST = 150, 0.3, 0.1
DECAY = {"all": 1.0, "own": 1.0, "record": 0.3}
FOLDS = 6
Table = dict[str, dict[str, float]]


def trained(listed: list[Choice], table: Table) -> Table:
    """The table with weights for the columns of these choices that it lacks."""
    index: dict[tuple[str, str], int] = {}
    fixed = {column for row in table.values() for column in row}
    flat: list[int] = []
    sizes, known, right, counts, worth = [], [], [], [], []
    for choice in listed:
        own = [column for column in _columns(choice.group) if column not in fixed]
        for each in (*choice.signs, ()):  # the last is nothing: it weighs nothing
            row = [index.setdefault((s, c), len(index)) for s in dict.fromkeys(each) for c in own]
            flat += row
            sizes.append(len(row))
            known.append(_score(table, each, choice.group))
        right += choice.right
        counts.append(len(choice.right))
        worth += [choice.worth] * len(choice.right)
    columns_of, owner = np.array(flat), np.repeat(np.arange(len(sizes)), sizes)
    starts, case = np.cumsum([0, *counts[:-1]]), np.repeat(np.arange(len(counts)), counts)
    decay = np.array([DECAY.get(column, DECAY["own"]) for _, column in index])
    weights, seen = np.zeros(len(index)), np.full(len(index), 1e-6)
    for _ in range(ROUNDS):
        scores = np.bincount(owner, weights[columns_of], len(sizes)) + known
        odds = np.exp(scores - np.maximum.reduceat(scores, starts)[case])
        odds /= np.add.reduceat(odds, starts)[case]
        wanted = odds * right
        wanted /= np.maximum(np.add.reduceat(wanted, starts), 1e-12)[case]
        slope = np.bincount(columns_of, (worth * (wanted - odds))[owner], len(index)) - decay * weights
        seen += slope**2
        weights += RATE * slope / np.sqrt(seen)
    grown = {sign: dict(row) for sign, row in table.items()}
    for (sign, column), n in sorted(index.items()):
        if abs(weights[n]) >= LEAST:
            grown.setdefault(sign, {})[column] = round(float(weights[n]), 2)
    return grown


def _columns(group: str) -> tuple[str, ...]:
    return columns(group.removeprefix(RECORD), record=group.startswith(RECORD))


def _score(table: Table, signs: Sequence[str], group: str) -> float:
    rows = [row for s in dict.fromkeys(signs) if (row := table.get(s))]
    return sum(row.get(column, 0.0) for row in rows for column in _columns(group))


def share(table: Table, listed: list[Choice]) -> float:
    """The share of choices that a table makes rightly."""
    good = 0
    for group, signs, right, *_ in listed:
        scores = [_score(table, each, group) for each in signs]
        best = max(range(len(scores)), key=scores.__getitem__, default=-1)
        good += right[best if scores and scores[best] > 0 else -1]
    return good / len(listed)


def learned(listed: list[Choice]) -> Table:
    """The weights for parameters, then what fields of records have beside."""
    of_tools = [choice for choice in listed if not choice[0].startswith(RECORD)]
    table = trained(of_tools, {}) if of_tools else _of_tools(load("weights", Table))
    return trained([choice for choice in listed if choice[0].startswith(RECORD)], table)


def _of_tools(table: Table) -> Table:
    return {s: {c: n for c, n in row.items() if not c.startswith("record")} for s, row in table.items()}


if __name__ == "__main__":
    listed = [] if "--records" in sys.argv else [*examples(), *of_everyday(), *of_course(), *of_plain()]
    listed += of_records()
    if "--folds" in sys.argv:
        size = len(listed) // FOLDS + 1
        parts = [listed[n * size : (n + 1) * size] for n in range(FOLDS)]
        for n, part in enumerate(parts):
            print("fold", n, share(learned([c for m, p in enumerate(parts) if m != n for c in p]), part))
        sys.exit()
    found = learned(listed)
    print("trained", len(listed), share(found, listed))
    lines = [
        "# What each sign of a span weighs, for all parameters and for each class (tests/practice/learn_weights.py).",
        "",
    ]
    for sign, row in sorted(found.items()):
        weights = ", ".join(f"{column} = {weight}" for column, weight in row.items())
        lines.append(f"{json.dumps(sign, ensure_ascii=False)} = {{ {weights} }}")
    table = ROOT / "workshop" / "practice" / "data" / "weights.toml"
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(len(found), "signs")
