"""Where a tool's arguments come from: the question or a part of it, the instructions, and texts that the model writes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from workshop.practice import orders, outputs, policy
from workshop.practice.alerts import ONLY_IF, degrees_asked
from workshop.practice.conversation import Answered, Conversation
from workshop.practice.filling import phrases
from workshop.practice.filling.call import Arguments
from workshop.practice.parts import Part, roots_of
from workshop.practice.profiles import profile_of
from workshop.practice.reading import places, read
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import fold
from workshop.practice.types import Tool
from workshop.practice.withheld import kept

_P = PATTERNS["sources"]


def of_question(tool: Tool, conversation: Conversation) -> Arguments:
    """Arguments from the whole question without what it excepts, and from what it refers to when it says "everyone"."""
    return of_text(kept(_source(conversation)), tool, conversation)


def of_text(text: str, tool: Tool, conversation: Conversation) -> Arguments:
    """Arguments from a text, for the caller to change."""
    known, key = _read_before(conversation), (text, id(tool))
    if key not in known:
        known[key] = _of_text(text, tool, conversation)
    return known[key].copy()


@lru_cache(maxsize=8)
def _read_before(conversation: Conversation) -> dict[tuple[str, int], Arguments]:
    """What was read for a conversation before, by the text and the tool: half of all is asked for again. A tool is known
    by its id, which no other gets while what was read for it is kept.
    """
    return {}


def _of_text(text: str, tool: Tool, conversation: Conversation) -> Arguments:
    arguments = Arguments(tool, conversation, text, body=_writer(conversation, tool))
    whole = _P["passed_whole"].search(conversation.instructions)
    if whole and whole["name"] in arguments.slots:
        arguments.put(whole["name"], conversation.question)
    for name, value in _given(conversation.instructions).items():
        if name in arguments.missing or (name in arguments.slots and re.search(r"[/.]", value)):
            arguments.put(name, value)
    if list(arguments.slots) == ["input"] and arguments.values.get("input", text) in (text, arguments.text):
        arguments.put("input", _in_context(tool, conversation, text))
    return arguments


@lru_cache(maxsize=64)
def _given(instructions: str) -> Mapping[str, str]:
    """The values that the instructions give parameters by their names."""
    found = {}
    for match in _P["used_for"].finditer(instructions):
        before = _P["place_before"].findall(instructions[: match.start()])
        pointed = match["what"].casefold() in ("that", "this", "it")
        value = (before[-1] if before else "") if pointed else match["what"].strip("\"'`")
        if value:
            found[match["name"]] = value
    return found


def defined(arguments: Arguments, conversation: Conversation) -> None:
    """Give yes-or-no values what the instructions define them by."""
    for name, slot in arguments.slots.items():
        if slot.kind == "boolean" and (told := policy.defined(name, conversation)) is not None:
            arguments.put(name, told)


def _source(conversation: Conversation) -> str:
    """The text that arguments come from: the question, and what it refers to when it says "everyone"."""
    text = conversation.question
    if not _P["everyone"].search(fold(text)) and text:
        return text
    lines = conversation.instructions.splitlines()
    named = "\n".join(line for line in lines if re.search(r"[Ss]ubscriber|[Rr]ecipient|^\s*-", line))
    listed = "\n".join(outputs.people_in(answered.output) for answered in conversation.done)
    return "\n".join(part for part in (text, named, listed) if part.strip())


def _writer(conversation: Conversation, tool: Tool) -> Callable[[Mapping[str, object]], str | None]:
    """A writer of the text for an acting tool, from what the reading tools answered about the same thing."""

    def write(arguments: Mapping[str, object]) -> str | None:
        done = [each for each in conversation.answered if each.name != tool.name]
        acted = orders.acted(conversation, done)
        readings = [a for a in done if a not in acted and not outputs.feeds(a, arguments)]
        if not readings:
            told = [each for each in read(conversation.question).sentences if not phrases.command(each)]
            return " ".join(told) or conversation.question
        state = next((s for v in arguments.values() if isinstance(v, str) and (s := places.by_name(v))), None)
        about = [a for a in readings if state is None or outputs.state_of(a) == state]
        return _notice(about, conversation) if about else None

    return write


def _in_context(tool: Tool, conversation: Conversation, question: str) -> str:
    """The question as an agent used as a tool understands it, which knows nothing of what was said before."""
    part = Part(question)
    last = next((a for a in reversed(conversation.past) if list(a.arguments) == ["input"]), None)
    if last and not part.roots - profile_of(tool).told - profile_of(tool).named - _AGAIN:
        return str(last.arguments["input"])
    leans = conversation.earlier and (conversation.continues or "points" in part.acts)
    return f"{conversation.earlier[0]} {question}" if leans else question


_AGAIN = roots_of("well also too same again please now version")


def _notice(about: Sequence[Answered], conversation: Conversation) -> str | None:
    degrees = degrees_asked(conversation.question)
    good = [a for a in about if outputs.error_of(a.output) is None]
    if not good:
        return None
    if ONLY_IF.search(fold(conversation.question)) or degrees:
        alerts = [alert for a in about for alert in outputs.alerts_of(a) or []]
        told = any(outputs.alerts_of(a) is not None for a in about)
        if told and not any(alert.is_of(degrees) for alert in alerts):
            return None
    return " ".join(outputs.told(a, conversation.reply_language, degrees) for a in good)
