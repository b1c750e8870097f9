"""Numbers in a text: figures and words, with their units."""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, TypeGuard

from workshop.practice.reading.dates import dates, days
from workshop.practice.reading.shapes import UNIT_WORDS, UNITS, Found
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import before, fold


@dataclass(frozen=True)
class Quantity(Found):
    """A number with the word behind it, and the unit where that word is one."""

    unit: str = ""
    word: str = ""

    def as_asked(self, field: Set[str]) -> float:
        """The value in the unit that a field's name asks for: 2 hours are 120 for `minutes`."""
        scale = UNITS.units[self.unit].scale if self.unit in UNITS.units else {}
        wanted = next((scale[word] for word in field if word in scale), None)
        if wanted is None or self.word not in scale:
            return float(self.value)
        return float(round(self.value * scale[self.word] / wanted, 9))


@cache
def unit_of(word: str) -> str:
    return next((name for name, unit in UNITS.units.items() if word in unit.text), "")


def units_of(field: Set[str]) -> set[str]:
    """The units that the words of a field's name ask for."""
    return {name for name, unit in UNITS.units.items() if field & unit.field}


_P = PATTERNS["numbers"]
_ONES, _TENS = (UNITS.spelled[place].split() for place in ("ones", "tens"))
SPELLED: dict[str, float] = {
    **{word: float(n) for n, word in enumerate(_ONES)},
    **{word: 20.0 + 10 * n for n, word in enumerate(_TENS)},
    **UNITS.amounts,
}
_WORDS = re.compile(
    rf"(?<![\w-])(?:(?P<tens>{'|'.join(_TENS)})[ -](?P<one>{'|'.join(_ONES[1:10])})"
    rf"|(?P<word>{'|'.join(SPELLED)}))(?!\w|-(?:\d|in-))",
    re.IGNORECASE,
)


