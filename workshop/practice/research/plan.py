"""A plan of searches for a query, and the questions back before it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workshop.practice.reading import read
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import capital, joined, shorten, uncapital
from workshop.practice.research import sources, subjects
from workshop.practice.research.brief import Brief
from workshop.practice.research.domains import angles, what_is_missing
from workshop.practice.research.questions import heading, key, keywords, questions, stopping, title
from workshop.practice.research.questions import topic as called

_SHORT = 6
_ALL = 20
_P = PATTERNS["plan"]


@dataclass(frozen=True)
class Planned:
    """One search of a plan, with the heading that its findings get in the report."""

    query: str
    reason: str = ""
    heading: str = ""
    wish: str = ""
    """The answer of the human that it looks for."""


def clarifying_questions(query: str) -> list[str]:
    """Two or three questions on what is missing in the query; for a specific one, on what would sharpen it."""
    about = f"the report on “{shorten(title(query), 60)}”"
    return [*what_is_missing(query).values()] or [
        f"Which decision should {about} help with?",
        f"Who will read {about}, and how much do they know already?",
        f"Which sources or products should {about} leave out?",
    ]


def plan(about: Brief, count: int) -> list[Planned]:
    """Distinct searches for the query, each with its reason; what the human answered comes first."""
    topic, compared = short_topic(about), sides(about.query)
    made = []
    for wish in about.wishes:
        why = f"You answered “{shorten(wish, 80)}”, so the report must fit that."
        told = f"{topic} {' '.join(read(wish).content_words[:7])}"
        made.append(Planned(told, why, capital(shorten(wish, 60)), wish))
    if about.theme != about.query:
        made.append(Planned(keywords(about.theme), "The question before this one says what it is about."))
    made += parts(about.query)
    if compared:
        both = f"The query sets {joined(compared)} side by side."
        made.append(Planned(f"{' versus '.join(compared)} trade-offs", both))
    if len(questions(about.query)) == 1:
        searched = topic if topic == about.topic else keywords(about.query)
        made.append(Planned(searched, "The query in its own words comes before its parts."))
    name = shorten(called(about.query), 60)
    named = "this" if name.endswith(("?", "…")) else f"“{name}”"
    for n, each in enumerate(angles(about.query)):
        lead = called(about.query) if n and subjects.named(about.query) else topic
        made.append(Planned(f"{lead} {each.words}", each.reason.format(topic=named)))
    distinct: dict[str, Planned] = {}
    for planned in made:
        distinct.setdefault(" ".join(sorted(read(planned.query).stems)) or planned.query, planned)
    return list(distinct.values())[:count]


def added(about: Brief) -> list[Planned]:
    """The searches that were made and not planned here: a person put them into the plan."""
    own = {each.query for each in plan(about, _ALL)} if about.terms else set()
    return [Planned(term, "Added by hand.", capital(term)) for term in about.terms if term not in own]


def parts(query: str) -> list[Planned]:
    """A search for each question of a query that has several, and for each side of a comparison."""
    return questions_of(query) + [
        Planned(stopping(side), f"“{side}” is one of the things that the query names.", capital(side))
        for side in sides(query)
    ]


def questions_of(query: str) -> list[Planned]:
    """A search for each question of a query that has several."""
    asked, why = questions(query), "The query asks this as a part of its own."
    own = [(n, question) for n, question in enumerate(asked) if len(asked) > 1 and not _sides(question)]
    return [Planned(keywords(query, n), why, heading(question)) for n, question in own]


def short_topic(about: Brief) -> str:
    """The topic in a few telling words, as one would type it into a search."""
    if len(questions(about.query)) == 1 and len(about.topic.split()) <= _SHORT:
        return about.topic
    return key(about.query) or shorten(about.topic, 90).rstrip("…")


def sides(query: str) -> list[str]:
    """The two things that a comparison sets side by side; empty where there is no comparison."""
    return next((found for question in questions(query) if (found := _sides(question))), _sides(query))


def _sides(question: str) -> list[str]:
    ways = (_P["differs"], _P["compared"], _P["either"], _P["against"])
    match = next((found for way in ways if (found := way.search(question))), None)
    named = [each for side in match.groups() if side for each in side.split(", ")] if match else []
    if any(_P["same"].search(side) for side in named):
        return []  # "a long cache or a short one" is about one thing
    bare = (re.sub(r"^(?:to (?:use )?|using )(?!it\b)", "", side.strip()) for side in named)
    return [_uncapital(side, question) for side in bare]


def _uncapital(side: str, question: str) -> str:
    """A side of a comparison as it is inside of a sentence: "durable execution", but "Temporal"."""
    begins = question.startswith(side) and side.split()[0].casefold() in sources.everyday_words()
    return uncapital(side) if begins else side
