"""The request as the skills see it: the question, what was said before, which tools have answered already."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from workshop.practice.filling.bounds import bound
from workshop.practice.reading import language, places, read
from workshop.practice.reading.dates import today_in
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import before, fold, without_quotes, words
from workshop.practice.types import Message, Request, Tool, ToolCall, ToolResult

_P = PATTERNS["conversation"]
_LONGEST = 2_000
"""Letters of a word that are read: what is longer is no word."""
_ENDLESS = re.compile(rf"\S{{{_LONGEST},}}")
HANDOFF = "transfer_to_"
_FEW = 4
"""Tools that are asked what they say of a parameter of another."""


@dataclass(frozen=True)
class Answered:
    """A call of a function tool and what came back; `output` is None while it is on its way."""

    name: str
    arguments: Mapping[str, Any]
    output: str | None


class Conversation:
    """A request, read once. Everything here is worked out from the request alone."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.instructions = _P["machinery"].sub("", request.instructions)
        last = max((i for i, item in enumerate(request.items) if _is_user(item)), default=-1)
        self._before = request.items[:last] if last >= 0 else ()
        self._after = request.items[last + 1 :]
        item = request.items[last] if last >= 0 else None
        said = _as_lines(item.text.strip()) if isinstance(item, Message) else ""
        self.question = _ENDLESS.sub(lambda word: word[0][:_LONGEST], said) if len(said) > _LONGEST else said

    def asking(self, question: str) -> Conversation:
        """The same conversation with another question in place of the last."""
        message = Message("user", question)
        return Conversation(replace(self.request, items=(*self._before, message, *self._after)))

    @cached_property
    def functions(self) -> list[Tool]:
        """The tools on offer that are not handoffs; their schemas say what their descriptions bind."""
        own = (tool for tool in self.request.tools if not tool.name.startswith(HANDOFF))
        return [replace(tool, parameters=bound(tool.parameters)) for tool in own]

    @cached_property
    def beside(self) -> Mapping[str, str]:
        """For each name of a parameter what the first tools say that take one of that name."""
        told: dict[str, list[str]] = {}
        for tool in self.functions:
            for name in tool.parameters.get("properties") or ():
                told.setdefault(name, []).append(tool.description)
        return {name: " ".join(said[:_FEW]) for name, said in told.items() if len(said) > 1}

    @cached_property
    def today(self) -> date | None:
        """The day that the instructions, or what was said, call today."""
        told = (today_in(text) for text in (self.question, *self.earlier, self.instructions))
        return next((day for day in told if day), None)

    @cached_property
    def colleagues(self) -> list[str]:
        """The names of the agents to hand over to."""
        return [agent_of(tool) for tool in self.request.tools if tool.name.startswith(HANDOFF)]

    @cached_property
    def earlier(self) -> list[str]:
        """What the user said before, newest first."""
        return [
            item.text for item in reversed(self._before) if isinstance(item, Message) and item.role == "user"
        ]

    @cached_property
    def said(self) -> list[Message]:
        """All messages before the question, oldest first."""
        return [item for item in self._before if isinstance(item, Message)]

    @cached_property
    def own(self) -> list[str]:
        """What the assistant said before, oldest first."""
        return [message.text for message in self.said if message.role == "assistant"]

    @cached_property
    def draft(self) -> str:
        """What an assistant has said to the question already, and somebody else is to judge."""
        told = [item.text for item in self._after if isinstance(item, Message) and item.role == "assistant"]
        return told[-1] if told else ""

    @cached_property
    def was_handed_over(self) -> bool:
        """Whether the question came through a handoff."""
        return any(isinstance(item, ToolCall) and item.name.startswith(HANDOFF) for item in self._after)

    @cached_property
    def answers_a_question(self) -> bool:
        """Whether the user tells what the assistant has just asked for."""
        before = self.said[-1] if self.said else None
        return bool(before and before.role == "assistant" and "?" in before.text and "?" not in self.question)

    @cached_property
    def done(self) -> list[Answered]:
        """Calls made since the question, handoffs left out."""
        return [a for a in _answered(self._after, self.request.items) if not a.name.startswith(HANDOFF)]

    @cached_property
    def past(self) -> list[Answered]:
        """Calls made for earlier questions, handoffs left out."""
        return [a for a in _answered(self._before, self.request.items) if not a.name.startswith(HANDOFF)]

    @cached_property
    def user_language(self) -> str:
        """The language of the question, or of what was said before where the question is too short to tell."""
        spoken = (read(text).language for text in (self.question, *self.earlier))
        return next((code for code in spoken if code != language.OTHER), language.OTHER)

    @cached_property
    def reply_language(self) -> str:
        """The language to answer in: the one that the instructions ask for, else the one asked for, else the
        user's.
        """
        return language_ordered(self.instructions) or language_ordered(self.question) or self.user_language

    @cached_property
    def user_name(self) -> str | None:
        """What the user calls themselves, the latest word counting."""
        for text in [self.question, *self.earlier]:
            match = _P["my_name"].search(text) or _P["i_am"].search(text)
            if match and not places.by_name(match.group(1)):
                return match.group(1)
        return None

    @cached_property
    def states(self) -> list[places.State]:
        """The US states that the question is about; "there" and "at home" stand for one named earlier."""
        texts = [self.question, *(self.earlier if self.refers_back else ())]
        return next((list(read(text).states) for text in texts if read(text).states), [])

    @cached_property
    def refers_back(self) -> bool:
        """Whether the question leans on what was said before."""
        return bool(self.earlier and _P["refers_back"].search(fold(self.question)))

    @cached_property
    def continues(self) -> bool:
        """Whether the question is a short addition to the one before: "and in Ohio?"."""
        plain = fold(self.question)
        opener = re.match(
            r"\W*(and|what about|how about|what if|also|et|y|same for|now|ok and|then|or|make (?:it|that))\b",
            plain,
        )
        return bool(self.earlier) and (bool(opener) or len(plain.split()) <= 3)


