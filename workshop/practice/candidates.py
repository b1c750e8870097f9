"""Which of the tools on offer a question needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from workshop.practice import chains, sources
from workshop.practice.conversation import Conversation
from workshop.practice.filling.call import Arguments
from workshop.practice.filling.kinds import BODY
from workshop.practice.filling.schema import properties_of, solid
from workshop.practice.reading.lexicon import PERSONAL, acts, concepts
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, content_words, fold, stem, stems, without_quotes, words
from workshop.practice.research import judge
from workshop.practice.sources import GENERIC
from workshop.practice.types import Tool

_P = PATTERNS["tools"]
_TELLING = {
    "code": 2.0,
    "enum": 1.5,
    "state": 1.5,
    "currency": 1.5,
    "language": 1.5,
    "plate": 1.5,
    "topic": 0.0,
} | dict.fromkeys(("date", "month", "time", "moment", "number", "color"), 1.0)
"""How much a value of a kind tells of the tool that takes it."""
_SAYING = frozenset({"tell", "write", "give", "say"})
ORDERED = 3.0
"""How much of a text a tool that acts must explain to be what it orders."""
_READY = 0.25
"""What it speaks for a tool that it lacks nothing."""
_ASKS = frozenset({"how", "when", "where", "who", "which", "what"})
_SAYS_LITTLE = frozenset(map(stem, WORDS["little"]))
"""Words of a question that ask for no more than what is named."""


@dataclass(frozen=True)
class Candidate:
    """A tool with its arguments and how well it meets the question."""

    tool: Tool
    arguments: Arguments
    score: float
    matched: frozenset[str]

    asked: frozenset[str] = frozenset()
    """Stems of the question."""

    @property
    def acts(self) -> bool:
        return acts(self.tool.name)

    @property
    def is_told(self) -> bool:
        """Whether a word of the question, or a value of a telling kind, speaks for the tool."""
        return self.score > 0 or any(self._tells(n, v) > 0.5 for n, v in self.arguments.spoken.items())

    def _tells(self, name: str, value: Any) -> float:
        weight = self.arguments.weight(name)
        if weight is not None:
            return min(0.4 + weight / 4, 2.0)
        return 1.5 if "@" in str(value) else _TELLING.get(self.arguments.slots[name].kind, 0.5)

    @cached_property
    def evidence(self) -> float:
        """How much of the question the tool explains: its words, and the values that the question names for it."""
        spoken = self.arguments.spoken
        told = " ".join(f"{name} {part.get('description', '')}" for name, part in _properties(self.tool))
        described = stems(told) & self.asked - {stem(w) for v in spoken.values() for w in words(str(v))}
        values = sum(self._tells(name, value) for name, value in spoken.items())
        return min(self.score, 4) + values + 0.5 * min(len(described), 3)


@lru_cache(maxsize=8)
def candidates(conversation: Conversation) -> list[Candidate]:
    """Every function on offer, with what the question gives it."""
    if not conversation.functions:
        return []
    asked = concepts(without_quotes(conversation.question))
    parts = sources.parts_of(conversation)
    said = frozenset(stems(conversation.question))
    found = []
    for tool in conversation.functions:
        arguments = sources.of_its_part(tool, conversation, parts)
        if arguments.missing and conversation.earlier and _P["its"].search(conversation.question):
            before = conversation.asking(f"{conversation.question}\n{conversation.earlier[0]}")
            own = arguments.spoken
            arguments = sources.of_question(tool, before)  # "Check its status": what was named before
            arguments.keep(own)
        arguments = sources.carried(arguments, conversation)
        found.append(Candidate(tool, arguments, *score_of(tool, conversation, asked), said))
    chains.link([each.arguments for each in found], conversation)
    return found


def _properties(tool: Tool) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, part in properties_of(tool.parameters).items():
        yield name, solid(part, tool.parameters)


def asks(question: str) -> bool:
    """Whether a text wants to know something: "Can I get …?" wants it done."""
    return "?" in question and not _P["request"].search(question)


def likeliest(conversation: Conversation, least: float) -> Candidate | None:
    """The tool that explains most of the question, complete or not, if it explains enough."""
    question = conversation.question
    able = [
        c
        for c in candidates(conversation)
        if not _is_for_another(fold(without_quotes(question)), c, guessed=True)
        and (not c.acts or c.score >= 2 or (not asks(question) and c.evidence >= 2 and c.is_told))
    ]
    best = max(able, key=lambda c: c.evidence + _READY * (not c.arguments.missing), default=None)
    return best if best and best.evidence >= least else None


def score_of(tool: Tool, conversation: Conversation, asked: frozenset[str]) -> tuple[float, frozenset[str]]:
    """How well the tool's name (2 a word) and description (1) meet the question, and in what."""
    verb, _, rest = tool.description.partition(" ")  # what a tool does begins its description
    verb = "" if fold(verb) in _SAYING else verb  # "Tell how often …" is not for "Tell me a joke"
    named = concepts(f"{' '.join(words(tool.name))} {verb}")
    described = concepts(f"{verb} {rest}")
    described |= concepts(" ".join(map(str, tool.parameters.get("properties") or {})))
    matched = frozenset(asked & (named | described))
    score = sum(2.0 if m in named else 1.0 for m in matched - GENERIC)
    if not tool.parameters.get("required") and matched and asked - _SAYS_LITTLE <= matched:
        score = max(score, 2.0)  # "What's on my list?" is all that show_list is for
    if (
        not tool.parameters.get("required")
        and matched - GENERIC
        and _P["own"].search(fold(conversation.question))
    ):
        score = max(score, 2.0)  # what is the user's is looked up
    opening = tool.description.casefold().split()[:2]
    if len(opening) == 2 and opening[0] in _ASKS and conversation.question.casefold().split()[:2] == opening:
        score += 2  # "How many bolts …?" of "How many pieces of an item are in stock."
    written_out = " ".join(words(tool.name)).casefold()
    names = rf"\b{re.escape(tool.name)}\b|\b{re.escape(written_out)}\b"
    return score + 4 * bool(re.search(names, conversation.question.casefold())), matched


