"""What the turns before a message have for a parameter: values of calls and of their results, names that were said."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workshop.practice import outputs
from workshop.practice.conversation import Conversation
from workshop.practice.filling.call import field_of, kind_in
from workshop.practice.filling.find import Finder
from workshop.practice.filling.kinds import ROLES
from workshop.practice.filling.matching import Leaf
from workshop.practice.filling.offers import is_named
from workshop.practice.filling.schema import properties_of
from workshop.practice.reading import read
from workshop.practice.reading.lexicon import acts
from workshop.practice.reading.numbers import is_number
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import all_stems, fold, stems, words
from workshop.practice.types import Tool

_P = PATTERNS["earlier"]
_TURNS = 4
"""Calls and messages before the last that are looked at."""
_ORDINALS = (("first|1st", 0), ("second|2nd", 1), ("third|3rd", 2), ("last|latter", -1), ("former", 0))
_LONG = 500
"""Letters of a result in words that are looked at."""
_MOST = 200
"""Values of a result that are looked at: more would make a large result slow, and nobody means the 300th."""
_NAMES = frozenset({"id", "name", "title", "code"})
"""Keys that any parameter may be meant by."""


@dataclass(frozen=True)
class Value:
    """A value that a parameter may have from earlier, with the signs of where it comes from."""

    value: Any
    signs: list[str]


class Turns:
    """A conversation before its last message, read once for all parameters."""

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self.question = conversation.question
        self._readings: dict[tuple[str, str], tuple[Finder, list[Leaf]]] = {}
        past = enumerate(reversed(conversation.past[-_TURNS:]))
        self.results = [(n, answered, outputs.value_of(answered.output)) for n, answered in past]

    def values(self, tool: Tool, name: str, kind: str) -> Iterator[Value]:
        """The values that a parameter of this kind may have from earlier: pointed to, of calls and results, said."""
        for entry, sign in self._pointed():
            for key, each in _leaves(entry):
                if not key or _meets(key, name):
                    yield Value(each, [f"pointed:{sign}", "key" if key else "bare"])
        if kind == "place" and (place := self._place_told()):
            yield Value(place, ["pointed:ordinal", "key"])
        for n, answered, output in self.results:
            age = _age(n)
            if name in answered.arguments:
                yield Value(answered.arguments[name], [f"argument:{age}", "name"])
            yield from _under_key(output, name, age)
            for other, each in answered.arguments.items():
                if other != name and self._kind_in(answered.name, other) == kind:
                    yield Value(each, [f"argument:{age}", "meets" if _meets(other, name) else "kind"])
            if n < 2 and _P["back"].search(self.question):
                yield from (Value(each, ["back", "name"]) for each in _turned(answered.arguments, name))
            if isinstance(output, list) or not acts(answered.name):
                yield from _bare(output, age)
            if isinstance(output, str):
                yield from _in_sentence(output, name, age, measures=kind == "number")
        for n, said in enumerate(self.conversation.earlier[:_TURNS]):
            yield from self._said(said, tool, name, _age(n))

    def _kind_in(self, called: str, name: str) -> str:
        """The kind of a parameter of a tool that was called."""
        own = next((each for each in self.conversation.functions if each.name == called), None)
        return kind_in(own, name) if own and name in properties_of(own.parameters) else ""

    def _said(self, said: str, tool: Tool, name: str, age: str) -> Iterator[Value]:
        """What a message before says for a parameter: things told by their shape, else its two best names."""
        finder, leaves = self._read(said, tool)
        own = next(leaf for leaf in leaves if leaf.field.name == name)
        if not is_named(own):
            yield from (Value(found.value, [f"said:{age}", "shaped"]) for found in [*own.candidates][:3])
            return
        weighed = finder.scorer.weighed(own, [leaf for leaf in leaves if leaf is not own], [])
        for rank, (score, span) in enumerate(sorted(weighed, key=lambda each: -each[0])[:2]):
            if score > -1:
                weight = 0 if score < 0 else band(score)
                yield Value(span.value, [f"said:{age}", f"weight:{weight}", f"rank:{rank}"])

    def _read(self, said: str, tool: Tool) -> tuple[Finder, list[Leaf]]:
        """A message before, read once for all parameters of a tool."""
        if (said, tool.name) not in self._readings:
            finder, told = Finder(self.conversation, said), properties_of(tool.parameters).items()
            leaves = [finder.leaf(field_of(tool), n, part, tool.parameters) for n, part in told]
            self._readings[said, tool.name] = finder, leaves
        return self._readings[said, tool.name]

    def _pointed(self) -> Iterator[tuple[Any, str]]:
        """Entries of the last list that the message points to: "the second one", "the cheaper one"."""
        plain, listed = fold(self.question), self._listed()
        if len(listed) < 2:
            return
        for told, at in _ORDINALS:
            if re.search(rf"\b(?:{told})\b", plain) and -len(listed) <= at < len(listed):
                yield listed[at][0], "ordinal"
        asked = stems(self.question)
        spoken = [(len(stems(str(each)) & asked), n) for n, (each, _) in enumerate(listed[:_MOST])]
        top = max(spoken)
        if top[0] and sum(s == top[0] for s, _ in spoken) == 1:
            yield listed[top[1]][0], "spoken"
        for pattern, pick in ((_P["least"], min), (_P["most"], max)):
            if pattern.search(plain) and all(figure is not None for _, figure in listed):
                yield pick(listed, key=lambda each: each[1])[0], "figure"

    def _place_told(self) -> str:
        """The place that the assistant's last answer names, where the message points to it: "in that city"."""
        if not self.conversation.own or not _P["that_place"].search(self.question):
            return ""
        return next((each.value for each in reversed(read(self.conversation.own[-1]).locations)), "")

    def _listed(self) -> list[tuple[Any, Any]]:
        """What the message may choose from, each with its figure: the last list, one tool's numbers, times."""
        for _, answered, output in self.results:
            if isinstance(output, list) and len(output) > 1:
                return [(each, _figure(each)) for each in output]
            alike = [(a.arguments, _figure(o)) for _, a, o in self.results[::-1] if a.name == answered.name]
            if len(alike) > 1 and all(figure is not None for _, figure in alike):
                return alike
            times = [each.value for each in read(output).times] if isinstance(output, str) else []
            if len(times) > 1:
                return [(each, each) for each in times]
        return []


