"""The records of a tool's result that a question asks for: the cheapest, the last, those under a limit, one by its name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workshop.practice.outputs import value_of
from workshop.practice.reading import read
from workshop.practice.reading.bands import Band, bands
from workshop.practice.reading.numbers import is_number, units_of
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import all_stems, in_words, stem, stems, words
from workshop.practice.talking.extremes import EXTREMES, Extreme

_P = PATTERNS["picked"]
Record = Mapping[str, Any]
_MOST, _BITS = 200, 1000
"""Records of a result that are compared, and bits of a whole number that is a figure."""


def picked(question: str, output: str | None) -> list[Any]:
    """The records, or lines of text, that a question is about, where it is about some of several."""
    found = value_of(output)
    if isinstance(found, Mapping):
        lists = [each for each in found.values() if isinstance(each, list)]
        found = lists[0] if len(lists) == 1 else []
    listed = (
        found.strip().splitlines() if isinstance(found, str) else found if isinstance(found, list) else []
    )
    if not 1 < len(listed) <= _MOST:
        return []
    records = [record for each in listed if (record := _record(each))]
    if len(records) < len(listed) or not any(len(each) > 1 for each in records):
        return []
    for way in (_named, _limited, _so, _most):
        some = [*map(id, way(question, records))]
        if 0 < len(some) < len(records):
            return [each for each, record in zip(listed, records, strict=True) if id(record) in some]
    return []


def _record(entry: Any) -> Record:
    """An entry of a list as a record, without what is too large for a figure; a line by its name, its figures by their
    units, and its times. Empty for a line that tells nothing behind a name.
    """
    if isinstance(entry, Mapping):
        return {k: e for k, e in entry.items() if not (isinstance(e, int) and e.bit_length() > _BITS)}
    name = _P["name"].match(entry) if isinstance(entry, str) else None
    if not name:
        return {}
    record: dict[str, Any] = {"name": name["name"]}
    for each in read(entry).quantities:
        if each.start >= name.end():
            record.setdefault(each.word or each.unit or "figure", each.value)
    times = [each.value for each in read(entry).times if each.start >= name.end()]
    return record | {f"time {n}": each for n, each in enumerate(times)}


def _named(question: str, records: Sequence[Record]) -> list[Record]:
    """The records that a question names by a text that no other has: "How much is the IC 204?"."""
    asked, own = all_stems(question), [{*_names(each)} for each in records]
    count = Counter(name for names in own for name in names)
    met = {name for name, n in count.items() if n == 1 and stems(name) and all_stems(name) <= asked}
    return [record for record, names in zip(records, own, strict=True) if names & met]


def _names(record: Record) -> list[str]:
    texts = [each for each in record.values() if isinstance(each, str) and not _hour(each)]
    return [each for each in texts if len(each.split()) <= 5]


def _limited(question: str, records: Sequence[Record]) -> list[Record]:
    """The records whose figure or hour is in the range that a question sets: "under 70 euros", "after noon"."""
    limits = bands(question)
    if len(limits) == 1 and (key := _bounded(question, limits[0], records[0])):
        scale = _scaled(question, key)
        return [e for e in records if is_number(e.get(key)) and limits[0].holds(float(e[key]) / scale)]
    clock, hours, key = _P["clock"].search(question), read(question).times, _timed(question, records)
    if not (clock and hours and key):
        return []
    told, at = [(each, _hour(each[key]) or 0) for each in records], _minutes(hours[0].value)
    return [each for each, hour in told if (hour > at if clock["after"] else hour < at)]


def _bounded(question: str, band: Band, record: Record) -> str:
    """The field that a limit is for: by its unit, its name, as money that is spent, or the only plain figures."""
    keys = {key: units_of(_words(key)) for key in record if is_number(record[key])}
    ways: tuple[Callable[[str], bool], ...] = (
        lambda key: band.unit in keys[key],
        lambda key: bool(stems(in_words(key)) & stems(question)),
        lambda key: "money" in keys[key] and bool(_P["spends"].search(question)),
        lambda key: not (band.unit or keys[key]),
    )
    return next((key for fits in ways for key in keys if fits(key)), "")


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
    told = isinstance(value, str) and re.fullmatch(r"\d{1,2}:\d{2}(?::\d{2})?", value)
    return _minutes(value) if told else None


def _minutes(time: str) -> int:
    hour, minute = time.split(":")[:2]
    return int(hour) * 60 + int(minute)


def _words(key: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in words(key))
