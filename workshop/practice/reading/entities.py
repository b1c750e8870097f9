"""Things named in a text, with their positions: people, places, numbers, dates, addresses."""

# ruff: noqa: RUF001  # texts as people write them, with the punctuation of their language

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from workshop.practice.reading import places
from workshop.practice.reading.text import WORDS, fold


@dataclass(frozen=True)
class Found:
    """A thing named at `start` in a text."""

    value: str
    start: int


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
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip


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
        found.setdefault(plain, Found(plain, start))


def state_codes(text: str) -> list[Found]:
    """US states by their two-letter code, each time that one is named."""
    wanted = {state.code for state in places.states(text)}
    return [Found(m.state.code, m.start) for m in places.mentions(text) if m.state.code in wanted]


def locations(text: str) -> list[Found]:
    """Towns and places anywhere: known US places, and what stands after "in" or "for"."""
    found: dict[str, Found] = {}
    for match in re.finditer(
        r"(?i:\b(?:in|for|at|near|to|from|of|around|à|en|de|para|pour|about)\s+)(?:the\s+)?((?:[A-ZÀ-Ý][\w'’.-]*)(?:\s+[A-ZÀ-Ý][\w'’.-]*)*"
        r"(?:,\s*[A-ZÀ-Ý][\w'’.-]*(?:\s+[A-ZÀ-Ý][\w'’.-]*)*|\s*(?:,|,?\s+and|,?\s+or|&|et|y)\s+[A-ZÀ-Ý][\w'’.-]*(?:\s+[A-ZÀ-Ý][\w'’.-]*)*)*)",
        text,
    ):
        for part in re.finditer(r"[^,&]+?(?=\s*(?:,|&|\band\b|\bor\b|\bet\b|\by\b|$))", match.group(1)):
            name = re.sub(r"^(?:and|or|et|y)\s+", "", part.group().strip()).strip(" ?!.")
            if name and fold(name) not in _NOT_A_PERSON:
                found.setdefault(fold(name), Found(name, match.start(1) + part.start()))
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
            found.setdefault(fold(name), Found(name, mention.start))
    if not found:
        lower = re.search(
            r"\b(?:in|for|at|near)\s+([a-z]{3,}(?: [a-z]{3,})?)\s*(?:\?|$|today|now|tomorrow|tonight)", text
        )
        if lower and fold(lower.group(1)) not in _NOT_A_PERSON:
            found[lower.group(1)] = Found(lower.group(1).title(), lower.start(1))
    return list(found.values())


def _is_region(name: str) -> bool:
    state = places.by_name(name)
    return fold(name) in WORDS["regions"] or (state is not None and state.name == name)


def numbers(text: str) -> list[Found]:
    """Numbers in figures or words, as figures."""
    found = [Found(m.group().replace(",", "").lstrip("+"), m.start()) for m in _NUMBER.finditer(text)]
    for match in re.finditer(r"[^\W\d_]+", text):
        if fold(match.group()) in _NUMBER_WORDS:
            found.append(Found(_NUMBER_WORDS[fold(match.group())], match.start()))
    return sorted(found, key=lambda item: item.start)


def identifiers(text: str) -> list[Found]:
    """Order numbers and the like: words with a digit in them, or plain figures."""
    return [
        Found(m.group(1), m.start(1))
        for m in re.finditer(r"(?<![\w.@/])#?((?=[\w-]*\d)[A-Za-z0-9][\w-]*)(?![@])", text)
    ]


def emails(text: str) -> list[Found]:
    """Mail addresses."""
    return [Found(m.group(), m.start()) for m in re.finditer(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", text)]


def urls(text: str) -> list[Found]:
    """Web addresses."""
    return [Found(m.group().rstrip(".,;:!?)]"), m.start()) for m in re.finditer(r"https?://[^\s<>\"]+", text)]


def phones(text: str) -> list[Found]:
    """Telephone numbers."""
    return [Found(m.group().strip(), m.start()) for m in re.finditer(r"\+?\d[\d ()-]{6,}\d", text)]


def dates(text: str) -> list[Found]:
    """Dates as YYYY-MM-DD. A day and a month without a year are left out: the model has no calendar of its
    own.
    """
    found = [Found(m.group(), m.start()) for m in re.finditer(r"\b\d{4}-\d{2}-\d{2}\b", text)]
    months = "|".join(_MONTHS)
    for pattern, order in (
        (rf"\b({months})\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})", (2, 0, 1)),
        (rf"\b(\d{{1,2}})(?:st|nd|rd|th)?\s+({months})\s+(\d{{4}})", (2, 1, 0)),
    ):
        for match in re.finditer(pattern, text, re.IGNORECASE):
            year, month, day = (match.groups()[i] for i in order)
            try:
                written = date(int(year), _MONTHS.index(month.casefold()) + 1, int(day)).isoformat()
            except ValueError:
                continue
            found.append(Found(written, match.start()))
    return [f for f in found if _is_date(f.value)]


_DAY = re.compile(
    r"\b(?:(?:next|this|on|coming) )?(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b|\b(?:today|tomorrow|"
    r"tonight|yesterday)\b|"
    rf"\b(?:{'|'.join(_MONTHS)})\s+\d{{1,2}}(?:st|nd|rd|th)?\b|\b\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:{'|'.join(_MONTHS)})\b",
    re.IGNORECASE,
)


def days(text: str) -> list[Found]:
    """Days as the text calls them: "Friday", "March 3"."""
    return [
        Found(re.sub(r"^on ", "", m.group(), flags=re.IGNORECASE), m.start()) for m in _DAY.finditer(text)
    ]


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def times(text: str) -> list[Found]:
    """Times of day as HH:MM."""
    found = []
    for match in re.finditer(
        r"\b(\d{1,2})(?::(\d{2}))?\s*([ap]m\b)|\b(\d{1,2}):(\d{2})\b", text, re.IGNORECASE
    ):
        hour = int(match.group(1) or match.group(4))
        minute = int(match.group(2) or match.group(5) or 0)
        half = (match.group(3) or "").casefold()
        hour = hour % 12 + 12 * (half == "pm") if half else hour
        if hour < 24 and minute < 60:
            found.append(Found(f"{hour:02d}:{minute:02d}", match.start()))
    return found


_SAYING = re.compile(
    r"\b(?:saying|says|with the (?:text|message)|that reads?)\s*:?\s+(.+)$", re.IGNORECASE | re.DOTALL
)
_AFTER_COLON = re.compile(
    r"\b(?:post|send|notice|message|text|tell|write|announce|say|remind\w*|note|todo|task|add|save)\b[^?]*?:\s+([^?]+)$",
    re.IGNORECASE | re.DOTALL,
)
_TELLING_THAT = re.compile(
    r"\b(?:tell|inform|notify|warn|remind|let)\b[^.?!]*?\b(?:know )?that\s+(.+)$", re.IGNORECASE | re.DOTALL
)


def message_body(text: str) -> str | None:
    """What the text asks to say literally: after a colon, "saying" or "that"; None where it says nothing of
    the kind.
    """
    for pattern in (_SAYING, _AFTER_COLON, _TELLING_THAT):
        match = pattern.search(text)
        if not match:
            continue
        body = match.group(1).strip().strip("\"“”«»'")
        if len(body.split()) > 1 and not re.fullmatch(rf"{_LIST_OF_NAMES.pattern}\W*", body):
            return body if pattern is _AFTER_COLON else body[:1].upper() + body[1:]
    return None
