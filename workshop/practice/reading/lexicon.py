"""Words that mean the same to a tool: "storm", "météo" and "alerta" all meet a tool called get_weather."""

# ruff: noqa: RUF001  # texts as people write them, with the punctuation of their language

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from workshop.practice.reading.text import content_words, stem, word_set

TABLE = Path(__file__).parents[1] / "data" / "concepts.toml"
PERSONAL = frozenset({"notify", "email"})
"""Concepts that need somebody else to be told: "tell me" is not one."""


@cache
def _index() -> dict[str, frozenset[str]]:
    index: dict[str, set[str]] = {}
    for concept, listed in tomllib.loads(TABLE.read_text(encoding="utf-8")).items():
        for word in listed.split():
            index.setdefault(stem(word), set()).add(f"#{concept}")
    return {root: frozenset(found) for root, found in index.items()}


def concepts(text: str) -> set[str]:
    """What the text is about: concepts for the words that have one, stems for the others."""
    index = _index()
    found: set[str] = set()
    for word in [*content_words(text), *(w for w in text.casefold().split() if stem(w) in _VERBS)]:
        root = stem(word)
        found |= index.get(root, frozenset({root}))
    for sign, concept in _SIGNS.items():
        if re.search(rf"\d\s*{sign}\s*\d", text):
            found.add(concept)
    return found


_SIGNS = {r"\+": "#add", r"[*×x]": "#multiply", r"[-−]": "#subtract", r"[/÷]": "#divide"}
"""Arithmetic between two figures."""


_VERBS = frozenset(stem(v) for v in ("tell", "let", "dile", "diles"))
"""Stop words elsewhere, verbs that a tool may answer here."""

_ACTING = frozenset(
    stem(v)
    for v in word_set(
        "post send create notify book add delete remove update write save publish order cancel refund set submit email "
        "call schedule reserve pay buy register assign close open approve store remember announce message file"
    )
)


def acts(tool_name: str) -> bool:
    """Whether the tool's name says that it changes something, rather than reads."""
    first, *rest = tool_name.replace("-", "_").split("_")
    sums = first == "add" and set(rest) <= {"two", "numbers", "integers", "up"}
    return stem(first) in _ACTING and not sums
