"""What short idioms tell for the fields of a record: "5 sets of 8", "at the Odeon", a make and its model, a street and its number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from workshop.practice.filling.kinds import Field
from workshop.practice.filling.schema import Schema, type_of
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, stem

_P = PATTERNS["idioms"]
Fields = Mapping[str, tuple[Field, Schema]]


def told(fields: Fields, text: str) -> dict[str, str]:
    """What the idioms of a text tell for fields, by name."""
    ways = (_counted, _venue, _model, _house, _sky, _branded)
    return dict(pair for idiom in ways for pair in idiom(fields, text))


def of_entry(fields: Fields, text: str) -> dict[str, str]:
    """What the idioms of an entry of a list tell, with what or whom it is about."""
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
    """A street and the number of a house, where a record has a field for each."""
    street = _only(fields, "street", "road")
    number = next((n for n, (f, _) in fields.items() if n != street and f.named("number", "house", "no")), "")
    match = _P["house"].search(text)
    if street and number and match:
        yield street, match["street"] or match["street2"]
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


def _is_text(each: tuple[Field, Schema]) -> bool:
    return type_of(each[1]) == "string" and not each[1].get("enum")


def _only(fields: Fields, *words: str) -> str:
    """The only field for a text that is called so; empty without one."""
    names = [name for name, each in fields.items() if each[0].named(*words) and _is_text(each)]
    return names[0] if len(names) == 1 else ""
