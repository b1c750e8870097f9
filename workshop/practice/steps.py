"""The calls that a message wants: a tool for each of its parts, with what the message and earlier turns give it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from workshop.practice import chains, conditions, ellipsis, sources
from workshop.practice.conditions import Condition
from workshop.practice.conversation import Conversation
from workshop.practice.earlier import Earlier
from workshop.practice.filling.call import Arguments
from workshop.practice.orders import changes
from workshop.practice.parts import Part
from workshop.practice.profiles import profile_of
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.selection import Option, Selection
from workshop.practice.types import Tool
from workshop.practice.withheld import withheld

_P = PATTERNS["steps"]
READS, NAMED = 0.5, 2.0
"""How much less a tool must weigh that only reads, and, where nothing else has an answer, one that is named."""
DOUBTFUL = -1.0
"""What a tool must weigh where nothing else has an answer."""
ANOTHER = 2.0
"""What a tool must weigh for a part of a message, where another tool is the one for the whole."""
NEARLY = 0.7
"""How much less a second tool may weigh, for a part that asks something else about the same thing."""
WEAK = 1.0
"""What a value of a part must weigh to be taken whatever another part names."""
GIVEN = 1.5
"""What a value counts that a condition's order gives a tool."""


@dataclass(frozen=True)
class Step:
    """A tool that a message wants, with its arguments."""

    tool: Tool
    arguments: Arguments
    named: bool
    """Whether the message has a word of its name that no other tool has."""

    @property
    def acts(self) -> bool:
        return changes(self.tool)

    @property
    def missing(self) -> list[str]:
        return self.arguments.missing


def everything(conversation: Conversation) -> list[Arguments]:
    """What the message and earlier turns give each function, but for those whose deed it speaks of and does not order."""
    barred = withheld(conversation.functions, conversation.question)
    free = (tool for tool in conversation.functions if tool.name not in barred)
    return [sources.of_question(tool, conversation) for tool in free]


@lru_cache(maxsize=8)
def steps(conversation: Conversation, only: str = "", least: float = 0.0) -> list[Step]:
    """The tools that a message wants, readers first. `only`: the one in question; `least`: what a tool must weigh."""
    each = everything(conversation)
    if not each or not conversation.question or ellipsis.is_content(conversation):
        return []
    condition = None if only else conditions.of_message(conversation.question)
    if condition and (found := _conditional(condition, each, conversation)):
        return found
    selection = Selection(conversation, each)
    chosen = {only: selection.parts} if only else _chosen(selection, least)
    found = []
    for own in each:
        if own.tool.name in chosen:
            others = [p for held in chosen.values() for p in held if p not in chosen[own.tool.name]]
            named = selection.names(own.tool.name)
            found.append(Step(own.tool, _arguments(own, others, selection, waits=bool(only)), named))
    _shared(found, chosen)
    found += _also([a for a in each if a.tool.name not in chosen], found, selection)
    return sorted(found, key=lambda step: step.acts)


def _shared(found: list[Step], chosen: dict[str, list[Part]]) -> None:
    """Give a tool what another one's part names, where its own says "it" or hardly names anything."""
    for step in found:
        own, parts = step.arguments, chosen[step.tool.name]
        said = " ".join(part.text for part in parts)
        for name in own.spoken:
            weight = own.weight(name)
            beside = [other.arguments for other in found if other is not step]
            others = [(e.weight(name) or 0.0, e.values[name]) for e in beside if name in e.spoken]
            if weight is None or not others:
                continue
            best, value = max(others, key=lambda each: each[0])
            better = best > weight and (_P["it"].search(said) or weight < WEAK)
            if better or str(own.values[name]) not in said:
                own.put(name, value)


def _conditional(condition: Condition, each: list[Arguments], conversation: Conversation) -> list[Step]:
    """What is looked up for a condition, and what is to be done if it holds; empty where that changes nothing."""
    selection, then = Selection(conversation, each), Part(condition.then, condition.start)
    if then.only_asks:
        return []
    readers = [step for step in steps(conversation.asking(condition.rest)) if not step.acts]
    if not readers:
        reading = [own.tool for own in each if not changes(own.tool)]
        told = [sources.of_text(condition.rest, tool, conversation) for tool in reading]
        best = max(told, key=lambda own: selection.weigh(own.tool.name, selection.whole), default=None)
        readers = [Step(best.tool, best, False)] if best else []
    read = [step.arguments for step in readers]
    actors: list[tuple[float, int, Arguments]] = []
    for own in each:
        if changes(own.tool):
            shared = [v for r in read for n, v in r.spoken.items() if n in own.slots and isinstance(v, str)]
            said = _P["it"].sub(f"the {shared[0]}", condition.then, count=1) if shared else condition.then
            act = sources.of_text(said, own.tool, conversation)
            for reader in read:
                act.complete(reader.values)
            actors.append((selection.weigh(own.tool.name, then) + GIVEN * len(act.spoken), -len(actors), act))
    if not actors or not read:
        return []
    act = max(actors)[2]
    for reader in read:
        reader.complete(act.values)
    act.complete(next(own for own in each if own.tool == act.tool).values)
    chains.link([act, *read], conversation)
    known = not any(step.missing for step in readers)
    return [*readers, *([Step(act.tool, act, True)] if known else [])]


