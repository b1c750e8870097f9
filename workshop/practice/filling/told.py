"""What a tool says of each of its parameters, worked out once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import lru_cache

from workshop.practice.filling.kinds import BODY, Field
from workshop.practice.filling.sentence import GRAMMAR, all_roots, root
from workshop.practice.filling.spans import form_of
from workshop.practice.reading import read
from workshop.practice.reading.lexicon import concepts, nouns
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import STOP_WORDS, fold, in_words, words

_P = PATTERNS["scoring"]
_CLASSES = {kind: kind for kind in ("person", "place", "company", "title", "topic", BODY)}
_CLASSES |= dict.fromkeys(("id", "hash", "slug", "host", "file", "code", "plate"), "code")
ACCOUNT = "account"
"""The class of what is told at some length: a reason, a problem."""
_LOOSE = frozenset({"task", BODY, "other", "title"})
_FORMS = {"words": "lower", "names": "name", "mixed": "name"}
"""Forms of several words, by the form of one."""
_GENERIC = all_roots("id number code name title kind type key text new old value first last the of")
_LOGINS = all_roots("username login user account")
DAYS = all_roots("day weekday date when tag wochentag datum pickup")


@dataclass(frozen=True)
class Told:
    """What a tool says of a parameter, worked out once."""

    group: str
    examples: frozenset[str]
    spelled: Mapping[str, str]
    """The examples by their stems."""
    forms: frozenset[str]
    shapes: frozenset[str]
    exact: frozenset[str]
    """The examples with a digit in them, whatever the digits."""
    listed: frozenset[str]
    """Names in the tool's own description that may be values."""
    roots: frozenset[str]
    about: frozenset[str]
    tool: frozenset[str]
    tool_name: frozenset[str]
    concepts: frozenset[str]
    verbs: frozenset[str]
    """Stems of what the tool does."""
    leads: frozenset[str]
    kinds: tuple[str, ...]
    """What its value names: a person, food, a room."""
    optional: bool


def stems_of(text: str) -> str:
    """The stems of a text's words: the same for gift_cards and "gift card"."""
    return " ".join(map(root, words(text)))


@lru_cache(maxsize=1024)
def in_rules(name: str, rules: str) -> Mapping[str, str]:
    """The values that instructions name for a parameter, by their stems."""
    own = all_roots(name)
    told = (s for s in read(rules).sentences if own & all_roots(s))
    return {stems_of(e): e for s in told for m in _P["examples"].finditer(s) for e in _split(m["what"])}


def shape(text: str) -> str:
    return re.sub(r"[a-z]+", "a", re.sub(r"[A-Z]+", "A", re.sub(r"\d+", "9", text)))


@lru_cache(maxsize=4096)
def told(name: str, description: str, tool: str, kind: str, optional: bool, beside: str = "") -> Told:
    field = Field(name, description, tool=tool)
    name_line, _, purpose = tool.partition("\n")
    shown = [each for m in _P["examples"].finditer(description) for each in _split(m["what"])]
    if len(options := _split(description)) > 2 and all(len(each.split()) < 3 for each in options):
        shown += options  # "S, M, L or XL."
    sentences = re.split(r"(?<=[.!?])\s+", f"{purpose} {beside}")
    shown += [e for s in sentences for m in _P["examples"].finditer(s) for e in _split(m["what"])]
    roots = all_roots(name)
    if roots <= _GENERIC:  # the name of what the tool is for
        roots = frozenset(map(root, words(name_line)[1:])) | roots
    roots = roots - _GENERIC or roots
    lead = words(re.split(r"[.,:;(]", description)[0])
    about = frozenset(root(word) for word in lead if fold(word) not in STOP_WORDS)
    named = [m for text in (purpose, beside, description) for m in _P["names"].finditer(text)]
    capitals = {match[0] for match in named if not _opens(match.start(), match.string)}
    forms = frozenset(map(form, shown))
    at_length = kind in _LOOSE and _P["at_length"].search(f"{in_words(name)}. {description}")
    group = ACCOUNT if at_length else _CLASSES.get(kind, "thing")
    if group == "person" and fold(name) == "name" and not _P["person"].search(description):
        group = "thing"
    if _P["first_name"].search(description):
        group = "person"
    if roots & _LOGINS:
        group = "code"
    if forms and group in ("thing", "code", "title"):
        group = "thing" if forms & {"lower", "name"} else "code"
    return Told(
        group,
        frozenset(map(fold, shown)),
        {stems_of(each): each for each in shown},
        forms,
        frozenset(map(shape, shown)),
        frozenset(re.sub(r"\d+", "9", each) for each in shown if re.search(r"\d", each)),
        frozenset(map(fold, capitals)),
        roots,
        about - _GENERIC,
        frozenset(root(w) for w in words(tool) if fold(w) not in STOP_WORDS),
        all_roots(name_line),
        frozenset(concepts(name_line)),
        frozenset(map(root, [*words(name_line)[:1], *words(purpose)[:1]])),
        frozenset(lead for role in field.roles for lead in role.leads) | _closing(description),
        _kinds(name, roots, description),
        optional,
    )


def _kinds(name: str, roots: Set[str], description: str) -> tuple[str, ...]:
    """What a parameter's value names, by its name, by that of the tool, by how its description begins."""
    told = [*words(name), *roots, *words(re.split(r"[.,:;(]", description)[0])]
    listed = [sorted(kinds) for word in told if root(word) not in _GENERIC and (kinds := nouns(word))]
    return tuple(listed[0]) if listed else ("#none",)


def _closing(description: str) -> frozenset[str]:
    """The preposition that a description ends with: "What the timer is for"."""
    last = re.split(r"[.,;]", description)[0].split()[-1:]
    return frozenset(map(fold, last)) & GRAMMAR["preposition"]


def form(text: str) -> str:
    form = form_of(text)
    return _FORMS.get(form, form)


def _opens(start: int, text: str) -> bool:
    return start == 0 or text[max(0, start - 2) : start].strip() in (".", "!", "?", ":")


def _split(listed: str) -> list[str]:
    parts = re.split(r",\s*(?:or\s+|and\s+)?|\s+(?:or|and|oder|und)\s+", listed)
    return [re.sub(r"^(?:the|a|an) ", "", p.strip(" \"'`“”.")) for p in parts if p.strip(" \"'`“”.")]
