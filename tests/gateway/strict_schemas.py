"""hypothesis strategies for JSON Schemas inside OpenAI's strict-mode subset."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

FORMATS = ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"]
PATTERNS = [
    r"^[A-Z]{2}$",
    r"^\d{3}-\d{4}$",
    r"^(red|green|blue)$",
    r"^[a-z][a-z0-9_]{0,15}$",
    r"^#[0-9a-fA-F]{6}$",
    r"[aeiou]+",
    r"^v\d+\.\d+\.\d+$",
    r"^\w+@\w+\.(com|org)$",
]
NAMES = st.one_of(
    st.sampled_from(
        [
            "name",
            "title",
            "summary",
            "query",
            "reason",
            "items",
            "is_ok",
            "count",
            "state",
            "language",
            "type",
            "$ref",
        ]
    ),
    st.text(alphabet="abcdefghijklmnopqrstuvwxyz_ABC é-", min_size=1, max_size=12),
)
DESCRIBED: st.SearchStrategy[dict[str, str]] = st.one_of(
    st.just({}), st.text(max_size=30).map(lambda text: {"description": text})
)

STRINGS = st.one_of(
    st.just({"type": "string"}),
    st.sampled_from(FORMATS).map(lambda name: {"type": "string", "format": name}),
    st.sampled_from(PATTERNS).map(lambda pattern: {"type": "string", "pattern": pattern}),
    st.lists(st.text(max_size=10), min_size=1, max_size=5, unique=True).map(
        lambda names: {"type": "string", "enum": names}
    ),
)
CONSTANTS = st.one_of(
    st.sampled_from(["x", 3, 2.5, True, None]).map(lambda value: {"const": value}),
    st.lists(st.sampled_from(["a", 1, None, False, "b"]), min_size=1, unique_by=repr).map(
        lambda values: {"enum": values}
    ),
)
SIMPLE = st.sampled_from(
    [{"type": "boolean"}, {"type": "null"}, {"type": ["string", "null"]}, {"type": ["integer", "null"]}]
)


@st.composite
def numbers(draw: st.DrawFn) -> dict[str, Any]:
    """An integer or a number with bounds that leave room, and perhaps a step."""
    kind = draw(st.sampled_from(["integer", "number"]))
    schema: dict[str, Any] = {"type": kind}
    low = draw(st.integers(-1_000, 1_000))
    if draw(st.booleans()):
        schema[draw(st.sampled_from(["minimum", "exclusiveMinimum"]))] = low
    if draw(st.booleans()):
        schema[draw(st.sampled_from(["maximum", "exclusiveMaximum"]))] = low + draw(st.integers(20, 500))
    if draw(st.booleans()):
        schema["multipleOf"] = draw(st.sampled_from([1, 2, 5] if kind == "integer" else [0.5, 1, 0.25, 10]))
    return schema


@st.composite
def arrays(draw: st.DrawFn, inner: st.SearchStrategy[dict[str, Any]]) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "array", "items": draw(inner)}
    low = draw(st.integers(0, 3))
    if draw(st.booleans()):
        schema["minItems"] = low
    if draw(st.booleans()):
        schema["maxItems"] = low + draw(st.integers(0, 3))
    return schema


@st.composite
def objects(draw: st.DrawFn, inner: st.SearchStrategy[dict[str, Any]]) -> dict[str, Any]:
    names = draw(st.lists(NAMES, max_size=4, unique=True))
    return {
        "type": "object",
        "properties": {name: draw(inner) for name in names},
        "required": names,
        "additionalProperties": False,
    }


@st.composite
def unions(draw: st.DrawFn, inner: st.SearchStrategy[dict[str, Any]]) -> dict[str, Any]:
    return {
        "anyOf": [
            *draw(st.lists(inner, min_size=1, max_size=2)),
            *draw(st.sampled_from([[], [{"type": "null"}]])),
        ]
    }


@st.composite
def schemas(draw: st.DrawFn) -> dict[str, Any]:
    """A schema for an answer: an object at the root, definitions that may refer to themselves, and all of the
    subset below.
    """
    defined = draw(st.lists(st.sampled_from(["Node", "Part", "Person"]), max_size=2, unique=True))
    references = (
        st.sampled_from([{"$ref": f"#/$defs/{name}"} for name in defined]) if defined else st.nothing()
    )
    # A reference to itself must be able to end: in a list that may be empty, or beside null.
    ends = [{"type": "array", "items": {"$ref": "#"}}, {"anyOf": [{"$ref": "#"}, {"type": "null"}]}]
    leaves = st.one_of(
        st.builds(lambda schema, more: {**schema, **more}, st.one_of(STRINGS, numbers(), SIMPLE), DESCRIBED),
        CONSTANTS,
        references,
        st.sampled_from(ends),
    )
    tree = st.recursive(
        leaves, lambda inner: st.one_of(arrays(inner), objects(inner), unions(inner)), max_leaves=8
    )
    root = draw(objects(tree))
    if defined:
        safe = st.one_of(STRINGS, numbers(), SIMPLE)
        root["$defs"] = {}
        for name in defined:
            body = draw(objects(safe))
            if draw(st.booleans()):
                body["properties"]["next"] = {"anyOf": [{"$ref": f"#/$defs/{name}"}, {"type": "null"}]}
                body["required"] = list(body["properties"])
            root["$defs"][name] = body
    return root