def is_number(value: Any) -> TypeGuard[float]:
    """Whether a value is a number, and not yes or no."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def whole(value: float) -> float:
    """A number without a needless fraction: 3 for 3.0."""
    return int(value) if float(value).is_integer() else value


def number_of(text: str) -> float | None:
    """The number that a text is, in figures or as a word; None where it is none."""
    plain = fold(text.strip())
    return float(plain) if re.fullmatch(r"-?\d+(?:\.\d+)?", plain) else SPELLED.get(plain)


def quantities(text: str) -> list[Quantity]:
    """Every number that is a quantity, in figures or in words, in the order of the text."""
    blanked = _P["no_number"].sub(lambda m: "_" * len(m.group()), text)
    blanked = re.sub(r"(?<=\d)\s?[x×](?=\d|\s)", lambda m: " " * len(m[0]), blanked)
    for day in [*dates(text), *(day for day in days(text) if not day.value.casefold().startswith("in "))]:
        blanked = blanked[: day.start] + "_" * (day.end - day.start) + blanked[day.end :]
    blanked = _P["pronoun"].sub(lambda m: f"{m[0][:-3]}___", blanked)
    most = [match.span() for match in _P["of_most"].finditer(blanked)]
    figures = [m for m in _P["figures"].finditer(blanked) if not any(a <= m.start() < b for a, b in most)]
    found = [quantity for match in figures if (quantity := _in_figures(match, blanked))]
    in_figures = {at for quantity in found for at in range(quantity.start, quantity.end)}
    for match in _WORDS.finditer(blanked):
        said = match.group("tens", "one") if match["tens"] else (match["word"],)
        value = sum(SPELLED[fold(each)] for each in said)
        if match.start() not in in_figures:
            found.append(_with_unit(value, match.start(), match.end(), blanked))
    return _compounds(sorted(found, key=lambda q: q.start), text)


def _compounds(found: list[Quantity], text: str) -> list[Quantity]:
    """Quantities with those of one measure joined: "2 hours and 15 minutes" are 135 minutes."""
    joined: list[Quantity] = []
    for each in found:
        last = joined[-1] if joined else None
        scale = UNITS.units[each.unit].scale if each.unit in UNITS.units else {}
        if last and each.value == 0.5 and re.fullmatch(r"\s+and\s+a\s+", text[last.end : each.start]):
            joined[-1] = Quantity(last.value + 0.5, last.start, each.end, each.unit, each.word)
            continue  # "two and a half hours"
        if last and last.unit == each.unit and scale.get(last.word, 0) > scale.get(each.word, 0) > 0:
            between = text[last.end : each.start].replace(last.word, "", 1)
            if re.fullmatch(r"\s*(?:and|,)?\s*", between):
                value = round(last.value * scale[last.word] / scale[each.word] + each.value, 9)
                joined[-1] = Quantity(value, last.start, each.end, each.unit, each.word)
                continue
        joined.append(each)
    return joined


def _in_figures(match: re.Match[str], text: str) -> Quantity | None:
    european = match["european"] and match["european"].replace(".", "").replace(",", ".")
    value = float(european or match["figures"].replace(",", "")) * (-1 if match["minus"] in ("-", "−") else 1)
    start = match.start(next(group for group in ("minus", "european", "figures") if match[group]))
    if value > 0 and (_P["minus"].search(before(text, start)) or _P["below"].match(text, match.end())):
        value = -value
    found = _with_unit(value, start, match.end(), text)
    glued = re.match(r"[A-Za-z]+", text[match.end() :])
    if glued and not found.unit and fold(glued.group()) not in UNITS.multipliers:
        return None  # a code: 12A, 9fceb02
    money = match["sign"].strip(" #") or match["sign2"]
    return Quantity(found.value, found.start, found.end, "money", "money") if money else found


def _with_unit(value: float, start: int, end: int, text: str) -> Quantity:
    behind = _P["behind"].match(text, end)
    word = fold(behind[1]).replace(" ", "") if behind else ""
    if (country := _P["of_country"].match(text, end)) and unit_of(fold(country[1])) == "money":
        word = fold(country[1])
    if behind and word in UNITS.multipliers:
        return _with_unit(value * UNITS.multipliers[word], start, behind.end(), text)
    if word.startswith("°"):
        return Quantity(value, start, end, "degrees", word)
    if most := _P["of_most"].match(text, end):
        return Quantity(value, start, end, unit_of(fold(most[1])), fold(most[1]))
    if _P["of_us"].match(text, end) or (not unit_of(word) and _P["we_are"].search(before(text, start))):
        return Quantity(value, start, end, "people", "people")
    return Quantity(value, start, end, unit_of(word), word)


_NAMES_OF_UNITS = (word for word in UNIT_WORDS if word.isalpha() and len(word) > 1)
_UNIT_WORD = re.compile(rf"(?i)\b(?:{'|'.join(sorted(_NAMES_OF_UNITS))})\b")


def unit_words(text: str) -> list[Found]:
    """The units that a text names: "5 miles to kilometers"."""
    return [Found(match.group(), *match.span()) for match in _UNIT_WORD.finditer(text)]


_NUMBER = r"(-?[$€£]?\d[\d,]*(?:\.\d+)?)"
_BETWEEN = re.compile(
    rf"(?i)\b(?:between|from)\s+{_NUMBER}\s*[%°\w]{{0,8}}\s+(?:and|to)\s+{_NUMBER}"
    rf"|(?<![\w-]){_NUMBER}\s?[-–]\s?{_NUMBER}(?![\w-])"
)


@lru_cache(maxsize=64)
def range_in(text: str) -> tuple[int, int] | None:
    """Where the two ends of a range begin: "between 10 and 20", "from 3 to 5", "5-10"."""
    match = _BETWEEN.search(text)
    if not match:
        return None
    first, second = (1, 2) if match[1] else (3, 4)
    skipped = [len(match[n]) - len(match[n].lstrip("$€£¥₹#+ ")) for n in (first, second)]
    return match.start(first) + skipped[0], match.start(second) + skipped[1]
