"""What several things cost together, by the prices that the instructions name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workshop.practice.reading import read
from workshop.practice.reading.bands import bands
from workshop.practice.reading.numbers import Quantity, unit_of
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, all_stems, fold, stem, words

_P = PATTERNS["prices"]


@dataclass(frozen=True)
class Price:
    """What one of a thing costs, and for which time."""

    label: frozenset[str]
    amount: float
    shown: str
    """The amount as written, with {} for its figure."""
    per: str
    most: float | None = None

    @property
    def units(self) -> set[str]:
        """The measures by which it is counted: a kilogram is a weight."""
        return {unit for word in (self.per, *self.label) if word and (unit := unit_of(word))}


def total(question: str, facts: Sequence[str], done: int = 0) -> str | None:
    """What the things that a question counts cost together, if no fact alone answers. `done`: how many were ordered."""
    if not _P["asks_total"].search(read(question).plain) or any(map(_P["discount"].search, facts)):
        return None
    asked = all_stems(question)
    measured = {each.unit for each in read(question).quantities if each.unit not in ("", "money")}
    prices = [price for fact in facts for price in _prices(fact)]
    if len(prices) == 1 and done > 1 and _P["of_all"].search(question):
        return _sum({prices[0]: float(done)})
    met = {price: price.label & asked for price in prices if price.label & asked or price.units & measured}
    met = {p: said for p, said in met.items() if 2 * len(said) >= len(p.label) or p.units & measured}
    nearest = [price for price, said in met.items() if not any(said < other for other in met.values())]
    counted = {price: _times(price, question) for price in nearest}
    # "a haircut and a beard trim" wants one of each; "a week for students" names one by the way
    wanted = {stem(word) for each in _P["one_of"].finditer(question) for word in words(each["what"])}
    single = [price for price, count in counted.items() if count == 1]
    if len(single) == len(counted) < 2 or not all(met[price] & wanted for price in single):
        return None
    return _sum(counted)


def _sum(counted: dict[Price, float]) -> str:
    each = {price: price.shown.format(f"{price.amount:g}") for price in counted}
    parts = [f"{count:g} \N{MULTIPLICATION SIGN} {each[price]}" for price, count in counted.items()]
    value = sum(price.amount * count for price, count in counted.items())
    most = next((price.most for price in counted if price.most is not None and price.most < value), None)
    first = next(iter(counted)).shown
    told = f"{' + '.join(parts)} = {first.format(_figure(value))}"
    return f"{told}, but never more than {first.format(_figure(most))}." if most else f"{told}."


def _figure(value: float) -> str:
    return f"{value:g}" if float(value).is_integer() else f"{value:.2f}"


def _prices(fact: str) -> Iterator[Price]:
    """The prices in a fact, each with the words before it that no other has."""
    start, each = 0, ""
    most = next((b.high if b.low < 0 else b.low for b in bands(fact) if b.unit == "money"), None)
    most = most if _P["most"].search(fact) else None
    for found in read(fact).quantities:
        if found.unit != "money":
            continue
        clause = re.split(r"[,;.]\s", fact[start : found.start])[-1]
        told = words(re.sub(r"\d[\d.,:]*\s*[A-Za-z]*", " ", clause))
        label = frozenset(stem(word) for word in told if fold(word) not in WORDS["around_a_price"])
        sign = fact[found.start - 1 : found.start]
        shown = f"{sign}{{}}" if sign in "$€£" and sign else f"{{}} {found.word}"
        per = re.match(rf" ?(?:{re.escape(found.word)})? ?(?:an?|per|each|every|/) ?(\w+)", fact[found.end :])
        each = stem(per[1]) if per else each  # "a night" holds for the next price too
        start = found.end + (per.end() if per else 0)
        if not _P["most"].search(clause):
            unit = stem("people") if each in ("person", "head") else each
            yield Price(label, found.value, shown, unit, most)


def _times(price: Price, question: str) -> float:
    """How many of a thing a question wants: those that are counted, for so many days or hours."""
    count = 1.0
    for found in read(question).quantities:
        behind = [stem(word) for word in words(question[found.end : found.end + 40])][:2]
        if (price.per and price.per in behind[:1]) or price.label & set(behind) or found.unit in price.units:
            count *= _measured(found, price)
    return count


def _measured(found: Quantity, price: Price) -> float:
    """A quantity in the measure by which the price is counted."""
    named = {each for each in (price.per, *price.label) if each}
    return found.as_asked(named | {f"{each}s" for each in named})
