"""The choice of a report's notes: which are about the query, which come first, which belong to a part of it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from workshop.practice.reading import read
from workshop.practice.reading.text import fold
from workshop.practice.research import library, sources
from workshop.practice.research.brief import Brief, Note
from workshop.practice.research.plan import Planned, added, parts

_PART, _UNNAMED = 0.34, 0.6
"""What a note has to say of a part of the query to be about it; of one that names no subject."""
_NEARLY = 0.75
_NEAR, _FEW = 0.4, 2
"""A note that says so much less than the best is left out, unless there are so few."""


def worth_keeping(notes: Iterable[Note], subject: Brief) -> list[Note]:
    """Notes that are about the query or an answer, each statement once, those first that say most of it. Where none
    is, those that say much of it by the way.
    """
    listed = list(notes)
    about = [note for note in listed if _is_about(note, subject)]
    kept: list[Note] = []
    said: set[str] = set()
    for note in about or [note for note in listed if library.covers(subject.query, note.text) >= _UNNAMED]:
        sentences = {fold(sentence) for sentence in read(note.text).sentences}
        if not said & sentences:
            kept.append(note)
            said |= sentences
    kept.sort(key=lambda note: (_is_package(note), -_worth(note, subject)))
    least = _NEAR * max((_worth(note, subject) for note in kept), default=0.0)
    return [note for n, note in enumerate(kept) if n < _FEW or _worth(note, subject) >= least]


def leads(notes: list[Note], subject: Brief) -> list[Note]:
    """The notes that the report begins with: the best one for each question of the query, else the best two."""
    asked = parts(subject.query)
    own: list[Note | None] = [next((n for n in _by(part, notes) if fits(n, part)), None) for part in asked]
    if not asked:  # what says what the subject is, where it says nearly as much as the best
        best = _worth(notes[0], subject)
        own += [n for n in notes if _opens(n, subject) and _worth(n, subject) >= _NEARLY * best][:1]
    return list(dict.fromkeys([*filter(None, own), *notes]))[:2]


def _opens(note: Note, subject: Brief) -> bool:
    """Whether a note is from the first passage of the article that the query is about most."""
    piece, about = sources.piece_of(note.text, note.url), library.subjects(subject.query)
    first = next((each for each in sources.articles() if about and each.heading == about[0]), None)
    return piece is not None and piece == first


def _by(part: Planned, notes: list[Note]) -> list[Note]:
    return sorted(notes, key=lambda note: -library.covers(part.query, note.text))


def _is_about(note: Note, subject: Brief) -> bool:
    """Whether a note is about the query: its article is, its package is, or it says enough of it itself."""
    asked = _wanted(subject)
    if article := sources.article_of(note.text, note.url):
        return any(article in library.subjects(each) for each in asked)
    if _is_package(note):
        name = note.title.split(" ")[0].casefold()
        return any(library.is_on_package(each, name, note.text) for each in asked)
    return _worth(note, subject) >= _PART


def _worth(note: Note, subject: Brief) -> float:
    piece = sources.piece_of(note.text, note.url)
    told = f"{note.text} {note.title}"
    wanted = _wanted(subject)
    return max(library.worth(piece, each) if piece else library.covers(each, told) for each in wanted)


@lru_cache(maxsize=8)
def _wanted(subject: Brief) -> tuple[str, ...]:
    """What a person wants to know: the query, what they answered, the searches that they put into the plan."""
    return (subject.query, *subject.wishes, *(each.query for each in added(subject)))


def fits(note: Note, part: Planned) -> bool:
    """Whether a note is about a part of the query."""
    article = sources.article_of(note.text, note.url)
    asked = part.wish or part.query
    about = library.subjects(asked)
    known = not article or article in about or not about
    return known and library.covers(asked, _whole(note)) >= (_PART if about else _UNNAMED)


def _is_package(note: Note) -> bool:
    return note.title.endswith("package description")


def _whole(note: Note) -> str:
    return f"{note.text} {note.title} {sources.subjects(sources.article_of(note.text, note.url), note.text)}"
