"""The answer to a question whose tools have answered."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workshop.practice import outputs
from workshop.practice.conversation import Answered, Conversation
from workshop.practice.outputs import alerts_of, error_of, severities_asked, told
from workshop.practice.reading import places
from workshop.practice.reading.lexicon import acts
from workshop.practice.reading.text import fold, joined, shorten, word_set
from workshop.practice.talking.phrases import say

_SAYS_NOTHING = word_set("none null ok okay done true success {} []") | {""}
"""Results that say no more than that a tool has done its work."""


def from_tools(conversation: Conversation) -> str | None:
    """The answer made of what the tools returned; None where none was called for this question."""
    done = [a for a in conversation.done if a.output is not None]
    if not done:
        return None
    language = conversation.reply_language
    severities = severities_asked(conversation.question)
    read = [a for a in done if not acts(a.name)]
    acted = [a for a in done if acts(a.name)]
    parts = [_acted(acted, language)] if acted else []
    parts += [told(a, language, severities) for a in _distinct(read)]
    parts += _left_out(conversation, read, acted)
    if not acted:
        parts += _compared(conversation, read)
    return "\n".join(part for part in parts if part)


def _distinct(calls: Sequence[Answered]) -> list[Answered]:
    kept: dict[tuple[str, str, str | None], Answered] = {}
    for call in calls:
        kept.setdefault((call.name, str(call.arguments), call.output), call)
    return list(kept.values())


def _acted(acted: Sequence[Answered], language: str) -> str:
    """What was done, in one sentence, and each failure in its own."""
    good = [a for a in acted if error_of(a.output) is None]
    bad = [a for a in acted if error_of(a.output) is not None]
    lines = []
    if good:
        listed = joined(dict.fromkeys(_target(a) for a in good), say("and", language))
        if all("noti" in a.name or "post" in a.name for a in good):
            count = say("notice_one" if len(good) == 1 else "notice_many", language, count=len(good))
            lines.append(say("notified", language, count=count, what=listed))
        else:
            silent = [a for a in good if fold(str(a.output).strip()) in _SAYS_NOTHING]
            if silent:
                listed = joined(dict.fromkeys(_target(a) for a in silent), say("and", language))
                lines.append(
                    say(
                        "posted_one",
                        language,
                        tool=joined(dict.fromkeys(a.name for a in silent)),
                        what=listed,
                    )
                )
            lines += [told(a, language) for a in good if a not in silent]
    lines += [
        say("error", language, what=_target(a), error=shorten(str(error_of(a.output)), 300)) for a in bad
    ]
    return "\n".join(lines)


def _target(answered: Answered) -> str:
    """Who or what a call was for: "Ana (Texas)"."""
    short = [
        v
        for v in answered.arguments.values()
        if isinstance(v, (str, int, float)) and len(str(v)) <= 40 and not isinstance(v, bool)
    ]
    state = outputs.state_of(answered)
    others = [str(v) for v in short if not (state and places.by_name(str(v)) == state)]
    if state and others:
        return f"{others[0]} ({state.name})"
    return ", ".join(others) or (state.name if state else answered.name)


def _left_out(conversation: Conversation, read: Sequence[Answered], acted: Sequence[Answered]) -> list[str]:
    """Why nothing was posted where posting was asked for."""
    posting = any(acts(tool.name) for tool in conversation.request.tools)
    wants = re.search(
        r"\b(post|notif\w+|warn|inform|tell (?!me|us)\w+|send|notice)\b", fold(conversation.question)
    )
    if not posting or not wants or acted:
        return []
    language = conversation.reply_language
    degrees = severities_asked(conversation.question)
    quiet = [
        a
        for a in read
        if error_of(a.output) is None
        and not any(
            not degrees or alert.severity.casefold() in degrees for alert in alerts_of(a.output) or []
        )
    ]
    if not quiet:
        return []
    why = say("no_alerts_no_notice", language)
    return [
        say(
            "not_notified",
            language,
            what=joined([outputs.about(a) for a in quiet], say("and", language)),
            why=why,
        )
    ]


def _compared(conversation: Conversation, read: Sequence[Answered]) -> list[str]:
    """For "which has more": the one with most alerts."""
    if not re.search(r"\b(compare|which|more|most|worse|worst|versus|vs)\b", fold(conversation.question)):
        return []
    counted = [(len(alerts), outputs.about(a)) for a in read if (alerts := alerts_of(a.output)) is not None]
    if len(counted) < 2 or conversation.reply_language not in ("en", "other"):
        return []
    ordered = sorted(counted, key=lambda pair: -pair[0])
    if ordered[0][0] == ordered[1][0]:
        return []
    return [
        f"{ordered[0][1]} has the most active alerts ({ordered[0][0]}), {ordered[-1][1]} the fewest ({ordered[-1][0]})."
    ]
