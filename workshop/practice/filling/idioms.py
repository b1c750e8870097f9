"""What short idioms tell for the fields of a record: "5 sets of 8", "at the Odeon", a make and its model, a street and its number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from workshop.practice.filling.kinds import Field
from workshop.practice.filling.schema import Schema, type_of
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, stem, word_set, words

_P = PATTERNS["idioms"]
_ENDS = {"start": ("start", "origin", "from"), "end": ("end", "destination", "to"), "stops": ("stops", "via")}
_OF_PLACES = {name for names in _ENDS.values() for name in names} | word_set("city town place point station")
_LONG = 2_000
"""Letters of a text that is no longer read for its idioms."""
Fields = Mapping[str, tuple[Field, Schema]]


def told(fields: Fields, text: str) -> dict[str, str]:
    """What the idioms of a text tell for fields, by name."""
    ways = (_counted, _venue, _model, _house, _sky, _branded, _titled, _headed, _signed, _paid, _route)
    return dict(pair for idiom in ways for pair in idiom(fields, text)) if len(text) <= _LONG else {}


def of_entry(fields: Fields, text: str) -> dict[str, str]:
    """What the idioms of an entry of a list tell, with what or whom it is about."""
    text = text[:_LONG]
    return {**_thing(fields, text), **dict(_counted(fields, text)), **dict(_errand(fields, text))}


def _counted(fields: Fields, text: str) -> Iterator[tuple[str, str]]:
    """How many, and how much each of them has: "3 sets of 8", "3x8", for the two numbers of a record."""
    found = [*_P["each"].finditer(text)]
    names = [name for name, (_, plain) in fields.items() if type_of(plain) in ("integer", "number")]
    if len(names) != 2 or len(found) != 1:
        return
    match = found[0]
    first = next((n for n in names if match["what"] and stem(match["what"]) in fields[n][0].roots), "")
    if match["what"] and not first:
        return
    first = first or names[0]
    yield first, match["many"]
    yield next(name for name in names if name != first), match["of"]


def _thing(fields: Fields, text: str) -> dict[str, str]:
    """What has so many of so much: before the numbers, or behind them."""
    match, name = _P["each"].search(text), next((n for n, each in fields.items() if _is_text(each)), "")
    if not (match and name and dict(_counted(fields, text))):
        return {}
    before = _P["led"].sub("", text[: match.start()]).strip(" ,:")
    said = before or text[match.end() :].strip(" ,.")
    return {name: said} if said else {}


def _errand(fields: Fields, text: str) -> Iterator[tuple[str, str]]:
    """Who does what, and by when: "Jo will book the room by Friday"."""
    who, what = _only(fields, *WORDS["doers"]), _only(fields, *WORDS["errands"])
    match = _P["errand"].fullmatch(text.strip(" ."))
    if not (who and what and match):
        return
    verb = match["verb"] if match["will"] else _P["plural"].sub(r"\g<y>", match["verb"])
    yield who, match["who"]
    dated = len(fields) > 2 or not match["by"]  # without a field for the day, it belongs to the errand
    yield what, f"{verb} {match['what']}{'' if dated else match['by']}"


def _venue(fields: Fields, text: str) -> Iterator[tuple[str, str]]:
    """Where something takes place: "Tonight at the Odeon: …"."""
    names = [n for n, (field, _) in fields.items() if field.named(*WORDS["venues"]) and _is_text(fields[n])]
    found = {match["name"] for match in _P["venue"].finditer(text)}
    if len(names) == len(found) == 1:
        yield names[0], found.pop()


def _model(fields: Fields, text: str) -> Iterator[tuple[str, str]]:
    """A make and its model: "a 2009 Ford Focus"."""
    made = _only(fields, "make", "brand", "manufacturer", "maker")
    model = _only(fields, "model")
    match = _P["model"].search(text)
    if model and match and not re.search(r"(?i)\bmodel\b", text):
        yield model, match["model"] if made else f"{match['make']} {match['model']}"
        if made:
            yield made, match["make"]


def _house(fields: Fields, text: str) -> Iterator[tuple[str, str]]:
    """A street and the number of a house, each by itself where a record has a field for the number."""
    street, match = _only(fields, "street", "road"), _P["house"].search(text)
    if not (street and match):
        return
    number = next((n for n, (f, _) in fields.items() if n != street and f.named("number", "house", "no")), "")
    yield street, (match["street"] or match["street2"]) if number else match[0]
    if number:
        yield number, match["number"] or match["number2"]


def _sky(fields: Fields, text: str) -> Iterator[tuple[str, str]]:
    """What the weather is like, in a word or two."""
    name = _only(fields, "condition", "conditions", "sky")
    match = _P["sky"].search(text)
    if name and match:
        yield name, match[0]


def _branded(fields: Fields, text: str) -> Iterator[tuple[str, str]]:
    """A product with its name: "the Nimbus kettle"."""
    name, match = _only(fields, "product", "item", "device", "article"), _P["branded"].search(text)
    if name and match:
        yield name, match["what"]


def _titled(fields: Fields, text: str) -> Iterator[tuple[str, str]]:
    """A film or a book: "Spirited Away is an animated film …"."""
    name, match = _only(fields, "title", "name"), _P["titled"].search(text)
    if name and match:
        yield name, match["title"]


def _headed(fields: Fields, text: str) -> Iterator[tuple[str, str]]:
    """Whom the rest is of: "Maya: maths 5, physics 4", where nothing is called so."""
    match = _P["headed"].search(text)
    name = _only(fields, "name", *WORDS["persons"])
    told = fields[name][0] if name else None
    if match and told and (told.words | set(words(told.record.casefold()))) & WORDS["persons"]:
        yield name, match["name"]


def _signed(fields: Fields, text: str) -> Iterator[tuple[str, str]]:
    """Who has signed, and for whom: "Best, Lena Berg, Fjord Travel"."""
    match = _P["signed"].search(text)
    for part, called in (("name", ("name", "sender", "person")), ("company", ("company", "organization"))):
        name = _only(fields, *called)
        if match and name and match[part]:
            yield name, match[part].strip()


def _paid(fields: Fields, text: str) -> Iterator[tuple[str, str]]:
    """What an amount was paid for: "Taxi to the airport, 34.50 euros"."""
    name, match = _only(fields, "what", "purpose", "description"), _P["paid"].search(text)
    if name and match and any(each.named("amount", "price", "cost") for each, _ in fields.values()):
        yield name, match["what"]


def _route(fields: Fields, text: str) -> Iterator[tuple[str, str]]:
    """Where a way begins and ends, and what is between: "from Basel to Milan via Lucerne and Lugano"."""
    match = _P["route"].search(text)
    for part, called in _ENDS.items():
        name = next(
            (n for n, (field, _) in fields.items() if field.named(*called) and not field.words - _OF_PLACES),
            "",
        )
        if match and name and match[part]:
            yield name, re.sub(r",? and |, ", "; ", match[part]) if part == "stops" else match[part]


def _is_text(each: tuple[Field, Schema]) -> bool:
    return type_of(each[1]) == "string" and not each[1].get("enum")


def _only(fields: Fields, *words: str) -> str:
    """The only field for a text that is called so; empty without one."""
    names = [name for name, each in fields.items() if each[0].named(*words) and _is_text(each)]
    return names[0] if len(names) == 1 else ""
