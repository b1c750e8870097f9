"""What a text offers for a field: things of its kind, phrases, entries of a list, parts for a list of objects."""

# ruff: noqa: RUF001  # texts as people write them, with the punctuation of their language

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from workshop.practice.conversation import Conversation
from workshop.practice.filling import phrases
from workshop.practice.filling.choose import options_named
from workshop.practice.filling.kinds import BODY, Field, kind_of
from workshop.practice.filling.matching import Leaf, matched
from workshop.practice.filling.schema import Schema, properties_of, solid, type_of, valid, within
from workshop.practice.reading import Reading, places, read, shapes
from workshop.practice.reading.language import NAMES
from workshop.practice.reading.shapes import UNITS, Found
from workshop.practice.reading.text import STOP_WORDS, fold, sentences, words

_SAID_CODE = re.compile(r"\bstate (?:of |called |code )?[\"'“]?([A-Z]{2})\b")
_IN_THE = re.compile(
    r"\b(?:in|of|at) (?:the|my|our) (?P<what>[\w -]+?)(?=\s*(?:[.?!,]|$|\bto\b|\bon\b|\boff\b))"
)


_SHAPED: Mapping[str, Callable[[Reading], Sequence[Found]]] = {
    "email": lambda reading: reading.emails,
    "url": lambda reading: reading.urls,
    "phone": lambda reading: reading.phones,
    "file": lambda reading: reading.files,
    "street": lambda reading: reading.streets,
    "postal": lambda reading: reading.postal_codes,
    "channel": lambda reading: reading.handles,
    "expression": lambda reading: reading.expressions,
    "ticker": lambda reading: reading.tickers,
    "color": lambda reading: reading.colors,
    "currency": lambda reading: reading.currencies,
    "address": lambda reading: reading.addresses,
    "date": lambda reading: sorted([*reading.dates, *reading.days], key=lambda each: each.start),
    "time": lambda reading: reading.times,
    "moment": lambda reading: reading.moments,
    "place": lambda reading: reading.locations,
    "number": lambda reading: reading.quantities,
}
"""Finders of kinds that a text shows by their shape alone."""


_COUNTED = re.compile(
    r"\s*([a-zà-ÿ][\w'-]+(?:\s[a-zà-ÿ][\w'-]+)*?)"
    r"(?=\s*(?:[.,;!?]|$)|\s(?:at|for|by|on|to|from|and|in|with|of)\b)"
)
_UNIT_WORDS = frozenset(word for unit in UNITS.units.values() for word in unit.text)


