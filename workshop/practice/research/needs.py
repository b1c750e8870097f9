"""What a question is about without naming it: a want or a trouble, and the thing that has it."""

from __future__ import annotations

import re
from functools import lru_cache

from workshop.practice.reading import read
from workshop.practice.reading.tables import Row, load
from workshop.practice.reading.text import fold, stem, words


class Need(Row):
    """A want or a trouble in everyday words, and the passages that help, by their articles and a few of their words."""

    of: tuple[str, ...]
    wants: re.Pattern[str]
    help: dict[str, tuple[str, ...]]


class Needs(Row):
    """needs.toml."""

    unless: re.Pattern[str]
    elsewhere: dict[str, re.Pattern[str]]
    things: dict[str, re.Pattern[str]]
    need: tuple[Need, ...]


TABLE = load("needs", Needs)
_ELSEWHERE = {stem(word): pattern for word, pattern in TABLE.elsewhere.items()}
_LONGEST = 2000
"""Letters of a query that are looked at: a need is said early."""


@lru_cache(maxsize=512)
def need(query: str) -> Need | None:
    """The need that a query has first; None where it has none."""
    plain = read(query).plain[:_LONGEST]
    if TABLE.unless.search(plain):
        return None
    found = [(said[-1].start(), n) for n, each in enumerate(TABLE.need) if (said := _said(each, plain))]
    return TABLE.need[min(found)[1]] if found else None


def is_of_software(query: str) -> bool:
    """Whether a query names a thing of the library's own world: a program, a web service, an agent, a workflow."""
    plain = read(query).plain[:_LONGEST]
    return any(thing.search(plain) for name, thing in TABLE.things.items() if name != "effect")


def is_elsewhere(name: frozenset[str], query: str) -> bool:
    """Whether a query means something else by the name of a subject: the crash of a market."""
    plain = read(query).plain[:_LONGEST]
    return any(root in _ELSEWHERE and _ELSEWHERE[root].search(plain) for root in name)


def key(query: str) -> str:
    """The words of a query that say what it needs, and of what; empty where it has no need."""
    wanted, plain = need(query), read(query).plain[:_LONGEST]
    said = " ".join(found.group() for found in _said(wanted, plain)) if wanted else ""
    return " ".join(dict.fromkeys(word for word in read(query).words if fold(word) in words(said)))


def _said(each: Need, plain: str) -> list[re.Match[str]]:
    """Where a text names a thing and what is wanted of it; empty where one of them is missing."""
    things = [found for name in each.of if (found := TABLE.things[name].search(plain))]
    wants = each.wants.search(plain)
    return [things[0], wants] if things and wants else []
