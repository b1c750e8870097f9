"""Whether a text speaks of what a word means: by the word, by one of its family, by one that means the same."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from workshop.practice.reading import read
from workshop.practice.reading.tables import Words, load
from workshop.practice.reading.text import all_stems, fold, stem, words

NEAR, FAR = 0.8, 0.4
"""What a word of a family counts for the family's name, and one of the same concept."""


@lru_cache(maxsize=4096)
def kin(first: str, second: str) -> bool:
    """Whether two stems are of one family: "block" and "blocker"; "nächste" and "naechste"."""
    short, long = sorted((re.sub("(?<=[aou])e", "", each) for each in (first, second)), key=len)
    return short == long or (len(short) >= 4 and long.startswith(short) and len(long) - len(short) <= 3)


@lru_cache(maxsize=1)
def _families() -> Mapping[str, frozenset[str]]:
    """The words of each family, by the words that name it."""
    found: dict[str, set[str]] = {}
    for name, listed in load("families", dict[str, Words]).items():
        heads = [stem(word) for word in re.split("[_ ]", name)]
        for head in heads:
            found.setdefault(head, set()).update(heads, map(stem, listed))
    return {head: frozenset(listed) for head, listed in found.items()}


@lru_cache(maxsize=4096)
def met(word: str, text: str) -> float:
    """How surely a text has the stem of a word, or one that means much the same."""
    said = all_stems(text)
    if any(kin(word, each) for each in said) or (len(word) > 5 and word in fold(text).replace(" ", "")):
        return 1.0
    if said & _families().get(word, frozenset()):
        return NEAR
    return FAR * bool(read(word).concepts & read(text).concepts)


@lru_cache(maxsize=8192)
def is_a(word: str, name: str) -> bool:
    """Whether a word is of the family of one of a field's words: a rabbit is an animal."""
    root = stem(word)
    return any(root in _families().get(stem(each), ()) for each in words(name))


def nearest(options: Sequence[str], text: str) -> str | None:
    """The only option that the text speaks of."""
    scores = {option: max((met(stem(w), text) for w in words(option)), default=0.0) for option in options}
    best = [option for option, score in scores.items() if score >= NEAR and score == max(scores.values())]
    return best[0] if len(best) == 1 else None
