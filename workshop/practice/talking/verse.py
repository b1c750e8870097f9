"""Short verse: haiku of five, seven and five syllables, as well as an estimate of syllables allows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pydantic import Field

from workshop.practice.reading import read
from workshop.practice.reading.tables import Row, load
from workshop.practice.reading.text import capital, pick, shorten, syllables
from workshop.practice.talking.phrases import names_itself


class Lines(Row):
    """Lines of one language: a haiku is made of an opening and a name, or of a first line, and two more."""

    poem: str = ""
    jokes: tuple[str, ...] = ()
    middles: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    firsts: tuple[str, ...] = ()
    openings: dict[int, tuple[str, ...]] = Field(default_factory=dict)


_LINES = load("verse", dict[str, Lines])
_FIRST = 5
"""Syllables of a haiku's first line."""


def _in(language: str, kind: str) -> Lines:
    """The lines of a language, or the English ones where it has none of the kind."""
    lines = _LINES.get(language)
    return lines if lines and getattr(lines, kind) else _LINES["en"]


def haiku(topic: str, language: str = "en") -> str:
    """A haiku on the topic. English ones name it where it fits in five syllables."""
    lines = _in(language, "middles")
    first = pick(lines.firsts, topic) if lines.firsts else _opened(topic, lines.openings)
    return f"{capital(first)};\n{pick(lines.middles, topic)};\n{pick(lines.endings, topic[::-1])}."


def _opened(topic: str, openings: Mapping[int, Sequence[str]]) -> str:
    """The topic with an opening, five syllables together."""
    name = re.sub(r"(?i)^(?:a|an|the)\s+", "", topic.strip()) or "practice"
    name = " ".join(name.split()[:4])
    while syllables(name) > _FIRST and " " in name:
        name = name.rsplit(" ", 1)[0]
    name = re.sub(r"(?:\s+(?:in|of|on|for|to|the|a|an|and|with|from))+$", "", name)
    return f"{next(iter(openings.get(_FIRST - syllables(name), ())), '')} {name}".strip()


def haiku_of(text: str, question: str, language: str) -> str:
    """Three lines that keep the substance of an answer; a haiku on the question where it is small talk."""
    fact = next((sentence for sentence in read(text).sentences if re.search(r"\d|:|°", sentence)), "")
    if not fact or names_itself(text):
        return haiku(read(question).topic, language)
    head, _, tail = fact.partition(": ")
    middle = shorten(tail.strip() or " ".join(read(text).sentences[1:]) or head, 160).rstrip(".")
    return f"{head.strip().rstrip('.')};\n{middle};\n{pick(_LINES['en'].endings, question)}."


def poem(topic: str, language: str) -> str:
    """Four lines on the topic."""
    return _in(language, "poem").poem.format(topic=topic)


def jokes(count: int, language: str = "en") -> str:
    """As many jokes as are wanted, or all there are, each on its line."""
    return "\n".join(_in(language, "jokes").jokes[: max(1, count)])
