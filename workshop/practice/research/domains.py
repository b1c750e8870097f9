"""Fields of research: which one a query belongs to, and what the query leaves open."""

from __future__ import annotations

import re

from pydantic import Field

from workshop.practice.reading import read
from workshop.practice.reading.tables import PATTERNS, Row, Words, load
from workshop.practice.reading.text import WORDS, stem
from workshop.practice.research import questions

SPECIFIC_ENOUGH = 5
"""A query with as many points (see `is_specific`) needs no question back."""


class Point(Row):
    """Something that a query may leave open: how to see that it does not, and the question that closes it."""

    question: str
    stated: re.Pattern[str] | None = None


class Angle(Row):
    """A side of a topic to search for, and why."""

    words: str
    reason: str


class Domain(Row):
    """A field of research, as domains.toml describes it."""

    words: Words = frozenset()
    gaps: tuple[str, ...]
    aspects: str
    questions: dict[str, str] = Field(default_factory=dict)
    angles: tuple[Angle, ...] = ()


class Domains(Row):
    """domains.toml."""

    gaps: dict[str, Point]
    domains: dict[str, Domain]


_TABLE = load("domains", Domains)
_ROOTS = {name: {stem(word) for word in domain.words} for name, domain in _TABLE.domains.items()}
_EMPTY = {stem(word) for word in WORDS["empty"]}
_P = PATTERNS["domains"]


def says_something(query: str) -> bool:
    """Whether a query has a word that tells what it is about."""
    return bool(read(query).stems - _EMPTY)


def is_specific(query: str) -> bool:
    """Whether research can start on the query as it is. Points for what it pins down: a word of content 1; a comparison
    2; a second question 2; a purpose, a year or figure, a name 1 each.
    """
    asked = read(query)
    points = len(asked.stems - _EMPTY) + 2 * bool(_P["compares"].search(asked.plain))
    points += 2 * (len(questions.questions(query)) > 1) + bool(_P["purpose"].search(asked.plain))
    points += bool(re.search(r"\d", query)) + bool(_P["name"].search(query) or asked.states)
    return points >= SPECIFIC_ENOUGH


def _domain_of(query: str) -> Domain:
    """The field that a query belongs to."""
    said = {name: len(read(query).stems & roots) for name, roots in _ROOTS.items()}
    best = max(said, key=lambda name: said[name])
    return _TABLE.domains[best if said[best] else "general"]


def angles(query: str) -> tuple[Angle, ...]:
    """The sides of the query's topic that a plan searches for."""
    return _domain_of(query).angles or _TABLE.domains["general"].angles


def what_is_missing(query: str) -> dict[str, str]:
    """The two or three points that a vague query leaves open, the most telling first, each with its question."""
    if is_specific(query) or not query.strip():
        return {}
    domain = _domain_of(query)
    points = [name for name in domain.gaps if not _is_stated(name, query)]
    called = questions.named(query)
    about = "this" if called.endswith("?") else f"“{called}”"
    asked = {name: domain.questions.get(name) or _TABLE.gaps[name].question for name in points[:3]}
    return {name: each.format(about=about, aspects=domain.aspects) for name, each in asked.items()}


def _is_stated(name: str, query: str) -> bool:
    if name == "place":
        return bool(read(query).mentions or read(query).locations)
    stated = _TABLE.gaps[name].stated
    return bool(stated and stated.search(read(query).plain))
