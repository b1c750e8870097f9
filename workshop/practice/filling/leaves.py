"""How each simple value of a schema is come by: found in the text, written, or the plainest that fits."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from workshop.practice.filling import choose, fit
from workshop.practice.filling.find import Finder
from workshop.practice.filling.kinds import Field
from workshop.practice.filling.schema import MISSING, Schema, type_of, valid
from workshop.practice.filling.write import Writer
from workshop.practice.reading.numbers import Quantity, whole
from workshop.practice.reading.shapes import Found

_LOWER = re.compile(r"\bin lower ?case\b")


@dataclass(frozen=True)
class Leaf:
    """How a simple value is come by: found in the text, written, or the plainest that fits."""

    find: Callable[[Field, Schema, Found | None, Finder], Any]
    write: Callable[[Writer, Field, Schema, Any], Any]
    plain: Callable[[Any, Schema, Field], Any]


def _found_text(field: Field, schema: Schema, found: Found | None, finder: Finder) -> Any:
    if found is None:
        return MISSING
    said = str(found.value)
    made = fit.string(said, schema, "") if schema.get("format") or schema.get("pattern") else said
    return made if valid(made, schema) else MISSING


def _found_number(field: Field, schema: Schema, found: Found | None, finder: Finder) -> Any:
    return whole(found.as_asked(field.words)) if isinstance(found, Quantity) else MISSING


def _found_truth(field: Field, schema: Schema, found: Found | None, finder: Finder) -> Any:
    return found.value if found else MISSING


def _found_option(field: Field, schema: Schema, found: Found | None, finder: Finder) -> Any:
    if found is not None:
        return found.value
    texts = [option for option in schema["enum"] if isinstance(option, str)]
    rules = f"{field.description}\n{finder.conversation.instructions}"
    if ruled := choose.by_rule(texts, rules, finder.text):
        finder.given[field.name] = ruled
        return ruled.value
    meant = choose.by_meaning(texts, field, finder.conversation, finder.text)
    if meant is None and choose.is_manner(field):
        return choose.plainest(schema["enum"])
    return meant or MISSING


def _plain_option(value: Any, schema: Schema, field: Field) -> Any:
    options = [o for o in schema["enum"] if valid(o, {k: schema[k] for k in ("type", "enum") if k in schema})]
    return value if value in options else (options or schema["enum"])[0]


def _plain_text(value: Any, schema: Schema, field: Field) -> Any:
    return fit.string(value or "", schema, field.path)


def _plain_number(value: Any, schema: Schema, field: Field) -> Any:
    return fit.number(value, schema, whole=type_of(schema) == "integer")


_NUMBER = Leaf(_found_number, Writer.number, _plain_number)
LEAVES: Mapping[str, Leaf] = {
    "string": Leaf(_found_text, Writer.string, _plain_text),
    "integer": _NUMBER,
    "number": _NUMBER,
    "boolean": Leaf(_found_truth, Writer.boolean, lambda value, *_: bool(value)),
    "enum": Leaf(_found_option, Writer.choice, _plain_option),
}


def fitted(value: Any, schema: Schema, field: Field) -> Any:
    """A value that a text lists, in the form of the schema."""
    kind = "enum" if schema.get("enum") else type_of(schema)
    value = int(value) if kind == "integer" else whole(value) if isinstance(value, float) else value
    return LEAVES[kind].plain(value, schema, field) if kind in LEAVES else value
