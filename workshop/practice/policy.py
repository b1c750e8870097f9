"""Rules that the instructions state: limits for figures, days and things that are out, what to say in a situation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from workshop.practice.conversation import Answered, Conversation
from workshop.practice.filling.kinds import Field
from workshop.practice.filling.rules import Known, option
from workshop.practice.filling.schema import properties_of
from workshop.practice.instructions import SPEECH, of_kind, sentences, spoken
from workshop.practice.orders import changes, meant
from workshop.practice.outputs import named_figures
from workshop.practice.reading import read
from workshop.practice.reading.bands import Band, bands
from workshop.practice.reading.lexicon import concepts
from workshop.practice.reading.numbers import units_of
from workshop.practice.reading.shapes import currencies
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, joined, stem, stems, words
from workshop.practice.types import Call, Tool

_P = PATTERNS["policy"]
_MOST_OF = 0.6
"""The share of a condition's words that a message must have to be the case that it speaks of."""
_PLURAL = {"is": "are", "has": "have", "was": "were", "needs": "need", "gets": "get", "does": "do"}
_SINGULAR = {many: one for one, many in _PLURAL.items()} | {"count": "counts"}
_ANYBODY = frozenset(map(stem, WORDS["anybody"]))
_TIMED, _HOURS = frozenset(map(stem, ("hour", "time", "clock", "start"))), 24
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


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
        own = {stem(word) for word in words(f"{name} {told}")}
        if own & _TIMED:
            return not self.band.unit and self.band.high <= _HOURS
        return self.band.unit in units_of(own) or bool(concepts(f"{name} {told}") & concepts(self.around))


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
        head, tail = (
            sentence[start : band.start].lstrip(),
            _P["tail_end"].split(sentence[band.end : end])[0].strip(),
        )
        limit = Limit(sentence, band, f"{sentence[start : band.end]} {' '.join(words(tail)[:3])}")
        if _P["forbids"].search(head + tail):
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
    tools = {tool.name: concepts(_told_of(tool)) for tool in conversation.functions}
    own = concepts(f"{' '.join(words(answered.name))} {answered.output}") | tools.get(answered.name, set())
    rules: dict[str, list[Limit]] = {}
    for limit in limits(conversation.instructions):
        rules.setdefault(limit.sentence, []).append(limit)
    norms = ""
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
        return f"{then[:1].upper()}{then[1:].rstrip('. ')}."
    verb = (_PLURAL if many else _SINGULAR).get(verb, verb)
    return f"{subject} {verb} {rest}".rstrip(". ") + "."


def _told_of(tool: Tool) -> str:
    return f"{' '.join(words(tool.name))} {tool.description}"


def is_measured(sentence: str, conversation: Conversation) -> bool:
    """Whether a sentence only says what a figure means that a tool reads."""
    told = [limit for limit in limits(conversation.instructions) if limit.sentence == sentence and limit.then]
    readers = [tool for tool in conversation.functions if not changes(tool)]
    return (
        bool(told)
        and not (read(conversation.question).quantities or _P["asks_limit"].search(conversation.question))
        and any(concepts(sentence) & concepts(_told_of(tool)) for tool in readers)
    )


def decides(tool: Tool, conversation: Conversation) -> bool:
    """Whether the question asks for what a limit decides by a figure that the tool reads."""
    asked, about = stems(conversation.question), concepts(_told_of(tool))
    simple = not tool.parameters.get("required")
    for limit in limits(conversation.instructions):
        if limit.forbids or limit.requires or not concepts(limit.sentence) & about:
            continue
        verdicts = stems(limit.then) - {"count"}
        if verdicts & asked or (simple and stems(limit.sentence) & asked):
            return True
        if any(
            _meets_in_part(case.when, asked, verdicts) for case in of_kind(conversation.instructions, "case")
        ):
            return True
    return False


def _meets_in_part(when: str, asked: set[str], verdicts: set[str]) -> bool:
    """Whether one part of a case is what the message tells of, and another is for a limit to decide."""
    parts = [stems(part) - _ANYBODY for part in _P["and"].split(when)]
    met = [bool(part) and len(_alike(part, asked)) >= _MOST_OF * len(part) for part in parts]
    return any(met) and any(part & verdicts for part, done in zip(parts, met, strict=True) if not done)


