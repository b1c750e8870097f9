"""Arguments for a tool from the text of a question: a fill whose required values must be found."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence, Set
from copy import copy
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any

from workshop.practice.conversation import Conversation
from workshop.practice.filling import alone, phrases, shell
from workshop.practice.filling.bounds import cased
from workshop.practice.filling.fill import Filler
from workshop.practice.filling.find import Finder
from workshop.practice.filling.kinds import BODY, THINGS, Field, kind_of
from workshop.practice.filling.plainly import plainly
from workshop.practice.filling.schema import MISSING, Schema, nullable, properties_of, resolved, solid
from workshop.practice.filling.sentence import root
from workshop.practice.filling.several import several
from workshop.practice.reading.lexicon import notifies
from workshop.practice.reading.shapes import Found
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import before, in_words, shorten, words
from workshop.practice.reading.topics import topic_of
from workshop.practice.types import Tool

_P = PATTERNS["call"]
_ALSO = 1.0
"""What a thing must weigh to be worth a call of its own."""
_LONG = 2_000
"""Letters of earlier results that are looked at."""


Writes = Callable[[Mapping[str, Any]], str | None]


@dataclass(frozen=True)
class Slot:
    """What the question offers for one parameter."""

    kind: str
    found: tuple[Found, ...]
    """Several mean several calls, where the kind is a thing named."""
    required: bool


def field_of(tool: Tool) -> Field:
    """The field that a tool's parameters are."""
    return Field(tool=f"{in_words(tool.name)}\n{tool.description}")


def kind_in(tool: Tool, name: str) -> str:
    """The kind of a parameter."""
    return kind_of(*_parameter(tool, name))


def _parameter(tool: Tool, name: str) -> tuple[Field, Schema]:
    part = solid(properties_of(tool.parameters).get(name, {}), tool.parameters)
    return field_of(tool).child(name).described(part), part


