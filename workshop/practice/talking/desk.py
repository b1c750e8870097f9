"""What a front desk works out from its instructions: whether it is open then."""

from __future__ import annotations

import re
from datetime import date

from workshop.practice.conversation import Conversation
from workshop.practice.reading import read
from workshop.practice.reading.dates import WEEKDAYS, dated, times
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import capital, fold

_P = PATTERNS["desk"]
_PARTS = {"morning": "10:00", "noon": "12:00", "afternoon": "15:00", "evening": "19:00", "tonight": "20:00"}
_MOST_OF_A_WEEK = 3
"""Days with hours from which on a day without them is one on which it is closed."""
_Hours = tuple[str, str] | None
"""From when till when; None for a day on which it is closed."""


def opening(conversation: Conversation) -> str | None:
    """Whether it is open on the day and at the time that the question names, with the hours of that day."""
    asked, week = read(conversation.question), _week(conversation.instructions)
    when = _P["asks_hours"].search(asked.plain) and not _has_hours_of_its_own(conversation)
    if not week or not (when or _P["asks_open"].search(asked.plain)):
        return None
    named = [each.value for each in asked.times]
    named += [time for part, time in _PARTS.items() if part in asked.plain]
    day, time, usual = _day_in(conversation), next(iter(named), ""), {*week.values()} - {None}
    if day in week or (day is None and (time or when) and len(usual) == 1):
        hours = week[day] if day else usual.pop()
        said = f"on {day.capitalize()}s we are " if day else "we are "
        said += f"open from {hours[0]} to {hours[1]}" if hours else "closed"
        if when:
            return f"{capital(said)}."
        opened = hours is not None and (not time or hours[0] <= time < hours[1])
        yes = opened != bool(_P["asks_closed"].search(asked.text))
        return f"{'Yes' if yes else 'No'}, {said}."
    if day is None or len(week) < _MOST_OF_A_WEEK:
        return None
    hours_told = next(each for each in read(conversation.instructions).sentences if _week(each))
    return f"No. {re.sub(r'^[A-Za-z ]+: ', '', hours_told)}"


def _has_hours_of_its_own(conversation: Conversation) -> bool:
    """Whether another sentence has a time, for a question without a day or about it: "The tour starts at 9"."""
    asked, anything = read(conversation.question).stems, _day_in(conversation) is None
    told = [read(each) for each in read(conversation.instructions).sentences if not _week(each)]
    return any(each.times and (anything or each.stems & asked) for each in told)


def _day_in(conversation: Conversation) -> str | None:
    """The day of the week that a question names, also by a date or from today."""
    plain = read(conversation.question).plain
    if named := re.search("|".join(WEEKDAYS), plain):
        return named[0]
    found = dated(re.sub(r"\bnow\b", "today", plain), conversation.today)
    return WEEKDAYS[date.fromisoformat(str(found[0].value)).weekday()] if found else None


def _week(rules: str) -> dict[str | None, _Hours]:
    """The hours of each day that the rules speak of."""
    week: dict[str | None, _Hours] = {}

    def fill(told: list[_Hours]) -> None:
        if any(hours and hours not in week.values() for hours in told):  # "10 to 19, closed on Sundays"
            week.update({day: told[0] for day in WEEKDAYS if day not in week})

    for sentence in filter(_P["hours"].search, read(rules).sentences):
        days: list[str] = []
        waiting: list[_Hours] = []  # told before their days: "8am to 6pm on weekdays"
        for mark in _P["mark"].finditer(fold(sentence)):
            if mark["days"] and waiting:
                week |= dict.fromkeys(_days(mark["days"]), waiting[0])
            elif mark["days"]:
                days += _days(mark["days"])
            else:
                hours = None if mark["closed"] else (_clock(mark["from"]), _clock(mark["to"]))
                week |= dict.fromkeys(days, hours)
                fill(waiting)
                days, waiting = [], [] if days else [hours]
        fill(waiting)
    return week


def _days(named: str) -> list[str]:
    if re.search(r"weekdays|working days", named):
        return [*WEEKDAYS[:5]]
    if "weekend" in named:
        return [*WEEKDAYS[5:]]
    begun = [each[:3] for each in re.findall(_P["day"], named)]
    found = [day for each in begun for day in WEEKDAYS if day.startswith(each)]
    if len(found) == 2 and _P["through"].search(named):
        first, last = map(WEEKDAYS.index, found)
        return [WEEKDAYS[n % 7] for n in range(first, last + 1 + 7 * (last < first))]
    return found or [*WEEKDAYS]


def _clock(text: str) -> str:
    """A time of day as HH:MM."""
    found = times(text if re.search(r"[:apn]", text) else f"at {text}")
    return str(found[0].value) if found else "00:00"
