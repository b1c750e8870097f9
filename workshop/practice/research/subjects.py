"""What a question is about: the subjects that it names, else a want or a trouble and the thing that has it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from itertools import chain

from workshop.practice.reading import read
from workshop.practice.reading.tables import Row, Words, load
from workshop.practice.reading.text import WORDS, fold, joined, stem, stems, word_set, words
from workshop.practice.research import sources


class Need(Row):
    """A want or a trouble in everyday words, and the passages that help, by their articles and a few of their words."""

    of: tuple[str, ...]
    wants: re.Pattern[str]
    help: dict[str, tuple[str, ...]]

    def said(self, plain: str) -> list[re.Match[str]]:
        """Where a text names a thing and what is wanted of it; empty where one of them is missing."""
        things = [found for name in self.of if (found := NEEDS.things[name].search(plain))]
        wants = self.wants.search(plain)
        return [things[0], wants] if things and wants else []


class Needs(Row):
    """needs.toml."""

    unless: re.Pattern[str]
    elsewhere: dict[str, re.Pattern[str]]
    things: dict[str, re.Pattern[str]]
    need: tuple[Need, ...]


NEEDS = load("needs", Needs)
SYNONYMS = {stem(word): others for word, others in load("synonyms", dict[str, Words]).items()}
_NAMES = load("subjects", dict[str, tuple[str, ...]])
_ELSEWHERE = {stem(word): pattern for word, pattern in NEEDS.elsewhere.items()}
_EMPTY = frozenset(stem(word) for word in WORDS["empty"] | WORDS["sided"] | WORDS["asked_verbs"])
_LITTLE = word_set("a an the of in for to and with as is")
_LONGEST = 2000
"""Letters of a query that are looked at: a need is said early."""


def telling(query: str) -> tuple[str, ...]:
    """The words of a query that say what it is about."""
    return tuple(word for word in read(query).content_words if stem(word) not in _EMPTY)


def roots(text: str) -> frozenset[str]:
    """The roots of a text's words, with the mark of a name; one that counts as it is written is kept whole."""
    if text.startswith("="):
        return frozenset({text})
    said = (stem(word) for word in words(text) if fold(word) not in _LITTLE)
    return frozenset(("~", *said) if text.startswith("~") else said)


NAMES = {heading: [roots(name) for name in names[1:]] for heading, names in _NAMES.items()}
"""The names of all subjects, as roots of words, by their articles."""
Names = dict[str, list[frozenset[str]]]


@lru_cache(maxsize=512)
def of(query: str) -> tuple[str, ...]:
    """The articles that a query names, or that help with its need, those first of which it says most."""
    wanted = need(query)
    return tuple(wanted.help) if wanted else named(query)


def named(query: str) -> tuple[str, ...]:
    """The articles whose subjects a query names."""
    said = matched(query)
    return tuple(sorted(said, key=lambda heading: -max(map(len, said[heading]))))


@lru_cache(maxsize=512)
def matched(query: str) -> Names:
    """The names of subjects that a query has, by their articles. One that means something else there, the crash of a
    market, is none; nor is any where the query shares but a word with the library.
    """
    elsewhere = {root for root, other in _ELSEWHERE.items() if other.search(_begun(query))}
    asked = roots(query) | {f"={word}" for word in read(query).words if word[:1].isupper()}
    own = _of(NAMES, lambda name: name <= asked | {"~"} and not name & elsewhere)
    found = _of(own, lambda name: name <= asked) or own
    return {} if _is_outside(query, found) else found


def _of(names: Names, kind: Callable[[frozenset[str]], bool]) -> Names:
    """The names of a kind."""
    chosen = {heading: [name for name in listed if kind(name)] for heading, listed in names.items()}
    return {heading: listed for heading, listed in chosen.items() if listed}


def united(names: Iterable[frozenset[str]]) -> frozenset[str]:
    """All roots of some names."""
    return frozenset(chain.from_iterable(names))


def _begun(query: str) -> str:
    return read(query).plain[:_LONGEST]


def _is_outside(query: str, found: Names) -> bool:
    """Whether a query shares but a word with the library: more of its words are foreign than name a subject, and it
    names no thing of the field. The name of a product or a place says nothing: a report tells that it is missing.
    """
    own = united(chain.from_iterable(found.values()))
    foreign = [word for word in telling(query) if word.islower() and not is_known(word)]
    of_field = "~" in own or any(thing.search(_begun(query)) for thing in NEEDS.things.values())
    return len(foreign) > len(own & read(query).stems) and not of_field


def is_known(word: str) -> bool:
    """Whether a word is in the articles, a subject's name or the glossary."""
    return stem(word) in frequency() or stem(word) in _terms()


@cache
def frequency() -> Counter[str]:
    """In how many passages a word is."""
    return Counter(root for piece in sources.articles() for root in read(piece.text).stems)


@cache
def _terms() -> set[str]:
    return stems(sources.glossary()) | {mark.strip("~=") for name in chain(*NAMES.values()) for mark in name}


@lru_cache(maxsize=512)
def need(query: str) -> Need | None:
    """The need that a query has first, where it names no subject, or first of all one that helps with it."""
    plain = _begun(query)
    found = [(said[-1].start(), n) for n, each in enumerate(NEEDS.need) if (said := each.said(plain))]
    if not found or NEEDS.unless.search(plain):
        return None
    wanted = NEEDS.need[min(found)[1]]
    firmly = any("~" not in name for name in chain(*matched(query).values()))
    return wanted if not firmly or named(query)[0] in wanted.help else None


def called(heading: str) -> str:
    """What the subject of an article is called."""
    return _NAMES[heading][0]


def contents() -> str:
    """What the library is about, in words."""
    return f"{joined(map(called, _NAMES))}, or a package that the course installs"


def topic(query: str) -> str:
    """What a query calls the first subject that it names, where that is one thing of several in its article, a
    hurricane say; else as the article is called. Empty where it names none.
    """
    if not (about := "".join(named(query)[:1])):
        return ""
    singles = united(name for name in matched(query)[about] if len(name) == 1)
    own = [word for word in read(query).words if stem(word) in singles]
    return called(about) if not own or singles & roots(called(about)) else joined(dict.fromkeys(own))


def key(query: str) -> str:
    """The words of a query that name its subjects, or say what it needs and of what; empty where it has neither."""
    if wanted := need(query):
        said = " ".join(found.group() for found in wanted.said(_begun(query)))
        return " ".join(dict.fromkeys(word for word in read(query).words if fold(word) in words(said)))
    meant = united(chain(*matched(query).values()))
    return " ".join(word for word in read(query).words if stem(word) in meant or f"={word}" in meant)