def agent_of(handoff: Tool) -> str:
    """The agent's name as its owner writes it, where the tool says it."""
    told = _P["handed_to"].match(handoff.description)
    return told[1] if told else " ".join(words(handoff.name.removeprefix(HANDOFF))).title()


def language_ordered(text: str) -> str | None:
    """The language in which the text asks to be answered ("You only speak French", "answer in Spanish"), if
    any.
    """
    plain = fold(without_quotes(text))
    for match in _P["ordered"].finditer(plain):
        said = before(plain, match.start())
        if re.search(r"\b(?:don't|do not|never|not) $", said) or _P["others_speak"].search(said):
            continue
        case = _P["case"].search(said)
        if case and language.languages_named(case[0]):  # "When somebody writes in French, answer in French"
            continue
        named = language.languages_named(match.group(1))
        if len(named) == 1 and "translat" not in match.group(1):
            return named[0]
    return None


def _as_lines(said: str) -> str:
    """The data that an agent used as a tool is called with, as lines with labels: "Target: French"."""
    match = _P["data"].match(said)
    data = _object(match["data"]) if match else {}
    if not data or any(isinstance(value, (dict, list)) for value in data.values()):
        return said
    told = {" ".join(words(name)).capitalize(): value for name, value in data.items() if value is not None}
    return "\n".join(f"{name}: {value}" for name, value in told.items())


def _is_user(item: object) -> bool:
    return isinstance(item, Message) and item.role == "user"


def _answered(items: tuple[Any, ...], everything: tuple[Any, ...]) -> list[Answered]:
    results = (item for item in everything if isinstance(item, ToolResult))
    outputs = {item.call_id: _P["exec_header"].sub("", item.output) for item in results}
    return [
        Answered(item.name, _object(item.arguments), outputs.get(item.call_id))
        for item in items
        if isinstance(item, ToolCall)
    ]


def _object(arguments: str) -> Mapping[str, Any]:
    try:
        value = json.loads(arguments or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
