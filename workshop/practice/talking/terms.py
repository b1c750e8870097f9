"""What the model knows by name: the words of the course, and the packages that the course installs."""

from __future__ import annotations

import re

from workshop.practice.reading import read
from workshop.practice.reading.tables import PATTERNS, Row, Words, load
from workshop.practice.reading.text import WORDS, fold, stem, words
from workshop.practice.research import sources

_FRAME = frozenset(stem(word) for word in WORDS["around_a_term"])
_LONGEST = 2000
"""Letters of a question that are looked at: a situation is told early."""


class Entry(Row):
    """A term with its other names, and what it means in each language that has it."""

    terms: tuple[str, ...]
    en: str
    fr: str = ""
    es: str = ""


def _roots(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words(text.replace("-", " ")) if len(word) > 1)


class Situation(Row):
    """A trouble in everyday words, any of several sets of them, and what is told: a term, or a text of its own."""

    when: tuple[Words, ...]
    term: str = ""
    say: str = ""


class Situations(Row):
    """situations.toml."""

    words: dict[str, re.Pattern[str]]
    row: tuple[Situation, ...]


_SITUATIONS = load("situations", Situations)
_ENTRIES = load("glossary", dict[str, tuple[Entry, ...]])["entry"]
_NAMED = [(_roots(term), len(term), entry) for entry in _ENTRIES for term in entry.terms]
_NAMED.sort(key=lambda each: (-len(each[0]), -each[1]))
_P = PATTERNS["terms"]


def definition(question: str, topic: str, language: str) -> str | None:
    """What the term means that a question is about: the longest that is named there with nothing else."""
    head, _, rest = topic.replace("-", " ").partition(" in ")
    around = _roots(rest)
    within = any(roots <= around for roots, *_ in _NAMED)  # "a heartbeat in a long-running activity"
    topic = head if within else topic
    asked = read(topic.replace("-", " ")).stems or read(question).stems
    told = language if language in ("fr", "es") else "en"
    named = _roots(topic)
    for roots, _, entry in _NAMED:
        meant = getattr(entry, told)
        if meant and roots <= named and asked - roots <= _FRAME:
            return str(meant)
    return None


def situation(question: str) -> str | None:
    """What the course teaches on a situation that a question tells of: "My worker crashed. Is everything lost?"."""
    plain = read(question).plain[:_LONGEST]
    said = {word for word, pattern in _SITUATIONS.words.items() if pattern.search(plain)}
    for row in _SITUATIONS.row:
        if any(wanted <= said for wanted in row.when):
            return row.say or next(entry.en for entry in _ENTRIES if row.term in entry.terms)
    return None


def package(topic: str) -> str | None:
    """What a package of the course is for, in its own words, where the topic is its name."""
    name = _P["package_talk"].sub(" ", fold(topic)).strip().replace("_", "-")
    found = sources.packages().get("-".join(name.split()))
    if not found:
        return None
    summary, *described = found
    called, _, told = summary.text.partition(": ")
    said = (each for piece in described for each in read(piece.text).sentences)
    prose = [each for each in said if len(each.split()) > 5 and "|" not in each]
    return " ".join([f"{called} is a Python package. In its own words: {told.rstrip('.')}.", *prose[:1]])