def relevant(conversation: Conversation) -> list[Candidate]:
    """The tools that the question needs. A tool that only repeats what a better one covers is left out."""
    complete = [c for c in candidates(conversation) if not c.arguments.missing]
    question = fold(without_quotes(conversation.question))
    chosen: list[Candidate] = []
    for candidate in sorted(complete, key=lambda c: -c.score):
        if candidate.acts:
            if _should_act(candidate, conversation):
                chosen.append(candidate)
        elif candidate.score >= 2 and not (candidate.score < 3 and _is_for_another(question, candidate)):
            covered = frozenset().union(*(c.matched | _literal(c, question) for c in chosen if not c.acts))
            if (candidate.matched | _literal(candidate, question)) - covered:
                chosen.append(candidate)
    best = max(complete, key=lambda c: c.evidence, default=None)
    if best and best.acts and not asks(question) and best.evidence >= ORDERED and not _acting(chosen):
        better = [c for c in chosen if c.evidence >= best.evidence]
        chosen = better or ([best] if best.is_told else chosen)  # "I swam for 40 minutes"
    if len(chosen) == 1 and not chosen[0].acts:
        chosen = _fuller(chosen[0], complete)
    if not chosen:
        chosen += _by_name_only(complete, conversation, question)
    if actors := _acting(chosen):
        told = frozenset().union(*(c.matched for c in actors if not _open_text(c)))
        chosen = [c for c in chosen if c.acts or not c.matched <= told or _has_its_own(c, actors)]
        chosen += _read_first(complete, chosen)
    return chosen


def _fuller(reader: Candidate, complete: Sequence[Candidate]) -> list[Candidate]:
    """The reader that is given all that another is given, and more of the question: "five other words for happy"."""
    taken = {str(value) for value in reader.arguments.spoken.values()}
    able = [
        c
        for c in complete
        if not c.acts
        and c.score > 0
        and c.evidence >= reader.evidence
        and taken < {str(value) for value in c.arguments.spoken.values()}
    ]
    return [max(able, key=lambda c: c.evidence)] if able and taken else [reader]


def by_clauses(conversation: Conversation) -> list[Candidate]:
    """The tools of a question that is made of parts for several, each with what its own part says."""
    parts = [part for part in _P["clause"].split(conversation.question) if part and len(part.split()) > 1]
    if not 1 < len(parts) < 6 or len(conversation.functions) < 2:
        return []
    whole = relevant(conversation)
    if any(map(_open_text, whole)):
        return []
    chosen: dict[str, Candidate] = {}
    for part in parts:
        for each in relevant(conversation.asking(part)):
            if each.arguments.spoken:
                if each.tool.name in chosen or each.evidence < 2 or _open_text(each):
                    return []
                chosen[each.tool.name] = each
    covered = {c.tool.name for c in whole} <= chosen.keys()
    return [*chosen.values()] if len(chosen) > 1 and covered else []


def _acting(chosen: Sequence[Candidate]) -> list[Candidate]:
    return [c for c in chosen if c.acts]


def _has_its_own(reader: Candidate, actors: Sequence[Candidate]) -> bool:
    """Whether the question names a thing for a reading tool that is not all that an acting tool needs of it."""
    own = {str(value) for value in reader.arguments.spoken.values()}
    ready = [{str(v) for v in a.arguments.spoken.values()} for a in actors if not _open_text(a)]
    return reader.arguments.names_a_thing and not any(own < values for values in ready)


def _literal(candidate: Candidate, question: str) -> frozenset[str]:
    """The words of the tool's name, its verb left out, that the question has as they are."""
    asked = {stem(word) for word in words(question)}
    return frozenset(f"={root}" for word in words(candidate.tool.name)[1:] if (root := stem(word)) in asked)


