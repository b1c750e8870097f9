"""What the model knows by name: the words of the course, and the packages that the course installs."""

from __future__ import annotations

from workshop.practice.reading import read
from workshop.practice.reading.tables import PATTERNS, Row, load
from workshop.practice.reading.text import WORDS, fold, stem, words
from workshop.practice.research import sources

_FRAME = frozenset(stem(word) for word in WORDS["around_a_term"])


class Entry(Row):
    """A term with its other names, and what it means in each language that has it."""

    terms: tuple[str, ...]
    en: str
    fr: str = ""
    es: str = ""


def _roots(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words(text.replace("-", " ")) if len(word) > 1)


_ENTRIES = load("glossary", dict[str, tuple[Entry, ...]])["entry"]
_NAMED = sorted(
    ((_roots(term), len(term), entry) for entry in _ENTRIES for term in entry.terms),
    key=lambda each: (-len(each[0]), -each[1]),
)
_SAID = [(_roots(f"{' '.join(entry.terms)} {entry.en}"), entry) for entry in _ENTRIES]
_P = PATTERNS["terms"]


def definition(question: str, topic: str, language: str) -> str | None:
    """What the term means that a question is about: the longest that is named there with nothing else. Where
    there is none, the one entry that holds every word of the question.
    """
    asked = read(topic.replace("-", " ")).stems or read(question).stems
    told = language if language in ("fr", "es") else "en"
    named = _roots(topic)
    for roots, _, entry in _NAMED:
        meant = getattr(entry, told)
        if meant and roots <= named and asked - roots <= _FRAME:
            return str(meant)
    if told != "en" or len(asked) < 3 or asked <= _FRAME:
        return None
    holding = [entry for said, entry in _SAID if asked <= said]
    by_name = [
        entry
        for entry in holding
        if any(_roots(term) <= asked and not _roots(term) <= _FRAME for term in entry.terms)
    ]
    return next((found[0].en for found in (holding, by_name) if len(found) == 1), None)


def near(topic: str) -> list[tuple[str, str]]:
    """Terms that have a word of the topic, or are told with one, each with what it means; all of them without one."""
    asked = read(topic).stems
    return [
        (entry.terms[0], entry.en)
        for said, entry in _SAID
        if not asked or (asked & _roots(" ".join(entry.terms)) and asked & said)
    ]


def package(topic: str) -> str | None:
    """What a package of the course is for, in its own words, where the topic is its name."""
    name = _P["package_talk"].sub(" ", fold(topic)).strip().replace("_", "-")
    found = sources.packages().get("-".join(name.split()))
    if not found:
        return None
    summary, *described = found
    called, _, told = summary.text.partition(": ")
    prose = [
        each
        for piece in described
        for each in read(piece.text).sentences
        if len(each.split()) > 5 and "|" not in each
    ]
    return " ".join([f"{called} is a Python package. In its own words: {told.rstrip('.')}.", *prose[:1]])
