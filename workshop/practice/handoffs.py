"""Handoffs: which specialist the question belongs to, by topic and by language; and back to the desk."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from workshop.practice.conversation import HANDOFF, Conversation, agent_of
from workshop.practice.filling.phrases import command
from workshop.practice.reading import read
from workshop.practice.reading.language import NAMES, OTHER
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, fold, stem, words
from workshop.practice.research import domains, judge
from workshop.practice.talking import briefing, talk
from workshop.practice.types import Call, Reply, Tool, ToolCall

_P = PATTERNS["handoffs"]
_ALIKE = 6
"""Words that begin with so many letters alike are of one root: to deduct, a deduction."""


@dataclass(frozen=True)
class Specialist:
    """An agent to hand over to, what its description says of it, and what the instructions do."""

    tool: Tool
    name: str
    about: str
    rule: str

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that it is named for."""
        return read(self.name).languages_named or read(self.about).languages_named

    @cached_property
    def counted(self) -> Mapping[str, int]:
        """How much it speaks of each field: a word of its name counts twice."""
        counted = Counter(read(f"{self.about} {self.rule}").fields)
        for field, count in read(self.name).fields.items():
            counted[field] += 2 * count
        return counted

    @cached_property
    def fields(self) -> set[str]:
        """The fields that it speaks of most."""
        return {field for field, count in self.counted.items() if 2 * count >= max(self.counted.values())}

    def fits(self, question: str, shared: Set[str]) -> float:
        """How well a question fits by concepts, which count twice in its name, and by signs. What the desk as
        a whole is about is `shared`, and tells little.
        """
        asked = read(question).concepts - WORDS["not_fields"]
        named = read(self.name).concepts
        described = read(f"{self.about} {self.rule}").concepts
        shown = judge.shows(f"{self.name} {self.about}", question)
        own = read(f"{self.name} {self.about} {self.rule}").stems - read(question).stems
        alike = {root[:_ALIKE] for root in own if len(root) >= _ALIKE}
        derived = any(root[:_ALIKE] in alike for root in read(question).stems if len(root) >= _ALIKE)
        when = read(question).times and (read(question).days or read(question).dates)
        dated = bool(when and "#book" in named | described)
        return (
            shown
            + 0.5 * derived
            + 0.5 * dated
            + sum(
                (2 if concept in named else 1) * (0.25 if concept in shared else 1)
                for concept in asked & (named | described)
            )
        )


def _by_fields(specialist: Specialist, question: str, all_: list[Specialist], shared: Set[str]) -> float:
    """How well a question fits by fields: by the specialist's share in each, more by its main ones, and less by
    those of the whole desk.
    """
    meant = read(question).fields
    score = 0.0
    for field in specialist.counted.keys() & meant.keys():
        share = specialist.counted[field] / sum(each.counted.get(field, 0) for each in all_)
        count = meant[field] + (field == "#complaints" and meant[field] > 1)
        score += (
            count * (1.0 if field in specialist.fields else 0.4) * share * (0.3 if field in shared else 1)
        )
    return score


def handoff(conversation: Conversation) -> Reply | None:
    """The handoff that the question calls for; None where there is none on offer or the agent should answer
    itself.
    """
    specialists = _specialists(conversation)
    chosen = _choose(specialists, conversation) if specialists and conversation.question else None
    return Reply((Call(chosen.tool.name, _arguments(chosen.tool, conversation)),)) if chosen else None


def _specialists(conversation: Conversation) -> list[Specialist]:
    """Those on offer that did not have the question already."""
    called = {item.name for item in conversation.request.items if isinstance(item, ToolCall)}
    had = called if conversation.was_handed_over else set()
    found = []
    for tool in conversation.request.tools:
        if tool.name.startswith(HANDOFF) and tool.name not in had:
            name = agent_of(tool)
            about = _P["boilerplate"].sub("", tool.description).strip()
            rule = _routing_rule(name, conversation.instructions, conversation.colleagues)
            found.append(Specialist(tool, name, about, rule))
    return found


def _routing_rule(name: str, instructions: str, colleagues: Sequence[str]) -> str:
    """What the instructions say of an agent: "billing questions go to the Billing Agent". Of a sentence with several
    agents, what leads to this one, or follows on it where the names come first.
    """
    found = []
    for sentence in _clauses(instructions):
        named = _names_in(sentence, colleagues)
        led = bool(named and _P["leads_to"].search(sentence[: named[0].start()]))
        for n, each in enumerate(named):
            if fold(each[0]) == _bare(name):
                start = (named[n - 1].end() if n else 0) if led else each.start() if n else 0
                end = each.end() if led and n + 1 < len(named) else len(sentence)
                found.append(sentence[start : end if led or n + 1 == len(named) else named[n + 1].start()])
    return " ".join(found)


def _clauses(instructions: str) -> list[str]:
    return [each for each in re.split(r"(?<=[.!?\n;])\s+", instructions) if "# System" not in each]


def _bare(name: str) -> str:
    return fold(name).removesuffix(" agent")


