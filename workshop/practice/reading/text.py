"""Words, stems and sentences: what every skill needs to read a text."""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import filterfalse

from workshop.practice.reading.tables import PATTERNS, Words, load

_P = PATTERNS["text"]
_ALIKE, _SHORT = 6, 4
"""Letters with which words of one root begin alike, and of a word that is the beginning of another."""
_NEAR = 48
"""Letters before or behind a thing that rules look at: the whole text would make long ones slow."""
WORDS = load("words", dict[str, Words])
"""Lists of words that the rules look at."""
STOP_WORDS = WORDS["stop"]
IRREGULAR = {form: base for base, forms in load("irregular", dict[str, Words]).items() for form in forms}
"""Forms of words that no ending tells, with the words that they are forms of."""


def word_set(listed: str) -> frozenset[str]:
    """The words of a list that is written as a text."""
    return frozenset(listed.split())


def fold(text: str) -> str:
    """The text in lower case and without accents, for comparing."""
    if text.isascii():
        return text.casefold()
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return "".join(filterfalse(unicodedata.combining, decomposed)).casefold()


def before(text: str, end: int) -> str:
    """What is right before a place in a text: as much as a rule looks at."""
    return text[max(0, end - _NEAR) : end]


def behind(text: str, start: int) -> str:
    """What is right behind a place in a text."""
    return text[start : start + _NEAR]


def words(text: str) -> list[str]:
    """The words of a text as written; `snake_case` and `camelCase` names come apart."""
    return _P["word"].findall(_P["camel"].sub(" ", text))


def in_words(name: str) -> str:
    """A name in words: "get weather" for get_weather."""
    return " ".join(words(name))


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A word's root, roughly: enough for "alerts" to meet "alert" and "posting" to meet "post"."""
    root = fold(word).removesuffix("'s")
    root = _P["ending"].sub(lambda match: "y" if match["y"] else "", IRREGULAR.get(root, root), count=1)
    return _P["mute"].sub("", _P["doubled"].sub(r"\1", root))


def of_one_root(first: str, second: str) -> bool:
    """Whether stems begin alike, or one with all of the other: an overdraft, to overdraw; a swimmer, to swim."""
    short, long = sorted((first, second), key=len)
    begun = first[:_ALIKE] == second[:_ALIKE] and len(short) >= _ALIKE
    return begun or long == f"{short}e" or (len(short) >= _SHORT and long.startswith(short))


def content_words(text: str) -> list[str]:
    """The words that carry the meaning, in order, without repetition."""
    kept: dict[str, str] = {}
    for word in words(text):
        if fold(word) not in STOP_WORDS and (len(word) > 1 or word.isdigit()):
            kept.setdefault(stem(word), word)
    return list(kept.values())


def stems(text: str) -> set[str]:
    """The stems of the content words."""
    return {stem(word) for word in content_words(text)}


def all_stems(text: str) -> frozenset[str]:
    """The stems of all words, little ones too."""
    return frozenset(map(stem, words(text)))


def overlap(first: str, second: str) -> float:
    """How much of the shorter text's content stands in the other, 0 to 1."""
    left, right = stems(first), stems(second)
    if not left or not right:
        return 0.0
    return len(left & right) / min(len(left), len(right))


def sentences(text: str) -> list[str]:
    """The sentences of a prose text; headings and list marks end a sentence too."""
    flat = (" ".join(block.split()) for block in _P["block_end"].split(text))
    parts = (part.strip() for block in flat for part in _P["sentence_end"].split(block))
    return [part for part in parts if part]


def syllables(text: str) -> int:
    """An estimate of the number of syllables, for verse."""
    counts = (len(_P["syllable"].findall(w)) - bool(_P["silent"].search(w)) for w in words(text))
    return sum(max(count, 1) for count in counts)


def pick(options: Sequence[str], key: str) -> str:
    """One of the options, always the same for the same key: variety without chance."""
    return options[zlib.crc32(key.encode()) % len(options)]


def joined(parts: Iterable[str], conjunction: str = "and") -> str:
    """ "a, b and c"."""
    listed = list(parts)
    if len(listed) < 2:
        return "".join(listed)
    return f"{', '.join(listed[:-1])} {conjunction} {listed[-1]}"


def capital(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def uncapital(text: str) -> str:
    """The text with a small letter at its beginning."""
    return text[:1].lower() + text[1:]


def shorten(text: str, limit: int) -> str:
    """The text on one line, cut at a word within `limit` characters."""
    flat = " ".join(text.split())
    if len(flat) <= limit:
        return flat
    return flat[: limit - 1].rsplit(" ", 1)[0].rstrip(",;:. ") + "…"


def without_quotes(text: str) -> str:
    """The text with its quoted parts left out."""
    return _P["quoted"].sub(" ", text)
