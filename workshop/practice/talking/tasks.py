"""What the instructions do with each message: classify it, read something from it, shorten it, turn it round."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

from workshop.practice.conversation import Conversation
from workshop.practice.filling import choose
from workshop.practice.filling.kinds import Field
from workshop.practice.reading import Reading, read
from workshop.practice.reading.tables import PATTERNS, Words, load
from workshop.practice.reading.text import fold, joined
from workshop.practice.research import judge
from workshop.practice.talking.drafts import TONES
from workshop.practice.talking.phrases import say

_P = PATTERNS["tasks"]
_TYPOS = {wrong: right for right, listed in load("typos", dict[str, Words]).items() for wrong in listed}
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
    rules, asked = read(conversation.instructions), read(_P["told_to"].sub("", conversation.question))
    if not asked.text:
        return None
    if match := _P["either"].search(rules.text):
        return match["yes"] if _holds(match["when"], asked.text) else match["no"]
    if match := _P["classifies"].search(rules.text):
        return _class_of(match["options"], conversation)
    match = _P["extracts"].search(rules.text) if "?" not in asked.text else None
    if match and (found := _parts(match["what"], asked) or _entries(match["what"], conversation)):
        return found
    if _P["asks"].search(rules.text) and "?" not in asked.text:
        return f"Is it true that {asked.text[:1].lower()}{asked.text[1:].rstrip('.!')}?"
    if _P["spells"].search(rules.text):
        return _spelled(asked.text)
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
        option.strip(" \"'") for option in re.split(r"[,/|]|\bor\b|\band\b", listed) if option.strip(" \"'")
    ]
    if len(options) < 2:
        return None
    named = choose.options_named(options, conversation.question)
    meant = choose.by_meaning(options, Field("category"), conversation, conversation.question)
    return str(named[0].value) if named else meant or choose.plainest(options)


def _holds(condition: str, text: str) -> bool:
    """Whether a text is as a condition says: polite, about a topic, not a question."""
    tone = next((pattern for name, pattern in TONES.items() if name in fold(condition)), None)
    if tone:
        return bool(re.search(tone, fold(text))) and not judge.shows("abuse", text)
    return judge.verdict("is_" + "_".join(read(condition).content_words), condition, "", text).value


def _spelled(text: str) -> str:
    """The text with the commonest mistakes put right, and a capital letter and a stop where it is a sentence."""
    right = re.sub(r"[A-Za-z]+", lambda word: _cased(_right(word[0]), word[0]), text)
    right = re.sub(r"\bi\b(?=['\u2019 ])", "I", right)
    if len(right.split()) > 2:
        right = right[:1].upper() + right[1:]
        right = right if right.rstrip().endswith((".", "!", "?")) else f"{right.rstrip()}."
    return right


def _right(word: str) -> str:
    """The word as it is spelled, with its ending."""
    plain = word.casefold()
    for ending in ("", "d", "s", "ly"):
        root = plain.removesuffix(ending) if ending else plain
        if root in _TYPOS and (not ending or root != plain):
            return _TYPOS[root] + ending
    return word


def _cased(word: str, like: str) -> str:
    return word.capitalize() if like[:1].isupper() else word


def _parts(what: str, asked: Reading) -> str | None:
    for name, find in _PARTS.items():
        if name in what.casefold().replace("-", ""):
            values = [getattr(each, "value", each) for each in find(asked)]
            return joined(str(value) for value in dict.fromkeys(values)) or None
    return None


def _entries(what: str, conversation: Conversation) -> str | None:
    """The things of a kind that the message lists: as JSON where the instructions say so, else one a line."""
    from workshop.practice.filling.answer import instance  # it writes texts, and those are talk

    named = _P["things"].match(what)
    if not named:
        return None
    listed = {"type": "array", "items": {"type": "string"}}
    schema = {"type": "object", "properties": {named["what"]: listed}, "required": [named["what"]]}
    found = instance(schema, conversation)[named["what"]]
    if not found or any(entry not in conversation.question for entry in found):
        return None
    return (
        json.dumps(found, ensure_ascii=False)
        if "json" in fold(conversation.instructions)
        else "\n".join(found)
    )


def refused(conversation: Conversation) -> str | None:
    """A polite no to a question outside of the one field that the instructions allow."""
    match = _P["only"].search(conversation.instructions)
    if not match:
        return None
    topic, asked = read(match["topic"]), read(conversation.question)
    if not topic.fields or topic.fields.keys() & asked.fields.keys() or topic.concepts & asked.concepts:
        return None
    return say("only_about", conversation.reply_language, topic=topic.text.strip())
