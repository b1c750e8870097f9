"""What plain sentences tell by their plot: who did something, who beat whom, what takes place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from workshop.practice.filling import alike
from workshop.practice.filling.kinds import Field, kind_of
from workshop.practice.filling.schema import Schema, type_of
from workshop.practice.reading import read
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, fold, stem, words

_P = PATTERNS["plots"]
_LONG = 2_000
"""Letters of a text that is no longer read for its plot."""
_RESULTS = frozenset(map(stem, ("score", "result", "final")))
Fields = Mapping[str, tuple[Field, Schema]]


def told(fields: Fields, text: str) -> dict[str, str]:
    """What the sentences of a text tell for the fields of a record."""
    if len(text) > _LONG:
        return {}
    return dict([*_happenings(fields, text), *_doers(fields, text), *_match(fields, text)])


def _happenings(fields: Fields, text: str) -> Iterator[tuple[str, str]]:
    """What takes place: "Pottery class is on Tuesday"."""
    names = [name for name, (field, _) in fields.items() if field.named(*WORDS["happenings"])]
    if len(names) == 1 and (match := _P["happens"].match(text)):
        yield names[0], match["what"]


def _doers(fields: Fields, text: str) -> Iterator[tuple[str, str]]:
    """Whom a field describes by what they did: "who broke it"."""
    clauses = [clause for clause in _P["clause"].split(text) if read(clause).names]
    for name, (field, plain) in fields.items():
        match = _P["who"].match(field.description)
        if not match or kind_of(field, plain) != "person":
            continue
        if any(alike.met(stem(word), text) >= 1 for word in words(field.name)):
            continue  # the text says itself who it is
        did = [stem(word) for word in words(match["did"]) if fold(word) not in WORDS["stop"]]
        scores = [len([each for each in did if alike.met(each, clause) >= alike.NEAR]) for clause in clauses]
        if any(scores) and scores.count(max(scores)) == 1:
            clause = clauses[scores.index(max(scores))]
            done_by = _P["by"].search(clause)
            yield name, done_by["who"] if done_by else read(clause).names[0].value


def _match(fields: Fields, text: str) -> Iterator[tuple[str, str]]:
    """Who played whom, and how it ended: "Harwick Rovers beat Dunmore Town 3-1 at home"."""
    match = _P["match"].search(_P["both_drew"].sub(_drawn, _P["result"].sub(_beaten, text)))
    if not match:
        return
    lost = match["verb"].startswith("los")
    sides = [match["one"], match["other"]]
    score, where = match["score"] or match["score2"] or "", match["where"] or match["where2"]
    goals = [*map(int, score.replace("to", "-").split("-"))] if score else []
    goals = sorted(goals, reverse=not lost)
    away = where == "away" or match["at"] == "at"
    parts = {"home": int(away), "away": int(not away)}
    if not match["verb"].startswith("dr"):
        parts |= {"winner": int(lost), "winning": int(lost), "loser": int(not lost), "losing": int(not lost)}
    for name, (field, plain) in fields.items():
        if match["verb"].startswith("dr") and field.named("winner", "loser"):
            yield name, "none"
        if type_of(plain) == "string" and field.roots <= _RESULTS and score:
            yield name, score
        side = next((side for part, side in parts.items() if field.named(part)), None)
        if side is None:
            continue
        if type_of(plain) in ("integer", "number") and goals:
            yield name, str(goals[side])
        elif type_of(plain) == "string" and not plain.get("enum"):
            yield name, sides[side]


def _beaten(match: re.Match[str]) -> str:
    """A result in figures as a sentence."""
    own, theirs = int(match["own"]), int(match["theirs"])
    verb = "beat" if own > theirs else "lost to" if own < theirs else "drew with"
    return f"{match['one']} {verb} {match['other']} {own}-{theirs}"


def _drawn(match: re.Match[str]) -> str:
    return f"{match['one']} drew with {match['other']}{match['score'] or ''}"
