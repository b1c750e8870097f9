"""Over HTTP: every structured answer validates against its schema, whatever schema OpenAI's strict mode
allows.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from gateway_servers import GatewayProcess
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from strict_schemas import schemas

QUESTIONS = st.one_of(
    st.sampled_from(
        [
            "How do durable workflows survive a crash?",
            "Ada Lovelace, 36, wrote to ada@example.org on 1843-07-10.",
            "Quel temps fait-il à Paris ?",
            "",
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
)
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
OUTSIDE: list[dict[str, Any]] = [
    {"minLength": 1},
    {"allOf": []},
    {"examples": [1]},
    {"patternProperties": {}},
    {"uniqueItems": True},
    {"oneOf": [{"type": "string"}]},
]


def answer(gateway: GatewayProcess, api: str, schema: dict[str, Any], question: str) -> Any:
    """The value that the model made for a schema, by one of the ways in which it can be asked for."""
    if api == "responses":
        body: dict[str, Any] = {
            "input": question,
            "text": {"format": {"type": "json_schema", "name": "n", "schema": schema, "strict": True}},
        }
        text = _ok(gateway, "responses", body)["output"][0]["content"][0]["text"]
    elif api == "chat":
        form = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema, "strict": True}}
        body = {"messages": [{"role": "user", "content": question}], "response_format": form}
        text = _ok(gateway, "chat/completions", body)["choices"][0]["message"]["content"]
    else:
        tool = {
            "type": "function",
            "name": "record",
            "description": "Record it.",
            "parameters": schema,
            "strict": True,
        }
        body = {"input": question, "tools": [tool], "tool_choice": {"type": "function", "name": "record"}}
        (call,) = [
            item for item in _ok(gateway, "responses", body)["output"] if item["type"] == "function_call"
        ]
        text = call["arguments"]
    return json.loads(text)


def _ok(gateway: GatewayProcess, path: str, body: dict[str, Any]) -> Any:
    response = gateway.post(path, {"model": "practice", **body})
    assert response.status_code == 200, response.text
    return response.json()


def _check(gateway: GatewayProcess, api: str, schema: dict[str, Any], question: str) -> None:
    value = answer(gateway, api, schema, question)
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(value)


@settings(max_examples=60, deadline=None, suppress_health_check=QUIET, derandomize=True)
@given(api=st.sampled_from(["responses", "chat", "tool"]), schema=schemas(), question=QUESTIONS)
def test_every_answer_validates(
    practice: GatewayProcess, api: str, schema: dict[str, Any], question: str
) -> None:
    _check(practice, api, schema, question)


@pytest.mark.slow
@settings(max_examples=1_500, deadline=None, suppress_health_check=QUIET)
@given(api=st.sampled_from(["responses", "chat", "tool"]), schema=schemas(), question=QUESTIONS)
def test_every_answer_validates_at_length(
    practice: GatewayProcess, api: str, schema: dict[str, Any], question: str
) -> None:
    _check(practice, api, schema, question)


@settings(max_examples=60, deadline=None, suppress_health_check=QUIET, derandomize=True)
@given(schema=schemas(), outside=st.sampled_from(OUTSIDE), deep=st.booleans())
def test_outside_the_subset_is_a_400(
    practice: GatewayProcess, schema: dict[str, Any], outside: dict[str, Any], deep: bool
) -> None:
    broken = {**schema, **outside}
    if deep:
        broken = {
            "type": "object",
            "properties": {"inner": {"type": "string", **outside}},
            "required": ["inner"],
            "additionalProperties": False,
        }
    form = {"type": "json_schema", "name": "n", "schema": broken, "strict": True}
    response = practice.post("responses", {"model": "practice", "input": "x", "text": {"format": form}})
    assert response.status_code == 400
    error = response.json()["error"]
    assert (error["param"], error["code"]) == ("text.format.schema", "invalid_json_schema")
    assert error["message"].startswith("Invalid schema for response_format 'n': In context=")
