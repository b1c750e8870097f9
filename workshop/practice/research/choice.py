"""The choice of a report's notes: which are about the query, which come first, which belong to a part of it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from workshop.practice.reading import read
from workshop.practice.reading.text import fold
from workshop.practice.research import library, sources
from workshop.practice.research.brief import Brief, Note
from workshop.practice.research.plan import Planned, added, parts, questions_of, sides

_PART, _UNNAMED = 0.34, 0.6
"""What a note has to say of a part of the query to be about it; of one that names no subject."""
_NEARLY = 0.6
_OTHER = 0.5
"""A note that is no nearer is on another thing of the same article: a flood, where a tornado is asked about."""
_HALF, _FAR = 0.5, 1.8
"""So much of the query does a note say that leads although it is not the first, and so many times more than that."""
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
    near = [*kept[:_FEW], *_near(kept, _wanted(subject))]
    own = [note for each in questions_of(subject.query) for note in _near(kept, (each.query,))]
    near += [*own, *(note for side in sides(subject.query) for note in _near(kept, (side,)))]
    pointed = _to_the_point([note for note in kept if note in near], subject)
    return [note for note in kept if note in pointed or note in own]


def _near(notes: list[Note], asked: tuple[str, ...]) -> list[Note]:
    """Those of the notes that say nearly as much of what is asked as the best."""
    said = {note: _said(note, asked) for note in notes}
    return [note for note in notes if said[note] and said[note] >= _NEAR * max(said.values())]


def _to_the_point(notes: list[Note], subject: Brief) -> list[Note]:
    """Without what an article says of other sides of its subject, where it has something on the side that is asked
    about: the cache of a browser, where calls of a model are to be cached.
    """
    asked = (*_wanted(subject), *(each.query for each in parts(subject.query)))
    if any(map(library.need, asked)):
        return notes
    points = {
        word for each in asked for word in library.telling(each) if not library.is_everywhere(word, each)
    }
    on_it = [note for note in notes if _nearness(note, subject) > _OTHER] or notes
    near = [n for n in on_it if any(library.covers(word, n.text) for word in points) or _begins(n)]
    return near if len(near) >= _FEW else on_it


def leads(notes: list[Note], subject: Brief) -> list[Note]:
    """The notes that the report begins with: the best one for each question of the query, else the best two, the one
    first that the library begins with.
    """
    asked = parts(subject.query)
    own: list[Note | None] = [next((n for n in _by(part, notes) if fits(n, part)), None) for part in asked]
    if sides(subject.query):  # what is on both comes before what is on one
        own.insert(0, max(notes, key=lambda note: library.covers(subject.query, note.text)))
    elif not asked:
        own.append(_opener(notes, subject))
    return list(dict.fromkeys([*filter(None, own), *notes]))[:2]


def _opener(notes: list[Note], subject: Brief) -> Note:
    """The first good note of the library that is on the very thing; or one that says far more of the query."""
    least = _NEARLY * _worth(notes[0], subject)
    good = [note for note in notes if _worth(note, subject) >= least]
    first = min(good, key=lambda note: (_distance(note, subject), place(note, subject)))
    said = {note: library.covers(subject.query, note.text) for note in good}
    fullest = max(good, key=lambda note: said[note])
    return fullest if said[fullest] > max(_HALF, _FAR * said[first]) else first


def subjects(subject: Brief) -> tuple[str, ...]:
    """The articles that the query is about, in the order of its parts where those are about several things."""
    asked = [each.query for each in parts(subject.query)] if _others(subject) else []
    return tuple(dict.fromkeys(found for each in (*asked, subject.theme) for found in library.subjects(each)))


def place(note: Note, subject: Brief) -> tuple[int, int]:
    """Where the library says it: the articles as the query is about them, and their passages in order."""
    piece, about = sources.piece_of(note.text, note.url), subjects(subject)
    if piece is None or piece.heading not in about:
        return len(about), 0
    return about.index(piece.heading), library.rank(piece, subject.theme)


def _nearness(note: Note, subject: Brief) -> float:
    """How near a note is to what a person wants to know of its article."""
    piece = sources.piece_of(note.text, note.url)
    asked = [each for each in _wanted(subject) if piece and piece.heading in library.subjects(each)]
    if any(map(library.need, asked)):
        return 1.0
    return max((library.nearness(each, piece) for each in asked if piece), default=1.0)


def _distance(note: Note, subject: Brief) -> int:
    """0 for a note on the very thing that is named, 1 for most, 2 for one beside it."""
    nearness = _nearness(note, subject)
    return 0 if nearness >= library.VERY else 1 + (nearness < 1)


def _begins(note: Note) -> bool:
    """Whether a note is from the first passage of its article."""
    piece = sources.piece_of(note.text, note.url)
    return piece is not None and piece == next(p for p in sources.articles() if p.heading == piece.heading)


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
    return _said(note, _wanted(subject))


def _said(note: Note, asked: tuple[str, ...]) -> float:
    piece = sources.piece_of(note.text, note.url)
    told = f"{note.text} {note.title}"
    return max(library.worth(piece, each) if piece else library.covers(each, told) for each in asked)


@lru_cache(maxsize=8)
def _wanted(subject: Brief) -> tuple[str, ...]:
    """What a person wants to know: the query, what they answered, the searches that they put into the plan."""
    return (
        *dict.fromkeys((subject.query, subject.theme)),
        *subject.wishes,
        *(each.query for each in added(subject)),
        *_others(subject),
    )


@lru_cache(maxsize=8)
def _others(subject: Brief) -> tuple[str, ...]:
    """The parts of the query that are about something that the query as a whole is not first of all about."""
    about = {*library.subjects(subject.query)}
    return tuple(each.query for each in parts(subject.query) if {*library.subjects(each.query)} - about)


def part_on(article: str, subject: Brief) -> Planned | None:
    """The one part of the query that an article is on, where its parts are about several things."""
    on_it = [each for each in parts(subject.query) if article in library.subjects(each.query)]
    return on_it[0] if _others(subject) and len(on_it) == 1 else None


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
