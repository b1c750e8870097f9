"""What a message speaks of without ordering it: a deed that it forbids, tells of, asks about, takes back or quotes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache

from workshop.practice.filling.schema import properties_of
from workshop.practice.filling.sentence import root
from workshop.practice.profiles import profile_of
from workshop.practice.reading import read
from workshop.practice.reading.lexicon import acts, concepts
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, in_words, words
from workshop.practice.types import Tool

_P = PATTERNS["withheld"]
_MOST, _NEAR = 20, 400
"""Verbs of a text that are looked at, and letters around each."""
_FEW = 2
"""Words of which no request is made."""
_LONG = 4_000
"""Letters of which a long text is looked at, half of them at its beginning and half at its end."""
_LOGS = frozenset(map(root, WORDS["logs_deeds"]))


class Said(IntEnum):
    """How a text speaks of a deed."""

    NOT_ORDERED = 0
    MAY_BE_ORDERED = 1
    ORDERED = 2
    """By its verb, where an order or a wish has one."""


def withheld(tools: Sequence[Tool], text: str) -> frozenset[str]:
    """The names of the tools that a message must not be answered with: what they do is spoken of ("Don't delete it",
    "Should I cancel?") and nowhere ordered, or another one's deed is and nothing of theirs.
    """
    acting = {tool.name for tool in tools if _changes(tool)}
    if not acting:
        return frozenset()
    text = _ends(text)
    said = {tool.name: _said(*_verbs(tool), tool.name, text) for tool in tools}
    alone, nothing = _wants_nothing(text)
    spoken_of = {tool.name for tool in unordered(tools, text)}
    if not (alone or nothing or spoken_of):
        return frozenset(acting) if _only_asks(text) and not any(map(said.get, acting)) else frozenset()
    logs = {tool.name for tool in tools if alone and not nothing and {*map(root, _verbs(tool))} & _LOGS}
    doubtful = {name for name in acting if said[name] == Said.MAY_BE_ORDERED and nothing}
    silent = {name for name in said if said[name] is None}
    if _P["reads"].search(text):
        silent &= acting
    return frozenset(spoken_of | doubtful | (silent - logs))


def unordered(tools: Sequence[Tool], text: str) -> list[Tool]:
    """The tools that change something of which a text speaks, and that it nowhere orders."""
    text = _ends(text)
    said = ((tool, _said(*_verbs(tool), tool.name, text)) for tool in tools if _changes(tool))
    return [tool for tool, told in said if told == Said.NOT_ORDERED]


def is_ordered(tool: Tool, text: str) -> bool:
    """Whether a text orders a tool's deed by the very verb of its name or description."""
    return _said(*_verbs(tool), tool.name, _ends(text)) == Said.ORDERED


