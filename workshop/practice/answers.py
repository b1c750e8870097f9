"""The answer to a question whose tools have answered."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workshop.practice import limits, orders, outputs, policy
from workshop.practice.alerts import degrees_asked
from workshop.practice.conversation import Answered, Conversation
from workshop.practice.outputs import about, alerts_of, apart, error_of, simple, state_of, told
from workshop.practice.reading import places
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import fold, joined, shorten, word_set
from workshop.practice.talking import verse
from workshop.practice.talking.phrases import say

_P = PATTERNS["outputs"]
_SAYS_NOTHING = word_set("none null ok okay done true success {} []") | {""}
"""Results that say no more than that a tool has done its work."""
_WANTS_TELLING = re.compile(r"\b(post|notif\w+|warn|inform|tell (?!me|us)\w+|send|notice)\b")
_COMPARES = re.compile(r"\b(compare|which|more|most|worse|worst|versus|vs)\b")


def from_tools(conversation: Conversation) -> str | None:
    """The answer made of what the tools returned; None where none was called for this question."""
    done = [a for a in conversation.done if a.output is not None]
    if not done:
        return None
    language, degrees = conversation.reply_language, degrees_asked(conversation.question)
    if counted := _that_many(conversation, done[-1]):
        return counted
    acted = orders.acted(conversation, done)
    read = [a for a in done if a not in acted and not any(outputs.feeds(a, b.arguments) for b in acted)]
    distinct = {(a.name, str(a.arguments), a.output): a for a in reversed(read)}
    parts = _acted(acted, language) if acted else []
    told_of = [*reversed(distinct.values())]
    for a, lead in zip(told_of, apart(told_of), strict=True):
        verdict, enough = ("", False) if acted else limits.verdict(a, conversation)
        parts.append(verdict if enough else f"{told(a, language, degrees, lead)} {verdict}".strip())
    if not acted:
        parts += [*_left_out(conversation, read, degrees), *_compared(conversation, read)]
    text = "\n".join(part for part in parts if part)
    said = policy.situation(conversation, told=text) if read and not acted else None
    return f"{said} {text}" if said and said not in text else text


def _that_many(conversation: Conversation, last: Answered) -> str | None:
    """As many jokes, or the like, as a tool says, where the instructions want that."""
    wanted, count = _P["that_many"].search(conversation.instructions), outputs.value_of(last.output)
    if not wanted or not isinstance(count, int):
        return None
    return verse.jokes(count, conversation.reply_language) if wanted["what"].startswith("joke") else None


def _acted(acted: Sequence[Answered], language: str) -> list[str]:
    """What was done, in one sentence, and each failure in its own."""
    good = [a for a in acted if error_of(a.output) is None]
    failed = [
        say("error", language, what=_target(a), error=shorten(str(error_of(a.output)), 300))
        for a in acted
        if a not in good
    ]
    if good and all("noti" in a.name or "post" in a.name for a in good):
        count = say("notice_one" if len(good) == 1 else "notice_many", language, count=len(good))
        return [say("notified", language, count=count, what=_targets(good, language)), *failed]
    silent = [a for a in good if fold(str(a.output).strip()) in _SAYS_NOTHING]
    named = joined(dict.fromkeys(a.name for a in silent))
    done = [say("posted_one", language, tool=named, what=_targets(silent, language))] if silent else []
    return [*done, *(told(a, language) for a in good if a not in silent), *failed]


def _targets(calls: Sequence[Answered], language: str) -> str:
    return joined(dict.fromkeys(map(_target, calls)), say("and", language))


def _target(answered: Answered) -> str:
    """Who or what a call was for: "Ana (Texas)"."""
    state = state_of(answered)
    short = [value for value in simple(answered) if len(value) <= 40]
    others = [value for value in short if not (state and places.by_name(value) == state)]
    if state and others:
        return f"{others[0]} ({state.name})"
    return ", ".join(others) or (state.name if state else answered.name)


def _left_out(conversation: Conversation, read: Sequence[Answered], degrees: frozenset[str]) -> list[str]:
    """Why nothing was posted where posting was asked for."""
    posting = any(map(orders.changes, conversation.functions))
    if not posting or not _WANTS_TELLING.search(fold(conversation.question)):
        return []
    quiet = [about(a) for a in read if error_of(a.output) is None and not _worth_telling(a, degrees)]
    language = conversation.reply_language
    why = say("no_alerts_no_notice", language)
    return [say("not_notified", language, what=joined(quiet, say("and", language)), why=why)] if quiet else []


def _worth_telling(answered: Answered, degrees: frozenset[str]) -> bool:
    return any(not degrees or alert.severity.casefold() in degrees for alert in alerts_of(answered) or [])


def _compared(conversation: Conversation, read: Sequence[Answered]) -> list[str]:
    """For "which has more": the one with most alerts."""
    counted = [(len(alerts), about(a)) for a in read if (alerts := alerts_of(a)) is not None]
    wanted = _COMPARES.search(fold(conversation.question)) and conversation.reply_language in ("en", "other")
    if len(counted) < 2 or not wanted:
        return []
    (most, first), (next_most, _), (fewest, last) = (
        sorted(counted, key=lambda c: -c[0])[n] for n in (0, 1, -1)
    )
    tied = most == next_most
    return [] if tied else [f"{first} has the most active alerts ({most}), {last} the fewest ({fewest})."]