def _also(rest: list[Arguments], found: list[Step], selection: Selection) -> list[Step]:
    """The tools that those chosen need beside: before them, to know what they lack, or after, for what they return."""
    wanted = [step.arguments for step in found]
    fed = chains.link(wanted + rest, selection.conversation)
    more = []
    for own in rest:
        if selection.whole.only_asks and changes(own.tool):
            continue  # a question changes nothing
        named = own in fed and selection.names(own.tool.name)
        linked = any(_follows(own, other, selection) or _leads(own, other) for other in wanted)
        if linked or named or (bool(found) and _tells(own, selection)):
            more.append(Step(own.tool, own, False))
    return more


def _follows(own: Arguments, before: Arguments, selection: Selection) -> bool:
    """Whether the message names a tool that lacks what another returns: "the postage for PA-77", once it is weighed."""
    return bool(own.missing) and selection.names(own.tool.name) and chains.leads_to(before, own)


def _tells(own: Arguments, selection: Selection) -> bool:
    """Whether a tool writes to somebody whom the message names, so that it tells what others read."""
    someone = any(slot.kind in ("person", "email") and slot.found for slot in own.slots.values())
    return someone and not own.missing and selection.kind(own.tool.name) == "send" and own.has_open_text


def _leads(reader: Arguments, own: Arguments) -> bool:
    """Whether a tool that reads returns what another lacks: a value, or what its text is to be about."""
    if reader.missing or changes(reader.tool):
        return False
    return chains.leads_to(reader, own) or (own.has_open_text and chains.share_a_thing(reader, own))


def _chosen(selection: Selection, least: float) -> dict[str, list[Part]]:
    """The tools of the parts of a message, each with its parts; of the message as a whole where no part is for one."""
    best, worth = selection.best(selection.whole)
    chosen: dict[str, list[Part]] = {}
    parts = selection.parts if len(selection.parts) > 1 else []
    apart = _apart(parts, selection)
    for part in parts:
        name, score = apart.get(part) or selection.best(part)
        named = selection.names(name, part)
        option = selection.option(name)
        lists = part.only_asks and named and not (option.profile.required or changes(option.tool))
        if score > (-READS * lists if name == best or named or part in apart else ANOTHER):
            chosen.setdefault(name, []).append(part)
    least -= READS * (selection.kind(best) == "read") + NAMED * (least < 0 and selection.names(best))
    if not chosen and worth > least:
        chosen[best] = [selection.whole]
    for name, held in [*chosen.items()]:
        chosen.update({each: held for each in selection.listed_with(name) if each not in chosen})
    return chosen


def _apart(parts: list[Part], selection: Selection) -> dict[Part, tuple[str, float]]:
    """The tools of the parts that ask something else about a thing which another part has asked about: nobody asks
    twice for what one tool tells.
    """
    asking = [part for part in parts if part.only_asks]
    taken: dict[str, Part] = {}
    apart: dict[Part, tuple[str, float]] = {}
    for part in sorted(asking, key=selection.lead, reverse=True):
        name, score = selection.best(part)
        if (earlier := taken.get(name)) and not _each_has_values(selection.option(name), earlier, part):
            others = [
                o.tool.name for o in selection.options if o.tool.name not in taken and not changes(o.tool)
            ]
            other = max(others, key=lambda each: selection.weigh(each, part), default=name)
            if score - selection.weigh(other, part) < NEARLY:
                name = other
                apart[part] = name, selection.weigh(name, part)
        taken.setdefault(name, part)
    return apart


def _each_has_values(option: Option, *parts: Part) -> bool:
    """Whether each of some parts names values of its own for a tool."""
    return all(option.given(part) for part in parts)


def _arguments(own: Arguments, others: list[Part], selection: Selection, *, waits: bool) -> Arguments:
    """What the message and earlier turns give a tool; nothing from the parts that are for other tools."""
    conversation = selection.conversation
    if others:
        mine = " ".join(part.text for part in selection.parts if part not in others)
        part = sources.of_text(mine, own.tool, conversation)
        if mine.startswith(("and a ", "and an ")):  # "a table at Luigi's and a taxi there"
            part.complete({n: v for n, v in own.values.items() if isinstance(v, str) and not v.islower()})
        if len(part.missing) <= len(own.missing):
            own = part
    sources.defined(own, conversation)
    if conversation.earlier:
        Earlier(conversation).given(own, only_missing=waits)
    if own.missing and not changes(own.tool):
        profile = profile_of(own.tool)
        own.take_alone(profile.named | profile.told)
    return own


def likeliest(offered: list[Tool], conversation: Conversation) -> Tool:
    """The tool of some that a message is most likely for."""
    each = [sources.of_question(tool, conversation) for tool in offered]
    selection = Selection(conversation, each)
    name, _ = selection.best(selection.whole)
    return next(tool for tool in offered if tool.name == name)
