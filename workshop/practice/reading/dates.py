"""Dates, days and times of day in a text."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date, timedelta

from workshop.practice.reading.shapes import UNITS, Found
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import before, fold

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
WEEKDAYS = tuple(map(str.casefold, calendar.day_name))
_WEEKDAY = "|".join(WEEKDAYS)
_DAY = re.compile(
    rf"\b(?:(?:next|this|coming|last) )?(?:{_WEEKDAY})s?\b(?: (?:morning|afternoon|evening|night))?"
    r"|\b(?:the )?day after tomorrow\b|\b(?:today|tomorrow|tonight|yesterday)\b(?: (?:morning|afternoon|evening|night))?"
    r"|\bthis (?:morning|afternoon|evening)\b|\b(?:next|this|last) (?:week|weekend|month|year|quarter)\b|\bin \d+ (?:days|weeks|months)\b"
    rf"|\b(?:{_MONTH})\s+{_NTH}\b|\b{_NTH}\s+(?:of\s+)?(?:{_MONTH})\b",
    re.IGNORECASE,
)


def dates(text: str) -> list[Found]:
    """Dates with a year, as YYYY-MM-DD."""
    return sorted(_full_dates(text), key=lambda each: each.start)


def _full_dates(text: str) -> Iterator[Found]:
    if not re.search(_YEAR, text):
        return
    for pattern, order in _WRITTEN:
        for match in pattern.finditer(text):
            year, month, day = (match.groups()[i] for i in order)
            if written := _iso(int(year), _month(month), int(day)):
                yield Found(written, *match.span())
    for match in _P["slashed"].finditer(text):
        first, second, year = map(int, match.groups())
        month, day = (second, first) if first > 12 else (first, second)  # American, where it can be
        if written := _iso(year, month, day):
            yield Found(written, *match.span())


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
    found = (Found(match.group(), *match.span()) for match in _DAY.finditer(text))
    return [each for each in found if not any(start <= each.start < end for start, end in full)]


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
        said = int(past) if past.isdigit() else _HOURS.get(past, 99)
        hour = _in_day(said, match["past_half"] or match["in_the"])
        away = 30 if fold(match["part"]) == "half" else 15
        return (hour, away) if fold(match["way"]) == "past" else (hour - 1, 60 - away)
    if match["half"]:
        return _in_day(int(match["hour"]), match["half"]), int(match["minute"] or 0)
    if match["day_hour"]:
        half = match["day_half"] or (
            "pm" if 6 <= int(match["day_hour"]) < 12 else "am"
        )  # at 11 or at 2 at night
        return _in_day(int(match["day_hour"]), half), int(match["day_minute"] or 0)
    return int(match["hour24"] or match["clock"] or match["bare"]), int(match["minute24"] or 0)


def _in_day(hour: int, half: str | None) -> int:
    """The hour of the day: 6 of "6 pm" is 18."""
    if not half or hour > 12:
        return hour
    return hour % 12 + 12 * (fold(half)[0] in "pe" or fold(half) == "afternoon")


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


def today_in(text: str) -> date | None:
    """What the text says that today is: "Today is Monday, 2026-09-14"."""
    said = (day.value for day in dates(text) if _P["today"].search(before(text, day.start)))
    return next(map(date.fromisoformat, said), None)


def dated(text: str, today: date | None) -> list[Found]:
    """Every day of the text as YYYY-MM-DD, those left out that can't be told without knowing today."""
    counted = [(each, _counted(fold(each.value), today)) for each in days(text)] if today else []
    near = [Found(day.isoformat(), each.start, each.end) for each, day in counted if day]
    known = [*dates(text), *near]
    return sorted([*_begun(known, text), *known], key=lambda each: each.start)


def _begun(known: list[Found], text: str) -> list[Found]:
    """The first days of ranges whose month is told at the end: "from 4 to 9 May"."""
    ends = {each.start: each for each in known}
    found = []
    for match in _P["range"].finditer(text):
        if (last := ends.get(match.end())) and int(match[1]) < int(last.value[8:]):
            found.append(Found(f"{last.value[:8]}{int(match[1]):02d}", *match.span(1)))
    return found


def _counted(said: str, today: date) -> date | None:
    """The day that is meant by "tomorrow", "Friday", "in 3 days" or "3 March"."""
    if away := next((n for word, n in _AWAY.items() if re.search(rf"\b{word}\b", said)), None):
        return today + timedelta(away - 10)
    if weekday := re.search(_WEEKDAY, said):
        ahead = (WEEKDAYS.index(weekday[0]) - today.weekday() - 1) % 7 + 1
        return today + timedelta(ahead - (7 if said.startswith("last") else 0))
    if later := re.fullmatch(r"in (\d+) (days|weeks)", said):
        return today + timedelta(int(later[1]) * (7 if later[2] == "weeks" else 1))
    named, number = re.search(_MONTH, said, re.IGNORECASE), re.search(r"\d{1,2}", said)
    if not named or not number:
        return None
    near = [day for year in _years(today) if (day := _iso(year, _month(named[0]), int(number[0])))]
    return min((date.fromisoformat(day) for day in near), key=lambda day: abs(day - today), default=None)


_AWAY = {
    "day after tomorrow": 12,
    "tomorrow": 11,
    "yesterday": 9,
    "today": 10,
    "tonight": 10,
    "this (?:morning|afternoon|evening)": 10,
}
"""How many days, plus ten, from today."""
_IN_MONTH = re.compile(
    rf"(?i)\b(?:(?P<way>this|next|last|current) month|(?P<name>{'|'.join(_MONTHS)})(?:,? (?:of )?(?P<year>\d{{4}}))?)\b"
)


def months(text: str, today: date | None) -> list[Found]:
    """Every month of the text as YYYY-MM, those left out that can't be told without knowing today."""
    found = [Found(f"{m[0]}", *m.span()) for m in re.finditer(r"\b\d{4}-(?:0[1-9]|1[0-2])\b(?!-)", text)]
    for match in _IN_MONTH.finditer(text):
        if match["way"] and today:
            away = {"next": 1, "last": -1}.get(fold(match["way"]), 0)
            count = today.year * 12 + today.month - 1 + away
            found.append(Found(f"{count // 12}-{count % 12 + 1:02d}", *match.span()))
        elif match["name"] and (match["year"] or today):
            number = _month(match["name"])
            year = int(match["year"]) if match["year"] else _nearest_year(number, today or date.min)
            found.append(Found(f"{year}-{number:02d}", *match.span()))
    return found or [Found(day.value[:7], day.start, day.end) for day in dates(text)]


def _nearest_year(month: int, today: date) -> int:
    return min(_years(today), key=lambda year: abs((year - today.year) * 12 + month - today.month))


def _years(today: date) -> tuple[int, int, int]:
    return today.year - 1, today.year, today.year + 1
