"""Limits that the instructions set for figures, and what they say of a result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from workshop.practice.conversation import Answered, Conversation
from workshop.practice.filling.schema import properties_of
from workshop.practice.instructions import sentences, spoken
from workshop.practice.orders import changes
from workshop.practice.outputs import named_figures
from workshop.practice.profiles import told_of
from workshop.practice.reading import read
from workshop.practice.reading.bands import Band, bands
from workshop.practice.reading.lexicon import concepts
from workshop.practice.reading.numbers import units_of
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import all_stems, capital, in_words, joined, stem, stems, uncapital, words
from workshop.practice.types import Tool

_P = PATTERNS["limits"]
_LONG = 5_000
"""Letters of a result that are read for what it is about."""
_PLURAL = {"is": "are", "has": "have", "was": "were", "needs": "need", "gets": "get", "does": "do"}
_SINGULAR = {many: one for one, many in _PLURAL.items()} | {"count": "counts"}
_TIMED, _HOURS = frozenset(map(stem, ("hour", "time", "clock", "start"))), 24


@dataclass(frozen=True)
class Limit:
    """A range of figures in a sentence: what holds in it, or that it is forbidden or required."""

    sentence: str
    band: Band
    around: str
    """The words that say what the figure is of."""
    then: str = ""
    otherwise: str = ""
    forbids: bool = False
    requires: bool = False

    def broken_by(self, figure: float) -> bool:
        return self.band.holds(figure) if self.forbids else self.requires and not self.band.holds(figure)

    def is_of(self, name: str, told: str) -> bool:
        """Whether a value of this name may be what the limit speaks of, by its words or its unit."""
        own = all_stems(f"{name} {told}")
        if own & _TIMED:
            return not self.band.unit and self.band.high <= _HOURS
        if self.band.unit and (units := units_of(own)):
            return self.band.unit in units
        return bool(concepts(f"{name} {told}") & concepts(self.around))


@lru_cache(maxsize=64)
def limits(instructions: str) -> tuple[Limit, ...]:
    """The limits in the instructions."""
    told = dict.fromkeys(each.text for each in sentences(instructions))
    return tuple(limit for text in told for limit in _limits_in(text))


def _limits_in(sentence: str) -> Iterator[Limit]:
    found = bands(sentence)
    otherwise = _P["otherwise"].search(sentence)
    for n, band in enumerate(found):
        start = max(found[n - 1].end if n else 0, sentence.rfind(";", 0, band.start) + 1)
        end = found[n + 1].start if n + 1 < len(found) else len(sentence)
        head = sentence[start : band.start].lstrip()
        tail = _P["tail_end"].split(sentence[band.end : end])[0].strip()
        limit = Limit(sentence, band, f"{sentence[start : band.end]} {' '.join(words(tail)[:3])}")
        if _P["forbids"].match(head + tail):
            yield replace(limit, forbids=True)
        elif _P["requires"].search(head) or _P["only"].match(tail) or _P["norm"].search(head):
            yield replace(limit, requires=True, then=sentence if _P["norm"].search(head) else "")
        else:
            other = _negated(otherwise["what"], _then(sentence, head, tail)) if otherwise else ""
            yield replace(limit, then=_then(sentence, head, tail), otherwise=other)


def _then(sentence: str, head: str, tail: str) -> str:
    """What holds in a range: the main clause around it."""
    if _P["if"].match(sentence):
        return sentence.partition(",")[2].strip()
    if main := _P["main_before"].match(head):
        return main["what"]
    if match := _P["predicate"].match(tail):
        return f"counts {match['as']}" if match["as"] else match["what"]
    return sentence if _P["says_all"].match(head) else ""


def _negated(otherwise: str, then: str) -> str:
    """What holds elsewhere: in its own words, or the opposite of what holds in the range: "otherwise it isn't"."""
    if _P["opposite"].fullmatch(otherwise):
        verb, _, rest = then.partition(" ")
        return f"{verb} not {rest}"
    return otherwise.strip(" .")


def verdict(answered: Answered, conversation: Conversation) -> tuple[str, bool]:
    """What the limits of the instructions say of a result's figures; and whether that is all that was asked for."""
    rules: dict[str, list[Limit]] = {}
    for limit in limits(conversation.instructions):
        rules.setdefault(limit.sentence, []).append(limit)
    if not rules:
        return "", False
    tools = {tool.name: concepts(told_of(tool)) for tool in conversation.functions}
    said = f"{in_words(answered.name)} {answered.output}"[:_LONG]
    own, norms = concepts(said) | tools.get(answered.name, set()), ""
    for sentence, those in rules.items():
        figures, about = named_figures(answered.output, sentence), concepts(sentence)
        near = len(about & own)
        if not figures or near < max((len(about & each) for each in tools.values()), default=0):
            continue
        if len(figures) == 1:
            if said := _verdict_on(figures[0][1], those):
                if not those[0].requires:
                    return said, False
                norms = norms or said
        elif told := next((each for each in those if _P["predicated"].match(each.then)), None):
            met = [name for name, figure in figures if told.band.holds(figure)]
            shown = dict(figures)
            names = joined([f"{name} ({shown[name]:g})" for name in met]) or "None of them"
            asked = bool(stems(told.then) & stems(conversation.question))
            return _sentence(names, told.then, many=len(met) > 1), asked
    return norms, False


