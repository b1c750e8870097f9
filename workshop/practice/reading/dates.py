"""Dates, days and times of day in a text."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date

from workshop.practice.reading.shapes import UNITS, Found
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import fold

_P = PATTERNS["dates"]

_MONTHS = tuple(calendar.month_name[1:])
_MONTH = "|".join(f"{name}|{name[:3]}\\.?" for name in _MONTHS)
_NTH = r"(\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(\d{4})"
_WRITTEN = (
    (re.compile(rf"\b({_MONTH})\s+{_NTH},?\s+{_YEAR}\b", re.IGNORECASE), (2, 0, 1)),
    (re.compile(rf"\b{_NTH}\s+(?:of\s+)?({_MONTH}),?\s+{_YEAR}\b", re.IGNORECASE), (2, 1, 0)),
    (re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b"), (0, 1, 2)),
    (re.compile(r"\b(\d{4})/(\d{1,2})/(\d{1,2})\b"), (0, 1, 2)),
    (re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b"), (2, 1, 0)),
)
"""Patterns with the places of year, month and day among their groups."""
_WEEKDAY = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_DAY = re.compile(
    rf"\b(?:(?:next|this|coming|last) )?(?:{_WEEKDAY})\b(?: (?:morning|afternoon|evening|night))?"
    r"|\b(?:the )?day after tomorrow\b|\b(?:today|tomorrow|tonight|yesterday)\b(?: (?:morning|afternoon|evening|night))?"
    r"|\b(?:next|this|last) (?:week|weekend|month|year|quarter)\b|\bin \d+ (?:days|weeks|months)\b"
    rf"|\b(?:{_MONTH})\s+{_NTH}\b|\b{_NTH}\s+(?:of\s+)?(?:{_MONTH})\b",
    re.IGNORECASE,
)


def dates(text: str) -> list[Found]:
    """Dates with a year, as YYYY-MM-DD."""
    found = [Found(day, *span) for day, span in _full_dates(text)]
    return sorted(found, key=lambda each: each.start)


def _full_dates(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    for pattern, order in _WRITTEN:
        for match in pattern.finditer(text):
            year, month, day = (match.groups()[i] for i in order)
            if written := _iso(int(year), _month(month), int(day)):
                yield written, match.span()
    for match in _P["slashed"].finditer(text):
        first, second, year = map(int, match.groups())
        month, day = (
            (second, first) if first > 12 else (first, second)
        )  # as Americans write it, where it can be
        if written := _iso(year, month, day):
            yield written, match.span()


def _month(named: str) -> int:
    return int(named) if named.isdigit() else 1 + [fold(m[:3]) for m in _MONTHS].index(fold(named)[:3])


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def days(text: str) -> list[Found]:
    """Days as the text calls them: "Friday", "March 3", "tomorrow"."""
    full = [(each.start, each.end) for each in dates(text)]
    return [
        Found(match.group(), match.start(), match.end())
        for match in _DAY.finditer(text)
        if not any(start <= match.start() < end for start, end in full)
    ]


_HOURS = {word: hour for hour, word in enumerate(UNITS.spelled["ones"].split())}


def times(text: str) -> list[Found]:
    """Times of day as HH:MM."""
    found = []
    for match in _P["time"].finditer(text):
        hour, minute = _clock(match)
        if hour < 24 and minute < 60:
            start = match.start("bare") if match["bare"] else match.start()
            found.append(Found(f"{hour:02d}:{minute:02d}", start, match.end()))
    return found


def _clock(match: re.Match[str]) -> tuple[int, int]:
    if match["name"]:
        return (0 if fold(match["name"]) == "midnight" else 12), 0
    if match["past"]:
        past = fold(match["past"])
        return (int(past) if past.isdigit() else _HOURS.get(past, 99)), 30
    if match["half"]:
        return int(match["hour"]) % 12 + 12 * (fold(match["half"])[0] == "p"), int(match["minute"] or 0)
    return int(match["hour24"] or match["clock"] or match["bare"]), int(match["minute24"] or 0)


def moments(text: str) -> list[Found]:
    """When something is, as the text says it: a day, a time, or both where they are side by side."""
    marks = sorted([*dates(text), *days(text), *times(text)], key=lambda each: (each.start, -each.end))
    spans: list[tuple[int, int]] = []
    for mark in marks:
        if spans and mark.start < spans[-1][1]:
            continue
        if spans and _P["joined"].fullmatch(text, spans[-1][1], mark.start):
            spans[-1] = (spans[-1][0], mark.end)
        else:
            spans.append((mark.start, mark.end))
    return [Found(text[start:end], start, end) for start, end in spans]
