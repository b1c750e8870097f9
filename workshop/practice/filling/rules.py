"""What the instructions, or a field's description, say of when an option is right and when a field is true: each
condition is held against the fields that are filled already, then against the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any

from workshop.practice.filling import alike, choose
from workshop.practice.filling.alike import kin
from workshop.practice.filling.kinds import Field, kind_of
from workshop.practice.filling.schema import Schema, properties_of, solid
from workshop.practice.filling.stated import nothing
from workshop.practice.reading import read
from workshop.practice.reading.numbers import is_number, number_of
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, all_stems, fold, stem, words

_P = PATTERNS["rules"]
_LONGEST = 6_000
"""Letters of the rules that are read."""
_LITTLE = WORDS["stop"] | WORDS["of_rules"] | WORDS["claims"]


@dataclass(frozen=True)
class Known:
    """What conditions are held against: the fields that are filled, with their schema, and the text."""

    made: Mapping[str, Any]
    schema: Schema
    root: Schema
    text: str
    about: Mapping[str, Any] = field(default_factory=dict)
    """The fields that a condition names."""
    strictly: bool = False
    """Whether what a clause of the text denies does not count."""


@dataclass(frozen=True)
class Choice:
    """What the rules give; not `sure` where they give it to all that they don't speak of."""

    value: Any
    sure: bool


def option(options: Sequence[str], owner: Field, rules: str, known: Known) -> Choice | None:
    """The option that the rules give to what the text says; None where they give none."""
    own = {stem(word) for each in (owner.name, *options, *known.made) for word in words(each)}
    told = [*_conditions(options, owner, f"{owner.description}\n{rules}"[:_LONGEST])]
    scored = [(holds(said, known, own), -n, each) for n, (said, each) in enumerate(told) if said]
    best = max(scored, default=(0.0, 0, ""))
    if best[0] > 0:
        return Choice(best[2], sure=True)
    telling = [each for condition, each in told if condition and fold(each) not in WORDS["degrees"]]
    if shown := choose.shown(telling, known.text):
        return Choice(shown, sure=True)
    rest = next((each for condition, each in told if not condition), None)
    return Choice(rest, sure=False) if rest else None


def truth(field: Field, rules: str, known: Known, *, judged: bool = False) -> Choice | None:
    """Whether a yes-or-no field is true, by the condition stated for it; None where none is. `judged`: the field is
    a judgement on the text, so that only conditions on other fields count.
    """
    own = {stem(word) for word in words(field.name) if fold(word) not in WORDS["field_talk"]}
    named = re.compile(rf"(?i)\b{'[ _-]?'.join(map(re.escape, words(field.name)))}\b")
    told = [s for s in _sentences(rules) if named.search(s) or (own and own <= all_stems(s))]
    made = {n: v for n, v in known.made.items() if n != field.name}
    others = replace(known, made=made, strictly=True)
    for said in (*_sentences(field.description), *told):
        match = _P["condition"].search(said)
        if match and not (judged and _of_text(match["what"], others)):
            holding = holds(_P["rest"].sub("", _main_of(match)), others, clause=True)
            denied = bool(match["not"] or _P["false"].search(said[: match.start("what")]))
            return Choice((holding > 0) != denied, sure=holding > 0 or not _of_text(match["what"], others))
    return None


def _of_text(condition: str, known: Known) -> bool:
    """Whether a condition is about the text, and about none of the fields."""
    parts = _P["any"].split(condition)
    return all(_compared(part, known) is None and _by_fields(part, known) is None for part in parts)


def _main_of(match: re.Match[str]) -> str:
    """The condition of a sentence; of one that begins with it only up to what it is for."""
    return _main(match[0])[match.start("what") - match.start() :] if match.start() < 2 else match["what"]


def _sentences(rules: str) -> list[str]:
    """The sentences of rules; "all three" stands for what the one before says."""
    found: list[str] = []
    for sentence in _P["sentence"].split(rules[:_LONGEST]):
        whole = _P["all_of_it"].sub(lambda _: _P["says"].sub("", found[-1] if found else ""), sentence)
        joins = found and _P["goes_on"].match(whole)
        found[-1:] = [f"{found[-1]} {whole}"] if joins else [*found[-1:], whole]
    return found


def _conditions(options: Sequence[str], field: Field, rules: str) -> Iterator[tuple[str, str]]:
    """Conditions with their options; an empty condition is for everything else."""
    own = all_stems(field.name)
    longest = sorted((each for each in options if words(each)), key=len, reverse=True)
    spelled = [r"[\W_]+".join(map(re.escape, words(each))) for each in longest]
    listing = re.compile(rf"(?i)\((?:one of |either )?(?:\W*(?:{'|'.join(spelled)})\b(?:\W*\bor\b)?)+\W*?\)")
    mention = re.compile("|".join(rf"(?<!\w)({each})(?!\w)" for each in spelled) or "(?!)", re.IGNORECASE)
    for sentence in _sentences(listing.sub("", rules) if len(spelled) > 1 else rules):
        marks = [*mention.finditer(sentence)]
        ends = [*(mark.start() for mark in marks[1:]), len(sentence)]
        start = 0
        for mark, end in zip(marks, ends, strict=False):
            condition = _main(sentence[start : mark.start()].strip(" :,").rpartition(":")[2])
            bare = not any(_content(condition, own))
            if _P["follows_if"].match(sentence, mark.end(), end) or (
                bare and _P["follows"].match(sentence, mark.end(), end)
            ):
                condition = sentence[mark.end() : end]
            start, told = mark.end(), _P["rest"].sub("", condition)
            if _P["of_other"].search(sentence[: mark.start()]):
                break
            if any(_content(told, own)) and not _P["else"].search(told):
                yield told, longest[(mark.lastindex or 1) - 1]
            elif _P["else"].search(condition):
                yield "", longest[(mark.lastindex or 1) - 1]


