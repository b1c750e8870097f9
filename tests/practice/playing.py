"""Agents of plain functions, as a learner writes them, played against the practice model without a service."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from agents import function_tool
from asking import calls_of, handoff_to, text_of

from workshop.practice.model import answer
from workshop.practice.types import Item, Message, OutputSchema, Request, Tool, ToolCall, ToolResult


@dataclass
class Desk:
    """An agent: its instructions, its tools and its colleagues."""

    name: str
    instructions: str = ""
    tools: list[Callable[..., Any]] = field(default_factory=list)
    handoffs: list[Desk] = field(default_factory=list)
    about: str = ""
    output: OutputSchema | None = None

    @cached_property
    def offered(self) -> tuple[Tool, ...]:
        made = [function_tool(each) for each in self.tools]
        own = [Tool(t.name, t.description, t.params_json_schema, strict=True) for t in made]
        return (*own, *(handoff_to(colleague.name, colleague.about) for colleague in self.handoffs))

    def called(self, name: str, arguments: dict[str, Any]) -> tuple[str, Desk]:
        """What a call returns, and who has the conversation then."""
        to = next((each for each in self.handoffs if handoff_to(each.name).name == name), None)
        if to:
            return json.dumps({"assistant": to.name}), to
        return str(next(each for each in self.tools if each.__name__ == name)(**arguments)), self


class Turn:
    """A question played to its end: the calls, the answer, and the conversation with them."""

    def __init__(self, desk: Desk, question: str, before: Sequence[Item] = ()) -> None:
        self.items: list[Item] = [*before, Message("user", question)]
        self.calls: list[tuple[str, dict[str, Any]]] = []
        for _ in range(12):
            reply = answer(Request("practice", desk.instructions, tuple(self.items), desk.offered))
            self.text = text_of(reply)
            if not calls_of(reply):
                self.items.append(Message("assistant", self.text))
                return
            for name, arguments in calls_of(reply):
                self.calls.append((name, arguments))
                output, desk = desk.called(name, arguments)
                call_id = f"call-{len(self.items)}"
                self.items += [ToolCall(call_id, name, json.dumps(arguments)), ToolResult(call_id, output)]
        raise AssertionError(f"no end: {self.calls}")
