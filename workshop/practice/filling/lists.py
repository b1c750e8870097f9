"""Lists in a text: their entries, the parts that are about one thing each, keys with their values."""

from __future__ import annotations

import re
from typing import Any

from workshop.practice.filling import phrases, stated, truth
from workshop.practice.filling.find import Finder
from workshop.practice.filling.kinds import Field, kind_of
from workshop.practice.filling.matching import Leaf
from workshop.practice.filling.offers import NAMED
from workshop.practice.filling.schema import Schema, properties_of, solid
from workshop.practice.reading import read, shapes
from workshop.practice.reading.numbers import whole
from workshop.practice.reading.shapes import Found
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, sentences

_SPLITS: tuple[str, None, str] = (r"\n\s*(?:[-*•]|\d+[.)])?\s*", None, r",\s*(?:and\s+)?|;\s*|\s+and\s+")
"""What is between the entries of a list: lines, sentences, commas."""
_P = PATTERNS["lists"]


def one_of(field: Field, items: Schema) -> Field:
    """The field of one entry of a list: an ingredient of the ingredients."""
    own = field.name
    name = own[:-3] + "y" if own.endswith("ies") else re.sub(r"(?<!s)s$", "", own)
    return field.child(name).described({"description": field.description, **items})


def listed(field: Field, items: Schema, finder: Finder) -> list[Any]:
    """The values that the text lists for an array: by their shape, or the likeliest name with those beside it."""
    field = one_of(field, items)
    kind = kind_of(field, items)
    found = finder.things(field, items, kind)
    shaped = list(dict.fromkeys(each.value for each in found))
    if kind in ("number", "enum") or (found and kind not in NAMED):
        return shaped
    leaf = Leaf(field, items, kind, found)
    chosen = finder.scorer.assigned([leaf], [], [*finder.given.values()]).get(field.name)
    if not chosen:
        return shaped
    first = Found(chosen[1].value, chosen[1].start, chosen[1].end)
    named = finder.scorer.listed(field.name, first)
    if len(named) > 1:
        finder.lists.append((named[0].start, named[-1].end))
    return [each.value for each in named] if len(named) > len(shaped) else shaped


def segments(items: Schema, root: Schema, finder: Finder) -> list[str]:
    """The parts of the text that are entries of a list of objects: lines, sentences, or what is between
    commas, each with something for a field; else what a label lists.
    """
    fields = properties_of(solid(items, root)).items()
    kinds = {name: kind_of(Field(name), part) for name, raw in fields if (part := solid(raw, root))}
    begun = phrases.command(finder.text)
    text = finder.text[begun[1] :] if begun and begun[0] in WORDS["commands"] else finder.text
    if (label := re.match(r"[^.,:\n]{2,30}:\s*", text)) and ("," in text or len(sentences(text)) > 1):
        text = text[label.end() :]
    for sentence in sentences(text) if "number" in kinds.values() else ():
        if len(run := _counted(sentence)) > 1:
            return run
    for pattern in _SPLITS:
        parts = sentences(text) if pattern is None else re.split(pattern, text)
        parts = [part.strip(" .") for part in parts if part.strip(" .")]
        full = [part for part in parts if _is_entry(part, kinds, finder)]
        bill = [part for part in full if _P["priced"].fullmatch(part)] if pattern == _SPLITS[0] else []
        if len(bill) > 1 and len(bill) < len(parts) and "number" in kinds.values():
            return bill
        if len(full) > 1 and len(full) >= len(parts) - 1:
            return full
    commas = label and "number" not in kinds.values()
    entries = re.split(r"[,;]\s*(?:and\s+)?", text.strip(" .")) if commas else []
    return entries if len(entries) > 1 else []


def _counted(sentence: str) -> list[str]:
    """The parts of a sentence that each count something: "Pack (12 candles), (3 soap bars) and (a gift box)"."""
    run: list[str] = []
    for part in filter(None, (part.strip(" .") for part in re.split(_SPLITS[2], sentence))):
        begun = phrases.counts_from(part)
        if run and begun[:1] == [0]:
            run.append(part)
        elif len(run) < 2:
            run = [part[begun[-1] :]] if begun else []
        else:
            break
    return run


def _is_entry(part: str, kinds: dict[str, str], finder: Finder) -> bool:
    inner = Finder(finder.conversation, part)
    inexact = ("enum", "id", "boolean", "object", "array")
    return any(inner.things(Field(name), {}, kind) for name, kind in kinds.items() if kind not in inexact)


def pairs(values: Schema, text: str) -> dict[str, Any]:
    """Keys and values that the text lists, those of the wanted type."""
    found: dict[str, Any] = {}
    numbers = values.get("type") in ("integer", "number")
    paid = [(each, str(what.value)) for each, what in phrases.priced(text)] if numbers else []
    listed = shapes.pairs(text) if not paid else {}
    counted = paid or (phrases.counted(text) if not listed and numbers else [])
    if counted:
        return {name: whole(n.value) for n, name in counted}
    listed = listed or {
        match[1]: match[2] for each in stated.entries(text) if (match := _P["keyed"].match(each))
    }
    for key, value in listed.items():
        if numbers and (amounts := read(value).quantities):
            found[key] = int(amounts[0].value) if values["type"] == "integer" else amounts[0].value
        elif values.get("type") == "boolean" and value.casefold() in truth.SAID:
            found[key] = truth.SAID[value.casefold()]
        elif values.get("type") in ("string", None):
            found[key] = value
    return found
