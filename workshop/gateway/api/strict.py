"""OpenAI's subset of JSON Schema for strict functions and structured outputs, and its errors about anything
outside it.

Source: the "Supported schemas" section of OpenAI's structured-outputs guide (types, keywords, limits); the
wording follows the service's own errors, which name the place as a Python tuple.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from workshop.gateway.api import sizes

MAX_PROPERTIES = 5_000
MAX_DEPTH = 10
MAX_NAME_CHARACTERS = 120_000
MAX_ENUM_VALUES = 1_000
LONG_ENUM = 250
LONG_ENUM_CHARACTERS = 15_000

TYPES = {"string", "number", "boolean", "integer", "object", "array", "null"}
FORMATS = {"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"}
_ANYWHERE = {
    "type",
    "title",
    "description",
    "default",  # it was refused at first, and still is elsewhere
    "enum",
    "const",
    "anyOf",
    "$ref",
    "$defs",
    "definitions",
    "$schema",
    "$id",
}
_BY_TYPE = {
    "object": {"properties", "required", "additionalProperties"},
    "array": {"items", "minItems", "maxItems"},
    "string": {"pattern", "format"},
    "number": {"multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"},
}
_ALLOWED = _ANYWHERE.union(*_BY_TYPE.values())

Where = tuple[str, ...]


class OutsideSubset(ValueError):
    """A schema that strict mode refuses. The text is what OpenAI says about it."""

    def __init__(self, where: Where, problem: str) -> None:
        super().__init__(f"In context={where!r}, {problem}")
        self.where = where
        self.problem = problem


def check(schema: Any, strict: bool) -> None:
    """Raise `OutsideSubset` for a schema that OpenAI would refuse.

    The results are cached: an agent sends the same schemas with every call, and a check takes about 2 ms.
    """
    if (problem := _verdict(json.dumps(schema), strict)) is not None:
        raise OutsideSubset(*problem)


@lru_cache(maxsize=256)
def _verdict(schema: str, strict: bool) -> tuple[Where, str] | None:
    try:
        (check_strict if strict else check_json_schema)(json.loads(schema))
    except OutsideSubset as outside:
        return outside.where, outside.problem
    return None


def check_json_schema(schema: Any) -> None:
    """Raise `OutsideSubset` if this is not a JSON Schema at all. Every schema is checked, strict or not."""
    # Imported here: with its format checkers it takes more than a second, and the gateway need not start that
    # much later.
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    if not isinstance(schema, Mapping):
        raise OutsideSubset((), "schema must be a JSON object.")
    try:
        Draft202012Validator.check_schema(schema)
        _Walk(schema).check_references()
        size = sizes.smallest(schema)
    except SchemaError as error:
        where = tuple(str(step) for step in error.absolute_path)
        raise OutsideSubset(where, f"{error.message[:300]}.") from None
    except RecursionError:
        raise OutsideSubset((), "schema has too many levels of nesting.") from None
    if size == math.inf:
        raise OutsideSubset((), "no finite value satisfies the schema: each needs another one inside of it.")
    if size > sizes.MOST_PARTS:
        parts = f"the smallest value that satisfies the schema has {size:.0f} parts"
        raise OutsideSubset((), f"{parts}, and the practice model makes at most {sizes.MOST_PARTS}.")


def check_strict(schema: Any) -> None:
    """Raise `OutsideSubset` if strict mode does not support this schema."""
    check_json_schema(schema)
    if schema.get("anyOf") is not None and "type" not in schema:
        raise OutsideSubset((), "schema must not have 'anyOf' at the top level.")
    root = _Walk(schema).resolve(schema, ())
    if root.get("type") != "object":
        kind = root.get("type", "None")
        raise OutsideSubset(
            (), f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{kind}\"'."
        )
    _Walk(schema).check(schema)


class _Walk:
    """One pass over a schema that counts toward the limits."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self.root = root
        self.properties = 0
        self.name_characters = 0
        self.enum_values = 0

    def check_references(self) -> None:
        """Check that every `$ref` leads to a place in this document, and that no part of it asks for too much."""
        words: set[str] = set()
        pending: list[tuple[Where, Any]] = [((), self.root)]
        while pending:
            where, node = pending.pop()
            if isinstance(node, Mapping):
                if isinstance(node.get("$ref"), str):
                    self.resolve(node, where)
                if problem := sizes.too_much(node):
                    raise OutsideSubset(where, problem)
                if where and isinstance(node.get("$schema"), str):
                    raise OutsideSubset(where, "'$schema' is only permitted at the top level.")
                words.update(node)
                pending += [
                    ((*where, str(key)), inner) for key, inner in node.items() if key not in ("enum", "const")
                ]
            elif isinstance(node, list):
                pending += [((*where, str(index)), inner) for index, inner in enumerate(node)]
        if {"unevaluatedProperties", "patternProperties"} <= words:
            raise OutsideSubset(
                (), "'unevaluatedProperties' is not permitted together with 'patternProperties'."
            )

    def resolve(self, node: Mapping[str, Any], where: Where) -> Mapping[str, Any]:
        """Return the target of a `$ref`, or the node itself if it is not one."""
        seen: set[str] = set()
        while isinstance(reference := node.get("$ref"), str):
            if reference in seen:
                raise OutsideSubset(where, f"reference '{reference}' leads back to itself.")
            seen.add(reference)
            if not reference.startswith("#"):
                raise OutsideSubset(where, f"reference '{reference}' must start with '#'.")
            target: Any = self.root
            for step in (
                reference.removeprefix("#").removeprefix("/").split("/") if len(reference) > 2 else ()
            ):
                step = step.replace("~1", "/").replace("~0", "~")
                target = target.get(step) if isinstance(target, Mapping) else None
            if not isinstance(target, Mapping):
                raise OutsideSubset(where, f"reference '{reference}' can't be resolved.")
            node = target
        return node

    def check(self, schema: Mapping[str, Any]) -> None:
        self._node(schema, (), 1)
        for word in ("$defs", "definitions"):
            for name, inner in schema.get(word, {}).items():
                self.name_characters += len(name)
                self._node(inner, (word, name), 1)
        if self.properties > MAX_PROPERTIES:
            raise OutsideSubset(
                (), f"schema has {self.properties} properties, the limit is {MAX_PROPERTIES}."
            )
        if self.enum_values > MAX_ENUM_VALUES:
            raise OutsideSubset(
                (), f"schema has {self.enum_values} enum values, the limit is {MAX_ENUM_VALUES}."
            )
        if self.name_characters > MAX_NAME_CHARACTERS:
            raise OutsideSubset(
                (), f"schema's names are {self.name_characters} long, the limit is {MAX_NAME_CHARACTERS}."
            )

    def _node(self, node: Any, where: Where, depth: int) -> None:
        if not isinstance(node, Mapping):
            raise OutsideSubset(where, "schema must have a 'type' key.")
        if "$ref" in node:
            if others := sorted(set(node) - {"$ref", "$defs", "definitions"}):
                raise OutsideSubset(where, f"$ref cannot have keywords {set(others)!r}.")
            return
        for word in node:
            if word not in _ALLOWED:
                raise OutsideSubset(where, f"'{word}' is not permitted.")
        if "$defs" in node and where:
            raise OutsideSubset(where, "'$defs' is only permitted at the top level.")
        self._enum(node, where)
        if "anyOf" in node:
            for index, branch in enumerate(node["anyOf"]):
                self._node(branch, (*where, "anyOf", str(index)), depth)
            return
        kinds = _kinds(node, where)
        for kind in kinds:
            if kind not in TYPES:
                raise OutsideSubset(where, f"'{kind}' is not a supported type.")
        if "object" in kinds:
            self._object(node, where, depth)
        if "array" in kinds:
            if "items" not in node:
                raise OutsideSubset(where, "array schema missing items.")
            self._node(node["items"], (*where, "items"), depth)
        if "string" in kinds:
            _string(node, where)

    def _object(self, node: Mapping[str, Any], where: Where, depth: int) -> None:
        if node.get("additionalProperties") is not False:
            raise OutsideSubset(where, "'additionalProperties' is required to be supplied and to be false.")
        if depth > MAX_DEPTH:
            raise OutsideSubset(where, f"{depth} levels of nesting exceeds limit of {MAX_DEPTH}.")
        properties = node.get("properties", {})
        required = dict.fromkeys(node.get("required", []))
        if absent := [name for name in properties if name not in required]:
            raise OutsideSubset(
                where,
                "'required' is required to be supplied and to be an array including every key in properties. "
                f"Missing '{absent[0]}'.",
            )
        if extra := [name for name in required if name not in properties]:
            raise OutsideSubset(
                where, f"'required' has an extra key '{extra[0]}' which is not in properties."
            )
        self.properties += len(properties)
        self.name_characters += sum(map(len, properties))
        for name, inner in properties.items():
            self._node(inner, (*where, "properties", name), depth + 1)

    def _enum(self, node: Mapping[str, Any], where: Where) -> None:
        values = node.get("enum", [])
        if "enum" in node and not values:
            raise OutsideSubset(where, "'enum' must not be empty.")
        characters = sum(len(value) for value in values if isinstance(value, str))
        if len(values) > LONG_ENUM and characters > LONG_ENUM_CHARACTERS:
            raise OutsideSubset(
                where,
                f"enum of {len(values)} values is {characters} characters long, the limit is {LONG_ENUM_CHARACTERS}.",
            )
        self.enum_values += len(values)
        self.name_characters += characters + (len(node["const"]) if isinstance(node.get("const"), str) else 0)


def _kinds(node: Mapping[str, Any], where: Where) -> list[str]:
    kind = node.get("type")
    if kind is None:
        if "enum" in node or "const" in node:
            return []
        raise OutsideSubset(where, "schema must have a 'type' key.")
    return [kind] if isinstance(kind, str) else list(kind)


def _string(node: Mapping[str, Any], where: Where) -> None:
    given = node.get("format")
    if given is not None and given not in FORMATS:
        raise OutsideSubset(where, f"'{given}' is not a valid format.")
    pattern = node.get("pattern")
    if pattern is not None and re.search(r"\(\?[=!<]", pattern):
        raise OutsideSubset(where, f"lookaround in the pattern '{pattern}' is not permitted.")
