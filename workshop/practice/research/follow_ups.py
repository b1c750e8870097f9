"""The questions that a report leaves: about what was answered or compared, and what the library says beside it."""

from __future__ import annotations

from itertools import zip_longest

from workshop.practice.reading.tables import load
from workshop.practice.reading.text import joined, shorten, stems
from workshop.practice.research import library
from workshop.practice.research.brief import Brief
from workshop.practice.research.plan import sides
from workshop.practice.research.questions import topic

QUESTIONS = load("follow_ups", dict[str, tuple[str, ...]])
_SAME = 0.7
"""A question of whose words so many are in the query asks for the same."""
EXAMPLE = "What does prompt caching save?"
ANSWERED = (
    "How do durable agents survive crashes?",
    "How do retries and idempotency belong together?",
    "How does a workflow wait for a person?",
)
"""Questions that the library answers, for those whose question it does not."""


def follow_up_questions(subject: Brief) -> list[str]:
    """Questions to go on with: one on an answer, one on a comparison, then those that the library answers on the same
    subjects, in turn.
    """
    compared = sides(subject.query)
    own = [f"What would change if “{shorten(wish, 60)}” no longer held?" for wish in subject.wishes[:1]]
    if compared:
        own.append(f"In which case is {compared[0]} the wrong choice, and {compared[1]} the right one?")
    about = [QUESTIONS[heading] for heading in library.subjects(subject.theme)]
    asked = [question for each in zip_longest(*about) for question in each if question]
    new = [question for question in asked if not _is_asked(question, subject.query)]
    name = shorten(joined(compared) or topic(subject.query), 70)
    open_ones = [
        f"Which mistakes around {name} are the most common, and how do you notice them?",
        f"What should you measure about {name}, and how?",
        f"What can you try out on {name} in an hour?",
    ]
    return [*own, *new, *open_ones]


def _is_asked(question: str, query: str) -> bool:
    """Whether a query asks for nearly all of a question."""
    wanted = stems(question)
    return len(wanted & stems(query)) > _SAME * len(wanted)
