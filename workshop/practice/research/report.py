"""Reports: extractive, in Markdown, with numbered citations, from what searches found or from the library
itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from workshop.practice.reading import read
from workshop.practice.reading.text import joined, shorten
from workshop.practice.research import choice, domains, library, sources
from workshop.practice.research.brief import Brief, Note
from workshop.practice.research.plan import Planned, added, parts, plan, sides
from workshop.practice.research.questions import topic as called
from workshop.practice.research.search import goes_alone, main_sentence, telling_sentences

_HELD = 0.9
_MOST_SOURCES = 8
_MOST_A_SECTION = 4
_GENERAL_HEADING = "What the sources say"
_CAN_ANSWER = (
    "How do durable agents survive crashes?",
    "How do retries and idempotency belong together?",
    "How does a workflow wait for a person?",
)
"""Questions that the library answers, for those whose question it does not."""


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
    title = f"# {subject.title[:1].upper()}{subject.title[1:]}"
    if not kept:
        return _nothing_found(title, subject)
    best = choice.leads(kept, subject)
    rest = [note for note in kept if note not in best[:1]]
    numbers: dict[str, int] = {}  # in the order in which the report cites them
    for note in (*best[:1], *(note for _, notes in _sections(rest, subject) for note in notes)):
        numbers.setdefault(note.url, len(numbers) + 1)
    lines = [title, *_opening(subject), _cited(best[0], numbers)]
    for heading, notes in _sections(rest, subject):
        lines.append(f"## {heading}\n\n" + "\n".join(f"- {_cited(note, numbers)}" for note in notes))
    cited = [note for note in kept if note.url in numbers]
    lines += [_table(cited, subject, numbers), _limits(subject, kept)]
    lines.append("## Sources\n\n" + "\n".join(f"{n}. {_source(cited, url)}" for url, n in numbers.items()))
    told = [
        best[0].text,
        *(main_sentence(note.text, subject.query) for note in best[1:]),
        _missing(kept, subject),
    ]
    summary = " ".join(dict.fromkeys(filter(None, told)))
    return Report(summary, "\n\n".join(line for line in lines if line), tuple(follow_up_questions(subject)))


def follow_up_questions(subject: Brief) -> list[str]:
    """Questions that the report leaves open, about this query: an answer, a comparison, then sides of the topic, a
    different choice for each topic.
    """
    compared = sides(subject.query)
    topic = shorten(joined(compared) or called(subject.query), 70)
    own = [f"What would change if “{shorten(wish, 60)}” no longer held?" for wish in subject.wishes[:1]]
    if compared:
        own.append(f"In which case is {compared[0]} the wrong choice, and {compared[1]} the right one?")
    pool = [
        f"Which mistakes around {topic} are the most common, and how do you notice them?",
        f"What should you measure about {topic}, and how?",
        f"What can you try out on {topic} in an hour?",
        f"What is different about {topic} at ten times the scale?",
        f"Which decisions about {topic} are hard to take back later?",
        f"What do others report about {topic} in practice?",
    ]
    start = sum(map(ord, topic)) % len(pool)
    return [*own, *pool[start:], *pool[:start]]


def _from_library(subject: Brief) -> list[Note]:
    found = [
        Note(" ".join(told), passage.title, passage.url)
        for planned in plan(subject, 6)
        for passage in library.search(planned.query, 4)
        if (told := telling_sentences(passage, planned.query, 2))
    ]
    return list(dict.fromkeys(found))


def _opening(subject: Brief) -> list[str]:
    told = joined(f"“{shorten(wish, 90)}”" for wish in subject.wishes)
    return [f"This report takes into account what you answered: {told}."] if told else []


def _cited(note: Note, numbers: dict[str, int]) -> str:
    return f"{note.text.rstrip()} [{numbers[note.url]}]"


def _sections(notes: list[Note], subject: Brief) -> list[tuple[str, list[Note]]]:
    """Findings under the part of the query that they are about, the one that they say most of; the general ones
    first.
    """
    placed: dict[str, list[Note]] = {_GENERAL_HEADING: []}
    themes = [theme for theme in (*added(subject), *plan(subject, 12)) if theme.heading]
    for note in notes:
        fitting = [theme for theme in themes if choice.fits(note, theme)]
        best = max(fitting, key=lambda theme: library.covers(theme.query, note.text), default=None)
        placed.setdefault(best.heading if best else _GENERAL_HEADING, []).append(note)
    return [(heading, members[:_MOST_A_SECTION]) for heading, members in placed.items() if members]


def _table(notes: list[Note], subject: Brief, numbers: dict[str, int]) -> str:
    """Sides of a comparison, else the sources at a glance where there are at least three."""
    compared = [Planned(side, heading=side[:1].upper() + side[1:]) for side in sides(subject.query)]
    about = [(side, next((note for note in notes if choice.fits(note, side)), None)) for side in compared]
    rows = [
        f"| {side.heading} | {_cell(note, side.query)} | [{numbers[note.url]}] |"
        for side, note in about
        if note
    ]
    if len(rows) > 1:
        return "## Side by side\n\n| Subject | Finding | Source |\n|---|---|---|\n" + "\n".join(rows)
    firsts = sorted({note.url: note for note in reversed(notes)}.values(), key=lambda note: numbers[note.url])
    rows = [
        f"| {_plain(note.title)} | {_cell(note, subject.query)} | [{numbers[note.url]}] |" for note in firsts
    ]
    head = "## Sources at a glance\n\n| Source | Main point | No. |\n|---|---|---|\n"
    return head + "\n".join(rows) if len(rows) > 2 else ""


def _plain(text: str) -> str:
    return " ".join(text.replace("|", "/").split())


def _cell(note: Note, query: str) -> str:
    """A whole sentence that is short enough for a table, and the one that says most if none is."""
    short = [each for each in read(note.text).sentences if len(each) <= 140 and goes_alone(each)]
    return _plain(main_sentence(" ".join(short), query) if short else main_sentence(note.text, query))


def _limits(subject: Brief, notes: list[Note]) -> str:
    lines = [
        "Each finding is worded as in the library. Its number names the source: read on there, and check it."
    ]
    held = " ".join(f"{note.text} {note.title}" for note in notes)
    names = re.findall(r"(?<=[a-z,] )[A-Z][a-z]\w+", f"{subject.query} {' '.join(subject.wishes)}")
    unknown = [
        name for name in names if not library.knows_every_word(name) and not library.covers(name, held)
    ]
    missing = _missing(notes, subject)
    if unknown and not missing:
        lines.append(f"The library has nothing on {joined(dict.fromkeys(unknown))}.")
    lines.append(missing)
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
    summary = f"The library has nothing on “{shorten(subject.title, 90)}”, so this report has no findings."
    holds = (
        "It holds articles on durable agents and the documentation of the packages that the course installs."
    )
    real = "With a key in .env, a real model searches the web."
    return Report(summary, "\n\n".join([title, *_opening(subject), f"{summary} {holds} {real}"]), _CAN_ANSWER)
