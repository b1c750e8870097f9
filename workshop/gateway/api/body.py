"""What both APIs share when a request is read: field types, errors about them, tools, tool choice."""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from workshop.gateway.errors import ApiError, describe, missing, wrong_type, wrong_value
from workshop.practice.types import Item, Request, Tool, ToolCall, ToolResult

Model = TypeVar("Model", bound=BaseModel)

NAME = r"^[a-zA-Z0-9_-]+$"
"""The pattern for names of functions and output schemas."""

_EXPECTED = {
    "string_type": "a string",
    "int_type": "an integer",
    "int_from_float": "an integer",
    "float_type": "a decimal",
    "bool_type": "a boolean",
    "list_type": "an array",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
}
_BOUNDS = {
    "less_than_equal": ("above_max_value", "above maximum", "le", "<="),
    "greater_than_equal": ("below_min_value", "below minimum", "ge", ">="),
}


class Part(BaseModel):
    """A part of a request body: types are not converted, and fields not named here are accepted."""

    model_config = ConfigDict(strict=True, extra="allow", populate_by_name=True)


class JsonSchemaFormat(Part):
    """An output format given by a JSON Schema."""

    name: Annotated[str, Field(pattern=NAME, max_length=64)]
    schema_: dict[str, Any] | None = Field(default=None, alias="schema")
    strict: bool | None = None


class StreamOptions(Part):
    include_usage: bool | None = None


def _metadata(value: Any) -> Any:
    if not isinstance(value, dict) or len(value) > 16:
        return value
    for key, text in value.items():
        if not isinstance(text, str):
            raise wrong_type(f"metadata.{key}", "a string", text)
    return value


class Metadata(Part):
    metadata: Annotated[dict[str, str] | None, BeforeValidator(_metadata)] = None


class CommonBody(Metadata):
    """The fields that both APIs have and that the gateway or the practice model uses."""

    model: Annotated[str, Field(min_length=1)]
    stream: bool | None = None
    store: bool | None = None
    temperature: Annotated[float | None, Field(ge=0, le=2)] = None
    top_p: Annotated[float | None, Field(ge=0, le=1)] = None
    parallel_tool_calls: bool | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: Any = None
    stream_options: StreamOptions | None = None


@dataclass(frozen=True)
class Prepared:
    """A request that was read and checked."""

    body: dict[str, Any]
    request: Request
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    special: Mapping[str, str] = field(default_factory=dict)
    """The types of tools that are no functions, by name."""
    items: tuple[dict[str, Any], ...] = ()
    """Its own input items in wire format, for a later `previous_response_id`."""


def read(model: type[Model], value: Any, at: str = "") -> Model:
    """Read a part of a body into a model. Raise OpenAI's error for the first thing that is wrong with it."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise _complaint(error, at) from None


def check_names(body: Mapping[str, Any], known: frozenset[str]) -> None:
    """Refuse a parameter that the API does not have."""
    for name in body:
        if name not in known:
            raise ApiError(f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")


def _complaint(error: ValidationError, at: str) -> ApiError:
    first = error.errors(include_url=False)[0]
    param = at
    for step in first["loc"]:
        param += f"[{step}]" if isinstance(step, int) else f".{step}" if param else str(step)
    kind, value, context = first["type"], first["input"], first.get("ctx", {})
    if kind == "missing":
        return missing(param)
    if expected := _EXPECTED.get(kind):
        return wrong_type(param, expected, value)
    if bound := _BOUNDS.get(kind):
        code, words, key, sign = bound
        number = "integer" if isinstance(context[key], int) and isinstance(value, int) else "decimal"
        return ApiError(
            f"Invalid '{param}': {number} {words} value. Expected a value {sign} {context[key]}, but got {value} instead.",
            param=param,
            code=f"{number}_{code}",
        )
    if kind == "string_pattern_mismatch":
        return ApiError(
            f"Invalid '{param}': string does not match pattern. Expected a string that matches the pattern "
            f"'{context['pattern']}'.",
            param=param,
            code="invalid_value",
        )
    if kind == "string_too_long":
        return ApiError(
            f"Invalid '{param}': string too long. Expected a string with maximum length {context['max_length']}, but got a "
            f"string with length {len(value)} instead.",
            param=param,
            code="string_above_max_length",
        )
    if kind == "string_too_short" and param == "model":
        return ApiError("you must provide a model parameter")
    return ApiError(
        f"Invalid '{param}': {first['msg']}, but got {describe(value)}.", param=param, code="invalid_value"
    )


def choose(choice: Any, tools: tuple[Tool, ...], hosted: bool) -> tuple[tuple[Tool, ...], str]:
    """Return the allowed tools and the practice model's `tool_choice`, given the `tool_choice` of either API."""
    if choice is None:
        return tools, "auto"
    if isinstance(choice, str):
        if choice not in ("none", "auto", "required"):
            raise wrong_value("tool_choice", choice, ["none", "auto", "required"])
        if choice == "required" and not tools and not hosted:
            raise ApiError(
                "Tool choice 'required' must be specified with 'tools' parameter.", param="tool_choice"
            )
        return tools, choice
    if not isinstance(choice, dict):
        raise wrong_type("tool_choice", "one of a string or an object", choice)
    kind = choice.get("type")
    if kind == "allowed_tools":
        inner = choice.get("allowed_tools", choice)
        if not isinstance(inner, dict):
            raise wrong_type("tool_choice.allowed_tools", "an object", inner)
        if not isinstance(given := inner.get("tools", []), list):
            raise wrong_type("tool_choice.tools", "an array of objects", given)
        wanted = {_tool_name(tool) for tool in given if isinstance(tool, dict)}
        return choose(inner.get("mode", "auto"), tuple(tool for tool in tools if tool.name in wanted), hosted)
    if kind in ("function", "custom", "shell"):
        name = "shell" if kind == "shell" else _tool_name(choice)
        if name is None:
            raise missing("tool_choice.name")
        if name not in {tool.name for tool in tools}:
            raise ApiError(f"Tool choice '{name}' not found in 'tools' parameter.", param="tool_choice")
        return tools, name
    if isinstance(kind, str) and kind.startswith("web_search") and hosted:
        return (), "required"
    raise wrong_value(
        "tool_choice.type", kind, ["allowed_tools", "custom", "function", "shell", "web_search"]
    )


