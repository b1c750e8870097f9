"""A message in plainer words, as the reader of a tool's arguments takes it."""

from __future__ import annotations

import re

from workshop.practice.filling.sentence import ORDERS, root
from workshop.practice.reading.lexicon import acts
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.types import Tool

_P = PATTERNS["plainly"]


def plainly(text: str, tool: Tool) -> str:
    """A message without what it forbids and the words around it, its dice in words, and an "and" between what it
    compares, for a tool that reads.
    """
    said = _P["opener"].sub("", _with_dice(tool, _without_bans(text)))
    if not _P["dictates"].search(said):
        said = _P["closer"].sub("", said)
    return said if acts(tool.name) else _P["compared"].sub(lambda match: f"{match['verb'] or ''} and ", said)


def _without_bans(text: str) -> str:
    """A text with blanks for its sentences that only forbid something: "Mail Ann. Don't tell Ben" is for Ann.

    What is dictated, behind a colon or in quotes, stays as it is.
    """
    said = _P["dictates"].split(text, maxsplit=1)[0]
    bare = _P["ban"].sub(_blanked, said)
    return bare + text[len(said) :] if bare.strip() else text


def _blanked(ban: re.Match[str]) -> str:
    """A ban as blanks, up to the order that may follow in its sentence: "Don't tell Ben, mail Ann"."""
    said = ban[0][len(ban[1]) :]
    order = next((each for each in _P["then"].finditer(said) if root(each["then"]) in ORDERS), None)
    if order is None and _P["instead"].search(said):
        return ban[0]  # "Don't book Monday but Friday"
    end = order.start("then") if order else len(said)
    return ban[1] + " " * end + said[end:]


def _with_dice(tool: Tool, text: str) -> str:
    """A text with its dice in words, for a tool that rolls some: "two d20s" are two dice with 20 sides."""
    rolls = _P["rolls"].search(f"{tool.name} {tool.description}".replace("_", " "))
    return _P["dice"].sub(lambda m: f"{m[1] or 1} dice with {m[2]} sides", text) if rolls else text
