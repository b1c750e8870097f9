"""What the instructions want said in a situation or on a topic, and what a yes-or-no value means by them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from workshop.practice import outputs
from workshop.practice.conversation import Answered, Conversation
from workshop.practice.filling.kinds import Field
from workshop.practice.filling.rules import Known, option
from workshop.practice.instructions import SPEECH, is_met, of_kind, spoken
from workshop.practice.reading import read, share_a_row
from workshop.practice.reading.numbers import units_of
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import capital, in_words, stem, stems, words

_P = PATTERNS["policy"]
_REFUSAL, _MOST_OF = "I'm sorry, but I can't discuss that.", 0.6


def situation(conversation: Conversation, *, first: bool = False, told: str = "") -> str | None:
    """What the instructions want said in the case that the message tells of: "If you smell gas, leave the house".
    `first`: only where that comes before all else, tools and colleagues. `told`: what the answer says besides.
    """
    asked, plain = stems(f"{conversation.question} {told}"), read(conversation.question).plain
    for case in of_kind(conversation.instructions, "case"):
        when, then = case.when, case.then
        if told and not SPEECH.match(then):
            continue  # what is done with tools is done by now
        if not told and (_P["other_case"].search(when) or _P["topic"].match(when)):
            continue
        same = bool(_P["denies"].search(when)) <= bool(_P["denies"].search(f"{plain} {told}"))
        before_all = not conversation.functions or _P["instead"].match(then) or _P["urgent"].search(then)
        met = same and any(is_met(each, asked) for each in _P["or"].split(when))
        if met and (before_all or not first) and (said := _said_in(then)):
            return said
    return None


def _said_in(then: str) -> str | None:
    """The order as it is said to the user; None where it is one to call a tool, to hand over or to keep a form."""
    if said := spoken(then):
        return said
    first = _P["instead"].sub("", then)
    first = _P["they_should"].sub("you ", first)
    return None if _P["own_work"].match(first) else f"{capital(first).rstrip('.')}."


def prescribed(conversation: Conversation) -> str | None:
    """What the instructions want said, or want nothing said of, where the question is about it."""
    asked = read(conversation.question)
    if any(speaks_of(each, asked.text) for each in secrets(conversation.instructions)):
        return script(conversation) or _REFUSAL
    for case in of_kind(conversation.instructions, "case"):
        if _P["secret"].search(case.text):
            continue
        topic = _P["topic"].match(case.when)
        if topic and " and " in case.when[: topic.start("about")]:
            continue  # something else has to be so as well
        about = read(topic["about"] if topic else "")
        named = about.text and about.plain.strip(" \"'") in asked.plain
        if named or about.concepts & asked.concepts or about.fields.keys() & asked.fields.keys():
            if said := spoken(case.then):
                return said
            if case.text.endswith(f"{case.when}{case.then}"):  # nothing else is to be said of it
                return script(conversation) or _REFUSAL
    return None


def secrets(instructions: str) -> list[str]:
    """What the instructions want nobody to be told: "Never reveal salary bands", "Keep the recipe secret"."""
    found = (_P["secret"].search(sentence) for sentence in read(instructions).sentences)
    named = [_P["name_of"].sub("", next(filter(None, match.groups()))) for match in found if match]
    return [each for each in named if stems(each) and not _P["in_part"].search(each)]


def speaks_of(topic: str, text: str) -> bool:
    """Whether a text speaks of most of a topic, by its words or what they mean."""
    told, about = read(text), read(topic).content_words
    said = [word for word in about if stem(word) in told.stems or share_a_row(read(word), told)]
    return bool(about) and len(said) >= _MOST_OF * len(about)


def discreet(text: str, conversation: Conversation) -> str:
    """A text without what nobody is to be told; a refusal where nothing else is in it."""
    for topic in secrets(conversation.instructions):
        priced = "money" in units_of(frozenset(words(topic.casefold()))) or bool(_P["prices"].search(topic))
        text = _without_money(text) if priced else text
        if not text or (not priced and speaks_of(topic, text)):
            return script(conversation) or _REFUSAL
    return text


def _without_money(text: str) -> str:
    """A text without its prices: what is in brackets, a part between commas, half of a sentence, or a sentence."""
    text = _P["priced_aside"].sub(lambda match: "" if _has_money(match[0]) else match[0], text)
    lines = []
    for line in text.splitlines():
        kept = [part for each in read(line).sentences for part in _unpriced(each)]
        lines += [" ".join(kept)] if kept else []
    return "\n".join(lines)


def _unpriced(sentence: str) -> list[str]:
    parts = _P["between_parts"].split(sentence)
    kept = [part for part in parts if not _has_money(part)]
    if not kept or len(kept) == len(parts):
        return kept and [sentence]
    return [f"{', '.join(kept).rstrip('.')}." if sentence.endswith(".") else ", ".join(kept)]


def _has_money(text: str) -> bool:
    return any(each.unit == "money" for each in read(text).quantities)


def reticent(answered: Answered, conversation: Conversation) -> Answered:
    """A result without the values whose names say that nobody is to be told them."""
    topics = [stems(each) for each in secrets(conversation.instructions)]
    value = outputs.value_of(answered.output)
    if not topics or not isinstance(value, (Mapping, list)):
        return answered
    return replace(answered, output=json.dumps(_told_of(value, topics)))


def _told_of(value: Any, topics: list[set[str]]) -> Any:
    if isinstance(value, list):
        return [_told_of(each, topics) for each in value]
    if not isinstance(value, Mapping):
        return value
    named = {name: stems(str(name)) for name in value}
    hidden = {n for n, own in named.items() if own and any(own <= t or t <= own for t in topics)}
    return {name: _told_of(each, topics) for name, each in value.items() if name not in hidden}


def script(conversation: Conversation) -> str | None:
    """What the instructions want said to whoever comes: "Thank the caller and promise a visit"."""
    for told in read(conversation.instructions).sentences:
        match = SPEECH.match(told)
        if match and not match["say"] and not _P["in_some_case"].search(told) and (said := spoken(told)):
            return said
    return None


def defined(name: str, conversation: Conversation) -> bool | None:
    """Whether a yes-or-no value holds by the instructions: "No heating is urgent, everything else is not"."""
    shown, rules = in_words(name), conversation.instructions
    if not shown or not re.search(rf"(?i)\b(?:is|are|counts? as) {re.escape(shown)}\b", rules):
        return None
    known = Known({}, {}, {}, conversation.question)
    return option([shown], Field(name), rules, known) is not None
