"""Fields of a record that are worked out from what the text tells: totals, what is left, averages, the best of a list, how
many there are, the time between.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from workshop.practice.filling.amounts import Amount, amounts, series
from workshop.practice.filling.kinds import Field
from workshop.practice.filling.schema import Schema, type_of
from workshop.practice.reading import dates, read
from workshop.practice.reading.numbers import Quantity, units_of
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import fold, stem, words

_P = PATTERNS["computed"]
_NUMBERS = ("integer", "number")
_LONG = 1_000
"""Letters of a text whose amounts are worked with."""
_NEAR = 24
"""So many letters from the word for it a total may be."""
_DAY = 24 * 60


@dataclass(frozen=True)
class Sums:
    """A text whose amounts are worked with. `made`: the record as it is so far; `fields`: its fields, each with its schema."""

    text: str
    made: Mapping[str, Any]
    fields: Mapping[str, tuple[Field, Schema]]

    @cached_property
    def listed(self) -> list[Amount]:
        return amounts(self.text)

    @cached_property
    def series(self) -> list[Amount]:
        return series(self.listed)

    @cached_property
    def spans(self) -> list[Quantity]:
        return [each for each in read(self.text).quantities if each.unit == "duration"]

    def stated_total(self) -> float | None:
        """The amount that the text itself calls a total: the next one behind the word, or the last before it."""
        word = _P["states_total"].search(self.text)
        numbers = [each for each in read(self.text).quantities if each.unit != "percent"]
        near = [each for each in numbers if word and word.start() - _NEAR < each.start < word.end() + _NEAR]
        behind = [each for each in near if word and each.start >= word.end()]
        return (behind or near[::-1])[0].value if near else None

    def stated_rest(self, word: str) -> float | None:
        """The amount that the text itself says is left, or calls by the field's own word: "My balance is 230"."""
        left = [each for each in self.listed if _P["states_left"].search(each.said)]
        counted = [each for each in self.listed if each.unit == stem(word)]
        said = [each.said for each in self.listed]
        named = [each for each in self.listed if stem(word) in each.roots and said.count(each.said) == 1]
        return next((each.value for each in (*counted, *left, *named)), None)


def computed(
    made: Mapping[str, Any], fields: Mapping[str, tuple[Field, Schema]], text: str
) -> dict[str, Any]:
    """The fields of a record that are worked out, each with its value. Totals come before what is left of them."""
    found: dict[str, Any] = {}
    if len(text) > _LONG:
        return found
    sums = Sums(text, ChainMap(found, dict(made)), fields)
    for asks, work in _WAYS:
        for name, (field, plain) in fields.items():
            if name in found or name not in made or plain.get("enum"):
                continue
            if not asks(field, f"{' '.join(words(name))}: {field.description}"):
                continue
            value = work(sums, field, plain)
            if isinstance(value, float) and type_of(plain) in _NUMBERS:
                found[name] = int(value) if value.is_integer() else round(value, 2)
            elif isinstance(value, str) and type_of(plain) == "string":
                found[name] = value
    return {n: v for n, v in found.items() if type_of(fields[n][1]) != "integer" or isinstance(v, int)}


def _count(sums: Sums, field: Field, plain: Schema) -> float | str | None:
    """How many there are in a list of the record, or of the amounts that the text lists."""
    lists = {name: value for name, value in sums.made.items() if isinstance(value, list)}
    own = [value for name, value in lists.items() if field.roots & set(map(stem, words(name)))]
    if own or len(lists) == 1:
        return float(len([*own, *lists.values()][0]))
    counted = any(stem(each.word) in field.roots for each in read(sums.text).quantities if each.word)
    return float(len(sums.series)) if sums.series and not counted and not lists else None


def _average(sums: Sums, field: Field, plain: Schema) -> float | str | None:
    values = [each.value for each in sums.series]
    return sum(values) / len(values) if values else None


def _extreme(sums: Sums, field: Field, plain: Schema) -> float | str | None:
    """The highest or the lowest of a list: its amount, or what that is of."""
    if not sums.series:
        return None
    told = f"{' '.join(words(field.name))}: {field.description}"
    least = bool(_P["lowest"].search(told))
    best = (min if least else max)(sums.series, key=lambda each: each.value)
    return best.value if type_of(plain) in _NUMBERS else best.label


def _total(sums: Sums, field: Field, plain: Schema) -> float | str | None:
    """What the amounts come to, those of one line where the field names it; what one has to spend is none of them."""
    if (said := sums.stated_total()) is not None:
        return said
    parts = _spent(sums)
    rest = {stem(word) for word in words(_P["total"].sub(" ", " ".join(words(field.name))))}
    if line := [each for each in parts if rest & each.roots]:
        parts = line if len(line) == 1 else parts
    if not parts or not (len(parts) > 1 or parts[0].product or _shares(sums)):
        return None
    value = sum(each.value for each in parts)
    return value if line else value * (1 + _shares(sums))


