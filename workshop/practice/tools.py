"""Function tools: which to call, with what, in which order, and when to stop.

A question is met in rounds. Tools that read come first, all that are needed at once; tools that act (post,
send, book) follow when what they must say has been read. A call that has been answered is not made again for
the same question, so that the rounds end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workshop.practice import outputs
from workshop.practice.arguments import Arguments
from workshop.practice.conversation import Answered, Conversation
from workshop.practice.parameters import BODY, kind_of, resolve
from workshop.practice.reading import places
from workshop.practice.reading.lexicon import PERSONAL, acts, concepts
from workshop.practice.reading.text import fold, without_quotes, words
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
_EVERYONE = re.compile(
    r"\b(everyone|everybody|all|each|every|subscribers|people|them|tous|chaque|todos|cada)\b"
)
_ONLY_IF = re.compile(
    r"\b(if (?:there (?:is|are)|any|anything|it|they|something|so|yes)|in that case|only (?:if|when)|in case|"
    r"s'il y a|si hay|when there)\b"
)
_SEVERITY_WORDS = {"severe": ("severe", "extreme"), "extreme": ("extreme",), "moderate": ("moderate", "severe", "extreme"),
"serious": ("severe", "extreme"),
                   "dangerous": ("severe", "extreme")}  # fmt: skip


@dataclass(frozen=True)
class Candidate:
    """A tool with its arguments and how well it meets the question."""

    tool: Tool
    arguments: Arguments
    score: float
    matched: frozenset[str]


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
    best = max(offered, key=lambda tool: _score(tool, conversation, concepts(conversation.question))[0])
    arguments = Arguments(best, conversation, source(conversation), body=_body(conversation, best))
    wanted: list[Mapping[str, Any]] = [*arguments.calls()] or [_anything(best, conversation)]
    fresh = [w for w in wanted if not _is_done(best, w, conversation)] or wanted[:1]
    return _reply(conversation, [Call(best.name, w) for w in fresh])


def next_calls(conversation: Conversation) -> Reply | None:
    """The calls that the question still needs, or None."""
    if not conversation.question or len(conversation.done) > _MOST_CALLS:
        return None
    if ordered := _ordered(conversation):
        return _reply(conversation, [ordered])
    chosen = _relevant(conversation)
    reading = [c for c in chosen if not acts(c.tool.name)]
    fresh = [call for c in reading for call in _fresh(c, conversation)]
    if fresh:
        return _reply(conversation, fresh)
    acting = [call for c in chosen if acts(c.tool.name) for call in _fresh(c, conversation)]
    return _reply(conversation, acting) if acting else None


_TOLD_TO_CALL = (
    r"\b(?:first|then|always|start by|begin by|next|before (?:that|you answer|answering))\b[^.\n]*?\b{name}\b"
)


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
            arguments = Arguments(tool, conversation, source(conversation), body=_body(conversation, tool))
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
    if conversation.done:
        return None
    candidates = [c for c in _candidates(conversation) if c.score >= 2 and c.arguments.missing]
    if not candidates or any(c.score >= 2 and not c.arguments.missing for c in _candidates(conversation)):
        return None
    best = max(candidates, key=lambda c: c.score)
    missing = best.arguments.missing
    language = conversation.reply_language
    if [best.arguments.slots[name].kind for name in missing] == ["state"]:
        return Reply((Text(say("which_state", language)),))
    return Reply((Text(say("which", language, what=", ".join(" ".join(words(name)) for name in missing))),))


def source(conversation: Conversation) -> str:
    """The text that arguments come from: the question, and what it refers to when it says "everyone"."""
    text = conversation.question
    if _EVERYONE.search(fold(text)) or not text:
        named = "\n".join(
            line
            for line in conversation.instructions.splitlines()
            if re.search(r"[Ss]ubscriber|[Rr]ecipient|^\s*-", line)
        )
        listed = "\n".join(_people_in(answered.output) for answered in conversation.done)
        return "\n".join(part for part in (text, named, listed) if part.strip())
    return text


def _people_in(output: str | None) -> str:
    """A tool's list of people as sentences: "Ana in Texas."."""
    value = outputs.value_of(output)
    entries = (
        next((v for v in value.values() if isinstance(v, list)), []) if isinstance(value, Mapping) else value
    )
    lines = []
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, Mapping) and (name := entry.get("name") or entry.get("subscriber")):
            state = places.by_name(str(entry.get("state", "")))
            lines.append(f"{name} in {state.name}." if state else f"tell {name}.")
    return "\n".join(lines)