def _tool_name(tool: Mapping[str, Any]) -> str | None:
    """Return the name in `{"name": …}` (Responses) or `{"function": {"name": …}}` (Chat Completions)."""
    inner = tool.get("function") or tool.get("custom") or tool
    name = inner.get("name") if isinstance(inner, dict) else None
    return name if isinstance(name, str) else None


def check_pairs(items: Iterable[Item], param: str) -> None:
    """Check that every tool output belongs to an earlier call, and that every call has its output."""
    open_calls: dict[str, None] = {}
    known: set[str] = set()
    for item in items:
        if isinstance(item, ToolCall):
            open_calls[item.call_id] = None
            known.add(item.call_id)
        elif isinstance(item, ToolResult):
            if item.call_id not in known:
                raise ApiError(
                    f"No tool call found for function call output with call_id {item.call_id}.", param=param
                )
            open_calls.pop(item.call_id, None)
    for call_id in open_calls:
        raise ApiError(f"No tool output found for function call {call_id}.", param=param)


def check_json_word(instructions: str, items: Iterable[Item], where: str, param: str) -> None:
    """Check OpenAI's rule for the `json_object` format: the word JSON must occur in what the model reads."""
    said = instructions + " ".join(getattr(item, "text", "") for item in items)
    if "json" not in said.lower():
        raise ApiError(
            f"'{where}' must contain the word 'json' in some form, to use '{param}' of type 'json_object'.",
            param=where,
        )


def text_of(content: str | list[Any], at: str, texts: Collection[str], others: Sequence[str]) -> str:
    """Return the text of a string or a list of parts; parts of type `others` become "[image]"."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise wrong_type(at, "one of a string or an array", content)
    return "\n".join(_part(part, f"{at}[{index}]", texts, others) for index, part in enumerate(content))


_TEXT = re.compile(
    r"data:(?:text/[\w.+-]+|application/(?:json|xml|x?-?yaml|toml))(?:;charset=[\w-]+)?;base64,(?P<text>.*)",
    re.S,
)


def _text_file(part: dict[str, Any]) -> str:
    """Return what a file of text says, behind its name; empty for a file of another kind."""
    nested = part.get("file")
    inner = nested if isinstance(nested, dict) else part
    match = _TEXT.fullmatch(str(inner.get("file_data") or ""))
    try:
        said = base64.b64decode(match["text"]).decode() if match else ""
    except ValueError:
        return ""
    return f"{inner.get('filename') or 'file'}:\n{said}" if said else ""


def _part(part: Any, at: str, texts: Collection[str], others: Sequence[str]) -> str:
    if not isinstance(part, dict):
        raise wrong_type(at, "an object", part)
    kind = part.get("type")
    if kind is None:
        raise missing(f"{at}.type")
    if kind == "refusal":
        return str(part.get("refusal", ""))
    if kind in others and (said := _text_file(part)):
        return said
    if kind in others:
        return f"[{kind.removesuffix('_url').removeprefix('input_')}]"
    if kind not in texts:
        raise wrong_value(f"{at}.type", kind, [*texts, "refusal", *others])
    text = part.get("text")
    if not isinstance(text, str):
        raise missing(f"{at}.text") if text is None else wrong_type(f"{at}.text", "a string", text)
    return text
