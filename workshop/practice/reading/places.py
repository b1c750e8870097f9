"""US states in a text: by name, code, nickname or city, in English, French and Spanish."""

# ruff: noqa: RUF001  # texts as people write them, with the punctuation of their language

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import zip_longest

from workshop.practice.reading.tables import PATTERNS, Row, load
from workshop.practice.reading.text import WORDS, before, behind, fold

_RIVERS = "mississippi|missouri|ohio|colorado|delaware|arkansas|connecticut|tennessee"
_AFTER_A_STATE = "alert|warning|watch|advisor|weather|forecast|coast|area|panhandle|border|state|storm"
_P = PATTERNS["places"]
_LONGEST_NAME = 40
_TOGETHER = 12
"""So near are places of one list."""
_WORDS_IN_CAPITALS = frozenset(["OK", "ID", "PR", "AS"])
_WORDS_IN_LOWER = WORDS["codes_in_lower"]


@dataclass(frozen=True)
class State:
    """A state, the District of Columbia or a territory."""

    code: str
    name: str
    capital: str


@dataclass(frozen=True)
class Mention:
    """A state named at `text[start:end]`."""

    state: State
    start: int
    end: int
    kind: str
    """name, nickname, city or code."""


class Entry(Row):
    """A state in the table. `nicknames` holds its names in other languages too."""

    name: str
    capital: str
    nicknames: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    fr: str = ""
    es: str = ""


_STATES = load("states", dict[str, Entry])


@cache
def _entries() -> tuple[dict[str, State], dict[str, tuple[State, str]]]:
    by_code: dict[str, State] = {}
    by_name: dict[str, tuple[State, str]] = {}
    for code, told in _STATES.items():
        state = by_code[code] = State(code, told.name, told.capital)
        named = [(told.name, "name"), *((name, "nickname") for name in told.nicknames)]
        named += [(city, "city") for city in (*(() if code == "DC" else (told.capital,)), *told.cities)]
        for alias, kind in named:
            by_name.setdefault(_plain(alias), (state, kind))
    for code, alias in (("WA", "washington"), ("OH", "ohio")):  # "name" also where a nickname came first
        by_name[alias] = (by_code[code], "name")
    return by_code, by_name


def _plain(text: str) -> str:
    """The text folded, each character for one character, so that positions stay true."""
    return "".join((fold(c) or c)[:1].replace("-", " ").replace("ʻ", "'") for c in text)


@cache
def _names() -> re.Pattern[str]:
    longest_first = sorted(_entries()[1], key=len, reverse=True)
    alternatives = "|".join(re.escape(alias).replace(r"\ ", r",?\s+") for alias in longest_first)
    return re.compile(rf"(?<![\w-])(?:{alternatives})(?!\w)")


def by_code(code: str) -> State | None:
    """The state of a two-letter code, in either case."""
    return _entries()[0].get(code.strip().upper())


def by_name(name: str) -> State | None:
    """The state of a name, nickname, city or code that stands alone."""
    found = _entries()[1].get(_plain(re.sub(r",?\s+", " ", name.strip())))
    return found[0] if found else by_code(name)


@lru_cache(maxsize=128)
def mentions(text: str) -> tuple[Mention, ...]:
    """Every place in the text that names a state, in order. A city followed by its state counts once, for
    that state.
    """
    plain = _plain(text)
    found = [m for m in _named(plain) if not _is_elsewhere(plain, m)]
    covered = [(m.start, m.end) for m in found]
    coded = [m for m in _coded(text, found) if not any(s < m.end and m.start < e for s, e in covered)]
    ordered = sorted([*found, *coded], key=lambda m: m.start)
    kept: list[Mention] = []
    for here, after in zip_longest(ordered, ordered[1:]):
        between = plain[here.end : after.start] if after else ""
        if (
            after
            and here.kind == "city"
            and after.kind != "city"
            and re.fullmatch(r"\s*,?\s*(?:in |\()?", between)
        ):
            continue
        kept.append(here)
    return tuple(kept)