def forbidden(call: Call, tool: Tool, conversation: Conversation) -> str | None:
    """What to say instead of a call that the instructions rule out: by a figure, a day or a thing."""
    if not changes(tool):
        return None
    told = next(
        filter(None, (rule(call, tool, conversation) for rule in (_beyond, _on_a_day_out, _of_a_thing_out))),
        None,
    )
    return _refusal(told) if told else None


def _refusal(sentence: str) -> str:
    """What a rule wants said to somebody who wants what it rules out, or else the rule."""
    said = spoken(sentence)
    return said if said and len(said.split()) > 1 else mine(sentence)


def _beyond(call: Call, tool: Tool, conversation: Conversation) -> str | None:
    """The sentence whose limit a figure of the call, or of what was looked up for it, breaks."""
    properties = properties_of(tool.parameters)
    for limit in limits(conversation.instructions):
        for name, value in call.arguments.items():
            figure, told = _figure(value), str(properties.get(name, {}).get("description", ""))
            if figure is not None and limit.broken_by(figure) and limit.is_of(name, told):
                return limit.sentence
        for answered in conversation.done if limit.requires else ():
            figures = named_figures(answered.output, limit.sentence)
            if len(figures) == 1 and limit.broken_by(figures[0][1]):
                return limit.sentence
    return None


def _figure(value: Any) -> float | None:
    """A number, or a time of day in hours."""
    if isinstance(value, str) and (clock := re.fullmatch(r"(\d{1,2}):(\d\d)", value)):
        return int(clock[1]) + int(clock[2]) / 60
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _on_a_day_out(call: Call, tool: Tool, conversation: Conversation) -> str | None:
    """The sentence that rules a day of the call out: "closed on Mondays", "on weekdays only"."""
    named = {day for value in call.arguments.values() if isinstance(value, str) for day in _days_in(value)}
    for sentence in read(conversation.instructions).sentences if named else ():
        for clause in _P["clause"].split(sentence):
            days = _days_of_rule(clause)
            out = _P["shut"].search(clause)
            if days and (
                (out and named & days) or (not out and _P["only_days"].search(clause) and named - days)
            ):
                return clause
    return None


def _days_in(value: str) -> set[str]:
    try:
        return {_DAYS[date.fromisoformat(value).weekday()]}
    except ValueError:
        return {day for day in _DAYS if day in value.casefold()}


def _days_of_rule(clause: str) -> set[str]:
    plain = clause.casefold()
    groups = {"weekday": _DAYS[:5], "working day": _DAYS[:5], "weekend": _DAYS[5:]}
    return _days_in(plain) | {day for name, days in groups.items() if name in plain for day in days}


def _of_a_thing_out(call: Call, tool: Tool, conversation: Conversation) -> str | None:
    """The sentence that denies what the call is for: "Never restart prod", "Leather is not cleaned here"."""
    said = stems(" ".join(v for v in call.arguments.values() if isinstance(v, str))) - stems(_told_of(tool))
    for sentence in read(conversation.instructions).sentences if said else ():
        first = re.split(r"[,;:]", sentence)[0]
        own = not _P["conditional"].search(sentence) and not bands(sentence)
        if own and _P["denied"].search(first) and said & stems(first):
            subject = stems(_P["denied"].split(first)[0]) & said
            if subject or meant(first, [tool]):
                return sentence
    return None


def mine(sentence: str) -> str:
    """A sentence of the instructions as the agent says it of itself: "Never restart prod" is "I never restart prod."."""
    first = re.split(r";", sentence)[0].strip(" .")
    if _P["order"].match(first):
        first = f"I {first[:1].lower()}{first[1:]}"
    return f"I'm sorry, but {first if first.startswith('I ') else first[:1].lower() + first[1:]}."


