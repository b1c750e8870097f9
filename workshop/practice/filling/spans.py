"""The spans of a text that may name something, each with what its place in the text says of it."""

# ruff: noqa: RUF001  # texts as people write them, with the punctuation of their language

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from workshop.practice.filling import phrases
from workshop.practice.filling.sentence import CLASS, GRAMMAR, ORDERS, Sentence, Token, counts, root
from workshop.practice.reading.lexicon import nouns
from workshop.practice.reading.shapes import UNIT_WORDS
from workshop.practice.reading.text import WORDS, word_set

_JOINTS = word_set("of the and de la von der des & a")
_CODED = frozenset({"version", "file", "code", "digits", "snake", "path", "kebab", "camel", "numbered"})
LONGEST, MOST = 5, 160
_WEEKDAYS = word_set(
    "monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch "
    "donnerstag freitag samstag sonntag"
)


@dataclass(frozen=True)
class Span:
    """A piece of the text, with the signs of its place."""

    value: str
    start: int
    end: int
    first: int
    last: int
    """Positions of its first and last word."""
    signs: tuple[str, ...]


def form_of(text: str) -> str:
    """How a name is written: in small letters, with capitals, as a code."""
    if " " in text.strip():
        listed = text.split()
        if re.search(r"\d", text):
            return "model" if text[:1].isupper() or listed[0].isdigit() else "numbered"
        return "words" if text.islower() else "names" if listed[-1][:1].isupper() else "mixed"
    if re.fullmatch(r"v?\d+(?:\.\d+)+[\w.-]*", text):
        return "version"
    if re.fullmatch(r"[\w-]+\.[a-z]\w{0,4}", text):
        return "file"
    if re.search(r"\d", text):
        return "code" if re.search(r"[^\W\d]", text) else "digits"
    for sign, name in (("_", "snake"), ("/", "path"), ("-", "kebab")):
        if sign in text:
            return name
    if re.search(r"[a-z][A-Z]", text):
        return "camel"
    return "lower" if text.islower() else "upper" if text.isupper() and len(text) > 1 else "name"


