"""US states in a text: by name, code, nickname or city, in English, French and Spanish."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import zip_longest

from workshop.practice.reading.tables import PATTERNS, Row, load
from workshop.practice.reading.text import WORDS, before, behind, fold

_P = PATTERNS["places"]
_RIVERS, _COMMON_WORDS = WORDS["rivers"], WORDS["common_towns"]
_WORDS_IN_CAPITALS, _WORDS_IN_LOWER = WORDS["codes_in_capitals"], WORDS["codes_in_lower"]


class State(Row):
    """A state, the District of Columbia or a territory. `nicknames` holds its names in other languages too."""

    code: str = ""
    name: str
    capital: str
    nicknames: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    fr: str = ""
    es: str = ""


@dataclass(frozen=True)
class Mention:
    """A state named at `text[start:end]`."""

    state: State
    start: int
    end: int
    kind: str
    """name, nickname, city or code."""


_STATES = {
    code: state.model_copy(update={"code": code}) for code, state in load("states", dict[str, State]).items()
}


@cache
def _by_name() -> dict[str, tuple[State, str]]:
    """The states with the kinds of their names, by those."""
    found: dict[str, tuple[State, str]] = {}
    for state in _STATES.values():
        capital = () if state.code == "DC" else (state.capital,)  # "Washington" is the state
        named = {"name": (state.name,), "nickname": state.nicknames, "city": (*capital, *state.cities)}
        for kind, names in named.items():
            for name in names:
                found.setdefault(_plain(name), (state, kind))
    return found


def _plain(text: str) -> str:
    """The text folded, each character for one character, so that positions stay true."""
    return "".join((fold(c) or c)[:1] for c in text)


@cache
def _names() -> re.Pattern[str]:
    longest_first = sorted(_by_name(), key=len, reverse=True)
    alternatives = "|".join(re.escape(name).replace(r"\ ", r",?\s+") for name in longest_first)
    return re.compile(rf"(?<![\w-])(?:{alternatives})(?!\w)")


def by_code(code: str) -> State | None:
    """The state of a two-letter code, in either case."""
    return _STATES.get(code.strip().upper())


def by_name(name: str) -> State | None:
    """The state of a name, nickname, city or code that stands alone."""
    found = _by_name().get(_plain(re.sub(r",?\s+", " ", name.strip())))
    return found[0] if found else by_code(name)


@lru_cache(maxsize=128)
def mentions(text: str) -> tuple[Mention, ...]:
    """Every place that names a state, in order. A city followed by its state counts once, for that state."""
    plain = _plain(text)
    found = [m for m in _named(plain) if not _is_elsewhere(plain, m)]
    coded = [m for m in _coded(text) if not any(f.start < m.end and m.start < f.end for f in found)]
    ordered = sorted([*found, *coded], key=lambda m: m.start)
    return tuple(
        here
        for here, after in zip_longest(ordered, ordered[1:])
        if here.kind != "city"
        or not after
        or after.kind == "city"
        or not _P["beside"].fullmatch(plain, here.end, after.start)
    )


def states(text: str) -> list[State]:
    """The states that the text asks about, in order and without repetition."""
    plain = _plain(text)
    both = _P["both"].search(plain)
    asked = (m.state for m in mentions(text) if both or not _P["excludes"].search(before(plain, m.start)))
    return list(dict.fromkeys(asked))


def _named(plain: str) -> Iterator[Mention]:
    for match in _names().finditer(plain):
        state, kind = _by_name()[re.sub(r",?\s+", " ", match.group())]
        yield Mention(state, match.start(), match.end(), kind)


def _is_elsewhere(plain: str, mention: Mention) -> bool:
    """Whether a name is a river's or a town's abroad, or a word that is also a town's name."""
    name, after = plain[mention.start : mention.end], behind(plain, mention.end)
    ahead = before(plain, mention.start)
    if _P["foreign"].match(after):
        return True
    if name in _RIVERS and ahead.endswith("the "):
        return not _P["of_a_state"].match(after)
    return name in _COMMON_WORDS and not _P["leads_to_town"].search(ahead)


def _coded(text: str) -> Iterator[Mention]:
    shouted = text.isupper() and len(text) > 8
    for match in _P["code"].finditer(text):
        written = re.sub(r"[.\s]", "", match.group())
        state = by_code(written)
        upper = written.isupper() and not shouted
        if state and (written.isupper() or written.islower()) and _surely(text, match, written, upper):
            yield Mention(state, match.start(), match.end(), "code")


def _surely(text: str, match: re.Match[str], written: str, upper: bool) -> bool:
    """Whether two letters are a state's code, where they may be a word as well."""
    if upper and written not in _WORDS_IN_CAPITALS:
        return True
    ahead = before(text, match.start()).casefold()
    if not upper and written.casefold() in _WORDS_IN_LOWER:
        ends = _P["ends"].match(behind(text, match.end()))
        return bool(ends and _P["leads_in_firmly"].search(ahead))
    return bool(_P["leads_in"].search(ahead)) or len(text.strip(" ?!.")) == 2


def local_name(state: State, language: str) -> str:
    """The state's name as it is written in that language."""
    return {"fr": state.fr, "es": state.es}.get(language) or state.name
