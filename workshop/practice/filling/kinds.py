"""What the leaves of a schema stand for, by the tables kinds.toml and roles.toml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any

from workshop.practice.filling.bounds import MOMENT, MONTH, TIME
from workshop.practice.filling.schema import Schema, type_of
from workshop.practice.reading.tables import Row, Words, load
from workshop.practice.reading.text import STOP_WORDS, WORDS, all_stems, fold, stem, word_set, words

NONE: Mapping[str, Any] = MappingProxyType({})
BODY = "body"
"""A text that the model may write: a message, a notice."""


class Kind(Row):
    """A row of kinds.toml."""

    name: str
    named: re.Pattern[str]
    described: re.Pattern[str] | None = None
    several: bool = False


class Role(Row):
    """A row of roles.toml: words of a field's name, and the words that stand before its value."""

    fields: Words
    before: str

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(stem(word) for word in self.fields)

    @cached_property
    def leads(self) -> tuple[str, ...]:
        return tuple(self.before.split("|") if "|" in self.before else self.before.split())


KINDS = load("kinds", dict[str, list[Kind]])["kind"]
ROLES = load("roles", dict[str, list[Role]])["role"]
_MOVED = frozenset({"file", "slug", "currency", "unit", "language", "channel", "url"})
"""Kinds of things that a tool takes from one to another."""
_EXAMPLES = re.compile(r"(?i)\b(?:such as|e\.g\.|for example|for instance)[^.;()]*")
_BOUND = {MONTH: "month", TIME: "time", MOMENT: "moment", "date": "date"}
THINGS = frozenset(kind.name for kind in KINDS if kind.several) | {"language", "code"}
"""Kinds of which a question may name several, each worth a call."""


@dataclass(frozen=True)
class Field:
    """Where in a value a leaf is, and what is said about it."""

    name: str = ""
    description: str = ""
    owner: str = ""
    """Name of the list or object around it."""
    index: int | None = None
    """Position in the nearest list around it."""
    booleans: tuple[str, ...] = ()
    """Names of the yes-or-no fields beside it."""
    beside: Mapping[str, Any] = field(default_factory=dict)
    """Values already made in the same object."""
    path: str = ""
    tool: str = ""
    """Name and description of the tool, where the schema is a tool's."""
    record: str = ""
    """What the record is called, where the schema is a structured answer's."""

    def child(self, name: str, booleans: tuple[str, ...] = (), beside: Mapping[str, Any] = NONE) -> Field:
        about = f"{self.path}.{name}", self.tool, self.record
        return Field(name, "", self.name, self.index, booleans, dict(beside), *about)

    def item(self, index: int) -> Field:
        return replace(self, index=index, path=f"{self.path}[{index}]")

    def described(self, schema: Schema) -> Field:
        told = str(schema.get("description", "")).strip()
        return replace(self, description=told or self.description)

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of the field's name, folded."""
        return frozenset(fold(word) for word in words(self.name))

    @cached_property
    def roots(self) -> frozenset[str]:
        """Stems of the field's own name."""
        return all_stems(self.name)

    @cached_property
    def about(self) -> frozenset[str]:
        """Stems of the name and the description, little words and examples left out."""
        told = words(f"{self.name} {_EXAMPLES.sub('', self.description)}")
        return frozenset(stem(word) for word in told if fold(word) not in STOP_WORDS)

    @cached_property
    def roles(self) -> list[Role]:
        return [role for role in ROLES if role.names & self.roots]

    def named(self, *wanted: str) -> bool:
        return bool(self.roots & {stem(word) for word in wanted})


def kind_of(field: Field, schema: Schema) -> str:
    """What a leaf stands for: its JSON type, or for strings the kind that its name or description says."""
    if "const" in schema:
        return "const"
    declared = type_of(schema)
    if declared in ("integer", "number"):
        return "number"
    if isinstance(schema.get("enum"), list):
        return "enum"
    if declared != "string":
        return declared
    if told := _BOUND.get(str(schema.get("pattern") or schema.get("format"))):
        return told
    if schema.get("pattern") and schema.get("examples"):
        return "code"
    return _kind_of_text(_snake(field.name), field.tool, field.description, str(schema.get("pattern", "")))


def _snake(name: str) -> str:
    return re.sub(r"_?(?:\d+|(?<=_)[ab])$", "", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).casefold())


_NAMELESS = word_set(
    "address body date email expression hash id moment month phone plate postal question time url version"
)
"""Kinds of a tool's noun that have no name: the one of `save_birthday` and `phone_number` is a person's."""


@cache
def _kind_of_text(name: str, tool: str, description: str, pattern: str) -> str:
    described, said = description.casefold(), tool.casefold()
    two_letters = re.fullmatch(r"\^?\[A-Z\]\{2\}\$?", pattern) and "state" in f"{said} {name}"
    if two_letters or re.search(r"\bus state\b|two-letter|state code", described):
        return "state"
    receives = re.fullmatch(r"to|cc|bcc|recipients?|address|sender", name)
    mails = receives and re.search(r"e-?mail", f"{name} {said}")
    if mails or re.search(r"\be-?mail address", described):
        return "email"
    called = r"\bphone number" if name != "number" else r"\bphone|\bsms\b|\btext message"
    if re.fullmatch(r"to|number|recipients?|contact", name) and re.search(called, said):
        return "phone"
    noun = _kind_of_noun(said.split("\n")[0])
    moved = name in WORDS["ends"] and noun in _MOVED
    if noun and noun not in _NAMELESS and (moved or re.fullmatch(r"(?:(?:new|old|file)_)?names?", name)):
        return noun
    by_name = next((kind.name for kind in KINDS if kind.named.search(name)), None)
    if by_name in (None, "person", "label", "place", "id") and described.strip():
        by_words = next((k.name for k in KINDS if k.described and k.described.search(described)), None)
        if by_name == "person" and by_words == "label" and not name.startswith("name"):
            return by_name  # "Full name of the patient"
        return by_words or by_name or _kind_of_noun(described.split()[0].strip(".,:;")) or "other"
    if name in ("location", "region", "where") and re.search(r"\bstate\b", said):
        return "state"
    return by_name or "other"


def _kind_of_noun(tool: str) -> str | None:
    """The kind that a tool's own noun says, for a parameter that is only called name: rename_file, get_city."""
    nouns = [word for word in reversed(tool.split()) if word not in ("name", "names")]
    return next((kind.name for noun in nouns for kind in KINDS if kind.named.fullmatch(noun)), None)
