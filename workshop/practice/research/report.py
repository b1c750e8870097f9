"""Reports: extractive, in Markdown, with numbered citations, from what searches found or from the library
itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workshop.practice.reading import read
from workshop.practice.reading.text import fold, joined, shorten
from workshop.practice.research import domains, library, sources
from workshop.practice.research.brief import Brief, Note
from workshop.practice.research.plan import plan, short_topic, sides
from workshop.practice.research.search import bears_on, main_sentence, telling_sentences

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
    kept = _worth_keeping([note for note in subject.notes if note.url] or _from_library(subject), subject)
    urls = list(dict.fromkeys(note.url for note in kept))[:_MOST_SOURCES]
    kept = [note for note in kept if note.url in urls]
    title = f"# {subject.title[:1].upper()}{subject.title[1:]}"
    if not kept:
        return _nothing_found(title, subject)
    best = _best(kept, subject)[:2]
    rest = [note for note in kept if note not in best[:1]]
    numbers: dict[str, int] = {}  # in the order in which the report cites them
    for note in (*best[:1], *(note for _, notes in _sections(rest, subject) for note in notes)):
        numbers.setdefault(note.url, len(numbers) + 1)
    parts = [title, *_opening(subject), _cited(best[0], numbers)]
    for heading, notes in _sections(rest, subject):
        parts.append(f"## {heading}\n\n" + "\n".join(f"- {_cited(note, numbers)}" for note in notes))
    cited = [note for note in kept if note.url in numbers]
    titles = {note.url: note.title for note in reversed(cited)}
    parts += [_table(cited, subject, numbers), _limits(subject, cited)]
    parts.append("## Sources\n\n" + "\n".join(f"{n}. [{titles[url]}]({url})" for url, n in numbers.items()))
    summary = " ".join(main_sentence(note.text, subject.query) for note in best)
    return Report(summary, "\n\n".join(part for part in parts if part), tuple(follow_up_questions(subject)))


def follow_up_questions(subject: Brief) -> list[str]:
    """Questions that the report leaves open, about this query."""
    topic = shorten(subject.topic, 70)
    wishes = [shorten(wish, 60) for wish in subject.wishes[:1]]
    return [
        *(f"What would change in “{topic}” if “{wish}” no longer held?" for wish in wishes),
        f"Which of the findings on “{topic}” can be tried out in an hour?",
        f"What speaks against the usual advice on “{topic}”?",
        f"How will “{topic}” look at ten times the scale?",
        f"Which primary sources on “{topic}” are worth reading in full?",
        f"Who has met “{topic}” in practice, and what did they report?",
    ]


def _from_library(subject: Brief) -> list[Note]:
    found = [
        Note(" ".join(telling_sentences(passage, planned.query, 2)), passage.title, passage.url)
        for planned in plan(subject, 6)
        for passage in library.search(planned.query, 4)
        if bears_on(planned.query, passage)
    ]
    return list(dict.fromkeys(found))


def _worth_keeping(notes: Iterable[Note], subject: Brief) -> list[Note]:
    """Notes that are about the query or an answer, each statement once; those of the query itself first."""
    subjects = [subject.topic, *subject.wishes, *sides(subject.query)]
    kept: dict[str, Note] = {}
    for note in notes:
        if any(library.is_about(wanted, _whole(note)) for wanted in subjects):
            kept.setdefault(fold(note.text)[:80], note)
    named = [note for note in kept.values() if library.is_about(subject.topic, _named(note))]
    if (
        named and len(library.telling(subject.topic)) == 1
    ):  # one word is soon said: what is named for it counts
        wished = [
            note
            for note in kept.values()
            if any(library.is_about(wish, _whole(note)) for wish in subject.wishes)
        ]
        return _best(dict.fromkeys([*named, *wished]), subject)
    return _best(kept.values(), subject)


def _best(notes: Iterable[Note], subject: Brief) -> list[Note]:
    """The notes, those of articles first, then those that say most about the topic."""

    about = library.subject_of(subject.topic)

    def worth(note: Note) -> float:
        begins = library.covers(about, " ".join(note.text.split()[:5]))  # as a definition does
        return library.covers(subject.topic, _whole(note)) + library.covers(about, _whole(note)) + begins

    return sorted(
        notes,
        key=lambda note: (
            note.title.endswith("package description"),
            -worth(note),
        ),
    )


def _whole(note: Note) -> str:
    return f"{note.text} {_named(note)}"


def _named(note: Note) -> str:
    return f"{note.title} {sources.headings().get(note.url, '')}"


def _opening(subject: Brief) -> list[str]:
    told = joined(f"“{shorten(wish, 90)}”" for wish in subject.wishes)
    return [f"This report is written for what you answered: {told}."] if told else []


def _cited(note: Note, numbers: dict[str, int]) -> str:
    return f"{note.text.rstrip()} [{numbers[note.url]}]"


def _sections(notes: list[Note], subject: Brief) -> list[tuple[str, list[Note]]]:
    """Findings under the search that they belong to: the one whose words they share most; the general ones first."""
    common, short = read(f"{subject.topic} works").stems, short_topic(subject)
    placed: dict[str, list[Note]] = {_GENERAL_HEADING: []}
    themes = [theme.query for theme in plan(subject, 8)]
    for note in notes:
        best = max(themes, key=lambda query: len((read(query).stems - common) & read(note.text).stems))
        shared = (read(best).stems - common) & read(note.text).stems
        heading = best.removeprefix(short).strip() if shared else ""
        placed.setdefault(f"{heading[:1].upper()}{heading[1:]}" or _GENERAL_HEADING, []).append(note)
    return [(heading, members[:_MOST_A_SECTION]) for heading, members in placed.items() if members]


def _table(notes: list[Note], subject: Brief, numbers: dict[str, int]) -> str:
    """Sides of a comparison, else the sources at a glance where there are at least three."""
    about = [
        (side, next((n for n in notes if read(side).stems & read(n.text).stems), None))
        for side in sides(subject.query)
    ]
    rows = [f"| {side} | {_cell(note, side)} | [{numbers[note.url]}] |" for side, note in about if note]
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
    short = [sentence for sentence in read(note.text).sentences if len(sentence) <= 140]
    return _plain(main_sentence(" ".join(short), query) if short else main_sentence(note.text, query))


def _limits(subject: Brief, notes: list[Note]) -> str:
    lines = [
        "Each finding is taken, word for word, from what the library holds on the page that its number names."
    ]
    asked = library.telling(f"{subject.topic} {' '.join(subject.wishes)}")
    held = " ".join(f"{note.text} {note.title}" for note in notes)
    unknown = [
        w for w in asked if w.isalpha() and not library.knows_every_word(w) and not library.covers(w, held)
    ]
    if unknown:
        lines.append(f"The library has nothing on {joined(unknown[:5])}.")
    if not subject.answers:
        lines += [f"Still open: {gap.question}" for gap in domains.what_is_missing(subject.query)[:1]]
    return f"## About this report\n\n{' '.join(lines)}"


def _nothing_found(title: str, subject: Brief) -> Report:
    summary = f"The library has nothing on “{shorten(subject.topic, 80)}”, so this report has no findings."
    holds = (
        "It holds articles on durable agents and the documentation of the packages that the course installs."
    )
    real = "With a key in .env, a real model searches the web."
    return Report(summary, "\n\n".join([title, *_opening(subject), f"{summary} {holds} {real}"]), _CAN_ANSWER)