def situation(conversation: Conversation, *, first: bool = False, told: str = "") -> str | None:
    """What the instructions want said in the case that the message tells of: "If you smell gas, leave the house".
    `first`: only where that comes before all else, tools and colleagues. `told`: what the answer says besides.
    """
    asked, plain = stems(f"{conversation.question} {told}"), read(conversation.question).plain
    for case in of_kind(conversation.instructions, "case"):
        when, then = case.when, case.then
        if (_P["other_case"].search(when) and not told) or (_P["topic"].match(when) and not told):
            continue
        same = bool(_P["denies"].search(when)) <= bool(_P["denies"].search(f"{plain} {told}"))
        before_all = not conversation.functions or _P["instead"].match(then) or _P["urgent"].search(then)
        met = same and any(_is_met(each, asked) for each in _P["or"].split(when))
        if met and (before_all or not first) and (said := _said_in(then, conversation)):
            return said
    return None


_ASKING = frozenset(map(stem, ("asks", "ask", "wants", "say", "says", "whether")))


def _is_met(when: str, asked: set[str]) -> bool:
    """Whether a text has most of the words of each part of a case."""
    parts = [part for each in _P["and"].split(when) if (part := stems(each) - _ANYBODY - _ASKING)]
    return bool(parts) and all(len(_alike(part, asked)) >= _MOST_OF * len(part) for part in parts)


def ruled_out(conversation: Conversation) -> str | None:
    """What to say to a message that wants what the instructions rule out, whatever the tools could do: too many people,
    a thing that there is not, what the agent can't do.
    """
    question, asked = conversation.question, stems(conversation.question)
    said = asked | concepts(question)
    for limit in limits(conversation.instructions):
        about = (stems(limit.sentence) | concepts(limit.sentence)) & said or limit.band.unit == "age"
        other = {each.value for each in currencies(question)} - {
            each.value for each in currencies(limit.sentence)
        }
        for figure, unit, word in _figures_in(question) if about and not limit.then else ():
            fits = limit.band.unit == unit if limit.band.unit and unit else limit.is_of(word, "")
            if fits and limit.broken_by(figure) and not (unit == "money" and other):
                return _refusal(limit.sentence)
    for sentence in read(conversation.instructions).sentences:
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


def _alike(wanted: set[str], asked: set[str]) -> set[str]:
    """Roots that a text has, also as part of a word of the same origin: to smell, smelly."""
    return {
        root for root in wanted if any(root == a or (len(root) > 4 and a.startswith(root)) for a in asked)
    }


def _said_in(then: str, conversation: Conversation) -> str | None:
    """The order as it is said to the user; None where it is one to call a tool, to hand over or to keep a form."""
    named = [*conversation.colleagues, *(tool.name for tool in conversation.functions)]
    verbs = {stem(words(tool.name)[0]) for tool in conversation.functions}
    if any(name.casefold() in then.casefold() for name in named) or stem(words(then)[0]) in verbs:
        return None
    first = _P["instead"].sub("", then)
    if SPEECH.match(first):
        return spoken(first)
    first = _P["they_should"].sub("you ", first)
    return None if _P["own_work"].match(first) else f"{first[:1].upper()}{first[1:].rstrip('.')}."


def prescribed(conversation: Conversation) -> str | None:
    """What the instructions want said, or want nothing said of, where the question is about it."""
    asked = read(conversation.question)
    for case in of_kind(conversation.instructions, "case"):
        topic = _P["topic"].match(case.when)
        about = read(topic["about"] if topic else "")
        named = about.text and about.plain.strip(" \"'") in asked.plain
        if named or about.concepts & asked.concepts or about.fields.keys() & asked.fields.keys():
            if said := spoken(case.then):
                return said
            if case.text.endswith(f"{case.when}{case.then}"):  # nothing else is to be said of it
                return script(conversation) or "I can't discuss that."
    return None


def script(conversation: Conversation) -> str | None:
    """What the instructions want said to whoever comes: "Thank the caller and promise a visit"."""
    for told in read(conversation.instructions).sentences:
        match = SPEECH.match(told)
        if match and not match["say"] and not _P["in_some_case"].search(told) and (said := spoken(told)):
            return said
    return None


def defined(name: str, conversation: Conversation) -> bool | None:
    """Whether a yes-or-no value holds by the instructions: "No heating is urgent, everything else is not"."""
    shown = " ".join(words(name))
    if not shown or not re.search(
        rf"(?i)\b(?:is|are|counts? as) {re.escape(shown)}\b", conversation.instructions
    ):
        return None
    known = Known({}, {}, {}, conversation.question)
    return option([shown], Field(name), conversation.instructions, known) is not None
