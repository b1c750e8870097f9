"""Which of the things that a text names goes to which field: by label, by preposition, by unit, by order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from workshop.practice.filling.kinds import ROLES, Field
from workshop.practice.filling.schema import Schema
from workshop.practice.reading.numbers import Quantity, range_in, units_of
from workshop.practice.reading.shapes import Found
from workshop.practice.reading.text import WORDS, fold, stem, words

_LOWER = frozenset(map(stem, WORDS["lower"]))
_UPPER = frozenset(map(stem, WORDS["upper"]))


_YEARS = frozenset(map(stem, WORDS["years"]))
_FAMILIES = {
    "company": "person",
    "place": "person",
    "date": "moment",
    "time": "moment",
    "flight": "id",
    "code": "id",
    "plate": "id",
}
"""Kinds that share their things with another."""


@dataclass(frozen=True)
class Leaf:
    """A field that wants one of the things named, and those that it may have."""

    field: Field
    schema: Schema
    kind: str
    candidates: Sequence[Found]
    unsure: bool = False
    """Whether it may stay empty, so that a thing must speak for it to be its."""
    optional: bool = False


def matched(leaves: Sequence[Leaf], text: str) -> dict[str, Found]:
    """For each field's name what it gets. What one field has, no other field of its kind gets."""
    pairs = [
        (-worth(leaf, found, text), order, found.start, leaf, found)
        for order, leaf in enumerate(leaves)
        for found in leaf.candidates
    ]
    given: dict[str, Found] = {}
    taken: list[tuple[str, int, int]] = []
    for cost, _, start, leaf, found in sorted(pairs, key=lambda pair: pair[:3]):
        name = leaf.field.name
        if (
            cost > 0
            or (leaf.unsure and cost == 0)
            or name in given
            or _is_taken(leaf.kind, start, found.end, taken)
        ):
            continue
        given[name] = found
        taken.append((leaf.kind, start, found.end))
    return given


def _is_taken(kind: str, start: int, end: int, taken: Sequence[tuple[str, int, int]]) -> bool:
    family = _FAMILIES.get(kind, kind)
    return any(
        family == _FAMILIES.get(other, other) and start < until and since < end
        for other, since, until in taken
    )


def worth(leaf: Leaf, found: Found, text: str) -> float:
    """How well a thing suits a field. Below zero it does not."""
    role = _role(leaf.field, found, text)
    alone = leaf.kind in ("date", "time", "month", "moment") and len(leaf.candidates) == 1
    value = _nearness(leaf.field, found, text) + (max(role, 0.0) if alone else role)
    if isinstance(found, Quantity):
        value += _unit(leaf.field, found) + _year(leaf.field, found)
    return value


def _nearness(field: Field, found: Found, text: str) -> float:
    """Words of the field close before or close behind the thing."""
    clause = re.split(r"[.,;!?](?=\s)", text[max(0, found.start - 48) : found.start])[-1]
    before = [stem(word) for word in words(clause)][-4:]
    behind = [stem(word) for word in words(re.split(r"[,.;!?]", text[found.end : found.end + 30])[0])][:2]
    about = field.about | (_YEARS if field.roots & _YEARS else frozenset())
    return max(
        [3.0 - 0.5 * n for n, word in enumerate(reversed(before)) if word in about]
        + [2.0 - n for n, word in enumerate(behind) if word in about]
        + [0.0]
    )


@cache
def _leads() -> Mapping[str, tuple[int, ...]]:
    """The roles that each leading word speaks for."""
    listed: dict[str, list[int]] = {}
    for number, role in enumerate(ROLES):
        for lead in role.leads:
            listed.setdefault(lead, []).append(number)
    return {lead: tuple(numbers) for lead, numbers in listed.items()}


def _role(field: Field, found: Found, text: str) -> float:
    """The word before the thing: for or against the field's part in the story; the end of a range that it is."""
    ends = range_in(text)
    if ends and found.start in ends and field.roots & (_LOWER | _UPPER):
        return 4.0 if bool(field.roots & _LOWER) == (found.start == ends[0]) else -4.0
    before = [word.casefold() for word in words(text[max(0, found.start - 30) : found.start])][-2:]
    spoken = {ROLES[number].fields for word in before for number in _leads().get(word, ())}
    told = re.search(rf"(\w+)\s+{re.escape(field.name)}\b", field.tool.partition("\n")[2], re.IGNORECASE)
    if told and before[-1:] == [told[1].casefold()]:
        return 3.0  # "Subtract b from a."
    own = {role.fields for role in field.roles}
    if own & spoken:
        return 3.0
    opposed = {role.fields for role in ROLES[:2]}
    return -2.0 if own & opposed and spoken & opposed else 0.0


def _unit(field: Field, found: Quantity) -> float:
    told = frozenset(map(fold, words(field.description)))
    asked = units_of(field.words) or units_of(told)
    limit = field.roots & (_LOWER | _UPPER)
    loose = (field.words | (told if limit else frozenset())) & WORDS["amounts"]
    if found.unit in asked or (loose and found.unit == "money"):
        return 4.0
    if loose:
        return 0.0 if found.unit or not found.word else 1.0  # it counts something
    if found.unit and (asked or found.unit == "money"):
        return -3.0
    return 0.0


def _year(field: Field, found: Quantity) -> float:
    year = 1500 <= found.value <= 2100 and float(found.value).is_integer() and not found.unit
    dated = bool(field.words & WORDS["years"])
    return 2.0 if year and dated else -2.0 if year != dated and (year or dated) else 0.0
