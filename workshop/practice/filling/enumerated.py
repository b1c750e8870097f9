"""Lists in words for a parameter that wants several names: "dependencies: fastapi, uvicorn", "with ham, olives and cheese"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from workshop.practice.filling.clauses import parsed
from workshop.practice.filling.kinds import Field, kind_of
from workshop.practice.filling.offers import SHAPED
from workshop.practice.filling.schema import Schema, properties_of, solid, type_of
from workshop.practice.filling.sentence import ORDERS, Sentence, all_roots, root
from workshop.practice.reading.shapes import Found
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import words

_P = PATTERNS["enumerated"]
_MANY = 3
"""Entries of a list without a label."""


@dataclass(frozen=True)
class Enumeration:
    """What a text lists for a parameter, and where."""

    entries: tuple[Found, ...]
    labelled: bool
    """Whether the parameter's name is before it."""
    ended: bool
    """Whether an "and" ends it."""
    start: int

    @property
    def whole(self) -> Found:
        """All of it, with its label."""
        return Found("", self.start, self.entries[-1].end)

    @property
    def values(self) -> list[str]:
        """The entries as texts."""
        return [each.value for each in self.entries]


def enumerations(owner: Field, schema: Schema, top: Schema, text: str) -> dict[str, Enumeration]:
    """What a text lists for the parameters of a tool that want several names."""
    several: list[Field] = []
    others: list[Field] = []
    for name, part in properties_of(schema).items():
        plain = solid(part, top)
        items = solid(plain.get("items") or {}, top)
        named = type_of(plain) == "array" and type_of(items) == "string" and not items.get("enum")
        field = owner.child(name).described(plain)
        (several if named and kind_of(field, items) not in SHAPED else others).append(field)
    return enumerated(several, others, text) if several else {}


def enumerated(fields: Sequence[Field], others: Sequence[Field], text: str) -> dict[str, Enumeration]:
    """What a text lists for some of a tool's parameters, by their names: behind a label, or, for the only one of them, a
    list of three and more. `others`: the parameters that want one value.
    """
    labels = {root(word) for each in (*fields, *others) for word in words(each.name)}
    found: dict[str, Enumeration] = {}
    for field in fields:
        named, verbs = (all_roots(each) for each in (field.name, field.tool))
        runs = list(_runs(parsed(text), named, labels, verbs | ORDERS))
        told = [each for each in runs if each.labelled]
        long = [each for each in runs if len(each.entries) >= _MANY and each.ended and len(fields) == 1]
        if told or long:
            found[field.name] = (told or long)[0]
    return found


def _runs(sentence: Sentence, own: Set[str], labels: Set[str], verbs: Set[str]) -> Iterator[Enumeration]:
    """The lists of a sentence. `own`, `labels`: stems of its name and all names; `verbs`: those that begin no entry."""
    chunks, n = sentence.chunks, 0
    while n < len(chunks):
        first, last = chunks[n]
        sign, start = _sign(sentence, first, own)
        if root(sentence.tokens[first].text) in own and last > first:
            sign, start, first = " ", sentence.tokens[first].start, first + 1  # "the tags food, urgent"
        if first == 0 and last > first and root(sentence.tokens[0].text) in verbs:
            first += 1  # "Seat Anna, Boris and Chloe"
        run, ended = [_entry(sentence, first, last)], False
        while n + 1 < len(chunks) and (link := _joined(sentence, chunks[n], chunks[n + 1])):
            if _is_other(sentence, *chunks[n + 1], labels):
                break
            n += 1
            ended |= bool(link["last"] or link["only"] or "&" in link[0])
            run.append(_entry(sentence, *chunks[n]))
        n += 1
        yield Enumeration(tuple(run), bool(sign.strip()) or (bool(sign) and len(run) > 1), ended, start)


def _sign(sentence: Sentence, first: int, own: Set[str]) -> tuple[str, int]:
    """What is between a parameter's name and the first word of its list, say ":", and where that name is."""
    start = sentence.tokens[first].start
    for token in sentence.tokens[max(0, first - 2) : first][::-1]:
        if root(token.text) in own:
            sign = _P["sign"].fullmatch(sentence.text, token.end, start)
            return (sign[0], token.start) if sign else ("", start)
    return "", start


def _is_other(sentence: Sentence, first: int, last: int, labels: Set[str]) -> bool:
    """Whether something else begins: the label of a parameter, an order."""
    begun, behind = root(sentence.tokens[first].text), sentence.tokens[last + 1 : last + 2]
    governs = last > first or any(not t.gap and t.kind in ("pronoun", "determiner") for t in behind)
    return begun in labels | ORDERS and governs


def _joined(sentence: Sentence, one: tuple[int, int], other: tuple[int, int]) -> re.Match[str] | None:
    """What links two chunks as entries of a list."""
    end, start = sentence.tokens[one[1]].end, sentence.tokens[other[0]].start
    link = _P["link"].match(sentence.text, end)
    return link if link and _P["little"].fullmatch(sentence.text[link.end() : start]) else None


def _entry(sentence: Sentence, first: int, last: int) -> Found:
    start, end = sentence.tokens[first].start, sentence.tokens[last].end
    return Found(sentence.text[start:end], start, end)
