"""What plain sentences say for the fields of a structured answer: figures beside their labels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from workshop.practice.filling.kinds import Field
from workshop.practice.filling.schema import Schema, type_of
from workshop.practice.reading import read
from workshop.practice.reading.numbers import Quantity, units_of
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import in_words, sentences, stem
from workshop.practice.talking.stories import total_of

_P = PATTERNS["scene"]
_NUMBERS = ("integer", "number")
_MOST, _LONGEST = 60, 300
"""So many sentences are read for figures, and so many letters of an entry: more is no plain sentence."""
Fields = Mapping[str, tuple[Field, Schema]]


def figures(fields: Fields, text: str) -> dict[str, str]:
    """Numbers, each for the field whose name is nearest in its own clause; a total that is not stated is their sum."""
    counts = {name: field for name, (field, plain) in fields.items() if type_of(plain) in _NUMBERS}
    totals = [name for name, field in counts.items() if _is_total(field)]
    parts = {name: field for name, field in counts.items() if name not in totals}
    if len(totals) == 1 and not any(_measures(field) or units_of(field.words) for field in parts.values()):
        together = total_of(text, counts[totals[0]].words)
        if together is not None and not any(_is_named(field, text) for field in parts.values()):
            return {totals[0]: f"{together:.10g}"}
    found: dict[str, tuple[str, Quantity]] = {}
    own = {root for field in parts.values() for root in field.roots}  # "half" may be a field's name
    left = 0
    for clause in _clauses(text, parts) if len(counts) > 1 else ():
        numbers = [n for n in read(clause).quantities if stem(clause[n.start : n.end]) not in own]
        together = bool(_P["total"].search(clause))
        if together and totals and numbers:
            found.setdefault(totals[0], (clause, numbers.pop(0)))
        places = [(at, name) for name, field in parts.items() for at in _named_at(field, clause)]
        near = sorted(
            (min(abs(at - q.start), abs(at - q.end)), n, name)
            for n, q in enumerate(numbers)
            for at, name in ([] if together else places)
        )
        taken: set[int] = set()
        for _, n, name in near:
            if name not in found and n not in taken:
                found[name] = clause, numbers[n]
                taken.add(n)
        left += len(numbers) - len(taken)
    if len(found) < 2 or left:
        return {}
    said = {name: _as_written(clause, quantity) for name, (clause, quantity) in found.items()}
    units = {quantity.unit for _, quantity in found.values()} - {""}
    alike = len(units) < 2 and not any(map(_measures, parts.values()))
    if len(totals) == 1 and totals[0] not in said and alike:
        said[totals[0]] = f"{sum(q.as_asked(parts[name].words) for name, (_, q) in found.items()):.10g}"
    return said


def _clauses(text: str, parts: Mapping[str, Field]) -> Iterator[str]:
    """The clauses of a text; one that only names a field goes with the next: "On Monday, 31 people came"."""
    for sentence in sentences(text)[:_MOST]:
        begun = ""
        for clause in _P["clause"].split(sentence):
            whole = f"{begun} {clause}".strip()
            names = any(_is_named(field, clause) for field in parts.values())
            if names and not begun and not read(clause).quantities:
                begun = clause
                continue
            yield from (begun, clause) if begun and names else (whole,)
            begun = ""
        yield from filter(None, [begun])


def _named_at(field: Field, clause: str) -> Iterator[int]:
    for match in re.finditer(r"[^\W\d_]+", clause):
        if stem(match[0]) in field.roots:
            yield match.start()


def _is_named(field: Field, clause: str) -> bool:
    return any(True for _ in _named_at(field, clause))


def _as_written(clause: str, quantity: Quantity) -> str:
    number = clause[quantity.start : quantity.end] if quantity.value >= 0 else f"{quantity.value:g}"
    return f"{number} {quantity.word if quantity.unit else ''}".strip()


def _is_total(field: Field) -> bool:
    told = f"{in_words(field.name)} {field.description.partition(' of ')[0]}"
    return bool(_P["total"].search(told))


def _measures(field: Field) -> bool:
    """Whether a figure is no part of a sum: a price, a rate, an age."""
    return bool(_P["measure"].search(in_words(field.name)))
