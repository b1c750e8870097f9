"""The answer to a question whose tools have answered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from workshop.practice import limits, orders, outputs, policy
from workshop.practice.alerts import degrees_asked
from workshop.practice.conversation import Answered, Conversation
from workshop.practice.filling import shell
from workshop.practice.outputs import about, alerts_of, apart, error_of, simple, state_of, told
from workshop.practice.picked import picked
from workshop.practice.reading import places, read
from workshop.practice.reading.bands import bands
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import fold, joined
from workshop.practice.research.search import fullest
from workshop.practice.talking import verse
from workshop.practice.talking.phrases import say

_P = PATTERNS["outputs"]
_FEW = 4
"""Sentences of files that are told."""


def from_tools(conversation: Conversation) -> str | None:
    """The answer made of what the tools returned; None where none was called for this question."""
    own = [each for each in conversation.answered if not orders.is_beside(each, conversation)]
    done = [policy.reticent(each, conversation) for each in own or conversation.answered]
    if not done:
        return None
    language, degrees = conversation.reply_language, degrees_asked(conversation.question)
    if str(done[-1].output).strip() == "[image]":
        return say("no_images", language)
    if counted := _that_many(conversation, done[-1]):
        return counted
    if read_out := _of_files(conversation, done):
        return read_out
    acted = orders.acted(conversation, done)
    read = [a for a in done if a not in acted and not any(outputs.feeds(a, b.arguments) for b in acted)]
    distinct = {(a.name, str(a.arguments), a.output): a for a in reversed(read)}
    parts = _acted(acted, language) if acted else []
    told_of = [*reversed(distinct.values())]
    if len(told_of) == 1 and alerts_of(told_of[0]) is None:
        told_of = [_picked(conversation.question, told_of[0])]
    for a, lead in zip(told_of, apart(told_of), strict=True):
        verdict, enough = ("", False) if acted else limits.verdict(a, conversation)
        parts.append(verdict if enough else f"{told(a, language, degrees, lead)} {verdict}".strip())
    if not acted:
        if yes_or_no := _yes_or_no(conversation.question, read):
            bare = isinstance(outputs.value_of(read[0].output), bool)
            parts[0] = yes_or_no if bare else f"{yes_or_no} {parts[0]}"
        parts += _left_out(conversation, read, degrees)
        parts += [compared(conversation.question, read)] if language in ("en", "other") else []
    text = policy.discreet("\n".join(part for part in parts if part), conversation)
    said = policy.situation(conversation, told=text) if read and not acted else None
    return f"{said} {text}" if said and said not in text else text


def _picked(question: str, answered: Answered) -> Answered:
    """A result with nothing but the records or lines that a question is about, where it is about some of several."""
    some = picked(question, answered.output)
    if not some:
        return answered
    lines = isinstance(some[0], str)
    return replace(answered, output="\n".join(some) if lines else json.dumps(some, ensure_ascii=False))


def _of_files(conversation: Conversation, done: Sequence[Answered]) -> str:
    """What files say on the question, where a shell has listed and read them; empty where it has not."""
    listed = [each for each in done if shell.LISTING in str(each.arguments)]
    texts = [str(each.output) for each in done if each not in listed and "head -n" in str(each.arguments)]
    if not listed or not texts:
        return ""
    said = [each for text in texts for part in shell.parts(text) for each in read(part).sentences]
    return fullest(said, conversation.question, _FEW)


def _that_many(conversation: Conversation, last: Answered) -> str | None:
    """As many jokes, or the like, as a tool says, where the instructions want that."""
    wanted, count = _P["that_many"].search(conversation.instructions), outputs.value_of(last.output)
    if not wanted or not isinstance(count, int):
        return None
    return verse.jokes(count, conversation.reply_language) if wanted["what"].startswith("joke") else None


def _acted(acted: Sequence[Answered], language: str) -> list[str]:
    """What was done, in one sentence, and each failure in its own."""
    good = [a for a in acted if error_of(a.output) is None]
    failed = [outputs.failure(a, _target(a), language) for a in acted if a not in good]
    if good and all("noti" in a.name or "post" in a.name for a in good):
        count = say("notice_one" if len(good) == 1 else "notice_many", language, count=len(good))
        return [say("notified", language, count=count, what=_targets(good, language)), *failed]
    silent = [a for a in good if fold(str(a.output).strip()) in outputs.SAYS_NOTHING]
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
    if not posting or not _P["wants_telling"].search(fold(conversation.question)):
        return []
    calm = [a for a in read if not any(alert.is_of(degrees) for alert in alerts_of(a) or [])]
    quiet = [about(a) for a in calm if error_of(a.output) is None]
    language = conversation.reply_language
    why = say("no_alerts_no_notice", language)
    return [say("not_notified", language, what=joined(quiet, say("and", language)), why=why)] if quiet else []


def compared(question: str, calls: Sequence[Answered]) -> str:
    """For "which has more": the call whose result has the most or the least; empty where nothing is to be compared."""
    plain = fold(question)
    counted = [(figure, call) for call in calls if (figure := _figure(call)) is not None]
    if len(counted) < 2 or len(counted) < len(calls) or not _P["compares"].search(plain):
        return ""
    ranked = sorted(counted, key=lambda each: -each[0])
    (most, first), (next_most, _), (fewest, last) = (ranked[n] for n in (0, 1, -1))
    if alerts_of(first) is not None:
        told = f"{about(first)} has the most active alerts ({most:g}), {about(last)} the fewest ({fewest:g})."
        return "" if most == next_most else told
    if not (less := _P["less"].search(plain)) and not _P["more"].search(plain):
        return ""
    names = dict(zip(map(id, calls), apart(calls), strict=True))
    tied = most == fewest
    return f"They are the same: {most:g}." if tied else f"So it is {names[id(last if less else first)]}."


def _figure(call: Answered) -> float | None:
    """The number of alerts, or the one figure of a result."""
    alerts, figures = alerts_of(call), outputs.named_figures(call.output, "")
    return len(alerts) if alerts is not None else figures[0][1] if len(figures) == 1 else None


def of_before(conversation: Conversation) -> str:
    """For "so which of them has more?": what the results of the turns before say."""
    last = conversation.past[-1:]
    alike = [each for each in conversation.past if last and each.name == last[0].name]
    return "" if conversation.done else compared(conversation.question, alike)


def _yes_or_no(question: str, read: Sequence[Answered]) -> str:
    """Yes or no by one result: by its truth, whether there is any, or a range: "Is it warmer than 20 degrees?"."""
    if len(read) != 1 or not _P["yes_or_no"].search(question) or alerts_of(read[0]):
        return ""
    value, figure, asked = outputs.fresh(read[0]), _figure(read[0]), bands(question)
    if isinstance(value, Mapping) and len(truths := [v for v in value.values() if isinstance(v, bool)]) == 1:
        value = truths[0]
    value = figure if isinstance(value, Mapping) and figure is not None else value
    if isinstance(value, bool) or (_P["exists"].search(question) and isinstance(value, (int, float, list))):
        return "Yes." if value else "No."
    if figure is None or len(asked) != 1:
        return ""
    return "Yes." if asked[0].holds(figure) else "No."