def _spent(sums: Sums) -> list[Amount]:
    """The parts of a sum: money where there is any."""
    parts = [each for each in sums.listed if not _P["whole"].search(each.said)]
    paid = [each for each in parts if each.unit in ("money", "")]
    return paid if any(each.unit == "money" for each in paid) else parts


def _shares(sums: Sums) -> float:
    """What is added or taken away in percent, as a share."""
    share = next((each for each in read(sums.text).quantities if each.unit == "percent"), None)
    around = sums.text[share.start : share.end + 40] if share else ""
    sign = -1 if _P["off"].search(around) else 1 if _P["on"].search(around) else 0
    return sign * share.value / 100 if share else 0.0


def _left(sums: Sums, field: Field, plain: Schema) -> float | str | None:
    """What is left of a whole, or the difference of two amounts."""
    word = _P["left"].search(f"{' '.join(words(field.name))}: {field.description}")
    if word and (said := sums.stated_rest(word[0])) is not None:
        return said
    known = {
        name: float(value)
        for name, value in sums.made.items()
        if name != field.name and type_of(sums.fields[name][1]) in _NUMBERS and value
    }
    spent = next((v for n, v in known.items() if _P["total"].search(" ".join(words(n)))), None)
    values = [each.value for each in sums.listed]
    whole = next((each.value for each in sums.listed if _P["whole"].search(each.said)), None)
    whole = max(values, default=0.0) if whole is None else whole
    if spent is not None and spent != whole:
        return abs(whole - spent)
    others = sum(values) - whole
    return abs(whole - others) if len(values) > 1 else None


def _share(sums: Sums, field: Field, plain: Schema) -> float | str | None:
    """What each of so many has of an amount."""
    money = [each.value for each in _spent(sums) if each.unit == "money"]
    heads = [
        each for each in read(sums.text).quantities if each.unit not in ("money", "percent") and each.value
    ]
    if len(heads) != 1 or not money or _P["each"].search(sums.text):
        return None
    return sum(money) * (1 + _shares(sums)) / float(heads[0].value)


def _reduced(sums: Sums, field: Field, plain: Schema) -> float | str | None:
    """A price with what is added to it or taken away."""
    money = [each.value for each in sums.listed if each.unit == "money"]
    return money[0] * (1 + _shares(sums)) if len(money) == 1 and _shares(sums) else None


def _pause(sums: Sums, field: Field, plain: Schema) -> float | str | None:
    return next((each.as_asked(_measure(field)) for each in sums.spans if _is_pause(each, sums.text)), None)


def _between(sums: Sums, field: Field, plain: Schema) -> float | str | None:
    """The time from one hour or day to another, without the pauses where the field says so."""
    told = f"{' '.join(words(field.name))}: {field.description}"
    measure = _measure(field)
    if any(not _is_pause(each, sums.text) for each in sums.spans):
        return None
    if measure & {"nights", "night", "days", "day", "weeks"}:
        days = sorted({date.fromisoformat(each.value) for each in dates.dates(sums.text)})
        return (
            Quantity(float((days[-1] - days[0]).days), 0, 0, "duration", "days").as_asked(measure)
            if days[1:]
            else None
        )
    hours = [int(each.value[:2]) * 60 + int(each.value[3:5]) for each in read(sums.text).times]
    if len(hours) != 2:
        return None
    minutes = float((hours[1] - hours[0]) % _DAY)
    if _P["net"].search(told):
        minutes -= sum(e.as_asked({"minutes"}) for e in sums.spans if _is_pause(e, sums.text))
    return Quantity(minutes, 0, 0, "duration", "minutes").as_asked(measure)


def _measure(field: Field) -> set[str]:
    """The words for the time in which a field counts; minutes where none is named."""
    named = {fold(word) for word in (*field.words, *words(field.description))}
    known = {"minutes", "minute", "mins", "hours", "hour", "nights", "night", "days", "day", "weeks"} & named
    own = known & set(field.words) or known
    return {"days"} if own & {"nights", "night"} else own or {"minutes"}


def _is_pause(span: Quantity, text: str) -> bool:
    return bool(_P["pause"].search(text[max(0, span.start - 24) : span.end + 24]))


def _is_span(field: Field, told: str) -> bool:
    return "duration" in units_of(field.words | set(map(fold, words(field.description))))


def _is_pause_field(field: Field, told: str) -> bool:
    return bool(_P["pause"].search(" ".join(words(field.name)))) and _is_span(field, told)


def _said(pattern: re.Pattern[str]) -> Callable[[Field, str], bool]:
    return lambda field, told: bool(pattern.search(told))


_WAYS: tuple[
    tuple[Callable[[Field, str], bool], Callable[[Sums, Field, Schema], float | str | None]], ...
] = (
    (_said(_P["count"]), _count),
    (_said(_P["average"]), _average),
    (_said(_P["lowest"]), _extreme),
    (_said(_P["highest"]), _extreme),
    (_said(_P["share"]), _share),
    (_said(_P["reduced"]), _reduced),
    (_said(_P["total"]), _total),
    (_said(_P["left"]), _left),
    (_is_pause_field, _pause),
    (_is_span, _between),
)
"""What a field's name and description ask for, and how that is worked out."""
