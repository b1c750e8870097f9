"""The choice of a report's notes: which are about the query, which come first, which belong to a part of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import chain

from workshop.practice.reading import read
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import capital, fold, joined, stem
from workshop.practice.research import library, sources, subjects
from workshop.practice.research.brief import Brief, Note
from workshop.practice.research.plan import Planned, added, parts, plan, questions_of, sides

_PART, _UNNAMED = 0.34, 0.6
"""What a note has to say of a part of the query to be about it; of one that names no subject."""
_NEARLY = 0.6
_OTHER = 0.5
"""A note that is no nearer is on another thing of the same article: a flood, where a tornado is asked about."""
_HALF, _FAR = 0.5, 1.8
"""So much of the query does a note say that leads although it is not the first, and so many times more than that."""
_MOST_A_SECTION, _PLANNED = 4, 12
_GENERAL_HEADING = "What the sources say"
_P = PATTERNS["choice"]
_NEAR, _FEW = 0.4, 2
"""A note that says so much less than the best is left out, unless there are so few."""


class Choice:
    """What a person wants to know, and the notes that tell it."""

    def __init__(self, subject: Brief, notes: list[Note]) -> None:
        self.subject = subject
        self._query, self._theme = subject.query, subject.theme
        self._parts, self.sides = parts(subject.query), sides(subject.query)
        about = {*subjects.of(subject.query)}
        self._others = [e.query for e in self._parts if {*subjects.of(e.query)} - about]
        """The parts that are about something that the query as a whole is not first of all about."""
        put_in = [each.query for each in added(subject)]
        self._asked = [subject.query, subject.theme, *subject.wishes, *put_in, *self._others]
        self.kept = list(dict.fromkeys(notes)) if subject.supplied else self._worth_keeping(notes)

    def _worth_keeping(self, notes: list[Note]) -> list[Note]:
        """Notes about the query or an answer, the fullest first, each statement once; else those that say much."""
        by_the_way = [note for note in notes if library.covers(self._query, note.text) >= _UNNAMED]
        kept: list[Note] = []
        said: set[str] = set()
        for note in [note for note in notes if self._is_about(note)] or by_the_way:
            sentences = {fold(sentence) for sentence in read(note.text).sentences}
            if not said & sentences:
                kept.append(note)
                said |= sentences
        kept.sort(key=lambda note: (_is_package(note), -_said(note, self._asked)))
        own = [note for each in questions_of(self._query) for note in _near(kept, [each.query])]
        near = {*kept[:_FEW], *_near(kept, self._asked)}
        pointed = self._to_the_point([note for note in kept if note in near])
        return [note for note in kept if note in pointed or note in own]

    def _is_about(self, note: Note) -> bool:
        """Whether a note is about the query: its article is, its package is, or it says enough of it itself."""
        if note.article:
            return any(note.article in subjects.of(each) for each in self._asked)
        if _is_package(note):
            name = note.title.split(" ")[0].casefold()
            return any(library.is_on_package(each, name, note.text) for each in self._asked)
        return _said(note, self._asked) >= _PART

    def _to_the_point(self, notes: list[Note]) -> list[Note]:
        """Without what an article says of other sides of its subject, where it has something on the side that is asked
        about: the cache of a browser, where calls of a model are to be cached.
        """
        asked = [*self._asked, *(each.query for each in self._parts)]
        if any(map(subjects.need, asked)):
            return notes
        told = ((word, each) for each in asked for word in subjects.telling(each))
        points = {word for word, each in told if not library.is_everywhere(word, each)}
        on_it = [note for note in notes if self._nearness(note) > _OTHER]
        near = [n for n in on_it if any(library.covers(word, n.text) for word in points) or _begins(n)]
        return near if len(near) >= _FEW else on_it

    @cached_property
    def leads(self) -> list[Note]:
        """The notes to begin with: the best for each question of the query, else the best two, in the library's order."""

        def fullest(query: str, notes: list[Note]) -> list[Note]:
            return [max(notes, key=lambda note: library.covers(query, note.text))] if notes else []

        own = [fullest(part.query, [n for n in self.kept if fits(n, part)]) for part in self._parts]
        both = fullest(self._query, self.kept if self.sides else [])  # comes before what is on one side
        opener = [] if own else [self._opener()]
        return list(dict.fromkeys(chain(both, *own, opener, self.kept)))[:2]

    def _opener(self) -> Note:
        """The first good note of the library that is on the very thing; or one that says far more of the query."""
        least = _NEARLY * _said(self.kept[0], self._asked)
        good = [note for note in self.kept if _said(note, self._asked) >= least]
        first = min(good, key=lambda note: (-self._nearness(note), self._place(note)))
        said = {note: library.covers(self._query, note.text) for note in good}
        fullest = max(good, key=lambda note: said[note])
        return fullest if said[fullest] > max(_HALF, _FAR * said[first]) else first

    @cached_property
    def _subjects(self) -> list[str]:
        """The articles that the query is about, in the order of its parts where those are about several things."""
        asked = [*(each.query for each in self._parts), self._theme]
        return list(dict.fromkeys(chain.from_iterable(map(subjects.of, asked))))

    @property
    def about(self) -> str:
        """What the notes from the library are about, in words; empty where none is from there."""
        held = {note.article for note in self.kept}
        return joined(subjects.called(each) for each in self._subjects if each in held)

    def _place(self, note: Note) -> tuple[int, int]:
        """Where the library says it: the articles as the query is about them, and their passages in order."""
        if note.piece and note.article in self._subjects:
            return self._subjects.index(note.article), library.rank(note.piece, self._theme)
        return len(self._subjects), 0

    def _nearness(self, note: Note) -> float:
        """How near a note is to what a person wants to know of its article."""
        if not note.piece or any(map(subjects.need, self._asked)):
            return 1.0
        return max(library.nearness(each, note.piece) for each in self._asked)

    @cached_property
    def sections(self) -> list[tuple[str, list[Note]]]:
        """Findings under the part of the query that they are about, the one that they say most of; the general ones
        first, under their subjects where they are of several. Each section is in the library's own order.
        """
        notes = [note for note in self.kept if note not in self.leads[:1]]
        themes = [each for each in (*added(self.subject), *plan(self.subject, _PLANNED)) if each.heading]
        articles = {note.article for note in notes}
        placed: dict[str, list[Note]] = {}
        for note in sorted(notes, key=self._place):
            best = self._theme_of(note, themes) or self._part_on(note.article)
            named = note.article and len(articles) > 1
            general = capital(subjects.called(note.article)) if named else _GENERAL_HEADING
            placed.setdefault(best.heading if best else general, []).append(note)
        asked = list(dict.fromkeys(theme.heading for theme in themes))
        first = sorted(placed.items(), key=lambda each: asked.index(each[0]) + 1 if each[0] in asked else 0)
        return [(heading, members[:_MOST_A_SECTION]) for heading, members in first]

    def _theme_of(self, note: Note, themes: list[Planned]) -> Planned | None:
        """The part of the query that a note says most of, by the words that are of this part alone. A part without such
        words has what is of no other, unless the query says only what it needs.
        """
        fitting = [theme for theme in themes if fits(note, theme)]
        own = {theme: _own_words(theme, themes) for theme in fitting}
        said = {theme: library.covers(own[theme], note.text) for theme in fitting}
        best = max(fitting, key=lambda theme: (said[theme], not own[theme]), default=None)
        rest = best and not own[best] and not subjects.need(self._theme)
        return best if best and (said[best] or rest) else None

    def _part_on(self, article: str) -> Planned | None:
        """The one part of the query that an article is on, where its parts are about several things."""
        on_it = [each for each in self._parts if article in subjects.of(each.query)]
        return on_it[0] if self._others and len(on_it) == 1 else None

    def _has(self, part: Planned) -> bool:
        """Whether a note is on a part of the query."""
        return any(fits(n, part) or library.covers(part.query, n.text) > library.HELPS for n in self.kept)

    @cached_property
    def absent(self) -> str:
        """What the query names and no note is on, and what they are on instead; empty where nothing is missing."""
        sided, asked = set(self.sides), [part for part in self._parts if not self._has(part)]
        common = {each.query for each in asked if subjects.of(each.query) or library.is_vague(each.query)}
        missing = [part for part in asked if part.query in sided or part.query not in common]
        if missing:
            headings = dict.fromkeys(part.heading for part in missing)
            return f"Nothing was found on {joined(f'“{each}”' for each in headings)}."
        held = " ".join(f"{note.text} {note.title}" for note in self.kept)
        named = [name for text in (self._query, *self.subject.wishes) for name in _P["name"].findall(text)]
        foreign = [name for name in named if not all(map(subjects.is_known, subjects.telling(name)))]
        unknown = [name for name in foreign if not library.covers(name, held)]
        instead = f"; what follows is on {self.about}" if self.about else ""
        return f"Nothing here is on {joined(dict.fromkeys(unknown))}{instead}." if unknown else ""


