"""The choice of a report's notes: which are about the query, which come first, which belong to a part of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from workshop.practice.reading import read
from workshop.practice.reading.text import WORDS, fold
from workshop.practice.research import library, sources
from workshop.practice.research.brief import Brief, Note
from workshop.practice.research.plan import Planned, parts, sides
from workshop.practice.research.questions import key, keywords, questions

_FEW = 3
"""A search of so few words is met by whole phrases only."""


def worth_keeping(notes: Iterable[Note], subject: Brief) -> list[Note]:
    """Notes that are about the query or an answer, each statement once; those of the query itself first."""
    kept = _without_the_like(_about(notes, subject), subject)
    named = [note for note in kept if library.is_about(subject.topic, _named(note))]
    if named and len(library.telling(subject.topic)) == 1:
        # one word is soon said: what is named for it counts
        wished = [
            note for note in kept if any(library.is_about(wish, _whole(note)) for wish in subject.wishes)
        ]
        return _best(dict.fromkeys([*named, *wished]), subject)
    return _best(kept, subject)


def _about(notes: Iterable[Note], subject: Brief) -> list[Note]:
    """Notes about what is asked. A package's description has to be about more than an answer or one word."""
    asked, compared = _asked(subject), sides(subject.query)
    phrases = [side for side in compared if len(library.telling(side)) > 1]
    kept: list[Note] = []
    said: set[str] = set()
    for note in notes:
        sentences = {fold(sentence) for sentence in read(note.text).sentences}
        wanted = [*asked, *(phrases if _is_package(note) else [*subject.wishes, *compared])]
        if not said & sentences and any(is_about(each, _whole(note), article(note)) for each in wanted):
            kept.append(note)
            said |= sentences
    return kept


def _without_the_like(notes: list[Note], subject: Brief) -> list[Note]:
    """The notes without those that have a word of a side that none is about: a task queue is no job queue."""
    lacking = [
        side for side in sides(subject.query) if not any(is_about(side, _whole(note)) for note in notes)
    ]
    return [note for note in notes if not any(library.covers(side, note.text) for side in lacking)]


def _asked(subject: Brief) -> list[str]:
    """What the query asks for, as searches: one for each of its questions, and its own topic where it is one."""
    count, about = len(questions(subject.query)), key(subject.query)
    return [
        *([subject.topic] if count == 1 else []),
        *(keywords(subject.query, number) for number in range(count)),
        *([about] if library.subject_named(about) else []),
    ]


def leads(notes: list[Note], subject: Brief) -> list[Note]:
    """The notes that the report begins with: the best one for each question of the query, else the best two."""
    asked = parts(subject.query)

    def best_of(part: Planned) -> Note | None:
        fitting = [note for note in _best(notes, subject, part.query) if fits(note, part)]
        own = (note for note in fitting if all(_share(part, note) >= _share(each, note) for each in asked))
        return next(own, next(iter(fitting), None))

    for_each = [best_of(part) for part in asked]
    found = [note for note in for_each if note]
    return list(dict.fromkeys([*found, *_best(notes, subject)]))[:2]


def _best(notes: Iterable[Note], subject: Brief, asked: str = "") -> list[Note]:
    """The notes, those of articles first, then those that say most about the topic or what is asked."""
    topic = asked or _asked(subject)[0]
    about = library.subject_of(topic)

    def worth(note: Note) -> float:
        opening = " ".join(note.text.split()[:5])
        begins = (
            0 if re.match(r"(?:With|In|For|When|After|To|If)\b", opening) else library.covers(about, opening)
        )
        named = library.covers(topic, article(note))
        return library.covers(topic, _whole(note)) + library.covers(about, _whole(note)) + begins + named

    return sorted(
        notes,
        key=lambda note: (
            _is_package(note),
            -worth(note),
        ),
    )


def _share(part: Planned, note: Note) -> float:
    return library.covers(part.query, note.text)


def fits(note: Note, part: Planned) -> bool:
    """Whether a note's own words are about a part of the query, or begin with an angle's."""
    if not part.angle:
        return is_about(part.query, f"{note.text} {note.title}", article(note))
    own = [word for word in library.telling(part.angle) if fold(word) not in WORDS["empty"]]
    begin = " ".join(note.text.split()[:6])
    return any(library.covers(word, begin) for word in own) and library.is_about(part.angle, note.text)


def is_about(query: str, text: str, article: str = "") -> bool:
    """Whether a text is about a query, and holds one of its phrases whole where it has a word of one: a "bad key" is
    no idempotency key.
    """
    words, telling = query.split(), library.telling(query)
    pairs = [pair for pair in pairwise(words) if {*pair} <= {*telling}]
    held = [[bool(library.covers(word, text)) for word in pair] for pair in pairs]
    named = [pair for pair in pairs if library.subject_named(" ".join(pair))]
    if named and not any(all(library.covers(word, f"{text} {article}") for word in pair) for pair in named):
        return False
    phrases = [each for pair, each in zip(pairs, held, strict=True) if library.holds(" ".join(pair))]
    half = any(map(any, phrases)) and not any(map(all, phrases))
    return not (half and len(telling) <= _FEW) and library.is_about(query, text)


def _is_package(note: Note) -> bool:
    return note.title.endswith("package description")


def article(note: Note) -> str:
    return sources.article_of(note.text, note.url)


def _whole(note: Note) -> str:
    return f"{note.text} {_named(note)}"


def _named(note: Note) -> str:
    return f"{note.title} {sources.subjects(article(note), note.text)}"