def _candidates(conversation: Conversation) -> list[Candidate]:
    asked = concepts(without_quotes(conversation.question))
    made = []
    for tool in conversation.functions:
        score, matched = _score(tool, conversation, asked)
        made.append(
            Candidate(
                tool,
                Arguments(tool, conversation, source(conversation), body=_body(conversation, tool)),
                score,
                matched,
            )
        )
    return made


def _score(tool: Tool, conversation: Conversation, asked: set[str]) -> tuple[float, frozenset[str]]:
    """How well the tool's name (2 a word) and description (1) meet the question, and in what."""
    named = concepts(" ".join(words(tool.name)))
    described = concepts(tool.description) | concepts(
        " ".join(str(name) for name in tool.parameters.get("properties") or {})
    )
    matched = frozenset(asked & (named | described))
    generic = {"state", "tool", "us", "function", "result"}
    score = sum(2.0 if m in named else 1.0 for m in matched - generic)
    written_out = " ".join(words(tool.name)).casefold()
    if re.search(
        rf"\b{re.escape(tool.name)}\b|\b{re.escape(written_out)}\b", conversation.question.casefold()
    ):
        score += 4
    return score, matched


def _relevant(conversation: Conversation) -> list[Candidate]:
    """The tools that the question needs. A tool that only repeats what a better one covers is left out."""
    candidates = [c for c in _candidates(conversation) if not c.arguments.missing]
    question = fold(without_quotes(conversation.question))
    chosen: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda c: -c.score):
        if acts(candidate.tool.name):
            if _should_act(candidate, conversation):
                chosen.append(candidate)
        elif candidate.score >= 2 and not (_OTHER_PURPOSE.search(question) and candidate.score < 3):
            covered = frozenset().union(*(c.matched for c in chosen if not acts(c.tool.name)))
            if candidate.matched - covered:
                chosen.append(candidate)
    if not chosen:
        chosen += _by_name_only(candidates, conversation, question)
    if any(acts(c.tool.name) for c in chosen):
        chosen += _read_first(candidates, chosen)
    return chosen


def _should_act(candidate: Candidate, conversation: Conversation) -> bool:
    """Acting needs a word for it, and somebody to act for where the tool is about telling people."""
    kinds = {slot.kind for slot in candidate.arguments.slots.values() if slot.found}
    personal = {f"#{p}" for p in PERSONAL} & candidate.matched
    if (
        personal
        and not kinds & {"person", "email"}
        and "person" in {s.kind for s in candidate.arguments.slots.values()}
    ):
        return False
    if candidate.score >= 2 and candidate.matched:
        return True
    told_to = re.search(rf"\b{re.escape(candidate.tool.name)}\b", conversation.instructions)
    standing = told_to or concepts(conversation.instructions) & candidate_concepts(candidate.tool)
    return bool(standing and "person" in kinds and candidate.arguments.names_a_thing)


def candidate_concepts(tool: Tool) -> set[str]:
    """The concepts in a tool's name."""
    return {c for c in concepts(" ".join(words(tool.name))) if c.startswith("#")}


def _by_name_only(
    candidates: Sequence[Candidate], conversation: Conversation, question: str
) -> list[Candidate]:
    """A question that names what a reading tool needs and asks for nothing else: "And in Ohio?"."""
    fitting = [c for c in candidates if not acts(c.tool.name) and c.arguments.names_a_thing]
    if "?" not in question and _STATEMENT.search(question):
        return []
    if not fitting or (_OTHER_PURPOSE.search(question) and not conversation.continues):
        return []
    used = {a.name for a in conversation.past}
    before = [c for c in fitting if c.tool.name in used]
    if before and (conversation.continues or conversation.refers_back):
        return before[:1]
    scored = [c for c in fitting if c.score > 0]
    if scored:
        return scored[:1]
    shaped = ("state", "place", "url", "file", "ticker", "currency", "hash", "email", "phone")
    only = [
        c for c in fitting if any(slot.found and slot.kind in shaped for slot in c.arguments.slots.values())
    ]
    return only if len(only) == 1 else []


