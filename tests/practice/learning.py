"""Weights of signs, learned from choices: a softmax over what may be chosen and nothing. It needs numpy."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

DATA = Path(__file__).parents[2] / "workshop" / "practice" / "data"
ROUNDS, RATE, LEAST, OFTEN, SURE = 200, 0.3, 0.03, 3, 0.8
"""Steps, their size, the smallest weight that is kept, how often a sign must be seen, and the least weight of some."""


@dataclass(frozen=True)
class Choice:
    """The signs of each thing that may be chosen, and which are right: the last stands for nothing."""

    signs: Sequence[Sequence[str]]
    right: Sequence[bool]
    worth: float = 1.0


def learned(
    choices: Sequence[Choice],
    decay: float = 2.0,
    pro: str = "$",
    contra: str = "$",
    sure: str = "$",
) -> dict[str, float]:
    """The weight of each sign; the same choices give the same weights. `pro`, `contra`: patterns of signs that never
    speak against a thing, or for it; `sure`: of those that always speak for it.
    """
    seen = Counter(sign for choice in choices for signs in choice.signs for sign in set(signs))
    index = {sign: n for n, sign in enumerate(sorted(s for s, count in seen.items() if count >= OFTEN))}
    data = []
    for choice in choices:
        rows = [[index[s] for s in dict.fromkeys(signs) if s in index] for signs in choice.signs]
        flat = np.array([n for row in rows for n in row], dtype=int)
        owner = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
        data.append((flat, owner, np.array(choice.right), choice.worth))
    weights, size = np.zeros(len(index)), np.full(len(index), 1e-6)
    names = list(index)
    least = np.array([0.0 if re.match(pro, name) else -np.inf for name in names])
    least = np.where([bool(re.match(sure, name)) for name in names], SURE, least)
    most = np.array([0.0 if re.match(contra, name) else np.inf for name in names])
    for _ in range(ROUNDS):
        slope = -decay * weights
        for flat, owner, right, worth in data:
            scores = np.append(np.bincount(owner, weights[flat], len(right) - 1), 0.0)
            odds = np.exp(scores - scores.max())
            odds /= odds.sum()
            wanted = odds * right
            wanted /= max(wanted.sum(), 1e-12)
            np.add.at(slope, flat, (worth * (wanted - odds)[:-1])[owner])
        size += slope**2
        weights = np.clip(weights + RATE * slope / np.sqrt(size), least, most)
    return {sign: round(float(weights[n]), 2) for sign, n in index.items() if abs(weights[n]) >= LEAST}


def share(weights: Mapping[str, float], choices: Sequence[Choice]) -> float:
    """The share of choices that the weights make rightly."""
    good = 0
    for choice in choices:
        scores = [sum(weights.get(sign, 0.0) for sign in dict.fromkeys(signs)) for signs in choice.signs]
        good += choice.right[max(range(len(scores) + 1), key=[*scores, 0.0].__getitem__)]
    return good / max(len(choices), 1)


def write(name: str, weights: Mapping[str, float], told: str) -> None:
    """Write a table of weights: `told` says what they weigh."""
    rows = [f"{json.dumps(sign, ensure_ascii=False)} = {weight}" for sign, weight in sorted(weights.items())]
    (DATA / f"{name}.toml").write_text("\n".join([f"# {told}", "", *rows, ""]), encoding="utf-8")
