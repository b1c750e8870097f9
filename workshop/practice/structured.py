"""Structured output: an instance of a JSON Schema that is about the question asked, and always valid.

The schema is walked once. At each leaf the field's name and description decide what stands there (`content`);
the schema's bounds, formats and patterns have the last word (`fitting`). What fails validation all the same
is replaced by a plain instance without content.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from workshop.practice import fitting
from workshop.practice.content import Content
from workshop.practice.conversation import Conversation
from workshop.practice.fields import Field
from workshop.practice.research import search
from workshop.practice.types import Reply, Search, Text

Schema = Mapping[str, Any]
_DEEP = 6
"""From this depth on, the shortest valid value is taken: recursive schemas must end."""
_MOST_NODES = 400
_ENDLESS = 10_000
_FORMATS = Draft202012Validator.FORMAT_CHECKER


def reply(conversation: Conversation) -> Reply | None:
    """The structured answer, None where the request wants none. With web search on offer, the search comes
    first.
    """
    request = conversation.request
    if request.output_schema is None:
        return None
    parts: list[Search | Text] = []
    found = None
    if request.web_search and request.tool_choice != "none":
        searched = search.searched(search.search_query(conversation))
        parts += [part for part in searched.parts if isinstance(part, Search)]
        found = next((part for part in searched.parts if isinstance(part, Text)), None)
    value = instance(request.output_schema.schema, conversation, found.text if found else "")
    return Reply((*parts, Text(json.dumps(value, ensure_ascii=False))))


def instance(schema: Schema, conversation: Conversation, material: str = "") -> Any:
    """A value that satisfies the schema and speaks about the question. `material` is text found for it."""
    value = _Builder(schema, Content(conversation, material)).value(schema, Field("", ""))
    if is_valid(value, schema):
        return value
    return _Builder(schema, None).value(schema, Field("", ""))


def is_valid(value: Any, schema: Schema) -> bool:
    """Whether the value satisfies the schema, formats included."""
    try:
        Draft202012Validator(schema, format_checker=_FORMATS).validate(value)
    except ValidationError:
        return False
    return True


class _Builder:
    """One walk over one schema. Without `content` every leaf is the plainest valid value."""

    def __init__(self, root: Schema, content: Content | None) -> None:
        self._root = root
        self._content = content
        self._nodes = 0

    def value(self, schema: Any, field: Field, depth: int = 0) -> Any:
        self._nodes += 1
        schema = self._resolved(schema)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return self._choice(list(schema["enum"]), schema, field)
        branches = schema.get("anyOf") or schema.get("oneOf")
        if branches:
            return self._branch([{**_shared(schema), **self._resolved(b)} for b in branches], field, depth)
        declared = schema.get("type")
        if isinstance(declared, list):
            return self._branch([{**schema, "type": t} for t in declared], field, depth)
        kind = declared or (
            "object" if "properties" in schema else "array" if "items" in schema else "string"
        )
        match kind:
            case "object":
                return self._object(schema, field, depth)
            case "array":
                return self._array(schema, field, depth)
            case "string":
                wanted = self._content.string(field.described(schema), schema) if self._content else ""
                return fitting.string(wanted, schema, field.path)
            case "integer" | "number":
                number = self._content.number(field.described(schema), schema) if self._content else None
                return fitting.number(number, schema, whole=kind == "integer")
            case "boolean":
                return self._content.boolean(field.described(schema)) if self._content else False
        return None

    def _object(self, schema: Schema, field: Field, depth: int) -> dict[str, Any]:
        properties = schema.get("properties") or {}
        required = set(schema.get("required") or ())
        made: dict[str, Any] = {}
        for name, part in properties.items():
            if name not in required and (depth >= 2 or self._height(part, ()) >= _ENDLESS):
                continue
            siblings = tuple(n for n, p in properties.items() if self._resolved(p).get("type") == "boolean")
            made[name] = self.value(part, field.child(name, siblings, made), depth + 1)
        more = schema.get("additionalProperties")
        if not properties and isinstance(more, Mapping) and self._content:
            made = self._content.pairs(more)
        return made

    def _array(self, schema: Schema, field: Field, depth: int) -> list[Any]:
        least = int(schema.get("minItems") or 0)
        most = int(schema["maxItems"]) if "maxItems" in schema else max(least, 20)
        items = schema.get("items")
        if items is None or items is False:
            return []
        if depth >= _DEEP or self._nodes > _MOST_NODES or self._content is None:
            count = least
        else:
            count = min(
                max(self._content.count(field.described(schema), self._resolved(items), least, most), least),
                most,
            )
        whole, values = self._content, []
        if whole and depth < 3 and (parts := whole.segments(self._resolved(items), field)):
            for n, part in enumerate(parts[:most]):
                self._content = whole.about(part)  # each entry is filled from its own part of the text
                values.append(self.value(items, field.item(n), depth + 1))
            self._content = whole
        else:
            values = [self.value(items, field.item(n), depth + 1) for n in range(count)]
        return self._distinct(values, least)

    @staticmethod
    def _distinct(values: list[Any], least: int) -> list[Any]:
        kept: dict[str, Any] = {}
        for value in values:
            kept.setdefault(json.dumps(value, sort_keys=True), value)
        return list(kept.values()) if len(kept) >= least else values

    def _choice(self, options: list[Any], schema: Schema, field: Field) -> Any:
        allowed = [
            o for o in options if is_valid(o, {k: v for k, v in schema.items() if k in ("type", "enum")})
        ] or options
        return self._content.choice(field.described(schema), allowed) if self._content else allowed[0]

    def _branch(self, branches: list[Schema], field: Field, depth: int) -> Any:
        heights = [self._height(branch, ()) for branch in branches]
        if depth >= _DEEP or self._nodes > _MOST_NODES or self._content is None:
            chosen = branches[heights.index(min(heights))]
            return self.value(chosen, field, depth)
        possible = [b for b, height in zip(branches, heights, strict=True) if height < _ENDLESS] or branches
        nullable = any(b.get("type") == "null" for b in possible)
        solid = [b for b in possible if b.get("type") != "null"]
        if nullable and (not solid or not self._content.knows(field.described(solid[0]), solid[0])):
            return None
        return self.value(self._content.closest(solid, self._root), field, depth)

    def _resolved(self, schema: Any) -> Schema:
        if not isinstance(schema, Mapping):
            return {}
        for _ in range(20):
            if "$ref" not in schema:
                break
            schema = {
                **fitting.lookup(self._root, str(schema["$ref"])),
                **{k: v for k, v in schema.items() if k != "$ref"},
            }
        parts = schema.get("allOf")
        if isinstance(parts, Sequence) and len(parts) == 1:
            schema = {**self._resolved(parts[0]), **{k: v for k, v in schema.items() if k != "allOf"}}
        return dict(schema)

    def _height(self, schema: Any, path: tuple[str, ...]) -> int:
        """How deep the shallowest valid value is. A reference met again on its own path never ends."""
        if isinstance(schema, Mapping) and "$ref" in schema:
            if schema["$ref"] in path or len(path) > 40:
                return _ENDLESS
            path = (*path, str(schema["$ref"]))
        plain = (
            self._resolved(schema)
            if not (isinstance(schema, Mapping) and "$ref" in schema)
            else fitting.lookup(self._root, str(schema["$ref"]))
        )
        if not isinstance(plain, Mapping):
            return 0
        if "$ref" in plain:
            return self._height(plain, path)
        if "const" in plain or plain.get("enum"):
            return 0
        branches = plain.get("anyOf") or plain.get("oneOf")
        if branches:
            return min(self._height(branch, path) for branch in branches)
        declared = plain.get("type")
        if isinstance(declared, list) and any(t not in ("object", "array") for t in declared):
            return 0
        if ("properties" in plain and declared in (None, "object")) or declared == ["object"]:
            required = set(plain.get("required") or ())
            return 1 + max(
                (self._height(p, path) for n, p in (plain.get("properties") or {}).items() if n in required),
                default=0,
            )
        if plain.get("minItems") and "items" in plain:
            return 1 + self._height(plain["items"], path)
        return 0


def _shared(schema: Schema) -> dict[str, Any]:
    """What stands beside an `anyOf` and says something to each branch."""
    return {k: v for k, v in schema.items() if k in ("description", "title")}
