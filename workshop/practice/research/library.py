"""The library: passages of the course's articles, by their subjects, and descriptions of packages, by their names."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from itertools import chain

from workshop.practice.reading import read
from workshop.practice.reading.text import fold, stem
from workshop.practice.research import sources, subjects
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
_VERY = 1.5
"""How near a passage is whose title is what the query names: prompt caching."""
_SUMMARY = 0.75
"""What a package's summary has to say of a query in which the package is not named."""
HELPS = 0.9
"""What a passage has to say of a few words to be the one that they ask for."""


@lru_cache(maxsize=512)
def search(query: str, limit: int = 4) -> tuple[Piece, ...]:
    """The passages that meet the query best, best first, if any; all of those that help with its need."""
    about = subjects.of(query)
    worths = {piece: worth(piece, query) for piece in sources.articles() if piece.heading in about}
    near = [piece for piece, value in worths.items() if value >= _NEAR * max(worths.values())]
    near.sort(key=lambda piece: (-worths[piece], about.index(piece.heading)))
    packages = (told for name, told in sources.packages().items() if is_on_package(query, name, told[0].text))
    described = [piece for package in packages for piece in package if piece.url]
    described.sort(key=lambda piece: -worth(piece, query))
    return tuple([*near, *described][: len(near) if subjects.need(query) else limit])


def is_on_package(query: str, name: str, told: str) -> bool:
    """Whether a query names a package, or is nearly all in what is told of it in short."""
    if names_package(query, name):
        return subjects.roots(name) not in chain(*subjects.NAMES.values())  # a tornado is a storm first
    return len(subjects.telling(query)) > 1 and covers(query, f"{name} {told}") >= _SUMMARY


def names_package(query: str, name: str) -> bool:
    """Whether a query names a package."""
    plain = query.casefold()
    return name in plain and bool(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", plain))


@lru_cache(maxsize=4096)
def worth(piece: Piece, query: str) -> float:
    """What a passage says of a query, in its own words and by what its article is about, or for what the query needs."""
    own = f"{piece.title.split(' (')[0]} {piece.text}"
    if subjects.need(query):
        return float(_help(piece, query, own) is not None)
    named = " ".join(subjects.united(subjects.matched(query).get(piece.heading, ())))
    said, meant = covers(query, own), covers(query, f"{own} {named}")
    return nearness(query, piece) * (said + meant if said else _SILENT * meant) / 2


def _help(piece: Piece, query: str, text: str) -> int | None:
    """Which of the passages of its article that help with what the query needs a text is."""
    wanted = subjects.need(query)
    helping = wanted.help.get(piece.heading, ()) if wanted else ()
    return next((n for n, words in enumerate(helping) if covers(words, text) > HELPS), None)


def rank(piece: Piece, query: str) -> int:
    """The place of a passage in its article, or among those that help with what the query needs."""
    helps = _help(piece, query, piece.text)
    return sources.articles().index(piece) if helps is None else helps


def nearness(query: str, piece: Piece) -> float:
    """How near a passage is to a query as a whole: 1 for most of them."""
    if not piece.heading:
        return 1.0
    said, names = subjects.matched(query).get(piece.heading, []), subjects.NAMES[piece.heading]
    whole, title = subjects.roots(piece.heading), read(piece.title).stems
    if any(len(name) > 1 and name <= title and not name <= whole for name in said):
        return _VERY  # of several words, and of a part of the article
    # what the query names of the article, and not the whole of it: a heat wave, a flood
    singles = [name for name in said if len(name) == 1]
    asked = subjects.united(singles or ([] if any(name & whole for name in said) else said))
    ones = subjects.united(name for name in names if len(name) == 1)
    entitled = subjects.united(name for name in names if name <= title)  # heat safety
    own = (ones | asked) & _stems(piece) | entitled
    article = [other for other in sources.articles() if other.heading == piece.heading]
    known = any(asked & _stems(other) for other in article) or (entitled and asked <= ones)
    if asked and not own & asked and known:
        return 1.0 - (_SIBLING if own else _ASIDE)
    return 1.0 + _FIRST * (piece in article[:1])


def _stems(piece: Piece) -> frozenset[str]:
    return read(f"{piece.title} {piece.text}").stems


def covers(query: str, text: str) -> float:
    """The share of the query that a text holds, rare words counting more than common ones, 0 to 1."""
    terms, plain, held = [fold(word) for word in subjects.telling(query)][:16], fold(text), 0.0
    for term in terms:
        others = subjects.SYNONYMS.get(stem(term), frozenset()).difference(terms)
        if _beginning(term).search(plain):
            held += _weight(term)
        elif any(_beginning(other).search(plain) for other in others):
            held += _weight(term) / 2
    return held / sum(map(_weight, terms)) if terms else 0.0


def is_everywhere(word: str, query: str) -> bool:
    """Whether most of the passages on what a query is about have a word of it: it tells none of them from another."""
    about = [piece.text for piece in sources.articles() if piece.heading in subjects.of(query)]
    return 2 * sum(bool(covers(word, text)) for text in about) > len(about)


def is_vague(query: str) -> bool:
    """Whether a query says next to nothing of its own: it names nothing, and has a word or two that all articles have."""
    return len([term for term in subjects.telling(query) if subjects.frequency()[stem(term)] < _COMMON]) < 2


def _weight(term: str) -> float:
    """What a word tells: much if few passages hold it, little if many do."""
    return math.log(2 + len(sources.articles()) / (1 + subjects.frequency()[stem(term)]))


@lru_cache(maxsize=4096)
def _beginning(term: str) -> re.Pattern[str]:
    root = stem(term).rstrip("yi") if len(term) > 4 else term
    return re.compile(rf"\b{re.escape(root)}\w{{0,5}}\b")
