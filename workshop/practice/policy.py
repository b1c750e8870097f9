"""Rules that the instructions state: limits for figures, what to say in a situation, what a yes-or-no value means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from workshop.practice.conversation import Answered, Conversation
from workshop.practice.filling.kinds import Field
from workshop.practice.filling.rules import option
from workshop.practice.outputs import named_figures
from workshop.practice.reading import read
from workshop.practice.reading.lexicon import acts, concepts
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, joined, stem, stems, words
from workshop.practice.types import Call, Tool

_P = PATTERNS["policy"]
_MOST_OF = 0.6
"""The share of a condition's words that a message must have to be the case that it speaks of."""
_PLURAL = {"is": "are", "has": "have", "was": "were", "needs": "need", "gets": "get", "does": "do"}
_SINGULAR = {many: one for one, many in _PLURAL.items()}
_ANYBODY = frozenset(map(stem, WORDS["anybody"]))


@dataclass(frozen=True)
class Limit:
    """A figure that the instructions compare with, and what holds beyond it."""

    sentence: str
    over: bool
    value: float
    then: str

    @property
    def forbids(self) -> bool:
        return bool(_P["forbids"].search(self.sentence))

    def meets(self, figure: float) -> bool:
        return figure > self.value if self.over else figure < self.value

    def is_about(self, text: str) -> bool:
        return bool(concepts(self.sentence) & concepts(text))


@lru_cache(maxsize=64)
def limits(instructions: str) -> tuple[Limit, ...]:
    """The limits in the instructions; an addition ("In that case …") belongs to the sentence before it."""
    whole = _P["in_that_case"].sub(r"; ", instructions)
    return tuple(
        Limit(
            told,
            not _P["under"].search(found["how"]),
            float(found["figure"].replace(",", "")),
            _beyond(told, found),
        )
        for told in read(whole).sentences
        if (found := _P["limit"].search(told))
    )


def _beyond(told: str, found: re.Match[str]) -> str:
    """What holds beyond a limit: the main clause of its sentence."""
    head, tail = told[: found.start()], told[found.end() :]
    if _P["if"].match(told):
        return tail.partition(",")[2].strip()
    if main := _P["main_before"].match(head):
        return main["what"]
    tail = _P["unit"].sub("", tail)
    return re.split(r"[;:]", tail)[0].strip(" .") if not _P["forbids"].search(told) else ""


def verdict(answered: Answered, conversation: Conversation) -> tuple[str, bool]:
    """What the limits of the instructions say of a result's figures; and whether that is all that was asked for."""
    for limit in limits(conversation.instructions):
        figures = named_figures(answered.output, limit.sentence)
        if not figures or not limit.then or not limit.is_about(f"{answered.name} {answered.output}"):
            continue
        met = [name for name, figure in figures if limit.meets(figure)]
        if len(figures) == 1:
            return (_sentence("It", limit.then) if met else "", False)
        shown = dict(figures)
        names = joined([f"{name} ({shown[name]:g})" for name in met]) or "None of them"
        asked = bool(stems(limit.then) & stems(conversation.question))
        return _sentence(names, limit.then, many=len(met) > 1), asked
    return "", False


def _sentence(subject: str, then: str, *, many: bool = False) -> str:
    """What holds, of these: "F3 is too warm"; or what is to be said."""
    if told := spoken(then):
        return told
    verb, _, rest = then.partition(" ")
    verb = (_PLURAL if many else _SINGULAR).get(verb, verb)
    return f"{subject} {verb} {rest}".rstrip(". ") + "."


def decides(tool: Tool, conversation: Conversation) -> bool:
    """Whether the question asks for what a limit decides by a figure that the tool reads."""
    asked, about = stems(conversation.question), f"{' '.join(words(tool.name))} {tool.description}"
    simple = not tool.parameters.get("required")
    return any(
        limit.is_about(about) and (stems(limit.then) & asked or (simple and stems(limit.sentence) & asked))
        for limit in limits(conversation.instructions)
        if not limit.forbids
    )


def forbidden(call: Call, tool: Tool, conversation: Conversation) -> str | None:
    """What to say instead of a call whose figures are beyond what the instructions allow."""
    if not acts(tool.name):
        return None
    for limit in limits(conversation.instructions):
        for name, value in call.arguments.items():
            figure = isinstance(value, (int, float)) and not isinstance(value, bool)
            about = f"{' '.join(words(tool.name))} {tool.description} {name}"
            if figure and limit.forbids and limit.meets(value) and limit.is_about(about):
                return spoken(limit.sentence) or f"I can't do that: {limit.sentence}"
    return None


def situation(conversation: Conversation, *, first: bool = False) -> str | None:
    """What the instructions want said in the case that the message tells of: "If you smell gas, leave the house".
    `first`: only where that comes before all else, tools and colleagues.
    """
    asked, plain = stems(conversation.question), read(conversation.question).plain
    for told in read(conversation.instructions).sentences:
        match = _P["case"].match(told.lstrip("-*• "))
        if not match or _P["other_case"].search(match["when"]):
            continue
        when = stems(match["when"]) - _ANYBODY
        same = bool(_P["denies"].search(match["when"])) <= bool(_P["denies"].search(plain))
        before_all = not conversation.functions or _P["instead"].match(match["then"])
        met = when and same and len(_alike(when, asked)) >= _MOST_OF * len(when)
        if met and (before_all or not first) and (said := _said_in(match["then"], conversation)):
            return said
    return None


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
    if _P["speech"].match(first):
        return spoken(first)
    first = _P["they_should"].sub("you ", first)
    return None if _P["own_work"].match(first) else f"{first[:1].upper()}{first[1:].rstrip('.')}."


def script(conversation: Conversation) -> str | None:
    """What the instructions want said to whoever comes: "Thank the caller and promise a visit"."""
    for told in read(conversation.instructions).sentences:
        match = _P["speech"].match(told)
        if match and not match["say"] and not _P["in_some_case"].search(told) and (said := spoken(told)):
            return said
    return None


def spoken(order: str) -> str | None:
    """Orders to speak as what is then said: "tell them to leave" is "Please leave."; None where there is none."""
    parts = [part.strip(" .") for part in _P["speech_end"].split(order)]
    said = [text for part in parts if (text := _one_spoken(part))]
    return " ".join(said) if said else None


def _one_spoken(part: str) -> str | None:
    match = _P["speech"].match(part)
    if not match:
        return None
    what = _P["and_to"].sub(r"\1", match["what"] or "").strip(" ,")
    for pattern, mine in (("their", "your"), ("them|they|him|her", "you")):
        what = re.sub(rf"\b(?:{pattern})\b", mine, what)
    form = next(form for name, form in _FORMS.items() if match[name])
    if not what and match.lastgroup == "what" and not (match["thank"] or match["sorry"]):
        return None
    text = form.format(what=what).strip()
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


_FORMS: Mapping[str, str] = {
    "to": "please {what}",
    "say": "{what}",
    "thank": "thank you {what}",
    "sorry": "I'm sorry {what}",
    "promise": "I promise you {what}",
    "give": "here is {what}",
}


def defined(name: str, conversation: Conversation) -> bool | None:
    """Whether a yes-or-no value holds by the instructions: "No heating is urgent, everything else is not"."""
    shown = " ".join(words(name))
    if not shown or not re.search(
        rf"(?i)\b(?:is|are|counts? as) {re.escape(shown)}\b", conversation.instructions
    ):
        return None
    return option([shown], Field(name), conversation.instructions, {}, conversation.question) is not None