def _main(condition: str) -> str:
    """A condition without the order behind it: "If there is no table, reserve nothing; the status is then"."""
    if not _P["begins_if"].match(condition):
        return condition
    first, comma, order = condition.partition(";")[0].rpartition(",")
    return first if comma and not _P["or"].search(order) else condition


def _content(said: str, own: Set[str] = frozenset()) -> Iterator[str]:
    """The stems of what a condition is about."""
    for word in words(said):
        if fold(word) not in _LITTLE and len(word) > 1 and (root := stem(word)) not in own:
            yield root


# Whether a condition holds.


def holds(condition: str, known: Known, own: Set[str] = frozenset(), *, clause: bool = False) -> float:
    """How surely a condition holds, by one of its alternatives; all parts of a clause must. 0 where it does not."""
    clause = clause or bool(_P["clause"].search(condition))
    between = _P["any"] if not _P["and"].search(condition) else _P["or"]
    said = all_stems(condition)
    about = {k: v for k, v in known.made.items() if all_stems(k) & said}
    known = replace(known, about=about)
    return max((_holding(each, known, own, clause) for each in between.split(condition)), default=0.0)


def _holding(condition: str, known: Known, own: Set[str], clause: bool) -> float:
    side = _compared(condition, known)
    if side is not None:
        return 2.0 * side
    parts = _P["all"].split(condition)
    told = [each for part in parts if (each := _part(part, known, own)) is not None]
    return (min if clause else max)(told, default=0.0)


def _part(part: str, known: Known, own: Set[str]) -> float | None:
    """How surely a part of a condition holds; None where it says nothing."""
    by_fields = _by_fields(part, known)
    if by_fields is not None:
        return 2.0 * by_fields
    shown = _P["such_as"].search(part)
    denies = bool(_P["not"].search(part))
    text = _saying(known.text, denied=denies) if known.strictly else known.text
    wanted = {*_content(part[: shown.start()] if shown else part, own)}
    if not wanted:
        return None
    met = sum(alike.met(word, text) for word in wanted)
    return met / len(wanted) + 0.1 * met if 2 * met >= len(wanted) else 0.0


def _saying(text: str, *, denied: bool) -> str:
    """The clauses of a text that deny something, or those that don't."""
    return ". ".join(e for e in _P["clauses"].split(text) if bool(_P["not"].search(e)) == denied)


def _by_fields(part: str, known: Known) -> bool | None:
    """Whether what a part says of a field is so; None where it says nothing of one."""
    denied = bool(_P["not"].search(part))
    said = all_stems(part)
    plain = {name: solid(properties_of(known.schema).get(name), known.root) for name in known.made}
    for name, value in known.made.items():
        options = plain[name].get("enum") or ()
        named = [o for o in options if all(any(kin(stem(w), each) for each in said) for w in words(str(o)))]
        if named and not {stem(w) for o in named for w in words(str(o))} & _TOO_PLAIN:
            return (value in named) != denied
    for name, value in known.made.items():
        own = all_stems(name)
        person = "name" in said and kind_of(Field(name), {"type": "string"}) == "person"
        only = own & said and all(fold(w) in WORDS["stop"] or stem(w) in own for w in words(part))
        counted = _P["counts"].search(part) and isinstance(value, (int, float))
        names = (own and own <= said) or (own & said and (counted or _P["exists"].search(part)))
        if not (names or person or only):
            continue
        if counted:
            return bool(value > 0) != denied
        if only or person or _P["exists"].search(part) or _P["empty"].search(part):
            return _is_there(value) != bool(_P["empty"].search(part) or denied)
    return None


_TOO_PLAIN = {"none", "no", "yes", "other"}


def _is_there(value: Any) -> bool:
    return value not in (None, [], "not stated", 0) and not (isinstance(value, str) and nothing(value))


def _compared(condition: str, known: Known) -> bool | None:
    """Whether a number is on the side of its limit that the condition names."""
    match = _P["compares"].search(condition)
    if not match:
        return None
    numbers = {name: value for name, value in known.made.items() if is_number(value)}
    fields = {stem(word): float(v) for k, v in numbers.items() for word in words(k)}
    limits = [n for each in _P["number"].findall(match[0]) if (n := _figure(each, fields)) is not None]
    said = all_stems(condition[: match.start()])
    named = {k: v for k, v in numbers.items() if all_stems(k) & said}
    named = named or {k: v for k, v in numbers.items() if k in known.about} or numbers
    listed = [*named.values()] or [each.value for each in read(known.text).quantities]
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


def usual(field: Field, rules: str) -> float | None:
    """What a number is unless something else is said: "The level is 1 unless the player says otherwise"."""
    name = r"[ _-]".join(map(re.escape, words(field.name)))
    usually = rf"(?i)\b{name}\b[^.]*? (?:is|are) (?P<figure>[\w.]+) (?:unless|by default|if nothing)"
    match = re.search(usually, rules)
    return _figure(match["figure"], {}) if match else None
