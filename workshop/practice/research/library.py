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
from workshop.practice.reading.text import WORDS, fold, joined, stem, stems, word_set, words
from workshop.practice.research import needs, sources
from workshop.practice.research.sources import Piece

_NEAR = 0.4
"""A passage that says so much less than the best one is left out."""
_COMMON = 12
"""In so many passages a common word is."""
_SILENT = 0.5
"""What a passage of the right article counts that has no word of the query itself."""
_FIRST, _SIBLING, _ASIDE = 0.1, 0.6, 0.3
"""What the first passage of an article counts more, which says what the subject is; what one on another thing of the
same article counts less: a tornado, where a flood is asked about; and what one counts less that is on neither.
"""
VERY = 1.5
"""How near a passage is whose title is what the query names: prompt caching."""
_SUMMARY = 0.75
"""What a package's summary has to say of a query in which the package is not named."""
HELPS = 0.9
"""What a passage has to say of the words that tell it from others, to be the one that helps with a need."""
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
    """The articles that a query is about, those first of which it says most: it names them, or has a need that they
    help with.
    """
    wanted = need(query)
    return tuple(wanted.help) if wanted else named(query)


def named(query: str) -> tuple[str, ...]:
    """The articles whose subjects a query names."""
    said: dict[str, int] = {}
    for name, heading in _matched(query):
        said[heading] = max(said.get(heading, 0), len(name))
    return tuple(sorted(said, key=lambda heading: -said[heading]))


def _matched(query: str) -> list[tuple[frozenset[str], str]]:
    asked = _roots(query) | {f"={word}" for word in read(query).words if word[:1].isupper()}
    known = [each for each in _named() if each[0] <= asked | {"~"} and not needs.is_elsewhere(each[0], query)]
    found = [each for each in known if each[0] <= asked] or known
    return [] if _is_outside(query, found) else found


def _is_outside(query: str, found: list[tuple[frozenset[str], str]]) -> bool:
    """Whether a query shares but a word with the library: more of its words are foreign than name a subject, and it
    names no thing of the field. The name of a product or a place says nothing: a report tells that it is missing.
    """
    own = frozenset().union(*(name for name, _ in found)) & read(query).stems
    first = "".join(read(query).words[:1])
    foreign = [word for word in telling(query) if (word == first or word.islower()) and not is_known(word)]
    of_field = needs.is_of_software(query) or any("~" in name for name, _ in found)
    return len(foreign) > max(1, len(own)) and not of_field


def is_known(word: str) -> bool:
    """Whether a word is in the articles, a subject's name or the glossary, or has a synonym there."""
    return stem(word) in _frequency() or stem(word) in _SYNONYMS or stem(word) in _terms()


@cache
def _terms() -> set[str]:
    names = {mark.strip("~=") for name, _ in _named() for mark in name}
    return stems(sources.glossary()) | names


@lru_cache(maxsize=512)
def need(query: str) -> needs.Need | None:
    """The need of a query that names no subject, or first of all one that helps with it."""
    found = needs.need(query)
    first = named(query)[0] if any("~" not in name for name, _ in _matched(query)) else ""
    return found if found and (not first or first in found.help) else None


def called(heading: str) -> str:
    """What the subject of an article is called."""
    return _NAMES[heading][0]


def contents() -> str:
    """What the library is about, in words."""
    return f"{joined(called(heading) for heading in _NAMES)}, or a package that the course installs"


def topic(query: str) -> str:
    """What a query calls the first subject that it names, where that is one thing of several in its article, a
    hurricane say; else as the article is called. Empty where it names none.
    """
    about = named(query)[:1]
    singles = {
        root for name, heading in _matched(query) if heading in about and len(name) == 1 for root in name
    }
    own = [word for word in read(query).words if stem(word) in singles]
    if own and not singles & _roots(called(about[0])):
        return joined(dict.fromkeys(own))
    return "".join(map(called, about))


def key(query: str) -> str:
    """The words of a query that name its subjects or its need, in their order; empty where it has none."""
    if need(query):
        return needs.key(query)
    meant = frozenset().union(*(name for name, _ in _matched(query)))
    return " ".join(word for word in read(query).words if stem(word) in meant or f"={word}" in meant)


