"""What can be told by its shape: addresses of mail, web and post, files, codes, currencies, pairs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from workshop.practice.reading.tables import PATTERNS, Row, Words, load
from workshop.practice.reading.text import fold


@dataclass(frozen=True)
class Found:
    """A thing named in a text, with the span that names it."""

    value: Any
    start: int
    end: int

    def overlaps(self, other: Found) -> bool:
        """Whether some of the text is in both spans."""
        return self.start < other.end and other.start < self.end


class Shape(Row):
    """A row of shapes.toml."""

    pattern: str
    unless: Words = frozenset()
    case: bool = True


SHAPES = {
    name: (re.compile(row.pattern, 0 if row.case else re.IGNORECASE), row.unless)
    for name, row in load("shapes", dict[str, Shape]).items()
}


def shaped(kind: str, text: str) -> list[Found]:
    """Everything of that shape in a text; each value once."""
    pattern, unless = SHAPES[kind]
    kept: dict[str, Found] = {}
    for match in pattern.finditer(text):
        group = match.lastindex or 0
        value = match[group].strip()
        if value and value not in unless:
            kept.setdefault(value, Found(value, match.start(group), match.end(group)))
    return list(kept.values())


def quotes(text: str) -> list[Found]:
    """The parts in quotation marks, without the marks. An apostrophe inside a word opens nothing."""
    found = ((match, match.lastindex or 0) for match in PATTERNS["text"]["quoted"].finditer(text))
    return [Found(match[part], match.start(part), match.end()) for match, part in found]


def codes(text: str) -> list[Found]:
    """Order numbers, hashes and the like: words with a digit in them that are no dates, times or amounts."""
    return shaped("code", _P["no_code"].sub(lambda match: " " * len(match[0]), text))


def tickers(text: str) -> list[Found]:
    """Codes in capitals, as stocks have them; none where the whole text is in capitals."""
    return [] if text.isupper() else shaped("ticker", text)


class Unit(Row):
    """A unit: words behind a number, words of a field's name, sizes of words of one dimension."""

    text: Words
    field: Words
    scale: dict[str, float] = Field(default_factory=dict)


class Units(Row):
    """units.toml."""

    currencies: dict[str, str]
    spelled: dict[str, str]
    amounts: dict[str, float]
    multipliers: dict[str, int]
    units: dict[str, Unit]


UNITS = load("units", Units)
UNIT_WORDS = frozenset(word for unit in UNITS.units.values() for word in unit.text)
_CODE_OF = {
    name.replace("_", " "): code for code, names in UNITS.currencies.items() for name in names.split()
}
_NAMES = sorted(_CODE_OF, key=len, reverse=True)
_MONEY = re.compile("|".join(rf"\b{name}\b" if name[0].isalpha() else re.escape(name) for name in _NAMES))


def currencies(text: str) -> list[Found]:
    """Currencies as their three-letter codes, however they are written."""
    kept: dict[str, Found] = {}
    for match in _MONEY.finditer(fold(text)):
        code = _CODE_OF[match.group()]
        kept.setdefault(code, Found(code, *match.span()))
    return list(kept.values())


_P = PATTERNS["shapes"]


def addresses(text: str) -> list[Found]:
    """Postal addresses with the town behind them."""
    found = []
    for street in shaped("street", text):
        more = _P["after_street"].match(text, street.end)
        end = more.end() if more else street.end
        whole = text[street.start : end]
        if whole.endswith(".") and not re.search(r"\b[A-Z][a-z]{1,2}\.$", whole):
            whole, end = whole[:-1], end - 1
        found.append(Found(whole, street.start, end))
    return found


def towns(text: str) -> list[Found]:
    """The town of a postal address: beside the postal code, or first after the street."""
    beside = [*_P["town"].finditer(text)]
    behind = (_P["town_behind"].match(text, street.end) for street in shaped("street", text))
    return [Found(match[1], *match.span(1)) for match in beside or filter(None, behind)]


def countries(text: str) -> list[Found]:
    """What an address ends with: its country, or its region."""
    told = ((whole.end, whole.value.split(", ")) for whole in addresses(text))
    return [Found(parts[-1], end - len(parts[-1]), end) for end, parts in told if len(parts) > 2]


def pairs(text: str) -> dict[str, str]:
    """Keys with their values: "red=5, green=7"."""
    return {m["key"].strip(): m["value"].strip().strip('"') for m in _P["pair"].finditer(text)}
