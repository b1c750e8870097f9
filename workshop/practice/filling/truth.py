"""Yes or no for a tool's parameter: whether the text speaks of its name, or of what its description calls true or false."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from workshop.practice.filling import alike, choose
from workshop.practice.filling.kinds import Field
from workshop.practice.reading.shapes import Found
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, all_stems, fold, stem, words

_P = PATTERNS["truth"]
_DENIED, _CLAUSES = PATTERNS["rules"]["not"], PATTERNS["rules"]["clauses"]
_IDLE = WORDS["stop"] | WORDS["field_talk"]
_LITTLE = _IDLE | WORDS["claims"] | WORDS["of_rules"]
SAID = dict.fromkeys(("yes", "true", "y", "ja"), True) | dict.fromkeys(("no", "false", "n", "nein"), False)
"""What words for yes and no say."""
_FLAGGED = 3
"""Words behind the name of a yes-or-no field, above which it is a flag before a text, and no label of a value."""


@dataclass(frozen=True)
class _Side:
    """What a text must speak of for a parameter to be true, or false."""

    wanted: tuple[str, ...]
    value: bool
    whole: bool
    """Whether all of it must be said, rather than half."""


def truth(field: Field, text: str) -> Found | None:
    """What a text says of a parameter, and where; None where it says nothing."""
    if signed := choose.signed(field, text):
        return signed
    if phrase := re.search(rf"(?i)\b{'[ -]'.join(map(re.escape, words(field.name)))}\b", text):
        return Found(not _denied(text, *phrase.span()), *phrase.span())
    best: tuple[float, Found] | None = None
    for clause in _P["clause"].finditer(text):
        for side in _sides(field.name, field.description, field.tool):
            score, spans = _met(side, clause[0])
            if score and (best is None or score > best[0]):
                first, last = clause.start() + spans[0][0], clause.start() + spans[-1][1]
                best = score, Found(side.value != _denied(text, first, last), first, last)
    return best[1] if best else None


def flagged(said: str) -> bool | None:
    """What stands behind the label of a yes-or-no field: yes, no, or a text that it flags; None where it is neither."""
    if (word := fold(next(iter(words(said)), ""))) in SAID:
        return SAID[word]
    if len(said.split()) <= _FLAGGED:
        return None
    return not re.match(r"(?i)\W*(?:not?|never|nicht)\b", said)  # "URGENT: my parcel …"


def denies(text: str) -> bool:
    """Whether a text denies something."""
    return bool(_DENIED.search(text))


def _denied(text: str, first: int, last: int) -> bool:
    """Whether the clause before a place denies something, or the word behind a label does."""
    return denies(_CLAUSES.split(text[:first])[-1]) or bool(_P["no"].match(text, last))


def _met(side: _Side, clause: str) -> tuple[float, list[tuple[int, int]]]:
    """How much of a side a clause says, and where."""
    spans: list[tuple[int, int]] = []
    total = 0.0
    said = [(m[0], m.span()) for m in _P["word"].finditer(clause)]
    least = 1.0 if clause.endswith("?") else alike.NEAR
    for word in side.wanted:
        worth, span = max(((alike.met(word, each), at) for each, at in said), default=(0.0, (0, 0)))
        if worth >= least:
            spans.append(span)
            total += worth
        elif side.whole:
            return 0.0, []
    share = total / len(side.wanted)
    return (share + 0.1 * total, sorted(spans)) if spans and share >= 0.4 else (0.0, [])


@lru_cache(maxsize=1024)
def _sides(name: str, description: str, tool: str) -> tuple[_Side, ...]:
    called, _, told = tool.partition("\n")
    spent = all_stems(called)
    about = all_stems(told)
    named = [(fold(word), stem(word)) for word in words(name)]
    own = [root for word, root in named if word not in _IDLE | WORDS["avoided"]]
    avoids = any(word in WORDS["avoided"] for word, _ in named)
    found = [_Side(tuple(own), not avoids, whole=True)] if own else []
    for value, said in _told(description):
        for each in re.split(r"(?i),\s*|\s+or\s+", _P["examples"].sub("", said)):
            left = [s for w in words(each) if fold(w) not in _LITTLE and (s := stem(w)) not in spent]
            left = [each for each in left if each not in about] or left
            if left:
                found.append(_Side(tuple(dict.fromkeys(left)), value, " and " in each))
    return tuple(found)


def _told(description: str) -> Iterator[tuple[bool, str]]:
    """What a description calls true, and what false: "True for sunny plots, False for shady ones", "indoors (true) or outdoors (false)"."""
    head, *rest = _P["marks"].split(description)
    if not rest:
        yield True, head
    said = [head, *rest[1::2]] if head.strip() else rest[1::2]
    for value, each in zip(rest[::2], said, strict=False):
        yield fold(value) == "true", each
