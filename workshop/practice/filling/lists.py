"""Lists in a text: their entries, the parts that are about one thing each, keys with their values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from workshop.practice.filling import phrases, stated
from workshop.practice.filling.find import Finder
from workshop.practice.filling.kinds import Field, kind_of
from workshop.practice.filling.schema import Schema, properties_of, solid
from workshop.practice.reading import read, shapes
from workshop.practice.reading.text import WORDS, sentences

_SPLITS: tuple[str, None, str] = (r"\n\s*(?:[-*•]|\d+[.)])?\s*", None, r",\s*(?:and\s+)?|;\s*|\s+and\s+")
"""What is between the entries of a list: lines, sentences, commas."""


_PRICED = re.compile(
    r"(?i)(?!(?:sub-?)?(?:total|sum|tax|vat|balance|amount|change|cash|card|paid)\b)[^\W\d].*\D\d[\d.,]*(?: ?[€$£]| [a-z]{3,5})?"
)
"""A line of a bill: not its total."""
TRUTH = {
    "yes": True,
    "true": True,
    "y": True,
    "ja": True,
    "no": False,
    "false": False,
    "n": False,
    "nein": False,
}


def listed(field: Field, items: Schema, finder: Finder) -> list[Any]:
    """The values that the text lists for an array of simple values."""
    kind = kind_of(field, items)
    found = finder.things(field, items, kind)
    if found or kind in ("number", "enum"):
        return list(dict.fromkeys(each.value for each in found))
    for start in _beginnings(field, finder.text):
        if entries := phrases.entries(finder.text, start):
            return entries
    quoted = [each.value for each in phrases.quotes(finder.text)]
    subject = re.match(r"([^.?!:]+?)\s+are\b", finder.text)
    entries = phrases.entries(subject[1]) if subject and not quoted else []
    counted = [] if quoted or len(entries) > 1 or field.tool else _ENUMERATION.findall(finder.text)
    only = phrases.entries(counted[0]) if len(counted) == 1 else []
    if only and not any(" " in each for each in only[1:]):
        only[0] = only[0].split()[-1]  # "You know SQL, Python and Excel."
    return quoted or (entries if len(entries) > 1 else only)


_ENUMERATION = re.compile(
    r"(?:[\w+#'-]+(?: [\w+#'-]+)?, )+(?:an? )?[\w+#'-]+,? and [\w+#'-]+(?: [\w+#'-]+)??(?=[.,;!?\n]|$)"
)
"""Things one after the other: "SQL, Python and Excel"."""


def _beginnings(field: Field, text: str) -> Iterator[int]:
    """Where a list for the field may begin: behind a preposition, at the verb's object."""
    for role in field.roles:
        if role.strong:
            yield from (found.start for found in phrases.after(role.leads, text)[:1])
    begun = phrases.command(text)
    if begun and field.tool:
        yield begun[1]


def segments(items: Schema, root: Schema, finder: Finder) -> list[str]:
    """The parts of the text that are entries of a list of objects: lines, sentences, or what is between
    commas, each with something for a field; else what a label lists.
    """
    kinds = {
        name: kind_of(Field(name), part)
        for name, raw in properties_of(solid(items, root)).items()
        if (part := solid(raw, root))
    }
    begun = phrases.command(finder.text)
    text = finder.text[begun[1] :] if begun and begun[0] in WORDS["commands"] else finder.text
    if (label := re.match(r"[^.,:\n]{2,30}:\s*", text)) and ("," in text or len(sentences(text)) > 1):
        text = text[label.end() :]
    for sentence in sentences(text) if "number" in kinds.values() else ():
        parts = [part.strip(" .") for part in re.split(_SPLITS[2], sentence) if part.strip(" .")]
        full = [part for part in parts if _is_entry(part, kinds, finder)]
        counted = all(re.match(r"\d|an? ", part) or read(part.split()[0]).quantities for part in parts[1:])
        if len(full) > 1 and len(full) == len(parts) and counted:
            return full
    for pattern in _SPLITS:
        parts = sentences(text) if pattern is None else re.split(pattern, text)
        parts = [part.strip(" .") for part in parts if part.strip(" .")]
        full = [part for part in parts if _is_entry(part, kinds, finder)]
        bill = [part for part in full if _PRICED.fullmatch(part)] if pattern == _SPLITS[0] else []
        if len(bill) > 1 and len(bill) < len(parts) and "number" in kinds.values():
            return bill
        if len(full) > 1 and len(full) >= len(parts) - 1:
            return full
    entries = (
        re.split(r"[,;]\s*(?:and\s+)?", text.strip(" .")) if label and "number" not in kinds.values() else []
    )
    return entries if len(entries) > 1 else []


def _is_entry(part: str, kinds: dict[str, str], finder: Finder) -> bool:
    if "number" in kinds.values():
        counted = read(part).quantities or re.search(r"\ban? [a-z]", part)
        return bool(counted and re.search(r"[A-Za-zÀ-ÿ]{3}", part))
    inner = Finder(finder.conversation, part)
    plain = {
        name: kind for name, kind in kinds.items() if kind not in ("enum", "id", "boolean", "object", "array")
    }
    return any(inner.things(Field(name), {}, kind) for name, kind in plain.items())


_KEYED = re.compile(r"([^\W\d][\w ]*?) (\d.*)")
"""A key with a value that is a figure: "Monday 9 to 17"."""


def pairs(values: Schema, text: str) -> dict[str, Any]:
    """Keys and values that the text lists, those of the wanted type."""
    found: dict[str, Any] = {}
    listed = shapes.pairs(text)
    counted = phrases.counted(text) if not listed and values.get("type") in ("integer", "number") else []
    if counted:
        return {name: int(n.value) if float(n.value).is_integer() else n.value for n, name in counted}
    listed = listed or {match[1]: match[2] for each in stated.entries(text) if (match := _KEYED.match(each))}
    for key, value in listed.items():
        if values.get("type") in ("integer", "number"):
            amounts = read(value).quantities
            if amounts:
                found[key] = int(amounts[0].value) if values["type"] == "integer" else amounts[0].value
        elif values.get("type") == "boolean" and value.casefold() in TRUTH:
            found[key] = TRUTH[value.casefold()]
        elif values.get("type") in ("string", None):
            found[key] = value
    return found
