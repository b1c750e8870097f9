"""What the instructions, or a field's description, say of when an option is right and when a field is true: each
condition is held against the fields that are filled already, then against the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from workshop.practice.filling import choose
from workshop.practice.filling.kinds import Field
from workshop.practice.filling.schema import Schema, properties_of, solid
from workshop.practice.filling.stated import kin, nothing
from workshop.practice.reading import read
from workshop.practice.reading.numbers import number_of
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, fold, stem, words

_P = PATTERNS["rules"]
_LONGEST = 6_000
"""Letters of the rules that are read."""


def option(
    options: Sequence[str], field: Field, rules: str, made: Mapping[str, Any], text: str
) -> str | None:
    """The option that the rules give to what the text says; None where they give none."""
    own = {stem(word) for each in (field.name, *options, *made) for word in words(each)}
    told = [
        *_conditions(
            options, f"{field.description}\n{rules}"[:_LONGEST], {stem(w) for w in words(field.name)}
        )
    ]
    telling = [each for condition, each in told if condition and fold(each) not in WORDS["degrees"]]
    scored = [
        (_meets(condition, made, text, own), -n, each)
        for n, (condition, each) in enumerate(told)
        if condition
    ]
    best = max(scored, default=(0.0, 0, ""))
    if best[0] <= 0:
        return choose.shown(telling, text) or next((each for condition, each in told if not condition), None)
    return best[2]


def _conditions(options: Sequence[str], rules: str, own: Set[str]) -> Iterator[tuple[str, str]]:
    """Conditions with their options; an empty condition is for everything else. `own`: words of the field itself."""
    longest = sorted((each for each in options if words(each)), key=len, reverse=True)
    spelled = (r"[\W_]+".join(map(re.escape, words(each))) for each in longest)
    mention = re.compile("|".join(rf"(?<!\w)({each})(?!\w)" for each in spelled) or "(?!)", re.IGNORECASE)
    for sentence in _P["sentence"].split(rules):
        marks = [*mention.finditer(sentence)]
        first = bool(marks) and not any(_content(sentence[: marks[0].start()], own))
        starts = [m.start() for m in marks] if first else [0, *(m.end() for m in marks[:-1])]
        ends = [*starts[1:], len(sentence)] if first else [m.end() for m in marks]
        for mark, start, end in zip(marks, starts, ends, strict=False):
            condition = sentence[start : mark.start()].strip(" :,").rpartition(":")[2]
            if not any(_content(condition, own)) and _P["follows"].match(sentence, mark.end(), end):
                condition = sentence[mark.end() : end]
            each = longest[(mark.lastindex or 1) - 1]
            if _P["else"].search(condition):
                yield "", each
            elif any(_content(condition, own)):
                yield condition, each


def _content(said: str, own: Set[str] = frozenset()) -> Iterator[str]:
    """The stems of what a condition is about."""
    little = WORDS["stop"] | WORDS["of_rules"]
    return (
        root for w in words(said) if fold(w) not in little and len(w) > 1 and (root := stem(w)) not in own
    )


def _meets(condition: str, made: Mapping[str, Any], text: str, own: Set[str]) -> float:
    """How much of a condition, or of one of its alternatives, holds."""
    if (holds := _compared(condition, made, text)) is not None:
        return 2.0 * holds
    said = {stem(word) for word in words(text[:_LONGEST])}
    best = 0.0
    for part in _P["or"].split(condition):
        wanted = set(_content(part)) - own
        met = sum(_met(word, said, text) for word in wanted)
        denied = bool(_P["not"].search(part)) and not _P["not"].search(text)
        if wanted and 2 * met >= len(wanted) and not denied:
            best = max(best, met / len(wanted) + 0.1 * met)
    return best


def _met(word: str, said: set[str], text: str) -> float:
    """Whether a text has a word of a rule, or one that means much the same."""
    return (
        1.0
        if any(kin(word, each) for each in said)
        else 0.4 * bool(read(word).concepts & read(text).concepts)
    )


def truth(field: Field, rules: str, made: Mapping[str, Any], schema: Schema, root: Schema) -> bool | None:
    """Whether a yes-or-no field is true by the condition stated for it; None where none is, or none can be told."""
    named = rf"\b(?:{re.escape(field.name)}|{re.escape(' '.join(words(field.name)))})\b"
    own = (each for each in _P["sentence"].split(rules[:_LONGEST]) if re.search(named, each, re.IGNORECASE))
    for said in (*_P["sentence"].split(field.description), *own):
        match = _P["condition"].search(said)
        if match:
            holds = _holds(match["what"], {k: v for k, v in made.items() if k != field.name}, schema, root)
            if holds is not None:
                return holds != bool(match["not"] or _P["false"].search(said[: match.start("what")]))
    return None


def _holds(condition: str, made: Mapping[str, Any], schema: Schema, root: Schema) -> bool | None:
    """Whether a condition holds for the fields; None where it speaks of none of them."""
    either = _P["either"].search(condition)
    parts = [condition] if _P["compares"].search(condition) and not either else _P["or"].split(condition)
    about = _named(condition, made)
    told = [each for part in parts if (each := _atom(part, made, schema, root, about)) is not None]
    return (any(told) if either else all(told)) if told else None


def _named(condition: str, made: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields that a condition names; all where it names none."""
    said = {stem(word) for word in words(condition)}
    return {name: each for name, each in made.items() if {stem(word) for word in words(name)} & said} or made


