"""Several calls of one tool in one text: "Two lattes and a muffin", "Tom has the trash, Ida the dishes"."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence, Set
from typing import Any

from workshop.practice.filling.fill import Filler
from workshop.practice.filling.find import Finder, Offers
from workshop.practice.filling.kinds import Field
from workshop.practice.filling.schema import properties_of, solid, type_of
from workshop.practice.filling.told import form
from workshop.practice.reading.lexicon import acts
from workshop.practice.reading.numbers import Quantity, range_in
from workshop.practice.reading.shapes import Found
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.types import Tool

_CUT = PATTERNS["several"]["cut"]
_LITTLE = r"(?:\b(?:the|an?|my|our|in|for|on|at|to|of|about|der|die|das|den|im)\s+)+$"
_LEAD = r"(\w+)\s+(?:(?:the|an?|my|our)\s+)?$"
_P = PATTERNS["several"]
_MOST = 9
"""Pieces of a text that are looked at."""


def several(tool: Tool, field: Field, finder: Finder, required: Set[str]) -> list[dict[str, Any]]:
    """What each of several calls gets from its own part of the text; empty where the text has no such parts."""
    if priced := _priced(tool, finder.text, required):
        shared = {name: found for name, found in finder.given.items() if name not in required}  # "yesterday"
        return [
            _filled(tool, field, Finder(finder.conversation, p, offers=shared | own)) for p, own in priced
        ]
    lists = [(each.whole.start, each.whole.end) for each in finder.named_lists.values()]
    held = [*((each.start, each.end) for each in finder.given.values()), *finder.lists, *lists]
    doing = acts(tool.name)  # "in dev or in staging" is both only where it is looked up
    low, high = range_in(finder.text) or (0, 0)  # "between 0 and 50" is one thing
    cuts = [cut.span() for cut in _CUT.finditer(finder.text) if not (doing and _P["or"].search(cut[0]))]
    cuts = [cut for cut in cuts if not low < cut[0] < high]
    ends = [cut for cut in cuts if not any(start < cut[0] and cut[1] < end for start, end in held)]
    begins = [0, *(end for _, end in ends)]
    pieces = list(zip(begins, [*(start for start, _ in ends), len(finder.text)], strict=True))
    if not 1 < len(pieces) <= _MOST:
        return []
    groups: list[Offers] = []
    texts: list[list[int]] = []
    for begin, end in pieces:
        own = finder.within(begin, end)
        clash = [n for n in own if groups and n in groups[-1] and groups[-1][n].value != own[n].value]
        sure = (
            finder.is_sure(n, own[n]) or _parallel(groups[-1][n], own[n], finder.text)
            for n in clash
            if n in required
        )
        if not groups or any(sure):
            groups.append(own)
            texts.append([begin, end])
        else:
            groups[-1] |= {name: found for name, found in own.items() if name not in groups[-1]}
            texts[-1][1] = end
    if not _are_calls(groups, finder, required, doing):
        return []
    parts = [finder.text[begin:end] for begin, end in texts]
    finders = [Finder(finder.conversation, p, offers=own) for p, own in zip(parts, groups, strict=True)]
    made = [_filled(tool, field, each) for each in finders]
    told = [each for own in made for each in own.items()]
    differ = {name for name, value in told if any(value != own.get(name, value) for own in made)}
    common = required if len(differ) > 1 else {*required}.union(*made)  # "in Rome and Oslo, in fahrenheit"
    common -= {name for name in common - required if finder.counts(name)}  # "six eggs and a bag of rice"
    return [{**_nearest(made, n, common), **each} for n, each in enumerate(made)]


def _priced(tool: Tool, text: str, required: Set[str]) -> list[tuple[str, Offers]]:
    """Things with an amount each, and the piece of the text that names them: "9 euros for the bus and 22 for the cinema".

    For a tool that needs nothing but an amount and what it is for.
    """
    kinds = {name: solid(part, tool.parameters) for name, part in properties_of(tool.parameters).items()}
    amounts = [name for name in required if type_of(kinds[name]) == "number"]
    things = [name for name in required if type_of(kinds[name]) == "string" and "enum" not in kinds[name]]
    found = [*_P["priced"].finditer(text)] if len(amounts) == len(things) == 1 and len(required) == 2 else []
    made = []
    for match in found if len(found) > 1 else []:
        amount = Quantity(float(match["amount"].replace(",", ".")), *match.span("amount"))
        made.append((match[0], {amounts[0]: amount, things[0]: Found(match["what"], *match.span("what"))}))
    return made


def _are_calls(groups: Sequence[Offers], finder: Finder, required: Set[str], changes: bool) -> bool:
    """Whether each group has something required that the others have too, and nothing is another parameter's. Where they
    share one thing alone, it must be named in the same way, or be what a tool reads, told by its shape.
    """
    shared = set(groups[0]).intersection(*groups[1:]) - finder.scorer.long
    spans = {(group[name].start, group[name].end, name) for group in groups for name in shared}
    given = [(found.start, found.end, name) for name, found in finder.given.items()]
    mixed = any(mine[:2] == each[:2] and mine[2] != each[2] for mine in spans for each in given)
    if len(groups) < 2 or mixed or not shared & required:
        return False
    (name, *more) = {n for n in shared if len({group[n].value for group in groups}) == len(groups)} or shared
    listed = [group[name] for group in groups]
    reads = name not in finder.scorer.scores and not (changes or finder.counts(name))
    asked = not changes and _asked_alike(listed, finder.text)
    return (
        bool(more)
        or reads
        or asked
        or all(_parallel(*two, finder.text) for two in itertools.pairwise(listed))
    )


def _asked_alike(listed: Sequence[Found], text: str) -> bool:
    """Whether each thing is asked about with the same word: "Who does the dishes, and who takes out the trash?"."""
    between = zip([0, *(each.end for each in listed)], listed, strict=False)
    before = [text[start : each.start].casefold() for start, each in between]
    words = [_P["asks"].findall(each) for each in before]
    back = any(
        _P["points"].search(each) for each in before[1:]
    )  # "and what should it be in a healthy person?"
    return all(words) and len({each[-1] for each in words}) == 1 and not back


def _parallel(one: Found, other: Found, text: str) -> bool:
    """Whether two things are named in the same way: side by side, or behind the same word."""
    between = re.sub(_LITTLE, "", text[one.end : other.start])
    before = [re.search(_LEAD, text[: each.start]) for each in (one, other)]
    led = before[0] and before[1] and before[0][1] == before[1][1]
    listed = _P["lists"].search(text[one.start :]) and _CUT.fullmatch(between)
    plain = not one.start and _looks(str(one.value).lower()) == _looks(other.value)  # "Lamps and vases?"
    return (plain or _looks(one.value) == _looks(other.value)) and bool(listed or led)


def _looks(value: object) -> str:
    return "numbered" if re.search(r"\d", str(value)) else form(str(value))


def _nearest(made: Sequence[dict[str, Any]], at: int, required: Set[str]) -> dict[str, Any]:
    """What a call lacks of the required, from the one before, or else from one behind."""
    found: dict[str, Any] = {}
    for each in (*made[at + 1 :][::-1], *made[:at]):
        found |= {name: value for name, value in each.items() if name in required}
    return found


def _filled(tool: Tool, field: Field, finder: Finder) -> dict[str, Any]:
    """What a part of the text says itself, no defaults."""
    root = tool.parameters
    value = Filler(root, finder).value(root, field)
    silent = {n: solid(part, root).get("default", False) for n, part in properties_of(root).items()}
    made = value if isinstance(value, dict) else {}
    return {n: v for n, v in made.items() if n in finder.given or v not in (silent[n], None)}