def _turned(arguments: Mapping[str, Any], name: str) -> Iterator[Any]:
    """Where one goes from on the way back is where one went to."""
    ends = [role.names for role in ROLES[:2]]
    own = next((n for n, names in enumerate(ends) if all_stems(name) & names), None)
    if own is not None:
        yield from (v for other, v in arguments.items() if all_stems(other) & ends[1 - own])


def _figure(entry: Any) -> Any:
    """The only number of an entry."""
    told = [*entry.values()] if isinstance(entry, Mapping) else [entry]
    figures = [*filter(is_number, told)]
    return figures[0] if len(figures) == 1 else None


def _age(turns: int) -> str:
    return str(turns) if turns < 2 else "old"


def band(weight: float) -> int:
    """A weight, roughly: the next of these above it."""
    return next((limit for limit in (1, 2, 4) if weight < limit), 9)


def _under_key(output: Any, name: str, age: str) -> Iterator[Value]:
    """The values of a result whose key is a parameter's name, or has a word of it."""
    leaves = [*itertools.islice(_leaves(output), _MOST)]
    often = Counter(key for key, _ in leaves)
    for key, each in leaves:
        if key and _meets(key, name):
            yield Value(each, [f"result:{age}", "key:lone" if often[key] == 1 else "key:many"])


def _bare(output: Any, age: str) -> Iterator[Value]:
    """A result that is a value, or a list of values; "ok" is none."""
    if fold(str(output)) in outputs.SAYS_NOTHING:
        return
    if isinstance(output, list) and all(isinstance(each, (str, int)) for each in output):
        sign = "entry:lone" if len(output) == 1 else "entry:many"
        yield from (Value(each, [f"result:{age}", sign]) for each in output[:_MOST])
    elif isinstance(output, (str, int, float)) and len(str(output).split(maxsplit=4)) <= 4:
        yield Value(output, [f"result:{age}", "whole"])


def _in_sentence(output: str, name: str, age: str, *, measures: bool) -> Iterator[Value]:
    """Codes and figures in a sentence, and what it calls by a name: "room Fjord". `measures`: figures with a unit too."""
    output = output[:_LONG]
    units = set() if measures else {each.start for each in read(output).quantities if each.unit}
    told = [each for each in _P["codes"].finditer(output) if each.start() not in units]
    for code in told:
        behind = words(output[: code.start()])[-1:]
        named = bool(behind) and _meets(behind[0], name)
        lone = "told:lone" if len(told) == 1 else "told:many"
        yield Value(code[0], [f"result:{age}", lone, *["named"] * named])
    for called in re.finditer(rf"(?i:\b{re.escape(words(name)[-1])}) ([A-Z][\w-]*)", output):
        yield Value(called[1], [f"result:{age}", "told:named"])


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """The simple values of a result, each with its key."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _leaves(each, str(name))
    elif isinstance(value, list):
        for each in value[:8]:
            yield from _leaves(each, key)
    elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
        yield key, value


def _meets(key: str, name: str) -> bool:
    """Whether a key and a parameter share a word: "booking_id" and "booking"; "name" and "film_name"."""
    shared = all_stems(key) & all_stems(name)
    return key == name or key in _NAMES or bool(shared - {"id", "number", "nam"})
