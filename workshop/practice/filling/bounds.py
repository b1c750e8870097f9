"""What the description of a parameter binds, as a schema says it: ranges, formats, options, the shape of an example."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from workshop.practice.reading.dates import WEEKDAYS
from workshop.practice.reading.numbers import number_of, whole
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import fold

_P = PATTERNS["bounds"]
MONTH = r"^\d{4}-(?:0[1-9]|1[0-2])$"
TIME = r"^(?:[01]\d|2[0-3]):[0-5]\d$"
MOMENT = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?$"
_FORMS: tuple[tuple[re.Pattern[str], dict[str, Any]], ...] = (
    (_P["moment"], {"pattern": MOMENT}),
    (_P["date"], {"format": "date"}),
    (_P["month"], {"pattern": MONTH}),
    (_P["time"], {"pattern": TIME}),
)


def bound(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of an object with what the descriptions of its properties bind."""
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return schema
    return {**schema, "properties": {name: _told(name, part) for name, part in properties.items()}}


def _told(name: str, part: Any) -> Any:
    if not isinstance(part, Mapping) or not isinstance(part.get("description", ""), str):
        return part
    listed = part.get("anyOf")
    if isinstance(listed, list):
        about = {"description": part.get("description", "")}
        told = [_told(name, {**about, **each}) if isinstance(each, Mapping) else each for each in listed]
        return {**part, "anyOf": told}
    if {"enum", "const", "pattern", "format", "$ref"} & part.keys():
        return part
    match part.get("type"):
        case "string":
            return {**part, **_of_text(name, part.get("description", ""))}
        case "integer" | "number":
            return {**_of_number(part.get("description", "")), **part}
    return part


@lru_cache(maxsize=4096)
def _of_text(name: str, told: str) -> dict[str, Any]:
    for form, rule in _FORMS:
        if form.search(told):
            return rule
    if len(options := options_in(told)) > 1:
        return {"enum": options}
    if _P["weekday"].search(f"{name.replace('_', ' ')}. {told}"):
        return {"enum": [cased(day.title(), told) for day in WEEKDAYS]}
    if code := _P["code"].search(told):
        shape = re.sub(r"[A-Za-z]+|\d+|[^A-Za-z\d]", _shape_of, code[1])
        return {"pattern": f"^{shape}$", "examples": [code[1]]}
    return {}


def _shape_of(run: re.Match[str]) -> str:
    """The pattern for a run of letters or figures in the example of a code, or for what parts them."""
    return r"\d+" if run[0].isdigit() else f"(?:(?i:{run[0]})|[A-Z]{{1,6}})" if run[0].isalpha() else "[ -]?"


def cased(text: str, told: str) -> str:
    """A text in the case that a description asks for."""
    case = _P["case"].search(told)
    return text if case is None else text.lower() if case["lower"] else text.upper()


def formed(text: str, told: str) -> str:
    """A text in the case and in the order of names that a description asks for: "Surname, First name"."""
    first, _, last = text.rpartition(" ") if _P["surname_first"].search(told) else ("", "", text)
    return cased(f"{last}, {first}" if first else last, told)


@lru_cache(maxsize=4096)
def _of_number(told: str) -> dict[str, Any]:
    options = options_in(told)
    numbers = [whole(number) for each in options if (number := number_of(each)) is not None]
    if len(options) > 1 and len(numbers) == len(options):
        return {"enum": numbers}
    if digits := _P["digits"].search(told):
        count = int(number_of(digits[1]) or 0)
        return {"minimum": 10 ** (count - 1), "maximum": 10**count - 1} if count else {}
    if both := _P["range"].search(told):
        return {"minimum": float(both[1]), "maximum": float(both[2])}
    least, most = _P["minimum"].search(told), _P["maximum"].search(told)
    return {key: float(m[1]) for key, m in (("minimum", least), ("maximum", most)) if m}


def options_in(told: str) -> list[str]:
    """The options that a description lists: "Size of the van: small, medium or large"; no examples."""
    match = _P["options"].search(told) or _P["options_alone"].fullmatch(told.strip())
    if not match:
        return []
    parts = re.split(r",\s*(?:or\s+|and\s+)?|\s+(?:or|and)\s+|\s*[/|]\s*", match["options"])
    options = [part.strip(" \"'`“”") for part in parts]
    return [] if any(not o or _P["no_option"].search(fold(o)) for o in options) else options
