"""What is refused, and that it is refused in OpenAI's words: status, `param` and `code`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from gateway_servers import KEY, GatewayProcess

FUNCTION: dict[str, Any] = {
    "type": "function",
    "name": "f",
    "parameters": {"type": "object", "properties": {}},
}
USER = [{"role": "user", "content": "x"}]
CALLED = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
}


def text_format(schema: Any, **more: Any) -> dict[str, Any]:
    return {"format": {"type": "json_schema", "name": "n", "schema": schema, "strict": True, **more}}


RESPONSES = [
    ({}, "model", "missing_required_parameter"),
    ({"model": "m"}, "input", "missing_required_parameter"),
    ({"model": 3, "input": "x"}, "model", "invalid_type"),
    ({"model": "m", "input": 3}, "input", "invalid_type"),
    ({"model": "m", "input": ["x"]}, "input[0]", "invalid_type"),
    ({"model": "m", "input": [{"role": "wizard", "content": "x"}]}, "input[0].role", "invalid_value"),
    ({"model": "m", "input": [{"type": "spell"}]}, "input[0].type", "invalid_value"),
    ({"model": "m", "input": [{"type": ["message"]}]}, "input[0].type", "invalid_type"),
    ({"model": "m", "input": [{"role": "user"}]}, "input[0].content", "missing_required_parameter"),
    (
        {"model": "m", "input": [{"role": "user", "content": [{"type": "t"}]}]},
        "input[0].content[0].type",
        "invalid_value",
    ),
    (
        {"model": "m", "input": [{"role": "user", "content": [{"type": "input_text"}]}]},
        "input[0].content[0].text",
        None,
    ),
    (
        {"model": "m", "input": [{"type": "function_call_output", "call_id": "c", "output": "x"}]},
        "input",
        None,
    ),
    (
        {"model": "m", "input": [{"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}]},
        "input",
        None,
    ),
    (
        {"model": "m", "input": [{"type": "function_call", "call_id": "c", "name": "f"}]},
        "input[0].arguments",
        None,
    ),
    ({"model": "m", "input": "x", "temperature": 3}, "temperature", "decimal_above_max_value"),
    ({"model": "m", "input": "x", "temperature": "hot"}, "temperature", "invalid_type"),
    ({"model": "m", "input": "x", "max_output_tokens": 1}, "max_output_tokens", "integer_below_min_value"),
    ({"model": "m", "input": "x", "stream": "yes"}, "stream", "invalid_type"),
    ({"model": "m", "input": "x", "flavour": "mint"}, "flavour", "unknown_parameter"),
    ({"model": "m", "input": "x", "metadata": {"a": 1}}, "metadata.a", "invalid_type"),
    (
        {"model": "m", "input": "x", "previous_response_id": "resp_0"},
        "previous_response_id",
        "previous_response_not_found",
    ),
    ({"model": "m", "input": "x", "background": True}, "background", "unsupported_value"),
    (
        {"model": "m", "input": "x", "tools": [{"type": "function"}]},
        "tools[0].name",
        "missing_required_parameter",
    ),
    ({"model": "m", "input": "x", "tools": [{"name": "f"}]}, "tools[0].type", "missing_required_parameter"),
    ({"model": "m", "input": "x", "tools": [{**FUNCTION, "name": "a b"}]}, "tools[0].name", "invalid_value"),
    (
        {"model": "m", "input": "x", "tools": [{**FUNCTION, "name": "a" * 65}]},
        "tools[0].name",
        "string_above_max_length",
    ),
    (
        {"model": "m", "input": "x", "tools": [{**FUNCTION, "strict": True}]},
        "tools[0].parameters",
        "invalid_function_parameters",
    ),
    (
        {"model": "m", "input": "x", "tools": [{**FUNCTION, "parameters": {"type": "array"}}]},
        "tools[0].parameters",
        None,
    ),
    (
        {"model": "m", "input": "x", "tools": [{"type": "code_interpreter"}]},
        "tools[0].type",
        "unsupported_value",
    ),
    ({"model": "m", "input": "x", "tool_choice": "sometimes"}, "tool_choice", "invalid_value"),
    ({"model": "m", "input": "x", "tool_choice": "required"}, "tool_choice", None),
    (
        {"model": "m", "input": "x", "tool_choice": {"type": "allowed_tools", "tools": 3}},
        "tool_choice.tools",
        "invalid_type",
    ),
    (
        {"model": "m", "input": "x", "tool_choice": {"type": "allowed_tools", "allowed_tools": 3}},
        "tool_choice.allowed_tools",
        "invalid_type",
    ),
    ({"model": "m", "input": "x", "tool_choice": {"type": "function", "name": "g"}}, "tool_choice", None),
    ({"model": "m", "input": "x", "text": {"format": {"type": "xml"}}}, "text.format.type", "invalid_value"),
    ({"model": "m", "input": "x", "text": {"format": {"type": "json_schema"}}}, "text.format.name", None),
    ({"model": "m", "input": "x", "text": {"format": {"type": "json_object"}}}, "input", None),
    (
        {"model": "m", "input": "x", "text": text_format({"type": "object"})},
        "text.format.schema",
        "invalid_json_schema",
    ),
    (
        {"model": "m", "input": "x", "text": text_format({"type": "nonsense"}, strict=False)},
        "text.format.schema",
        None,
    ),
    ({"model": "m", "input": "\ud800"}, None, None),
]
CHAT = [
    ({}, None, None),
    ({"model": "m"}, "messages", "missing_required_parameter"),
    ({"model": "m", "messages": []}, "messages", "empty_array"),
    ({"model": "m", "messages": "x"}, "messages", "invalid_type"),
    ({"model": "m", "messages": [{"role": "wizard", "content": "x"}]}, "messages[0].role", "invalid_value"),
    ({"model": "m", "messages": [{"content": "x"}]}, "messages[0].role", "missing_required_parameter"),
    ({"model": "m", "messages": [{"role": "user"}]}, "messages[0].content", "invalid_type"),
    (
        {"model": "m", "messages": [{"role": "assistant", "tool_calls": 3}]},
        "messages[0].tool_calls",
        "invalid_type",
    ),
    ({"model": "m", "messages": [*USER, CALLED]}, "messages", None),
    ({"model": "m", "messages": [*USER, CALLED, *USER]}, "messages", None),
    (
        {"model": "m", "messages": [*USER, {"role": "tool", "tool_call_id": "c", "content": "x"}]},
        "messages[1].role",
        None,
    ),
    ({"model": "m", "messages": USER, "flavour": "mint"}, "flavour", "unknown_parameter"),
    ({"model": "m", "messages": USER, "n": 0}, "n", "integer_below_min_value"),
    ({"model": "m", "messages": USER, "stream_options": {"include_usage": True}}, "stream_options", None),
    ({"model": "m", "messages": USER, "tool_choice": "auto"}, "tool_choice", None),
    (
        {"model": "m", "messages": USER, "tools": [FUNCTION]},
        "tools[0].function",
        "missing_required_parameter",
    ),
    (
        {
            "model": "m",
            "messages": USER,
            "tools": [{"type": "function", "function": {**FUNCTION, "strict": True}}],
        },
        "tools[0].function.parameters",
        "invalid_function_parameters",
    ),
    ({"model": "m", "messages": USER, "functions": [FUNCTION]}, "functions", "unsupported_value"),
    ({"model": "m", "messages": USER, "response_format": {"type": "json_object"}}, "messages", None),
    (
        {"model": "m", "messages": USER, "response_format": {"type": "yaml"}},
        "response_format.type",
        "invalid_value",
    ),
    (
        {
            "model": "m",
            "messages": USER,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "n", "schema": {"type": "string"}, "strict": True},
            },
        },
        "response_format",
        None,
    ),
]


@pytest.mark.parametrize(
    ("path", "body", "param", "code"),
    [("responses", *case) for case in RESPONSES] + [("chat/completions", *case) for case in CHAT],
)
def test_bad_request(
    scripted: GatewayProcess, path: str, body: dict[str, Any], param: str | None, code: str | None
) -> None:
    answer = scripted.http.post(f"/v1/{path}", content=json.dumps(body), headers=KEY)
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    assert error["param"] == param, error
    if code is not None:
        assert error["code"] == code, error


@pytest.mark.parametrize("content", ["", "{", "[1]", '"text"', '{"model": NaN}', "[" * 100_000, "\xff"])
def test_body_that_is_no_json_object(scripted: GatewayProcess, content: str) -> None:
    answer = scripted.http.post("/v1/responses", content=content.encode("latin-1"), headers=KEY)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_unknown_urls_and_methods(scripted: GatewayProcess) -> None:
    for method, path, status in (
        ("GET", "/v1/nothing", 404),
        ("GET", "/v1/responses", 404),
        ("GET", "/", 404),
    ):
        answer = scripted.http.request(method, path, headers=KEY)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, "unknown_url")
    assert scripted.http.get("/bench/bill", params={"since": "yesterday"}).status_code == 400


def test_no_key_says_what_to_do(scripted: GatewayProcess) -> None:
    for headers in ({}, {"authorization": "Bearer"}, {"authorization": "Basic abc"}):
        answer = scripted.http.post("/v1/responses", json={"model": "m", "input": "x"}, headers=headers)
        message = answer.json()["error"]["message"]
        assert answer.status_code == 401
        assert "python3 -m workshop up" in message and ".env" in message


def test_a_model_that_stumbles_is_a_server_error(scripted: GatewayProcess) -> None:
    answer = scripted.post("responses", {"model": "m", "input": "please stumble"})
    assert answer.status_code == 500
    assert answer.json()["error"]["type"] == "server_error"
    assert "stumbled on purpose" in scripted.log.read_text()
    assert [row["state"] for row in scripted.rows()] == ["failed"]
    assert scripted.post("responses", {"model": "m", "input": "go on"}).status_code == 200
