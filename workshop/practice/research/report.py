"""Reports: extractive, in Markdown, with numbered citations, from what searches found or from the library
itself.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from workshop.practice.reading.text import fold, joined, shorten, stems
from workshop.practice.research import domains, library
from workshop.practice.research.brief import Brief, Note
from workshop.practice.research.plan import plan, sides
from workshop.practice.research.search import main_sentence, telling_sentences

_MOST_SOURCES = 8
_GENERAL_HEADING = "What the sources say"
_ABOUT_IT = 0.25
"""A finding that covers less of the query than this share is left out."""


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
    notes = [note for note in subject.notes if note.url] or _from_library(subject)
    kept = _worth_keeping(notes, subject)
    numbers = {
        url: n
        for n, url in enumerate(list(dict.fromkeys(note.url for note in kept))[:_MOST_SOURCES], start=1)
    }
    kept = [note for note in kept if note.url in numbers]
    title = subject.title[:1].upper() + subject.title[1:]
    if not kept:
        return _nothing_found(title, subject)
    best = sorted(kept, key=lambda note: -len(stems(note.text) & stems(subject.query)))[:2]
    summary = " ".join(shorten(main_sentence(note.text, subject.query), 260) for note in best)
    parts = [f"# {title}", f"{_opening(subject)}{_with_number(best[0], numbers)}"]
    parts += _sections([note for note in kept if note != best[0]] or kept, subject, numbers)
    table = _table(kept, subject, numbers)
    parts += [table] if table else []
    parts.append(_limits(subject, kept))
    titles = {note.url: note.title for note in reversed(kept)}
    parts.append(
        "## Sources\n\n" + "\n".join(f"{n}. [{titles.get(url, url)}]({url})" for url, n in numbers.items())
    )
    return Report(summary, "\n\n".join(parts), tuple(follow_up_questions(subject, 3)))


def follow_up_questions(subject: Brief, count: int) -> list[str]:
    """Questions that the report leaves open, about this query."""
    topic = shorten(subject.title.rstrip("?"), 70)
    wish = shorten(subject.wishes[0], 60) if subject.wishes else ""
    asked = [
        *([f"What would change in “{topic}” if “{wish}” no longer held?"] if wish else []),
        f"Which of the findings on “{topic}” can be tried out in an hour?",
        f"What speaks against the usual advice on “{topic}”?",
        f"How will “{topic}” look at ten times the scale?",
        f"Which primary sources on “{topic}” are worth reading in full?",
        f"Who has met “{topic}” in practice, and what did they report?",
    ]
    return asked[:count]


def _from_library(subject: Brief) -> list[Note]:
    found = []
    for planned in plan(subject, 6):
        for passage in library.search(planned.query, 3):
            found.append(
                Note(" ".join(telling_sentences(passage, planned.query, 2)), passage.title, passage.url)
            )
    return list(dict.fromkeys(found))


def _worth_keeping(notes: list[Note], subject: Brief) -> list[Note]:
    """Notes that are about the query or an answer, each statement once."""
    subjects = [subject.topic, *subject.wishes, *sides(subject.query)]
    seen: set[str] = set()
    kept = []
    for note in notes:
        key = fold(note.text)[:80]
        if key not in seen and any(
            library.covers(wanted, f"{note.text} {note.title}") >= _ABOUT_IT for wanted in subjects
        ):
            seen.add(key)
            kept.append(note)
    return kept


def _opening(subject: Brief) -> str:
    if not subject.wishes:
        return ""
    told = joined(f"“{shorten(wish, 90)}”" for wish in subject.wishes)
    return f"This report is written for what you answered: {told}.\n\n"


def _with_number(note: Note, numbers: dict[str, int]) -> str:
    return f"{note.text.rstrip()} [{numbers[note.url]}]"


def _sections(notes: list[Note], subject: Brief, numbers: dict[str, int]) -> list[str]:
    """Findings under the search that they belong to: the one whose words they share most."""
    themes = plan(subject, 6)
    common = stems(subject.topic)
    placed: dict[str, list[Note]] = defaultdict(list)
    for note in notes:
        scored = [
            (len((stems(theme.query) - common) & stems(note.text)), -i) for i, theme in enumerate(themes)
        ]
        best = max(scored)
        theme = themes[-best[1]] if best[0] else None
        placed[_heading(theme.query, subject) if theme else _GENERAL_HEADING].append(note)
    parts = []
    for heading, members in sorted(placed.items(), key=lambda pair: pair[0] != _GENERAL_HEADING):
        parts.append(
            f"## {heading}\n\n" + "\n".join(f"- {_with_number(note, numbers)}" for note in members[:5])
        )
    return parts


def _heading(query: str, subject: Brief) -> str:
    rest = query.removeprefix(shorten(subject.topic, 90)).strip() or query
    return rest[:1].upper() + rest[1:]


def _table(notes: list[Note], subject: Brief, numbers: dict[str, int]) -> str:
    """Sides of a comparison, else the sources at a glance where there are at least three."""
    compared = sides(subject.query)
    rows = []
    if len(compared) > 1:
        for side in compared:
            about = [note for note in notes if stems(side) & stems(note.text)]
            if about:
                rows.append(f"| {side} | {_cell(about[0].text)} | [{numbers[about[0].url]}] |")
        if len(rows) > 1:
            return "## Side by side\n\n| Subject | Finding | Source |\n|---|---|---|\n" + "\n".join(rows)
    firsts = list({note.url: note for note in reversed(notes)}.values())[::-1]
    if len(firsts) < 3:
        return ""
    rows = [
        f"| {_cell(note.title)} | {_cell(main_sentence(note.text, subject.query))} | [{numbers[note.url]}] |"
        for note in firsts
    ]
    return "## Sources at a glance\n\n| Source | Main point | No. |\n|---|---|---|\n" + "\n".join(rows)


def _cell(text: str) -> str:
    return shorten(text.replace("|", "/"), 140)


def _limits(subject: Brief, notes: list[Note]) -> str:
    covered = {root for note in notes for root in stems(f"{note.text} {note.title}")}
    open_words = [word for word in _words_of(subject) if not stems(word) & covered]
    lines = ["## Limits", ""]
    lines.append(
        "Every finding above is taken from the source that its number names; the practice model adds nothing of its own."
    )
    if open_words:
        lines.append(f"The library has nothing on {joined(open_words[:5])}.")
    lines += [
        f"Still open: {gap.question}"
        for gap in ([] if subject.answers else domains.what_is_missing(subject.query)[:1])
    ]
    return "\n".join([lines[0], "", " ".join(line for line in lines[2:])])


def _words_of(subject: Brief) -> list[str]:
    from workshop.practice.reading.text import content_words

    return [
        w
        for w in content_words(f"{subject.topic} {' '.join(subject.wishes)}")
        if re.match(r"[A-Za-z]", w) and len(w) > 3
    ]


def _nothing_found(title: str, subject: Brief) -> Report:
    summary = f"The library has nothing on “{shorten(subject.title, 80)}”, so this report has no findings."
    searched = "\n".join(f"- {planned.query}" for planned in plan(subject, 5))
    told = f"{_opening(subject)}" if subject.wishes else ""
    markdown = (
        f"# {title}\n\n{told}{summary}\n\n## What was searched\n\n{searched}\n\n## Limits\n\nThe practice model searches "
        f"the documentation of the "
        "installed packages and the course's own articles, nothing else. With a real key in .env, a real model searches the web."
    )
    return Report(summary, markdown, tuple(follow_up_questions(subject, 3)))
