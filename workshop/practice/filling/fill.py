"""The filler: one walk over a schema, in which values are found in the text, written, or the plainest valid."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Set
from typing import Any

from workshop.practice.filling import fit, lists, record, rules, stated, truth
from workshop.practice.filling.computed import computed
from workshop.practice.filling.find import Finder, Offers
from workshop.practice.filling.kinds import Field, kind_of
from workshop.practice.filling.leaves import LEAVES, Leaf, fitted
from workshop.practice.filling.schema import (
    ENDLESS,
    MISSING,
    Schema,
    branches,
    height,
    nullable,
    properties_of,
    resolved,
    solid,
    type_of,
)
from workshop.practice.filling.write import Writer
from workshop.practice.reading.shapes import Found

_DEEP = 6
"""From this depth on, the shortest valid value is taken: recursive schemas must end."""
_LONG = 2_000
"""Letters of a text that is no longer read for what it says in words."""
_DEEP_TO_FIND = 3
_MOST_NODES = 400


class Filler:
    """A walk over one schema. Values that must be found and are not are listed in `missing`."""

    def __init__(self, root: Schema, finder: Finder | None, writer: Writer | None = None) -> None:
        self._root = root
        self._finder = finder
        self._writer = writer
        self._orders = bool(writer and writer.composer.researches)
        self._nodes = 0
        self.missing: list[str] = []

    def value(self, schema: Any, field: Field, depth: int = 0, found: Found | None = None) -> Any:
        self._nodes += 1
        listed = branches(schema, self._root)
        plain = listed[0] if len(listed) == 1 else self._branch(listed, field, depth, found)
        if "const" in plain:
            return plain["const"]
        kind = "enum" if plain.get("enum") and type_of(plain) not in ("integer", "number") else type_of(plain)
        match kind:
            case "object":
                return self._object(plain, field, depth)
            case "array":
                return self._array(plain, field, depth)
            case _ if kind in LEAVES:
                return self._leaf(LEAVES[kind], plain, field.described(plain), found)
        return None

    def _leaf(self, leaf: Leaf, schema: Schema, field: Field, found: Found | None) -> Any:
        if self._finder and not self._writer:
            return leaf.find(field, schema, found, self._finder)
        return leaf.plain(self._writer and leaf.write(self._writer, field, schema, found), schema, field)

    # Objects.

    def _object(self, schema: Schema, field: Field, depth: int) -> Any:
        if self._must_find and depth >= _DEEP_TO_FIND:
            return MISSING
        root, finder, writer = self._root, self._finder, self._writer
        properties, required = properties_of(schema), set(schema.get("required") or ())
        known: dict[str, Any] = {}
        said: Mapping[str, str] = {}
        if writer and depth < _DEEP:
            known = {} if depth else writer.returned(schema, root)
            said, finder = writer.stated(schema, root, field)
            finder.note_said(each for told in said.values() for each in told.split("; "))
        if finder and not depth:
            finder.note_lists(field, schema, root)
            known |= self._listed({n: p for n, p in properties.items() if n not in {*said, *known}}, field)
        offers = self._offers(finder, _without(schema, said), field, depth)
        before = writer.before(schema, root, offers, said, known) if writer and not depth else {}
        booleans = record.judged(schema, root)
        made: dict[str, Any] = {}
        for name, part in properties.items():
            wanted = self._must_find or name in required
            if not wanted and (depth >= 2 or height(part, root) >= ENDLESS):
                continue
            child = field.child(name, booleans, made)
            if name in known:
                value = known[name]
            elif name in said:
                value = self._as_said(said[name], part, child, depth + 1)
            else:
                value = self._part(part, child, depth + 1, offers.get(name), name in required)
                if name in before and name not in offers and not self._says(child, part):
                    value = before[name]
            if value is not MISSING:
                made[name] = value
        if writer and writer.composer.checked and not (depth or booleans):
            writer.composer.check_again(made)
            self._judge_again(made, made.keys() - offers.keys(), schema, field)
        if writer and not writer.composer.checked:
            facts = rules.Known(made, schema, root, self._text)
            made |= record.derived(facts, field, {*said, *known}, writer.finder.conversation.instructions)
            if not depth and not known:
                made |= computed(made, self._told(properties, field), self._text)
        made = made if properties else self._keyed(schema.get("additionalProperties"), field)
        return made if made or not self._must_find or not properties or depth == 0 else MISSING

    def _told(self, properties: Mapping[str, Any], owner: Field) -> dict[str, tuple[Field, Schema]]:
        """The fields of an object, each with its schema."""
        plain = {name: solid(part, self._root) for name, part in properties.items()}
        return {name: (owner.child(name).described(part), part) for name, part in plain.items()}

    def _offers(self, finder: Finder | None, schema: Schema, field: Field, depth: int) -> Offers:
        """What the text offers for the fields that are not known."""
        if finder is None or depth >= _DEEP:
            return {}
        short = not self._writer or len(self._text) < _LONG
        return finder.object(field, schema, self._root, in_words=short and not self._orders)

    def _judge_again(self, made: dict[str, Any], names: Set[str], schema: Schema, field: Field) -> None:
        """Make the judgements of a record again, in view of its other fields."""
        for name, part in properties_of(schema).items():
            if name in names and record.judges(Field(name), solid(part, self._root)):
                made[name] = self.value(part, field.child(name, (), made), 1)

    def _keyed(self, values: Any, field: Field) -> dict[str, Any]:
        """Keys with their values, where the schema names none."""
        if not self._finder or not isinstance(values, Mapping):
            return {}
        jokes = self._writer.jokes(field, solid(values, self._root)) if self._writer else []
        return {str(n): joke for n, joke in enumerate(jokes, 1)} or lists.pairs(values, self._text)

    def _listed(self, properties: Mapping[str, Any], field: Field) -> dict[str, list[Any]]:
        """The arrays of texts for which the text has a list: what is in it is no other parameter's."""
        found: dict[str, list[Any]] = {}
        for name, part in properties.items():
            plain = solid(part, self._root)
            if type_of(plain) == "array" and type_of(solid(plain.get("items") or {}, self._root)) == "string":
                values = self._array(plain, field.child(name), 1)
                found |= {name: values} if isinstance(values, list) and len(values) > 1 else {}
        return found

    def _says(self, field: Field, schema: Any) -> bool:
        """Whether the text says by itself that a yes-or-no field is true or not."""
        judged = type_of(solid(schema, self._root)) == "boolean"
        return judged and truth.said(field, self._text) is not None

    def _as_said(self, said: str, schema: Any, field: Field, depth: int) -> Any:
        """A value from what the text states for its field."""
        plain = solid(schema, self._root)
        field, kind, none = field.described(plain), type_of(plain), stated.nothing(said)
        assert self._finder is not None
        if kind == "array":
            listed = enumerate(stated.entries(said)[: int(plain.get("maxItems", 20))])
            return [self._as_said(each, plain.get("items"), field.item(n), depth + 1) for n, each in listed]
        if none and nullable(schema, self._root):
            return None
        if kind == "string" and not plain.get("enum"):
            return fit.string(said, plain, field.path)
        if kind == "boolean" and (flag := truth.flagged(said)) is not None:
            return flag
        named = list(properties_of(plain)) if kind == "object" else []
        if len(named) == 2 and (two := re.fullmatch(r"([^()]+) \(([^()]+)\)", said)):
            parts = [(n, e, properties_of(plain)[n]) for n, e in zip(named, two.groups(), strict=True)]
            return {n: self._as_said(e, part, field.child(n), depth + 1) for n, e, part in parts}
        things = Finder(self._finder.conversation, said).things(field, plain, kind_of(field, plain))
        return self._entry(said, plain, field, depth, next(iter(things), None))

    def _part(self, schema: Any, field: Field, depth: int, found: Found | None, required: bool) -> Any:
        """A property's value. One that must be found and is not is its default, null, or missing."""
        before = len(self.missing)
        value = self.value(schema, field, depth, found)
        if not self._must_find or (value is not MISSING and len(self.missing) == before):
            return value
        plain = resolved(schema, self._root)
        refused = self._finder is not None and field.name in self._finder.refused
        if (not required or "default" in plain or nullable(schema, self._root)) and not refused:
            del self.missing[before:]
            return plain.get("default") if required else MISSING
        if type_of(solid(plain, self._root)) == "boolean" and truth.denies(self._text):
            return False
        if len(self.missing) == before:
            self.missing.append(field.name)
        return MISSING

    @property
    def _must_find(self) -> bool:
        return self._finder is not None and self._writer is None

    @property
    def _text(self) -> str:
        return self._finder.text if self._finder else ""

    # Arrays.

    def _array(self, schema: Schema, field: Field, depth: int) -> Any:
        least = int(schema.get("minItems") or 0)
        most = int(schema["maxItems"]) if "maxItems" in schema else max(least, 20)
        items = schema.get("items")
        if items is None or items is False:
            return []
        told = self._writer and self._writer.is_told(field, items, self._root)
        if not self._finder or depth >= _DEEP or self._nodes > _MOST_NODES or told:
            return [self.value(items, field.item(n), depth + 1) for n in range(least)]
        field = field.described(schema)
        values = self._values(field, items, depth, least, most)
        if self._must_find:
            return values if values and len(values) >= least else MISSING
        return _distinct(values, least)

    def _values(self, field: Field, items: Any, depth: int, least: int, most: int) -> list[Any]:
        plain = solid(items, self._root)
        assert self._finder is not None  # arrays without one are left at their least
        if self._must_find and (named := self._finder.named_lists.get(field.name)):
            return named.values[:most]
        if type_of(plain) not in ("object", "array", "boolean"):
            writer, text = self._writer, self._finder
            listed = writer.listed(field, plain) if writer else lists.listed(field, plain, text)
            if listed and len(listed) >= least:
                return [fitted(value, plain, field) for value in listed[:most]]
        elif depth < 3 and type_of(plain) == "object" and (parts := self._parts(field, items)):
            return [self._entry(part, items, field.item(n), depth) for n, part in enumerate(parts[:most])]
        if not self._writer:
            values = [self.value(items, field.item(0), depth + 1)] if type_of(plain) == "object" else []
            return [value for value in values if value is not MISSING]
        count = min(max(self._writer.count(field, plain), least), most)
        return [self.value(items, field.item(n), depth + 1) for n in range(count)]

    def _parts(self, field: Field, items: Any) -> list[str]:
        """The parts of the text of which each is an entry."""
        if self._writer:
            return self._writer.parts(field, items, self._root)
        whole = self._finder and not self._finder.part
        return lists.segments(items, self._root, self._finder) if self._finder and whole else []

    def _entry(self, part: str, items: Any, field: Field, depth: int, found: Found | None = None) -> Any:
        """An entry of a list, filled from its own part of the text."""
        whole = self._finder, self._writer
        assert self._finder is not None
        self._writer = writer = self._writer.about(part) if self._writer else None
        self._finder = writer.finder if writer else Finder(self._finder.conversation, part, part=True)
        try:
            return self.value(items, field, depth + 1, found)
        finally:
            self._finder, self._writer = whole

    # Branches.

    def _branch(self, listed: list[Schema], field: Field, depth: int, found: Found | None) -> Schema:
        heights = [height(branch, self._root) for branch in listed]
        if depth >= _DEEP or self._nodes > _MOST_NODES or not self._finder:
            return listed[heights.index(min(heights))]
        possible = [b for b, h in zip(listed, heights, strict=True) if h < ENDLESS] or listed
        nothing = next((b for b in possible if b.get("type") == "null"), None)
        solids = [b for b in possible if b.get("type") != "null"]
        if not self._writer:
            return solids[0] if solids else possible[0]
        first = field.described(solids[0]) if solids else field
        if nothing is not None and (not solids or not self._writer.knows(first, solids[0], found)):
            return nothing
        return self._writer.closest(solids, self._root)


def _without(schema: Schema, said: Mapping[str, str]) -> Schema:
    """An object's schema without the fields that are known."""
    return {**schema, "properties": {n: p for n, p in properties_of(schema).items() if n not in said}}


def _distinct(values: list[Any], least: int) -> list[Any]:
    kept: dict[str, Any] = {}
    for value in values:
        kept.setdefault(json.dumps(value, sort_keys=True), value)
    return list(kept.values()) if len(kept) >= least else values
