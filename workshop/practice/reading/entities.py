"""People and places named in a text, with their positions."""

# ruff: noqa: RUF001  # texts as people write them, with the punctuation of their language

from __future__ import annotations

import re
from collections.abc import Iterable

from workshop.practice.reading import places
from workshop.practice.reading.shapes import Found
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import IRREGULAR, WORDS, before, fold

_NAME = r"[A-ZÀ-Ý][\w'’-]*(?:\s+[A-ZÀ-Ý][\w'’-]*){0,2}"
_P = PATTERNS["people"]


def _spans_of(listed: re.Match[str], group: int = 0) -> Iterable[tuple[str, int]]:
    for name in re.finditer(_NAME, listed.group(group)):
        yield name.group(), listed.start(group) + name.start()


def people(text: str) -> list[Found]:
    """People whom the text asks to tell something, or names with a place: "tell Ana and Ben", "Ana in Texas"."""
    taken = [(m.start, m.end) for m in places.mentions(text) if m.kind != "city" or m.end - m.start > 5]
    named: list[tuple[str, int]] = []
    for lead in _P["after_telling"].finditer(text):
        if listed := _P["list_of_names"].match(text, lead.end()):
            named += _spans_of(listed)
    if _P["needs_people"].search(text):
        named += [each for listed in _P["set_off"].finditer(text) for each in _spans_of(listed, 1)]
    named += [(match[1], match.start(1)) for match in _P["name_in_state"].finditer(text)]
    found = _persons(named, taken)
    if not found:
        for match in _P["lower_telling"].finditer(text):
            lower = re.split(
                r"\s*,\s*(?:and\s+)?|\s*&\s*|\s+(?:and|or)\s+", re.sub(r"^both\s+", "", match[1])
            )
            if all(len(word.split()) == 1 for word in lower):
                found += _persons([(w.capitalize(), text.find(w, match.start(1))) for w in lower], taken)
    return sorted(found, key=lambda each: each.start)


def _persons(named: Iterable[tuple[str, int]], taken: Iterable[tuple[int, int]]) -> list[Found]:
    found: dict[str, Found] = {}
    for name, start in named:
        plain = _bare(name.split())
        if len(plain) > 1 and not any(s <= start < e for s, e in taken) and places.by_name(plain) is None:
            found.setdefault(plain, Found(plain, start, start + len(plain)))
    return list(found.values())


def _bare(listed: list[str]) -> str:
    none = WORDS["not_people"] | WORDS["ranks"]
    kept = [w for w in listed if fold(w).removesuffix("'s") not in none and not re.search(r"\d", w)]
    if not kept and len(listed) == 1 and fold(listed[0]) in WORDS["ranks"] and len(listed[0]) > 4:
        kept = listed  # the band, not the monarch
    return " ".join(kept).removesuffix("'s").removesuffix("’s")


def names(text: str) -> list[Found]:
    """Proper names: capitalized words that are no state, day or month and do more than open a sentence."""
    taken = [(m.start, m.end) for m in places.mentions(text)]
    located = {match[1] for match in re.finditer(rf"\b(?:in|near)\s+({_NAME})", text)}
    found: dict[str, Found] = {}
    for match in re.finditer(_NAME, text):
        listed = [w for w in match.group().split() if not re.search(r"\d|^I['’]", w)]
        behind = text[match.end() : match.end() + 80]
        if re.match(r"\s*:", behind):
            continue  # a label
        opens = match.start() == 0 or bool(
            re.search(r"(?<!\bDr)(?<!\bM[rs])[.!?:\n]\s*$", before(text, match.start()))
        )
        if opens and len(listed) > 1 and fold(listed[0]) in WORDS["commands"]:
            listed, opens = listed[1:], False
        while len(listed) > 1 and fold(listed[0].rstrip(".")) in WORDS["ranks"]:
            listed = listed[1:]
        joined = re.match(r"\s*(?:,|and\b|&|et\b|y\b)\s*[A-ZÀ-Ý]|\s*[(,]\s*(?:\d|aged? )|,\s*an? ", behind)
        orders = fold(listed[0]) in WORDS["commands"] if listed else False
        verb = None if orders or re.match(r"\s+\w+:", behind) else _P["acts"].match(behind)
        acts = verb and (verb[1] is None or fold(verb[1]) in IRREGULAR)
        alone = (
            opens
            and len(listed) == len(match.group().split()) == 1
            and not (joined or acts or listed[0].endswith(("'s", "’s")))
        )
        name = _bare(listed)
        if not name or alone or name in found or any(s <= match.start() < e for s, e in taken):
            continue
        if not any(place.startswith(name) for place in located):
            start = text.find(name, match.start())
            found.setdefault(name, Found(name, start, start + len(name)))
    return list(found.values())


def state_codes(text: str) -> list[Found]:
    """US states by their two-letter code, each time that one is named."""
    wanted = {state.code for state in places.states(text)}
    return [Found(m.state.code, m.start, m.end) for m in places.mentions(text) if m.state.code in wanted]


def locations(text: str) -> list[Found]:
    """Towns and places anywhere: known US places, and what is behind "in" or "for"."""
    found: dict[str, Found] = {}
    for match in _P["at_a_place"].finditer(text):
        for part in _P["one_place"].finditer(match[1]):
            name = re.sub(
                r"^(?:(?:and|or|et|y|at|in|for|near|to|from|the)\s+)+|(?<=\w{4})\.\s.*",
                "",
                part.group().strip(),
            ).strip(" ?!.")
            code = (
                re.fullmatch(r"[A-Z]{2,4}", name)
                and fold(name) not in WORDS["regions"]
                and not places.by_name(name)
            )
            if name and not code and fold(name) not in WORDS["not_people"]:
                start = match.start(1) + part.start()
                found.setdefault(fold(name), Found(name, start, start + len(name)))
    for after in list(found.values()):  # "Glasgow, Scotland" is one place
        if (
            after.start > 2
            and re.search(r"[A-ZÀ-Ý][\w'’.-]*,\s*$", before(text, after.start))
            and _is_region(after.value)
        ):
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
    state = places.by_name(name)
    return fold(name) in WORDS["regions"] or (state is not None and name in (state.name, state.code))
