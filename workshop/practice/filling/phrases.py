"""Phrases without a shape of their own: quotations, what follows a label or a verb, what a number counts."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from workshop.practice.reading import read
from workshop.practice.reading.numbers import Quantity, number_of, units_of
from workshop.practice.reading.shapes import UNIT_WORDS, Found
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import STOP_WORDS, WORDS, before, fold, stem, words

_P = PATTERNS["phrases"]
OPEN, _CLOSE = "\"“«‘'", "\"”»’'"
_PRONOUNS = WORDS["pronouns"]
_COMMANDS = frozenset(map(stem, WORDS["commands"] | WORDS["acting"]))
AROUND = (STOP_WORDS | _PRONOUNS | WORDS["no_verbs"] | WORDS["around"]) - {"of"}
_GENERIC = frozenset({"id", "number", "code", "name", "text", "new", "file", "old", "value", "to", "target"})
_MEASURES = frozenset({"money", "percent", "degrees", "age", "duration", "length", "memory"})
"""Units of numbers that count no things."""


def labelled(name: str, text: str) -> Found | None:
    """The value behind a label: "subject Hi", "gate B42", "born 1815", "My confirmation number is ABC123"."""
    return next(iter(all_labelled(name, text)), None)


def all_labelled(name: str, text: str) -> list[Found]:
    """The values behind each such label: "order 7 and order 8"."""
    named = [w for w in words(name) if len(w) > 1 and fold(w) not in STOP_WORDS] or words(name)
    shorter = [w for w in named if fold(w) not in _GENERIC] or named
    kept: dict[int, Found] = {}
    for label in dict.fromkeys(r"[\s_-]+".join(map(re.escape, part)) for part in (named, shorter)):
        for match in _behind(label).finditer(text):
            if found := _value(match, text):
                kept.setdefault(found.start, found)
        if kept:
            break
    return list(kept.values())


def _behind(label: str) -> re.Pattern[str]:
    return re.compile(
        rf"\b{label}\b(?:\s+(?:number|no\.?|id|code|line|called|named))?"
        r"(?P<sign>\s+(?:is|was|are|of|=|to)\s+|\s*[:=#]\s*|\s+)"
        rf"(?:[{OPEN}](?P<quoted>[^{_CLOSE}\n]+)[{_CLOSE}]|(?P<bare>[^,;:\n\"“]+?)"
        r"(?=,|;|\n|[.!?](?:\s|$)|\s+(?:and|with|saying|that says|by|for|on|at|from|to|in|between|before|after|until|"
        r"because|,)\s|\s+[A-Z]\w+:|$))",
        re.IGNORECASE,
    )


def _value(match: re.Match[str], text: str) -> Found | None:
    group = "quoted" if match["quoted"] else "bare"
    value, start = match[group].strip(), match.start(group)
    if match["sign"].strip() == "#":
        value = value.split()[0]
    if match["sign"].strip(" \t") or group == "quoted":
        return None if fold(value) in _PRONOUNS else Found(value.lstrip("#"), start, start + len(value))
    if re.match(r"#?[A-Z0-9]|[a-z]+[-/_.]\w", value):  # a name or a code needs no sign before it
        short = re.match(r"#?[\w./-]+(?:\s[A-Z][\w-]*)*", value)
        return Found(short[0].lstrip("#").rstrip("."), start, start + short.end()) if short else None
    led = _P["leads_to_word"].search(before(text, match.start()))
    ends = led and re.match(r"\W*(?:$|,|(?:and|with|in|of)\b)", text[start + len(value) :])
    alone = ends and re.match(r"[\w'’-]+$", value) and fold(value) not in STOP_WORDS
    return Found(value, start, start + len(value)) if alone else None  # "look up the word serendipity"


def command(text: str, about: Set[str] = frozenset()) -> tuple[str, int] | None:
    """A request's verb, in small letters, and where its object begins; else None. `about`: stems that may be verbs."""
    opening = _P["opening"].match(text)
    start = opening.end() if opening else 0
    match = _P["verb"].match(text, start)
    if not match or fold(match["verb"]) in WORDS["no_verbs"] or number_of(match["verb"]) is not None:
        return None
    known = stem(match["verb"]) in _COMMANDS | about or _P["object"].match(text, match.end())
    return (fold(match["verb"]), match.end()) if known else None


def as_exemplified(phrase: str, description: str) -> str:
    """A thing in the singular where the examples of a description are: "latte" for "lattes", of "such as mocha"."""
    examples = _P["examples"].search(description)
    *first, last = phrase.split(" ")
    singular = _P["plural"].sub(lambda match: "y" if match["y"] else "", last, count=1)
    shown = re.split(r",\s*|\s+or\s+|\s+and\s+", examples["what"]) if examples else [last]
    plural = any(re.search(r"[^su]s$", each.strip()) for each in shown)
    if plural or not last.islower() or last in WORDS["always_plural"]:
        return phrase
    return " ".join([*first, singular])


def counted(text: str) -> list[tuple[Quantity, str]]:
    """Numbers with what they count: "10 chairs"."""
    found = [(each, _P["counted"].match(text, each.end)) for each in read(text).quantities]
    return [(each, match[1]) for each, match in found if match and each.word not in UNIT_WORDS]


def lasts(name: str) -> bool:
    """Whether what a text names is a time that something takes: "last night", "two weeks"."""
    return "duration" in units_of(frozenset({fold(name.rpartition(" ")[2])}))


def priced(text: str) -> list[tuple[Quantity, Found]]:
    """Amounts of money with what they are for: "$1,240 for labour"."""
    money = [each for each in read(text).quantities if each.unit == "money"]
    found = [(each, _P["paid_for"].match(text, each.end)) for each in money]
    return [(each, Found(match["what"], *match.span("what"))) for each, match in found if match]


def counts_from(text: str) -> list[int]:
    """Where a text begins to count something, with its number: "we sold (7 wool scarves)", "(a gift box)"."""
    numbers = [each for each in read(text).quantities if each.unit not in _MEASURES]
    begun = [each.start for each in numbers if _what(text, each)]
    articles = [match.start() for match in _P["article"].finditer(text)]
    return sorted(at for at in (*begun, *articles) if not re.search(r"\bof $", before(text, at)))


def _what(text: str, number: Quantity) -> re.Match[str] | None:
    """What a number counts: "(200 g) flour", "(7) wool scarves"."""
    measure = _P["measured"].match(text, number.end) if number.unit in ("weight", "volume") else None
    measured = _P["counted"].match(text, measure.end()) if measure else None
    return measured or _P["counted"].match(text, number.end)


def thing(entry: str, taken: Sequence[Found]) -> Found | None:
    """What an entry of a list counts, without what is taken: "2 jars of honey", "a (small) gift box"."""
    article = _P["article"].match(entry)
    start = article.end() if article else 0
    number = next((each for each in read(entry).quantities if each.start == start), None)
    if number and (said := _what(entry, number)):
        start = said.start(1)
    while start and (held := [f for f in taken if not entry[start : f.start].strip() and f.end > start]):
        start = held[0].end
    match = _P["counted"].match(entry, start) if start else None
    return Found(match[1], *match.span(1)) if match else None