class Arguments:
    """The calls of one tool that a text asks for."""

    def __init__(self, tool: Tool, conversation: Conversation, text: str, *, body: Writes | None = None):
        """`body`: writes the text of a message from the other arguments."""
        self.tool = tool
        self.text = plainly(text, tool)
        self._body, self._conversation = body, conversation
        self._finder = Finder(conversation, self.text)
        filler = Filler(tool.parameters, self._finder)
        value = filler.value(tool.parameters, field_of(tool))
        self._value: dict[str, Any] = value if isinstance(value, dict) else {}
        self._kinds = {name: kind_in(tool, name) for name in properties_of(tool.parameters)}
        for name in [
            n for n, found in self._finder.given.items() if _P["order_to_tell"].match(str(found.value))
        ]:
            del self._finder.given[name]
            self._value.pop(name, None)
        self.slots = {name: self._slot(name, raw) for name, raw in properties_of(tool.parameters).items()}
        kinds = {slot.kind for slot in self.slots.values()}
        written = {BODY, "title"} if BODY in kinds else set()  # what has a text may be given a title for it
        open_texts = {name for name, slot in self.slots.items() if slot.kind in written}
        self.missing = [name for name in filler.missing if name not in open_texts]
        """Names of required parameters for which the text offers nothing, texts that the model can write left out."""
        if command := shell.parameter(tool):
            self._run(command)

    def _run(self, command: str) -> None:
        """Give a shell nothing but a command, and the defaults for all else."""
        bare = Filler(self.tool.parameters, Finder(self._conversation, ""))
        plain = bare.value(self.tool.parameters, field_of(self.tool))
        self._finder.given.clear()
        self._value = dict(plain) if isinstance(plain, dict) else {}
        run, read = shell.commands(self.text, self._conversation.instructions), ""
        listed = next((a.output for a in self._conversation.done if shell.LISTING in str(a.arguments)), None)
        if listed and run == (shell.LISTING,):
            read = shell.to_read(listed, f"{self.text}\n{self._conversation.instructions}")
        several, run = self._kinds[command] == "array", (read,) if read else run
        self.missing = [] if run else [command]
        if run:
            self._value[command] = [*run] if several else " && ".join(run)
            self._finder.given[command] = Found(self._value[command], 0, len(self.text))
        self.slots = {n: self._slot(n, raw) for n, raw in properties_of(self.tool.parameters).items()}

    def copy(self) -> Arguments:
        """The same, to change by itself."""
        twin = copy(self)
        twin._value, twin.slots, twin.missing = {**self._value}, {**self.slots}, [*self.missing]
        twin._finder = copy(self._finder)
        twin._finder.given = {**self._finder.given}
        return twin

    @property
    def unfilled(self) -> list[str]:
        """The missing parameters; what lacks inside of one, such as the city of a route, is left out."""
        return [name for name in self.missing if name in self.slots]

    def take(self, name: str, value: Any) -> None:
        """Give a missing parameter a value that was named before this text."""
        self._value[name] = value
        self.missing.remove(name)

    def take_alone(self, known: Set[str]) -> None:
        """Give the one thing that is missing what alone the text names. `known`: roots of the tool's own words."""
        for name in self.unfilled if len(self.missing) == 1 else []:
            if self.slots[name].kind in ("label", "other", "place") and (
                told := alone.thing(self.text, name, known, self.spans.values())
            ):
                self.take(name, told.value)

    def complete(self, values: Mapping[str, Any]) -> None:
        """Give the missing parameters the values that others of their names have."""
        for name in [name for name in self.unfilled if name in values]:
            self.take(name, values[name])

    def put(self, name: str, value: Any) -> None:
        """Give a parameter a value from elsewhere, whatever the text says."""
        self._value[name] = value
        self.missing = [each for each in self.missing if each != name]
        self.slots[name] = replace(self.slots[name], found=(Found(value, 0, 0),))

    @property
    def values(self) -> dict[str, Any]:
        """All that is known, defaults included."""
        return dict(self._value)

    @property
    def spoken(self) -> dict[str, Any]:
        """The values that the text itself names, by parameter."""
        return {name: self._value[name] for name in self._finder.given if name in self._value}

    @property
    def spans(self) -> dict[str, Found]:
        """Where the text names the value of each parameter."""
        return {name: found for name, found in self._finder.given.items() if name in self._value}

    def weight(self, name: str) -> float | None:
        """How surely the text names the value of a parameter; None for one that is told by its shape."""
        found = self._finder.given.get(name)
        return self._finder.weight(name, found) if found else None

    @property
    def has_open_text(self) -> bool:
        """Whether a text is required that the text itself does not give, so that it has to be written."""
        return any(slot.kind == BODY and slot.required and not slot.found for slot in self.slots.values())

    def calls(self) -> list[dict[str, Any]]:
        """One set of arguments for each call; empty where something is missing."""
        if self.missing:
            return []
        listed = [name for name, slot in self.slots.items() if len(slot.found) > 1]
        made: list[dict[str, Any]] = []
        for arguments in map(self._one, self._parts() or self._combinations(listed)):
            if arguments is not None and arguments not in made:
                made.append(arguments)
        return made

    def _parts(self) -> list[dict[str, Any]]:
        """What each of several calls has of its own; what it may lack and the text names for another is its default."""
        required = {name for name, slot in self.slots.items() if slot.required}
        texts = {name for name, slot in self.slots.items() if slot.kind == BODY}
        parts = several(self.tool, field_of(self.tool), self._finder, required - texts)
        schemas, root = properties_of(self.tool.parameters), self.tool.parameters
        silent = {n: resolved(schemas[n], root).get("default") for n in self.slots.keys() - required}
        return [{**silent, **part} for part in parts]

    def _exemplified(self, name: str, value: Any) -> Any:
        """The value of a parameter, spelled as its description shows things and as results before have named it."""
        if not isinstance(value, str):
            return value
        _, part = _parameter(self.tool, name)
        told, kind = str(part.get("description", "")), self.slots[name].kind
        if "enum" not in part and kind != BODY:
            value = self._spelled(value, told)
        given = self._finder.given.get(name) if kind in ("label", "other") else None
        counted = given and _P["counted"].search(before(self.text, given.start))
        return phrases.as_exemplified(value, told) if counted else value

    def _spelled(self, value: str, told: str) -> str:
        said = " ".join(str(answered.output) for answered in self._conversation.past[-3:])[:_LONG]
        spelled = cased(value, told)
        return spelled if spelled != value else _like(value, told) or _like(value, said) or value

    def _slot(self, name: str, raw: Any) -> Slot:
        root = self.tool.parameters
        field, part = _parameter(self.tool, name)
        kind = kind_of(field, part)
        required = name in (root.get("required") or ())
        required = required and "default" not in resolved(raw, root) and not nullable(raw, root)
        value = self._value.get(name, MISSING)
        given = self._finder.given.get(name)
        unsaid = not required and value == part.get("default", MISSING) and not (given and kind == "enum")
        if value is MISSING or value is None or unsaid:
            return Slot(kind, (), required)
        found = [Found(value, 0, 0)]
        if given is not None and name in self._finder.scorer.scores:
            found = [] if kind == BODY else self._listed(name, field, part, given, kind)
            found = found or [Found(value, 0, 0)]
        elif kind in ("state", "person") and not self._shared(name, kind):
            found = [*self._finder.things(field, part, kind)] or found
        distinct = {each.value: each for each in reversed(found)} if kind in THINGS else {}
        return Slot(kind, tuple(found if len(distinct) != 1 else distinct.values()), required)

    def _listed(self, name: str, field: Field, part: Schema, given: Found, kind: str) -> list[Found]:
        """What a parameter got, with what the text lists beside it; things told by their shape may be anywhere."""
        if kind != "person" or self._shared(name, kind) or not notifies(in_words(self.tool.name)):
            return [given]  # only whom to tell is crossed with what about
        others = [f for other, f in self._finder.given.items() if other != name and f.end]
        least = max(_ALSO, (self._finder.weight(name, given) or 0.0) - 3)
        things = self._finder.things(field, part, kind)
        more = [each for each in things if not any(map(each.overlaps, (*others, given)))]
        more = [each for each in more if (self._finder.weight(name, each) or 0.0) > least]
        return sorted([given, *more], key=lambda each: each.start)

    def _shared(self, name: str, kind: str) -> bool:
        """Whether another parameter wants things of the same kind, so that each gets one: from, to."""
        return any(other != name and each == kind for other, each in self._kinds.items())

    def _one(self, chosen: Mapping[str, Any]) -> dict[str, Any] | None:
        arguments = {**self._value, **chosen}
        lacking = [name for name, slot in self.slots.items() if slot.required and name not in arguments]
        for name in sorted(lacking, key=lambda name: self.slots[name].kind != BODY):
            text = self._body(arguments) if self._body and self.slots[name].kind == BODY else self.text
            if text is None:
                return None
            said = next((v for n, v in arguments.items() if self.slots[n].kind == BODY), text)
            arguments[name] = text if self.slots[name].kind == BODY else shorten(topic_of(str(said)), 60)
        return {n: self._exemplified(n, arguments[n]) for n in self.slots if n in arguments}

    def _combinations(self, several: list[str]) -> list[dict[str, Any]]:
        values = {name: [found.value for found in self.slots[name].found] for name in several}
        if len(several) < 2:
            return [dict(zip(several, each, strict=True)) for each in itertools.product(*values.values())]
        first, second, *rest = several
        pairs = _paired(self.slots[first].found, self.slots[second].found)
        others = [dict(zip(rest, e, strict=True)) for e in itertools.product(*(values[n] for n in rest))]
        return [{first: a, second: b, **more} for more in others for a, b in pairs]