def _names_in(sentence: str, colleagues: Sequence[str]) -> list[re.Match[str]]:
    """Where a sentence names colleagues: as they are written where it does so, "Hand repairs to Repairs"."""
    names = "|".join(rf"\b{re.escape(name.removesuffix(' Agent'))}\b" for name in colleagues)
    return [*re.finditer(names, sentence)] or [*re.finditer(f"(?i){names}", sentence)]


def _choose(specialists: list[Specialist], conversation: Conversation) -> Specialist | None:
    if research := _for_research(specialists, conversation):
        return research
    if briefing.covers(conversation):
        return None
    if by_topic := _by_topic(specialists, conversation):
        return by_topic
    if conversation.was_handed_over:
        return None
    if back := _back(specialists, conversation):
        return back
    if by_language := _by_language(specialists, conversation):
        return by_language
    if talk.is_small_talk(conversation) or len(specialists) < 2:
        return None
    return next(
        (each for each in specialists if _P["general"].search(fold(f"{each.name} {each.about}"))), None
    )


def _by_topic(specialists: list[Specialist], conversation: Conversation) -> Specialist | None:
    """The specialist whose name, description and mention in the instructions share most with the question. An
    agent with tools of its own does not hand over for a field alone.
    """
    if talk.is_small_talk(conversation):
        return None
    colleagues = conversation.colleagues
    clauses = _clauses(conversation.instructions)
    desk = " ".join(each for each in clauses if not _names_in(each, colleagues))
    shared = read(desk).concepts
    scores = [
        (
            2 * each.fits(conversation.question, shared)
            + (
                0
                if conversation.functions
                else _by_fields(each, conversation.question, specialists, read(desk).fields.keys())
            ),
            each,
        )
        for each in specialists
    ]
    subject = next(
        (fields for word in read(conversation.question).content_words if (fields := read(word).fields)), {}
    )
    touched = Counter(field for each in specialists for field in each.counted)
    alone = {field for field in subject if touched[field] < 2}
    ranked = [(score + 0.5 * bool(score and each.fields & alone), each) for score, each in scores]
    best = max(ranked, key=lambda pair: pair[0])
    second = sorted((score for score, _ in ranked), reverse=True)[1] if len(ranked) > 1 else 0
    language_team = sum(bool(each.languages) for each in specialists) >= 2
    least = 6 if language_team and best[1].languages else 1 if conversation.functions else 0.4
    return best[1] if best[0] > second and best[0] >= least else None


def _back(specialists: list[Specialist], conversation: Conversation) -> Specialist | None:
    """The colleague to whom the instructions send what the agent does not handle, or who takes the rest, where
    the question is nothing of its own.
    """
    clauses = read(conversation.instructions).sentences
    rule = next(
        (each for each in clauses if _P["sends_back"].search(each) and _P["out_of_depth"].search(each)),
        "",
    )
    wanted = _P["wants"].search(fold(conversation.question)) or command(conversation.question)
    rest = next(
        (each for each in specialists if _P["takes_the_rest"].search(fold(each.about)) and wanted), None
    )
    own_talk = talk.is_small_talk(conversation) or talk.remembers(conversation)
    if not (rule or rest) or own_talk or conversation.answers_a_question:
        return None
    offered = " ".join(f"{' '.join(words(tool.name))} {tool.description}" for tool in conversation.functions)
    own = f"{conversation.instructions.replace(rule, '')} {offered}"
    asked, handled = read(conversation.question), read(own).stems | read(own).concepts - WORDS["not_fields"]
    related = any(stem(word) in handled or read(word).concepts <= handled for word in asked.content_words)
    if related or judge.shows(own, asked.text):
        return None
    counted = read(own).fields
    most = {field for field, count in counted.items() if 2 * count >= max(counted.values())}
    if any(count > 1 for field, count in asked.fields.items() if field in most):
        return None
    named = next((each for each in specialists if fold(each.name) in fold(rule)), None)
    return named or rest or (specialists[0] if len(specialists) == 1 else None)


def _by_language(specialists: list[Specialist], conversation: Conversation) -> Specialist | None:
    speaking: dict[str, Specialist] = {}
    for specialist in specialists:
        for code in specialist.languages[:1]:
            speaking.setdefault(code, specialist)
    if not speaking:
        return None
    spoken = conversation.user_language
    if spoken in speaking:
        return speaking[spoken]
    own = NAMES.get(spoken, ("",))[0].casefold() in conversation.instructions.casefold()
    if len(speaking) < 2 and (spoken in ("en", OTHER) or own):
        return None
    return speaking.get("en") or next(
        (each for each in specialists if _P["general"].search(fold(each.name))), None
    )


def _for_research(specialists: list[Specialist], conversation: Conversation) -> Specialist | None:
    """A research triage has one agent that asks back and one that goes on."""
    asking = next((each for each in specialists if "clarif" in fold(each.name)), None)
    others = [each for each in specialists if each is not asking]
    if asking is None or not others:
        return None
    return asking if domains.what_is_missing(conversation.question) else others[0]


def _arguments(tool: Tool, conversation: Conversation) -> dict[str, object]:
    if not tool.parameters.get("properties"):
        return {}
    from workshop.practice.filling.answer import instance

    value = instance(tool.parameters, conversation)
    return value if isinstance(value, dict) else {}
