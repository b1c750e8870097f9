"""The one thing that a question names, for the one thing that a tool lacks: "When is my ramipril due?"."""

from __future__ import annotations

from collections.abc import Iterable, Set

from workshop.practice.filling import alike, phrases
from workshop.practice.filling.clauses import Clauses, parsed
from workshop.practice.filling.sentence import ORDERS, all_roots, counts, root
from workshop.practice.reading import read
from workshop.practice.reading.lexicon import concepts, nouns
from workshop.practice.reading.shapes import Found
from workshop.practice.reading.text import word_set, words

_ANYTHING = word_set("item product article thing object good goods")
"""Names of parameters that want a thing of any kind."""
_RANKED = word_set("next last other new latest current usual")
"""What may stand between an article and a thing."""
_NO_THINGS = frozenset({"#event", "#money", "#work", "#time", "#day", "#first_name", "#activity"})
"""Kinds of nouns that are what a question is about, rather than the thing that it names."""


def thing(text: str, name: str, known: Set[str], taken: Iterable[Found]) -> Found | None:
    """The only thing of a text. `name`: of the parameter that wants it; `known`: roots of the tool's own words;
    `taken`: what other parameters have.
    """
    sentence, reading = parsed(text), read(text)
    if sentence.german or all_roots(name) & all_roots(text):  # "Which medicine …?" names none
        return None
    held = [*taken, *reading.moments, *reading.times, *reading.dates, *reading.quantities, *reading.locations]
    found = [span for chunk in sentence.chunks if (span := _span(sentence, chunk, known, held))]
    if len(found) != 1:
        return None
    first, last = found[0]
    if not _is_one(sentence, first, last, name):
        return None
    start, end = sentence.tokens[first].start, sentence.tokens[last].end
    return Found(text[start:end], start, end)


def _span(
    sentence: Clauses, chunk: tuple[int, int], known: Set[str], held: Iterable[Found]
) -> tuple[int, int] | None:
    """The words of a chunk that may name something."""
    kept = [n for n in range(chunk[0], chunk[1] + 1) if _may_name(sentence, n, known, held)]
    return (kept[0], kept[-1]) if kept else None


def _may_name(sentence: Clauses, n: int, known: Set[str], held: Iterable[Found]) -> bool:
    token = sentence.tokens[n]
    if any(each.start < token.end and token.start < each.end for each in held) or sentence.verbish(n):
        return False
    said = root(token.text)
    return not (counts(token.plain) or token.plain in phrases.AROUND or said in known or said in ORDERS)


def _is_one(sentence: Clauses, first: int, last: int, name: str) -> bool:
    """Whether words name a thing of the parameter's kind, or one that no table knows, by its place: "my ramipril"."""
    word, kinds = sentence.tokens[last].text, nouns(sentence.tokens[last].text)
    own = {kind for each in words(name) for kind in nouns(each)}
    if alike.is_a(word, name) or kinds & own or (name.casefold() == "place" and kinds & {"#place", "#room"}):
        return True
    if kinds:
        return bool(_ANYTHING & {*words(name)}) and not kinds & _NO_THINGS
    if "#place" in own:
        return False
    n = first - 1
    while n > 0 and sentence.tokens[n].plain in _RANKED:
        n -= 1
    led = n >= 0 and not sentence.tokens[n + 1].gap and sentence.tokens[n].kind == "determiner"
    return led and not any(each.startswith("#") for each in concepts(word))
