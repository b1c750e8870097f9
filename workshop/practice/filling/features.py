"""What a text may be asked to have: a price, a greeting, a question, or what is said in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from workshop.practice.reading import Reading, read
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import all_stems, fold, stem, words
from workshop.practice.research import judge

_P = PATTERNS["criteria"]
_KINDS: dict[str, Callable[[Reading], object]] = {
    "price cost amount salary budget": lambda told: any(each.unit == "money" for each in told.quantities),
    "number figure digit": lambda told: re.search(r"\d", told.text),
    "date day": lambda told: told.dates or told.days,
    "place city town location": lambda told: told.locations,
    "time": lambda told: told.times,
    "name person": lambda told: told.names,
    "mail email": lambda told: told.shaped("email"),
    "phone": lambda told: told.shaped("phone"),
    "link url address": lambda told: told.shaped("url") or told.addresses,
    "greeting salutation": lambda told: _P["greeting"].match(told.text),
    "closing farewell goodbye signature": lambda told: _P["closing"].search(told.text[-80:]),
    "thanks thank": lambda told: re.search(r"\bthank", told.plain),
    "apology": lambda told: re.search(r"\bsorry\b|\bapolog", told.plain),
    "password pin passcode secret credential": lambda told: _P["secret"].search(told.text),
    "question": lambda told: "?" in told.text,
    "exclamation": lambda told: "!" in told.text,
    "capitals uppercase caps": lambda told: told.text.isupper(),
    "emoji": lambda told: re.search("[\u2600-\u27bf\U0001f300-\U0001faff]", told.text),
    "insult swear rude": lambda told: judge.shows("rude", told.text),
    "politeness polite courteous friendly": lambda told: not judge.shows("rude", told.text),
}
"""What a text may have that is told by its shape, by the words for it."""
_HOLDERS = {stem(word): shows for names, shows in _KINDS.items() for word in names.split()}


def shape_of(what: str) -> Callable[[Reading], object] | None:
    """What tells a feature by its shape; None where only words can."""
    return next((_HOLDERS[root] for word in words(what) if (root := stem(word)) in _HOLDERS), None)


def has_it(
    what: str, told: Reading, fields: Mapping[str, Any] | None = None, *, quoted: bool = False
) -> bool:
    """Whether a text has what is asked of it. `fields`: what it says for the fields of a record; `quoted`: word for word."""
    if quoted:
        return bool(re.search(rf"(?<!\w){re.escape(fold(what))}(?!\w)", told.plain))
    said = all_stems(what)
    for name, value in (fields or {}).items():
        if all_stems(name) <= said:
            return value not in (None, "not stated", "", [], 0, False)
    if shape := shape_of(what):
        return bool(shape(told))
    return all(speaks_of(word, told) for word in read(what).content_words)


def speaks_of(word: str, told: Reading) -> bool:
    """Whether a text has a word, or one for the same concept."""
    return bool(stem(word) in told.stems or read(word).concepts & told.concepts)