class Spans(Sentence):
    """The spans of a sentence that may be names."""

    @cached_property
    def spans(self) -> list[Span]:
        """All spans that may be names, those that are quoted first."""
        found: dict[tuple[int, int], Span] = {}
        for first, last, bridged in [*self._quoted(), *self.titles, *self._runs()]:
            parted = any(a <= first and last <= b and (first, last) != (a, b) for a, b in self.quotes)
            if (first, last) not in found and not parted and len(found) < MOST:
                found[first, last] = self._span(first, last, bridged)
        return list(found.values())

    def _runs(self) -> Iterator[tuple[int, int, str]]:
        for begin, end in self.chunks:
            for first in range(begin, end + 1):
                for last in range(first, min(end, first + LONGEST - 1) + 1):
                    yield first, last, ""
        for n, token in enumerate(self.tokens):  # a little word may be a name: "May", "Will"
            if token.kind and token.text[0].isupper() and not self.starts(n) and token.kind != "pronoun":
                yield n, n, "closed"

    def _quoted(self) -> Iterator[tuple[int, int, str]]:
        for quote in phrases.quotes(self.text):
            inside = [n for n, t in enumerate(self.tokens) if quote.start <= t.start and t.end <= quote.end]
            if inside:
                self.quotes[inside[0], inside[-1]] = quote
                yield inside[0], inside[-1], "quoted"

    def _span(self, first: int, last: int, bridged: str) -> Span:
        tokens = self.tokens
        start, end = tokens[first].start, tokens[last].end
        value = self.text[start:end]
        if bridged == "quoted":  # word for word, with its full stop
            value, start, end = self.quotes[first, last].value, start, self.quotes[first, last].end
        if (
            re.search(r"['’]s$", value)
            and not bridged
            and last + 1 < len(tokens)
            and not tokens[last + 1].gap
            and tokens[last + 1].kind in ("", "verb", "auxiliary", "determiner")  # "Lea's got"
        ):
            value, end = value[:-2], end - 2
        return Span(value, start, end, first, last, tuple(self._signs(first, last, value, bridged)))

    def _signs(self, first: int, last: int, value: str, bridged: str) -> Iterator[str]:
        inside = self.tokens[first : last + 1]
        length = last - first + 1
        yield f"len{min(length, 5)}"
        form = {"words": "lower", "names": "name"}.get(form := form_of(value), form)
        if re.fullmatch(r"(?:19|20)\d\d", value):
            yield "year"
        begins = self.starts(first)
        first_word = "0" if begins and form in ("name", "mixed") else ""
        yield f"form:{form}{first_word}{'.de' if self.german else ''}"
        if begins:
            yield "begins"
            if (
                last + 1 < len(self.tokens)
                and not self.tokens[last + 1].gap
                and not self.tokens[last + 1].kind
            ):
                yield "begins:open" if self.has_verb(first) else "begins:order"
        if bridged:
            yield bridged
            if bridged == "bridged" and {t.plain for t in inside if t.kind} - _JOINTS:
                yield "bridged:loosely"
        if any(a <= first and last <= b and b - a > last - first for a, b, _ in self.titles):
            yield "inside:title"
        if inside[0].plain in GRAMMAR["rank"] or (first and self.tokens[first - 1].plain in GRAMMAR["rank"]):
            yield "ranked"
        if not begins and CLASS.get(inside[0].plain) == "determiner" and inside[0].text[0].isupper():
            yield "article"
        case = "code" if form in _CODED else "low" if form == "lower" else "cap"
        yield from sorted(kinds := self.kinds(first, last))
        if not kinds:
            yield "#none"
        for sign in self._around(first, last):
            yield sign
            if sign.startswith(("after:", "object", "before:")) and sign != "after:start":
                yield f"{sign}+{case}"
        yield from self._words(inside, last)

    def kinds(self, first: int, last: int) -> set[str]:
        """What a span names, by its last word and by first names in it."""
        named = {kind for t in self.tokens[first:last] if t.text[0].isupper() for kind in nouns(t.text)}
        return {*nouns(self.tokens[last].text), *(named & {"#first_name"})}

    def _around(self, first: int, last: int) -> Iterator[str]:
        tokens = self.tokens
        n = first
        determined = ""
        if not tokens[n].gap and n and CLASS.get(tokens[n - 1].plain) == "determiner":
            n -= 1
            determined = tokens[n].plain
            if counts(determined):
                yield "counted"
            if tokens[n].text[0].isupper() and not self.starts(n):
                yield "det:title"
            yield "det:the" if determined in ("the", "der", "die", "das", "den", "dem") else "det:a"
        if not tokens[n].gap and n and counts(tokens[n - 1].text) and not tokens[n - 1].gap:
            yield "counted"
            n -= 1
        elif not tokens[n].gap and n and counts(tokens[n - 1].text):
            yield "counted"
        if (
            n > 1
            and not tokens[n].gap
            and tokens[n - 1].plain in GRAMMAR["particle"]
            and not tokens[n - 1].gap
        ):
            n -= root(tokens[n - 2].text) in ORDERS or tokens[n - 2].kind == "verb"  # "put down six eggs"
        before = tokens[n - 1] if n and not tokens[n].gap else None
        if before is None:
            yield f"after:{tokens[n].gap}"
        elif before.kind in ("preposition", "conjunction"):
            yield f"after:{before.plain}"
        elif before.kind == "asks":
            yield f"after:{before.plain if before.plain in ('how', 'which', 'what', 'who') else 'asks'}"
        else:
            opening = self.starts(n - 1) and not before.kind and not self.has_verb(n)
            yield "after:first" if opening else f"after:{before.kind or self.look(n - 1)}"
            if root(before.text) in ORDERS and (
                self.starts(n - 1) or tokens[n - 2].kind in ("adverb", "pronoun")
            ):
                yield "object"
        if n > 1 and before and before.plain in ("is", "ist", "am", "bin", "was") and not tokens[n - 1].gap:
            subject = tokens[n - 2].plain
            known = subject if subject in ("i", "this", "name", "ich", "it") else "x"
            yield f"is:{'det' if determined and known == 'x' else known}"
        if before and (before.plain in GRAMMAR["naming"] or before.plain in ("i'm", "it's")):
            yield f"is:{'i' if before.plain[0] == 'i' else 'called'}"
        if last + 1 >= len(tokens):
            yield "before:end"
        elif tokens[last + 1].gap:
            yield f"before:{tokens[last + 1].gap}"
        else:
            behind = tokens[last + 1]
            yield f"before:{behind.kind or self.look(last + 1)}"
            if behind.plain in ("here", "hier", "speaking"):
                yield "here"

    def _words(self, inside: list[Token], last: int) -> Iterator[str]:
        chunk = next(((a, b) for a, b in self.chunks if a <= last <= b), None)
        led = self.tokens[chunk[0] - 1] if chunk and chunk[0] and not self.tokens[chunk[0]].gap else None
        noun = led is not None and led.kind in ("determiner", "preposition")
        first = last - len(inside) + 1
        if chunk:
            if chunk == (first, last):
                yield "whole"
            if noun:
                yield "det:whole" if chunk == (first, last) else "det:part"
            if chunk[0] == self.chunks[0][0]:
                yield "chunk0"
            if chunk[0] == self.chunks[-1][0]:
                yield "chunk-1"
            opener = self.opener(chunk[0])
            follows = self.tokens[chunk[1] + 1] if chunk[1] + 1 < len(self.tokens) else None
            if follows and not follows.gap and follows.kind in ("verb", "auxiliary"):
                opener = ""
            if opener and last == chunk[1] and chunk[1] > chunk[0]:
                yield f"tail:{opener}"
            elif opener:
                yield f"open:{opener}"
        inside = [
            t for n, t in enumerate(inside) if not t.kind and (t.text[0].islower() or self.starts(first + n))
        ]
        if not inside:
            return
        kinds = [root(t.text) in ORDERS for t in inside]
        if kinds[0]:
            yield "order0"
        if kinds[-1] and len(kinds) > 1 and not noun:
            yield "order-1"
        if any(self.verbish(n) for n in range(first, last + 1)):
            yield "verbish"
        if inside[0].plain in WORDS["ordinals"]:
            yield "ordinal0"
        if inside[0].plain in phrases.AROUND:
            yield "filler0"
        if inside[-1].plain in phrases.AROUND and not noun:
            yield "filler-1"
        if counts(inside[0].text):
            yield "number0"
        if any(t.plain in UNIT_WORDS for t in inside):
            yield "unit"
        if any(t.plain in _WEEKDAYS for t in inside):
            yield "weekday"
