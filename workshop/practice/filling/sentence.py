"""A text cut into words, each with what it does in its sentence."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from workshop.practice.filling import phrases
from workshop.practice.reading import read
from workshop.practice.reading.numbers import number_of
from workshop.practice.reading.shapes import Found
from workshop.practice.reading.tables import Words, load
from workshop.practice.reading.text import WORDS, fold, stem, word_set, words

GRAMMAR = load("grammar", dict[str, Words])
_CLOSED = ("determiner", "preposition", "conjunction", "asks", "auxiliary", "pronoun", "adverb")
CLASS = {word: name for name in reversed(_CLOSED) for word in GRAMMAR[name]}
_VERBS = GRAMMAR["verb"]
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def counts(word: str) -> bool:
    return number_of(word) is not None and fold(word) not in ("double", "single", "half")


@lru_cache(maxsize=8192)
def root(word: str) -> str:
    """A word's stem, the same for its plural and for German letters spelled out: "movie", "movies"; "größe"."""
    return re.sub(r"(?:ie?|y)$", "i", stem(word.casefold().translate(_SPELLED).replace("e-", "e")))


def all_roots(text: str) -> frozenset[str]:
    """The stems of all words of a text, as `root` has them."""
    return frozenset(map(root, words(text)))


ORDERS = frozenset(map(root, WORDS["commands"] | WORDS["acting"] | GRAMMAR["order"]))
_SUBJECTS = word_set("i we he she they who ich wir")
"""Words that a verb follows."""
_GOALS = word_set("to into")
"""Words before the column that a card is moved to: "to done"."""
_SIDES, _SIDES_OF = word_set("left right back"), word_set("lower upper whole")
"""Words that say where a part of something is, and those before such a part."""
_ENOUGH = word_set("is are was were have has had got")
"""Helping verbs that need no other verb."""
_LEADING = word_set("please bitte and then just")
_BRIDGES = word_set("of the and to for in on at a an with without by de la le du des von der und & no")
_TOKEN = re.compile(r"(?:#(?=[^\W\d]))?\w+(?:(?:[.'’/:@&+_-]|->)+\w+)*|&")
_MOST_TOKENS = 240


@dataclass(frozen=True)
class Token:
    """A word of the text."""

    text: str
    start: int
    end: int
    kind: str
    """What it does in the sentence; "" for a word that may be part of a name."""
    gap: str
    """What is between it and the word before it: "" nothing that matters, else its mark."""

    @cached_property
    def plain(self) -> str:
        return fold(self.text)


