"""The questions that a query is made of, each able to go alone, and the noun phrases that they are about."""

from __future__ import annotations

import re
from functools import lru_cache

from workshop.practice.reading import read
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, capital, fold, stem
from workshop.practice.research import subjects

_MOST_WORDS = 7
_SHORT, _NAMED = 4, 2
"""Words that say enough alone, and where they name a subject."""
_P = PATTERNS["questions"]
_IDLE = frozenset(stem(word) for word in WORDS["empty"] | WORDS["asked_verbs"])


@lru_cache(maxsize=256)
def questions(query: str) -> tuple[str, ...]:
    """The questions of a query; a later one that says "it" names what the first is about."""
    parts = (part.strip(" ?.,") for part in _P["between"].split(query.strip()))
    first, *later = [_P["joins"].sub("", part) for part in parts if part] or [""]
    about = subject(first)
    if asking := _P["asking"].match(first):
        whole = rf"\g<word> {asking['verb']} "
        later = [_P["elliptical"].sub(whole, part) for part in later]
    many = about.endswith("s") and not re.match(r"(?i)(?:the|an?)\s", about)
    stands_for = _P["plural"] if many else _P["singular"]
    return (first, *(stands_for.sub(lambda _: about, part) for part in later))


@lru_cache(maxsize=256)
def subject(question: str) -> str:
    """The noun phrase that a question is about, with its article."""
    asked = question.strip(" ?.!")
    if not _P["asks"].match(asked):
        return read(asked).topic
    bare = _P["opening"].sub("", asked, count=1)
    return _P["predicate"].split(bare, maxsplit=1)[0].strip(" ,") or read(asked).topic


def topic(query: str) -> str:
    """What a text calls the query's subject: as the library calls it, else its noun phrase."""
    about = subjects.topic(query) or subject(questions(query)[0])
    return title(query) if _P["stub"].search(about) else about


def keywords(query: str, number: int = 0) -> str:
    """What to type into a search for a question; one that says too little alone brings along what the query is about."""
    question = stopping(questions(query)[number])
    needed = subjects.key(question).split() if subjects.need(question) else []
    telling = [word for word in read(question).content_words if stem(word) not in _IDLE]
    kept = list(dict.fromkeys(word for word in read(question).words if word in (*needed, *telling)))
    named = [word for word in read(subjects.key(question)).content_words if word in kept]
    kept = [word for word in kept if word in [*named, *kept][:_MOST_WORDS]]
    short = len(kept) < (_NAMED if subjects.named(question) else _SHORT)
    if number and (short or _P["leaning"].search(question)):
        begun = read(subjects.key(query) or subject(questions(query)[0])).content_words
        kept = [*[word for word in begun if word not in kept][: _SHORT - 1], *kept]
    found = " ".join(kept) or " ".join(subjects.telling(question))
    for name in _P["camel"].findall(question):  # a name in one word, which reading takes apart
        found = found.replace(" ".join(read(name).words), name)
    return found


def stopping(text: str) -> str:
    """The text with "stop" for "give up", whose two words say nothing alone."""
    return _P["gives_up"].sub("stop", text)


def key(query: str) -> str:
    """The few words that name what a query is about, for a search with words of its own beside them."""
    return subjects.key(query) or " ".join(keywords(query).split()[:_SHORT])


def named(query: str) -> str:
    """What a question back calls the query."""
    first, *more = questions(query)
    if not more and (thing := _explained(first)):
        return thing
    return topic(query) if not more and _P["asks"].match(first) and subjects.named(query) else title(query)


def title(query: str) -> str:
    """The query as a title: its topic where that is a noun phrase, else the question itself."""
    asked = query.strip().split("\n")[0].strip()
    if _P["told"].search(asked) or _P["orders"].match(asked):
        return asked.rstrip(" .!")
    named = fold(read(asked).topic) == fold(_explained(asked)) and len(questions(asked)) == 1
    if _P["asks"].match(asked) and not named:
        return f"{asked.rstrip(' .!?')}?"
    found = read(asked).title
    return f"{found.rstrip('?')}?" if asked.endswith("?") and _P["asks"].match(found) else found


def heading(question: str) -> str:
    """A question as a heading of a section: a noun phrase, "When to …", or the question itself."""
    advice = _P["advice"].match(question)
    found = f"{advice['word']} to {advice['what']}" if advice else _explained(question) or f"{question}?"
    return capital(found)


def _explained(question: str) -> str:
    """The thing of which a question asks what it is or how it works; empty where it asks for more."""
    about = subject(question)
    explains = _P["explains"].match(question) and not _P["stub"].search(about)
    return re.sub(r"(?i)^(?:the|an?)\s+", "", about) if explains else ""
