"""The records of a tool's result that a question asks for: the cheapest, the last, those under a limit, one by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from workshop.practice.outputs import value_of
from workshop.practice.reading import read
from workshop.practice.reading.bands import bands
from workshop.practice.reading.numbers import is_number, units_of
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import all_stems, in_words, stem, stems, words
from workshop.practice.talking.extremes import EXTREMES, Extreme

_P = PATTERNS["picked"]
Record = Mapping[str, Any]


def picked(question: str, output: str | None) -> list[Any]:
    """The records, or lines of text, that a question is about, where it is about some of several."""
    found = value_of(output)
    if isinstance(found, Mapping):
        lists = [each for each in found.values() if isinstance(each, list)]
        found = lists[0] if len(lists) == 1 else []
    listed = (
        found.strip().splitlines() if isinstance(found, str) else found if isinstance(found, list) else []
    )
    if all(isinstance(each, str) for each in listed):
        records: list[Record] = [*map(_read, listed)]
        records = records if any(len(each) > 1 for each in records) else []
    else:
        records = [each for each in listed if isinstance(each, Mapping)]
    if len(records) < 2 or len(records) < len(listed):
        return []
    for way in (_named, _limited, _so, _most):
        some = way(question, records)
        if 0 < len(some) < len(records):
            return [each for each, record in zip(listed, records, strict=True) if record in some]
    return []


def _read(line: str) -> Record:
    """A line as a record: its name, its figures by their units, its times."""
    name = _P["name"].match(line)
    end = name.end() if name else 0
    record: dict[str, Any] = {"name": name["name"] if name else line}
    for each in read(line).quantities:
        if each.start >= end:
            record.setdefault(each.word or each.unit or "figure", each.value)
    times = [each.value for each in read(line).times if each.start >= end]
    return record | {f"time {n}": each for n, each in enumerate(times)}


def _named(question: str, records: Sequence[Record]) -> list[Record]:
    """The records that a question names by a text that no other has: "How much is the IC 204?"."""
    asked = all_stems(question)
    own = [frozenset(_names(each)) for each in records]
    found = []
    for n, (record, names) in enumerate(zip(records, own, strict=True)):
        others = frozenset().union(*(each for m, each in enumerate(own) if m != n))
        if any(all_stems(name) <= asked for name in names - others if stems(name)):
            found.append(record)
    return found


def _names(record: Record) -> list[str]:
    texts = [each for each in record.values() if isinstance(each, str) and not _hour(each)]
    return [each for each in texts if len(each.split()) <= 5]


def _limited(question: str, records: Sequence[Record]) -> list[Record]:
    """The records whose figure is in the range that a question sets: "under 70 euros", "after noon"."""
    limits = bands(question)
    if len(limits) == 1:
        band = limits[0]
        keys = [key for key in records[0] if is_number(records[0][key])]
        unit = [key for key in keys if band.unit and band.unit in units_of(_words(key))]
        said = [key for key in keys if stems(in_words(key)) & stems(question)]
        plain = [key for key in keys if not band.unit and not units_of(_words(key))]
        spent = (
            [key for key in keys if "money" in units_of(_words(key))] if _P["spends"].search(question) else []
        )
        for key in [*unit, *said, *spent, *plain][:1]:
            scale = _scaled(question, key)
            return [e for e in records if is_number(e.get(key)) and band.holds(float(e[key]) / scale)]
    clock = _P["clock"].search(question)
    hours = read(question).times
    key = _timed(question, records)
    if clock and hours and key:
        after = clock["after"] is not None
        at = _minutes(hours[0].value)
        return [e for e in records if (m := _hour(e.get(key))) is not None and (m > at if after else m < at)]
    return []


def _scaled(question: str, key: str) -> float:
    """What a figure of the question's unit is in the field's: half an hour, where a field is in minutes."""
    measured = [q for q in read(question).quantities if q.unit]
    if not measured or measured[0].unit != "duration":
        return 1.0
    asked = measured[0].as_asked(_words(key))
    return float(measured[0].value) / asked if asked else 1.0


def _so(question: str, records: Sequence[Record]) -> list[Record]:
    """The records that are what a question asks for: by a yes, a word of theirs, none left or none needed."""
    asked = stems(question)
    for key in records[0]:
        values = [each.get(key) for each in records]
        if all(isinstance(each, bool) for each in values) and stems(in_words(key)) & asked:
            wanted = not _P["without"].search(question)
            return [each for each in records if each[key] is wanted]
        if all(isinstance(each, str) for each in values) and len({*values}) < len(values):
            met = [each for each in records if stems(str(each[key])) and stems(str(each[key])) <= asked]
            if met:
                return met
        if all(map(is_number, values)) and (none := _none(question, key)) is not None:
            return [each for each in records if (each[key] == 0) is none]
    return []


def _none(question: str, key: str) -> bool | None:
    """Whether a question asks for records with none of something: sold out, direct; False where it asks for some."""
    named = stems(in_words(key))
    if named & _LEFT and _P["sold_out"].search(question):
        return True
    if named & _CHANGES and _P["direct"].search(question):
        return True
    return False if named & _LEFT and _P["still_some"].search(question) else None


_LEFT = stems("seats left stock available free remaining places spots pieces")
_CHANGES = stems("changes stops transfers stopovers")


def _most(question: str, records: Sequence[Record]) -> list[Record]:
    """The records that have the most or the least of what a question asks for."""
    for extreme in EXTREMES:
        if not (match := extreme.said.search(question)):
            continue
        measured = _measured(question, records, extreme, match.groupdict().get("what") or "")
        if measured:
            best = (min if extreme.least else max)(measured)
            return [each for each, value in zip(records, measured, strict=True) if value == best]
    if (ranked := _P["in_time"].search(question)) and (key := _timed(question, records)):
        hours = [_hour(each.get(key)) for each in records]
        known = [each for each in hours if each is not None]
        best = (max if ranked["last"] else min)(known)
        return [each for each, hour in zip(records, hours, strict=True) if hour == best]
    return []


def _measured(question: str, records: Sequence[Record], extreme: Extreme, wanted: str) -> list[float]:
    """How much each record has of it; empty where not all have some."""
    if "time" in extreme.units and (key := _timed(question, records)):
        return [float(_hour(each.get(key)) or 0) for each in records]
    keys = [key for key in records[0] if all(is_number(each.get(key)) for each in records)]
    named = [key for key in keys if stem(wanted) in stems(in_words(key))] if wanted else []
    told = [key for key in keys if stems(in_words(key)) & stems(" ".join(extreme.keys))]
    unit = [key for key in keys if {*extreme.units} & units_of(_words(key))]
    single = keys if len(keys) == 1 and not extreme.units and not extreme.keys else []
    for key in (*named, *told, *unit, *single):
        return [float(each[key]) for each in records]
    hours = [key for key in records[0] if all(_hour(each.get(key)) is not None for each in records)]
    if "duration" in extreme.units and len(hours) == 2:
        begin, end = hours
        return [float(((_hour(e[end]) or 0) - (_hour(e[begin]) or 0)) % 1440) for e in records]
    return []


def _timed(question: str, records: Sequence[Record]) -> str:
    """The field with a time of day that a question is about; empty where there is none."""
    keys = [key for key in records[0] if all(_hour(each.get(key)) is not None for each in records)]
    said = [key for key in keys if stems(in_words(key)) & stems(question)]
    return (said or keys or [""])[0]


def _hour(value: Any) -> int | None:
    """The minutes since midnight of a time of day."""
    return (
        _minutes(value)
        if isinstance(value, str) and re.fullmatch(r"\d{1,2}:\d{2}(?::\d{2})?", value)
        else None
    )


def _minutes(time: str) -> int:
    hour, minute = time.split(":")[:2]
    return int(hour) * 60 + int(minute)


def _words(key: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in words(key))
