"""The fields of a structured answer: their names, their neighbours, and how many items the rules ask for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from workshop.practice.reading import entities
from workshop.practice.reading.text import stem, words

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    """Where in the answer a value stands."""

    name: str
    description: str
    owner: str = ""
    """Name of the list or object around it."""
    index: int | None = None
    """Position in the nearest list around it."""
    booleans: tuple[str, ...] = ()
    """Names of the yes-or-no fields beside it."""
    beside: Mapping[str, Any] = field(default_factory=dict)
    """Values already made in the same object."""
    path: str = ""

    def child(self, name: str, booleans: tuple[str, ...], beside: Mapping[str, Any]) -> Field:
        return Field(name, "", self.name, self.index, booleans, dict(beside), f"{self.path}.{name}")

    def item(self, index: int) -> Field:
        return replace(self, index=index, path=f"{self.path}[{index}]")

    def described(self, schema: Schema) -> Field:
        told = f"{schema.get('description', '')}".strip()
        return replace(self, description=told or self.description)

    @property
    def words(self) -> set[str]:
        """Stems of the field's own name."""
        return {stem(word) for word in words(self.name)}

    def named(self, *wanted: str) -> bool:
        return bool(self.words & {stem(word) for word in wanted})


def plans(place: Field) -> bool:
    return place.named(
        "searches",
        "search",
        "plan",
        "steps",
        "tasks",
        "queries",
        "terms",
        "subtasks",
        "subquestions",
        "keywords",
    )


def says_whether(place: Field) -> bool:
    """Whether the list is about questions that may be needed or not."""
    return bool(
        place.words & {"clarif", "clarification", "clarifying", "question"}
        or re.search(r"\bif\b", place.description)
    )


_RANGE = re.compile(r"\b(\d+)\s*(?:-|\u2013|to|and|or)\s*(\d+)\b")


def asked_for(place: Field, rules: str) -> tuple[int, int] | None:
    """A number of items that the rules state: "between 5 and 20 terms", "3 questions"."""
    roots = (
        {stem(w) for w in words(place.name)}
        | {"item"}
        | ({"search", "term", "query"} if plans(place) else set())
    )
    for sentence in re.split(r"[.\n]", rules):
        if not roots & {stem(w) for w in words(sentence)}:
            continue
        ranged = _RANGE.search(sentence)
        if ranged and int(ranged.group(1)) <= int(ranged.group(2)) <= 50:
            return int(ranged.group(1)), int(ranged.group(2))
        single = next(iter(entities.numbers(sentence)), None)
        if single and float(single.value).is_integer() and 0 < float(single.value) <= 30:
            return int(float(single.value)), int(float(single.value))
    return None
