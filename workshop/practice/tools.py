"""Function tools: which to call, with what, in which order, and when to stop.

A question is met in rounds. Tools that read come first, all that are needed at once; tools that act (post,
send, book) follow when what they must say has been read. A call that has been answered is not made again for
the same question, so that the rounds end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workshop.practice import outputs, sources
from workshop.practice.conversation import Conversation
from workshop.practice.filling.answer import instance
from workshop.practice.filling.call import Arguments, kind_in
from workshop.practice.filling.kinds import BODY
from workshop.practice.reading.lexicon import PERSONAL, acts, concepts
from workshop.practice.reading.text import WORDS, content_words, fold, stem, without_quotes, words
from workshop.practice.research import judge
from workshop.practice.sources import GENERIC
from workshop.practice.talking.phrases import say
from workshop.practice.types import Call, Reply, Text, Tool

_MOST_CALLS = 40
"""More answered calls than this for one question and the model answers with what it has."""

_OTHER_PURPOSE = re.compile(
    r"\b(poem|haiku|story|tale|joke|song|essay|capital|population|history|historical|governor|president|mayor|recipe|novel|"
    r"poeme|histoire|blague|capitale|poema|cuento|chiste|historia|spell|translate|traduis|traduce|"
    r"which state is|what state is|born in|who (?:is|was|wrote))\b"
)
_STATEMENT = re.compile(
    r"\b(my name is|je m'appelle|me llamo|i live in|j'habite|vivo en|i'm from|i am from)\b"
)
_SAYS_LITTLE = frozenset(map(stem, WORDS["little"]))
"""Words of a question that ask for no more than what is named."""
_ANSWERS = re.compile(r"\bfaq|frequently asked|knowledge base|help cent|customers?' questions", re.IGNORECASE)
"""A tool that answers whatever is asked."""
_TOLD_TO_CALL = (
    r"\b(?:first|then|always|start by|begin by|next|before (?:that|you answer|answering))\b[^.\n]*?\b{name}\b"
)


@dataclass(frozen=True)
class Candidate:
    """A tool with its arguments and how well it meets the question."""

    tool: Tool
    arguments: Arguments
    score: float
    matched: frozenset[str]

    @property
    def acts(self) -> bool:
        return acts(self.tool.name)


def forced(conversation: Conversation) -> Reply | None:
    """The call that `tool_choice` demands, or None where it leaves the choice."""
    request = conversation.request
    if request.tool_choice in ("auto", "none"):
        return None
    named = [tool for tool in request.tools if tool.name == request.tool_choice]
    offered = named or ([*request.tools] if request.tool_choice == "required" else [])
    if not offered:
        return None
    if not named:
        planned = next_calls(conversation)
        if planned:
            return planned
        if request.web_search:
            return None  # the search is the tool that fits any question
    asked = concepts(conversation.question)
    best = max(offered, key=lambda tool: _score(tool, conversation, asked)[0])
    wanted: list[Mapping[str, Any]] = [*sources.of_question(best, conversation).calls()] or [
        _anything(best, conversation)
    ]
    fresh = [w for w in wanted if not _is_done(best, w, conversation)] or wanted[:1]
    return _reply(conversation, [Call(best.name, w) for w in fresh])


def next_calls(conversation: Conversation) -> Reply | None:
    """The calls that the question still needs, or None."""
    if not conversation.question or len(conversation.done) > _MOST_CALLS:
        return None
    conversation = _completed(conversation)
    if ordered := _ordered(conversation):
        return _reply(conversation, [ordered])
    chosen = _relevant(conversation)
    for group in ([c for c in chosen if not c.acts], [c for c in chosen if c.acts]):
        fresh = [call for c in group for call in _fresh(c, conversation)]
        if fresh:
            return _reply(conversation, fresh)
    return None


def _ordered(conversation: Conversation) -> Call | None:
    """The next call of those that the instructions prescribe by name, whatever the question: "First call a,
    then b".
    """
    rules = conversation.instructions
    named = [
        tool
        for tool in conversation.functions
        if re.search(_TOLD_TO_CALL.format(name=re.escape(tool.name)), rules, re.IGNORECASE)
    ]
    called = {answered.name for answered in conversation.done}
    for tool in sorted(named, key=lambda tool: rules.find(tool.name)):
        if tool.name not in called:
            arguments = sources.of_question(tool, conversation)
            made = arguments.calls() or _from_result(arguments, conversation)
            return Call(tool.name, made[0]) if made else None
    return None


def _from_result(arguments: Arguments, conversation: Conversation) -> list[dict[str, Any]]:
    """The one argument that the question lacks, where the tool before has returned it."""
    before = outputs.value_of(conversation.done[-1].output) if conversation.done else None
    if len(arguments.missing) != 1 or not isinstance(before, (str, int, float)):
        return []
    return [{arguments.missing[0]: before}]


def question_back(conversation: Conversation) -> Reply | None:
    """Ask for what a fitting tool needs and the question lacks."""
    best = None if conversation.done else _lacking(_completed(conversation))
    if best is None:
        return None
    missing, language = best.arguments.missing, conversation.reply_language
    if [best.arguments.slots[name].kind for name in missing if name in best.arguments.slots] == ["state"]:
        return Reply((Text(say("which_state", language)),))
    return Reply((Text(say("which", language, what=", ".join(" ".join(words(name)) for name in missing))),))


def _lacking(conversation: Conversation) -> Candidate | None:
    """The tool that fits and lacks an argument, where no other fits."""
    fitting = [c for c in _candidates(conversation) if c.score >= 2]
    if not fitting or any(not c.arguments.missing for c in fitting):
        return None
    return max(fitting, key=lambda c: c.score)


def _completed(conversation: Conversation) -> Conversation:
    """The conversation with the question completed by the one before it, where it answers a question back."""
    said = conversation.said
    asked_back = len(said) > 1 and said[-1].role == "assistant" and said[-1].text.rstrip().endswith("?")
    if not asked_back or "?" in conversation.question:
        return conversation
    before = _completed(Conversation(replace(conversation.request, items=tuple(said[:-1]))))
    lacking = _lacking(before) if before.question else None
    if lacking is None:
        return conversation
    told, missing = conversation.question, lacking.arguments.missing
    parts = [part for part in re.split(r"\s*[,;\n]\s*|\s+and\s+", told) if part]
    if len(parts) == len(missing):
        told = "\n".join(
            f"{' '.join(words(name))}: {part}" for name, part in zip(missing, parts, strict=True)
        )
    return conversation.asking(f"{before.question}\n{told}")


# Which tools meet the question.


def _candidates(conversation: Conversation) -> list[Candidate]:
    asked = concepts(without_quotes(conversation.question))
    parts = sources.parts_of(conversation)
    return [
        Candidate(tool, sources.of_its_part(tool, conversation, parts), *_score(tool, conversation, asked))
        for tool in conversation.functions
    ]


def _score(tool: Tool, conversation: Conversation, asked: set[str]) -> tuple[float, frozenset[str]]:
    """How well the tool's name (2 a word) and description (1) meet the question, and in what."""
    verb = tool.description.split(" ", 1)[0]  # what a tool does begins its description
    named = concepts(f"{' '.join(words(tool.name))} {verb}")
    described = concepts(tool.description)
    described |= concepts(" ".join(map(str, tool.parameters.get("properties") or {})))
    matched = frozenset(asked & (named | described))
    score = sum(2.0 if m in named else 1.0 for m in matched - GENERIC)
    written_out = " ".join(words(tool.name)).casefold()
    names = rf"\b{re.escape(tool.name)}\b|\b{re.escape(written_out)}\b"
    return score + 4 * bool(re.search(names, conversation.question.casefold())), matched


