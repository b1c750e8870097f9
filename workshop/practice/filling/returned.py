"""What tools returned for the fields of a record: each value goes to the field whose words it meets best."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workshop.practice.conversation import Answered
from workshop.practice.filling.schema import MISSING, Schema, branches, properties_of, solid, type_of, valid
from workshop.practice.outputs import error_of, value_of
from workshop.practice.reading import read
from workshop.practice.reading.numbers import is_number, whole
from workshop.practice.reading.shapes import currencies
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, fold, stem, words
from workshop.practice.types import Tool

_LEAST = 0.5
"""The share of a field's words that a value must meet."""
_RETURNS = re.compile(r"(?i)\breturns?\b(?P<what>[^.]*)")


@dataclass(frozen=True)
class _Value:
    """A value with what is said of it."""

    value: Any
    name: frozenset[str]
    about: frozenset[str]
    asked: bool
    """Whether a tool was asked with it."""
    alone: bool = False
    """Whether it is all that a tool returned."""


def returned(schema: Schema, root: Schema, done: Sequence[Answered], tools: Sequence[Tool]) -> dict[str, Any]:
    """The values of calls for the fields of a schema, by the names of the fields."""
    values = [value for answered in done for value in _values(answered, tools)]
    scored = []
    for order, (name, part) in enumerate(properties_of(schema).items()):
        for n, value in enumerate(values):
            made = projected(value.value, part, root)
            if made is not MISSING and (score := _meets(name, value)):
                scored.append((-score, value.asked, -n, order, name, made))
    only = [*properties_of(schema).items()]
    figure = values[-1].value if values and values[-1].alone else None
    if not scored and len(only) == 1 and is_number(figure):
        made = projected(figure, only[0][1], root)
        return {} if made is MISSING else {only[0][0]: made}
    found: dict[str, Any] = {}
    taken: set[int] = set()
    for _, _, n, _, name, made in sorted(scored, key=lambda each: each[:4]):
        if name not in found and n not in taken:
            found[name] = made
            taken.add(n)
    listed = [e.value for n, e in enumerate(values) if -n not in taken and isinstance(e.value, list)]
    booleans = [name for name, part in only if type_of(solid(part, root)) == "boolean"]
    open_ones = [name for name in booleans if name not in found]
    return found | (dict.fromkeys(open_ones, bool(listed[0])) if len(listed) == len(open_ones) == 1 else {})


def _values(answered: Answered, tools: Sequence[Tool]) -> Iterator[_Value]:
    tool = next((tool for tool in tools if tool.name == answered.name), None)
    parameters = properties_of(tool.parameters if tool else {})
    for name, value in answered.arguments.items():
        told = str(parameters.get(name, {}).get("description", ""))
        yield _Value(value, _stems(name), _stems(name, told), asked=True)
    value = value_of(answered.output)
    if error_of(answered.output):
        return
    if isinstance(value, Mapping):
        yield from (_Value(each, _stems(key), _stems(key), asked=False) for key, each in value.items())
        return
    if isinstance(value, str) and (PATTERNS["template"]["nothing"].search(value) or len(value) > 200):
        return
    told = f"{answered.name}. {tool.description if tool else ''}"
    returns = _RETURNS.search(told)
    given = _stems(*parameters, *(part.get("description", "") for part in parameters.values()))
    named = _stems(returns["what"] if returns else answered.name)
    yield _Value(value, named - given, _stems(told) - given, asked=False, alone=True)


def _stems(*texts: Any) -> frozenset[str]:
    """The stems of the words that tell something, with the code for the name of a currency."""
    said = (word for text in texts for word in words(str(text)) if fold(word) not in WORDS["stop"])
    coded = ((word, currencies(word.upper() if len(word) == 3 else word)) for word in said)
    return frozenset(codes[0].value if codes else stem(word) for word, codes in coded)


def _meets(name: str, value: _Value) -> float:
    """How well a value suits a field, by their words; 0 where it does not."""
    own = _stems(name) or frozenset({fold(name)})
    share = len(own & value.about) / len(own)
    near = len(own & value.name) / len(own | value.name) if value.name else 0.0
    return share + near + (not value.asked) / 2 if share >= _LEAST else 0.0


def projected(value: Any, schema: Any, root: Schema) -> Any:
    """A value in the form of a schema: of objects only the fields that it has, numbers and options as it writes them."""
    for branch in branches(schema, root):
        kind, made = type_of(branch), value
        if kind == "object" and isinstance(value, Mapping) and (listed := properties_of(branch)):
            keys = {name: key for name in listed if (key := _key(name, value)) is not None}
            found = {name: projected(value[key], listed[name], root) for name, key in keys.items()}
            made = {name: part for name, part in found.items() if part is not MISSING}
        elif kind == "array" and isinstance(value, list):
            items = branch.get("items", {})
            made = [each for v in value if (each := projected(v, items, root)) is not MISSING]
        elif branch.get("enum") and isinstance(value, str):
            made = next((each for each in branch["enum"] if fold(str(each)) == fold(value)), value)
        elif kind == "string" and is_number(value):
            made = str(value)
        elif kind in ("integer", "number") and isinstance(value, str):
            made = next((whole(each.value) for each in read(value).quantities), value)
        if made is not MISSING and valid(made, {**branch, "$defs": root.get("$defs", {})}):
            return made
    return MISSING


def _key(name: str, value: Mapping[str, Any]) -> str | None:
    """The key for a field: of its name, or the only one that has all its words or of which it has all."""
    own = _stems(name)
    near = [key for key in value if own and (_stems(key) <= own or own <= _stems(key))]
    return next((key for key in value if fold(key) == fold(name)), near[0] if len(near) == 1 else None)
