"""Conditions on what is looked up, of a message or of the instructions, and whether a result meets them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from workshop.practice import outputs, sources
from workshop.practice.conversation import Answered, Conversation
from workshop.practice.instructions import sentences
from workshop.practice.limits import limits
from workshop.practice.orders import acted, changes, meant, steps_before
from workshop.practice.profiles import told_of
from workshop.practice.reading.bands import Band, bands
from workshop.practice.reading.lexicon import concepts
from workshop.practice.reading.numbers import is_number
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import stem, stems, words
from workshop.practice.types import Call, Tool

_P = PATTERNS["conditions"]


@dataclass(frozen=True)
class Condition:
    """A condition that a message sets: "Check Leeds, and if it rains tell Ben to bring an umbrella"."""

    when: str
    rest: str
    """What the message says before, from which it is known what to look up; else the condition itself."""
    then: str
    """What is to be done in that case, and all that the message says behind it."""
    start: int
    """Where that begins."""


@lru_cache(maxsize=16)
def of_message(question: str) -> Condition | None:
    """The condition that a message sets for what is to be done."""
    match = _P["if_then"].search(question) or _P["then_if"].search(question)
    if not match or _P["polite"].match(match["when"]):
        return None
    before, behind = question[: match.start()], question[match.end() :]
    before = _P["joint"].sub("", before).strip()
    when = before if before and _P["so"].match(match["when"]) else match["when"]
    return Condition(when, before or when, f"{match['then']}{behind}", match.start("then"))


def unmet(call: Call, tool: Tool, conversation: Conversation) -> bool | None:
    """Whether a condition for a call is not met by what was looked up; None where there is no condition on it."""
    done = [each for each in conversation.answered if outputs.alerts_of(each) is None]
    readings = [a for a in done if a not in acted(conversation, done)]
    if not readings or not changes(tool):
        return None
    condition = of_message(conversation.question)
    if condition and any(_meets(condition.when, each, call, conversation) for each in readings):
        return False
    steps = [(step, reader.name) for step, reader in steps_before(tool, conversation)]
    read = [(step, each) for step, name in steps for each in readings if each.name == name]
    rules = [
        _meets(rule, each, call, conversation)
        for step, each in read
        for rule in _rules(step.text) or ([] if condition else [""])
    ]
    return not (rules and all(rules)) if condition else (not all(rules) or None)


def is_told(when: str, answered: Answered, conversation: Conversation) -> bool:
    """Whether a result itself tells that a case is met: by a figure, or by the words for it."""
    if outputs.error_of(answered.output) is not None:
        return False
    told = next((told_of(tool) for tool in conversation.functions if tool.name == answered.name), "")
    figures = outputs.named_figures(answered.output, f"{when} {told}")
    if len(figures) == 1 and (band := next(iter(bands(when)), None)):
        return band.holds(figures[0][1])
    if len(figures) == 1 and (parity := _P["parity"].search(when)):
        return float(figures[0][1]) % 2 == bool(parity["odd"])
    named = stems(when) - _LITTLE - stems(f"{told} {' '.join(map(str, answered.arguments.values()))}")
    said = str(answered.output)
    denied = _P["denies"].search(when) or _P["denies"].search(said)
    return bool(named) and named <= stems(said) and not denied


def handed_on(conversation: Conversation) -> Call | None:
    """What the instructions want done with what the agent before has found: "Multiply the number by 2"."""
    own = conversation.functions
    found = [each for each in conversation.done if each.name not in {tool.name for tool in own}]
    if not (conversation.was_handed_over and found):
        return None
    for each in sentences(conversation.instructions):
        tool = meant(each.text, own) if each.kind in ("order", "fact") else None
        if tool and stems(each.text.split()[0]) <= stems(told_of(tool)):
            return _after(tool, found[-1], conversation.asking(each.text))
    return None


def follow_up(conversation: Conversation) -> Call | None:
    """What the instructions want done after something else: "A forklift with a fault is taken out of service too"."""
    called = [each.name for each in conversation.done]
    rest = [tool for tool in conversation.functions if changes(tool) and tool.name not in called]
    for told in sentences(conversation.instructions):
        tool = meant(told.text, rest) if _P["also"].search(told.text) else None
        for before in acted(conversation, conversation.done) if tool else ():
            own = [each for each in conversation.functions if each.name == before.name]
            always = _P["after"].search(told.text) and not bands(told.text) and meant(told.text, own)
            met = _is_case(told.text, before) or always
            if tool and met and outputs.error_of(before.output) is None:
                return _after(tool, before, conversation)
    return _on_result(rest, conversation) if conversation.done else None


def _on_result(rest: list[Tool], conversation: Conversation) -> Call | None:
    """What the instructions want done in the case that a result tells: "If a parcel is lost, open a claim for it"."""
    last = conversation.done[-1]
    for each in sentences(conversation.instructions):
        rule = of_message(each.text)
        tool = meant(rule.then, rest) if rule else None
        if rule and tool and is_told(rule.when, last, conversation):
            said = {stem(word) for word in words(str(last.output))}
            why = next((word for word in reversed(words(rule.when)) if stem(word) in said - _LITTLE), "")
            return _after(tool, last, conversation, why)
    return None


def _is_case(sentence: str, before: Answered) -> bool:
    """Whether a call is what a sentence speaks of: a figure in its range, an option that it names."""
    values = [value for value in before.arguments.values() if not isinstance(value, bool)]
    if ranges := bands(sentence):
        return any(ranges[0].holds(value) for value in values if isinstance(value, (int, float)))
    return any(stems(value) and stems(value) <= stems(sentence) for value in values if isinstance(value, str))


def _after(tool: Tool, before: Answered, conversation: Conversation, why: str = "") -> Call | None:
    """The call that follows another, with what that one had, or has returned. `why`: a word for the reason."""
    arguments, returned = sources.of_question(tool, conversation), outputs.value_of(before.output)
    for name, slot in arguments.slots.items():
        if name in before.arguments:
            arguments.put(name, before.arguments[name])
        elif slot.required and isinstance(returned, (int, str)) and " " not in str(returned):
            arguments.put(name, returned)
    reasons = [n for n, slot in arguments.slots.items() if slot.required and n in _REASONS and why]
    for name in reasons:
        arguments.put(name, why)
    told = arguments.calls()
    return Call(tool.name, told[0]) if told else None


def _rules(sentence: str) -> list[str]:
    """What the instructions want to be so: "only while a repair is going on"; "not (it is wet)"."""
    only = [match["when"] for match in _P["only"].finditer(sentence)]
    return only + [f"not {match['when'] or match['state']}" for match in _P["unless"].finditer(sentence)]


def _meets(when: str, answered: Answered, call: Call, conversation: Conversation) -> bool:
    value, no = outputs.value_of(answered.output), bool(_P["denies"].search(when))
    told = next((told_of(tool) for tool in conversation.functions if tool.name == answered.name), "")
    figures = outputs.named_figures(answered.output, f"{when} {told}")
    if len(figures) == 1 and (band := _band(when, told, conversation)):
        return band.holds(figures[0][1])
    flag = _flag(value)
    content = stems(when) - _LITTLE
    if isinstance(flag, bool):
        return flag != no
    if len(figures) == 1 and _P["enough"].search(when):
        return all(each <= figures[0][1] for each in call.arguments.values() if is_number(each)) != no
    if not content or not _is_text(value):
        return _exists(value) != no
    said = str(answered.output)
    asked = stems(" ".join(map(str, answered.arguments.values())))
    met = bool((content - asked) & stems(said)) and not _P["denies"].search(said)
    return met != no


_REASONS = frozenset({"reason", "cause", "why", "status", "note", "problem"})
"""Names of parameters that are told what the case was."""
_LITTLE = stems("still there going")


def _band(when: str, told: str, conversation: Conversation) -> Band | None:
    """The range that a condition names, or the one that the instructions have for "over the limit"."""
    if named := bands(when):
        return named[0]
    above, below = _P["above"].search(when), _P["below"].search(when)
    for limit in limits(conversation.instructions) if stems(when) and not _P["exists"].search(when) else ():
        band = limit.band
        if not concepts(limit.sentence) & concepts(told):
            continue
        ends = [*filter(math.isfinite, (band.low, band.high))]
        if above:
            return replace(band, low=ends[-1], high=math.inf, with_ends=False)
        return replace(band, low=-math.inf, high=ends[0], with_ends=False) if below else band
    return None


def _flag(value: Any) -> bool | None:
    """Yes or no, where a result says no more."""
    if isinstance(value, Mapping):
        flags = [each for each in value.values() if isinstance(each, bool)]
        return flags[0] if len(flags) == 1 else None
    if isinstance(value, str) and (said := _P["says"].match(value)):
        return bool(said["yes"])
    return value if isinstance(value, bool) else None


def _exists(value: Any) -> bool:
    """Whether a result has something: no empty list, no zero."""
    values = [*value.values()] if isinstance(value, Mapping) else [value]
    return bool(values) and not any(each in (0, None, [], {}, "") for each in values)


def _is_text(value: Any) -> bool:
    values = value.values() if isinstance(value, Mapping) else [value]
    return any(isinstance(each, str) for each in values)
