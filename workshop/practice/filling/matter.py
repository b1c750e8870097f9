"""The clause of a text that says what is the matter, and who speaks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workshop.practice.filling.kinds import Field
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, capital, fold, sentences

_P = PATTERNS["stated"]
_FEW = 14
"""More words are not few."""


def speakers(text: str) -> Iterator[re.Match[str]]:
    """Where somebody says who they are: "this is X", "X here", and under a letter."""
    for match in _P["speaker"].finditer(text):
        if fold((match[match.lastgroup or 0]).split()[0]) not in WORDS["not_people"]:
            yield match


def about(text: str) -> str:
    """What was talked about: "We discussed the new logo for an hour"; empty where a text tells of no talk."""
    match = _P["about"].search(text)
    return match["what"] if match else ""


def is_matter(field: Field) -> bool:
    """Whether a field wants what a text is about: why somebody calls, what is wrong."""
    return field.named(*WORDS["matters"]) or asks_matter(field)


def asks_matter(field: Field) -> bool:
    """Whether a field's description says so."""
    return bool(_P["matter"].search(field.description))


def matter(text: str, *, whole: bool = False) -> str:
    """The clause that says what is the matter, without greeting, names and thanks. `whole`: all that is said of it."""
    said = [bare for sentence in sentences(text) if (bare := _bare(sentence))]
    long = [each for each in said if len(each.split()) > 2] or said
    if whole or not long:
        return " ".join(long[:2])
    clause = next((match["why"] for each in long if (match := _P["because"].search(each))), long[0])
    clause = _P["heading"].sub("", _P["so"].split(clause)[0])
    if len(clause.split()) > _FEW:
        clause = _P["but"].split(clause)[-1]
    parts = _P["more"].split(clause)
    while len(parts) > 1 and len(clause.split()) > _FEW:
        clause = clause[: -len(parts.pop())]
        clause = _P["dangling"].sub("", clause)
    return clause.strip(" ,;.")


def _bare(sentence: str) -> str:
    """A sentence without greeting and names; empty where it only asks to be called back or says thanks."""
    before = None
    while before != sentence:
        before, sentence = sentence, _P["greeting"].sub("", sentence)
        if (speaker := next(speakers(sentence), None)) and speaker.start() < 4:
            sentence = _P["of_speaker"].sub("", sentence[speaker.end() :])
        sentence = _P["opening"].sub("", sentence)
    return "" if _P["aside"].search(sentence) else capital(sentence)
