"""The instructions, read once: each sentence is a case, a step before another, an order, a role or a fact."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from workshop.practice.reading import read
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, capital, stem, stems

_P = PATTERNS["instructions"]
_MOST_OF, _SHORT = 0.6, 4
"""The share of a case's words that a message must have; letters of a word that may begin another."""
_ANYBODY = frozenset(map(stem, WORDS["anybody"]))


@dataclass(frozen=True)
class Sentence:
    """A sentence and what it is."""

    text: str
    kind: Literal["case", "step", "order", "role", "fact"]
    when: str = ""
    """Of a case: what a message tells or asks. Of a step: what waits for it, empty where everything does."""
    then: str = ""
    """Of a case: what is then said or done. Of a step: what comes first."""


@lru_cache(maxsize=64)
def sentences(instructions: str) -> tuple[Sentence, ...]:
    """The sentences of the instructions; one that is a step may be an order too."""
    found = []
    for each in read(_P["goes_on"].sub("; ", instructions)).sentences:
        text = each.lstrip("-*• ")
        case = next((match for match in (shape.match(text) for shape in _CASES) if match), None)
        step = None if case else next(filter(None, (shape.search(text) for shape in _STEPS)), None)
        if step:
            parts = step.groupdict()
            state = "see if " if step.re in _STATES else ""
            found.append(Sentence(text, "step", _part(parts, "then"), state + _part(parts, "first")))
        if case:
            found.append(Sentence(text, "case", case["when"].strip(), case["then"].strip()))
        if _P["right"].match(text) or not (step or case or _P["order"].match(text)):
            found.append(Sentence(text, "role" if _P["role"].match(text) else "fact"))
        elif not case:
            found.append(Sentence(text, "order"))
    return tuple(found)


_STATES = (_P["not_when"], _P["only_when"])
_STEPS = (
    _P["before_you"],
    _P["not_before"],
    _P["not_without"],
    _P["first_then"],
    _P["before_that"],
    _P["checked_first"],
    *_STATES,
    _P["first"],
)
SPEECH = _P["speech"]
"""An order to say something."""
_CASES = (_P["case"], _P["case_behind"], _P["taboo"], _P["beyond_it"])


def _part(parts: Mapping[str, str | None], name: str) -> str:
    return (parts.get(name) or "").strip()


def of_kind(instructions: str, *kinds: str) -> list[Sentence]:
    """The sentences of these kinds."""
    return [each for each in sentences(instructions) if each.kind in kinds]


def is_met(when: str, asked: Set[str]) -> bool:
    """Whether a text has most words of each part of a case."""
    parts = [part for each in _P["parts"].split(when) if (part := stems(each) - _ANYBODY)]
    met = [sum(_has(root, asked) for root in part) >= _MOST_OF * len(part) for part in parts]
    return bool(met) and all(met)


def _has(root: str, asked: Set[str]) -> bool:
    """Whether a text has a root, also as the beginning of a word: to smell, smelly."""
    return any(root == a or (len(root) > _SHORT and a.startswith(root)) for a in asked)


def spoken(order: str) -> str | None:
    """Orders to speak as what is then said: "tell them to leave" is "Please leave."; None where there is none."""
    if quoted := _P["quoted"].search(order):
        return str(quoted["text"])
    parts = [part.strip(" .") for part in _P["speech_end"].split(order)]
    said = [text for part in parts if (text := _one_spoken(part))]
    return " ".join(said) if said else None


def _one_spoken(part: str) -> str | None:
    match = SPEECH.match(part)
    if not match:
        return None
    what = _P["and_to"].sub(r"\1", match["what"] or "").strip(" ,")
    for pattern, own in (("their", "your"), ("them|they|him|her", "you")):
        what = re.sub(rf"\b(?:{pattern})\b", own, what)
    what = _P["of_itself"].sub("I ", what) if match["say"] else what
    form = next(form for name, form in _FORMS.items() if match[name])
    if _P["says_nothing"].match(what) and not (match["thank"] or match["sorry"]):
        return None
    text = form.format(what=what).strip()
    return f"{capital(text)}{'' if text.endswith(('!', '?', '.')) else '.'}"


_FORMS: Mapping[str, str] = {
    "to": "please {what}",
    "should": "please {what}",
    "refer": "please ask {what}",
    "say": "{what}",
    "thank": "thank you {what}",
    "sorry": "I'm sorry {what}",
    "promise": "I promise you {what}",
    "give": "here is {what}",
}
