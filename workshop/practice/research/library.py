"""The library that the practice model searches: passages of the course's articles, by the subjects that a question
names, and the descriptions of packages, by their names and summaries.
"""

from __future__ import annotations

import math
import re
import threading
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache

from workshop.practice.reading import read
from workshop.practice.reading.tables import Words, load
from workshop.practice.reading.text import WORDS, fold, stem, word_set, words
from workshop.practice.research import sources
from workshop.practice.research.sources import Piece

_NEAR = 0.5
"""A passage that says so much less than the best one is left out."""
_COMMON = 12
"""In so many passages a common word is."""
_SILENT = 0.5
"""What a passage of the right article counts that has no word of the query itself."""
_FIRST, _SIBLING = 0.1, 0.6
"""What the first passage of an article counts more, which says what the subject is; and what one on another thing of
the same article counts less: a tornado, where a flood is asked about.
"""
_SUMMARY = 0.75
"""What a package's summary has to say of a query in which the package is not named."""
_SYNONYMS = {stem(word): others for word, others in load("synonyms", dict[str, Words]).items()}
_NAMES = load("subjects", dict[str, tuple[str, ...]])
_EMPTY = frozenset(stem(word) for word in WORDS["empty"] | WORDS["sided"] | WORDS["asked_verbs"])
_LITTLE = word_set("a an the of in for to and with as is")


@dataclass(frozen=True)
class Passage(Piece):
    """A piece of a source that meets a query."""

    coverage: float = 0.0
    """The share of the query that the passage holds, rare words counting more, 0 to 1."""


def prepare() -> threading.Thread:
    """Read the articles and the packages' descriptions in the background, so that the first question doesn't wait."""
    thread = threading.Thread(target=search, args=("caching",), name="practice-library", daemon=True)
    thread.start()
    return thread


def telling(query: str) -> tuple[str, ...]:
    """The words of a query that say what it is about; all of its words where none does."""
    listed = read(query).content_words
    return tuple(word for word in listed if stem(word) not in _EMPTY) or listed


@cache
def _named() -> tuple[tuple[frozenset[str], str], ...]:
    """The names of all subjects, as roots of words, with their articles."""
    return tuple((_roots(name), heading) for heading, names in _NAMES.items() for name in names[1:])


def _roots(text: str) -> frozenset[str]:
    """The roots of a text's words, with the mark of a name; one that counts as it is written is kept whole."""
    if text.startswith("="):
        return frozenset({text})
    return frozenset("~" * text.startswith("~")) | frozenset(
        stem(word) for word in words(text) if fold(word) not in _LITTLE
    )


@lru_cache(maxsize=512)
def subjects(query: str) -> tuple[str, ...]:
    """The articles that a query is about, those first of which it says most."""
    said: dict[str, int] = {}
    for name, heading in _matched(query):
        said[heading] = max(said.get(heading, 0), len(name))
    return tuple(sorted(said, key=lambda heading: -said[heading]))


def _matched(query: str) -> list[tuple[frozenset[str], str]]:
    asked = _roots(query) | {f"={word}" for word in read(query).words if word[:1].isupper()}
    found = [(name, heading) for name, heading in _named() if name <= asked]
    return found or [(name, heading) for name, heading in _named() if name <= asked | {"~"}]


def called(heading: str) -> str:
    """What the subject of an article is called."""
    return _NAMES[heading][0]


def key(query: str) -> str:
    """The words of a query that name its subjects, in their order; empty where it names none."""
    meant = frozenset().union(*(name for name, _ in _matched(query)))
    return " ".join(word for word in read(query).words if stem(word) in meant or f"={word}" in meant)


@lru_cache(maxsize=512)
def search(query: str, limit: int = 4) -> tuple[Passage, ...]:
    """The passages that meet the query best, best first. Nothing is about it: none."""
    about = subjects(query)
    found = [_met(piece, query) for piece in sources.articles() if piece.heading in about]
    best = max((passage.coverage for passage in found), default=0.0)
    near = [passage for passage in found if passage.coverage >= _NEAR * best]
    near.sort(key=lambda passage: (-passage.coverage, about.index(passage.heading)))
    return tuple([*near, *_packages(query)][:limit])


def _packages(query: str) -> list[Passage]:
    """What packages say of themselves that the query names, or whose summary says nearly all of it."""
    found = [
        _met(piece, query)
        for name, package in sources.packages().items()
        if is_on_package(query, name, package.summary)
        for piece in sources.passages_of(package)[:2]
    ]
    return sorted(found, key=lambda passage: -passage.coverage)


def is_on_package(query: str, name: str, told: str) -> bool:
    """Whether a query names a package, or is nearly all in what is told of it in short."""
    if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", query.casefold()):
        return _roots(name) not in dict(_named())  # a tornado is a storm first
    return len(telling(query)) > 1 and covers(query, f"{name} {told}") >= _SUMMARY


def _met(piece: Piece, query: str) -> Passage:
    return Passage(piece.title, piece.url, piece.text, piece.heading, worth(piece, query))


@lru_cache(maxsize=4096)
def worth(piece: Piece, query: str) -> float:
    """What a passage has to say of a query: half of it in its own words, half with what its article is about."""
    own = f"{piece.title.split(' (')[0]} {piece.text}"
    named = " ".join(root for name, heading in _matched(query) if heading == piece.heading for root in name)
    said, meant = covers(query, own), covers(query, f"{own} {piece.heading} {named}")
    return nearness(query, piece) * (said + meant if said else _SILENT * meant) / 2


def nearness(query: str, piece: Piece) -> float:
    """How near a passage is to a query as a whole: 1 for most of them."""
    if not piece.heading:
        return 1.0
    article = [other for other in sources.articles() if other.heading == piece.heading]
    singles = {root for name, known in _named() if known == piece.heading and len(name) == 1 for root in name}
    own, asked = singles & read(f"{piece.title} {piece.text}").stems, singles & read(query).stems
    if own and asked and not own & asked:
        return 1.0 - _SIBLING
    return 1.0 + _FIRST * (piece in article[:1])


def covers(query: str, text: str) -> float:
    """The share of the query that a text holds, rare words counting more than common ones, 0 to 1."""
    terms, plain, held = [fold(word) for word in telling(query)][:16], fold(text), 0.0
    for term in terms:
        if _beginning(term).search(plain):
            held += _weight(term)
        elif any(_beginning(o).search(plain) for o in _SYNONYMS.get(stem(term), frozenset()) - set(terms)):
            held += _weight(term) / 2
    return held / sum(map(_weight, terms)) if terms else 0.0


def is_vague(query: str) -> bool:
    """Whether a query says next to nothing of its own: it names nothing, and has a word or two that all articles have."""
    return len([term for term in telling(query) if _frequency()[stem(term)] < _COMMON]) < 2


def knows_every_word(query: str) -> bool:
    """Whether each word of the query is in the articles, or has a synonym there."""
    return all(stem(word) in _frequency() or stem(word) in _SYNONYMS for word in telling(query))


@cache
def _frequency() -> Counter[str]:
    """In how many passages a word is."""
    return Counter(root for piece in sources.articles() for root in read(piece.text).stems)


def _weight(term: str) -> float:
    """What a word tells: much if few passages hold it, little if many do."""
    return math.log(2 + len(sources.articles()) / (1 + _frequency()[stem(term)]))


@lru_cache(maxsize=4096)
def _beginning(term: str) -> re.Pattern[str]:
    root = stem(term).rstrip("yi") if len(term) > 4 else term
    return re.compile(rf"\b{re.escape(root)}\w{{0,5}}\b")
