"""The filler: one walk over a schema. What must be found is looked for in the text; what may be written is
written where the text has nothing; without either, every leaf is the plainest valid value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from workshop.practice.filling import fit, lists, record, rules, stated, truth
from workshop.practice.filling.compose import plans
from workshop.practice.filling.find import Finder
from workshop.practice.filling.kinds import BODY, Field, kind_of
from workshop.practice.filling.leaves import LEAVES, Leaf
from workshop.practice.filling.returned import returned
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
from workshop.practice.reading.text import WORDS, fold, words

_DEEP = 6
"""From this depth on, the shortest valid value is taken: recursive schemas must end."""
_WRITTEN = frozenset({BODY, "title", "topic", "question"})
"""Kinds of texts that may be written, rather than read."""
_LONG = 2_000
"""Letters of a text that is no longer read for what it says in words."""
_DEEP_TO_FIND = 3
_FLAGGED = 3
"""Words behind the name of a yes-or-no field, above which it is a flag before a text, and no label of a value."""
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
        listed = branches(resolved(schema, self._root), self._root)
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
        if self._writer:
            return leaf.plain(leaf.write(self._writer, field, schema, found), schema, field)
        return (
            leaf.find(field, schema, found, self._finder) if self._finder else leaf.plain(None, schema, field)
        )

    # Objects.

    def _object(self, schema: Schema, field: Field, depth: int) -> Any:
        properties = properties_of(schema)
        if self._must_find and depth >= _DEEP_TO_FIND:
            return MISSING
        told = self._told(schema, depth)
        said, finder = self._said(schema, field, depth)
        short = not self._writer or len(self._finder.text if self._finder else "") < _LONG
        rest = _without(schema, said)
        if finder and not depth:
            finder.note_lists(field, schema, self._root)
        listed = self._listed(properties, field) if self._must_find and not depth else {}
        offers = (
            finder.object(field, rest, self._root, in_words=short and not self._orders)
            if finder and depth < _DEEP
            else {}
        )
        required = set(schema.get("required") or ())
        booleans = record.judged(schema, self._root)
        before: Mapping[str, Any] = {}
        if self._writer and finder and not depth:
            named = {n: each.value for n, each in offers.items()} | said | told
            before = record.added_to(finder.before, named, schema, self._root)
            read = [n for n in offers if kind_of(Field(n), properties[n]) not in _WRITTEN]
            self._writer.composer.reads = len(read) + len(told) + len(said) > 1
        made: dict[str, Any] = {}
        for name, part in properties.items():
            if (
                not self._must_find
                and name not in required
                and (depth >= 2 or height(part, self._root) >= ENDLESS)
            ):
                continue
            child = field.child(name, booleans, made)
            if name in told:
                value = told[name]
                said[name] = ""
            elif name in listed:
                value = listed[name]
            elif name in said:
                value = self._as_said(said[name], part, child, depth + 1)
            else:
                value = self._part(part, child, depth + 1, offers.get(name), name in required)
                if name in before and name not in offers and not self._says(child, part):
                    value = before[name]
            if value is not MISSING:
                made[name] = value
        if self._writer and self._writer.composer.checked and not (booleans or depth):
            self._writer.composer.check_again(made)
            for name in [each for each in made if each not in offers]:
                if record.judges(Field(name), solid(properties[name], self._root)):
                    made[name] = self.value(properties[name], field.child(name, booleans, made), depth + 1)
        if self._writer and finder and not self._writer.composer.checked:
            known = rules.Known(made, schema, self._root, self._finder.text if self._finder else "")
            made |= record.derived(known, field, said.keys(), finder.conversation.instructions)
        more = schema.get("additionalProperties")
        if not properties and isinstance(more, Mapping) and self._finder:
            jokes = self._jokes(field, more)
            made = {str(n): joke for n, joke in enumerate(jokes, 1)} or lists.pairs(more, self._finder.text)
        return made if made or not self._must_find or not properties or depth == 0 else MISSING

    def _listed(self, properties: Mapping[str, Any], field: Field) -> dict[str, list[Any]]:
        """The arrays of texts for which the text has a list: what is in it is no other parameter's."""
        found: dict[str, list[Any]] = {}
        for name, part in properties.items():
            plain = solid(part, self._root)
            if type_of(plain) == "array" and type_of(solid(plain.get("items") or {}, self._root)) == "string":
                values = self._array(plain, field.child(name), 1)
                found |= {name: values} if isinstance(values, list) and len(values) > 1 else {}
        return found

    def _jokes(self, field: Field, items: Any) -> list[str]:
        """The jokes that the question orders, for a field of them."""
        texts = field.named("joke") and type_of(solid(items, self._root)) == "string"
        return self._writer.composer.jokes if self._writer and texts else []

    def _says(self, field: Field, schema: Any) -> bool:
        """Whether the text says by itself that a yes-or-no field is true or not."""
        judged = self._finder and type_of(solid(schema, self._root)) == "boolean"
        return bool(judged) and rules.said(field, self._finder.text if self._finder else "") is not None

    def _told(self, schema: Schema, depth: int) -> dict[str, Any]:
        """What tools have returned for the fields of a record."""
        if not (self._writer and self._finder) or self._finder.part or depth:
            return {}
        conversation = self._finder.conversation
        names, done = {tool.name for tool in conversation.functions}, conversation.done
        own = [each for each in done if each.name in names] if conversation.was_handed_over else []
        return returned(schema, self._root, own or done, conversation.functions)

    def _said(self, schema: Schema, field: Field, depth: int) -> tuple[dict[str, str], Finder | None]:
        """What the text states for fields by itself, and what offers something for the others."""
        finder = self._finder
        if finder is None or self._writer is None or field.tool or depth >= _DEEP:
            return {}, finder
        if self._writer.composer.checked or self._writer.composer.researches or field.index is not None:
            return {}, finder
        if any(self._jokes(Field(name), {"type": "string"}) for name in properties_of(schema)):
            return {}, finder  # an order states nothing
        said, rest = stated.stated(field, schema, self._root, finder.text)
        return said, finder if rest == finder.text else Finder(finder.conversation, rest)

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
        if kind == "boolean" and (word := fold(next(iter(words(said)), ""))) in lists.TRUTH:
            return lists.TRUTH[word]
        if kind == "boolean" and len(said.split()) > _FLAGGED:
            return not re.match(r"(?i)\W*(?:not?|never|nicht)\b", said)  # "URGENT: my parcel …"
        named = list(properties_of(plain)) if kind == "object" else []
        if len(named) == 2 and (two := re.fullmatch(r"([^()]+) \(([^()]+)\)", said)):
            parts = zip(named, two.groups(), strict=True)
            return {
                n: self._as_said(each, properties_of(plain)[n], field.child(n), depth + 1)
                for n, each in parts
            }
        found = next(
            iter(Finder(self._finder.conversation, said).things(field, plain, kind_of(field, plain))), None
        )
        return self._entry(said, plain, field, depth, found)

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
        if (
            type_of(solid(plain, self._root)) == "boolean"
            and self._finder
            and truth.denies(self._finder.text)
        ):
            return False
        if len(self.missing) == before:
            self.missing.append(field.name)
        return MISSING

    @property
    def _must_find(self) -> bool:
        return self._finder is not None and self._writer is None

    # Arrays.

    def _array(self, schema: Schema, field: Field, depth: int) -> Any:
        least = int(schema.get("minItems") or 0)
        most = int(schema["maxItems"]) if "maxItems" in schema else max(least, 20)
        items = schema.get("items")
        if items is None or items is False:
            return []
        if not self._finder or depth >= _DEEP or self._nodes > _MOST_NODES or self._is_told(field, items):
            return [self.value(items, field.item(n), depth + 1) for n in range(least)]
        field = field.described(schema)
        values = self._values(field, items, depth, least, most)
        if self._must_find:
            return values if values and len(values) >= least else MISSING
        return _distinct(values, least)

    def _is_told(self, field: Field, items: Any) -> bool:
        """Whether records of a list could only be a tool's, and it has returned none."""
        asked = self._writer and self._finder and self._finder.conversation.done and not plans(field)
        return bool(asked) and type_of(solid(items, self._root)) == "object"

    def _values(self, field: Field, items: Any, depth: int, least: int, most: int) -> list[Any]:
        plain = solid(items, self._root)
        one = lists.one_of(field, plain)
        assert self._finder is not None  # arrays without one are left at their least
        if self._must_find and (named := self._finder.named_lists.get(field.name)):
            return named.values[:most]
        if type_of(plain) not in ("object", "array", "boolean"):
            if self._writer and (
                plans(field)
                or field.named(
                    "question", "follow", "clarification", "task", "todo", "action", *WORDS["wrong"]
                )
            ):
                listed: list[Any] = self._writer.composer.steps(field)
            else:
                listed = self._jokes(field, plain) or lists.listed(one, plain, self._finder)
            if listed and len(listed) >= least:
                return [self._fitted(value, plain, field) for value in listed[:most]]
        elif depth < 3 and type_of(plain) == "object" and (parts := self._parts(field, items)):
            return [self._entry(part, items, field.item(n), depth) for n, part in enumerate(parts[:most])]
        if not self._writer:
            values = [self.value(items, field.item(0), depth + 1)] if type_of(plain) == "object" else []
            return [value for value in values if value is not MISSING]
        count = min(max(self._writer.count(field, plain), least), most)
        return [self.value(items, field.item(n), depth + 1) for n in range(count)]

    def _fitted(self, value: Any, schema: Schema, field: Field) -> Any:
        kind = "enum" if schema.get("enum") else type_of(schema)
        value = (
            int(value) if kind == "integer" or (isinstance(value, float) and value.is_integer()) else value
        )
        return LEAVES[kind].plain(value, schema, field) if kind in LEAVES else value

    def _parts(self, field: Field, items: Any) -> list[str]:
        """The parts of the text of which each is an entry."""
        assert self._finder is not None
        if self._writer and self._writer.composer.checked and field.named(*WORDS["wrong"]):
            return []  # what is wrong is found, and not read out
        if self._writer and (plans(field) or self._finder.part):
            own = field.named("task", "todo") and not self._finder.part
            return self._writer.composer.steps(field) or (
                lists.segments(items, self._root, self._finder) if own else []
            )
        return [] if self._finder.part else lists.segments(items, self._root, self._finder)

    def _entry(self, part: str, items: Any, field: Field, depth: int, found: Found | None = None) -> Any:
        """An entry of a list, filled from its own part of the text."""
        whole = self._finder, self._writer
        assert self._finder is not None
        self._writer = self._writer.about(part) if self._writer else None
        self._finder = (
            self._writer.finder if self._writer else Finder(self._finder.conversation, part, part=True)
        )
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
