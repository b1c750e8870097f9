"""The questions that a query is made of, each able to go alone, and the noun phrases that they are about."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from workshop.practice.reading import read
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, fold, stem
from workshop.practice.research import library, sources

_MOST_WORDS = 7
_SHORT = 4
_P = PATTERNS["questions"]
_IDLE = frozenset(stem(word) for word in WORDS["empty"] | WORDS["asked_verbs"])


@lru_cache(maxsize=256)
def questions(query: str) -> tuple[str, ...]:
    """The questions of a query; a later one that says "it" names what the first is about."""
    first, *later = [
        part.strip(" ?.,") for part in _P["between"].split(query.strip()) if part.strip(" ?.,")
    ] or [""]
    about = subject(first)
    if asking := _P["asking"].match(first):
        later = [
            _P["elliptical"].sub(lambda match: f"{match['word']} {asking['verb']} ", part) for part in later
        ]
    many = about.endswith("s") and not re.match(r"(?i)(?:the|an?)\s", about)
    stands_for = _P["plural"] if many else _P["singular"]
    return (first, *(stands_for.sub(lambda _: about, part) for part in later))


@lru_cache(maxsize=256)
def subject(question: str) -> str:
    """The noun phrase that a question is about: a phrase that the library has an article on, else its own."""
    pair = next((pair for pair in _pairs(question) if library.subject_named(pair)), "")
    titled = library.subject_named(pair)
    return (titled[:1].lower() + titled[1:] if len(read(titled).stems) == 2 else pair) or _noun(question)


def keywords(query: str, number: int = 0) -> str:
    """What to type into a search for one question of the query: its noun phrases that the library knows first. A
    question that says too little alone brings the first one's subject along.
    """
    question = questions(query)[number]
    pairs = _pairs(question)
    telling = [word for word in read(question).content_words if stem(word) not in _IDLE]
    ranked = sorted(
        telling,
        key=lambda word: (
            not any(word in pair.split() and library.subject_named(pair) for pair in pairs),
            not any(word in pair.split() for pair in pairs),
            stem(word) not in read(subject(question)).stems,
        ),
    )
    kept = [word for word in telling if word in ranked[:_MOST_WORDS]]
    if number and _P["leaning"].search(question):
        first = subject(questions(query)[0]) if len(kept) > 1 else keywords(query)
        begun = [word for word in read(first).content_words if word not in kept]
        kept = [*begun[: _SHORT - len(kept) if len(kept) == 1 else 2], *kept]
    elif number and len(kept) < 3:
        begun = [word for word in read(subject(questions(query)[0])).content_words if word not in kept]
        known = [word for word in begun if any(stem(word) in read(each).stems for each in sources.titles())]
        kept = [*[*known, *begun][:1], *kept]
    return " ".join(kept) or " ".join(library.telling(question))


def key(query: str) -> str:
    """The few words that name what a query is about, for a search with words of its own beside them."""
    words = read(subject(questions(query)[0])).content_words
    telling = [word for word in words if stem(word) not in _IDLE] or list(words)
    if len(telling) == 1 and not library.subject_named(telling[0]):
        return " ".join(keywords(query).split()[:3])
    return " ".join(telling[:_SHORT])


def named(query: str) -> str:
    """What a question back calls the query."""
    first = questions(query)[0]
    return (
        _bare(subject(first)) if len(questions(query)) == 1 and _P["explains"].match(first) else title(query)
    )


def title(query: str) -> str:
    """The query as a title: its topic where that is a noun phrase, else the question itself."""
    asked = query.strip().split("\n")[0].strip()
    topic = read(query).topic
    if _P["asks"].match(asked) and (len(questions(asked)) > 1 or fold(topic) != fold(_bare(_noun(asked)))):
        return f"{asked.rstrip(' .!?')}?"
    return read(query).title


def heading(question: str) -> str:
    """A question as a heading of a section: a noun phrase, "When to …", or the question itself."""
    if match := _P["advice"].match(question):
        found = f"{match['word']} to {match['what']}"
    elif _P["explains"].match(question):
        found = _bare(subject(question))
    else:
        found = f"{question}?"
    return found[:1].upper() + found[1:]


def _noun(question: str) -> str:
    """The noun phrase of a question, with its article."""
    asked = question.strip(" ?.!")
    if not _P["asks"].match(asked):
        return read(asked).topic
    bare = _P["opening"].sub("", asked, count=1)
    return _P["predicate"].split(bare, maxsplit=1)[0].strip(" ,") or read(asked).topic


def _bare(noun: str) -> str:
    return re.sub(r"(?i)^(?:the|an?)\s+", "", noun)


def _pairs(question: str) -> list[str]:
    """Two words that are next to each other in the question and in the library."""
    words = read(question).words
    telling = {word for word in words if fold(word) not in WORDS["stop"] and stem(word) not in _IDLE}
    pairs = [f"{a} {b}" for a, b in pairwise(words) if {a, b} <= telling]
    return [pair for pair in pairs if library.holds(pair)]
