"""What the instructions want before a tool is used: that something is looked up first, or that the user says yes."""

from __future__ import annotations

from dataclasses import replace

from workshop.practice import asking, orders, sources
from workshop.practice.conversation import Conversation
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import joined, words
from workshop.practice.types import Call, Reply, Text, Tool

_P = PATTERNS["orders"]
_SURE = "Are you sure?"


def taken(call: Call, tool: Tool, conversation: Conversation) -> Reply | None:
    """What comes before a call: the calls that look something up, or a question whether the user is sure."""
    if first := [
        each for reader in orders.before(tool, conversation) for each in _read(reader, call, conversation)
    ]:
        return Reply(tuple(first))
    if not orders.needs_yes(tool, conversation) or _is_sure(conversation):
        return None
    named = joined(str(value) for value in call.arguments.values() if value not in (None, ""))
    return Reply((Text(f"This needs your yes: {' '.join(words(tool.name))} ({named}). {_SURE}"),))


def _read(reader: Tool, call: Call, conversation: Conversation) -> list[Call]:
    """The call of a tool that reads, with the values of the call that waits for it; none where it was made."""
    arguments = sources.of_question(reader, conversation)
    arguments.complete(call.arguments)
    if arguments.missing or any(done.name == reader.name for done in conversation.done):
        return []
    values = {name: call.arguments.get(name, value) for name, value in arguments.calls()[0].items()}
    before = any(done.name == reader.name and dict(done.arguments) == values for done in conversation.past)
    return [] if before else [Call(reader.name, values)]


def _is_sure(conversation: Conversation) -> bool:
    return bool(conversation.own) and conversation.own[-1].endswith(_SURE)


def confirmed(conversation: Conversation) -> Conversation:
    """The conversation with what was asked for before, where the user now says yes to it."""
    if not (_is_sure(conversation) and _P["yes"].match(conversation.question)):
        return conversation
    last = max(n for n, item in enumerate(conversation.request.items) if item is conversation.said[-1])
    before = Conversation(replace(conversation.request, items=conversation.request.items[:last]))
    return conversation.asking(asking.completed(before)[0].question)
