"""What can be done with the question's own words: repeat them, count, spell backwards, reckon, translate."""

# texts as people write them, with the punctuation of their language

from __future__ import annotations

import re

from workshop.practice.conversation import Conversation
from workshop.practice.reading import read
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import fold, shorten
from workshop.practice.talking import facts
from workshop.practice.talking.phrases import say, speaks

_P = PATTERNS["wordplay"]


def echoed(conversation: Conversation) -> str | None:
    """The question's words repeated, counted or turned round."""
    question = conversation.question
    if counting := _P["counting"].search(question):
        first, last = int(counting[1]), int(counting[2])
        step = 1 if last >= first else -1
        return ", ".join(map(str, range(first, last + step, step))) if abs(last - first) <= 200 else None
    if counted := _P["letters"].search(question):
        text, what = counted["text"] or counted["bare"], fold(counted["what"])
        letters = "aeiou" if what == "vowels" else None
        sizes = {"words": len(text.split()), "characters": len(text)}
        plain = [char for char in fold(text) if char.isalpha() and (not letters or char in letters)]
        return f"“{text}” has {sizes.get(what, len(plain))} {what}."
    turned = _P["backwards"].search(question)
    if turned and re.search(r"\b(?:backwards?|reversed?|in reverse)\b", read(question).plain):
        return (turned["text"] or turned["bare"])[::-1]
    said = _P["echo"].match(question)
    if not said or len(said["text"].split()) > 40 or _P["not_echoed"].match(said["text"]):
        return None
    if greeted := _P["greet"].match(said["text"]):
        return f"{greeted['word'].capitalize()}, {greeted['who']}!"
    return said["text"].strip(" \"'“”")


def reckoned(conversation: Conversation) -> str | None:
    """The value of a sum in the question."""
    expression, value = facts.sum_in(conversation.question)
    return say("sum", conversation.reply_language, expression=expression, value=value) if value else None


def translation(conversation: Conversation) -> str | None:
    """A phrase from the phrase book, for an agent that translates or a question that asks for it."""
    question = conversation.question
    rule = _P["translates"].search(conversation.instructions)
    asked = _P["asks_translation"].search(read(question).plain)
    text = question
    if asked and read(question).quoted:
        text = read(question).quoted[0]
    elif asked and (match := _P["to_translate"].search(question)):
        text = match[1]
    own = [message.text for message in conversation.said if message.role == "assistant"]
    if own and read(text).plain in ("that", "it", "this"):
        text = own[-1]
    named = read(rule.group()).languages_named if rule else ()
    if not named and asked:
        named = read(question.replace(text, " ")).languages_named
    if not named:
        return None
    language = named[0] if speaks(named[0]) else conversation.reply_language
    return facts.translated(text, named[0]) or say("language_only", language, text=shorten(text, 80))
