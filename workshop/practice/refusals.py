"""What the instructions rule out, and how it is refused: a call, or a message whatever the tools could do."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from workshop.practice.conversation import Conversation
from workshop.practice.filling.schema import properties_of
from workshop.practice.instructions import spoken
from workshop.practice.limits import limits, mine
from workshop.practice.orders import changes, meant
from workshop.practice.outputs import named_figures
from workshop.practice.profiles import told_of
from workshop.practice.reading import read
from workshop.practice.reading.bands import Band, bands
from workshop.practice.reading.dates import WEEKDAYS
from workshop.practice.reading.lexicon import concepts
from workshop.practice.reading.numbers import is_number, unit_of, units_of
from workshop.practice.reading.shapes import UNITS, currencies
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import stem, stems
from workshop.practice.types import Call, Tool

_P = PATTERNS["refusals"]
_PLAIN = ("age", "money", "people", "percent")
"""Measures in which a figure is what it is."""
_SPANS = frozenset(map(stem, ("month", "months", "year", "years")))
_AGES = {"#child", "#senior", "age"}


def forbidden(call: Call, tool: Tool, conversation: Conversation) -> str | None:
    """What to say instead of a call that the instructions rule out: by a figure, a day or a thing."""
    if not changes(tool):
        return None
    told = _beyond(call, tool, conversation) or _on_a_day_out(call, conversation)
    told = told or _of_a_thing_out(call, tool, conversation)
    return _refusal(told) if told else None


def _refusal(sentence: str) -> str:
    """What a rule wants said to somebody who wants what it rules out, or else the rule."""
    said = spoken(sentence)
    return said if said and len(said.split()) > 1 else mine(sentence)


def _beyond(call: Call, tool: Tool, conversation: Conversation) -> str | None:
    """The sentence whose limit a figure of the call, or of what was looked up for it, breaks."""
    properties = properties_of(tool.parameters)
    readers = {each.name: concepts(told_of(each)) for each in conversation.functions if not changes(each)}
    for limit in limits(conversation.instructions):
        for name, value in call.arguments.items():
            figure, told = _figure(value), str(properties.get(name, {}).get("description", ""))
            if figure is not None and limit.broken_by(figure) and limit.is_of(name, told):
                return limit.sentence
        for answered in conversation.done if limit.requires or limit.forbids else ():
            read_by = readers.get(answered.name, frozenset())
            about = concepts(limit.around) & read_by or limit.band.unit in units_of(read_by)
            figures = named_figures(answered.output, limit.sentence) if about else []
            if len(figures) == 1 and limit.broken_by(figures[0][1]):
                return limit.sentence
    return None


def _figure(value: Any) -> float | None:
    """A number, or a time of day in hours."""
    if isinstance(value, str) and (clock := re.fullmatch(r"(\d{1,2}):(\d\d)", value)):
        return int(clock[1]) + int(clock[2]) / 60
    return float(value) if is_number(value) else None


def _on_a_day_out(call: Call, conversation: Conversation) -> str | None:
    """The sentence that rules a day of the call out: "closed on Mondays", "on weekdays only"."""
    named = {day for value in call.arguments.values() if isinstance(value, str) for day in _days_in(value)}
    for sentence in read(conversation.instructions).sentences if named else ():
        for clause in _P["clause"].split(sentence):
            days = _days_of_rule(clause)
            out = _P["shut"].search(clause)
            only = not out and _P["only_days"].search(clause)
            if days and ((out and named & days) or (only and named - days)):
                return clause
    return None


def _days_in(value: str) -> set[str]:
    try:
        return {WEEKDAYS[date.fromisoformat(value).weekday()]}
    except ValueError:
        return {day for day in WEEKDAYS if day in value.casefold()}


def _days_of_rule(clause: str) -> set[str]:
    plain = clause.casefold()
    groups = {"weekday": WEEKDAYS[:5], "working day": WEEKDAYS[:5], "weekend": WEEKDAYS[5:]}
    return _days_in(plain) | {day for name, days in groups.items() if name in plain for day in days}


def _of_a_thing_out(call: Call, tool: Tool, conversation: Conversation) -> str | None:
    """The sentence that denies what the call is for: "Never restart prod", "Leather is not cleaned here"."""
    said = stems(" ".join(v for v in call.arguments.values() if isinstance(v, str))) - stems(told_of(tool))
    for sentence in read(conversation.instructions).sentences if said else ():
        first = re.split(r"[,;:]", sentence)[0]
        own = not _P["conditional"].search(sentence) and not bands(sentence)
        if own and _P["denied"].search(first) and said & stems(first):
            subject = stems(_P["denied"].split(first)[0]) & said
            if subject or meant(first, [tool]):
                return sentence
    return None


def decided(conversation: Conversation) -> tuple[bool, str] | None:
    """Yes or no by the limit that a question is about, and its sentence: "Goods can be returned within 30 days."."""
    asks, question = conversation.question, conversation.question
    if conversation.continues and not _P["asks_whether"].search(asks):
        asks = conversation.earlier[0]
    said = stems(f"{question} {asks}") | concepts(f"{question} {asks}")
    figures = [*_measured(question)] if _P["asks_whether"].search(asks) else []
    found: list[tuple[int, bool, str]] = []
    for sentence in read(conversation.instructions).sentences if figures else ():
        met, band = len(((stems(sentence) | concepts(sentence)) & said) - _AGES), _span_in(sentence)
        held = {band.holds(value) for _, _, unit, value in figures if band and unit == band.unit}
        other_days = _days_of_rule(sentence) - _days_of_rule(f"{question} {asks}")
        if band and met and len(held) == 1 and not other_days:
            behind = re.split(r";|, ", sentence[band.end :])[0]
            allowed = _allows(sentence[: band.start], behind) != bool(_P["asks_duty"].search(asks))
            lacks = {root for each in _P["lacks"].finditer(question) for root in stems(each["what"])}
            unmet = lacks & stems("".join(_P["condition"].findall(sentence)))
            found.append((met, held.pop() == allowed and not unmet, sentence))
    return max(found)[1:] if found else None


def ours(rule: str) -> str:
    """A rule as the agent says it: "You take bookings of up to 8" is "We take …"."""
    return re.sub(r"^You\b", "We", rule)


def _allows(before: str, behind: str) -> bool:
    """Whether a rule, by what it says around its limit, allows what is within it: it denies nothing and demands nothing."""
    return bool(_P["duty"].search(behind)) == bool(_P["denies"].search(f"{before} # {behind}"))


def _measured(text: str) -> Iterator[tuple[int, int, str, float]]:
    """The figures of a text, each with its measure and its value in it: 2 weeks are so many seconds."""
    for each in read(text).quantities:
        scale = UNITS.units[each.unit].scale if each.unit in UNITS.units else {}
        counted = _P["or_more"].match(text, each.end)
        unit = each.unit if each.word in scale or each.unit in _PLAIN else stem(each.word)
        unit = unit_of(counted["word"]) or stem(counted["word"]) if counted else unit
        unit = "age" if not each.unit and _P["of_age"].search(text[: each.start]) else unit
        yield each.start, each.end, unit, float(each.value) * scale.get(each.word, 1)
    for match in _P["my_age"].finditer(text):
        yield *match.span("age"), "age", float(match["age"])
    for time in read(text).times:
        yield time.start, time.end, "clock", _figure(str(time.value)) or 0.0


def _span_in(sentence: str) -> Band | None:
    """The one range that a sentence sets, in the measure of its figure: an amount, a time of day, days after something."""
    found = []
    measured = sorted(_measured(sentence))
    for (start, first, unit, low), (second, end, other, high) in itertools.pairwise(measured):
        if unit == other and _P["between"].fullmatch(sentence[first:second]):
            return Band(low, high, True, start, end, unit) if len(measured) == 2 else None
    for start, end, unit, value in measured:
        bound, behind = _P["bound"].search(sentence[:start]), _P["bound_behind"].match(sentence, end)
        if bound and bound["lasting"] and not (unit in _SPANS or unit == "duration"):
            continue  # "a room for 14 people"
        if bound or behind:
            upper = bool(behind["upper"] if behind else bound and bound["upper"])
            low, high = (-math.inf, value) if upper else (value, math.inf)
            first, last = bound.start() if bound else start, behind.end() if behind else end
            strict = bound and (bound["strict"] or bound["over"])
            found.append(Band(low, high, not strict, first, last, unit))
    return found[0] if len(found) == 1 else None


def ruled_out(conversation: Conversation) -> str | None:
    """What to say to a message that wants what is ruled out: too many people, what there is not, what nobody can do."""
    allows, rule = decided(conversation) or (True, "")
    if not allows:
        return f"No. {ours(rule)}"
    question, asked = conversation.question, stems(conversation.question)
    said = asked | concepts(question)
    for limit in limits(conversation.instructions):
        if limit.sentence == rule:
            continue
        about = (stems(limit.sentence) | concepts(limit.sentence)) & said or limit.band.unit == "age"
        paid, priced = ({each.value for each in currencies(t)} for t in (question, limit.sentence))
        for figure, unit, word in _figures_in(question) if about and not limit.then else ():
            fits = limit.band.unit == unit if limit.band.unit and unit else limit.is_of(word, "")
            if fits and limit.broken_by(figure) and not (unit == "money" and paid - priced):
                return _refusal(limit.sentence)
    for sentence in read(conversation.instructions).sentences:
        if sentence == rule:
            continue
        first = re.split(r"[;:]", sentence)[0]
        nothing = {stem(match["what"]) for match in _P["no_thing"].finditer(first)}
        if nothing & asked and not _P["if"].search(first):
            return mine(first)
        if _P["conditional"].search(first) or bands(first):
            continue
        if (match := _P["you_cannot"].match(first)) and _covers(stems(match["what"]), asked, 0.5):
            return f"I'm sorry, but I can't {match['what'].strip(' .')}."
        if _P["forbidden"].search(first) and _covers(stems(first) - _FORBIDDEN, asked, 1.0):
            return mine(first)
    return None


_FORBIDDEN = frozenset(map(stem, ("forbidden", "allowed", "permitted", "possible", "prohibited")))


def _covers(wanted: set[str], asked: set[str], share: float) -> bool:
    """Whether a message has so much of what is ruled out, and at least two of its words."""
    return len(wanted & asked) >= max(2, share * len(wanted))


def _figures_in(text: str) -> Iterator[tuple[float, str, str]]:
    """Each figure of a text with its unit and the word behind it: an age also where only "I'm 16" is said."""
    for found in read(text).quantities:
        yield float(found.value), found.unit, found.word
    for match in _P["my_age"].finditer(text):
        yield float(match["age"]), "age", "age"
    for time in read(text).times:
        if (figure := _figure(str(time.value))) is not None:
            yield figure, "", "hour"
