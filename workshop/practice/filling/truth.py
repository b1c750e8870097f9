"""Yes or no: whether a text speaks of a field's name, or of what its description calls true or false, and whether the clause
that does affirms it, denies it or puts it off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from workshop.practice.filling import alike, choose
from workshop.practice.filling.kinds import Field
from workshop.practice.reading.shapes import Found
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import IRREGULAR, WORDS, all_stems, fold, stem, words

_P = PATTERNS["truth"]
_DENIED = PATTERNS["rules"]["not"]
_LITTLE = WORDS["stop"] | WORDS["claims"] | WORDS["of_rules"] | WORDS["field_talk"]
_NO_MATTER = WORDS["field_talk"] | WORDS["avoided"]
_STOPPED = {stem(word) for word in WORDS["stop"]}
SAID = dict.fromkeys(("yes", "true", "y", "ja"), True) | dict.fromkeys(("no", "false", "n", "nein"), False)
"""What words for yes and no say."""
_FLAGGED = 3
"""Words behind the name of a yes-or-no field, above which it is a flag before a text, and no label of a value."""
_SHORT = 2
"""Words of what is no clause of its own, and goes with the one before: "and a map"."""
_SHOWN = 1.5
"""What a sign of a word counts: it says more than that the word is there."""
_DEED = 0.9
"""What a deed counts, next to what is done with: "the pin was not in it" says more of pin_stolen than "my card was stolen"."""
_LEAST = 0.4
"""The share of a field's words that a clause must speak of."""


@dataclass(frozen=True)
class _Side:
    """What a text must speak of for a field to be true, or false."""

    wanted: tuple[str, ...]
    value: bool
    done: str = ""
    """The stem of what has to be done for it: paid, vaccinated."""
    deed: str = ""
    """The stem of a deed that the name begins with: speaks, cleans."""
    whole: bool = False
    """Whether all of it must be said."""


def truth(field: Field, text: str) -> Found | None:
    """What a text says of a yes-or-no field, and where; None where it says nothing."""
    best: tuple[float, Found] | None = None
    for start, clause in _clauses(text):
        for side in _sides(field.name, field.description, field.tool):
            score, value, span = _met(side, clause)
            if score and (best is None or score > best[0]):
                best = score, Found(value, start + span[0], start + span[1])
    return best[1] if best else None


def said(field: Field, text: str) -> bool | None:
    """What a text says of a yes-or-no field; None where it says nothing."""
    found = truth(field, text)
    return bool(found.value) if found else None


def flagged(said: str) -> bool | None:
    """What stands behind the label of a yes-or-no field: yes, no, or a text that it flags; None where it is neither."""
    if (word := fold(next(iter(words(said)), ""))) in SAID:
        return SAID[word]
    if len(said.split()) <= _FLAGGED:
        return None
    return not re.match(r"(?i)\W*(?:not?|never|nicht)\b", said)  # "URGENT: my parcel …"


def answers(options: Sequence[Any]) -> dict[bool | None, str]:
    """The options that mean yes, no and, where there is a third, neither; empty where they are other ones."""
    found = {SAID.get(fold(each)): each for each in options if isinstance(each, str)}
    return found if {True, False} <= found.keys() and len(found) == len(options) else {}


def doubts(text: str) -> bool:
    """Whether a text leaves open what it is asked."""
    return bool(_P["doubts"].search(text))


def denies(text: str) -> bool:
    """Whether a text denies something."""
    return bool(_DENIED.search(text))


def _clauses(text: str) -> Iterator[tuple[int, str]]:
    """The clauses of a text, with where each begins. Of a list they are one: "no cats or dogs", "a torch and a map"."""
    spans: list[list[int]] = []
    at, joins = 0, False
    for cut in [*_P["cut"].finditer(text), None]:
        end = cut.start() if cut else len(text)
        piece = text[at:end]
        short = len(words(piece)) <= _SHORT and not _P["own"].search(piece)
        if spans and joins and (short or len(words(text[spans[-1][0] : spans[-1][1]])) <= _SHORT):
            spans[-1][1] = end
        elif words(piece):
            spans.append([at, end])
        at, joins = (cut.end(), bool(_P["joins"].match(cut[0]))) if cut else (end, False)
    yield from ((first, text[first:last]) for first, last in spans)