class Finder:
    """A text, asked field by field. What was given to one field is not offered to another as a phrase."""

    def __init__(self, conversation: Conversation, text: str, *, part: bool = False) -> None:
        """`part`: the text is one entry of a list, so that all of it is about one thing."""
        self.conversation = conversation
        self.text = text
        self.part = part
        self.reading = read(text)
        self.given: list[Found] = []
        """What fields got."""

    def things(self, field: Field, schema: Schema, kind: str) -> list[Found]:
        """Everything in the text of the kind that a field wants, in order; several may be meant."""
        match kind:
            case "state":
                return [Found(self._state_as(field, schema, f.value), f.start, f.end) for f in self._states]
            case "language":
                return [Found(NAMES[code][0], 0, 0) for code in self.reading.languages_named]
            case "person":
                return self._people(field)
            case "id":
                label = phrases.labelled(field.name, self.text)
                return [label] if label else self._codes
            case "place" if self.reading.streets and field.named("city", "town", "country"):
                return [*(self.reading.countries if field.named("country") else self.reading.towns)]
            case "enum":
                return options_named(schema["enum"], self.text)
            case "hash":
                return self._codes[:1]
            case _ if kind in _SHAPED:
                found = _SHAPED[kind](self.reading)
                return [each for each in found if kind != "number" or self._suits(each, schema)]
        return []

    @staticmethod
    def _suits(found: Found, schema: Schema) -> bool:
        whole = type_of(schema) == "integer"
        return within(found.value, schema) and (not whole or float(found.value).is_integer())

    @cached_property
    def _codes(self) -> list[Found]:
        amounts = {(q.start, q.end) for q in self.reading.quantities if q.unit in UNITS.units}
        kept = [each for each in self.reading.codes if (each.start, each.end) not in amounts]
        return kept or [*self.reading.slugs]

    def _people(self, field: Field) -> list[Found]:
        told = [*self.reading.people]
        return told if told and (field.tool or len(told) >= len(self._names)) else self._names

    @cached_property
    def _names(self) -> list[Found]:
        """Proper names, those of codes and places left out."""
        owner = re.match(r"([A-ZÀ-Ý][\w-]+)['’]s\b", self.text)
        kept = [Found(owner[1], *owner.span(1))] if owner and not places.by_name(owner[1]) else []
        for name in self.reading.proper_names:
            bare = " ".join(word for word in name.split() if not re.search(r"\d", word))
            if bare and not re.search(rf"\b(?:in|near)\s+{re.escape(bare)}", self.text):
                start = self.text.find(bare)
                kept.append(Found(bare, start, start + len(bare)))
        return kept

    @cached_property
    def _states(self) -> list[Found]:
        named = [*self.reading.state_codes]
        if not named and self.text.startswith(self.conversation.question):  # a part of it says what it says
            named = [Found(state.code, 0, 0) for state in self.conversation.states]
        # a code that no state has is asked for as it was said: the tool may know better
        return named or [Found(m[1], *m.span(1)) for m in _SAID_CODE.finditer(self.text)]

    @staticmethod
    def _state_as(field: Field, schema: Schema, code: str) -> str:
        """The state in the form that the field asks for: its code in a tool, else its name, unless said."""
        state = places.by_code(code)
        told = f"{field.description} {field.tool} {schema.get('pattern', '')}".casefold()
        wants_code = re.search(r"code|two-letter|abbrev|\{2\}", told) or schema.get("maxLength") == 2
        wants_name = re.search(r"full name|state name|name of (?:the|a) (?:us |u\.s\. )?state", told)
        return state.name if state and not wants_code and (wants_name or not field.tool) else code

    # Objects: all fields at once, so that each thing goes to the field that it suits best.

    def object(self, field: Field, schema: Schema, root: Schema) -> dict[str, Found]:
        """What the text offers for each field of an object."""
        leaves = []
        for name, part in properties_of(schema).items():
            plain = solid(part, root)
            child = field.child(name).described(plain)
            leaves.append(Leaf(child, plain, kind_of(child, plain), ()))
        nth = (
            slice(field.index, field.index + 1) if field.index is not None and not self.part else slice(None)
        )
        shaped = [
            Leaf(leaf.field, leaf.schema, leaf.kind, self.things(leaf.field, leaf.schema, leaf.kind)[nth])
            for leaf in leaves
            if leaf.kind not in ("array", "object", "boolean")
        ]
        found = matched(shaped, self.text)
        for leaf in leaves:
            if leaf.field.name not in found and type_of(leaf.schema) == "string" and leaf.kind != "enum":
                said = self.phrase(leaf.field, leaf.schema, leaf.kind, list(found.values()))
                if said:
                    found[leaf.field.name] = said
        self.given += found.values()
        return found

    def phrase(self, field: Field, schema: Schema, kind: str, taken: Sequence[Found]) -> Found | None:
        """What the text says for a field whose kind has no shape; what others have already is left out."""
        for found in self._phrases(field, kind):
            value = self._without_times(found, taken)
            clash = any(other.start < found.end and found.start < other.end for other in taken if other.end)
            bound = schema.get("format") or schema.get("pattern")
            free = not clash or value != found.value or kind in (BODY, "task")
            if value and free and (not bound or valid(value, schema)):
                return Found(value, found.start, found.end)
        return None

    @staticmethod
    def _without_times(found: Found, taken: Sequence[Found]) -> str:
        """The phrase up to what another field has of its end: "call the dentist" of "… tomorrow at 9"."""
        inside = [other.start for other in taken if found.start < other.start < found.end]
        whole = str(found.value)
        if not inside:
            return whole
        cut = whole[: max(0, min(inside) - found.start)]
        return re.sub(r"\s+(?:on|at|by|in|for|from|to|,)?\s*$", "", cut).strip(" ,")

    def _phrases(self, field: Field, kind: str) -> Iterator[Found]:
        text = self.text
        if kind == "question":
            yield Found(text, 0, 0)
            return
        if kind == BODY and (said := phrases.labelled_text(field.name, self._asked)):
            yield said
        if label := phrases.labelled(field.name, text):
            yield label
        if kind in ("label", "person", "title", "other", "file") and (name := phrases.called(text)):
            yield name
        if kind == BODY or kind == "task":
            yield from filter(None, [phrases.message(self._asked), phrases.to_do(text)])
        for role in field.roles:
            if role.strong:
                yield from phrases.after(role.leads, text)
        if kind == "source":
            yield from (Found(m[1].strip(), *m.span(1)) for m in re.finditer(r"`+([^`]+)`+", text))
        yield from phrases.quotes(text)
        if field.named("item", "product", "thing", "article", "good"):
            yield from self._counted
        if kind == "topic":
            yield Found(self.reading.topic, 0, 0)
        if kind in ("label", "other", "task", "title", "channel") and field.tool:
            yield from self._objects(field)

    @property
    def _counted(self) -> Iterator[Found]:
        """What a number counts: "10 chairs"; and what an offer begins with: "Sofa, grey, …"."""
        for quantity in self.reading.quantities:
            counted = _COUNTED.match(self.text, quantity.end)
            if counted and quantity.word not in _UNIT_WORDS:
                yield Found(counted[1], *counted.span(1))
        if (first := re.match(r"([A-Za-zÀ-ÿ][\w -]*?),", self.text)) and not phrases.command(self.text):
            yield Found(first[1], *first.span(1))

    @property
    def _asked(self) -> str:
        return self.conversation.question or self.text

    def _objects(self, field: Field) -> Iterator[Found]:
        about = [word for word in words(field.tool) if len(word) > 2]
        if field.named("room", "area", "zone", "place") and (match := _IN_THE.search(self.text)):
            yield Found(match["what"].strip(), *match.span("what"))
        yield from filter(None, [phrases.object_of(self.text, about)])
        if match := _IN_THE.search(self.text):
            yield Found(match["what"].strip(), *match.span("what"))

    @cached_property
    def thing(self) -> str:
        """What an entry of a list is about, without its numbers and the words that lead up to it."""
        bare = self.text
        for quantity in reversed(self.reading.quantities):
            bare = bare[: quantity.start] + bare[quantity.end :]
        return " ".join(word for word in re.findall(r"[\w'-]+", bare) if fold(word) not in STOP_WORDS)

    # Lists.

    def listed(self, field: Field, items: Schema) -> list[Any]:
        """The values that the text lists for an array of simple values."""
        kind = kind_of(field, items)
        found = self.things(field, items, kind)
        if found or kind in ("number", "enum"):
            return list(dict.fromkeys(each.value for each in found))
        return self._entries(field)

    def _entries(self, field: Field) -> list[str]:
        text = self.text
        for start in self._beginnings(field):
            if listed := phrases.entries(text, start):
                return listed
        quoted = [each.value for each in phrases.quotes(text)]
        subject = re.match(r"([^.?!:]+?)\s+are\b", text)
        if quoted or not subject:
            return quoted
        listed = phrases.entries(subject[1])
        return listed if len(listed) > 1 else []

    def _beginnings(self, field: Field) -> Iterator[int]:
        """Where a list for the field may begin: behind its label, behind a preposition, at the verb's object."""
        for word in sorted(field.words, key=len, reverse=True):
            if match := re.search(
                rf"\b{re.escape(word)}\b\s*(?::|=|\bare\b|\bis\b)\s*", self.text, re.IGNORECASE
            ):
                yield match.end()
        for role in field.roles:
            if role.strong:
                yield from (found.start for found in phrases.after(role.leads, self.text)[:1])
        begun = phrases.command(self.text)
        if begun and field.tool:
            yield begun[1]

    def segments(self, items: Schema, root: Schema) -> list[str]:
        """The parts of the text that are entries of a list of objects: lines, sentences, or what is between
        commas; each has something for a field.
        """
        plain = solid(items, root)
        kinds = [
            (Field(name), part, kind_of(Field(name), part))
            for name, raw in properties_of(plain).items()
            if (part := solid(raw, root))
        ]
        numeric = any(kind == "number" for _, _, kind in kinds)
        for pattern in (r"\n\s*(?:[-*•]|\d+[.)])?\s*", None, r",\s*(?:and\s+)?|;\s*|\s+and\s+"):
            parts = sentences(self.text) if pattern is None else re.split(pattern, self.text)
            parts = [part.strip(" .") for part in parts if part.strip(" .")]
            full = [part for part in parts if self._is_entry(part, kinds, numeric)]
            if len(full) > 1 and len(full) >= len(parts) - 1:
                return full
        return []

    def _is_entry(self, part: str, kinds: Sequence[tuple[Field, Schema, str]], numeric: bool) -> bool:
        if numeric:
            return bool(read(part).quantities and re.search(r"[A-Za-zÀ-ÿ]{3}", part))
        inner = Finder(self.conversation, part)
        return any(
            inner.things(field, schema, kind) for field, schema, kind in kinds if kind not in ("enum", "id")
        )

    def pairs(self, values: Schema) -> dict[str, Any]:
        """Keys and values that the text lists, those of the wanted type."""
        found: dict[str, Any] = {}
        for key, value in shapes.pairs(self.text).items():
            if values.get("type") in ("integer", "number"):
                amounts = read(value).quantities
                if amounts:
                    found[key] = int(amounts[0].value) if values["type"] == "integer" else amounts[0].value
            elif values.get("type") in ("string", None):
                found[key] = value
        return found
