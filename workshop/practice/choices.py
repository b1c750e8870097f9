"""Options of an enum that a text speaks for without naming them: marks, languages, moods, degrees."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workshop.practice.conversation import Conversation
from workshop.practice.reading.language import languages_named
from workshop.practice.reading.text import fold


def grade(options: Sequence[str], conversation: Conversation) -> str | None:
    """A judge's mark: pass for a text of some length, or when feedback was given before; so that a loop of
    drafts ends.
    """
    plain = {fold(o): o for o in options}
    passing = next(
        (plain[o] for o in ("pass", "passed", "approve", "approved", "accept", "accepted") if o in plain),
        None,
    )
    if passing is None:
        return None
    improving = next(
        (o for key, o in plain.items() if "improve" in key or "revis" in key or "change" in key), None
    )
    long_enough = len(conversation.question.split()) >= 12 or any(
        "feedback" in fold(t) for t in [conversation.question, *conversation.earlier]
    )
    return passing if long_enough or improving is None else improving


def by_language(options: Sequence[str], conversation: Conversation) -> str | None:
    spoken = conversation.user_language
    for option in options:
        if fold(option) == spoken or languages_named(option) == [spoken]:
            return option
    return None


_POSITIVE = r"\b(good|great|excellent|love|loved|happy|wonderful|amazing|fantastic|perfect|best|thanks|enjoy\w*|super|genial|bueno)\b"
_NEGATIVE = r"\b(bad|terrible|awful|hate|hated|angry|worst|broken|poor|sad|disappoint\w*|unacceptable|crash\w*|fail\w*|malo|mauvais)\b"
_SIGN_OF = {"positive": _POSITIVE, "negative": _NEGATIVE, "happy": _POSITIVE, "sad": _NEGATIVE, "angry": _NEGATIVE,
            "high": r"\b(urgent\w*|asap|immediately|emergency|critical\w*|severe\w*|extreme\w*|down|outage|now|broken|at once)\b",
            "urgent": r"\b(urgent\w*|asap|emergency|now)\b",
            "critical": r"\b(critical|outage|down|emergency|extreme)\b",
            "low": r"\b(whenever|no (?:rush|hurry)|not urgent|minor|someday|small|"
                   r"when you (?:have|get|find) (?:the )?time|typo)\b"}  # fmt: skip


def sign(option: str, text: str) -> float:
    pattern = _SIGN_OF.get(fold(option))
    return 1.5 if pattern and re.search(pattern, fold(text)) else 0.0
