"""Arguments for a tool from the text of a question, by the tool's JSON Schema."""

# ruff: noqa: RUF001  # texts as people write them, with the punctuation of their language

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workshop.practice.conversation import Conversation
from workshop.practice.parameters import BODY, THINGS, Schema, accepts_null, kind_of, resolve, type_of, within
from workshop.practice.reading import entities, places, shapes
from workshop.practice.reading.entities import Found
from workshop.practice.reading.language import NAMES, languages_named
from workshop.practice.reading.lexicon import concepts
from workshop.practice.reading.text import fold, overlap, quoted, shorten, stem, stems, words
from workshop.practice.reading.topics import topic_of
from workshop.practice.types import Tool


@dataclass(frozen=True)
class Slot:
    """What the question offers for one parameter."""

    kind: str
    found: tuple[tuple[Any, int], ...]
    """Values with their positions in the text; several mean several calls where the kind is a thing named."""
    required: bool

    @property
    def missing(self) -> bool:
        return self.required and not self.found


_DEEPEST = 3
"""How deep objects inside objects are filled from the question: schemas may refer to themselves."""
_SAID_CODE = re.compile(r"\bstate (?:of |called |code )?[\"'“]?([A-Z]{2})\b")


class Arguments:
    """The calls of one tool that a question asks for."""

    def __init__(
        self,
        tool: Tool,
        conversation: Conversation,
        text: str,
        *,
        body: Callable[[Mapping[str, Any]], str | None] | None = None,
        inside: Arguments | None = None,
    ):
        """`inside`: the arguments of which these are one value; their schema is where a `$ref` points."""
        self.tool = tool
        self._root: Schema = inside._root if inside else tool.parameters
        self._depth: int = inside._depth + 1 if inside else 0
        self._conversation = conversation
        self._text = text
        self._body = body
        self._numbers = shapes.quantities(text)
        self._used: set[int] = set()
        properties = tool.parameters.get("properties")
        self._properties: Mapping[str, Any] = properties if isinstance(properties, Mapping) else {}
        required = tool.parameters.get("required")
        self._required = set(required) if isinstance(required, list) else set()
        self.slots = {name: self._slot(name, schema) for name, schema in self._properties.items()}

    @property
    def missing(self) -> list[str]:
        """Names of required parameters for which the question offers nothing, texts that the model can write
        left out.
        """
        return [name for name, slot in self.slots.items() if slot.missing and slot.kind != BODY]

    @property
    def names_a_thing(self) -> bool:
        """Whether a required parameter is filled by something that the question names."""
        return any(
            slot.required
            and slot.found
            and slot.kind in (*THINGS, "expression", "number", "date", "currency", "hash", "address", "phone")
            for slot in self.slots.values()
        )

    def calls(self) -> list[dict[str, Any]]:
        """One set of arguments for each call; empty where something is missing."""
        if self.missing:
            return []
        several = [name for name, slot in self.slots.items() if slot.kind in THINGS and len(slot.found) > 1]
        made: list[dict[str, Any]] = []
        for chosen in self._combinations(several):
            arguments = self._one(chosen)
            if arguments is not None and arguments not in made:
                made.append(arguments)
        return made

    def _one(self, chosen: Mapping[str, Any]) -> dict[str, Any] | None:
        arguments: dict[str, Any] = {}
        for name, slot in self.slots.items():
            if name in chosen:
                arguments[name] = chosen[name]
            elif slot.found:
                arguments[name] = slot.found[0][0]
            elif (
                name in self._required
                and accepts_null(self._properties[name])
                and not (slot.kind == BODY and slot.required)
            ):
                arguments[name] = None
        for name, slot in self.slots.items():
            if slot.kind == BODY and slot.required and name not in arguments:
                text = self._body(arguments) if self._body else self._text
                if text is None:
                    return None
                arguments[name] = text
        return {name: arguments[name] for name in self.slots if name in arguments}

    def _combinations(self, several: list[str]) -> list[dict[str, Any]]:
        if len(several) < 2:
            return [
                dict(zip(several, values, strict=True))
                for values in itertools.product(*(self._values(n) for n in several))
            ]
        first, second, *rest = several
        pairs = _paired(self.slots[first].found, self.slots[second].found)
        others = itertools.product(*(self._values(n) for n in rest))
        return [
            {first: a, second: b, **dict(zip(rest, more, strict=True))} for more in others for a, b in pairs
        ]

    def _values(self, name: str) -> list[Any]:
        return [value for value, _ in self.slots[name].found]

    def _slot(self, name: str, raw: Any) -> Slot:
        schema = resolve(raw, self._root)
        required = name in self._required and "default" not in schema and not accepts_null(raw)
        kind, found = self._find(name, schema)
        if kind in THINGS:
            found = _distinct(found) if len({v for v, _ in found if isinstance(v, str)}) <= 1 else found
        return Slot(kind, tuple(found), required)

    def _find(self, name: str, schema: Schema) -> tuple[str, list[tuple[Any, int]]]:
        if "const" in schema:
            return "const", [(schema["const"], 0)]
        options = schema.get("enum")
        if isinstance(options, list):
            return self._find_enum(name, schema, options)
        match type_of(schema):
            case "integer" | "number":
                return "number", self._find_number(name, schema)
            case "boolean":
                return "boolean", [(self._find_boolean(name), 0)]
            case "array":
                return self._find_array(name, schema)
            case "object":
                if self._depth >= _DEEPEST:
                    return "object", []
                nested = Arguments(
                    Tool(name, "", schema), self._conversation, self._text, body=self._body, inside=self
                )
                made = nested.calls()
                return "object", [(made[0], 0)] if made else []
            case "null":
                return "null", [(None, 0)]
            case _:
                return self._find_string(name, schema)

    def _find_string(self, name: str, schema: Schema) -> tuple[str, list[tuple[Any, int]]]:
        kind = kind_of(name, schema, self.tool)
        text = self._text
        if kind == "state":
            return kind, [(self._state_as(schema, f.value), f.start) for f in self._states()]
        finders: dict[str, Callable[[str], list[Found]]] = {
            "person": entities.people, "place": entities.locations, "email": entities.emails, "url": entities.urls,
            "phone": entities.phones, "date": entities.dates, "time": entities.times, "file": shapes.files,
            "ticker": shapes.tickers, "street": shapes.streets, "postal": shapes.postal_codes, "address": shapes.addresses,
        }  # fmt: skip
        if kind in ("id", "hash"):
            return kind, self._labelled(name) or [(f.value, f.start) for f in shapes.codes(text)][
                : None if kind == "id" else 1
            ]
        if kind == "currency":
            found = shapes.currencies(text)
            second = (
                bool(re.search(r"(^|_)(to|target|dest\w*|quote)(_|$)", name.casefold())) and len(found) > 1
            )
            return kind, [(f.value, f.start) for f in found[second:][:1]]
        if kind in finders:
            return kind, [(f.value, f.start) for f in finders[kind](text)] or self._labelled(name)
        if kind == "language":
            return kind, [(NAMES[code][0], 0) for code in languages_named(text)]
        if kind == BODY:
            asked = self._conversation.question or text
            named = re.search(
                rf"\b(?:and|with|,)\s+(?:the )?{re.escape(name)}:?\s+[\"“]?(.+?)[\"”]?$",
                asked,
                re.IGNORECASE | re.DOTALL,
            )
            said = [named[1]] if named else []
            literal = said or [b for b in [entities.message_body(asked)] if b] or quoted(asked)
            return kind, [(literal[0], 0)] if literal else []
        if kind == "subject":
            about = self._labelled(name) or [
                ((quoted(text) or [entities.message_body(text) or topic_of(text)])[0], 0)
            ]
            return kind, [(shorten(str(about[0][0]), 70), 0)]
        if kind == "question":
            return kind, [(text, 0)]
        if kind == "topic":
            return kind, [((quoted(text) or [topic_of(text)])[0], 0)]
        if kind == "expression":
            match = re.search(r"[-+(]?\s*\d[\d\s.+*/^()x×÷-]*[\d)]", text)
            return kind, [(match.group().strip(), match.start())] if match else []
        if name.casefold() in ("sql", "command", "code", "snippet") and (
            marked := re.search(r"`+([^`]+)`+", text)
        ):
            return kind, [(marked[1].strip(), marked.start(1))]
        return kind, self._labelled(name) or [(q, 0) for q in quoted(text)[:1]] or self._object(name)

    def _states(self) -> list[Found]:
        named = entities.state_codes(self._text)
        if not named:
            named = [Found(state.code, 0) for state in self._conversation.states]
        if not named:  # a code that no state has is asked for as it was said: the tool may know better
            named = [Found(said[1], said.start()) for said in _SAID_CODE.finditer(self._text)]
        return named

    def _state_as(self, schema: Schema, code: str) -> str:
        """The state in the form that the parameter asks for: its code unless a name is asked for."""
        state = places.by_code(code)
        described = f"{schema.get('description', '')} {self.tool.description}".casefold()
        wants_name = re.search(r"full name|state name|name of (?:the|a) (?:us |u\.s\. )?state", described)
        if state and wants_name and not re.search(r"code|two-letter|abbrev", described):
            return state.name
        return code

    def _labelled(self, name: str) -> list[tuple[Any, int]]:
        """A value that follows its parameter's name: "title: Storm", "seat 12A"."""
        return shapes_of(shapes.labelled(name, self._text))

    def _object(self, name: str) -> list[tuple[Any, int]]:
        """What the question does something with: "in the kitchen", "the bedroom lamp", "add buy milk to my
        list".
        """
        about = "|".join(re.escape(word) for word in words(self.tool.name) if len(word) > 2)
        for pattern in (
            r"\b(?:in|of|at) (?:the|my|our) (?P<what>[\w -]+?)(?=\s*(?:[.?!,]|$|\bto\b|\bon\b|\boff\b))",
            rf"\b(?:the|my|our) (?P<what>\w+) (?:{about}|lamp|lights?|device)\b",
            rf"^\W*(?:please )?(?:{about}|put|create|start|play)\b (?:an? |the |me )?(?P<what>.+?)"
            r"(?: (?:to|on|in|from) (?:my|the|our)\b.*)?[.?!]*$",
        ):
            if match := re.search(pattern, self._text, re.IGNORECASE):
                return [(match["what"].strip(), match.start("what"))]
        return []

    def _find_number(self, name: str, schema: Schema) -> list[tuple[Any, int]]:
        whole = type_of(schema) == "integer"
        free = [
            q
            for q in self._numbers
            if q.start not in self._used and (not whole or q.value.is_integer()) and within(q.value, schema)
        ]
        chosen = shapes.amount(name, str(schema.get("description", "")), self._text, free)
        if chosen is None:
            return []
        self._used.add(chosen.start)
        return [(int(chosen.value) if chosen.value.is_integer() else chosen.value, chosen.start)]

    def _find_boolean(self, name: str) -> bool:
        about = stems(name) - {"is", "has", "include", "use", "with"}
        plain = fold(self._text)
        negated = re.search(
            rf"\b(?:no|not|without|don't|sans|sin|skip)\b\W+(?:\w+\W+){{0,2}}(?:{'|'.join(map(re.escape, about)) or '$'})",
            plain,
        )
        return bool(about & {stem(w) for w in words(self._text)}) and not negated

    def _find_array(self, name: str, schema: Schema) -> tuple[str, list[tuple[Any, int]]]:
        items = resolve(schema.get("items") or {}, self._root)
        if type_of(items) in ("integer", "number"):
            values: list[Any] = [
                int(q.value) if q.value.is_integer() else q.value
                for q in self._numbers
                if within(q.value, items)
            ]
        else:
            singular = name.removesuffix("s") if not name.endswith("ss") else name
            _, found = (
                self._find_enum(singular, items, items["enum"])
                if "enum" in items
                else self._find(singular, items)
            )
            values = (
                list(dict.fromkeys(v for v, _ in found))
                if all(isinstance(v, str) for v, _ in found)
                else [v for v, _ in found]
            )
        limit = schema.get("maxItems")
        values = values[:limit] if isinstance(limit, int) else values
        return "array", [(values, 0)] if values or not schema.get("minItems") else []

    def _find_enum(self, name: str, schema: Schema, options: list[Any]) -> tuple[str, list[tuple[Any, int]]]:
        texts = [o for o in options if isinstance(o, str)]
        if texts and all(places.by_code(o) for o in texts):
            return "state", [(f.value, f.start) for f in self._states() if f.value in texts]
        if texts and all(places.by_name(o) for o in texts):
            named = {s.name: s.code for o in texts if (s := places.by_name(o))}
            return "state", [
                (n, f.start)
                for f in self._states()
                for n, code in named.items()
                if code == f.value and n in texts
            ]
        plain = fold(self._text)
        stood = [(o, plain.find(fold(o.replace("_", " ")))) for o in texts]
        found = sorted(((o, at) for o, at in stood if at >= 0), key=lambda pair: pair[1])
        if not found:
            asked = concepts(self._text)
            alike = [(o, overlap(o, self._text) + len(concepts(o) & asked)) for o in texts]
            found = [(o, 0) for o, score in sorted(alike, key=lambda pair: -pair[1]) if score > 0][:1]
        if found or "default" in schema or accepts_null(schema):
            return "enum", list(found)
        return "enum", [(options[0], 0)] if options else []


