"""Which of the things that a text shows by their shape goes to which field, by signs with weights that
`tests/practice/learn_matching.py` has learned.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache, lru_cache

from workshop.practice.filling import alike
from workshop.practice.filling.kinds import ROLES, Field
from workshop.practice.filling.schema import Schema
from workshop.practice.filling.sentence import CLASS
from workshop.practice.reading import read
from workshop.practice.reading.numbers import Quantity, range_in, units_of
from workshop.practice.reading.shapes import Found
from workshop.practice.reading.tables import PATTERNS, load, weighed_by
from workshop.practice.reading.text import STOP_WORDS, WORDS, fold, in_words, stem, words

_WEIGHTS = load("matching", dict[str, float])
_P = PATTERNS["matching"]
_LOWER = frozenset(map(stem, WORDS["lower"]))
_UPPER = frozenset(map(stem, WORDS["upper"]))
_YEARS = frozenset(map(stem, WORDS["years"]))
_FAMILIES = {"company": "person", "place": "person", "date": "moment", "time": "moment"}
_FAMILIES |= {"flight": "id", "code": "id", "plate": "id"}
"""Kinds that share their things with another."""
_SPEAKS = ("name:", "about:", "role:own", "unit:same", "near:")
"""Signs that speak for a field."""


@dataclass(frozen=True)
class Leaf:
    """A field that wants one of the things named, and those that it may have."""

    field: Field
    schema: Schema
    kind: str
    candidates: Sequence[Found]
    optional: bool = False


def matched(leaves: Sequence[Leaf], text: str, asked: Set[str] = frozenset()) -> dict[str, Found]:
    """For each field's name what it gets. What one field has, no other field of its kind gets. `asked`: roots of the
    words in which something was asked for.
    """
    pairs = [(weight(signs), leaf, found) for leaf, found, signs in weighed(leaves, text, asked)]
    given: dict[str, Found] = {}
    taken: dict[str, list[Found]] = defaultdict(list)
    for worth, leaf, found in sorted(pairs, key=lambda pair: -pair[0]):
        rivals = taken[_family(leaf.kind)]
        if worth > 0 and leaf.field.name not in given and not any(map(found.overlaps, rivals)):
            given[leaf.field.name] = found
            rivals.append(found)
    return given


def _family(kind: str) -> str:
    return _FAMILIES.get(kind, kind)


def weight(signs: Sequence[str]) -> float:
    """The sum of what signs weigh."""
    return weighed_by(_WEIGHTS, signs)


def weighed(
    leaves: Sequence[Leaf], text: str, asked: Set[str] = frozenset()
) -> Iterator[tuple[Leaf, Found, list[str]]]:
    """The things that each field may have, each with what speaks for and against it."""
    own = [[[*_own(leaf.field, found, text)] for found in leaf.candidates] for leaf in leaves]
    claims = defaultdict[tuple[str, int], Counter[str]](Counter)
    for leaf, each in zip(leaves, own, strict=True):
        for found, signs in zip(leaf.candidates, each, strict=True):
            claims[_family(leaf.kind), found.start].update({"", *(s for s in signs if s.startswith(_SPEAKS))})
    shaped = {found.start for leaf in leaves if leaf.kind != "number" for found in leaf.candidates}
    orders: Counter[str] = Counter()
    for leaf, each in zip(leaves, own, strict=True):
        family = _family(leaf.kind)
        for n, (found, signs) in enumerate(zip(leaf.candidates, each, strict=True)):
            told = [sign for sign in signs if sign.startswith(_SPEAKS)]
            theirs = {s for s, count in claims[family, found.start].items() if count > (s in told or not s)}
            full = [*signs, *(f"theirs:{s}" for s in sorted(theirs))]
            if leaf.kind == "number" and found.start in shaped:
                full.append("another shape")
            full.append("lone" if len(leaf.candidates) == 1 else "many")
            order = orders[family]
            full.append("order:same" if n == order else "order:first" if n == 0 else "order:other")
            if asked:
                full.append("asked" if leaf.field.roots & asked else "asked:other")
            need = "optional" if leaf.optional else "required"
            full += [need, "tool" if leaf.field.tool else "record", f"{need}:{'told' if told else 'alone'}"]
            group = f"{'' if leaf.field.tool else 'record:'}{'number' if leaf.kind == 'number' else 'other'}"
            yield leaf, found, ["bias", f"kind:{leaf.kind}", *full, *(f"{group}|{s}" for s in full)]
        orders[family] += bool(leaf.candidates)


def _own(field: Field, found: Found, text: str) -> Iterator[str]:
    yield from _labels(field, found, text)
    yield from _roles(field, found, text)
    if isinstance(found, Quantity):
        yield from _units(field, found, text)


@lru_cache(maxsize=2048)
def _around(text: str, start: int, end: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The stems of the words close before a thing, the nearest first, and behind, without those of a number before."""
    clause = re.split(r"[.,;!?](?=\s)", text[max(0, start - 48) : start])[-1]
    since = start - len(clause)
    quantities = read(text).quantities
    near = slice(*(bisect_left(quantities, at, key=lambda each: each.start) for at in (since, start)))
    counted = [each for each in quantities[near] if each.end <= start]
    if counted and (joint := _P["joint"].match(text, counted[-1].end, start)):
        clause = text[joint.end() : start]
    clause = _P["listed"].sub("", clause)
    before = [stem(word) for word in words(clause)][::-1][:4]
    behind = [stem(word) for word in words(re.split(r"[,.;!?]", text[end : end + 30])[0])][:2]
    return tuple(before), tuple(behind)


