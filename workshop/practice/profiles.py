"""What a tool says of itself: what it does, the words of its name and description, and what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import fsum
from typing import Any

from workshop.practice.filling.schema import properties_of, solid
from workshop.practice.filling.sentence import all_roots, root
from workshop.practice.parts import Part, roots_of
from workshop.practice.reading import read
from workshop.practice.reading.lexicon import acts, concepts, is_thing, tells
from workshop.practice.reading.tables import PATTERNS, Row, Words, load
from workshop.practice.reading.text import WORDS, fold, in_words, words
from workshop.practice.types import Tool


class Tools(Row):
    """tools.toml."""

    verbs: dict[str, Words]
    """Verbs by what a tool of that name does."""
    answers: dict[str, Words]
    """Words of a tool by what it tells: who, when, where, how much."""


_TABLE = load("tools", Tools)
_KINDS = {root(verb): kind for kind, verbs in _TABLE.verbs.items() for verb in verbs}
ANSWERS = {name: frozenset(map(root, told)) for name, told in _TABLE.answers.items()}
"""Roots of a tool's words by what it tells: who, when, where, how much."""
_OPENS = frozenset({"who", "when", "how", "where", "what", "which", "whether", "list", "the", "all"})
_STATES = frozenset({"open", "free", "clear", "closed", "clean"})
"""Words that a tool's name begins with, which are what things are like where its description is no order."""
_TELLS, _BOTH = frozenset(map(root, WORDS["tells_something"])), frozenset(map(root, WORDS["tells_or_does"]))
"""Verbs of tools that only tell something, and of those that do so or change something."""
_GETS = frozenset(map(root, ("get", "tell")))
_DOES, _NO_ORDER = PATTERNS["profiles"]["does"], PATTERNS["profiles"]["no_order"]
_P = PATTERNS["profiles"]
_POLITE = frozenset({"please", "can", "could", "would", "you", "and", "then", "now"})
_OTHER = PATTERNS["tools"]["other_purpose"]


@dataclass(frozen=True)
class Profile:
    """What a tool says of itself, worked out once."""

    kind: str
    """What it does: it reads, logs, makes, changes, undoes, sends or calculates."""
    changes: bool
    """Whether something is different once it was called."""
    opens: str
    """The word that its description begins with."""
    named: frozenset[str]
    """Roots of its name and of the verb of its description."""
    nouns: frozenset[str]
    told: frozenset[str]
    """Roots of its description, parameters and options."""
    meant: frozenset[str]
    """Concepts of its name."""
    about: frozenset[str]
    """Concepts of its description."""
    options: frozenset[str]
    required: int
    senses: Mapping[str, float]
    """What its words may mean, by the thesaurus."""


def told_of(tool: Tool) -> str:
    """The words of a tool's name, and its description."""
    return f"{in_words(tool.name)} {tool.description}"


def profile_of(tool: Tool) -> Profile:
    """What a tool says of itself: the same one for the same tool."""
    return _profile(_key(tool))


def _key(tool: Tool) -> tuple[Any, ...]:
    told = []
    for name, part in properties_of(tool.parameters).items():
        plain = solid(part, tool.parameters)
        told.append((name, str(plain.get("description", "")), tuple(map(str, plain.get("enum") or ()))))
    return tool.name, tool.description, tuple(told), len(tool.parameters.get("required") or ())


@lru_cache(maxsize=512)
def _profile(key: tuple[Any, ...]) -> Profile:
    name, description, parameters, required = key
    description = (
        description[match.end() :] if (match := _P["before_verb"].match(description)) else description
    )
    first, *rest = words(name) or [""]
    lead = next(iter(words(description)), "")
    named, nouns = roots_of(name) | {root(lead)}, roots_of(" ".join(rest or [first]))
    first, lead = ("" if is_thing(name) else first), ("" if is_thing(description) else lead)
    options = all_roots(" ".join(option for _, _, each in parameters for option in each))
    whole = " ".join([description, *(f"{n} {d}" for n, d, _ in parameters)])
    told = roots_of(whole) | options
    changes = _changes(name, lead, description)
    agent = [each[0] for each in parameters] == ["input"]  # an agent as a tool is asked, and answers
    does = _KINDS.get(root(first)) or (
        _KINDS.get(root(lead)) if not _P["tells_what"].match(description) else None
    )
    kind = (not agent and does) or "read"
    opens = fold(lead) if fold(lead) in _OPENS else "x"
    meant, about = concepts(in_words(name)), concepts(description)
    senses = read(f"{in_words(name)} . {whole}").senses
    return Profile(kind, changes, opens, named, nouns, told - named, meant, about, options, required, senses)


def _changes(name: str, lead: str, description: str) -> bool:
    """Whether a tool's description begins with an order to do something, or else its name does."""
    verb, tells = root(lead), bool(_P["tells_what"].match(description))
    if fold(next(iter(words(name)), "")) in _STATES and fold(lead) in _OPENS:
        return False  # "open_tickets: The open tickets of a team."
    if tells and verb not in _TELLS:
        return acts(name)
    if (_KINDS.get(verb) in ("read", "sum") and verb not in _BOTH) or verb in _TELLS:
        return acts(name) and verb in _GETS
    ordered = verb in _KINDS and verb not in _BOTH and not _NO_ORDER.match(description)
    return acts(name) or ordered or bool(_DOES.match(description))


def is_for_another(own: Profile, part: Part) -> bool:
    """Whether a part asks for something that no such tool is for: a poem, a capital."""
    other = _OTHER.search(fold(part.text))
    if not other or (other[0].startswith("who") and part.all_roots & own.nouns):
        return False  # "Who is employee 7?"
    about = own.meant | own.named
    if not _P["which"].match(other[0]):  # for "What city is …?" a parameter of that name is not enough
        about |= own.about | own.told
    return not (concepts(other[0]) | roots_of(other[0])) & about


def is_read(order: str) -> bool:
    """Whether an order only wants something told: "Summarize the last change"."""
    said = next((plain for word in words(order) if (plain := fold(word)) not in _POLITE), "")
    return said in WORDS["tells_orders"]


def words_met(own: Profile, part: Part) -> float:
    """How many words of a part the tool has, those of its name twice; what they mean counts half."""
    direct = 2.0 * len(part.roots & own.named) + len(part.roots & own.told) + len(part.roots & own.options)
    direct += len(part.concepts & own.meant) + 0.5 * len(part.concepts & (own.about - own.meant))
    asked = read(part.text).senses
    return direct + fsum(
        n * min(own.senses[s], 1.0) for s, n in asked.items() if tells(s) and s in own.senses
    )