def _atom(
    condition: str, made: Mapping[str, Any], schema: Schema, root: Schema, about: Mapping[str, Any]
) -> bool | None:
    denied = bool(_P["not"].search(condition))
    if _P["compares"].search(condition):
        return _compared(condition, about, "")
    said = {stem(word) for word in words(condition)}
    for name, value in made.items():
        options = solid(properties_of(schema).get(name), root).get("enum") or ()
        named = [o for o in options if all(any(kin(stem(w), each) for each in said) for w in words(str(o)))]
        if named:
            return (value in named) != denied
    for name, value in made.items():
        if not {stem(word) for word in words(name)} & said:
            continue
        if _P["empty"].search(condition):
            return (value in (None, [], 0) or (isinstance(value, str) and nothing(value))) != denied
        if _P["exists"].search(condition):
            return (value not in (None, [], "not stated")) != denied
        if isinstance(value, bool):
            return value != denied
        if isinstance(value, str) and (
            quoted := [w for w in words(condition) if fold(w) in map(fold, words(value))]
        ):
            return bool(quoted) != denied
    return None


def _compared(condition: str, made: Mapping[str, Any], text: str) -> bool | None:
    """Whether a number is on the side of its limit that the condition names."""
    match = _P["compares"].search(condition)
    if not match:
        return None
    numbers = {k: v for k, v in made.items() if isinstance(v, (int, float)) and not isinstance(v, bool)}
    fields = {stem(word): float(v) for k, v in numbers.items() for word in words(k)}
    limits = [n for each in _P["number"].findall(match[0]) if (n := _figure(each, fields)) is not None]
    named = _named(condition[: match.start()], numbers)
    listed = [*named.values()] or [each.value for each in read(text).quantities]
    kind = (match.lastgroup or "").rstrip("2")
    if not listed or not (limits or kind in ("negative", "positive")):
        return None
    value, low, high = float(listed[0]), *(limits or [0.0])[:1], (limits or [0.0])[-1]
    return {
        "between": low <= value <= high,
        "above": value > low,
        "below": value < low,
        "least": value >= low,
        "most": value <= low,
        "negative": value < 0,
        "positive": value > 0,
    }[kind] != bool(_P["not"].search(condition[: match.start()]))


def _figure(said: str, fields: Mapping[str, float]) -> float | None:
    """A limit: in figures, as a word, or what another field holds."""
    return float(said.replace(",", "")) if re.search(r"\d", said) else fields.get(stem(said), number_of(said))