def _relevant(conversation: Conversation) -> list[Candidate]:
    """The tools that the question needs. A tool that only repeats what a better one covers is left out."""
    candidates = [c for c in _candidates(conversation) if not c.arguments.missing]
    question = fold(without_quotes(conversation.question))
    chosen: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda c: -c.score):
        if candidate.acts:
            if _should_act(candidate, conversation):
                chosen.append(candidate)
        elif candidate.score >= 2 and not (candidate.score < 3 and _is_for_another(question, candidate)):
            covered = frozenset().union(*(c.matched for c in chosen if not c.acts))
            if candidate.matched - covered:
                chosen.append(candidate)
    if not chosen:
        chosen += _by_name_only(candidates, conversation, question)
    if any(c.acts for c in chosen):
        chosen += _read_first(candidates, chosen)
    return chosen


def _is_for_another(question: str, candidate: Candidate) -> bool:
    """Whether the question asks for something that no such tool is for: a poem, a capital."""
    other = _OTHER_PURPOSE.search(question)
    return bool(other and not concepts(other.group()) & concepts(" ".join(words(candidate.tool.name))))


def _should_act(candidate: Candidate, conversation: Conversation) -> bool:
    """Acting needs a word for it, and somebody to act for where the tool is about telling people."""
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
    if "?" not in question and _STATEMENT.search(question):
        return []
    if not candidates or (_OTHER_PURPOSE.search(question) and not conversation.continues):
        return []
    used = {a.name for a in conversation.past}
    before = [c for c in fitting if c.tool.name in used]
    if before and (conversation.continues or conversation.refers_back):
        return before[:1]
    answering = [
        c for c in candidates if _ANSWERS.search(f"{c.tool.name} {c.tool.description}") and "?" in question
    ]
    if answering and not fitting:
        return answering[:1] if judge.wants_facts(question) else []
    only = [c for c in fitting if c.arguments.is_clear or not _asks_more(c, conversation)]
    scored = [c for c in only if c.score > 0]
    return scored[:1] if scored else only if len(only) == 1 else []


