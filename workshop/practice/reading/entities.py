"""People and places named in a text, with their positions."""

from __future__ import annotations

import re
from collections.abc import Iterable

from workshop.practice.reading import places
from workshop.practice.reading.shapes import Found
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import IRREGULAR, STOP_WORDS, WORDS, before, fold

_NAME = r"[A-ZÀ-Ý][\w'’-]*(?:\s+(?:(?:van|von|de|der|den|del|della|di|da|dos|la|le|el|al|bin) ){0,2}[A-ZÀ-Ý][\w'’-]*){0,2}"
_P = PATTERNS["people"]
_OPENERS = STOP_WORDS - {"will", "may"}
"""Words that open a sentence and are no part of a name behind them."""


def _spans_of(listed: re.Match[str], group: int = 0) -> Iterable[tuple[str, int]]:
    for name in re.finditer(_NAME, listed.group(group)):
        yield name.group(), listed.start(group) + name.start()


def people(text: str) -> list[Found]:
    """People whom the text asks to tell something, or names with a place: "tell Ana and Ben", "Ana in Texas"."""
    named: list[tuple[str, int]] = []
    for lead in _P["after_telling"].finditer(text):
        if listed := _P["list_of_names"].match(text, lead.end()):
            named += _spans_of(listed)
    if _P["needs_people"].search(text):
        named += [each for listed in _P["set_off"].finditer(text) for each in _spans_of(listed, 1)]
    begun = {mention.start for mention in places.mentions(text)}
    named += [
        (match[1], match.start(1))
        for match in _P["name_in_state"].finditer(text)
        if "from" not in match[0].split() or match.end() in begun  # "Crate from Brightwater" is none
    ]
    for match in _P["lower_telling"].finditer(text):
        lower = _P["between_names"].split(match[1])
        if all(len(word.split()) == 1 for word in lower):
            named += [(word.capitalize(), text.find(word, match.start(1))) for word in lower]
    taken = [(m.start, m.end) for m in places.mentions(text)]
    found: dict[str, Found] = {}
    for name, start in named:
        plain = _bare(name.split())
        if len(plain) > 1 and not any(s <= start < e for s, e in taken) and places.by_name(plain) is None:
            found.setdefault(plain, Found(plain, start, start + len(plain)))
    return sorted(found.values(), key=lambda each: each.start)


def _bare(listed: list[str]) -> str:
    none = WORDS["not_people"] | WORDS["ranks"]
    kept = [w for w in listed if fold(w).removesuffix("'s") not in none and not re.search(r"\d", w)]
    if len(listed) == 1 and fold(listed[0]) in WORDS["ranks"] and len(listed[0]) > 4:
        kept = listed  # the band, not the monarch
    return " ".join(kept).removesuffix("'s").removesuffix("’s")


def names(text: str) -> list[Found]:
    """Proper names: capitalized words that are no state, day or month and do more than open a sentence."""
    taken = [(m.start, m.end) for m in places.mentions(text)]
    located = {match[1] for match in re.finditer(_P["located"].pattern + rf"\s+({_NAME})", text)}
    found: dict[str, Found] = {}
    for match in re.finditer(_NAME, text):
        listed = [word for word in match.group().split() if not _P["no_name"].search(word)]
        behind = text[match.end() : match.end() + 80]
        opens = match.start() == 0 or bool(_P["opens"].search(before(text, match.start())))
        if opens and len(listed) > 1 and fold(listed[0]) in WORDS["commands"]:
            listed, opens = listed[1:], False
        while len(listed) > 1 and (
            fold(listed[0].rstrip(".")) in WORDS["ranks"] or (opens and fold(listed[0]) in _OPENERS)
        ):
            listed = listed[1:]  # "Only Sofia", "At Monday's meeting"
        ranked = fold(match.group().split()[0].rstrip(".")) in WORDS["ranks"]
        alone = opens and len(listed) == len(match.group().split()) == 1
        labelled = _P["label"].match(behind) and not ranked
        no_name = labelled or (alone and not _speaks(listed[0], behind))
        name = "" if no_name else _bare(listed)
        if not name or any(start <= match.start() < end for start, end in taken):
            continue
        if not any(place.startswith(name) for place in located):
            start = text.find(name, match.start())
            found.setdefault(name, Found(name, start, start + len(name)))
    return list(found.values())


def _speaks(first: str, behind: str) -> bool:
    """Whether what is behind the first word of a sentence, or its ending, shows that it is a name."""
    if _P["joined"].match(behind) or first.endswith(("'s", "’s")):
        return True
    orders = fold(first) in WORDS["commands"] or _P["key"].match(behind)
    verb = None if orders else _P["acts"].match(behind)
    return bool(verb and (verb[1] is None or fold(verb[1]) in IRREGULAR))


def state_codes(text: str) -> list[Found]:
    """US states by their two-letter code, each time that one is named."""
    wanted = places.states(text)
    return [Found(m.state.code, m.start, m.end) for m in places.mentions(text) if m.state in wanted]


def locations(text: str) -> list[Found]:
    """Towns and places anywhere: known US places, and what is behind "in" or "for"."""
    found: dict[str, Found] = {}
    for match in _P["at_a_place"].finditer(text):
        for part in _P["one_place"].finditer(match[1]):
            name = _P["around_place"].sub("", part.group().strip()).strip(" ?!.")
            code = re.fullmatch(r"[A-Z]{2,4}", name) and not _is_region(name)
            if name and not code and fold(name) not in WORDS["not_people"]:
                start = match.start(1) + part.start()
                found.setdefault(fold(name), Found(name, start, start + len(name)))
    for after in list(found.values()):  # "Glasgow, Scotland" is one place
        if _is_region(after.value) and _P["beside_region"].search(before(text, after.start)):
            del found[fold(after.value)]
    if found:
        return list(found.values())
    for mention in places.mentions(text):
        name = text[mention.start : mention.end]
        found.setdefault(fold(name), Found(name, mention.start, mention.end))
    lower = _P["lower_place"].search(text)
    if not found and lower and fold(lower[1]) not in WORDS["not_people"]:
        return [Found(lower[1].title(), *lower.span(1))]
    return list(found.values())


def _is_region(name: str) -> bool:
    return fold(name) in WORDS["regions"] or places.by_name(name) is not None
