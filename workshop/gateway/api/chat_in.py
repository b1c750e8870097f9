"""Requests to `POST /v1/chat/completions`, read into the practice model's types."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from openai.types.chat import completion_create_params
from pydantic import Field

from workshop.gateway.api.body import (
    CommonBody,
    JsonSchemaFormat,
    Part,
    Prepared,
    check_json_word,
    check_names,
    choose,
    read,
    text_of,
)
from workshop.gateway.api.responses_in import checked_format
from workshop.gateway.api.tools import Custom, Function, function_tool
from workshop.gateway.errors import ApiError, missing, unsupported_here, wrong_type, wrong_value
from workshop.practice.types import Item, Message, OutputSchema, Request, Tool, ToolCall, ToolResult

KNOWN = frozenset(completion_create_params.CompletionCreateParamsBase.__annotations__) | {"stream"}
"""The parameters that the `openai` package knows."""

MOST_CHOICES = 8
MOST_STOPS = 4


class Body(CommonBody):
    messages: list[dict[str, Any]]
    n: Annotated[int | None, Field(ge=1, le=MOST_CHOICES)] = None
    max_tokens: Annotated[int | None, Field(ge=1)] = None
    max_completion_tokens: Annotated[int | None, Field(ge=1)] = None
    response_format: dict[str, Any] | None = None
    web_search_options: dict[str, Any] | None = None
    stop: Any = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int | None, Field(ge=0, le=20)] = None


class CalledFunction(Part):
    name: str
    arguments: str


class CalledCustom(Part):
    name: str
    input: str


class AssistantCall(Part):
    id: str
    function: CalledFunction | None = None
    custom: CalledCustom | None = None

    def call(self, at: str) -> ToolCall:
        if self.custom is not None:
            return ToolCall(self.id, self.custom.name, json.dumps({"input": self.custom.input}))
        if self.function is None:
            raise missing(f"{at}.function")
        return ToolCall(self.id, self.function.name, self.function.arguments)


def prepare(raw: dict[str, Any]) -> Prepared:
    """Read a body. Raise `ApiError` (400) if it is not valid."""
    body = _body(raw)
    instructions, items = _messages(body.messages)
    tools = tuple(_tool(tool, f"tools[{index}]") for index, tool in enumerate(body.tools or []))
    custom = frozenset(
        tool.name for tool, given in zip(tools, body.tools or [], strict=True) if given["type"] == "custom"
    )
    if body.tool_choice is not None and not tools:
        raise ApiError("'tool_choice' is only allowed when 'tools' are specified.", param="tool_choice")
    tools, choice = choose(body.tool_choice, tools, hosted=False)
    joined = "\n\n".join(instructions)
    return Prepared(
        body=raw,
        request=Request(
            model=body.model,
            instructions=joined,
            items=tuple(items),
            tools=tools,
            tool_choice=choice,
            parallel_tool_calls=body.parallel_tool_calls is not False,
            web_search=body.web_search_options is not None,
            output_schema=_format(body.response_format, joined, items),
        ),
        max_tokens=body.max_completion_tokens or body.max_tokens,
        stop=_stop(body.stop),
        special=dict.fromkeys(custom, "custom"),
    )


def _body(raw: dict[str, Any]) -> Body:
    """Read the fields of a body, and refuse what the gateway does not have."""
    check_names(raw, KNOWN)
    if not raw.get("model"):
        raise ApiError("you must provide a model parameter")
    body = read(Body, raw)
    for name in ("audio", "functions", "function_call", "logprobs", "top_logprobs"):
        if raw.get(name):
            raise unsupported_here(f"The parameter '{name}'", name)
    if not body.messages:
        raise ApiError(
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
            param="messages",
            code="empty_array",
        )
    if body.stream_options is not None and not body.stream:
        raise ApiError(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.", param="stream_options"
        )
    return body


def _messages(raw: list[dict[str, Any]]) -> tuple[list[str], list[Item]]:
    instructions: list[str] = []
    items: list[Item] = []
    unanswered: dict[str, None] = {}
    for index, message in enumerate(raw):
        at = f"messages[{index}]"
        role = message.get("role")
        if unanswered and role != "tool":
            raise _unanswered(unanswered)
        match role:
            case "system" | "developer":
                instructions.append(_text(message.get("content"), f"{at}.content"))
            case "user":
                items.append(Message("user", _text(message.get("content"), f"{at}.content")))
            case "assistant":
                calls = _calls(message.get("tool_calls") or [], f"{at}.tool_calls")
                if message.get("content") is not None or not calls:
                    items.append(Message("assistant", _text(message.get("content"), f"{at}.content")))
                items += calls
                unanswered = {call.call_id: None for call in calls}
            case "tool":
                result = _result(message, at, unanswered)
                del unanswered[result.call_id]
                items.append(result)
            case None:
                raise missing(f"{at}.role")
            case _:
                raise wrong_value(f"{at}.role", role, ["system", "assistant", "user", "tool", "developer"])
    if unanswered:
        raise _unanswered(unanswered)
    return instructions, items


def _calls(given: Any, at: str) -> list[ToolCall]:
    if not isinstance(given, list):
        raise wrong_type(at, "an array of objects", given)
    return [
        read(AssistantCall, call, place := f"{at}[{index}]").call(place) for index, call in enumerate(given)
    ]


def _result(message: dict[str, Any], at: str, unanswered: Mapping[str, None]) -> ToolResult:
    """Read what a tool said. It must answer one of the calls before it."""
    call_id = message.get("tool_call_id")
    if not isinstance(call_id, str):
        raise missing(f"{at}.tool_call_id")
    if call_id not in unanswered:
        raise ApiError(
            "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with "
            "'tool_calls'.",
            param=f"{at}.role",
        )
    return ToolResult(call_id, _text(message.get("content"), f"{at}.content"))


def _stop(given: Any) -> tuple[str, ...]:
    """Return the texts at which the answer stops."""
    stops = [given] if isinstance(given, str) else [] if given is None else given
    if not isinstance(stops, list):
        raise wrong_type("stop", "one of a string or an array", given)
    if len(stops) > MOST_STOPS:
        raise ApiError(
            f"Invalid 'stop': array too long. Expected an array with maximum length {MOST_STOPS}, but got an array with "
            f"length {len(stops)} instead.",
            param="stop",
            code="array_above_max_length",
        )
    for index, stop in enumerate(stops):
        if not isinstance(stop, str):
            raise wrong_type(f"stop[{index}]", "a string", stop)
    return tuple(filter(None, stops))


def _unanswered(calls: dict[str, None]) -> ApiError:
    return ApiError(
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The "
        f"following tool_call_ids did not have response messages: {', '.join(calls)}",
        param="messages",
    )


def _text(content: Any, at: str) -> str:
    if content is None:
        raise wrong_type(at, "a string", content)
    return text_of(content, at, ("text",), ("image_url", "input_audio", "file"))


def _tool(tool: dict[str, Any], at: str) -> Tool:
    kind = tool.get("type")
    if kind is None:
        raise missing(f"{at}.type")
    if kind == "custom":
        if tool.get("custom") is None:
            raise missing(f"{at}.custom")
        return read(Custom, tool["custom"], f"{at}.custom").tool()
    if kind != "function":
        raise unsupported_here(f"A tool of type '{kind}'", f"{at}.type")
    if tool.get("function") is None:
        raise missing(f"{at}.function")
    return function_tool(read(Function, tool["function"], f"{at}.function"), f"{at}.function.parameters")


def _format(given: dict[str, Any] | None, instructions: str, items: list[Item]) -> OutputSchema | None:
    match (given or {}).get("type", "text" if given is None else None):
        case "text":
            return None
        case "json_object":
            check_json_word(instructions, items, "messages", "response_format")
            return OutputSchema("json_object", {})
        case "json_schema":
            inner = (given or {}).get("json_schema")
            if inner is None:
                raise missing("response_format.json_schema")
            asked = read(JsonSchemaFormat, inner, "response_format.json_schema")
            if asked.schema_ is None:
                raise missing("response_format.json_schema.schema")
            return checked_format(asked, "response_format", None)
        case None:
            raise missing("response_format.type")
        case kind:
            raise wrong_value("response_format.type", kind, ["json_object", "json_schema", "text"])
