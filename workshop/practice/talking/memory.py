"""What was said earlier in the conversation, when the user asks for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from workshop.practice.conversation import Conversation
from workshop.practice.parts import parts_of
from workshop.practice.reading import places, read
from workshop.practice.reading.language import OTHER
from workshop.practice.reading.lexicon import tells
from workshop.practice.reading.numbers import units_of
from workshop.practice.reading.tables import PATTERNS, Row, load
from workshop.practice.reading.text import WORDS, fold, joined, shorten, stem, uncapital
from workshop.practice.talking.facts import FACTS
from workshop.practice.talking.phrases import say

_P = PATTERNS["memory"]
_YOURS = load("yours", dict[str, re.Pattern[str]])
"""What the user says of themselves, by how it is said to them."""
_LITTLE = frozenset(map(stem, WORDS["frame"] | WORDS["little"]))


class Asked(Row):
    """A row of memory.toml: a way to ask for something that was said, and what it is."""

    when: re.Pattern[str]
    recall: Literal["name", "first", "last", "answer", "summary", "home"]


_ASKED = load("memory", dict[str, tuple[Asked, ...]])["asked"]


def asks(text: str) -> list[str]:
    """What a text asks back of what was said, each once."""
    return list(dict.fromkeys(row.recall for row in _ASKED if row.when.search(read(text).plain)))


def recalled(conversation: Conversation, *, loosely: bool = False) -> str | None:
    """What the question or its parts ask back, or thanks for what is told. `loosely`: also if not about the user."""
    parts = [each.text for each in parts_of(conversation.question)] if "?" in conversation.question else []
    if len(parts) > 1:
        asked = [conversation.asking(f"{each.rstrip(' ,?.')}?") for each in parts]
        told = [_recalled(each, loosely) for each in asked]
        if any(told):
            told = [text or _recalled(each, True) for text, each in zip(told, asked, strict=True)]
        if all(told):
            return " ".join(dict.fromkeys(filter(None, told)))
    return _recalled(conversation, loosely) or _noted(conversation)


def _recalled(conversation: Conversation, loosely: bool) -> str | None:
    kinds = asks(conversation.question)
    told = [text for kind in kinds if (text := _KINDS[kind](conversation))]
    if told:
        return " ".join(told) if {*kinds} == {"name", "home"} else told[0]
    return _earlier(conversation, loosely)


def _name(conversation: Conversation) -> str:
    name, language = conversation.user_name, conversation.reply_language
    return say("your_name", language, name=name) if name else say("no_name", language)


def _quoted(conversation: Conversation, *told: str) -> str | None:
    """The first of the texts, as what the user said; None without one."""
    return say("in_conversation", conversation.reply_language, text=told[0]) if told else None


def _answer(conversation: Conversation) -> str | None:
    asked = read(conversation.question)
    if not conversation.own or _P["in_form"].match(asked.plain):  # "Say that in upper case."
        return next(iter(conversation.own[-1:]), None)
    best = max(reversed(conversation.own), key=lambda text: len(asked.stems & read(text).stems))
    return say("i_said", conversation.reply_language, text=best)


def _summary(conversation: Conversation) -> str | None:
    said = [f"“{shorten(text, 120)}”" for text in reversed(conversation.earlier)][-6:]
    language = conversation.reply_language
    return say("summary", language, said=joined(said, say("and", language))) if said else None


def _home(conversation: Conversation) -> str | None:
    language = conversation.reply_language
    if lives := next(filter(None, map(_P["lives_in"].search, conversation.earlier)), None):
        place = lives["place"]
        more = [each.name for each in read(place).states if each.name not in place and each.code not in place]
        return say("your_home", language, place=f"{place}, {more[0]}" if more else place)
    named = [state for text in conversation.earlier for state in read(text).states]
    return _quoted(conversation, *(places.local_name(each, language) for each in named))


_KINDS: dict[str, Callable[[Conversation], str | None]] = {
    "name": _name,
    "first": lambda told: _quoted(told, *reversed(told.earlier)),
    "last": lambda told: _quoted(told, *told.earlier),
    "answer": _answer,
    "summary": _summary,
    "home": _home,
}


def _earlier(conversation: Conversation, loosely: bool = False) -> str | None:
    """The sentence of the user's that meets the question best, where the question is about the user."""
    asked, told = read(conversation.question), conversation.earlier
    if not told or (_P["generic"].search(asked.plain) and not loosely):
        return None
    back = _P["asks_back"].search(asked.plain)
    said_before = {word for text in told for word in read(text).words}
    named = said_before.intersection(re.findall(r"(?<!^)\b[A-Z][a-z]+", asked.text))
    mine = named or _P["mine"].search(asked.plain) or _P["what_is_my"].search(asked.text)
    if not back and not ((mine or loosely) and "?" in asked.text):
        return None
    said = [sentence for text in told for sentence in read(text).sentences]
    said = said if back else [each for each in said if not each.endswith("?")]  # a question tells nothing
    kinds = [each for each in FACTS.answers if each.asked.search(asked.plain)]
    if loosely and not _P["who_or_where"].search(asked.plain):
        said = [each for each in said if all(kind.told.search(each) for kind in kinds)]
    wishes = [each for each in said if _P["asks_wish"].search(asked.plain) and _P["wish"].search(each)]
    said = wishes or said
    wanted = _meant(asked.text) if asked.stems else {*map(fold, asked.words)}  # "What do I have?"
    best = max(said, key=lambda text: len(wanted & {*_meant(text), *map(fold, read(text).words)}), default="")
    met = len(wanted & {*_meant(best), *map(fold, read(best).words)}) - (not asked.stems)
    enough = len(wishes) == 1 or (met > 0 and (back or named or 2 * met >= len(asked.stems)))
    return _quoted(conversation, best) if enough or (back and len(told) == 1) else None


def _meant(text: str) -> frozenset[str]:
    said = read(text)
    measured = {each.unit for each in said.quantities if each.unit} | units_of(frozenset(said.plain.split()))
    return said.stems | said.concepts | said.fields.keys() | measured | {*filter(tells, said.senses)}


def taken_in(conversation: Conversation) -> str | None:
    """A statement of the user's own, said back; a wish only where there are no tools to say what can be done."""
    question = conversation.question
    states = _P["statement"].match(question) or (conversation.earlier and _P["of_a_thing"].match(question))
    if "?" in question or conversation.reply_language not in ("en", OTHER) or not states:
        return None
    if _P["wants_to_know"].search(question) or (conversation.functions and _P["wish"].search(question)):
        return None
    told = shorten(" ".join(read(question).sentences), 200).rstrip(" .!")
    for other, own in _YOURS.items():
        told = own.sub(other, told)
    return say("noted", conversation.reply_language, fact=uncapital(told))


def _noted(conversation: Conversation) -> str | None:
    """A word of thanks for a name or a fact that the user gives."""
    question, language = conversation.question, conversation.reply_language
    if "?" in question:
        return None
    if conversation.user_name and _P["says_name"].search(read(question).plain):
        return say("name_noted", language, name=conversation.user_name)
    fact, reminder = _P["my_fact"].search(question), _P["remember"].search(question)
    noted = fact.group() if fact else reminder[1] if reminder else ""
    return say("noted", language, fact=noted.strip()) if noted else None