def _verdict_on(figure: float, those: list[Limit]) -> str:
    """What the limits of a sentence say of one figure."""
    for limit in those:
        if limit.broken_by(figure):
            return limit.then or mine(limit.sentence)
        if limit.then and not limit.requires and limit.band.holds(figure):
            return _sentence("It", limit.then)
    otherwise = next((each.otherwise for each in those if each.otherwise), "")
    return _sentence("It", otherwise) if otherwise else ""


def _sentence(subject: str, then: str, *, many: bool = False) -> str:
    """What holds, of these: "F3 is too warm"; or what is to be said."""
    if told := spoken(then):
        return told
    verb, _, rest = then.partition(" ")
    if not _P["verb"].fullmatch(verb):  # a sentence of its own: "a warm coat goes on the list"
        return f"{capital(then).rstrip('. ')}."
    verb = (_PLURAL if many else _SINGULAR).get(verb, verb)
    return f"{subject} {verb} {rest}".rstrip(". ") + "."


def is_measured(sentence: str, conversation: Conversation) -> bool:
    """Whether a sentence only says what a figure means that a tool reads."""
    told = any(limit.sentence == sentence and limit.then for limit in limits(conversation.instructions))
    asks = read(conversation.question).quantities or _P["asks_limit"].search(conversation.question)
    readers = [tool for tool in conversation.functions if not changes(tool)]
    return told and not asks and any(concepts(sentence) & concepts(told_of(tool)) for tool in readers)


def measured_for(tool: Tool, conversation: Conversation) -> list[Tool]:
    """The tools that read the figure by which a limit allows or forbids what a tool does: the deposit of a toy."""
    found, own = [], properties_of(tool.parameters)
    figures = {n: p for n, p in own.items() if p.get("type") in ("integer", "number")}
    for limit in limits(conversation.instructions) if changes(tool) else ():
        if not (limit.forbids or limit.requires):
            continue
        if not any(limit.is_of(name, str(part.get("description", ""))) for name, part in figures.items()):
            near = bool(concepts(limit.sentence) & concepts(told_of(tool)))
            readers = [each for each in conversation.functions if not changes(each) and measures(limit, each)]
            found += [each for each in readers if near or own.keys() & properties_of(each.parameters).keys()]
    return found


def measures(limit: Limit, tool: Tool) -> bool:
    """Whether a tool reads what a limit is about, by its name or the unit."""
    unit = limit.band.unit in units_of(all_stems(told_of(tool)))
    return unit or bool(concepts(limit.around) & concepts(in_words(tool.name)))


def mine(sentence: str) -> str:
    """A sentence of the instructions as the agent says it of itself: "Never restart prod" is "I never restart prod."."""
    first = sentence.partition(";")[0].strip(" .")
    own = first if first.startswith("I ") else uncapital(first)
    own = f"I {own}" if _P["order"].match(first) else own
    return f"I'm sorry, but {own}."
