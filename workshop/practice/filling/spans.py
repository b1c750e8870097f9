"""The spans of a text that may name something, each with what its place in the text says of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from workshop.practice.filling import phrases
from workshop.practice.filling.sentence import CLASS, GRAMMAR, ORDERS, Sentence, Token, counts, root
from workshop.practice.reading import read
from workshop.practice.reading.dates import WEEKDAYS
from workshop.practice.reading.lexicon import nouns
from workshop.practice.reading.shapes import UNIT_WORDS
from workshop.practice.reading.tables import holding
from workshop.practice.reading.text import WORDS, word_set

_JOINTS = word_set("of the and de la von der des & a")
_CODED = frozenset({"version", "file", "code", "digits", "snake", "path", "kebab", "camel", "numbered"})
LONGEST, MOST = 5, 160
_WEEKDAYS = {*WEEKDAYS, *["montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag"]}


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
        for quote in read(self.text).quotes:
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
        behind = self.behind(last)
        has = behind and behind.kind in ("", "verb", "auxiliary", "determiner")  # "Lea's got"
        if has and not bridged and re.search(r"['’]s$", value):
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
            if (behind := self.behind(last)) and not behind.kind:
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
        tokens, n, determined = self.tokens, first, ""
        if not tokens[n].gap and n and CLASS.get(tokens[n - 1].plain) == "determiner":
            n -= 1
            determined = tokens[n].plain
            if counts(determined):
                yield "counted"
            if tokens[n].text[0].isupper() and not self.starts(n):
                yield "det:title"
            yield "det:the" if determined in ("the", "der", "die", "das", "den", "dem") else "det:a"
        if not tokens[n].gap and n and counts(tokens[n - 1].text):
            yield "counted"
            n -= not tokens[n - 1].gap
        inner = n > 1 and not tokens[n].gap and not tokens[n - 1].gap
        if inner and tokens[n - 1].plain in GRAMMAR["particle"]:
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
            opens = self.starts(n - 1) or tokens[n - 2].kind in ("adverb", "pronoun")
            if opens and root(before.text) in ORDERS:
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
            whole, start = chunk == (first, last), chunk[0]
            told = {"whole": whole, "det:whole": noun and whole, "det:part": noun and not whole}
            told |= {"chunk0": start == self.chunks[0][0], "chunk-1": start == self.chunks[-1][0]}
            yield from holding(told)
            follows = self.behind(chunk[1])
            opener = "" if follows and follows.kind in ("verb", "auxiliary") else self.opener(chunk[0])
            if opener and last == chunk[1] and chunk[1] > chunk[0]:
                yield f"tail:{opener}"
            elif opener:
                yield f"open:{opener}"
        own = ((n, token) for n, token in enumerate(inside, first) if not token.kind)
        inside = [token for n, token in own if token.text[0].islower() or self.starts(n)]
        if not inside:
            return
        kinds = [root(t.text) in ORDERS for t in inside]
        told = {
            "order0": kinds[0],
            "order-1": kinds[-1] and len(kinds) > 1 and not noun,
            "verbish": any(self.verbish(n) for n in range(first, last + 1)),
            "ordinal0": inside[0].plain in WORDS["ordinals"],
            "filler0": inside[0].plain in phrases.AROUND,
            "filler-1": inside[-1].plain in phrases.AROUND and not noun,
            "number0": counts(inside[0].text),
            "unit": any(t.plain in UNIT_WORDS for t in inside),
            "weekday": any(t.plain in _WEEKDAYS for t in inside),
        }
        yield from holding(told)