def _ends(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[: _LONG // 2]}\n{text[-_LONG // 2 :]}"


@lru_cache(maxsize=64)
def _wants_nothing(text: str) -> tuple[bool, bool]:
    """Whether a text tells what somebody does alone, and whether it wants nothing done at all."""
    return bool(_P["alone"].search(text)), bool(_P["wants_nothing"].search(text) or _P["text"].search(text))


def _changes(tool: Tool) -> bool:
    own = profile_of(tool)
    tells = any(map(_P["only_tells"].match, (tool.description, in_words(tool.name))))
    agent = [*properties_of(tool.parameters)] == ["input"]  # it is asked, and answers
    return own.changes and not (tells or agent or (own.kind == "sum" and not acts(tool.name)))


@lru_cache(maxsize=64)
def _only_asks(text: str) -> bool:
    """Whether each sentence of a text asks something that is no wish."""
    sentences = read(text[:_NEAR]).sentences
    return bool(sentences) and all(each.endswith("?") and _P["asks"].match(each) for each in sentences)


def _verbs(tool: Tool) -> tuple[str, str]:
    """The verbs that a tool's name and its description begin with."""
    return next(iter(words(tool.name)), "").casefold(), next(iter(words(tool.description)), "").casefold()


@lru_cache(maxsize=256)
def _said(first: str, lead: str, name: str, text: str) -> Said | None:
    """How a text speaks of what a tool with such verbs does; None where it does not."""
    roots, others = {root(first), root(lead)}, {root(word) for word in words(name)[1:]}
    if re.search(r"[^s]s$", first):  # no verb, but things: blinds, "Move the blinds"
        roots, others = {root(lead)}, others | {root(first)}
    meant = {each for each in concepts(f"{first} {lead}") if each.startswith("#")}
    own = [span for span, each in _words(text) if each in roots]

    def may_be(start: int, end: int, word: str) -> bool:
        before = text[max(0, start - 60) : start]
        placed = word in others and _P["verb_place"].search(before)
        alike = meant & concepts(text[start:end]) and not _P["behind_article"].search(before[-40:])
        return bool(placed or alike)

    deeds = own or [span for span, each in _words(text) if may_be(*span, each)]
    logs = bool(roots & _LOGS)
    told = [_reader(text).said(*deed, logs=logs) for deed in deeds[:_MOST]]
    return max(told if own else [min(each, Said.MAY_BE_ORDERED) for each in told], default=None)


@lru_cache(maxsize=16)
def _words(text: str) -> list[tuple[tuple[int, int], str]]:
    """Where the words of a text are, and their roots."""
    return [(each.span(), root(each[0].replace("-", ""))) for each in _P["word"].finditer(text)]


class _Reader:
    """Reads how a text speaks of its verbs."""

    def __init__(self, text: str) -> None:
        self._text = text
        content, back = _P["text"].search(text), [*_P["taken_back"].finditer(text)]
        self._content = content.end() if content else len(text)
        self._taken_back = back[-1].start() if back else 0
        self._quotes = (
            [] if _P["obeys"].search(text) or not _P["quotes"].search(text) else [*read(text).quotes]
        )

    def said(self, start: int, end: int, *, logs: bool) -> Said:
        """Whether the verb at a place is an order, or may be one. `logs`: to tell of a deed orders it."""
        text, verb = self._text, self._text[start:end]
        *_, before = _P["sentence"].split(text[max(0, start - _NEAR) : start])
        quoted = any(each.start <= start < each.end for each in self._quotes)
        waits = _P["waits_for"].search(before) and _P["not_so_far"].search(text)
        put_aside = start >= self._content or start < self._taken_back or quoted
        if put_aside or waits or _P["forbids"].search(before):
            return Said.NOT_ORDERED
        if (_P["opens"].search(before) and not verb.endswith("ing")) or _P["wishes"].search(before):
            return Said.ORDERED
        told = _P["states"].search(before) or (_P["tells"].search(before) and _P["past"].search(verb))
        denied = not logs if told else self._denies(before, verb, text[end : end + _NEAR])
        return Said.NOT_ORDERED if denied else Said.MAY_BE_ORDERED

    def _denies(self, before: str, verb: str, rest: str) -> bool:
        """Whether a sentence asks about its verb, supposes or plans it, waits for something, or says whose deed it is."""
        behind = _P["sentence"].split(rest)[0]
        whole = f"{before}{verb}{behind}"
        signs = (
            _P["we"].search(before) and _P["habit"].search(behind),
            verb.endswith("ing") and (_P["others"].search(before) or _P["matter"].search(before)),
            _P["asks"].search(before) and "?" in rest,
            _P["own"].search(before) and _P["oneself"].search(whole),
            _P["waits_for"].search(behind) and _P["not_so_far"].search(self._text),
            _P["supposes"].search(before),
            _P["plans"].search(before),
            _P["explains"].search(before),
        )
        return any(signs)


_reader = lru_cache(maxsize=64)(_Reader)


@lru_cache(maxsize=64)
def kept(text: str) -> str:
    """A text in which blanks stand for what it excepts or corrects: "Cancel A-1 but not A-2", "at 6, no, at 7"."""

    def blanked(match: re.Match[str]) -> str:
        start, end = match.span("what" if match["what"] else "wrong")
        start, end = start - match.start(), end - match.start()
        return match[0][:start] + " " * (end - start) + match[0][end:]

    return _P["excepted"].sub(blanked, text) if len(text) <= _LONG else text


def wanted(text: str) -> str:
    """A text without what is not wanted: "I don't want a refund, where is my parcel?"; all where little else is left."""
    rest = _P["unwanted"].sub(" ", text).strip() if len(text) <= _LONG else text
    return rest if len(words(rest)) > _FEW else text
