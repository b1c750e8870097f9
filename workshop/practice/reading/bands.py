"""Ranges of figures that a sentence names: "below 20 percent", "from 30 to 80", "50 points or more"."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache

from workshop.practice.reading.numbers import number_of, quantities
from workshop.practice.reading.shapes import UNITS
from workshop.practice.reading.tables import PATTERNS

_WORDS = "|".join(word for place in ("ones", "tens") for word in UNITS.spelled[place].split())
_NUMBER = rf"-?\d[\d,]{{0,20}}(?:\.\d+)?|{_WORDS}"
_BAND = re.compile(
    rf"(?i)\b(?:(?P<how>(?:not? )?(?:above|over|below|under|beyond|exceed(?:s|ing)?|at (?:least|most)|up to|within|"
    rf"(?:more|less|(?!other|rather|either)\w{{2,}}er) than))\s+[$€£]?(?P<figure>{_NUMBER})\b"
    rf"|(?:from\s+|between\s+|(?<![\d:/-])(?=\d+ (?:to|and) \d+ (?:is|are|counts?|means?|as)\b))[$€£]?(?P<low>{_NUMBER})\s+(?:to|and|until|till)\s+(?P<high>{_NUMBER})\b(?!:)"
    rf"|(?P<end>{_NUMBER})\b(?:\s?%|(?:\s+\w+){{0,2}})\s+(?:or|and) (?P<side>more|above|over|older|higher|up|less|under|below|fewer|younger|lower)\b"
    rf"|\bfrom\s+[$€£]?(?P<start>{_NUMBER})\b(?:\s+\w+)?(?:\s+(?:on|up|onwards?|upwards?)\b|(?=[,;.]|$)))(?:\s*(?:%|°\s?[CF]?))?"
)
_P = PATTERNS["bands"]


@dataclass(frozen=True)
class Band:
    """A range with or without its ends, where it is named, and the unit behind it."""

    low: float
    high: float
    with_ends: bool
    start: int
    end: int
    unit: str

    def holds(self, figure: float) -> bool:
        return self.low < figure < self.high or (self.with_ends and figure in (self.low, self.high))


@lru_cache(maxsize=256)
def bands(sentence: str) -> tuple[Band, ...]:
    """The ranges in a sentence, in its order."""
    measured = quantities(sentence)
    found = []
    for match in _BAND.finditer(sentence):
        low, high, with_ends = _ends(match)
        unit = next((q.unit for q in measured if match.start() <= q.start < match.end() and q.unit), "")
        found.append(Band(low, high, with_ends, match.start(), match.end(), unit))
    return tuple(found)


def _ends(match: re.Match[str]) -> tuple[float, float, bool]:
    def figure(group: str) -> float:
        return number_of(match[group].replace(",", "")) or 0.0

    if match["low"]:
        return figure("low"), figure("high"), True
    if match["start"]:
        return figure("start"), math.inf, True
    told = match["side"] or match["how"]
    value = figure("end" if match["side"] else "figure")
    with_ends = bool(match["side"] or _P["with_end"].search(told))
    return (-math.inf, value, with_ends) if _P["under"].search(told) else (value, math.inf, with_ends)
