"""Numbers that a text has for a field: amounts in its unit, options in figures, years, months and hours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from workshop.practice.filling import alike
from workshop.practice.filling.kinds import Field
from workshop.practice.filling.matching import names_one
from workshop.practice.filling.schema import Schema, type_of, within
from workshop.practice.reading import dates as calendar
from workshop.practice.reading import read
from workshop.practice.reading.numbers import Quantity, units_of
from workshop.practice.reading.parties import headcounts, parties
from workshop.practice.reading.shapes import UNITS, Found
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import fold, stem

_NTH = {word: n for n, word in enumerate(UNITS.spelled["nth"].split(), 1)}
_RANK = re.compile(rf"(?i)\b({'|'.join(_NTH)}|\d{{1,3}}(?:st|nd|rd|th))\b(?: (\w+))?")
_LONG = PATTERNS["figures"]["one_long"]
_HOUR = re.compile(r"(?i)(?:the )?(?:\w+ )?hour\b(?! of work)")
_PEOPLE = re.compile(
    r"(?i)^(?:the )?(?:number of|how many) (?:people|persons|guests|players|visitors|passengers)\b"
)
_LETTERS = re.compile(r"[^\W\d]{3,}")
_DIGITS = re.compile(r"\d+")
_TIMES = {"once": 1.0, "twice": 2.0, "thrice": 3.0}
_OFTEN = re.compile(rf"(?i)\b(?:{'|'.join(_TIMES)})\b")
_TIMED = frozenset({"copies", "count", "quantity", "times", "repeat", "repetitions"})
"""Names of numbers that say how often: "print it twice"."""
_ONE = re.compile(r"(?i)\b(an?) (\w+)\b")
_FRACTION = re.compile(r"(?i)\bfraction\b|\b0(?:\.0)? (?:to|and) 1\b")


def numbers(
    field: Field, schema: Schema, text: str, today: date | None, *, part: bool
) -> tuple[list[Found], bool]:
    """The numbers of a text for a field, in order, and whether one in the field's unit is out of its bounds. `part`: the
    text is one entry of a list; `today`: what years, months and days are counted from.
    """
    reading = read(text)
    whole = type_of(schema) == "integer"
    together = [*parties(text)]
    said: list[Found] = [each for each in reading.quantities if not inside(each, together)]
    if "people" in units_of(field.words) or _PEOPLE.search(field.description):
        alone = [*headcounts(text)] if field.tool and not field.named("children", "kids") else []
        counted = [*together, *(each for each in alone if not inside(each, together))]
        said = [*counted, *(each for each in said if not inside(each, counted))]
        said += [
            Quantity(1.0, *m.span(1), "people", m[2])
            for m in _ONE.finditer(text)
            if alike.is_a(m[2], field.name)
        ]
    one = re.search(r"(?i)\ban?(?= [a-z])", text) if part else None
    if one and not any(each.start <= one.end() + 1 for each in said):
        said = [Quantity(1.0, *one.span()), *said]  # "a croissant" in a list is one
    said += [Quantity(float(n), *m.span(1), word=fold(m[2])) for n, m in _ranks(text) if _is_ranked(field, m)]
    said = [_in_years(_as_share(each, field, schema), field) for each in said]
    if "enum" in schema:
        said += [Quantity(float(n), *m.span(1)) for n, m in _ranks(text)]
        said = [each for each in said if each.value in schema["enum"]]
    streets = [each for each in reading.addresses if not each.value.islower()]
    hours = _of_calendar(field, text, today)
    if field.tool or "money" in units_of(field.words):
        said = [q for q in said if not inside(q, [*streets, *hours])]
    if field.tool:
        said = [q for q in said if fold(text[q.start : q.end]) != "one" or not names_one(field)]  # of a kind
    said = [*hours] if hours and _is_hour(field) else [*said, *hours]
    if field.tool and field.words & _TIMED:
        said += [Quantity(_TIMES[fold(m[0])], *m.span()) for m in _OFTEN.finditer(text)]
    timed = any(getattr(each, "unit", "") == "duration" for each in said)
    if field.tool and "duration" in units_of(field.words) and not timed:
        said += [Quantity(1.0, *m.span(1), "duration", m[2].casefold()) for m in _LONG.finditer(text)]
    asked = [(e.as_asked(field.words) if isinstance(e, Quantity) else float(e.value), e) for e in said]
    kept = [e for value, e in asked if within(value, schema) and (not whole or value.is_integer())]
    return kept, not kept and any(getattr(e, "unit", "") in units_of(field.words) for _, e in asked)


def _of_calendar(field: Field, text: str, today: date | None) -> list[Quantity]:
    """A year, a month or an hour of the day as a number: "this year", "October", "3 pm"."""
    ways = {"last": -1, "this": 0, "next": 1}
    if field.named("year") and field.tool and today:
        said = re.finditer(r"(?i)\b(last|this|next) year\b", text)
        return [Quantity(today.year + ways[m[1].casefold()], *m.span(), word="year") for m in said]
    if not field.tool:
        return []
    if "month" in field.words:
        told = calendar.months(text, today or date(2000, 1, 1))
        return [Quantity(float(m.value[5:]), *_inside(m, _LETTERS, text)) for m in told]
    if "day" in field.words:
        days = calendar.dated(text, today or date(2000, 1, 1))
        spans = [(each, _DIGITS.search(text, each.start, each.end)) for each in days]
        return [Quantity(float(d.value[8:]), *m.span(), word="day") for d, m in spans if m]
    if "minute" in field.words:
        return [Quantity(float(t.value[3:]), t.end - 1, t.end, "duration") for t in read(text).times]
    if _is_hour(field):
        return [Quantity(float(t.value[:2]), t.start, t.end - 1, "duration") for t in read(text).times]
    return []


def _inside(found: Found, part: re.Pattern[str], text: str) -> tuple[int, int]:
    """Where a part of something told stands, such as the month of a date; the whole where it is not in it."""
    match = part.search(text, found.start, found.end)
    return match.span() if match else (found.start, found.end)


def _is_hour(field: Field) -> bool:
    """Whether a number is an hour of the day, by its name or what is said of it: "Hour at which it starts"."""
    return "hour" in field.words or bool(_HOUR.match(field.description))


def inside(found: Found, others: Sequence[Found]) -> bool:
    """Whether something told begins inside of one of others."""
    return any(each.start <= found.start < each.end for each in others)


def _ranks(text: str) -> list[tuple[int, re.Match[str]]]:
    """Ranks with the words behind them: "first class", "on the 3rd floor"."""
    return [(_NTH.get(m[1].casefold()) or int(m[1][:-2]), m) for m in _RANK.finditer(text)]


def _is_ranked(field: Field, rank: re.Match[str]) -> bool:
    """Whether a rank is that of a field: of its floor, where it stands before "floor"."""
    return bool(rank[2]) and stem(rank[2]) in field.roots and stem(rank[1]) not in field.roots


def _as_share(found: Found, field: Field, schema: Schema) -> Found:
    """A number in percent as a fraction, where the field wants one."""
    wanted = schema.get("maximum") in (1, 1.0) or _FRACTION.search(field.description)
    if not wanted or not isinstance(found, Quantity) or found.unit != "percent":
        return found
    return Quantity(found.value / 100, found.start, found.end, found.unit, found.word)


def _in_years(found: Found, field: Field) -> Found:
    """A number of months in years, where the field wants those."""
    months = isinstance(found, Quantity) and found.word in ("month", "months")
    if not months or not {"year", "years"} & field.words:
        return found
    return Quantity(round(found.value / 12, 2), found.start, found.end, "age", "years")
