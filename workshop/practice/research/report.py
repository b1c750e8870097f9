"""Reports: extractive, in Markdown, with numbered citations, from what searches found or from the library
itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from workshop.practice.reading import read
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import joined, shorten, stem
from workshop.practice.research import choice, domains, follow_ups, library, sources
from workshop.practice.research.brief import Brief, Note
from workshop.practice.research.plan import Planned, added, capital, parts, plan, sides
from workshop.practice.research.search import goes_alone, main_sentence, telling_sentences

_HELD, _ON = 0.9, 0.5
"""What a note has to say of a part of the query to answer it; what a sentence has to say of a side to be on it."""
_CELL = 140
"""Letters that fit well into a cell of a table."""
_MOST_SOURCES = 8
_MOST_SUMMED = 3
_MOST_A_SECTION = 4
_GENERAL_HEADING = "What the sources say"
_P = PATTERNS["report"]


@dataclass(frozen=True)
class Report:
    """A finished piece of research."""

    summary: str
    markdown: str
    follow_ups: tuple[str, ...]


def write(subject: Brief) -> Report:
    """The report on the query from its notes; without any, from what the library holds. It says so where that
    is nothing.
    """
    kept = choice.worth_keeping(
        [note for note in subject.notes if note.url] or _from_library(subject), subject
    )
    urls = list(dict.fromkeys(note.url for note in kept))[:_MOST_SOURCES]
    kept = [note for note in kept if note.url in urls]
    title = f"# {capital(subject.title)}"
    if not kept:
        return _nothing_found(title, subject)
    best = choice.leads(kept, subject)
    rest = [note for note in kept if note not in best[:1]]
    sections = _sections(rest, subject)
    numbers: dict[str, int] = {}  # in the order in which the report cites them
    for note in (*best[:1], *(note for _, notes in sections for note in notes)):
        numbers.setdefault(note.url, len(numbers) + 1)
    lines = [title, *_opening(subject, kept), _cited(best[0], numbers)]
    for heading, notes in sections:
        lines.append(f"## {heading}\n\n" + "\n".join(f"- {_cited(note, numbers)}" for note in notes))
    cited = [note for note in kept if note.url in numbers]
    lines += [_table(cited, subject, numbers), _limits(subject, kept)]
    lines.append("## Sources\n\n" + "\n".join(f"{n}. {_source(cited, url)}" for url, n in numbers.items()))
    told = _summary(best, [notes[0] for _, notes in sections], subject)
    summary = " ".join(filter(None, (_absent(kept, subject), told)))
    return Report(
        summary, "\n\n".join(line for line in lines if line), tuple(follow_ups.follow_up_questions(subject))
    )


def _summary(best: list[Note], firsts: list[Note], subject: Brief) -> str:
    """The main sentence of each of several sections; of a report with one, what it begins with and the next."""
    several = len(firsts) > 1
    notes = dict.fromkeys([*best, *firsts] if several else best[1:])
    mains = dict.fromkeys(main_sentence(note.text, subject.query) for note in notes)
    return " ".join([*mains][:_MOST_SUMMED] if several else dict.fromkeys([best[0].text, *mains]))


def _from_library(subject: Brief) -> list[Note]:
    found = [
        Note(" ".join(told), passage.title, passage.url)
        for planned in plan(subject, 6)
        for passage in library.search(planned.query, 4)
        if (told := telling_sentences(passage, planned.query, 3))
    ]
    return list(dict.fromkeys(found))


def _opening(subject: Brief, notes: list[Note]) -> list[str]:
    """What a reader should know before the findings: the answers that they fit, and what they are about where the
    query does not name it.
    """
    told = joined(f"“{shorten(wish, 90)}”" for wish in subject.wishes)
    lines = [f"This report takes into account what you answered: {told}."] if told else []
    if notes and subject.theme != subject.query:
        lines.append(f"This goes on from the question “{shorten(subject.earlier, 90)}”.")
    if absent := _absent(notes, subject):
        lines.append(absent)
    elif library.need(subject.theme) and (about := _about(notes, subject)):
        lines.append(f"What the library has on this is about {about}.")
    return lines


def _about(notes: list[Note], subject: Brief) -> str:
    """What the notes from the library are about, in words; empty where none is from there."""
    held = {sources.article_of(note.text, note.url) for note in notes}
    return joined(library.called(each) for each in choice.subjects(subject) if each in held)


def _absent(notes: list[Note], subject: Brief) -> str:
    """What the query names and no note is on, and what they are on instead; empty where nothing is missing."""
    if not notes:
        return ""
    if missing := _missing(notes, subject):
        return missing
    if not (unknown := _unknown(notes, subject)):
        return ""
    about = _about(notes, subject)
    return f"Nothing here is on {joined(unknown)}{f'; what follows is on {about}' if about else ''}."


def _unknown(notes: list[Note], subject: Brief) -> list[str]:
    """The names in the query and the answers that neither the library nor a note has."""
    held = " ".join(f"{note.text} {note.title}" for note in notes)
    named = [name for text in (subject.query, *subject.wishes) for name in _P["name"].findall(text)]
    unknown = [
        n for n in named if not all(map(library.is_known, library.telling(n))) and not library.covers(n, held)
    ]
    return list(dict.fromkeys(unknown))


def _cited(note: Note, numbers: dict[str, int]) -> str:
    return f"{note.text.rstrip()} [{numbers[note.url]}]"


def _sections(notes: list[Note], subject: Brief) -> list[tuple[str, list[Note]]]:
    """Findings under the part of the query that they are about, the one that they say most of; the general ones
    first, under their subjects where they are of several. Each section is in the library's own order.
    """
    themes = [theme for theme in (*added(subject), *plan(subject, 12)) if theme.heading]
    articles = {sources.article_of(note.text, note.url) for note in notes}
    placed: dict[str, list[Note]] = {}
    for note in sorted(notes, key=lambda note: choice.place(note, subject)):
        article = sources.article_of(note.text, note.url)
        best = _theme(note, themes, rest=not library.need(subject.theme)) or choice.part_on(article, subject)
        general = capital(library.called(article)) if article and len(articles) > 1 else _GENERAL_HEADING
        placed.setdefault(best.heading if best else general, []).append(note)
    asked = list(dict.fromkeys(theme.heading for theme in themes))
    first = sorted(placed.items(), key=lambda each: asked.index(each[0]) + 1 if each[0] in asked else 0)
    return [(heading, members[:_MOST_A_SECTION]) for heading, members in first]


def _theme(note: Note, themes: list[Planned], rest: bool) -> Planned | None:
    """The part of the query that a note says most of, by the words that are of this part alone. `rest`: whether a
    part without such words has what is of no other.
    """
    fitting = [theme for theme in themes if choice.fits(note, theme)]
    own = {theme: _own_words(theme, themes) for theme in fitting}
    said = {theme: library.covers(own[theme], note.text) if own[theme] else 0.0 for theme in fitting}
    best = max(fitting, key=lambda theme: (said[theme], not own[theme]), default=None)
    return best if best and (said[best] or (rest and not own[best])) else None


def _own_words(theme: Planned, themes: list[Planned]) -> str:
    others = {root for other in themes if other != theme for root in read(other.query).stems}
    own = [word for word in library.telling(theme.query) if stem(word) not in others]
    return " ".join(
        word for word in own if not library.need(theme.query) or not library.is_everywhere(word, theme.query)
    )


def _table(notes: list[Note], subject: Brief, numbers: dict[str, int]) -> str:
    """The sides of a comparison, where there is something on two of them."""
    found: dict[str, tuple[str, int]] = {}  # by what is said: a sentence on both sides tells them not apart
    for side in sides(subject.query):
        fitting = [note for note in notes if choice.fits(note, Planned(side))]
        said = [(text, note) for note in fitting for text in read(note.text).sentences if _is_on(text, side)]
        if said:
            text, note = min(said, key=lambda each: len(each[0]) > _CELL)
            found.setdefault(_plain(text), (capital(side), numbers[note.url]))
    if len(found) < 2:
        return ""
    rows = "\n".join(f"| {side} | {text} | [{number}] |" for text, (side, number) in found.items())
    return f"## Side by side\n\n| Subject | Finding | Source |\n|---|---|---|\n{rows}"


def _is_on(sentence: str, side: str) -> bool:
    return goes_alone(sentence) and library.covers(side, sentence) > _ON


def _plain(text: str) -> str:
    return " ".join(text.replace("|", "/").split())


def _limits(subject: Brief, notes: list[Note]) -> str:
    lines = [
        "Each finding is worded as in the library. Its number names the source: read on there, and check it."
    ]
    asked = _P["amount"].search(subject.query)
    if asked and not any(_P["figure"].search(note.text) for note in notes):
        lines.append(f"None of the findings says {asked.group().lower()}.")
    if not subject.answers:
        lines += [f"Still open: {gap.question}" for gap in domains.what_is_missing(subject.query)[:1]]
    return f"## About this report\n\n{' '.join(filter(None, lines))}"


def _missing(notes: list[Note], subject: Brief) -> str:
    """The parts of the query that no note is about, in a sentence; empty where there is none."""
    compared = sides(subject.query)
    without = [
        part.heading
        for part in parts(subject.query)
        if not any(choice.fits(note, part) or library.covers(part.query, note.text) > _HELD for note in notes)
        and (part.query in compared or not (library.subjects(part.query) or library.is_vague(part.query)))
    ]
    return (
        f"Nothing was found on {joined(f'“{each}”' for each in dict.fromkeys(without))}." if without else ""
    )


def _source(notes: list[Note], url: str) -> str:
    """A source of the report; with the article of the library that retells it, whose words the findings are."""
    cited = [note for note in notes if note.url == url]
    articles = dict.fromkeys(article for note in cited if (article := sources.article_of(note.text, url)))
    told = f", retold in the course's {joined(f'“{each}”' for each in articles)}" if articles else ""
    return f"[{cited[0].title}]({url}){told}"


def _nothing_found(title: str, subject: Brief) -> Report:
    """An honest short page: what was not found, and what to do about it."""
    summary = f"The library has nothing on “{shorten(subject.title, 90)}”, so this report has no findings."
    nexts = [
        "**Search the web for it:** with an OpenAI key in `.env`, a real model does, and cites what it finds.",
        f"**Name a subject of the library**, if your question is about one: {library.contents()}.",
        f"**Ask what it answers:** “{follow_ups.EXAMPLE}”, for example.",
    ]
    lines = [
        title,
        *_opening(subject, []),
        "None of the searches found anything on this, and nothing is made up in its place.",
        "## What you can do next",
        "\n".join(f"- {each}" for each in nexts),
    ]
    return Report(summary, "\n\n".join(lines), follow_ups.ANSWERED)
