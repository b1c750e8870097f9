"""Reports: extractive, in Markdown, with numbered citations, from what searches found or from the library."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest

from workshop.practice.reading import read
from workshop.practice.reading.tables import PATTERNS, load
from workshop.practice.reading.text import capital, joined, shorten, stems
from workshop.practice.research import choice, domains, library, subjects
from workshop.practice.research.brief import Brief, Note
from workshop.practice.research.plan import Planned, plan, sides
from workshop.practice.research.questions import topic
from workshop.practice.research.search import goes_alone, main_sentence, telling_sentences

_ON = 0.5
"""What a sentence has to say of a side to be on it."""
_SAME = 0.7
"""A question of whose words so many are in the query asks for the same."""
_CELL = 140
"""Letters that fit well into a cell of a table."""
_MOST_SUMMED = 3
_P = PATTERNS["report"]
QUESTIONS = load("follow_ups", dict[str, tuple[str, ...]])
EXAMPLE = "What does prompt caching save?"
ANSWERED = (
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
    """The report on the query from its notes, else from what the library holds; it says so if that is nothing."""
    chosen = choice.Choice(subject, [note for note in subject.notes if note.url] or _from_library(subject))
    if not chosen.kept:
        return _nothing_found(subject)
    numbers: dict[str, int] = {}  # in the order in which the report cites them
    for note in (chosen.leads[0], *(note for _, notes in chosen.sections for note in notes)):
        numbers.setdefault(note.url, len(numbers) + 1)
    lines = [*_title(subject), *_beforehand(chosen), _cited(chosen.leads[0], numbers)]
    for heading, notes in chosen.sections:
        lines.append(f"## {heading}\n\n" + "\n".join(f"- {_cited(note, numbers)}" for note in notes))
    lines += [_table(chosen, numbers), _limits(chosen), _sources(chosen.kept, numbers)]
    return Report(_summary(chosen), "\n\n".join(filter(None, lines)), tuple(_follow_ups(subject)))


def _summary(chosen: choice.Choice) -> str:
    """The main sentence of each of several sections; of a report with one, what it begins with and the next."""
    best, firsts = chosen.leads, [notes[0] for _, notes in chosen.sections]
    several = len(firsts) > 1
    notes = dict.fromkeys([*best, *firsts] if several else best[1:])
    mains = dict.fromkeys(main_sentence(note.text, chosen.subject.query) for note in notes)
    told = [*mains][:_MOST_SUMMED] if several else dict.fromkeys([best[0].text, *mains])
    return " ".join(filter(None, (chosen.absent, *told)))


def _from_library(subject: Brief) -> list[Note]:
    found = [(each.query, passage) for each in plan(subject, 6) for passage in library.search(each.query, 4)]
    told = [(telling_sentences(passage, query, 3), passage) for query, passage in found]
    return list(dict.fromkeys(Note(" ".join(said), each.title, each.url) for said, each in told if said))


def _title(subject: Brief) -> list[str]:
    """The title, and the answers that the report fits."""
    told = joined(f"“{shorten(wish, 90)}”" for wish in subject.wishes)
    fits = f"This report takes into account what you answered: {told}." if told else ""
    return [f"# {capital(subject.title)}", fits]


def _beforehand(chosen: choice.Choice) -> list[str]:
    """What a reader should know before the findings: what they are about where the query does not name it."""
    subject, about = chosen.subject, chosen.about if subjects.need(chosen.subject.theme) else ""
    goes_on = f"This goes on from the question “{shorten(subject.earlier, 90)}”."
    told = f"What the library has on this is about {about}." if about else ""
    return [goes_on if subject.theme != subject.query else "", chosen.absent or told]


def _cited(note: Note, numbers: dict[str, int]) -> str:
    return f"{note.text.rstrip()} [{numbers[note.url]}]"


def _table(chosen: choice.Choice, numbers: dict[str, int]) -> str:
    """The sides of a comparison, where there is something on two of them."""
    found: dict[str, tuple[str, int]] = {}  # by what is said: a sentence on both sides tells them not apart
    for side in chosen.sides:
        fitting = [n for n in chosen.kept if n.url in numbers and choice.fits(n, Planned(side))]
        said = [(text, note) for note in fitting for text in read(note.text).sentences if _is_on(text, side)]
        if said:
            text, note = min(said, key=lambda each: len(each[0]) > _CELL)
            found.setdefault(" ".join(text.replace("|", "/").split()), (capital(side), numbers[note.url]))
    rows = "\n".join(f"| {side} | {text} | [{number}] |" for text, (side, number) in found.items())
    head = "## Side by side\n\n| Subject | Finding | Source |\n|---|---|---|\n"
    return f"{head}{rows}" if len(found) > 1 else ""


def _is_on(sentence: str, side: str) -> bool:
    return goes_alone(sentence) and library.covers(side, sentence) > _ON


def _limits(chosen: choice.Choice) -> str:
    worded = "what was found" if chosen.subject.supplied else "the library"
    number = "Its number names the source: read on there, and check it."
    lines = [f"Each finding is worded as in {worded}. {number}"]
    asked = _P["amount"].search(chosen.subject.query)
    if asked and not any(_P["figure"].search(note.text) for note in chosen.kept):
        lines.append(f"None of the findings says {asked.group().lower()}.")
    left_open = domains.what_is_missing(chosen.subject.query) if not chosen.subject.answers else {}
    lines += [f"Still open: {question}" for question in [*left_open.values()][:1]]
    return f"## About this report\n\n{' '.join(lines)}"


def _sources(notes: list[Note], numbers: dict[str, int]) -> str:
    """The sources in order; each with the articles of the library that retell it, whose words the findings are."""
    lines = []
    for url, number in numbers.items():
        cited = [note for note in notes if note.url == url]
        articles = dict.fromkeys(note.article for note in cited if note.article)
        told = f", retold in the course's {joined(f'“{each}”' for each in articles)}" if articles else ""
        lines.append(f"{number}. [{cited[0].title}]({url}){told}")
    return "## Sources\n\n" + "\n".join(lines)


def _nothing_found(subject: Brief) -> Report:
    """An honest short page: what was not found, and what to do about it."""
    summary = f"The library has nothing on “{shorten(subject.title, 90)}”, so this report has no findings."
    nexts = f"""None of the searches found anything on this, and nothing is made up in its place.

## What you can do next

- **Search the web for it:** with an OpenAI key in `.env`, a real model does, and cites what it finds.
- **Name a subject of the library**, if your question is about one: {subjects.contents()}.
- **Ask what it answers:** “{EXAMPLE}”, for example."""
    return Report(summary, "\n\n".join(filter(None, (*_title(subject), nexts))), ANSWERED)


def _follow_ups(subject: Brief) -> list[str]:
    """Questions to go on with: on an answer, on a comparison, then those that the library answers on the subjects."""
    compared = sides(subject.query)
    own = [f"What would change if “{shorten(wish, 60)}” no longer held?" for wish in subject.wishes[:1]]
    if compared:
        own.append(f"In which case is {compared[0]} the wrong choice, and {compared[1]} the right one?")
    about = [QUESTIONS[heading] for heading in subjects.of(subject.theme)]
    listed = [question for each in zip_longest(*about) for question in each if question]
    asked = stems(subject.query)
    new = [each for each in listed if len(stems(each) & asked) <= _SAME * len(stems(each))]
    name = shorten(joined(compared) or topic(subject.query), 70)
    open_ones = [
        f"Which mistakes around {name} are the most common, and how do you notice them?",
        f"What should you measure about {name}, and how?",
        f"What can you try out on {name} in an hour?",
    ]
    return [*own, *new, *open_ones]