def _labels(field: Field, found: Found, text: str) -> Iterator[str]:
    """Words of the field close before or close behind the thing."""
    before, behind = _around(text, found.start, found.end)
    about = field.about | (_YEARS if field.roots & _YEARS else frozenset())
    for side, said in (("before", before), ("behind", behind)):
        for n, word in enumerate(said):
            if word in field.roots:
                yield f"name:{side}"
                yield f"name:{side}:{n}"
                break
            if word in about:
                yield f"about:{side}"
                yield f"about:{side}:{n}"
                break
    if behind and any(alike.is_a(behind[0], name) for name in field.words):
        yield "near:behind"


@cache
def _leads() -> Mapping[str, tuple[int, ...]]:
    """The roles that each leading word speaks for."""
    listed: dict[str, list[int]] = {}
    for number, role in enumerate(ROLES):
        for lead in role.leads:
            listed.setdefault(lead, []).append(number)
    return {lead: tuple(numbers) for lead, numbers in listed.items()}


def _roles(field: Field, found: Found, text: str) -> Iterator[str]:
    """The word before the thing: for or against the field's part in the story; the end of a range that it is."""
    ends = range_in(text)
    if ends and found.start in ends and field.roots & (_LOWER | _UPPER):
        yield "end:own" if bool(field.roots & _LOWER) == (found.start == ends[0]) else "end:other"
        return
    before = [word.casefold() for word in words(text[max(0, found.start - 30) : found.start])][-2:]
    spoken = {ROLES[number].fields for word in before for number in _leads().get(word, ())}
    told = re.search(rf"(\w+)\s+{re.escape(field.name)}\b", field.tool.partition("\n")[2], re.IGNORECASE)
    if told and before[-1:] == [told[1].casefold()]:
        yield "role:own:told"  # "Subtract b from a."
    own = {role.fields for role in field.roles}
    opposed = {role.fields for role in ROLES[:2]}
    if not spoken & opposed and _is_measured(found, text):
        spoken = {ROLES[0].fields}  # "How many euros are 200 dollars?" asks from dollars
    if own & spoken:
        yield "role:own"
    elif own & opposed and spoken & opposed:
        yield "role:opposed"
    if before and before[-1] in CLASS and isinstance(found, Quantity):
        yield f"lead:{before[-1]}"


def _is_measured(found: Found, text: str) -> bool:
    """Whether a thing is the unit of an amount: what one has, not what one wants."""
    return not isinstance(found, Quantity) and any(
        each.unit and found.start >= each.end and not text[each.end : found.start].strip(" -")
        for each in read(text).quantities
    )


def names_one(field: Field) -> bool:
    """Whether a number names a thing, rather than counts some."""
    return bool(_P["identity"].search(f"{in_words(field.name)}: {field.description}"))


def _units(field: Field, found: Quantity, text: str) -> Iterator[str]:
    """How a number is written, and what it measures or counts."""
    told = frozenset(map(fold, words(field.description)))
    asked = units_of(field.words) or units_of(told)
    limit = field.roots & (_LOWER | _UPPER)
    loose = (field.words | (told if limit else frozenset())) & WORDS["amounts"]
    counts = bool(found.word) and fold(found.word) not in STOP_WORDS
    said = found.unit or ("word" if counts else "none")
    if found.unit in asked:
        yield "unit:same"
    elif asked:
        yield "unit:other" if found.unit else f"unit:asked:{said}"
    else:
        yield f"unit:unasked:{said}"
    if loose:
        yield f"loose:{said if said in ('money', 'word', 'none') else 'some'}"
    plain = text[found.start : found.end].casefold()
    written = "figures" if re.search(r"\d", plain) else "one" if plain in ("one", "a", "an") else "word"
    names = "name" if names_one(field) else "count"
    yield f"{names}:{written}"
    yield f"{names}:{said if said in ('word', 'none') else 'unit'}"
    if written == "figures":
        yield f"{names}:long" if found.value >= 100 and not found.unit else f"{names}:short"
    year = 1500 <= found.value <= 2100 and float(found.value).is_integer() and not found.unit
    dated = "dated" if field.words & WORDS["years"] else names
    if year or dated == "dated":
        yield f"year:{dated}" if year else "no year"