def states(text: str) -> list[State]:
    """The states that the text asks about, in order and without repetition."""
    plain = _plain(text)
    wanted: dict[str, State] = {}
    both = re.search(r"\b(both|all of them|les deux|ambos|ambas)\b", plain)
    for mention in mentions(text):
        if not both and _P["excludes"].search(before(plain, mention.start)):
            continue
        wanted.setdefault(mention.state.code, mention.state)
    return list(wanted.values())


def _named(plain: str) -> list[Mention]:
    table = _entries()[1]
    found = []
    for match in _names().finditer(plain):
        state, kind = table[re.sub(r",?\s+", " ", match.group())]
        found.append(Mention(state, match.start(), match.end(), kind))
    return found


def _is_elsewhere(plain: str, mention: Mention) -> bool:
    """A river of the same name, a town abroad, or a name inside a longer one."""
    ahead, after = before(plain, mention.start), behind(plain, mention.end)
    name = plain[mention.start : mention.end]
    if mention.kind in ("city", "name") and _P["foreign"].match(after):
        return True
    if re.fullmatch(_RIVERS, name) and re.search(r"\bthe $", ahead):
        return not re.match(rf"\s+(?:{_AFTER_A_STATE})", after)
    if re.match(r"\s+river\b", after):
        return True
    return (
        mention.kind == "city"
        and name in ("mobile", "bend", "salem", "plano", "butte", "gary", "norman", "flint", "mesa", "eugene")
        and not (re.search(r"\b(?:in|near|for|at|to|from)\s+$", ahead))
    )


def _coded(text: str, named: list[Mention]) -> list[Mention]:
    shouted = text.isupper() and len(text) > 8
    candidates: list[tuple[Mention, bool]] = []
    for match in _P["code"].finditer(text):
        written = re.sub(r"[.\s]", "", match.group())
        state = by_code("CA" if match.group() in ("L.A.", "L. A.") else written)
        if state is None or (written != written.upper() and written != written.lower()):
            continue
        upper = written.isupper() and not shouted
        mention = Mention(state, match.start(), match.end(), "code")
        candidates.append((mention, _surely(text, mention, written, upper)))
    sure = [m for m, is_sure in candidates if is_sure]
    others = sorted([*sure, *named], key=_start)
    for mention, is_sure in candidates:
        written = text[mention.start : mention.end]
        first = bisect.bisect_left(others, mention.start - _TOGETHER - _LONGEST_NAME, key=_start)
        last = bisect.bisect_right(others, mention.end + _TOGETHER, key=_start)
        beside = any(_listed_together(text, mention, other) for other in others[first:last])
        if not is_sure and beside and (written.isupper() or written not in _WORDS_IN_LOWER) and not shouted:
            sure.append(mention)
            bisect.insort(others, mention, key=_start)
    return sure


def _start(mention: Mention) -> int:
    return mention.start


def _surely(text: str, mention: Mention, written: str, upper: bool) -> bool:
    ahead = before(text, mention.start).casefold()
    if upper:
        return (
            written not in _WORDS_IN_CAPITALS
            or bool(_P["leads_in"].search(ahead))
            or len(text.strip(" ?!.")) == 2
        )
    word = written.casefold()
    if word not in _WORDS_IN_LOWER:
        return bool(_P["leads_in"].search(ahead)) or len(text.strip(" ?!.")) == 2
    follows = behind(text, mention.end).lstrip()
    ends_there = not follows or follows[0] in "?!.,;" or follows.casefold().startswith(("and ", "or "))
    return (
        word in ("pa", "ma", "id", "al", "oh", "ok", "or", "mi", "va", "mo", "md", "ms")
        and ends_there
        and bool(_P["leads_in_firmly"].search(ahead))
    )


def _listed_together(text: str, one: Mention, other: Mention) -> bool:
    first, second = sorted((one, other), key=lambda m: m.start)
    return second.start - first.end < _TOGETHER and bool(
        re.fullmatch(
            r"\s*(?:,|;|/|&|\+|and|or|et|y|,\s*and|,\s*or)\s*",
            behind(text, first.end)[: second.start - first.end].casefold(),
        )
    )


def local_name(state: State, language: str) -> str:
    """The state's name as it is written in that language."""
    told = _STATES[state.code]
    return {"fr": told.fr, "es": told.es}.get(language) or state.name
