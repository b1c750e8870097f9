"""Numbers in a text: figures and words, with their units."""

# ruff: noqa: RUF001  # texts as people write them, with the punctuation of their language

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass
from functools import cache, lru_cache

from workshop.practice.reading.dates import dates, days
from workshop.practice.reading.shapes import UNITS, Found
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


_ONES, _TENS = (UNITS.spelled[place].split() for place in ("ones", "tens"))
_SPELLED: dict[str, float] = {
    **{word: float(n) for n, word in enumerate(_ONES)},
    **{word: 20.0 + 10 * n for n, word in enumerate(_TENS)},
    **UNITS.amounts,
}
_FIGURES = re.compile(
    r"(?<![\w.,])(?P<sign>[$€£¥₹#]?\s?)(?P<minus>[-+−]?)(?P<sign2>[$€£¥₹]?)"
    r"(?:(?P<european>\d{1,3}(?:\.\d{3})+,\d{2}|\d+,\d{2}(?=\s?€| eur))|"
    r"(?P<figures>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+))",
    re.IGNORECASE,
)
_WORDS = re.compile(
    rf"(?<![\w-])(?:(?P<tens>{'|'.join(_TENS)})[ -](?P<one>{'|'.join(_ONES[1:10])})"
    rf"|(?P<word>{'|'.join(_SPELLED)}))(?!\w|-(?:\d|in-))",
    re.IGNORECASE,
)
_WE_ARE = re.compile(r"(?i)\b(?:we|they)(?:['’]re| are| were| will be)(?: only| now)? $")
_OF_US = re.compile(r"(?i)\s+of (?:us|you)\b")
_PRONOUN = re.compile(
    r"(?i)\b(?:(?:the|that|this|which|another|any|each|every)|an? \w+)(?: [\w-]+)? (?P<one>one)\b(?! \w+ing\b)(?=\W*$|\W*[,.;!?)\n]| (?:on|in|for|from|with|at|to|of|then|please|now|too|again|is|was|i|we|you|he|she|they|that|which|and|or)\b)"
)
"""A "one" that counts nothing: "the last one", "a hard one on music"."""
_BEHIND = re.compile(r"[\s-]?\s?(?:an? )?(%|°\s?[CF]?|[A-Za-zÀ-ÿ€£¥$]+(?:-old)?)")
_NO_NUMBER = re.compile(
    r"https?://\S+|[\w.+-]+@[\w.-]+|\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}:\d{2}(?::\d{2})?\b"
    r"|\b\d{1,2}(?= ?[ap]\.?m\b)|\+\d[\d ()-]{6,}\d|\(\d{3}\) ?\d{3}-\d{4}|\b\d{3}-\d{3,4}-\d{4}\b"
    r"|\b[A-Za-z]+[-/_]?\d[\w-]*|/[\w./-]+|\b\d{1,2}\.\d{1,2}\.\d{4}\b|\b\d{1,2}/\d{1,2}/\d{2,4}\b",
    re.IGNORECASE,
)
"""Figures inside addresses, dates, times and codes."""


def number_of(text: str) -> float | None:
    """The number that a text is, in figures or as a word; None where it is none."""
    plain = fold(text.strip())
    return float(plain) if re.fullmatch(r"-?\d+(?:\.\d+)?", plain) else _SPELLED.get(plain)


def quantities(text: str) -> list[Quantity]:
    """Every number that is a quantity, in figures or in words, in the order of the text."""
    blanked = _NO_NUMBER.sub(lambda m: "_" * len(m.group()), text)
    blanked = re.sub(r"(?<=\d)\s?[x×](?=\d|\s)", lambda m: " " * len(m[0]), blanked)
    for day in [*dates(text), *(day for day in days(text) if not day.value.casefold().startswith("in "))]:
        blanked = blanked[: day.start] + "_" * (day.end - day.start) + blanked[day.end :]
    blanked = _PRONOUN.sub(lambda m: f"{m[0][:-3]}___", blanked)
    found = [q for match in _FIGURES.finditer(blanked) if (q := _in_figures(match, blanked))]
    for match in _WORDS.finditer(blanked):
        one = match["one"] and _SPELLED[fold(match["one"])]
        value = _SPELLED[fold(match["tens"])] + one if one else _SPELLED[fold(match["word"])]
        if not any(q.start <= match.start() < q.end for q in found):
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
    start = (
        match.start("minus") if match["minus"] else match.end() - len(match["european"] or match["figures"])
    )
    found = _with_unit(value, start, match.end(), text)
    glued = re.match(r"[A-Za-z]+", text[match.end() :])
    if glued and not found.unit and fold(glued.group()) not in UNITS.multipliers:
        return None  # a code: 12A, 9fceb02
    money = (match["sign"].strip(" #") or match["sign2"]) and not found.unit
    return Quantity(found.value, found.start, found.end, "money", "money") if money else found


def _with_unit(value: float, start: int, end: int, text: str) -> Quantity:
    behind = _BEHIND.match(text, end)
    word = fold(behind[1]).replace(" ", "") if behind else ""
    if behind and word in UNITS.multipliers:
        factor = UNITS.multipliers[word]
        return _with_unit(value * factor, start, behind.end(), text)
    if word.startswith("°"):
        return Quantity(value, start, end, "degrees", word)
    if _OF_US.match(text, end) or (not unit_of(word) and _WE_ARE.search(before(text, start))):
        return Quantity(value, start, end, "people", "people")
    return Quantity(value, start, end, unit_of(word), word)


_UNIT_WORD = re.compile(
    r"\b(?:"
    + "|".join(w for unit in UNITS.units.values() for w in unit.text if w.isalpha() and len(w) > 1)
    + r")\b",
    re.IGNORECASE,
)


def unit_words(text: str) -> list[Found]:
    """The units that a text names: "5 miles to kilometers"."""
    return [Found(match.group(), *match.span()) for match in _UNIT_WORD.finditer(text)]


@cache
def _between() -> re.Pattern[str]:
    number = r"(-?[$€£]?\d[\d,]*(?:\.\d+)?)"
    return re.compile(
        rf"\b(?:between|from)\s+{number}\s*[%°\w]{{0,8}}\s+(?:and|to)\s+{number}|(?<![\w-]){number}\s?[-–]\s?{number}(?![\w-])",
        re.IGNORECASE,
    )


@lru_cache(maxsize=64)
def range_in(text: str) -> tuple[int, int] | None:
    """Where the two ends of a range begin: "between 10 and 20", "from 3 to 5", "5-10"."""
    match = _between().search(text)
    if not match:
        return None
    first, second = (1, 2) if match[1] else (3, 4)
    skipped = [len(match[n]) - len(match[n].lstrip("$€£¥₹#+ ")) for n in (first, second)]
    return match.start(first) + skipped[0], match.start(second) + skipped[1]
