"""Quiz questions, from the glossary and the capitals."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from workshop.practice.reading import read
from workshop.practice.reading.text import pick
from workshop.practice.talking import terms
from workshop.practice.talking.facts import FACTS

LISTS = ("options", "choices", "answers")
_WANTED = re.compile(
    r"(?i)\b(?:quiz|multiple[- ]choice|trivia|(?:exam|test) questions?|flash ?cards?|study cards?)\b"
)
_OPTIONS = 4
_ANSWERS = ("correct", "answer", "solution", "correct_answer", "correct_option", "right_answer")


def wanted(rules: str) -> bool:
    """Whether a quiz question is asked for."""
    return bool(_WANTED.search(rules))


def made(topic: str, number: int) -> Mapping[str, Sequence[str]]:
    """A question on the topic, its options and the right one, by the names of the fields that hold them."""
    if known := terms.near(topic):
        name, told = known[number % len(known)]
        others = [read(text).sentences[0] for _, text in terms.near("")]
        card = {"front": [name], "term": [name], "back": [told], "definition": [told]}
        return {**_fields(f"What is meant by “{name}”?", read(told).sentences[0], others, told), **card}
    if not read(topic).fields.keys() & {"#geography", "#travel"}:
        return {}
    country, right = list(FACTS.capitals.items())[number]
    return _fields(f"What is the capital of {country}?", right, list(FACTS.capitals.values()), right)


def _fields(question: str, right: str, pool: Sequence[str], why: str) -> Mapping[str, Sequence[str]]:
    others = [text for text in pool if text != right]
    wrong = [others[(len(question) + 7 * n) % len(others)] for n in range(_OPTIONS - 1)]
    options = sorted({right, *wrong}, key=lambda text: pick((text, text[::-1]), question))
    answers = {name: [right] for name in _ANSWERS}
    return {"question": [question], "explanation": [why], **answers, "option": options, "choice": options}
