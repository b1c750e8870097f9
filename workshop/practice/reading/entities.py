"""People, places and numbers named in a text, with their positions."""

# ruff: noqa: RUF001  # texts as people write them, with the punctuation of their language

from __future__ import annotations

import re

from workshop.practice.reading import places
from workshop.practice.reading.shapes import Found
from workshop.practice.reading.text import WORDS, fold

_CAPITALISED = r"[A-ZÀ-Ý][\w'’-]*"
_NAME = rf"{_CAPITALISED}(?:\s+{_CAPITALISED})?"
_TELLING = (
    r"(?:tell|tells|telling|notify|inform|warn|alert|message|email|ping|remind|let|for|to|subscribers?|recipients?|users?|customers?|"
    r"avise|avisa a|préviens|prévenez|informe|informa a|dile a|dis à|pour|para|a|à|and|et|y|e|send|write|with|call(?:ed)?|"
    r"name is)"
)
_AFTER_TELLING = re.compile(rf"(?i:\b{_TELLING}:?)\s+(?={_CAPITALISED})")
_LIST_OF_NAMES = re.compile(rf"{_NAME}(?:\s*(?:,|&|,?\s*\b(?:and|et|y|e|or)\b)\s*{_NAME})*")
_SET_OFF = re.compile(rf"[:(]\s*({_LIST_OF_NAMES.pattern})\s*(?=[).;]|$)", re.MULTILINE)
"""Names after a colon or in brackets: "each subscriber (Ana, Ben)"."""
_NEEDS_PEOPLE = r"\b(?:subscribers?|recipients?|people|users?|customers?|tell|notify|warn|inform|everyone|friends?|team)\b"
_NAME_IN_STATE = re.compile(
    rf"({_NAME})\s+(?:is |lives? |who lives? |wants? |est |vit |vive |está )?(?:in|from|about|for|en|au|à|\(|→|:|"
    rf"-)\s*(?={_CAPITALISED})"
)
_LOWER_TELLING = re.compile(
    r"\b(?i:tell|notify|inform|warn|message|email|ping|remind)\s+([a-z][a-z ,&'-]*?)\s+(?:about|that|of|if|when|whether|"
    r"which|what)\b"
)
_NOT_A_PERSON = WORDS["not_people"]
_NUMBER_WORDS = {
    w: str(n)
    for n, w in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    )
} | {"dozen": "12", "twenty": "20", "hundred": "100", "deux": "2", "trois": "3", "quatre": "4", "cinq": "5", "dos": "2",
"tres": "3",
     "cuatro": "4", "cinco": "5"}  # fmt: skip
_NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:,\d{3})*(?:\.\d+)?(?![\w]*[A-Za-z]{3})")


def people(text: str) -> list[Found]:
    """People whom the text asks to tell something, or names with a place: "tell Ana and Ben", "Ana in Texas"."""
    taken = [(m.start, m.end) for m in places.mentions(text) if m.kind != "city" or m.end - m.start > 5]
    found: dict[str, Found] = {}
    for lead in _AFTER_TELLING.finditer(text):
        listed = _LIST_OF_NAMES.match(text, lead.end())
        if listed:
            for name in re.finditer(_NAME, listed.group()):
                _add_person(found, name.group(), listed.start() + name.start(), taken)
    if re.search(_NEEDS_PEOPLE, text, re.IGNORECASE):
        for listed in _SET_OFF.finditer(text):
            for name in re.finditer(_NAME, listed.group(1)):
                _add_person(found, name.group(), listed.start(1) + name.start(), taken)
    for match in _NAME_IN_STATE.finditer(text):
        _add_person(found, match.group(1), match.start(1), taken)
    if not found:
        for match in _LOWER_TELLING.finditer(text):
            names = re.split(
                r"\s*,\s*(?:and\s+)?|\s*&\s*|\s+(?:and|or)\s+", re.sub(r"^both\s+", "", match.group(1))
            )
            if all(len(word.split()) == 1 for word in names):
                for word in names:
                    _add_person(found, word.capitalize(), text.find(word, match.start(1)), taken)
    return sorted(found.values(), key=lambda item: item.start)


