"""The noun phrases of a text that are left for a name when verbs, little words and other values are taken out."""

# ruff: noqa: RUF001  # texts as people write them, with the punctuation of their language

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from workshop.practice.filling import phrases
from workshop.practice.reading import read
from workshop.practice.reading.shapes import Found
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, before, fold, stem, words

_P = PATTERNS["chunks"]
_STEMS = frozenset(map(stem, WORDS["around"]))


def chunks(text: str, taken: Sequence[Found], about: Set[str]) -> list[Found]:
    """The phrases of a text that are left when verbs, little words and what is taken are left out, the likeliest
    first: those behind a verb of having, seeking or making, then those with an article. `about`: stems of words that
    are no names here.
    """
    closed = bytearray(len(text))
    numbers = read(text).quantities
    measures = [
        (q.start, max(q.end, text.find(q.word, q.end, q.end + 24) + len(q.word) * bool(q.unit)))
        for q in numbers
    ]
    for start, end in [*((each.start, each.end) for each in taken), *measures]:
        closed[start:end] = b"x" * (min(end, len(text)) - start)
    runs: list[list[re.Match[str]]] = [[]]
    last = 0
    for word in re.finditer(r"[\w'’-]+", text):
        verb = _P["who_does"].search(before(text, word.start()))
        little = fold(word[0]) in phrases.AROUND or stem(word[0]) in _STEMS
        titled = _P["titled"].search(text, max(0, word.start() - 24), word.end() + 24) if little else None
        inside = titled and titled.start() <= word.start() < titled.end()
        loose = (little and not inside) or verb or closed[word.start()]
        if loose or re.search(r"[^ \t\"“”‘]", text[last : word.start()]):
            runs.append([])
        if not loose and (runs[-1] or word[0] != "of"):
            runs[-1].append(word)
        last = word.end()
    begun = phrases.command(text, about)
    verb_end = begun[1] if begun else 0
    runs = [run for run in runs if (run and run[0].start() >= verb_end) or not begun]
    spans = [(run[0].start(), (run[-2] if run[-1][0] == "of" else run[-1]).end()) for run in runs if run]
    spans = [(a, b) for a, b in spans if not {stem(word) for word in words(text[a:b])} <= about]
    found = [Found(_uncapped(text[start:end], start), start, end) for start, end in spans]
    return sorted(found, key=lambda each: -_led_by(before(text, each.start)))


def weight(phrase: str, text: str) -> float:
    """How much a text says that a phrase is what it is about: in quotation marks, behind "looking for"."""
    start = text.find(phrase)
    if start < 1 or not re.search(r"[^\W\d]", phrase):
        return 0.0
    return 1.0 if text[start - 1] in phrases.OPEN else max(0.0, 0.5 * _led_by(before(text, start)))


def _uncapped(phrase: str, start: int) -> str:
    """A phrase without the capital that only its place gives it: "lentil soup" of "Lentil soup for two"."""
    _, _, rest = phrase.partition(" ")
    return f"{phrase[0].lower()}{phrase[1:]}" if start == 0 and rest and rest.islower() else phrase


def _led_by(text: str) -> float:
    """How much the words before a phrase say that it is what the text is about."""
    lead = _P["lead"].search(text)
    return (
        0.0 if not lead else -1.0 if lead["asked"] else 2.0 if lead["verb"] else 0.0 if lead["the"] else 1.0
    )