def _like(value: str, known: str) -> str | None:
    """How a text spells the same words: "lemon tart" for "lemon tarts"."""
    wanted = [*map(root, words(value))]
    listed = [*re.finditer(r"[^\W_]+", known)]
    for n in range(len(listed) - len(wanted) + 1) if wanted else ():
        run = listed[n : n + len(wanted)]
        if [root(m[0]) for m in run] == wanted:
            spelled = known[run[0].start() : run[-1].end()]
            return spelled if spelled.casefold() != value.casefold() else None
    return None


def _paired(first: Sequence[Found], second: Sequence[Found]) -> list[tuple[Any, Any]]:
    """Who goes with what: "Ana about Texas and Ben about Ohio" are two pairs, "Ana and Ben about both" four."""
    marks = [(each.start, which, each.value) for which, all_ in enumerate((first, second)) for each in all_]
    grouped = itertools.groupby(sorted(marks, key=itemgetter(0, 1)), key=itemgetter(1))
    runs = [(which, [value for _, _, value in run]) for which, run in grouped]
    if len(runs) % 2 == 1 and len(runs) > 2:
        kind, values = runs[0]
        if set(values) <= {value for other, later in runs[1:] for value in later if other == kind}:
            runs = runs[1:]  # named once for the reading and again beside its partner
    if len(runs) % 2 == 1:
        runs = [(0, [each.value for each in first]), (1, [each.value for each in second])]
    pairs: list[tuple[Any, Any]] = []
    for (kind, these), (_, those) in zip(runs[::2], runs[1::2], strict=True):
        for a, b in itertools.product(these, those):
            pair = (a, b) if kind == 0 else (b, a)
            if pair not in pairs:
                pairs.append(pair)
    return pairs
