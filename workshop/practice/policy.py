"""What the instructions want said in a situation or on a topic, and what a yes-or-no value means by them."""

from __future__ import annotations

import re

from workshop.practice.conversation import Conversation
from workshop.practice.filling.kinds import Field
from workshop.practice.filling.rules import Known, option
from workshop.practice.instructions import SPEECH, of_kind, parts_met, spoken
from workshop.practice.reading import read
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import stems, words

_P = PATTERNS["policy"]


def situation(conversation: Conversation, *, first: bool = False, told: str = "") -> str | None:
    """What the instructions want said in the case that the message tells of: "If you smell gas, leave the house".
    `first`: only where that comes before all else, tools and colleagues. `told`: what the answer says besides.
    """
    asked, plain = stems(f"{conversation.question} {told}"), read(conversation.question).plain
    for case in of_kind(conversation.instructions, "case"):
        when, then = case.when, case.then
        if told and not SPEECH.match(then):
            continue  # what is done with tools is done by now
        if (_P["other_case"].search(when) and not told) or (_P["topic"].match(when) and not told):
            continue
        same = bool(_P["denies"].search(when)) <= bool(_P["denies"].search(f"{plain} {told}"))
        before_all = not conversation.functions or _P["instead"].match(then) or _P["urgent"].search(then)
        met = same and any(_all_met(each, asked) for each in _P["or"].split(when))
        if met and (before_all or not first) and (said := _said_in(then, conversation)):
            return said
    return None


def _all_met(when: str, asked: set[str]) -> bool:
    parts = parts_met(when, asked)
    return bool(parts) and all(met for _, met in parts)


def _said_in(then: str, conversation: Conversation) -> str | None:
    """The order as it is said to the user; None where it is one to call a tool, to hand over or to keep a form."""
    first = _P["instead"].sub("", then)
    first = _P["they_should"].sub("you ", first)
    return None if _P["own_work"].match(first) else f"{first[:1].upper()}{first[1:].rstrip('.')}."


def prescribed(conversation: Conversation) -> str | None:
    """What the instructions want said, or want nothing said of, where the question is about it."""
    asked = read(conversation.question)
    for case in of_kind(conversation.instructions, "case"):
        topic = _P["topic"].match(case.when)
        if topic and " and " in case.when[: topic.start("about")]:
            continue  # something else has to be so as well
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