def _asks_more(candidate: Candidate, conversation: Conversation) -> bool:
    """Whether the question has words that are neither the tool's nor what it was given."""
    own = concepts(
        f"{' '.join(words(candidate.tool.name))} {candidate.tool.description} {candidate.arguments.said}"
    )
    asked = content_words(without_quotes(conversation.question))
    left = {stem(word) for word in asked if not concepts(word) & own} - _SAYS_LITTLE
    said = fold(candidate.arguments.said)
    return any(not re.search(rf"\b{re.escape(word)}", said) and not word.isdigit() for word in left)


def _read_first(candidates: Sequence[Candidate], chosen: Sequence[Candidate]) -> list[Candidate]:
    """Readers that an acting tool leans on: they take a thing that it takes, and its text is not given."""
    extra: list[Candidate] = []
    for actor in [c for c in chosen if c.acts]:
        slots = actor.arguments.slots.values()
        open_text = any(slot.kind == BODY and slot.required and not slot.found for slot in slots)
        things = {slot.kind for slot in slots if slot.found}
        for reader in candidates:
            shared = things & {slot.kind for slot in reader.arguments.slots.values() if slot.required}
            if open_text and shared and not reader.acts and reader not in [*chosen, *extra]:
                extra.append(reader)
    return extra


# What was called already.


def _fresh(candidate: Candidate, conversation: Conversation) -> list[Call]:
    return [
        Call(candidate.tool.name, arguments)
        for arguments in candidate.arguments.calls()
        if not _is_done(candidate.tool, arguments, conversation)
    ]


def _is_done(tool: Tool, arguments: Mapping[str, Any], conversation: Conversation) -> bool:
    """Whether the call was made already. Texts that the model writes itself don't count: a notice is posted
    once.
    """
    key = _key(tool, arguments)
    return any(
        answered.name == tool.name and _key(tool, answered.arguments) == key for answered in conversation.done
    )


def _key(tool: Tool, arguments: Mapping[str, Any]) -> str:
    kept = {name: value for name, value in arguments.items() if kind_in(tool, name) != BODY}
    return json.dumps(kept or dict(arguments), sort_keys=True, default=str).casefold()


def _reply(conversation: Conversation, calls: Sequence[Call]) -> Reply:
    return Reply(tuple(calls if conversation.request.parallel_tool_calls else calls[:1]))


def _anything(tool: Tool, conversation: Conversation) -> Mapping[str, Any]:
    """Valid arguments for a tool that must be called although the question does not say with what."""
    value = instance(tool.parameters, conversation)
    return value if isinstance(value, dict) else {}