def shapes_of(found: Sequence[Found]) -> list[tuple[Any, int]]:
    """Values with their positions."""
    return [(each.value, each.start) for each in found]


def _distinct(found: list[tuple[Any, int]]) -> list[tuple[Any, int]]:
    kept: dict[Any, tuple[Any, int]] = {}
    for value, start in found:
        kept.setdefault(value, (value, start))
    return list(kept.values())


def _paired(first: Sequence[tuple[Any, int]], second: Sequence[tuple[Any, int]]) -> list[tuple[Any, Any]]:
    """Who goes with what: "Ana about Texas and Ben about Ohio" are two pairs, "Ana and Ben about Texas and
    Ohio" four.
    """
    marks = sorted(
        [*((start, 0, value) for value, start in first), *((start, 1, value) for value, start in second)],
        key=lambda m: m[:2],
    )
    runs = [(which, [m[2] for m in run]) for which, run in itertools.groupby(marks, key=lambda m: m[1])]
    if len(runs) % 2 == 1 and len(runs) > 2:
        kind, values = runs[0]
        if set(values) <= {value for other, later in runs[1:] for value in later if other == kind}:
            runs = runs[1:]  # named once for the reading and again beside its partner
    if len(runs) % 2 == 1:
        runs = [(0, [v for v, _ in first]), (1, [v for v, _ in second])]
    pairs: list[tuple[Any, Any]] = []
    for (kind, these), (_, those) in zip(runs[::2], runs[1::2], strict=True):
        for a, b in itertools.product(these, those):
            pair = (a, b) if kind == 0 else (b, a)
            if pair not in pairs:
                pairs.append(pair)
    return pairs
