"""The amounts that a text lists, each with what it is of: "Ada 14, Bo 9", "three tickets at £18 each and a poster for £6"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from workshop.practice.reading import read
from workshop.practice.reading.numbers import Quantity
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import STOP_WORDS, before, fold, stem, words
from workshop.practice.talking.stories import is_rate

_P = PATTERNS["computed"]


@dataclass(frozen=True)
class Amount:
    """A number of a text, or how many there are of it times what one of them is."""

    value: float
    unit: str
    """Its measure, or the stem of the word behind it; empty where it stands alone."""
    said: str
    """The part of the text that tells it."""
    label: str
    """What it is of."""
    product: bool = False

    @property
    def roots(self) -> set[str]:
        """The stems of the words that tell it."""
        return set(map(stem, words(self.said)))


def amounts(text: str) -> list[Amount]:
    """The amounts of a text in order, without shares in percent."""
    numbers = [each for each in read(text).quantities if each.unit != "percent" and not _is_rank(each, text)]
    begins = [0, *(match.end() for match in _P["part"].finditer(text)), len(text)]
    found: list[Amount] = []
    for begin, end in pairwise(begins):
        own, said = [each for each in numbers if begin <= each.start < end], text[begin:end]
        money = [each for each in own if each.unit == "money"]
        if len(own) == 2 and is_rate(text, *own) and len(money) < 2:
            count, price = sorted(own, key=lambda each: each.unit == "money")
            value = round(count.value * price.value, 6)
            found.append(Amount(value, _unit(price), said, _label(text, begin, end, own), True))
            continue
        for each in money or own:
            found.append(Amount(each.value, _unit(each), said, _label(text, begin, end, [each])))
    return found


def _is_rank(number: Quantity, text: str) -> bool:
    """Whether a number says which, and not how much: "order 7", "the first half"."""
    return bool(_P["which"].search(before(text, number.start)))


def _unit(number: Quantity) -> str:
    word = number.word if fold(number.word) not in STOP_WORDS else ""
    return number.unit or stem(word)


def _label(text: str, begin: int, end: int, own: Sequence[Quantity]) -> str:
    """The name in a part of a text, or the words before its number."""
    ahead, behind = text[begin : own[0].start], text[own[-1].end : end]
    for said in (ahead, behind):
        names = [m[0] for m in _P["name"].finditer(said) if fold(m[0]) not in STOP_WORDS]
        if names:
            return names[-1]
    return " ".join(word for word in re.findall(r"[^\W\d_]+", ahead) if fold(word) not in STOP_WORDS)


def series(listed: Sequence[Amount]) -> list[Amount]:
    """The first run of amounts of one measure: those that stand alone have that of the one before."""
    run: list[Amount] = []
    for each in listed:
        if each.product or not each.label:
            continue
        unit = next((one.unit for one in run if one.unit), "")
        if run and unit and each.unit and each.unit != unit:
            if len(run) > 1:
                break
            run = []
        run.append(each)
    return run if len({each.label for each in run}) == len(run) > 1 else []