class Sentence:
    """A text cut into words, and the spans of them that may be names. Make one with `parsed`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.german = read(text).language == "de"
        self.quotes: dict[tuple[int, int], Found] = {}
        self.tokens = self._told(list(self._tokens()))

    def _tokens(self) -> Iterator[Token]:
        last = 0
        for count, match in enumerate(_TOKEN.finditer(self.text)):
            if count >= _MOST_TOKENS:
                return
            between = self.text[last : match.start()]
            mark = re.search(r"[,;:!?\n()\[\]{}–—…|]|\.(?=\s|$)|\s-+\s", between)
            ranked = mark and mark[0] == "." and fold(self.text[:last].rpartition(" ")[2]) in GRAMMAR["rank"]
            gap = "" if not mark or ranked else mark[0].strip() or "-"
            gap = "start" if count == 0 else gap
            yield Token(match[0], match.start(), match.end(), self._kind(match[0]), gap)
            last = match.end()

    def _told(self, tokens: list[Token]) -> list[Token]:
        """The words, with what they do corrected by what is around them: the verb of an order, a title's word."""
        told: list[Token] = []
        for n, token in enumerate(tokens):
            behind = tokens[n + 1] if n + 1 < len(tokens) and not tokens[n + 1].gap else None
            begins = token.gap in ("start", ".", "!", "?", "-", ",") or tokens[n - 1].plain in _LEADING
            opens = begins and behind and behind.kind in ("", "determiner", "pronoun")
            kind = token.kind
            if not kind and opens and not counts(token.text):
                kind = "verb" if root(token.text) in ORDERS else ""
            elif not kind and behind and not behind.kind and counts(token.text) and token.text.isalpha():
                kind = "determiner"
            elif kind == "adverb" and token.plain in _SIDES and n and not token.gap:
                before = told[-1]  # "my left knee", "her lower back"
                kind = "" if before.kind == "determiner" or before.plain in _SIDES_OF else kind
            elif kind and token.plain == "done" and n and tokens[n - 1].plain in _GOALS:
                kind = ""
            elif not kind and tokens[n - 1].plain in _SUBJECTS and not token.gap and token.text.islower():
                kind = "verb"
            elif kind and behind and not begins and not self.german and kind != "pronoun":
                titled = token.text[0].isupper() and behind.text[0].isupper() and behind.kind != "pronoun"
                kind = "" if titled and not token.gap else kind
            told.append(replace(token, kind=kind))
        return told

    def _kind(self, word: str) -> str:
        plain = fold(word)
        if plain in ("will", "may") and word[0].isupper():
            return ""
        short = plain.replace("’", "'").partition("'")[0]  # "who've" is what "who" is
        kind = CLASS.get(plain) or ("" if short == plain else CLASS.get(short, ""))
        return kind or ("verb" if plain in _VERBS else "")

    @cached_property
    def chunks(self) -> list[tuple[int, int]]:
        """Runs of words that no little word and no mark cuts."""
        runs: list[tuple[int, int]] = []
        begun = 0
        for n, token in enumerate(self.tokens):
            if token.kind or (token.gap and n > begun):
                if n > begun:
                    runs.append((begun, n - 1))
                begun = n + 1 if token.kind else n
        return [*runs, (begun, len(self.tokens) - 1)] if begun < len(self.tokens) else runs

    @cached_property
    def titles(self) -> list[tuple[int, int, str]]:
        """Runs of capitals with little words between them: "The Lord of the Rings"."""
        return list(self._titles())

    def _titles(self) -> Iterator[tuple[int, int, str]]:
        tokens = self.tokens
        for first, token in enumerate(tokens):
            if not token.text[0].isupper() or token.kind == "pronoun":
                continue
            for last in range(first + 1, min(first + 8, len(tokens))):
                each = tokens[last]
                joins = each.text[0].isupper() or each.text[0].isdigit() or each.plain in _BRIDGES
                if each.gap or each.kind == "pronoun" or not joins:
                    break
                inner = [t for t in tokens[first : last + 1] if t.kind]
                if each.text[0].isupper() and inner and (not each.kind or last - first > 1):
                    yield first, last, "and" if any(t.plain in ("and", "und") for t in inner) else "bridged"

    def behind(self, n: int) -> Token | None:
        """The word right behind another."""
        return self.tokens[n + 1] if n + 1 < len(self.tokens) and not self.tokens[n + 1].gap else None

    def has_verb(self, n: int) -> bool:
        """Whether a word of the clause from there on is surely a verb."""
        behind = itertools.takewhile(lambda token: not token.gap, self.tokens[n + 1 :])
        return any(token.kind in ("verb", "auxiliary") for token in (self.tokens[n], *behind))

    def verb_before(self, n: int) -> bool:
        """Whether the clause has its verb before a word: "have you got", "is", and not "does" alone."""
        begun = next((m for m in range(n, 0, -1) if self.tokens[m].gap), 0)
        before = self.tokens[begun:n]
        return any(t.kind == "verb" or t.plain in _ENOUGH for t in before)

    def starts(self, n: int) -> bool:
        """Whether a sentence begins with this word."""
        return self.tokens[n].gap in ("start", ".", "!", "?", "-")

    def look(self, n: int) -> str:
        """What an open word looks like beside a span."""
        token = self.tokens[n]
        if token.text[0].isdigit():
            return "digit"
        if self.verbish(n):
            return "verbish"
        if token.plain in phrases.AROUND:
            return "filler"
        if root(token.text) in ORDERS:
            return "order"
        return "name" if token.text[0].isupper() else "noun"

    def opener(self, first: int) -> str:
        """The helping verb that opens the question whose subject begins there: its verb follows the subject."""
        n = first - 1
        while n >= 0 and self.tokens[n].kind == "determiner" and not self.tokens[n + 1].gap:
            n -= 1
        if n < 0 or self.tokens[n + 1].gap or self.tokens[n].kind != "auxiliary":
            return ""
        if not (self.tokens[n].gap or self.tokens[n - 1].kind in ("asks", "conjunction", "adverb")):
            return ""
        return "be" if self.tokens[n].plain in ("is", "are", "was", "were", "ist", "sind") else "do"

    def verbish(self, n: int) -> bool:
        """Whether a word looks like a verb by its place: "Lynx makes a noise"."""
        token = self.tokens[n]
        if not token.text.islower() or n == 0 or token.gap or token.kind:
            return False
        before = self.tokens[n - 1]
        if counts(before.text):
            return False
        if before.plain in ("that", "which", "what") and token.text.endswith(("s", "ed")):
            return True
        named = not before.kind and before.text[0].isupper() and not self.german
        subject = before.kind == "pronoun" or named
        wants = n > 1 and self.tokens[n - 2].kind in ("verb", "auxiliary", "asks", "adverb")
        led = before.plain == "to" and wants
        behind = self.behind(n)
        object_follows = behind is not None and behind.kind in ("determiner", "pronoun")
        ends = token.text.endswith(("s", "ed", "t"))
        return led or (subject and (ends or before.kind == "pronoun")) or (object_follows and not before.kind)
