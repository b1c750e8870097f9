"""Lists of a record that share a text: what is wanted and what is not, who came and who didn't, for and against; and lists
that the text denies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from workshop.practice.filling import alike, choose
from workshop.practice.filling.kinds import Field, kind_of
from workshop.practice.filling.schema import Schema, type_of
from workshop.practice.reading import read
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, fold, stem, words

_P = PATTERNS["sides"]
_DENIES = PATTERNS["rules"]["not"]
_POLITE = frozenset({"please", "thanks", "thank you"})
_COUNTED = re.compile(r"^(?:\d+|one|two|three|four|five|six|a (?:few|little|bit of)|several|some) ")
_LONG = 2_000
"""Letters of a text that is no longer read for its clauses."""


def sided(fields: Mapping[str, tuple[Field, Schema]], text: str) -> dict[str, str]:
    """The entries of lists by what the clauses of a text say for and against; an empty text for a list that is denied."""
    lists = {name: field for name, (field, plain) in fields.items() if _of_texts(plain)}
    if not lists or len(text) > _LONG:
        return {}
    clauses = [each.strip() for each in _P["cut"].split(text) if each.strip()]
    against = [name for name, field in lists.items() if _is(field, _P["against"], _P["bad"])]
    beside = [name for name in lists if name not in against]
    pair = [beside[0], against[0]] if len(against) == 1 and beside else []
    if pair and _tells_people(lists[pair[1]]):
        pair[0] = next((name for name in beside if _tells_people(lists[name])), pair[0])
    judged = bool(pair) and (_is(lists[pair[0]], _P["good"]) or _is(lists[pair[1]], _P["bad"]))
    found: dict[str, str] = {}
    for name, field in lists.items():
        about = [each for each in clauses if _names(field, each)] if judged or name not in pair else []
        if about and all(_DENIES.search(each) and not _P["still"].search(each) for each in about):
            found[name] = ""
            clauses = [each for each in clauses if each not in about]
    return {**_parted(lists, pair, clauses, judged=judged), **found} if pair else found


def _of_texts(plain: Schema) -> bool:
    items = plain.get("items")
    plain_items = isinstance(items, Mapping) and type_of(items) == "string" and not items.get("enum")
    return type_of(plain) == "array" and plain_items


def _is(field: Field, *sides: re.Pattern[str]) -> bool:
    told = f"{' '.join(words(field.name))}. {re.split('[,;.(]', field.description)[0]}"
    good = _P["good"].search(told.partition(".")[0])
    return any(side.search(told) for side in sides) and (not good or _P["good"] in sides)


def _tells_people(field: Field) -> bool:
    told = f"{' '.join(words(field.name))} {field.description}"
    return kind_of(Field(field.name), {"type": "string"}) == "person" or bool(_P["people"].search(told))


def _names(field: Field, clause: str) -> bool:
    """Whether a clause speaks of what a list is called."""
    own = [stem(word) for word in words(field.name) if fold(word) not in WORDS["stop"]]
    return bool(own) and all(alike.met(each, clause) >= alike.NEAR for each in own)


def _parted(
    lists: Mapping[str, Field], pair: Sequence[str], clauses: Sequence[str], *, judged: bool
) -> dict[str, str]:
    """What each of two lists gets, where both get something."""
    people = _tells_people(lists[pair[1]])
    found: dict[str, list[str]] = {name: [] for name in pair}
    side = 0
    for clause in clauses:
        if judged:
            shown = choose.shown(["positive", "negative"], clause)
            turned = 1 - side if _P["turns"].match(clause) else side
            side = ("positive", "negative").index(shown) if shown else turned
            if opinion := _P["opinion"].match(clause):
                side = int(bool(opinion["not"]))
            found[pair[side]] += _points(clause)
        else:
            led = stem(next(iter(words(clause)), "")) in lists[pair[1]].roots
            side = int(led or bool(_P["denies"].search(clause)))
            found[pair[side]] += _persons(clause) if people else _things(clause, needed=side == 0)
    return {name: "; ".join(each) for name, each in found.items()} if all(found.values()) else {}


def _points(clause: str) -> list[str]:
    """What a judgement says, one point each: "the case feels cheap and the app crashes"."""
    said = _P["opinion"].sub("", _P["turns"].sub("", clause)).strip(" .!?,;")
    return [each for each in re.split(r",\s+(?:and\s+)?|\s+(?:and|or|nor)\s+", said) if len(each) > 2]


def _persons(clause: str) -> list[str]:
    """The people of a clause: their names, and those whom a list names otherwise: "Nora and the twins"."""
    named = {each.start: each.value for each in read(clause).names}
    named |= {match.start(): match[0] for match in _P["others"].finditer(clause) if named}
    return [named[start] for start in sorted(named)]


def _things(clause: str, *, needed: bool) -> list[str]:
    """The things of a clause, without the words around them. `needed`: whether a list is meant, or what is ordered."""
    body, led = _P["before"].subn("", clause.strip(" .!?,;"), count=1)
    pieces = [*_until_why(re.split(r"\s*,\s+(?:and\s+)?|\s+and\s+", body))]
    kept = [_P["article"].sub("", _P["behind"].sub("", each)).strip(" .!?") for each in pieces]
    return (
        [each for each in kept if each and fold(each) not in _POLITE]
        if led or len(kept) > 1 or not needed
        else []
    )


def beside(value: str, text: str) -> list[str]:
    """The things that a clause lists together with one: "a driving licence, two years of experience and good English"."""
    for clause in _P["cut"].split(text[:_LONG]):
        if value in clause and " and " in clause:
            clause = _P["led"].split(clause[: clause.find(value)])[-1] + clause[clause.find(value) :]
            listed = _things(clause, needed=True)
            return listed if any(_COUNTED.sub("", each) == value for each in listed) else []
    return []


def _until_why(pieces: Sequence[str]) -> Iterator[str]:
    for n, piece in enumerate(pieces):
        if n and _P["why"].match(piece):
            return
        yield piece
