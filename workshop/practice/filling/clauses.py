"""What a text says at length: clauses for a message, a reason, a problem."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from functools import lru_cache

from workshop.practice.filling.sentence import GRAMMAR, ORDERS, root
from workshop.practice.filling.spans import MOST, Span, Spans
from workshop.practice.reading.shapes import Found
from workshop.practice.reading.tables import holding
from workshop.practice.reading.text import word_set

_LEADS = GRAMMAR["leads_clause"]
_BEFORE = word_set("preposition determiner adverb conjunction")
"""What no clause ends with."""


class Clauses(Spans):
    """A text with its spans and its clauses. Make one with `parsed`."""

    def clauses(self, taken: Sequence[Found], labels: Set[str], *, deeds: bool) -> list[Span]:
        """What a text may say at length, for a message or a reason: to the end of a clause, of a sentence, of all;
        or up to what is taken. `labels`: stems of words behind which it may begin; `deeds`: also behind who does it.
        """
        held = {n for n, t in enumerate(self.tokens) for f in taken if f.start < t.end and t.start < f.end}
        found: dict[tuple[int, int], Span] = {}
        for first, lead in self._leads(labels, deeds=deeds):
            for last, end in self._ends(first, held):
                if (first, last) not in found and len(found) < MOST:
                    found[first, last] = self._clause(first, last, lead, end, held)
        return list(found.values())

    def _leads(self, labels: Set[str], *, deeds: bool) -> Iterator[tuple[int, str]]:
        for n, token in enumerate(self.tokens):
            before = self.tokens[n - 1] if n and not token.gap else None
            if token.gap and token.gap not in "()":
                yield n, token.gap
            elif before and before.plain in _LEADS:
                bare = n + 1 if token.kind == "determiner" and before.kind == "preposition" else n
                if bare < len(self.tokens):
                    yield bare, before.plain
            elif before and before.kind == "verb" and self.starts(n - 1):
                yield n, "order"
            elif deeds and before and before.text[0].isupper() and self.verbish(n):
                yield n, "verb"
            elif deeds and before and before.kind == "auxiliary" and self.tokens[n - 2].text[0].isupper():
                yield n, "auxiliary"
            elif before and root(before.text) in labels:
                yield n, "label"

    def _ends(self, first: int, held: set[int]) -> Iterator[tuple[int, str]]:
        named: set[str] = set()
        for n in range(first, len(self.tokens)):
            behind = self.tokens[n + 1] if n + 1 < len(self.tokens) else None
            kind = "end"
            if behind:
                kind = "clause" if behind.gap in (",", ";", ":") else "sentence" if behind.gap else ""
            if n + 1 in held and n not in held and "held" not in named:
                last = n
                while last > first and self.tokens[last].kind in _BEFORE:
                    last -= 1
                named.add("held")
                yield last, "held"
            if kind and kind not in named:
                named.add(kind)
                yield n, kind

    def _clause(self, first: int, last: int, lead: str, end: str, held: set[int]) -> Span:
        tokens = self.tokens[first : last + 1]
        signs = ["long", f"lead:{lead}", f"to:{end}", f"begin:{tokens[0].kind or self.look(first)}"]
        sizes = ((1, "1"), (2, "2"), (5, "5"), (12, "12"))
        signs.append(f"words:{next((name for most, name in sizes if len(tokens) <= most), 'more')}")
        verbs = (t.kind in ("auxiliary", "verb") or self.verbish(n) for n, t in enumerate(tokens, first))
        begun, ended = tokens[0].start, tokens[-1].end
        told = {
            "has:verb": any(verbs),
            "has:held": held.intersection(range(first, last + 1)),
            "held:last": last in held,
            "names:only": all(t.text[0].isupper() or t.plain in ("and", "und") for t in tokens),
            "begins": self.starts(first),
            "asks:me": tokens[0].plain in ("i", "we", "please", "can", "could"),
            "order0": root(tokens[0].text) in ORDERS and self.starts(first),
            "question": self.text[ended : ended + 1] == "?",
        }
        signs += holding(told)
        if quote := self.quotes.get((first, last)):
            return Span(str(quote.value), quote.start, quote.end, first, last, (*signs, "quoted"))
        return Span(self.text[begun:ended], begun, ended, first, last, tuple(signs))


@lru_cache(maxsize=256)
def parsed(text: str) -> Clauses:
    """The sentence of a text: the same one for the same text."""
    return Clauses(text)
