"""The request as the skills see it: the question, what was said before, which tools have answered already."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from workshop.practice.filling.bounds import bound
from workshop.practice.reading import language, places, read
from workshop.practice.reading.dates import today_in
from workshop.practice.reading.tables import PATTERNS, load
from workshop.practice.reading.text import WORDS, before, fold, in_words, without_quotes, words
from workshop.practice.types import Item, Message, Request, Tool, ToolCall, ToolResult

_P = PATTERNS["conversation"]
_LONGEST = 2_000
"""Letters of a word that are read: what is longer is no word."""
_ENDLESS = re.compile(rf"\S{{{_LONGEST},}}")
_SLANG = load("slang", dict[str, str])
_SPOKEN = re.compile(rf"(?i)\b(?:{'|'.join(_SLANG)})\b")
HANDOFF = "transfer_to_"
_FEW = 4
"""Tools that are asked what they say of a parameter of another."""
_ANSWER, _CLAUSE = 3, 300
"""The most words of an answer with thanks that wants nothing, and letters in which a last question is looked for."""


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
        asked = [n for n, e in enumerate(request.items) if isinstance(e, Message) and e.role == "user"]
        last = asked[-1] if asked else -1
        self._before, self._after = request.items[: max(last, 0)], request.items[last + 1 :]
        item = request.items[last] if asked else None
        said = _as_lines(item.text.strip()) if isinstance(item, Message) else ""
        said = _ENDLESS.sub(lambda word: word[0][:_LONGEST], said) if len(said) > _LONGEST else said
        self.question = _plain(_spelled_out(said)) if request.tools and not request.output_schema else said

    def asking(self, question: str) -> Conversation:
        """The same conversation with another question in place of the last."""
        message = Message("user", question)
        return Conversation(replace(self.request, items=(*self._before, message, *self._after)))

    def until(self, end: int) -> Conversation:
        """The conversation as it was before one of its items."""
        return Conversation(replace(self.request, items=self.request.items[:end]))

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

    @property
    def handoffs(self) -> list[Tool]:
        """The tools on offer that hand over."""
        return [tool for tool in self.request.tools if tool.name.startswith(HANDOFF)]

    @cached_property
    def colleagues(self) -> list[str]:
        """The names of the agents to hand over to."""
        return [*map(agent_of, self.handoffs)]

    @cached_property
    def earlier(self) -> list[str]:
        """What the user said before, newest first."""
        return [message.text for message in reversed(self.said) if message.role == "user"]

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

    @property
    def handed_to(self) -> list[str]:
        """The handoffs that were made since the question."""
        return handed_to(self._after)

    @property
    def was_handed_over(self) -> bool:
        """Whether the question came through a handoff."""
        return bool(self.handed_to)

    @cached_property
    def answers_a_question(self) -> bool:
        """Whether the user tells what the assistant has just asked for."""
        before = self.said[-1] if self.said else None
        return bool(before and before.role == "assistant" and "?" in before.text and "?" not in self.question)

    @cached_property
    def done(self) -> list[Answered]:
        """Calls made since the question, handoffs left out."""
        return _answered(self._after, self.request.items)

    @property
    def answered(self) -> list[Answered]:
        """Those of them whose results have come."""
        return [call for call in self.done if call.output is not None]

    @cached_property
    def past(self) -> list[Answered]:
        """Calls made for earlier questions, handoffs left out."""
        return _answered(self._before, self.request.items)

    @cached_property
    def user_language(self) -> str:
        """The language of the question, or of what was said before where the question is too short to tell."""
        spoken = (read(text).language for text in (self.question, *self.earlier))
        return next((code for code in spoken if code != language.OTHER), language.OTHER)

    @cached_property
    def reply_language(self) -> str:
        """The language to answer in: that which the instructions, or else the question, ask for; else the user's."""
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
        return bool(self.earlier) and (bool(_P["continues"].match(plain)) or len(plain.split()) <= 3)


def handed_to(items: Iterable[Item]) -> list[str]:
    """The handoffs that were made, in order."""
    return [each.name for each in items if isinstance(each, ToolCall) and each.name.startswith(HANDOFF)]


def agent_of(handoff: Tool) -> str:
    """The agent's name as its owner writes it, where the tool says it."""
    told = _P["handed_to"].match(handoff.description)
    return told[1] if told else in_words(handoff.name.removeprefix(HANDOFF)).title()


def language_ordered(text: str) -> str | None:
    """The language in which a text wants an answer, if any: "You only speak French", "answer in Spanish"."""
    plain = fold(without_quotes(text))
    for match in _P["ordered"].finditer(plain):
        said = before(plain, match.start())
        if _P["denied"].search(said) or _P["others_speak"].search(said):
            continue
        case = _P["case"].search(said)
        if case and language.languages_named(case[0]):  # "When somebody writes in French, answer in French"
            continue
        named = language.languages_named(match.group(1))
        if len(named) == 1 and "translat" not in match.group(1):
            return named[0]
    return None


def _spelled_out(said: str) -> str:
    """A message with its slang in the words that it stands for: "gimme" is "give me"."""
    return _SPOKEN.sub(lambda match: _SLANG[match[0].casefold()], said)


def _plain(said: str) -> str:
    """What is wanted of an agent with tools, without the greeting before it and the thanks behind, with its "?"."""
    wanted = _P["impatience"].sub("", _P["courtesy_before"].sub("", said)) or said
    bare = _P["courtesy_behind"].sub("", wanted)
    if "?" in bare or len(words(bare)) > _ANSWER:  # "Great, thanks!" is no more than that
        wanted = bare
    clause = words(wanted[-_CLAUSE:].rpartition(",")[2])
    ordered = (
        "," in wanted and bool(clause) and fold(clause[0]) in WORDS["commands"]
    )  # "Why wait, restart it"
    return f"{wanted}?" if not ordered and _P["unmarked"].search(wanted[-_CLAUSE:]) else wanted


def _as_lines(said: str) -> str:
    """The data that an agent used as a tool is called with, as lines with labels: "Target: French"."""
    match = _P["data"].match(said)
    data = _object(match["data"]) if match else {}
    if not data or any(isinstance(value, (dict, list)) for value in data.values()):
        return said
    told = {in_words(name).capitalize(): value for name, value in data.items() if value is not None}
    return "\n".join(f"{name}: {value}" for name, value in told.items())


def _answered(items: tuple[Any, ...], everything: tuple[Any, ...]) -> list[Answered]:
    """The calls of some items with what came back, handoffs left out."""
    results = (item for item in everything if isinstance(item, ToolResult))
    outputs = {item.call_id: _P["exec_header"].sub("", item.output) for item in results}
    calls = (item for item in items if isinstance(item, ToolCall) and not item.name.startswith(HANDOFF))
    return [Answered(call.name, _object(call.arguments), outputs.get(call.call_id)) for call in calls]


def _object(arguments: str) -> Mapping[str, Any]:
    try:
        value = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
