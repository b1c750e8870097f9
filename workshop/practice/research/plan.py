"""A plan of searches for a query, and the questions back before it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workshop.practice.reading import read
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import joined, shorten
from workshop.practice.research.brief import Brief
from workshop.practice.research.domains import angles, what_is_missing

_P = PATTERNS["plan"]


@dataclass(frozen=True)
class Planned:
    """One search of a plan."""

    query: str
    reason: str = ""


def clarifying_questions(query: str, limit: int = 3) -> list[str]:
    """Two or three questions that name what is missing in the query; for a specific one, what would sharpen
    it still.
    """
    about = f"the report on “{shorten(read(query).title, 60)}”"
    return [
        *(
            [gap.question for gap in what_is_missing(query)]
            or [
                f"Which decision should {about} help with?",
                f"Who will read {about}, and how much do they know already?",
                f"Which sources or products should {about} leave out?",
            ]
        )
    ][:limit]


def plan(subject: Brief, count: int) -> list[Planned]:
    """Distinct searches for the query, each with its reason; what the human answered comes first."""
    topic, compared, parts = short_topic(subject), sides(subject.query), _parts(subject.query)
    made = [
        Planned(
            f"{topic} {' '.join(read(wish).content_words[:7])}",
            f"You answered “{shorten(wish, 80)}”, so the report must fit that.",
        )
        for wish in subject.wishes
    ]
    made += [Planned(part, "The query asks this as a part of its own.") for part in parts]
    made += [Planned(side, f"“{side}” is one of the things that the query names.") for side in compared]
    if compared:
        both = f"The query sets {joined(compared)} side by side."
        made.append(Planned(f"{' versus '.join(compared)} trade-offs", both))
    if not parts:
        made.append(Planned(topic, "The query in its own words comes before its parts."))
    named = f"“{shorten(subject.title, 60)}”"
    made += [
        Planned(f"{topic} {angle.words}", angle.reason.format(topic=named)) for angle in angles(subject.query)
    ]
    distinct: dict[str, Planned] = {}
    for planned in made:
        distinct.setdefault(" ".join(sorted(read(planned.query).stems)) or planned.query, planned)
    return list(distinct.values())[:count]


def short_topic(subject: Brief) -> str:
    """The topic in at most eight telling words, as one would type it into a search."""
    told = (
        subject.topic if len(subject.topic.split()) <= 8 else " ".join(read(subject.topic).content_words[:7])
    )
    return shorten(told, 90).rstrip("…")


def _parts(query: str) -> list[str]:
    """The questions that a query is made of, where there are several."""
    split = re.split(
        r"[?;]\s+|,?\s+and (?=(?:what|how|why|which|when|who|where)\b)",
        query.strip(" ?."),
        flags=re.IGNORECASE,
    )
    told = [" ".join(read(read(part).topic).content_words[:8]) for part in split]
    return [part for part in told if part] if len(told) > 1 else []


def sides(query: str) -> list[str]:
    """The two things that a comparison sets side by side; empty where there is no comparison."""
    match = _P["compared"].search(query) or _P["differs"].search(query) or _P["against"].search(query)
    return [side.strip() for side in match.groups()] if match else []
