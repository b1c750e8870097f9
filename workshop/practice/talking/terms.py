"""What the model knows by name: the words of the course, and the packages that the course installs."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from workshop.practice.reading.text import fold, sentences, stem, stems, word_set, words
from workshop.practice.research import library

TABLE = Path(__file__).parents[1] / "data" / "glossary.toml"
_FRAME = frozenset(
    stem(word)
    for word in word_set(
        "mean means meaning explain describe define definition work works purpose point used use role stand stands exactly "
        "temporal temporal's workflow activity worker agent agents sdk openai python course library package called term word "
        "concept contain contains"
    )
)
"""Words around a term that don't change what is asked: "What is a sticky queue in Temporal for?"."""


class Entry(BaseModel):
    """A term with its other names, and what it means in each language that has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    terms: tuple[str, ...]
    en: str
    fr: str = ""
    es: str = ""


@cache
def _entries() -> tuple[tuple[frozenset[str], int, Entry], ...]:
    """Every name of every entry as its stems, longest names first. Raises ValidationError for a malformed
    table.
    """
    entries = [
        Entry.model_validate(each) for each in tomllib.loads(TABLE.read_text(encoding="utf-8"))["entry"]
    ]
    named = [(_roots(term), len(term), entry) for entry in entries for term in entry.terms]
    return tuple(sorted(named, key=lambda each: (-len(each[0]), -each[1])))


def _roots(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words(text.replace("-", " ")) if len(word) > 1)


def definition(question: str, topic: str, language: str) -> str | None:
    """What the term means that a question is about; None where it is about more than one term, or about
    something else.
    """
    asked = stems(topic.replace("-", " ")) or stems(question)
    told = "en" if language not in ("fr", "es") else language
    for roots, _, entry in _entries():
        meant = getattr(entry, told)
        if meant and roots <= _roots(topic) and asked - roots <= _FRAME:
            return str(meant)
    return None


def package(topic: str) -> str | None:
    """What a package of the course is for, in its own words, where the topic is its name."""
    name = (
        re.sub(r"\b(?:the|package|library|module|python|in|for|used|from|pypi)\b", " ", fold(topic))
        .strip()
        .replace("_", "-")
    )
    found = library.packages().get("-".join(name.split()))
    if found is None:
        return None
    about = [sentence for sentence in sentences(found.text) if len(sentence.split()) > 5][:1]
    return " ".join(
        [f"{found.name} is a Python package. In its own words: {found.summary.rstrip('.')}.", *about]
    )
