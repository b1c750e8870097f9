"""JSON schemas as the filler reads them: references followed, branches listed, values checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator

from workshop.practice.filling.patterns import Validator

Schema = Mapping[str, Any]
ENDLESS = 10_000
"""The height of a schema that no finite value satisfies."""
MISSING: Any = object()
"""Nothing is there for a value that must be found."""
_FORMATS = Draft202012Validator.FORMAT_CHECKER
_LONGEST_WAY = 20
"""References followed one after the other; more are a circle."""


def resolved(schema: Any, root: Schema) -> Schema:
    """The schema behind its `$ref` and a single `allOf`, with what is said beside them."""
    for _ in range(_LONGEST_WAY):
        if not isinstance(schema, Mapping):
            return {}
        if isinstance(schema.get("$ref"), str):
            schema = {**_target(root, schema["$ref"]), **_without(schema, "$ref")}
        elif isinstance(schema.get("allOf"), list) and len(schema["allOf"]) == 1:
            schema = {**resolved(schema["allOf"][0], root), **_without(schema, "allOf")}
        else:
            return schema
    return {}


def _without(schema: Schema, key: str) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name != key}


def _target(root: Schema, reference: str) -> Schema:
    """The part of the root that a local reference points to; an empty schema where it points nowhere."""
    target: Any = root
    for step in filter(None, reference.removeprefix("#").strip("/").split("/")):
        name = step.replace("~1", "/").replace("~0", "~")
        target = target.get(name, {}) if isinstance(target, Mapping) else {}
    return target if isinstance(target, Mapping) else {}


def branches(schema: Any, root: Schema) -> list[Schema]:
    """The schemas of which a value has to satisfy one: those of `anyOf`, one for each type; itself if plain."""
    schema = resolved(schema, root)
    listed = schema.get("anyOf") or schema.get("oneOf")
    if listed:
        shared = {key: schema[key] for key in ("description", "title", "default") if key in schema}
        return [branch for each in listed for branch in branches({**shared, **resolved(each, root)}, root)]
    if isinstance(schema.get("type"), list):
        return [{**schema, "type": each} for each in schema["type"]]
    return [schema]


def solid(schema: Any, root: Schema) -> Schema:
    """The first branch that is not null."""
    listed = branches(schema, root)
    return next((branch for branch in listed if branch.get("type") != "null"), listed[0])


def nullable(schema: Any, root: Schema) -> bool:
    """Whether null is a valid value."""
    return any(branch.get("type") == "null" for branch in branches(schema, root))


def type_of(schema: Schema) -> str:
    """The JSON type of a branch."""
    declared = schema.get("type")
    if isinstance(declared, str):
        return declared
    return "object" if "properties" in schema else "array" if "items" in schema else "string"


def properties_of(schema: Schema) -> Mapping[str, Any]:
    """An object's properties; none where the schema names none."""
    found = schema.get("properties")
    return found if isinstance(found, Mapping) else {}


def valid(value: Any, schema: Schema) -> bool:
    """Whether the value satisfies the schema, formats included."""
    schema = _without(schema, "$schema")  # it would bring another validator, whose patterns nothing stops
    return bool(Validator(schema, format_checker=_FORMATS).is_valid(value))


def within(value: float, schema: Schema) -> bool:
    """Whether a number keeps to the bounds of its schema."""
    low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    above, below = schema.get("exclusiveMinimum", -math.inf), schema.get("exclusiveMaximum", math.inf)
    step = schema.get("multipleOf")
    return bool(low <= value <= high and above < value < below and (not step or (value / step).is_integer()))


def height(schema: Any, root: Schema, path: tuple[str, ...] = ()) -> int:
    """How deep the shallowest valid value is. A reference met again on its own path never ends."""
    if not isinstance(schema, Mapping):
        return 0
    if isinstance(schema.get("$ref"), str):
        if schema["$ref"] in path or len(path) > 2 * _LONGEST_WAY:
            return ENDLESS
        return height(_target(root, schema["$ref"]), root, (*path, schema["$ref"]))
    if "const" in schema or schema.get("enum"):
        return 0
    listed = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    if listed:
        return min(height(branch, root, path) for branch in listed)
    kinds = schema["type"] if isinstance(schema.get("type"), list) else [type_of(schema)]
    if set(kinds) - {"object", "array"}:
        return 0
    if "object" in kinds:
        required = set(schema.get("required") or ())
        inner = [height(p, root, path) for name, p in properties_of(schema).items() if name in required]
        return 1 + max(inner, default=0)
    return 1 + height(schema["items"], root, path) if schema.get("minItems") and "items" in schema else 0
