"""What was said earlier in the conversation, when the user asks for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from workshop.practice.conversation import Conversation
from workshop.practice.reading import places, read
from workshop.practice.reading.tables import PATTERNS, Row
from workshop.practice.reading.text import joined, shorten
from workshop.practice.talking.facts import shown
from workshop.practice.talking.phrases import say

_P = PATTERNS["memory"]


class Asked(Row):
    """A way to ask for something that was said, and what it is."""

    when: re.Pattern[str]
    recall: Literal["name", "first", "last", "answer", "summary", "home"]


def recalled(conversation: Conversation, table: tuple[Asked, ...]) -> str | None:
    """What the question asks back; a word of thanks for what the user tells now; else None."""
    plain = read(conversation.question).plain
    for row in table:
        if row.when.search(plain) and (text := _KINDS[row.recall](conversation)):
            return text
    return _own_fact(conversation) or _earlier(conversation) or _noted(conversation)


def _name(conversation: Conversation) -> str:
    name, language = conversation.user_name, conversation.reply_language
    return say("your_name", language, name=name) if name else say("no_name", language)


def _quoted(conversation: Conversation, text: str | None) -> str | None:
    return say("in_conversation", conversation.reply_language, text=text) if text else None


def _first(conversation: Conversation) -> str | None:
    return _quoted(conversation, conversation.earlier[-1] if conversation.earlier else None)


def _last(conversation: Conversation) -> str | None:
    return _quoted(conversation, conversation.earlier[0] if conversation.earlier else None)


def _answer(conversation: Conversation) -> str | None:
    own = [message.text for message in conversation.said if message.role == "assistant"]
    wanted = read(conversation.question).stems
    best = max(reversed(own), key=lambda text: len(wanted & read(text).stems), default="")
    again = _P["in_form"].match(read(conversation.question).plain)  # "Say that in upper case."
    if best and again:
        return own[-1]
    return say("i_said", conversation.reply_language, text=best) if best else None


def _summary(conversation: Conversation) -> str | None:
    said = [f"“{shorten(text, 120)}”" for text in reversed(conversation.earlier)][-6:]
    language = conversation.reply_language
    return say("summary", language, said=joined(said, say("and", language))) if said else None


def _home(conversation: Conversation) -> str | None:
    named = [state for text in conversation.earlier for state in read(text).states]
    return _quoted(conversation, places.local_name(named[0], conversation.reply_language) if named else None)


_KINDS: dict[str, Callable[[Conversation], str | None]] = {
    "name": _name,
    "first": _first,
    "last": _last,
    "answer": _answer,
    "summary": _summary,
    "home": _home,
}


def _own_fact(conversation: Conversation) -> str | None:
    """The value of something that is the user's: "What is my favourite colour?"."""
    asked = _P["what_is_my"].search(conversation.question)
    if not asked:
        return None
    wanted = read(asked[1]).stems
    told = [match for text in conversation.earlier for match in _P["my_fact"].finditer(text)]
    for match in sorted(told, key=lambda match: -len(wanted & read(match[1]).stems)):
        if wanted & read(match[1]).stems:
            return f"Your {match[1]} is {match[2].strip()}."
    return _earlier(conversation) or say("not_told", conversation.reply_language)


def _earlier(conversation: Conversation) -> str | None:
    """The sentence of the user's that meets the question best, where the question is about the user."""
    asked = read(conversation.question)
    if not conversation.earlier or _P["generic"].search(asked.plain):
        return None
    back = bool(_P["asks_back"].search(asked.plain))
    told = " ".join(conversation.earlier)
    named = any(
        re.search(rf"\b{re.escape(name)}\b", told) for name in re.findall(r"(?<!^)\b[A-Z][a-z]+", asked.text)
    )
    if not back and not (
        "?" in asked.text and (named or _P["mine"].search(asked.plain) or _P["what_is_my"].search(asked.text))
    ):
        return None
    said = [sentence for text in conversation.earlier for sentence in read(text).sentences]
    if back and re.search(r"\bnumbers?\b", asked.plain):
        numbers = [found.value for text in reversed(conversation.earlier) for found in read(text).quantities]
        if numbers:
            return _quoted(conversation, joined(map(shown, numbers), say("and", conversation.reply_language)))
    wanted = _meant(asked.text)
    best = max(said, key=lambda text: len(wanted & _meant(text)), default="")
    if wanted & _meant(best) or (back and len(conversation.earlier) == 1):
        return _quoted(conversation, best)
    return None


def _meant(text: str) -> frozenset[str]:
    return read(text).stems | read(text).concepts | read(text).fields.keys()


def _noted(conversation: Conversation) -> str | None:
    """A word of thanks for a name or a fact that the user gives."""
    question, language = conversation.question, conversation.reply_language
    if "?" in question:
        return None
    if conversation.user_name and _P["says_name"].search(read(question).plain):
        return say("name_noted", language, name=conversation.user_name)
    fact = _P["my_fact"].search(question)
    reminder = _P["remember"].search(question)
    noted = fact.group() if fact else reminder[1] if reminder else None
    return say("noted", language, fact=noted.strip()) if noted else None