def _near(notes: Sequence[Note], asked: Sequence[str]) -> list[Note]:
    """Those of the notes that say nearly as much of what is asked as the best."""
    said = {note: _said(note, asked) for note in notes}
    return [note for note in notes if said[note] and said[note] >= _NEAR * max(said.values())]


def _said(note: Note, asked: Sequence[str]) -> float:
    """The most that a note says of one of the things that are asked."""
    told = f"{note.text} {note.title}"
    return max(library.worth(note.piece, e) if note.piece else library.covers(e, told) for e in asked)


def _begins(note: Note) -> bool:
    """Whether a note is from the first passage of its article."""
    return bool(note.piece) and note.piece == next(p for p in sources.articles() if p.heading == note.article)


def fits(note: Note, part: Planned) -> bool:
    """Whether a note is about a part of the query."""
    asked = part.wish or part.query
    about = subjects.of(asked)
    whole = f"{note.text} {note.title} {sources.subjects(note.article, note.text)}"
    known = not note.article or note.article in about or not about
    return known and library.covers(asked, whole) >= (_PART if about else _UNNAMED)


def _own_words(theme: Planned, themes: list[Planned]) -> str:
    """The words of a part of the query that are of no other."""
    others = {root for other in themes if other != theme for root in read(other.query).stems}
    own = [word for word in subjects.telling(theme.query) if stem(word) not in others]
    needed = subjects.need(theme.query)
    return " ".join(word for word in own if not (needed and library.is_everywhere(word, theme.query)))


def _is_package(note: Note) -> bool:
    return note.title.endswith("package description")
