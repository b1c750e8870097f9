"""What the practice model reads and says, free of any wire format.

The gateway turns a Responses or a Chat Completions request into a `Request` and a `Reply` into the wire
objects of that API. The practice model knows neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


class Unanswerable(ValueError):
    """A request that the practice model can't answer. The text says why, to whoever sent it."""


@dataclass(frozen=True)
class Message:
    """Something said in the conversation."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True)
class ToolCall:
    """An earlier call of a function tool by the model. `arguments` is the JSON text as it was sent."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class ToolResult:
    """What a function tool answered."""

    call_id: str
    output: str


Item = Message | ToolCall | ToolResult


@dataclass(frozen=True)
class Tool:
    """A function tool on offer. Handoffs arrive as tools too (`transfer_to_…`)."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    strict: bool = False


@dataclass(frozen=True)
class OutputSchema:
    """The JSON Schema that the answer must satisfy."""

    name: str
    schema: Mapping[str, Any]


@dataclass(frozen=True)
class Request:
    """One model call: all that the practice model may look at."""

    model: str
    instructions: str
    """Instructions, with system and developer messages joined to them."""
    items: tuple[Item, ...]
    """The conversation, oldest first, with `previous_response_id` already resolved."""
    tools: tuple[Tool, ...] = ()
    tool_choice: str = "auto"
    """auto, none, required, or the name of the one tool that must be called."""
    parallel_tool_calls: bool = True
    web_search: bool = False
    """Whether the hosted web-search tool is on offer."""
    output_schema: OutputSchema | None = None


@dataclass(frozen=True)
class Citation:
    """A source for the span `text[start:end]` of the `Text` that it stands in."""

    start: int
    end: int
    url: str
    title: str


@dataclass(frozen=True)
class Text:
    """A message to the user."""

    text: str
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True)
class Call:
    """A function tool (or handoff) that the model wants called."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Search:
    """A hosted web search that was carried out, with the addresses that it found."""

    query: str
    urls: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reply:
    """What the practice model does with a request, in order."""

    parts: tuple[Text | Call | Search, ...]
