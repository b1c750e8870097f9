"""Lists in a text: their entries, the parts that are about one thing each, keys with their values."""

from __future__ import annotations

import re
from typing import Any

from workshop.practice.filling import phrases, sides, stated, truth
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
_CLOSING = PATTERNS["stated"]["closing"]


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
        alone = len(shaped) == 1 and kind not in ("number", "enum") and not field.tool
        return (sides.beside(str(shaped[0]), finder.text) if alone else []) or shaped
    leaf = Leaf(field, items, kind, found)
    chosen = finder.scorer.assigned([leaf], [], [*finder.given.values()]).get(field.name)
    if not chosen:
        return shaped
    first = Found(chosen[1].value, chosen[1].start, chosen[1].end)
    named = finder.scorer.listed(field.name, first)
    if len(named) > 1:
        finder.lists.append((named[0].start, named[-1].end))
    values = [each.value for each in named] if len(named) > len(shaped) else shaped
    alone = len(values) < 2 and not field.tool
    return (sides.beside(first.value, finder.text) if alone else []) or values


def segments(items: Schema, root: Schema, finder: Finder) -> list[str]:
    """The parts of the text that are entries of a list of objects: lines, sentences, or what is between
    commas, each with something for a field; else what a label lists.
    """
    fields = properties_of(solid(items, root)).items()
    kinds = {name: kind_of(Field(name), part) for name, raw in fields if (part := solid(raw, root))}
    text = _CLOSING.split(finder.text)[0]
    begun = phrases.command(text)
    text = text[begun[1] :] if begun and begun[0] in WORDS["commands"] else text
    if (label := re.match(r"(?!\d+:)[^.,:\n]{2,30}:\s*", text)) and ("," in text or len(sentences(text)) > 1):
        text = text[label.end() :]
    counted, fallback = "number" in kinds.values(), list[str]()
    for sentence in sentences(text) if counted else ():
        if len(run := _counted(sentence)) > 1:
            return run
    pieces = re.split(r",\s*(?:and\s+)?", text.strip(" ."))
    by_turns = all(bool(read(piece).quantities) == n % 2 for n, piece in enumerate(pieces))
    if (
        counted and by_turns and len(pieces) > 2 and len(pieces) % 2 == 0
    ):  # "pencils, 4 boxes, and rulers, 2 boxes"
        return [", ".join(pair) for pair in zip(pieces[::2], pieces[1::2], strict=True)]
    for pattern in _SPLITS:
        parts = sentences(text) if pattern is None else re.split(pattern, text)
        parts = [part.strip(" .") for part in parts if part.strip(" .")]
        full = [part for part in parts if _is_entry(part, kinds, finder)]
        bill = [part for part in full if _P["priced"].fullmatch(part)] if pattern == _SPLITS[0] else []
        if len(bill) > 1 and len(bill) < len(parts) and counted:
            return bill
        if len(full) > 1 and len(full) >= len(parts) - 1:
            if not counted or all(read(part).quantities for part in full):
                return parts[parts.index(full[0]) : parts.index(full[-1]) + 1]
            fallback = fallback or full
    if fallback:
        return fallback
    commas = label and not counted
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


def _key(said: str) -> str:
    """What a value is of, without what is said of it: "Anna (sits at desk)"."""
    return _P["key_end"].sub("", _P["key_lead"].sub("", said)) or said


def pairs(values: Schema, text: str) -> dict[str, Any]:
    """Keys and values that the text lists, those of the wanted type."""
    found: dict[str, Any] = {}
    numbers = values.get("type") in ("integer", "number")
    headed = _P["headed"].match(text) if numbers else None
    if headed and ": " not in text[headed.end() :] and len(read(text[headed.end() :]).quantities) > 1:
        text = text[headed.end() :]
    paid = [(each, str(what.value)) for each, what in phrases.priced(text)] if numbers else []
    keyed = {match[1]: match[2] for each in stated.entries(text) if (match := _P["keyed"].match(each))}
    each = [pair for part in sentences(text) for pair in shapes.pairs(part).items()]
    listed = (keyed if len(keyed) > 1 and numbers else dict(each)) if not paid else {}
    counted = paid or (phrases.counted(text) if not listed and numbers else [])
    if counted:
        return {_key(name): whole(n.value) for n, name in counted}
    listed = {_key(key): value for key, value in (listed or keyed).items()}
    for key, value in listed.items():
        if numbers and (amounts := read(value).quantities):
            found[key] = int(amounts[0].value) if values["type"] == "integer" else amounts[0].value
        elif values.get("type") == "boolean" and value.casefold() in truth.SAID:
            found[key] = truth.SAID[value.casefold()]
        elif values.get("type") in ("string", None):
            found[key] = value
    return found
