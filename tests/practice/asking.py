"""Requests for the practice model, and a loop that plays the program around it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel

from workshop.practice.model import answer
from workshop.practice.types import (
    Call,
    Item,
    Message,
    OutputSchema,
    Reply,
    Request,
    Text,
    Tool,
    ToolCall,
    ToolResult,
)

Model = TypeVar("Model", bound=BaseModel)


def parameters(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


STRING = {"type": "string"}
STATE = {"type": "string", "description": "Two-letter US state code (e.g. CA, NY)"}
GET_WEATHER = Tool("get_weather", "Get the active weather alerts for a US state.", parameters(state=STATE))
POST_NOTICE = Tool(
    "post_notice",
    "Post a notice for a subscriber on the notice board.",
    parameters(state=STATE, subscriber=STRING, text=STRING),
)

ALERTS: Mapping[str, list[dict[str, str]]] = {
    "TX": [
        {"event": "Wind Advisory", "headline": "Windy", "severity": "Minor", "areaDesc": "Dallas"},
        {"event": "Flood Watch", "headline": "Wet", "severity": "Severe", "areaDesc": "Harris"},
    ],
    "CA": [
        {"event": "Heat Advisory", "headline": "Hot", "severity": "Moderate", "areaDesc": "Central Valley"}
    ],
    "OH": [],
}


def handoff_to(name: str, description: str = "") -> Tool:
    """The tool that openai-agents makes of a handoff."""
    told = f"Handoff to the {name} agent to handle the request. {description}"
    return Tool(f"transfer_to_{name.lower().replace(' ', '_')}", told, parameters())


def weather_and_board(name: str, arguments: Mapping[str, Any]) -> str:
    """What the two tools answer."""
    if name == "get_weather":
        state = arguments["state"]
        if state not in ALERTS:
            return json.dumps({"error": f"unknown state {state}"})
        return json.dumps({"state": state, "alerts": ALERTS[state]})
    return json.dumps({"id": 1, "accepted": True})


def request(
    question: str,
    tools: Sequence[Tool] = (),
    instructions: str = "",
    history: Sequence[Item] = (),
    **more: Any,
) -> Request:
    return Request("practice", instructions, (*history, Message("user", question)), tuple(tools), **more)


def reply_to(
    question: str,
    tools: Sequence[Tool] = (),
    instructions: str = "",
    history: Sequence[Item] = (),
    **more: Any,
) -> Reply:
    return answer(request(question, tools, instructions, history, **more))


def text_of(reply: Reply) -> str:
    return "\n".join(part.text for part in reply.parts if isinstance(part, Text))


def calls_of(reply: Reply) -> list[tuple[str, dict[str, Any]]]:
    return [(part.name, dict(part.arguments)) for part in reply.parts if isinstance(part, Call)]


class Played:
    """A run of an agent with these tools: the rounds of calls, and the answer."""

    def __init__(
        self,
        question: str,
        tools: Sequence[Tool],
        run: Callable[[str, Mapping[str, Any]], str] = weather_and_board,
        instructions: str = "",
        history: Sequence[Item] = (),
        **more: Any,
    ) -> None:
        self.items: list[Item] = [*history, Message("user", question)]
        self.rounds: list[list[tuple[str, dict[str, Any]]]] = []
        for turn in range(20):
            reply = answer(Request("practice", instructions, tuple(self.items), tuple(tools), **more))
            calls = calls_of(reply)
            if not calls:
                self.text = text_of(reply)
                self.items.append(Message("assistant", self.text))
                return
            self.rounds.append(calls)
            for number, (name, arguments) in enumerate(calls):
                call_id = f"call-{turn}-{number}"
                self.items += [
                    ToolCall(call_id, name, json.dumps(arguments)),
                    ToolResult(call_id, run(name, arguments)),
                ]
        raise AssertionError(f"no end after 20 rounds: {self.rounds}")

    @property
    def calls(self) -> list[tuple[str, dict[str, Any]]]:
        return [call for calls in self.rounds for call in calls]


def structured(
    model: type[Model], question: str, instructions: str = "", history: Sequence[Item] = (), **more: Any
) -> Model:
    """The model's answer in the form of a pydantic class."""
    schema = OutputSchema(model.__name__, model.model_json_schema())
    return model.model_validate_json(
        text_of(reply_to(question, (), instructions, history, output_schema=schema, **more))
    )
