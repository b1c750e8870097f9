"""Data in words: a value, a list or an object as a phrase or a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from workshop.practice.reading.language import OTHER
from workshop.practice.reading.shapes import UNIT_WORDS
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import capital, in_words, joined, shorten
from workshop.practice.talking.phrases import say

_P = PATTERNS["outputs"]
_MOST_ENTRIES = 8
_SPELLED_OUT = {"eur": "euros", "usd": "dollars", "gbp": "pounds", "celsius": "°C"}
NAMING = ("name", "title", "subject", "label", "item", "product", "what", "event", "message")
"""Keys of the value that names an object."""


def sentence(value: Mapping[str, Any], language: str) -> str:
    """An object as a sentence: "The owner is Haddad and the freezer is F3"; as labels where its names are no words."""
    lists = [key for key, each in value.items() if _is_records(each)]
    if len(lists) == 1 and len(value) > 1:
        count, key = len(value[lists[0]]), lists[0]
        rest = {k: e for k, e in value.items() if k != key and not (e == count and _P["count"].search(k))}
        lead = f"{count} {in_words(key)}: " if count > 1 else ""
        shown = f"{lead}{rendered(value[key], language)}"
        return f"{sentence(rest, language)}. {capital(shown)}" if rest else shown
    said = {key: each for key, each in value.items() if isinstance(each, str) and _ends(each)}
    if said:  # "The high is 21. Warm and calm." and, of several: "Answer: … Steps: …"
        rest = {key: each for key, each in value.items() if key not in said}
        facts = [stopped(capital(sentence(rest, language)))] if rest else []
        labels = [f"{capital(in_words(str(key)))}: " if len(said) > 1 else "" for key in said]
        told = [shorten(each, 600) for each in said.values()]
        return " ".join([*facts, *(a + b for a, b in zip(labels, told, strict=True))])
    full = language in ("en", OTHER) and all(re.fullmatch(r"[a-z_]+", str(key)) for key in value)
    parts = _parts(value, language, form="full" if full else "label")[:12]
    if all(re.match("the .* (?:is|are) ", part) for part in parts):
        return joined(parts, say("and", language)) or say("empty", language)
    return ", ".join(parts)  # "the claim is C-7, paid on 15 May"


def _parts(value: Mapping[str, Any], language: str, form: str = "short") -> list[str]:
    """The values with their names: "starts 18:00", "Hall 2"; in full "the start is 18:00"; as labels "start: 18:00"."""
    said = {str(key): each for key, each in _filled(value).items()}
    if form == "full" and (what := said.pop("what", None)):
        return [rendered(what, language), *_parts(said, language, form)]
    return [_part(in_words(key), each, language, form) for key, each in said.items()]


def _part(label: str, value: Any, language: str, form: str) -> str:
    told, label = _measured(label, value, language)
    if label.endswith(" ago"):
        return f"{told} {label}"
    if label.casefold() in told.casefold():
        return told
    if isinstance(value, bool) and (state := _P["state"].fullmatch(label)):
        return state[1] if value else f"not {state[1]}"
    counts = not isinstance(value, str) and (label.endswith("ing") or _P["state"].fullmatch(label))
    if form == "label" or isinstance(value, (bool, Mapping)) or counts:
        return f"{label}: {told}"
    if form == "short" or _P["told_bare"].search(label):
        return f"{label} {told}"
    several = isinstance(value, (list, tuple)) and len(value) > 1
    return f"the {label} {'are' if several or re.search(r'[^sui]s$', label) else 'is'} {told}"


def _measured(label: str, value: Any, language: str) -> tuple[str, str]:
    """A value with the unit that its name ends with, and the name without it."""
    told = rendered(value, language)
    thing, _, unit = label.rpartition(" ")
    if thing and unit in UNIT_WORDS and isinstance(value, (int, float)):
        if per := thing.removesuffix(" per") if thing.endswith(" per") else "":
            return f"{told} per {unit}", per  # "price_per_hour"
        said = _SPELLED_OUT.get(unit, unit)
        return f"{told} {said.removesuffix('s') if value == 1 else said}", thing
    return told, label


def rendered(value: Any, language: str) -> str:
    """Data as a phrase: "city: Tokyo, conditions: sunny"."""
    if isinstance(value, Mapping):
        said = _filled(value).items()
        parts = [f"{in_words(str(key))}: {rendered(each, language)}" for key, each in said]
        return ", ".join(parts[:12]) or say("empty", language)
    if isinstance(value, (list, tuple)) and value:
        shown = [_entry(each, language) for each in value[:_MOST_ENTRIES]]
        shown += [f"+{len(value) - _MOST_ENTRIES}"] if len(value) > _MOST_ENTRIES else []
        flat = not any(isinstance(each, (Mapping, list)) for each in value)
        return joined(shown, say("and", language)) if flat else "; ".join(shown)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return shorten(str(value), 600) if value not in ("", [], ()) else say("empty", language)


def _entry(value: Any, language: str) -> str:
    """An entry of a list: "Dune (starts 18:00, Hall 2)"."""
    if not isinstance(value, Mapping):
        return rendered(value, language)
    said = _filled(value)
    first = next((key for key in NAMING if key in said), next(iter(said), ""))
    rest = _parts({key: each for key, each in said.items() if key != first}, language)
    lead = _measured(in_words(first), said[first], language)[0] if said else say("empty", language)
    return f"{lead} ({', '.join(rest[:11])})" if rest else lead


def _is_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, Mapping) for each in value)


def _filled(value: Mapping[str, Any]) -> dict[str, Any]:
    """An object without its empty values."""
    return {key: each for key, each in value.items() if each not in (None, "", [])}


def _ends(text: str) -> bool:
    """Whether a text ends as a sentence does."""
    plain = text.strip()
    return " " in plain and plain.endswith((".", "!", "?"))


def stopped(text: str) -> str:
    """The text with a stop at its end."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
