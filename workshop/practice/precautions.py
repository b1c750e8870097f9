"""What the instructions want before a tool is used: that something is looked up first, or that the user says yes."""

from __future__ import annotations

from workshop.practice import asking, limits, orders, sources
from workshop.practice.conversation import Conversation
from workshop.practice.filling.schema import properties_of, solid
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, in_words, joined, stems, words
from workshop.practice.types import Call, Reply, Text, Tool

_P = PATTERNS["orders"]
_SURE = "Are you sure?"


def taken(call: Call, tool: Tool, conversation: Conversation) -> Reply | None:
    """What comes before a call: the calls that look something up, or a question whether the user is sure."""
    steps = orders.steps_before(tool, conversation)
    readers = [each for step, each in steps if _is_for(step.when, call, tool)]
    readers += [*limits.measured_for(tool, conversation), *_finders(tool, conversation)]
    distinct = {reader.name: reader for reader in readers}.values()
    if first := tuple(each for reader in distinct for each in _read(reader, call, conversation)):
        return Reply(first)
    if not orders.needs_yes(tool, conversation) or _is_sure(conversation):
        return None
    named = joined(str(value) for value in call.arguments.values() if value not in (None, ""))
    return Reply((Text(f"This needs your yes: {in_words(tool.name)} ({named}). {_SURE}"),))


def _finders(tool: Tool, conversation: Conversation) -> list[Tool]:
    """The tools that find the very thing that a tool changes: an order is found before it is refunded."""
    needed, (_, *thing) = tool.parameters.get("required"), words(tool.name)
    alike = [each for each in conversation.functions if each.parameters.get("required") == needed != []]
    found = [each for each in alike if thing and words(each.name)[1:] == thing and orders.changes(tool)]
    return [each for each in found if words(each.name)[0].casefold() in WORDS["looks_up"]]


def _is_for(when: str, call: Call, tool: Tool) -> bool:
    """Whether what waits for something is such a call: a holiday is checked first, sick leave is not."""
    for name, part in properties_of(tool.parameters).items():
        listed = map(str, solid(part, tool.parameters).get("enum") or ())
        options = {each for each in listed if stems(each) & stems(when)}
        if options and str(call.arguments.get(name)) not in options:
            return False
    return True


def _read(reader: Tool, call: Call, conversation: Conversation) -> list[Call]:
    """The call of a tool that reads, with the values of the call that waits for it; none where it was made."""
    arguments = sources.of_question(reader, conversation)
    arguments.complete(call.arguments)
    if arguments.missing or any(done.name == reader.name for done in conversation.done):
        return []
    values = {name: call.arguments.get(name, value) for name, value in arguments.calls()[0].items()}
    shared = {name: value for name, value in values.items() if name in call.arguments}
    past = (done.arguments.items() for done in conversation.past if done.name == reader.name)
    return [] if any(shared.items() <= each for each in past) else [Call(reader.name, values)]


def _is_sure(conversation: Conversation) -> bool:
    return bool(conversation.own) and conversation.own[-1].endswith(_SURE)


def confirmed(conversation: Conversation) -> Conversation:
    """The conversation with what was asked for before, where the user now says yes to it."""
    if not (_is_sure(conversation) and _P["yes"].match(conversation.question)):
        return conversation
    last = max(n for n, item in enumerate(conversation.request.items) if item is conversation.said[-1])
    return conversation.asking(asking.completed(conversation.until(last))[0].question)
