"""Where a tool's arguments come from: the question, its part that speaks of the tool, what tools returned
before, and texts that the model writes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workshop.practice import outputs, policy
from workshop.practice.alerts import ONLY_IF, degrees_asked
from workshop.practice.conversation import Answered, Conversation
from workshop.practice.filling import phrases
from workshop.practice.filling.call import Arguments, kind_in
from workshop.practice.filling.schema import properties_of, solid, valid
from workshop.practice.reading import places, read
from workshop.practice.reading.lexicon import acts, concepts
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import fold, stems, words
from workshop.practice.types import Tool

_P = PATTERNS["sources"]

_SHORT = 8
"""A question of fewer words, in a conversation, is about what was spoken of before."""
_OPEN = frozenset(
    {"name", "title", "text", "message", "query", "topic", "content", "description", "reason", "note"}
)
"""Names of parameters that say nothing of what is meant."""
GENERIC = frozenset({"state", "tool", "us", "function", "result", "#list"})
"""Concepts that say nothing about a tool."""


def of_question(tool: Tool, conversation: Conversation) -> Arguments:
    """Arguments from the whole question, and from what it refers to when it says "everyone"."""
    return _from(_source(conversation), tool, conversation)


def of_its_part(tool: Tool, conversation: Conversation, parts: Mapping[str, Arguments]) -> Arguments:
    """Arguments from the tool's own part of the question where that is enough, from all of it elsewhere; "then"
    and "the result" wait for what the tool before returns.
    """
    arguments = parts.get(tool.name)
    if arguments is None or "question" in {kind_in(tool, name) for name in properties_of(tool.parameters)}:
        return of_question(tool, conversation)
    if not arguments.missing:
        return arguments
    own = arguments.text
    verb, _, later = own.partition(" ")
    numbers = all(
        arguments.slots[name].kind == "number" for name in arguments.missing if name in arguments.slots
    )
    waits = _waits(own, conversation.question)
    if not (waits and numbers) or next(iter(parts)) == tool.name:
        return of_question(tool, conversation)
    before = next((a for a in reversed(conversation.done) if a.name != tool.name), None)
    value = outputs.value_of(before.output) if before else None
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return arguments
    told = f"{value} {own}"
    if _P["result"].search(later):
        told = f"{verb} " + _P["result"].sub(f" {value} ", later, count=1)
    return _from(told, tool, conversation)


def carried(arguments: Arguments, conversation: Conversation) -> Arguments:
    """The arguments, with what the text lacks taken from earlier calls and what they returned, where only one
    thing is meant, and with the yes-or-no values that the instructions define.
    """
    for name, slot in arguments.slots.items():
        if slot.kind == "boolean" and (told := policy.defined(name, conversation)) is not None:
            arguments.missing += [name] if name not in arguments.missing else []
            arguments.take(name, told)
    for name in list(arguments.missing):
        value = _from_before(name, arguments, conversation)
        if value is not None:
            arguments.take(name, value)
    return arguments


def _from_before(name: str, arguments: Arguments, conversation: Conversation) -> Any:
    tool = arguments.tool
    part = solid(properties_of(tool.parameters).get(name, {}), tool.parameters)
    kind = kind_in(tool, name)
    for answered in reversed(conversation.past):
        if returned := _returned(name, kind, part, answered.output or ""):
            spoken = [len(stems(about) & stems(conversation.question)) for _, about in returned]
            meant = {v for (v, _), count in zip(returned, spoken, strict=True) if count == max(spoken)}
            value = meant.pop()
            return None if meant or not valid(value, part) else value
    short = len(conversation.question.split()) < _SHORT
    leans = short or conversation.refers_back or conversation.continues or arguments.spoken
    earlier = (a.arguments[name] for a in reversed(conversation.past) if a.arguments.get(name) is not None)
    return next((value for value in earlier if leans and valid(value, part)), None)


def _returned(name: str, kind: str, part: Mapping[str, Any], output: str) -> list[tuple[Any, str]]:
    """The values for a parameter in a tool's answer, each with the words of its entry."""
    if kind == "code":
        shape = rf"(?<![\w-]){str(part['pattern'])[1:-1]}(?![\w-])"
        lines = re.split(r"\n|(?<=\})\s*,", output)
        return [(m[0], line) for line in lines for m in re.finditer(shape, line)]
    if name in _OPEN:
        return []
    value = outputs.value_of(output)
    entries = value if isinstance(value, list) else [value]
    keys = (name, "id") if name.endswith("_id") else (name,)
    found = [(e[key], str(e)) for e in entries if isinstance(e, Mapping) for key in keys if key in e]
    return [(v, about) for v, about in found if isinstance(v, (str, int))]


def parts_of(conversation: Conversation) -> dict[str, Arguments]:
    """Arguments from the part of the question that speaks of each tool, where it speaks of several: from a word that
    means this tool to the next one that means another.
    """
    question = conversation.question
    if len(conversation.functions) < 2:
        return {}
    named = {tool.name: concepts(" ".join(words(tool.name))) - GENERIC for tool in conversation.functions}
    cues = []
    for match in re.finditer(r"[^\W_]+", question):
        meant = concepts(match.group())
        owners = [name for name, said in named.items() if meant & said]
        if len(owners) == 1:
            cues.append((match.start(), owners[0]))
    starts = [cue for n, cue in enumerate(cues) if n == 0 or cue[1] != cues[n - 1][1]]
    if len({owner for _, owner in starts}) < 2:
        return {}
    starts[0] = (0, starts[0][1])
    parts: dict[str, str] = {}
    for (start, owner), (end, _) in zip(starts, [*starts[1:], (len(question), "")], strict=True):
        parts[owner] = f"{parts.get(owner, '')} {question[start:end]}".strip()
    made: dict[str, Arguments] = {}
    for tool in conversation.functions:
        if own := parts.get(tool.name):
            made[tool.name] = _from(own, tool, conversation)
            if made[tool.name].missing and not _waits(own, question):
                return {}  # the question is not made of such parts
    return {name: made[name] for name in parts}


def _waits(own: str, question: str) -> bool:
    """Whether a part of the question needs the result of the tool before."""
    return bool(_P["result"].search(own.partition(" ")[2]) or _P["afterwards"].search(question))


def _from(text: str, tool: Tool, conversation: Conversation) -> Arguments:
    return Arguments(tool, conversation, text, body=_writer(conversation, tool))


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
        readings = [
            a
            for a in conversation.done
            if a.name != tool.name
            and not acts(a.name)
            and a.output is not None
            and not outputs.feeds(a, arguments)
        ]
        if not readings:
            told = [each for each in read(conversation.question).sentences if not phrases.command(each)]
            return " ".join(told) or conversation.question
        state = next((s for v in arguments.values() if isinstance(v, str) and (s := places.by_name(v))), None)
        about = [a for a in readings if state is None or outputs.state_of(a) == state]
        return _notice(about, conversation) if about else None

    return write


def _notice(about: Sequence[Answered], conversation: Conversation) -> str | None:
    degrees = degrees_asked(conversation.question)
    good = [a for a in about if outputs.error_of(a.output) is None]
    if not good:
        return None
    if ONLY_IF.search(fold(conversation.question)) or degrees:
        alerts = [alert for a in about for alert in outputs.alerts_of(a) or []]
        wanted = [alert for alert in alerts if not degrees or alert.severity.casefold() in degrees]
        if not wanted and any(outputs.alerts_of(a) is not None for a in about):
            return None
    return " ".join(outputs.told(a, conversation.reply_language, degrees) for a in good)
