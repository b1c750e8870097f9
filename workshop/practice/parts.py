"""A message cut into the parts that may each be for a tool of its own, each with what it does."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Set
from functools import cached_property

from workshop.practice.filling.clauses import Clauses, parsed
from workshop.practice.filling.sentence import GRAMMAR, ORDERS, Token, all_roots, root
from workshop.practice.reading.lexicon import concepts
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import STOP_WORDS, fold, words

_P = PATTERNS["parts"]
_LITTLE = frozenset(map(root, GRAMMAR["little"]))
_SIGNED = {"wishes": _P["wishes"], "greets": _P["greets"], "points": _P["points"], "again": _P["again"]}
_ASKS = ("who", "when", "where", "how many", "how much", "how long", "how", "which", "what", "why")
_ASKING = frozenset({"who", "whose", "when", "where", "how", "which", "why", "what"})
_JOINTS = frozenset({"and", "then", "but", "also"})
_POLITE = _JOINTS | {"please", "just"}
_ENDS = frozenset(".!?;\n-—")
_FEW = 3


def roots_of(text: str) -> frozenset[str]:
    """The roots of a text's words, little ones left out."""
    return frozenset(root(word) for word in words(text) if fold(word) not in STOP_WORDS) - _LITTLE


class Part:
    """A part of a message, read."""

    def __init__(self, text: str, start: int = 0) -> None:
        self.text, self.start, self.end = text, start, start + len(text)

    @cached_property
    def roots(self) -> frozenset[str]:
        return roots_of(self.text)

    @cached_property
    def all_roots(self) -> frozenset[str]:
        return all_roots(self.text)

    @cached_property
    def concepts(self) -> frozenset[str]:
        """What its words mean, the words themselves left out."""
        return concepts(self.text) - self.roots

    @cached_property
    def acts(self) -> tuple[str, ...]:
        """What it does: it asks, orders, wishes, tells what happened, greets, points back."""
        return tuple(self._acts())

    @cached_property
    def asks(self) -> str:
        """The word that it asks with; empty where it asks nothing."""
        plain, first = fold(self.text), self._first
        if "?" not in self.text and not (first and first.kind == "asks"):
            return ""
        return next((word for word in _ASKS if re.search(rf"\b{word}\b", plain)), "yes or no")

    @property
    def only_asks(self) -> bool:
        """Whether it wants to know something, and nothing done."""
        return bool(self.asks) and not {"wishes", "orders"} & {*self.acts}

    @cached_property
    def _first(self) -> Token | None:
        return next((token for token in parsed(self.text).tokens if token.kind != "adverb"), None)

    def _acts(self) -> Iterator[str]:
        first = self._first
        if self.asks:
            yield "asks"
            yield f"asks:{self.asks}"
        if first and first.kind != "asks" and (first.kind == "verb" or root(first.text) in ORDERS):
            yield "orders"
        if "?" not in self.text and _P["past"].search(self.text):
            yield "past"
        yield from (act for act, pattern in _SIGNED.items() if pattern.search(self.text))
        if len(words(self.text)) <= _FEW:
            yield "short"


def parts_of(text: str, things: Set[str] = frozenset()) -> list[Part]:
    """The parts of a message that may each be for a tool of its own. `things`: roots of what one tool alone is for."""
    sentence = parsed(text)
    inner = (n for n in range(1, len(sentence.tokens)) if _opens(n, sentence) or _adds(n, sentence, things))
    cuts = [0, *(sentence.tokens[n].start for n in inner), len(text)]
    found = [Part(text[start:end].rstrip(), start) for start, end in itertools.pairwise(cuts)]
    return [part for part in found if words(part.text)] or [Part(text)]


def _adds(n: int, sentence: Clauses, things: Set[str]) -> bool:
    """Whether a thing for another tool is added, without its verb: "Book a table and a taxi to it"."""
    added = sentence.tokens[n : n + 3]
    if len(added) < 3 or added[0].plain != "and" or added[1].plain not in ("a", "an"):
        return False
    return not added[2].gap and root(added[2].text) in things


def _opens(n: int, sentence: Clauses) -> bool:
    """Whether a part begins with a word: a sentence, or a clause with a verb of its own."""
    tokens = sentence.tokens
    if tokens[n].gap in _ENDS:
        return True
    if not (tokens[n].gap == "," or tokens[n].plain in _JOINTS) or tokens[n - 1].plain in _JOINTS:
        return False
    joined = tokens[n].plain in _JOINTS
    while n + 1 < len(tokens) and tokens[n].plain in _POLITE:
        n += 1
    head, behind = tokens[n], tokens[n + 1] if n + 1 < len(tokens) else None
    if joined and behind and (behind if head.kind == "preposition" else head).plain in _ASKING:
        return True
    if head.kind in ("asks", "auxiliary", "verb"):
        return True
    if behind is None or behind.gap:
        return False
    if head.plain in _ASKS and behind.kind == "auxiliary":
        return True  # "and when does it close?"
    if head.kind == "pronoun":
        return behind.kind in ("verb", "auxiliary", "", "adverb")
    return root(head.text) in ORDERS and behind.kind in ("determiner", "pronoun", "", "preposition")