def _met(side: _Side, clause: str) -> tuple[float, bool, tuple[int, int]]:
    """How much of a side a clause says, what it says of it, and where."""
    met = [(word, *_worth(word, clause)) for word in side.wanted]
    least = 1.0 if clause.rstrip().endswith("?") else alike.FAR
    met = [each for each in met if each[1] >= least]
    total = sum(worth * (_DEED if word in (side.done, side.deed) else 1) for word, worth, *_ in met)
    share = total / len(side.wanted)
    sure = [said for _, worth, _, said in met if worth >= alike.NEAR]
    if not sure or share < _LEAST or (side.whole and len(sure) < len(side.wanted)):
        return 0.0, False, (0, 0)
    rest, opposed = clause, sum(against for *_, against, _ in met) % 2 == 1
    for *_, said in met:
        rest = rest[: said.start()] + "_" * len(said[0]) + rest[said.end() :]
    affirmed = opposed == _denied(rest, bool(side.done))
    if affirmed and side.done and side.done not in {word for word, *_ in met}:
        return 0.0, False, (0, 0)
    starts = [said.start() + said[0].rfind(" ") + 1 for said in sure]
    return share + 0.1 * total, side.value == affirmed, (min(starts), max(said.end() for said in sure))


def _worth(word: str, clause: str) -> tuple[float, bool, re.Match[str]]:
    """How surely a clause speaks of a word, whether it says the opposite, and what says so."""
    for sign, against in choose.signs_of(word):
        if said := sign.search(fold(clause)):
            return _SHOWN, against, said
    told = ((alike.met(word, m[0]), False, m) for m in _P["word"].finditer(clause))
    return max(told, key=lambda each: each[0])


def _denied(clause: str, accomplished: bool) -> bool:
    """Whether a clause denies what it speaks of, refuses it, lacks it, or says of what is to be done that it is to come."""
    plain, refusals = _P["refuses"].subn(" ", _P["denies_nothing"].sub(" ", clause))
    return (denies(plain) != bool(refusals % 2)) or bool(accomplished and _P["to_come"].search(clause))


@lru_cache(maxsize=1024)
def _sides(name: str, description: str, tool: str) -> tuple[_Side, ...]:
    called, _, told = tool.partition("\n")
    spent, about = all_stems(called), all_stems(told)
    plain = [fold(word) for word in words(name)]
    avoids = bool(WORDS["avoided"].intersection(plain)) or plain[1:][-1:] == ["free"]  # "debt_free"
    named = [w for w in plain if w not in _NO_MATTER and not (avoids and w == "free")]
    named = [] if WORDS["rule"].issuperset(named) else named
    telling = [w for w in named if stem(w) not in _STOPPED]
    own = telling or named or [w for w in plain if choose.signs_of(stem(w))]
    done = stem(own[-1]) if own and (own[-1].endswith("ed") or own[-1] in IRREGULAR) else ""
    deed = stem(own[0]) if own[1:] and own[0].endswith("s") else ""
    judged = "quality" in own  # "a dream of time travel" does not say that a story is good
    found = [_Side(tuple(map(stem, own)), not avoids, done, deed, whole=judged or not telling)] if own else []
    for value, said in _told(description):
        for each in re.split(r"(?i),\s*|\s+or\s+", _P["examples"].sub("", said)):
            left = [s for w in words(each) if fold(w) not in _LITTLE and (s := stem(w)) not in spent]
            left = [each for each in left if each not in about] or left
            if left:
                wanted = tuple(dict.fromkeys(left))
                found.append(_Side(wanted, value != denies(each), whole=" and " in each))
    return tuple(found)


def _told(description: str) -> Iterator[tuple[bool, str]]:
    """What a description calls true, and what false: "True for sunny plots, False for shady ones", "indoors (true) or outdoors (false)"."""
    head, *rest = _P["marks"].split(description)
    if not rest:
        yield True, head
    said = [head, *rest[1::2]] if head.strip() else rest[1::2]
    for value, each in zip(rest[::2], said, strict=False):
        yield fold(value) == "true", each
