"""Words that mean the same to a tool ("storm", "météo" and "alerta" all meet get_weather), and fields of life."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from workshop.practice.reading.tables import Words, load
from workshop.practice.reading.text import STOP_WORDS, WORDS, content_words, fold, stem, words

_ALIKE = 6
"""Words that begin with so many letters alike are of one root: to deduct, a deduction."""
_COMMON = 0.3
"""How much a row of the thesaurus says that is no subject: to want, a place."""
_TELLING = frozenset({"#notify", "#email"})
"""Concepts that need somebody else to be told: "tell me" is not one."""
_SIGNS = load("shown", dict[str, re.Pattern[str]])
"""Concepts of what has no word of its own: ages, arithmetic between two figures."""


def _by_stem(name: str) -> Mapping[str, frozenset[str]]:
    """What each word of a table stands for."""
    index: dict[str, set[str]] = {}
    for meaning, listed in load(name, dict[str, Words]).items():
        for word in listed:
            index.setdefault("_".join(map(stem, word.split("_"))), set()).add(f"#{meaning}")
    return MappingProxyType({root: frozenset(found) for root, found in index.items()})


_CONCEPTS, _FIELDS, _NOUNS, _SENSES = map(_by_stem, ("concepts", "fields", "nouns", "thesaurus"))
_VERBS = frozenset(map(stem, WORDS["verbs"]))
_ACTING = frozenset(map(stem, WORDS["acting"]))
_SHORT = 400
"""Letters of a text whose concepts are kept."""


def concepts(text: str) -> frozenset[str]:
    """What the text is about: concepts for the words that have one, stems for the others."""
    return _kept(text) if len(text) <= _SHORT else _concepts(text)


def _concepts(text: str) -> frozenset[str]:
    found: set[str] = set()
    for word in [*content_words(text), *(w for w in text.casefold().split() if stem(w) in _VERBS)]:
        root = stem(word)
        found |= _CONCEPTS.get(root, frozenset({root}))
    return frozenset(found | {concept for concept, sign in _SIGNS.items() if sign.search(text)})


_kept = lru_cache(maxsize=4096)(_concepts)


def fields(text: str) -> Counter[str]:
    """The fields that a text speaks of, with the number of its words that do."""
    return Counter(field for word in content_words(text) for field in _FIELDS.get(stem(word), ()))


def nouns(word: str) -> frozenset[str]:
    """What kinds of things a word names: a person, food, a room."""
    return _NOUNS.get(stem(word), frozenset())


def senses(text: str) -> dict[str, float]:
    """What a text speaks of: its words, by how they begin, and their rows of the thesaurus, less if several."""
    found = {concept: 1.0 for concept, sign in _SIGNS.items() if sign.search(text)}
    said = [(stem(word), fold(word) in STOP_WORDS) for word in words(text)]
    for n, (root, stopped) in enumerate(said):
        pair, three = ("_".join(each for each, _ in said[n : n + length]) for length in (2, 3))
        if not stopped:
            common = bool(_SENSES.get(root)) and not any(map(tells, _SENSES[root]))
            found[root[:_ALIKE]] = found.get(root[:_ALIKE], 0.0) + (_COMMON if common else 1.0)
        for key in ("" if stopped else root, pair, three):
            for row in (rows := _SENSES.get(key, ())):
                found[row] = found.get(row, 0.0) + (1.0 if tells(row) else _COMMON) / len(rows)
    return found


def tells(sense: str) -> bool:
    """Whether a sense is a row of the thesaurus that says what a text is about."""
    return sense[0] == "#" and sense[1] != "_"


def notifies(tool: str) -> bool:
    """Whether the words of a tool's name say that somebody else is told something: "email_guest", and not "guest_email"."""
    verb = "".join(words(tool)[:1])
    telling = _TELLING & concepts(tool if acts(tool) else verb)
    return bool(telling) and not _tells_of_thing(tool)


def acts(tool_name: str) -> bool:
    """Whether the tool's name says that it changes something, rather than reads."""
    first, *rest = map(fold, words(tool_name) or [""])
    sums = first == "add" and set(rest) <= {"two", "numbers", "integers", "up"}
    return stem(first) in _ACTING and not sums and not _tells_of_thing(tool_name)


def _tells_of_thing(tool_name: str) -> bool:
    """Whether a tool's name says what it tells of a thing: "order_info", "mail_of"."""
    return is_thing(tool_name) or "".join(words(tool_name)[1:][-1:]) in WORDS["told_of_things"]


def is_thing(text: str) -> bool:
    """Whether a text begins with a thing that a verb is called like, and what is told of it: "water level"."""
    first, told = (*map(fold, words(text)[:2]), "", "")[:2]
    return first in WORDS["named_like_verbs"] and told in WORDS["told_of_those"]
