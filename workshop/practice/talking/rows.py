"""Lists of like things in the instructions, each with what is told of it: the thing that a question asks for, or its part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise, takewhile

from workshop.practice.reading import read
from workshop.practice.reading.bands import bands
from workshop.practice.reading.numbers import Quantity
from workshop.practice.reading.shapes import UNITS
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, all_stems, behind, capital, stem, stems
from workshop.practice.talking.extremes import EXTREMES, Extreme
from workshop.practice.talking.facts import FACTS

_P = PATTERNS["rows"]
_FRAME = {stem(word) for list_ in ("frame", "predicate") for word in WORDS[list_]}
_LONG = 10_000
"""Letters of instructions that are no longer read for lists."""
_NAME = 5
"""The most words that a thing is called by."""


@dataclass(frozen=True)
class Thing:
    """One of several like things. `label`: its words that no other of them has; `name`: empty where `text` is a sentence."""

    text: str
    label: frozenset[str]
    told: str
    name: str

    @cached_property
    def numbers(self) -> Sequence[Quantity]:
        return read(self.told).quantities

    @cached_property
    def hours(self) -> list[str]:
        return [each.value for each in read(self.told).times]


@dataclass(frozen=True)
class _Entry:
    subject: str
    told: str
    text: str = ""
    """The sentence that tells it; empty where there is none."""
    verb: str = ""


def told(question: str, instructions: str) -> str | None:
    """What a list in the instructions tells of the thing that a question names, or which thing it asks for."""
    if not _P["asks"].search(question) or len(instructions) + len(question) > _LONG:
        return None
    asked = all_stems(question)
    for heading, things in _lists(instructions):
        about = stems(heading) | frozenset.intersection(*(frozenset(stems(each.text)) for each in things))
        named = [each for each in things if each.label & asked]
        if named:
            others = frozenset().union(*(stems(each.told) for each in things if each not in named))
            if len(named) == 1 and (part := _part(question, named[0], others - about)):
                return part
            continue
        found = _most(question, things, about) or _which(question, things, about)
        if found and len(found) < len(things):
            return "\n".join(each.text for each in found)
    return None


# What is listed


@lru_cache(maxsize=64)
def _lists(instructions: str) -> tuple[tuple[str, tuple[Thing, ...]], ...]:
    """The lists in a text, each with its heading."""
    return tuple((heading, things) for heading, each in _found(instructions) if (things := _things(each)))


def _found(text: str) -> Iterator[tuple[str, list[_Entry]]]:
    """The lists in a text, whichever way it makes them, each with its heading."""
    for match in _P["block"].finditer(text):
        lines = [_P["mark"].sub("", line) for line in match["lines"].strip().splitlines()]
        yield match["heading"] or "", [each for line in lines if (each := _entry(line))]
    text = _P["block"].sub("\n", text)
    for match in _P["headed"].finditer(text):
        yield match["heading"], _behind_colon(match["listed"])
    yield "", _labelled(text)
    for match in _P["shared"].finditer(text):
        yield match[0], [_Entry(each["name"], each["told"]) for each in _P["each"].finditer(match[0])]
    yield from (("", found) for found in _alike(text))


def _behind_colon(text: str) -> list[_Entry]:
    """What a line lists behind its heading: between semicolons, in sentences that begin with a name, between commas."""
    sentences = read(text).sentences
    first = sentences[0] if sentences else ""
    named = [*takewhile(_P["named_first"].match, sentences)]
    for parts in (_P["semicolon"].split(first), named, _P["comma"].split(first)):
        found = [each for part in parts if (each := _clause(part) or _entry(part))]
        if 1 < len(parts) == len(found):
            return found
    return []


def _labelled(text: str) -> list[_Entry]:
    """Sentences behind labels that have a word in common: "Gate A1: … Gate A2: …"."""
    found = [each for one in read(text).sentences if _P["label"].match(one) and (each := _entry(one))]
    common = frozenset.intersection(*(all_stems(each.subject) for each in found)) if found else frozenset()
    return found if common else []


def _alike(text: str) -> Iterable[list[_Entry]]:
    """Sentences and clauses with one verb: "Birch has 6 seats. Maple has 12"."""
    alike: dict[str, list[_Entry]] = {}
    for sentence in read(text).sentences:
        clauses = [*map(_clause, _P["clause"].split(sentence.rstrip(".")))]
        for each in clauses if all(clauses) else [_clause(sentence)]:
            if each:
                alike.setdefault(each.verb, []).append(each)
    return alike.values()


def _clause(text: str) -> _Entry | None:
    """A clause as part of a list: its subject, and what its verb tells of it."""
    match = _P["verb"].fullmatch(text.strip().rstrip("."))
    if not match or not stems(match["name"]) or len(match["name"].split()) > _NAME:
        return None
    return _Entry(match["name"], match["told"], f"{capital(match[0])}.", stem(match["verb"]))


def _entry(text: str) -> _Entry | None:
    """A part of a list: a name, and what is told of it."""
    match = _P["entry"].fullmatch(text.strip().rstrip("."))
    if not match or len(match["name"].split()) > _NAME:
        return None
    return _Entry(match["name"], match["told"])


def _things(entries: Sequence[_Entry]) -> tuple[Thing, ...]:
    """What is listed, where each has a name of its own."""
    names = [stems(each.subject) or all_stems(each.subject) for each in entries]
    labels = [own - set().union(*(names[:n] + names[n + 1 :])) for n, own in enumerate(names)]
    if len(entries) < 2 or not all(labels):
        return ()
    return tuple(
        Thing(e.text or _told(e.subject, e.told), frozenset(own), e.told, "" if e.text else e.subject)
        for e, own in zip(entries, labels, strict=True)
    )


def _told(name: str, what: str) -> str:
    return f"{capital(name)}: {what}."


# What a question wants of it


def _part(question: str, thing: Thing, others: frozenset[str]) -> str | None:
    """What is told of a thing, or the part of it that is asked for; a bare price times as many as are wanted."""
    if _P["yes_or_no"].match(question):  # what is told of others, and not of this one, is not so
        return f"No. {thing.text}" if stems(question) & others - stems(thing.told) else None
    if bill := _bill(question, thing):
        return bill
    kinds = [each for each in FACTS.answers if each.asked.search(read(question).plain)]
    parts = _P["comma"].split(thing.told) if thing.name and kinds else []
    said = [part for part in parts if stems(question) & stems(part) - thing.label]
    fitting = said or [part for part in parts if all(each.exact.search(part) for each in kinds)]
    if len(fitting) == 1:
        return _told(thing.name, fitting[0])
    return thing.text if thing.name or thing.numbers else None


def _bill(question: str, thing: Thing) -> str | None:
    """What so many of a thing cost, where its price is a bare number."""
    wanted = [q for q in read(question).quantities if thing.label & stems(behind(question, q.end))]
    price = thing.numbers[0] if len(thing.numbers) == 1 else None
    if not (price and wanted and wanted[0].value > 1 and _P["asks_price"].search(question)):
        return None
    if price.word or price.unit not in ("", "money"):
        return None
    count = wanted[0].value
    return f"{count:g} \N{MULTIPLICATION SIGN} {thing.told} = {price.value * count:.2f}."


def _most(question: str, things: Sequence[Thing], about: set[str]) -> list[Thing]:
    """The things that have the most or the least of what a question asks for."""
    for extreme in EXTREMES:
        match = extreme.said.search(question)
        if not match:
            continue
        wanted = match.groupdict().get("what") or ""
        measured = [
            (value, each) for each in things if (value := _measured(each, extreme, wanted, about)) is not None
        ]
        if len(measured) > 1:
            best = (min if extreme.least else max)(value for value, _ in measured)
            return [each for value, each in measured if value == best]
    return []


def _measured(thing: Thing, extreme: Extreme, wanted: str, about: set[str]) -> float | None:
    """How much a thing has of it, in the smallest unit."""
    if "time" in extreme.units and thing.hours:
        hour, minute = thing.hours[0].split(":")[:2]
        return int(hour) * 60 + int(minute)
    numbers = thing.numbers
    fitting = [n for n in numbers if n.unit in extreme.units or stem(n.word) == stem(wanted)]
    if not fitting and "money" in extreme.units and about & _PRICED:
        fitting = [n for n in numbers if not n.unit and not n.word]
    elif not fitting and not extreme.units:
        plain = [n for n in numbers if n.unit not in ("money", "duration")]
        fitting = plain or [*numbers][: len(numbers) == 1]
    values = [_value(n) for n in fitting]
    return (values[0] if extreme.least else values[-1]) if values else None


_PRICED = stems("price prices cost fee menu")


def _value(number: Quantity) -> float:
    scale = UNITS.units[number.unit].scale if number.unit in UNITS.units else {}
    return float(number.value) * scale.get(number.word, 1)


def _which(question: str, things: Sequence[Thing], about: set[str]) -> list[Thing]:
    """The things that are as a question wants them: by its words, figures and limits."""
    numbers, limits = read(question).quantities, bands(question)
    words = {each for each in stems(question) if not each.isdigit()} - about - _FRAME
    hours = [each.value for each in read(question).times]
    worth = {}
    for each in things:
        fits = [
            any(_like(own, n) and band.holds(own.value) for own in each.numbers)
            for band in limits
            for n in numbers
            if band.start <= n.start < band.end
        ]
        if not limits:
            fits += [
                any(_like(own, n) and _value(own) == _value(n) for own in each.numbers) or _within(n, each)
                for n in numbers
            ]
        fits += [hour in each.hours for hour in hours]
        worth[each.text] = all(fits) * (len(words & stems(each.told)) + 2 * len(fits))
    best = max(worth.values())
    if best:
        return [each for each in things if worth[each.text] == best]
    wanted = numbers[0] if len(numbers) == 1 and not limits and _P["needs"].search(question) else None
    roomy = [
        (_value(own), each)
        for each in things
        for own in each.numbers
        if wanted and _like(own, wanted) and _value(own) >= _value(wanted)
    ]
    return [each for value, each in roomy if value == min(roomy, key=lambda pair: pair[0])[0]]


def _like(own: Quantity, asked: Quantity) -> bool:
    """Whether two numbers are of one measure."""
    return (
        own.unit == asked.unit
        if own.unit or asked.unit
        else stem(own.word) == stem(asked.word) or not (own.word and asked.word)
    )


def _within(number: Quantity, thing: Thing) -> bool:
    """Whether a number is in a range that is told of a thing: "3 to 4 players"."""
    return any(
        low.value <= number.value <= high.value and _like(high, number)
        for low, high in pairwise(thing.numbers)
        if _P["to"].fullmatch(thing.told[low.end : high.start])
    )