def _is_for_another(question: str, candidate: Candidate, *, guessed: bool = False) -> bool:
    """Whether the question asks for something that no such tool is for: a poem, a capital. `guessed`: what it would
    be given does not speak for the tool.
    """
    other = _P["other_purpose"].search(question)
    verb = candidate.tool.description.split(" ", 1)[0]
    own = f"{' '.join(words(candidate.tool.name))} {verb} {'' if guessed else candidate.arguments.given}"
    who = other and other.group().startswith("who") and candidate.score >= 2  # "Who is employee 7?"
    return bool(other and not who and not concepts(other.group()) & concepts(own))


def _should_act(candidate: Candidate, conversation: Conversation) -> bool:
    """Acting needs a word for it, and somebody to act for where the tool is about telling people."""
    asked = without_quotes(conversation.question)
    first, *nouns = words(candidate.tool.name)
    verb = concepts(first) | {stem(first)}
    named = {stem(word) for word in nouns}  # "my notes" orders nothing to be saved
    meant = concepts(" ".join(w for w in words(asked) if stem(w) not in named)) | {
        stem(w) for w in words(asked)
    }
    if _P["asks_what"].match(asked) and not verb & meant:
        return False  # "What are my notes?" saves none
    slots = candidate.arguments.slots.values()
    kinds = {slot.kind for slot in slots if slot.found}
    personal = {f"#{p}" for p in PERSONAL} & candidate.matched
    if personal and not kinds & {"person", "email"} and "person" in {s.kind for s in slots}:
        return False
    if candidate.score >= 2 and candidate.matched:
        return True
    told_to = re.search(rf"\b{re.escape(candidate.tool.name)}\b", conversation.instructions)
    named = {c for c in concepts(" ".join(words(candidate.tool.name))) if c.startswith("#")}
    standing = told_to or concepts(conversation.instructions) & named
    return bool(standing and "person" in kinds and candidate.arguments.names_a_thing)


def _by_name_only(
    candidates: Sequence[Candidate], conversation: Conversation, question: str
) -> list[Candidate]:
    """A question that names what a reading tool needs and asks for nothing else: "And in Ohio?"."""
    fitting = [c for c in candidates if not c.acts and c.arguments.names_a_thing]
    told_to = [c for c in fitting if _is_for_every_message(c, conversation)]
    if len(told_to) == 1:
        return told_to
    if "?" not in question and _P["statement"].search(question):
        return []
    fitting = [c for c in fitting if conversation.continues or not _is_for_another(question, c)]
    used = {a.name for a in conversation.past}
    before = [c for c in fitting if c.tool.name in used]
    if before and (conversation.continues or conversation.refers_back):
        return before[:1]
    answering = [
        c
        for c in candidates
        if _P["answers"].search(f"{c.tool.name} {c.tool.description}") and "?" in question
    ]
    if answering and not fitting:
        return answering[:1] if judge.wants_facts(question) else []
    clear = [c for c in fitting if c.arguments.is_clear]
    only = clear or [c for c in fitting if not _asks_more(c, conversation)]
    scored = [c for c in only if c.score > 0]
    return scored[:1] if scored else only if len(only) == 1 else []


def _is_for_every_message(candidate: Candidate, conversation: Conversation) -> bool:
    """Whether the instructions speak of what a tool does, and the message has all of the several things that it needs."""
    needed = [slot for slot in candidate.arguments.slots.values() if slot.required]
    spoken = concepts(" ".join(words(candidate.tool.name))) & concepts(conversation.instructions)
    return len(needed) > 1 and all(slot.found for slot in needed) and bool(spoken - GENERIC)


def _asks_more(candidate: Candidate, conversation: Conversation) -> bool:
    """Whether the question has words that are neither the tool's nor what it was given."""
    own = concepts(
        f"{' '.join(words(candidate.tool.name))} {candidate.tool.description} {candidate.arguments.said}"
    )
    asked = content_words(without_quotes(conversation.question))
    left = {stem(word) for word in asked if not concepts(word) & own} - _SAYS_LITTLE
    said = fold(candidate.arguments.said)
    return any(not re.search(rf"\b{re.escape(word)}", said) and not word.isdigit() for word in left)


def _open_text(candidate: Candidate) -> bool:
    """Whether an acting tool lacks its text, so that something has to be read for it."""
    return any(
        slot.kind == BODY and slot.required and not slot.found for slot in candidate.arguments.slots.values()
    )


def _read_first(candidates: Sequence[Candidate], chosen: Sequence[Candidate]) -> list[Candidate]:
    """Readers that an acting tool leans on: they take a thing that it takes, and its text is not given."""
    extra: list[Candidate] = []
    for actor in _acting(chosen):
        slots = actor.arguments.slots.values()
        open_text = _open_text(actor)
        things = {slot.kind for slot in slots if slot.found}
        for reader in candidates:
            shared = things & {slot.kind for slot in reader.arguments.slots.values() if slot.required}
            if open_text and shared and not reader.acts and reader not in [*chosen, *extra]:
                extra.append(reader)
    return extra