def _read_first(candidates: Sequence[Candidate], chosen: Sequence[Candidate]) -> list[Candidate]:
    """Readers that an acting tool leans on: they take a thing that it takes, and its text is not given."""
    extra: list[Candidate] = []
    for actor in [c for c in chosen if acts(c.tool.name)]:
        open_text = any(
            slot.kind == BODY and slot.required and not slot.found for slot in actor.arguments.slots.values()
        )
        things = {slot.kind for slot in actor.arguments.slots.values() if slot.found}
        for reader in candidates:
            shared = things & {slot.kind for slot in reader.arguments.slots.values() if slot.required}
            if open_text and shared and not acts(reader.tool.name) and reader not in [*chosen, *extra]:
                extra.append(reader)
    return extra


def _fresh(candidate: Candidate, conversation: Conversation) -> list[Call]:
    made = candidate.arguments.calls()
    return [
        Call(candidate.tool.name, arguments)
        for arguments in made
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
    properties = tool.parameters.get("properties") or {}
    kept = {
        n: v
        for n, v in arguments.items()
        if kind_of(n, resolve(properties.get(n, {}), tool.parameters)) != BODY
    }
    return json.dumps(kept or dict(arguments), sort_keys=True, default=str).casefold()


def _reply(conversation: Conversation, calls: Sequence[Call]) -> Reply:
    return Reply(tuple(calls if conversation.request.parallel_tool_calls else calls[:1]))


def severities_asked(question: str) -> frozenset[str]:
    """The degrees that a question limits itself to: "only severe alerts", "if there are severe alerts"."""
    plain, degrees = fold(question), "|".join(_SEVERITY_WORDS)
    match = re.search(
        rf"\b(?:only|just)\b[^.?!]*?\b({degrees})\b|\b({degrees}) (?:ones|alerts? only)\b", plain
    )
    if match is None and _ONLY_IF.search(plain):
        match = re.search(rf"\b({degrees}) (?:weather )?(?:alerts?|warnings?|storms?|weather)\b()", plain)
    if match is None:
        return frozenset()
    return frozenset(_SEVERITY_WORDS[next(g for g in match.groups() if g)])


def _body(conversation: Conversation, tool: Tool) -> Any:
    """A writer of the text for an acting tool, from what the reading tools answered about the same thing."""

    def write(arguments: Mapping[str, Any]) -> str | None:
        readings = [
            a for a in conversation.done if a.name != tool.name and not acts(a.name) and a.output is not None
        ]
        if not readings:
            return conversation.question
        state = next((s for v in arguments.values() if isinstance(v, str) and (s := places.by_name(v))), None)
        about = [a for a in readings if state is None or outputs.state_of(a) == state]
        return _notice(about, conversation) if about else None

    return write


def _notice(about: Sequence[Answered], conversation: Conversation) -> str | None:
    language = conversation.reply_language
    severities = severities_asked(conversation.question)
    if all(outputs.error_of(a.output) is not None for a in about):
        return None
    if _ONLY_IF.search(fold(conversation.question)) or severities:
        found = [
            alert
            for a in about
            for alert in outputs.alerts_of(a.output) or []
            if not severities or alert.severity.casefold() in severities
        ]
        if not found and any(outputs.alerts_of(a.output) is not None for a in about):
            return None
    return " ".join(
        outputs.told(a, language, severities) for a in about if outputs.error_of(a.output) is None
    )


def _anything(tool: Tool, conversation: Conversation) -> Mapping[str, Any]:
    """Valid arguments for a tool that must be called although the question does not say with what."""
    from workshop.practice.structured import instance

    value = instance(tool.parameters, conversation)
    return value if isinstance(value, dict) else {}