@lru_cache(maxsize=512)
def search(query: str, limit: int = 4) -> tuple[Passage, ...]:
    """The passages that meet the query best, best first; all of those that help with its need. Nothing is about it:
    none.
    """
    about = subjects(query)
    found = [_met(piece, query) for piece in sources.articles() if piece.heading in about]
    best = max((passage.coverage for passage in found), default=0.0)
    near = [passage for passage in found if passage.coverage >= _NEAR * best]
    near.sort(key=lambda passage: (-passage.coverage, about.index(passage.heading)))
    return tuple([*near, *_packages(query)][: len(near) if need(query) else limit])


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
    """What a passage has to say of a query: half of it in its own words, half with what its article is about; or
    whether it helps with what the query needs.
    """
    own = f"{piece.title.split(' (')[0]} {piece.text}"
    if wanted := need(query):
        return float(any(covers(words, own) > HELPS for words in wanted.help.get(piece.heading, ())))
    named = " ".join(root for name, heading in _matched(query) if heading == piece.heading for root in name)
    said, meant = covers(query, own), covers(query, f"{own} {piece.heading} {named}")
    return nearness(query, piece) * (said + meant if said else _SILENT * meant) / 2


def rank(piece: Piece, query: str) -> int:
    """The place of a passage in its article, or among those that help with what the query needs."""
    wanted = need(query)
    helps = (
        [covers(words, piece.text) > HELPS for words in wanted.help.get(piece.heading, ())] if wanted else []
    )
    return helps.index(True) if any(helps) else sources.articles().index(piece)


def nearness(query: str, piece: Piece) -> float:
    """How near a passage is to a query as a whole: 1 for most of them."""
    if not piece.heading:
        return 1.0
    article = [other for other in sources.articles() if other.heading == piece.heading]
    singles = {root for name, known in _named() if known == piece.heading and len(name) == 1 for root in name}
    if any(name <= read(piece.title).stems for name in _within(query, piece.heading)):
        return VERY
    asked = _things(query, piece.heading)
    own = (singles | asked) & _own_stems(piece) | _entitled(piece)
    known = any(asked & _own_stems(other) for other in article) or (_entitled(piece) and asked <= singles)
    if asked and not own & asked and known:
        return 1.0 - (_SIBLING if own else _ASIDE)
    return 1.0 + _FIRST * (piece in article[:1])


def _things(query: str, heading: str) -> frozenset[str]:
    """The words of a query that name something of an article and not the whole of it: a heat wave, a flood."""
    named = {name for name, known in _matched(query) if known == heading}
    singles = {name for name in named if len(name) == 1}
    parts = {name for name in named if not name & _roots(heading)}
    return frozenset().union(*(singles or (parts if parts == named else ())))  # else it is on the whole


def _entitled(piece: Piece) -> frozenset[str]:
    """The names of a thing of its article that a passage has as its title: heat safety."""
    title = read(piece.title).stems
    return frozenset().union(*(name for name, known in _named() if known == piece.heading and name <= title))


def _within(query: str, heading: str) -> list[frozenset[str]]:
    """The names of several words in a query that are of a part of an article, since its title does not have them."""
    named = [name for name, known in _matched(query) if known == heading]
    return [name for name in named if len(name) > 1 and not name <= _roots(heading)]


def _own_stems(piece: Piece) -> frozenset[str]:
    return read(f"{piece.title} {piece.text}").stems


def covers(query: str, text: str) -> float:
    """The share of the query that a text holds, rare words counting more than common ones, 0 to 1."""
    terms, plain, held = [fold(word) for word in telling(query)][:16], fold(text), 0.0
    for term in terms:
        if _beginning(term).search(plain):
            held += _weight(term)
        elif any(_beginning(o).search(plain) for o in _SYNONYMS.get(stem(term), frozenset()) - set(terms)):
            held += _weight(term) / 2
    return held / sum(map(_weight, terms)) if terms else 0.0


def is_everywhere(word: str, query: str) -> bool:
    """Whether most of the passages on what a query is about have a word of it: it tells none of them from another."""
    about = [piece.text for piece in sources.articles() if piece.heading in subjects(query)]
    return 2 * sum(bool(covers(word, text)) for text in about) > len(about)


def is_vague(query: str) -> bool:
    """Whether a query says next to nothing of its own: it names nothing, and has a word or two that all articles have."""
    return len([term for term in telling(query) if _frequency()[stem(term)] < _COMMON]) < 2


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
