"""Handoffs: which specialist the question belongs to, by language first and by topic second."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workshop.practice.conversation import HANDOFF, Conversation
from workshop.practice.reading.language import NAMES, OTHER, languages_named
from workshop.practice.reading.lexicon import concepts
from workshop.practice.reading.text import fold, sentences, words
from workshop.practice.research import domains, judge
from workshop.practice.types import Call, Reply, Tool, ToolCall

_GENERAL = re.compile(
    r"\b(general|generic|default|fallback|other|anything|faq|assistant|front desk|concierge|everything|customer (?:support|"
    r"service))\b"
)
_BOILERPLATE = re.compile(r"^handoff to the .*? agent to handle the request\.?", re.IGNORECASE)
_NOT_TOPICS = frozenset({"agent", "handl", "request", "handoff", "question", "help", "assist", "assistant", "expert",
"specialist", "answer", "user",
                         "english", "french", "spanish", "speak", "only", "#person", "#translate"})  # fmt: skip


@dataclass(frozen=True)
class Specialist:
    """An agent to hand over to, and what its name and description say of it."""

    tool: Tool
    name: str
    about: str

    @property
    def languages(self) -> list[str]:
        return languages_named(self.name) or languages_named(self.about)


def handoff(conversation: Conversation) -> Reply | None:
    """The handoff that the question calls for; None where there is none on offer or the agent should answer
    itself.
    """
    specialists = _specialists(conversation)
    if not specialists or not conversation.question:
        return None
    chosen = _choose(specialists, conversation)
    if chosen is None:
        return None
    return Reply((Call(chosen.tool.name, _arguments(chosen.tool, conversation)),))


def _specialists(conversation: Conversation) -> list[Specialist]:
    """Those on offer that did not have the question already."""
    had = (
        {item.name for item in conversation.request.items if isinstance(item, ToolCall)}
        if _was_handed_over(conversation)
        else set()
    )
    found = []
    for tool in conversation.request.tools:
        if tool.name.startswith(HANDOFF) and tool.name not in had:
            name = " ".join(words(tool.name.removeprefix(HANDOFF)))
            found.append(Specialist(tool, name, _BOILERPLATE.sub("", tool.description).strip()))
    return found


def _was_handed_over(conversation: Conversation) -> bool:
    return any(isinstance(item, ToolCall) and item.name.startswith(HANDOFF) for item in conversation._after)


def _choose(specialists: list[Specialist], conversation: Conversation) -> Specialist | None:
    research = _for_research(specialists, conversation)
    if research:
        return research
    by_topic = _by_topic(specialists, conversation)
    if by_topic:
        return by_topic
    if _was_handed_over(conversation):
        return None
    back = _back(specialists, conversation)
    if back:
        return back
    by_language = _by_language(specialists, conversation)
    if by_language:
        return by_language
    if _is_small_talk(conversation) or len(specialists) < 2:
        return None
    return next((s for s in specialists if _GENERAL.search(fold(f"{s.name} {s.about}"))), None)


_SENDS_BACK = re.compile(
    r"\b(?:transfer|hand|route|send|refer|return|pass|escalate)\w*\b[^.\n]*\b(?:back|to)\b", re.IGNORECASE
)
_OUT_OF_DEPTH = re.compile(
    r"\b(?:not|n't|else|other(?: than)?|outside|unrelated|beyond|unable|cannot|can't)\b", re.IGNORECASE
)


def _back(specialists: list[Specialist], conversation: Conversation) -> Specialist | None:
    """The colleague to whom the instructions send what the agent does not handle, where the question is
    nothing of its own.
    """
    rule = next(
        (
            s
            for s in sentences(conversation.instructions)
            if _SENDS_BACK.search(s) and _OUT_OF_DEPTH.search(s)
        ),
        None,
    )
    if rule is None or _is_small_talk(conversation):
        return None
    own = concepts(conversation.instructions.replace(rule, "")) | {
        concept
        for tool in conversation.functions
        for concept in concepts(f"{' '.join(words(tool.name))} {tool.description}")
    }
    if concepts(conversation.question) & (own - _NOT_TOPICS):
        return None
    return next(
        (s for s in specialists if fold(s.name) in fold(rule)),
        specialists[0] if len(specialists) == 1 else None,
    )


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
    if len(speaking) < 2 and (spoken == "en" or _speaks_itself(conversation, spoken)):
        return None
    return speaking.get("en") or next((s for s in specialists if _GENERAL.search(fold(s.name))), None)


def _speaks_itself(conversation: Conversation, spoken: str) -> bool:
    return spoken == OTHER or NAMES.get(spoken, ("",))[0].casefold() in conversation.instructions.casefold()


def _by_topic(specialists: list[Specialist], conversation: Conversation) -> Specialist | None:
    """The specialist whose name, description and mention in the instructions share most with the question."""
    asked = concepts(conversation.question) - _NOT_TOPICS
    scores = []
    for specialist in specialists:
        named = concepts(specialist.name) - _NOT_TOPICS
        described = concepts(f"{specialist.about} {_routing_rule(specialist, conversation)}") - _NOT_TOPICS
        shown = judge.shows(f"{specialist.name} {specialist.about}", conversation.question)
        scores.append((sum(2 if c in named else 1 for c in asked & (named | described)) + shown, specialist))
    best = max(scores, key=lambda pair: pair[0])
    second = sorted((score for score, _ in scores), reverse=True)[1] if len(scores) > 1 else 0
    language_team = sum(bool(s.languages) for s in specialists) >= 2
    return (
        best[1] if best[0] > second and best[0] >= (3 if language_team and best[1].languages else 1) else None
    )


def _routing_rule(specialist: Specialist, conversation: Conversation) -> str:
    """The sentences of the instructions that name the agent: "billing questions go to the Billing Agent"."""
    name = fold(specialist.name)
    bare = name.removesuffix(" agent")
    return " ".join(
        s
        for s in sentences(conversation.instructions)
        if re.search(rf"\b{re.escape(bare)}\b", fold(s)) and "# System" not in s
    )


def _for_research(specialists: list[Specialist], conversation: Conversation) -> Specialist | None:
    """A research triage has one agent that asks back and one that goes on."""
    asking = next((s for s in specialists if "clarif" in fold(s.name)), None)
    others = [s for s in specialists if s is not asking]
    if asking is None or not others:
        return None
    return asking if domains.what_is_missing(conversation.question) else others[0]


def _is_small_talk(conversation: Conversation) -> bool:
    return len(concepts(conversation.question)) <= 1 and len(conversation.question.split()) <= 6


def _arguments(tool: Tool, conversation: Conversation) -> dict[str, object]:
    if not tool.parameters.get("properties"):
        return {}
    from workshop.practice.filling.answer import instance

    value = instance(tool.parameters, conversation)
    return value if isinstance(value, dict) else {}
