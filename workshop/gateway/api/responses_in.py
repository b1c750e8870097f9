"""Requests to `POST /v1/responses`, read into the practice model's types."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

from openai.types.responses import response_create_params
from pydantic import Field

from workshop.gateway.api import strict
from workshop.gateway.api.body import (
    CommonBody,
    JsonSchemaFormat,
    Part,
    Prepared,
    check_json_word,
    check_names,
    check_pairs,
    choose,
    read,
    text_of,
)
from workshop.gateway.api.items import kept, unpack
from workshop.gateway.api.tools import read_tools
from workshop.gateway.errors import ApiError, missing, unsupported_here, wrong_type, wrong_value
from workshop.practice.types import Item, Message, OutputSchema, Request, ToolCall, ToolResult

KNOWN = frozenset(response_create_params.ResponseCreateParamsBase.__annotations__) | {"stream"}
"""The parameters that the `openai` package knows."""

WITHOUT_MEANING_HERE = frozenset(
    {
        "reasoning",
        "web_search_call",
        "file_search_call",
        "computer_call",
        "computer_call_output",
        "code_interpreter_call",
        "image_generation_call",
        "local_shell_call",
        "local_shell_call_output",
        "mcp_list_tools",
        "mcp_approval_request",
        "mcp_approval_response",
        "mcp_call",
        "apply_patch_call",
        "apply_patch_call_output",
    }
)
"""Item types that a conversation may hold and that the practice model skips."""


_READ_HERE = (
    *("message", "function_call", "function_call_output"),
    *("custom_tool_call", "custom_tool_call_output", "shell_call", "shell_call_output", "compaction"),
)
SUMMARIES = ("auto", "concise", "detailed")


class Reasoning(Part):
    summary: str | None = None


class Body(CommonBody):
    input: Any = None
    instructions: str | None = None
    previous_response_id: str | None = None
    max_output_tokens: Annotated[int | None, Field(ge=16)] = None
    text: dict[str, Any] | None = None
    background: bool | None = None
    conversation: str | dict[str, Any] | None = None
    reasoning: Reasoning | None = None
    top_logprobs: Annotated[int | None, Field(ge=0, le=20)] = None
    include: list[str] | None = None


class InputFunctionCall(Part):
    call_id: str
    name: str
    arguments: str


class InputCustomCall(Part):
    call_id: str
    name: str
    input: str


class ShellAction(Part):
    commands: list[str]


class InputShellCall(Part):
    call_id: str
    action: ShellAction


class Printed(Part):
    stdout: str = ""
    stderr: str = ""

    @property
    def text(self) -> str:
        return f"{self.stdout}{self.stderr}".strip()


class InputShellOutput(Part):
    call_id: str
    output: list[Printed]


class InputFunctionOutput(Part):
    call_id: str
    output: Any


def prepare(raw: dict[str, Any], before: Sequence[Any]) -> Prepared:
    """Read a body that continues the items `before`. Raise `ApiError` (400) if it is not valid."""
    body = _body(raw)
    continued = body.previous_response_id is not None or body.conversation is not None
    own = _input([] if body.input is None and continued else body.input)
    instructions, items = read_items(before, own)
    if body.instructions:
        instructions.insert(0, body.instructions)
    check_pairs(items, "input")
    tools, hosted, special = read_tools(body.tools or [])
    if body.tools and not (tools or hosted) and body.tool_choice == "required":
        raise unsupported_here("Writing a patch", "tool_choice")
    tools, choice = choose(body.tool_choice, tools, hosted)
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
            web_search=hosted,
            output_schema=_format(body.text or {}, joined, items),
        ),
        max_tokens=body.max_output_tokens,
        items=tuple(map(kept, own)),
        special=special,
    )


def _body(raw: dict[str, Any]) -> Body:
    """Read the fields of a body, and refuse what the gateway does not have."""
    check_names(raw, KNOWN)
    if raw.get("prompt"):
        raise unsupported_here("The parameter 'prompt'", "prompt")
    if not raw.get("model"):
        raise missing("model")
    body = read(Body, raw)
    if body.background:
        raise unsupported_here("The parameter 'background'", "background")
    if body.top_logprobs or "message.output_text.logprobs" in (body.include or ()):
        raise unsupported_here("The parameter 'top_logprobs'", "top_logprobs")
    if body.reasoning and body.reasoning.summary not in (None, *SUMMARIES):
        raise wrong_value("reasoning.summary", body.reasoning.summary, [*SUMMARIES])
    if isinstance(body.conversation, dict) and not isinstance(body.conversation.get("id"), str):
        raise missing("conversation.id")
    return body


def _input(value: Any) -> list[dict[str, Any]]:
    if value is None:
        raise missing("input")
    if isinstance(value, str):
        return [{"role": "user", "content": value}]
    if not isinstance(value, list):
        raise wrong_type("input", "one of a string or an array", value)
    for index, item in enumerate(value):
        if not isinstance(item, dict):
            raise wrong_type(f"input[{index}]", "an object", item)
    return value


def read_items(
    before: Sequence[dict[str, Any]], own: Sequence[dict[str, Any]], name: str = "input"
) -> tuple[list[str], list[Item]]:
    """Return the system and developer messages, and the conversation, given the items before and those of the
    request itself, which errors call `name`.
    """
    raw = unpack([*before, *own])
    offset = len(raw) - len(own)
    instructions: list[str] = []
    items: list[Item] = []
    for index, item in enumerate(raw):
        at = f"{name}[{index - offset}]"
        kind = item.get("type", "message" if "role" in item else None)
        if kind == "message":
            role = item.get("role")
            text = _text(item.get("content"), f"{at}.content")
            if role in ("system", "developer"):
                instructions.append(text)
            elif role == "user" or role == "assistant":
                items.append(Message(role, text))
            else:
                raise wrong_value(f"{at}.role", role, ["assistant", "system", "developer", "user"])
        elif step := _step(kind, item, at):
            items.append(step)
        elif kind == "item_reference":
            raise ApiError(f"Item with id '{item.get('id')}' not found.", param=at, status=404)
        elif kind is None:
            raise missing(f"{at}.type")
        elif not isinstance(kind, str):
            raise wrong_type(f"{at}.type", "a string", kind)
        elif kind not in WITHOUT_MEANING_HERE:
            raise wrong_value(f"{at}.type", kind, [*_READ_HERE, *sorted(WITHOUT_MEANING_HERE)])
    return instructions, items


def _step(kind: Any, item: dict[str, Any], at: str) -> ToolCall | ToolResult | None:
    """Read a call of a tool, or what it returned; None for an item of another type."""
    match kind:
        case "function_call":
            call = read(InputFunctionCall, item, at)
            return ToolCall(call.call_id, call.name, call.arguments)
        case "custom_tool_call":
            custom = read(InputCustomCall, item, at)
            return ToolCall(custom.call_id, custom.name, json.dumps({"input": custom.input}))
        case "shell_call":
            shell = read(InputShellCall, item, at)
            return ToolCall(shell.call_id, "shell", json.dumps({"commands": shell.action.commands}))
        case "shell_call_output":
            printed = read(InputShellOutput, item, at)
            return ToolResult(printed.call_id, "\n".join(one.text for one in printed.output))
        case "function_call_output" | "custom_tool_call_output":
            output = read(InputFunctionOutput, item, at)
            return ToolResult(output.call_id, _text(output.output, f"{at}.output"))
    return None


def _text(content: Any, at: str) -> str:
    if content is None:
        raise missing(at)
    return text_of(
        content, at, ("input_text", "output_text", "text"), ("input_image", "input_file", "input_audio")
    )


def checked_format(given: JsonSchemaFormat, param: str, code: str | None) -> OutputSchema:
    """Check and return an output schema. The two APIs report the same problem under different names."""
    try:
        strict.check(given.schema_, bool(given.strict))
    except strict.OutsideSubset as outside:
        message = f"Invalid schema for response_format '{given.name}': {outside}"
        raise ApiError(message, param=param, code=code) from None
    return OutputSchema(given.name, given.schema_ or {})


def _format(text: dict[str, Any], instructions: str, items: list[Item]) -> OutputSchema | None:
    given = text.get("format")
    if given is None:
        return None
    if not isinstance(given, dict):
        raise wrong_type("text.format", "an object", given)
    match given.get("type"):
        case "text":
            return None
        case "json_object":
            check_json_word(instructions, items, "input", "text.format")
            return OutputSchema("json_object", {})
        case "json_schema":
            asked = read(JsonSchemaFormat, given, "text.format")
            if asked.schema_ is None:
                raise missing("text.format.schema")
            return checked_format(asked, "text.format.schema", "invalid_json_schema")
        case None:
            raise missing("text.format.type")
        case kind:
            raise wrong_value("text.format.type", kind, ["text", "json_object", "json_schema"])
