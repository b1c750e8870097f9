"""What the instructions do with each message: classify it, read something from it, shorten it, turn it round."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from workshop.practice.conversation import Conversation
from workshop.practice.filling import choose
from workshop.practice.filling.kinds import Field
from workshop.practice.reading import Reading, read
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import joined
from workshop.practice.talking.phrases import say

_P = PATTERNS["tasks"]
_PARTS: dict[str, Callable[[Reading], Sequence[object]]] = {
    "email": lambda told: told.emails,
    "phone": lambda told: told.phones,
    "date": lambda told: told.dates,
    "url": lambda told: told.urls,
    "link": lambda told: told.urls,
    "number": lambda told: told.quantities,
}


def done(conversation: Conversation) -> str | None:
    """What comes out of the message by the task that the instructions set; None where they set none."""
    rules, asked = read(conversation.instructions), read(conversation.question)
    if not asked.text:
        return None
    if match := _P["classifies"].search(rules.text):
        return _class_of(match["options"], conversation)
    if (match := _P["extracts"].search(rules.text)) and (found := _parts(match["what"], asked)):
        return found
    if counted := re.search(r"\bcount the (words|characters|letters)\b", rules.plain):
        return str(len(asked.text.split()) if counted[1] == "words" else len(asked.text))
    if re.search(r"\brevers\w+\b|\bbackwards\b", rules.plain):
        return asked.text[::-1]
    if re.search(r"\b(?:repeat|echo)\b[^.]*\b(?:user|message|what)\b", rules.plain):
        return asked.text
    if _P["summarizes"].search(rules.plain) and len(asked.sentences) > 1:
        best = sorted(range(len(asked.sentences)), key=lambda i: (-len(read(asked.sentences[i]).stems), i))[
            :2
        ]
        return " ".join(asked.sentences[i] for i in sorted(best))
    return None


def _class_of(listed: str, conversation: Conversation) -> str | None:
    options = [
        option.strip(" \"'") for option in re.split(r",|\bor\b|\band\b", listed) if option.strip(" \"'")
    ]
    if len(options) < 2:
        return None
    named = choose.options_named(options, conversation.question)
    meant = choose.by_meaning(options, Field("category"), conversation, conversation.question)
    return str(named[0].value) if named else meant or choose.plainest(options)


def _parts(what: str, asked: Reading) -> str | None:
    for name, find in _PARTS.items():
        if name in what.casefold().replace("-", ""):
            values = [getattr(each, "value", each) for each in find(asked)]
            return joined(str(value) for value in dict.fromkeys(values)) or None
    return None


def refused(conversation: Conversation) -> str | None:
    """A polite no to a question outside of the one field that the instructions allow."""
    match = _P["only"].search(conversation.instructions)
    if not match:
        return None
    topic, asked = read(match["topic"]), read(conversation.question)
    if not topic.fields or topic.fields.keys() & asked.fields.keys() or topic.concepts & asked.concepts:
        return None
    return say("only_about", conversation.reply_language, topic=topic.text.strip())
