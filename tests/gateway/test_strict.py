"""OpenAI's strict-mode subset of JSON Schema: what passes and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from openai.lib._pydantic import to_strict_json_schema
from pydantic import BaseModel, Field

from workshop.gateway.api.strict import OutsideSubset, check_json_schema, check_strict


def obj(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


TEXT = {"type": "string"}
NODE = obj(value=TEXT, next={"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]})


def nested(levels: int) -> dict[str, Any]:
    schema = obj(leaf=TEXT)
    for _ in range(levels - 1):
        schema = obj(inner=schema)
    return schema


@pytest.mark.parametrize(
    "schema",
    [
        obj(),
        obj(
            a=TEXT, b={"type": "integer", "minimum": 1, "maximum": 9}, c={"type": "number", "multipleOf": 0.5}
        ),
        obj(a={"type": ["string", "null"]}, b={"anyOf": [TEXT, {"type": "null"}]}),
        obj(a={"type": "array", "items": obj(b=TEXT), "minItems": 1, "maxItems": 3}),
        obj(a={"type": "string", "enum": ["x", "y"]}, b={"const": 3}, c={"enum": [1, None, "x"]}),
        obj(a={"type": "string", "format": "date-time"}, b={"type": "string", "pattern": "^[a-z]+$"}),
        {**obj(a={"$ref": "#/$defs/node"}), "$defs": {"node": NODE}},
        obj(children={"type": "array", "items": {"$ref": "#"}}),
        {"$ref": "#/$defs/node", "$defs": {"node": NODE}},
        {
            **obj(a=TEXT),
            "title": "T",
            "description": "D",
            "$schema": "https://json-schema.org/draft/2020-12/schema",
        },
        nested(10),
        obj(**{f"p{index}": TEXT for index in range(5_000)}),
        obj(properties=TEXT, required=TEXT, **{"$ref": TEXT}),
    ],
)
def test_inside(schema: dict[str, Any]) -> None:
    check_strict(schema)


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ("text", "must be a JSON object"),
        ({"type": "string"}, "'type: \"object\"'"),
        ({"anyOf": [obj(), obj(a=TEXT)]}, "'anyOf' at the top level"),
        ({"type": "object", "properties": {}}, "'additionalProperties' is required"),
        ({**obj(a=TEXT), "additionalProperties": True}, "'additionalProperties' is required"),
        ({**obj(a=TEXT), "required": []}, "Missing 'a'"),
        ({**obj(a=TEXT), "required": ["a", "b"]}, "extra key 'b'"),
        (obj(a={}), "must have a 'type' key"),
        (obj(a={"type": "array"}), "array schema missing items"),
        (obj(a={"type": "string", "minLength": 3}), "'minLength' is not permitted"),
        (obj(a={"type": "string", "examples": ["x"]}), "'examples' is not permitted"),
        (obj(a={"type": "array", "items": TEXT, "uniqueItems": True}), "'uniqueItems' is not permitted"),
        (obj(a={"type": "array", "items": TEXT, "prefixItems": [TEXT]}), "'prefixItems' is not permitted"),
        (obj(a={"allOf": [TEXT]}), "'allOf' is not permitted"),
        (obj(a={"oneOf": [TEXT]}), "'oneOf' is not permitted"),
        (obj(a={"not": TEXT}), "'not' is not permitted"),
        (obj(a={"type": "object", "patternProperties": {}}), "'patternProperties' is not permitted"),
        (obj(a={"type": "string", "format": "credit-card"}), "not a valid format"),
        (obj(a={"type": "string", "pattern": "("}), "is not a 'regex'"),
        (obj(a={"type": "string", "pattern": "(?=x)"}), "lookaround"),
        (obj(a={"type": "string", "enum": []}), "'enum'"),
        (obj(a={"$ref": "#/$defs/lost"}), "can't be resolved"),
        (obj(a={"$ref": "https://example.org/schema"}), "must start with '#'"),
        ({**obj(a={"$ref": "#/$defs/a"}), "$defs": {"a": {"$ref": "#/$defs/a"}}}, "leads back to itself"),
        (
            {**obj(a={"$ref": "#/$defs/n", "description": "d"}), "$defs": {"n": obj()}},
            "$ref cannot have keywords",
        ),
        (obj(a={"type": "teapot"}), "teapot"),
        (nested(11), "levels of nesting"),
        (obj(**{f"p{index}": TEXT for index in range(5_001)}), "5001 properties"),
        (obj(a={"enum": list(range(1_001))}), "'enum' has 1001 values"),
        (obj(a={"enum": [f"{index:0100}" for index in range(251)]}), "characters long"),
        (obj(a=obj(b={"type": "object"})), "In context=('properties', 'a', 'properties', 'b')"),
    ],
)
def test_outside(schema: Any, said: str) -> None:
    with pytest.raises(OutsideSubset) as refused:
        check_strict(schema)
    assert said in str(refused.value)


NEEDS_ITSELF = {"type": "object", "required": ["n"], "properties": {"n": {"$ref": "#/$defs/n"}}}
DOUBLED = {
    f"n{index}": {"type": "array", "minItems": 2, "items": {"$ref": f"#/$defs/n{index + 1}"}}
    for index in range(40)
}


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "array", "minItems": 100_000, "items": TEXT}, "'minItems' is 100000"),
        ({"type": "string", "minLength": 200_000_000}, "'minLength' is 200000000"),
        ({"type": "object", "minProperties": 1_000_000}, "'minProperties' is 1000000"),
        ({"type": "string", "pattern": "((a{1000}){1000})"}, "more than 10000 characters"),
        (
            {"type": "array", "minItems": 900, "items": {"type": "array", "minItems": 900, "items": TEXT}},
            "has 810901 parts",
        ),
        ({"$ref": "#/$defs/n", "$defs": {"n": NEEDS_ITSELF}}, "no finite value"),
        ({"type": "array", "minItems": 1, "items": {"$ref": "#"}}, "no finite value"),
        ({"$ref": "#/$defs/n0", "$defs": {**DOUBLED, "n40": TEXT}}, "parts"),
        (obj(a={"$schema": "http://json-schema.org/draft-07/schema#", "type": "string"}), "'$schema'"),
    ],
)
def test_what_nobody_can_make_is_refused_at_once(schema: Any, said: str) -> None:
    with pytest.raises(OutsideSubset) as refused:
        check_json_schema(schema)
    assert said in str(refused.value)


def test_schemas_that_may_end_pass() -> None:
    check_json_schema({"type": "array", "items": {"$ref": "#"}})
    tree = {
        "type": "object",
        "required": ["n"],
        "properties": {"n": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}},
    }
    check_json_schema(tree)


def test_what_the_clients_make_of_pydantic_models_passes() -> None:
    class Stop(BaseModel):
        city: str = Field(description="where")
        nights: int = Field(ge=1, le=30)

    class Trip(BaseModel):
        """A trip."""

        stops: list[Stop]
        best: Stop | None
        notes: str | None

    check_strict(to_strict_json_schema(Trip))


def test_a_schema_of_a_thousand_levels_is_refused_and_not_a_crash() -> None:
    schema: dict[str, Any] = TEXT
    for _ in range(3_000):
        schema = {"type": "array", "items": schema}
    with pytest.raises(OutsideSubset, match="levels of nesting"):
        check_strict(obj(a=schema))


def test_schemas_that_are_not_strict_may_use_all_of_json_schema() -> None:
    check_json_schema(
        {
            "type": "object",
            "properties": {"a": {"type": "string", "minLength": 3}},
            "allOf": [{"type": "object"}],
        }
    )
    with pytest.raises(OutsideSubset):
        check_json_schema({"type": "object", "properties": {"a": {"minLength": "three"}}})
