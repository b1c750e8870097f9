"""Texts that the question brings along: the best of several, a draft with its feedback, a text to shorten."""

from __future__ import annotations

import re

from workshop.practice.conversation import Conversation
from workshop.practice.reading.language import languages_named
from workshop.practice.reading.text import fold, overlap, sentences, stems
from workshop.practice.talking import facts

_PICKS = re.compile(
    r"\b(?:pick|choose|select|decide|judge|return)\b[^.\n]*\b(?:best|better|one of|winner|strongest|favorite)\b",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^\s*(?P<label>[A-Za-z][\w ]{0,24}?|\d+)\s*[:.)]\s+(?P<text>\S.*)$")
_MARKED = re.compile(r"^\s*(?:[-*•]|\d+[.)]|option \w+\s*:|[A-Z]\s*[:.)])\s+", re.IGNORECASE)
_FEEDBACK = re.compile(
    r"(?P<draft>(?:draft|text|story|answer|version)\s*:\s*.+?)\s*\n\s*(?:feedback|comments?|review)\s*:\s*(?P<feedback>.+)",
    re.IGNORECASE | re.DOTALL,
)
_ADDS = re.compile(
    r"\b(?:mention|add|include|say something about|bring in|name|put in)\s+(?P<what>.+?)[.!]*$", re.IGNORECASE
)


def picked(conversation: Conversation) -> str | None:
    """The best of the texts that the question lists, alone; its letter where the instructions ask for that."""
    if not _PICKS.search(conversation.instructions):
        return None
    lines = [line for line in conversation.question.splitlines() if line.strip()]
    marked = [line for line in lines if _MARKED.match(line)]
    about = [line for line in lines if line not in marked and _LABEL.match(line)]
    options = marked or [line for line in lines if line not in about and not line.rstrip().endswith(":")]
    if len(options) < 2:
        return None
    topic = " ".join(_LABEL.sub(r"\g<text>", line) for line in about)
    target = next(iter(languages_named(conversation.instructions)), None)
    meant = fold(facts.translated(topic, target) or "") if target else ""
    answer = facts.reckoned(topic)

    def worth(line: str) -> tuple[bool, bool, float, int]:
        text = _MARKED.sub("", line).strip()
        return (
            bool(meant) and fold(text) == meant,
            bool(answer) and text == answer,
            overlap(text, topic) if topic else 0.0,
            len(stems(text)),
        )

    best = max(options, key=worth)
    wants_letter = re.search(
        r"\b(?:reply|answer|respond|say|return)\b[^.\n]*\b(?:[A-C] or [A-C]|letter|number)\b",
        conversation.instructions,
    )
    return best.strip()[0] if wants_letter else _MARKED.sub("", best).strip()


def improved(conversation: Conversation) -> str | None:
    """The draft with its feedback taken in."""
    match = _FEEDBACK.search(conversation.question)
    if match is None:
        return None
    draft = match["draft"].partition(":")[2].strip()
    feedback = match["feedback"].strip()
    if re.search(r"\b(?:short\w*|brief\w*|concise|trim|cut)\b", fold(feedback)):
        return sentences(draft)[0]
    adds = _ADDS.search(feedback)
    return (
        f"{draft.rstrip('.!')}, with {adds['what']}."
        if adds
        else f"{draft.rstrip('.!')}. {feedback[:1].upper()}{feedback[1:]}"
    )


def summed_up(conversation: Conversation) -> str | None:
    """The one or two sentences of the user's text that say most of it, for an agent that summarizes."""
    if not re.search(r"\bsummari[sz]e|\bsum up\b|\bsummary of\b", fold(conversation.instructions)):
        return None
    own = sentences(conversation.question)
    if len(own) < 2:
        return None
    whole = stems(conversation.question)
    best = sorted(range(len(own)), key=lambda i: (-len(whole & stems(own[i])), i))[:2]
    return " ".join(own[i] for i in sorted(best))