def proper_names(text: str) -> list[str]:
    """Capitalised words that are no sentence's first word, no state, no day and no month; and those in a list
    with them.
    """
    taken = [(m.start, m.end) for m in places.mentions(text)]
    found: list[str] = []
    for match in re.finditer(_NAME, text):
        opens = match.start() == 0 or bool(re.search(r"[.!?:\n]\s*$", text[: match.start()]))
        kept = [w for w in match.group().split() if fold(w).removesuffix("'s") not in _NOT_A_PERSON]
        listed = re.match(r"\s*(?:,|and\b|&|et\b|y\b)\s*[A-ZÀ-Ý]", text[match.end() :])
        acts = re.match(r"\s+(?:is|was|has|lives|wants|likes|works|will|turned)\b", text[match.end() :])
        if (
            kept
            and not any(s <= match.start() < e for s, e in taken)
            and (not opens or listed or acts or len(kept) > 1)
        ):
            name = " ".join(kept).removesuffix("'s").removesuffix("’s")
            if name not in found:
                found.append(name)
    return found


def _add_person(found: dict[str, Found], name: str, start: int, taken: list[tuple[int, int]]) -> None:
    kept = [w for w in name.split() if fold(w).removesuffix("'s") not in _NOT_A_PERSON]
    if not kept or any(s <= start < e for s, e in taken):
        return
    plain = " ".join(kept).removesuffix("'s").removesuffix("’s")
    if places.by_name(plain) is None and len(plain) > 1:
        found.setdefault(plain, Found(plain, start, start + len(plain)))


def state_codes(text: str) -> list[Found]:
    """US states by their two-letter code, each time that one is named."""
    wanted = {state.code for state in places.states(text)}
    return [Found(m.state.code, m.start, m.end) for m in places.mentions(text) if m.state.code in wanted]


def locations(text: str) -> list[Found]:
    """Towns and places anywhere: known US places, and what stands after "in" or "for"."""
    found: dict[str, Found] = {}
    for match in re.finditer(
        r"(?i:\b(?:in|for|at|near|to|from|of|around|à|en|de|para|pour|about|leaves?|leaving|left|reach(?:es)?|visit(?:s|ing)?)\s+)(?:the\s+)?((?:[A-ZÀ-Ý][\w'’.-]*)(?:\s+[A-ZÀ-Ý][\w'’.-]*)*"
        r"(?:,\s*[A-ZÀ-Ý][\w'’.-]*(?:\s+[A-ZÀ-Ý][\w'’.-]*)*|\s*(?:,|,?\s+and|,?\s+or|&|et|y)\s+[A-ZÀ-Ý][\w'’.-]*(?:\s+[A-ZÀ-Ý][\w'’.-]*)*)*)",
        text,
    ):
        for part in re.finditer(r"[^,&]+?(?=\s*(?:,|&|\band\b|\bor\b|\bet\b|\by\b|$))", match.group(1)):
            name = re.sub(r"^(?:and|or|et|y)\s+", "", part.group().strip()).strip(" ?!.")
            if name and fold(name) not in _NOT_A_PERSON:
                start = match.start(1) + part.start()
                found.setdefault(fold(name), Found(name, start, start + len(name)))
    for after in list(found.values()):  # "Glasgow, Scotland" is one place
        if (
            after.start > 2
            and re.search(r"[A-ZÀ-Ý][\w'’.-]*,\s*$", text[: after.start])
            and _is_region(after.value)
        ):
            del found[fold(after.value)]
    if not found:
        for mention in places.mentions(text):
            name = text[mention.start : mention.end]
            found.setdefault(fold(name), Found(name, mention.start, mention.end))
    if not found:
        lower = re.search(
            r"\b(?:in|for|at|near)\s+([a-z]{3,}(?: [a-z]{3,})?)\s*(?:\?|$|today|now|tomorrow|tonight)", text
        )
        if lower and fold(lower.group(1)) not in _NOT_A_PERSON:
            found[lower.group(1)] = Found(lower.group(1).title(), *lower.span(1))
    return list(found.values())


def _is_region(name: str) -> bool:
    state = places.by_name(name)
    return fold(name) in WORDS["regions"] or (state is not None and state.name == name)


def numbers(text: str) -> list[Found]:
    """Numbers in figures or words, as figures."""
    found = [Found(m.group().replace(",", "").lstrip("+"), *m.span()) for m in _NUMBER.finditer(text)]
    for match in re.finditer(r"[^\W\d_]+", text):
        if fold(match.group()) in _NUMBER_WORDS:
            found.append(Found(_NUMBER_WORDS[fold(match.group())], *match.span()))
    return sorted(found, key=lambda item: item.start)
