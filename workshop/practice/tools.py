"""Function tools: which to call, with what, in which order, and when to stop.

A question is met in rounds. Tools that read come first, all that are needed at once; tools that act (post,
send, book) follow when what they must say has been read. A call that has been answered is not made again for
the same question, so that the rounds end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from workshop.practice import answers, asking, chains, limits, precautions, refusals, sources
from workshop.practice.candidates import (
    ORDERED,
    Candidate,
    asks,
    by_clauses,
    candidates,
    likeliest,
    relevant,
    score_of,
)
from workshop.practice.conversation import Conversation
from workshop.practice.filling import phrases
from workshop.practice.filling.answer import instance
from workshop.practice.filling.call import kind_in
from workshop.practice.filling.kinds import BODY
from workshop.practice.reading import read
from workshop.practice.reading.lexicon import acts, concepts
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import fold, stem, words
from workshop.practice.talking import talk
from workshop.practice.types import Call, Reply, Text, Tool

_MOST_CALLS = 40
"""More answered calls than this for one question and the model answers with what it has."""

_P = PATTERNS["followups"]
_MEASURES = frozenset({"number", "date", "time", "month", "moment", "enum", "boolean", "color"})
"""Kinds whose change leaves it the same thing that is asked about."""
_SURE, _LIKELY, _SENT = 3.5, 2.0, 0.5
"""How much of a question a tool must explain to be called at once, instead of asking for what another lacks, and where
a colleague has sent the question to the agent that has the tool."""

_TOLD_TO_CALL = (
    r"\b(?:first|then|always|start by|begin by|next|before (?:that|you answer|answering))\b[^.\n]*?\b{name}\b"
)


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
    best = max(offered, key=lambda tool: score_of(tool, conversation, asked)[0])
    wanted: list[Mapping[str, Any]] = [*sources.of_question(best, conversation).calls()] or [
        _anything(best, conversation)
    ]
    fresh = [w for w in wanted if not _is_done(best, w, conversation)] or wanted[:1]
    return _reply(conversation, [Call(best.name, w) for w in fresh])


def next_calls(conversation: Conversation) -> Reply | None:
    """The calls that the question still needs, or None."""
    if not conversation.question or len(conversation.done) > _MOST_CALLS:
        return None
    conversation, waiting = asking.completed(_without_makers(precautions.confirmed(conversation)))
    if ordered := _ordered(conversation):
        return _reply(conversation, [ordered])
    if waiting and (told := next((c for c in candidates(conversation) if c.tool.name == waiting), None)):
        fresh = _fresh(told, conversation)
        return _reply(conversation, fresh) if fresh else None
    if again := _continued(conversation):
        return None if conversation.done else _reply(conversation, [again])
    chosen = by_clauses(conversation) or _fullest(relevant(conversation), conversation)
    lacking = asking.lacking(conversation)
    if not chosen or (lacking and asking.outweighs(lacking, max(c.evidence for c in chosen))):
        known, chosen = bool(chosen), _needed(conversation)
        if known and not chosen:
            return None
    for group in ([c for c in chosen if not c.acts], [c for c in chosen if c.acts]):
        fresh = [call for c in group for call in _fresh(c, conversation)]
        if fresh:
            return _reply(conversation, fresh)
    if not chosen and not conversation.done:
        least = _SENT if conversation.was_handed_over else _LIKELY if lacking or conversation.past else _SURE
        best = likeliest(conversation, least)
        if best and not best.arguments.missing:
            return _reply(conversation, _fresh(best, conversation))
        if charged := _charged(conversation):
            return _reply(conversation, _fresh(charged, conversation))
    return None


def _charged(conversation: Conversation) -> Candidate | None:
    """The tool with which the instructions want such a message met, which reports a thing and orders nothing."""
    if asks(conversation.question) or talk.is_small_talk(conversation):
        return None
    orders = [concepts(sentence) for sentence in read(conversation.instructions).sentences]
    able = [
        c
        for c in candidates(conversation)
        if c.acts
        and not c.arguments.missing
        and any(re.search(r"\d|[A-Z]", str(value)) for value in c.arguments.spoken.values())
        and any(c.matched & order or concepts(" ".join(words(c.tool.name))) <= order for order in orders)
    ]
    return max(able, key=lambda c: c.evidence, default=None)


def _without_makers(conversation: Conversation) -> Conversation:
    """The conversation without the tools that make what the question knows to be made: "Have we written about it?"."""
    made = {
        stem(word) for found in _P["made"].finditer(conversation.question) for word in words(found["what"])
    }
    tools = conversation.request.tools
    kept = tuple(tool for tool in tools if not (acts(tool.name) and stem(words(tool.name)[0]) in made))
    return (
        conversation if len(kept) == len(tools) else Conversation(replace(conversation.request, tools=kept))
    )


def _needed(conversation: Conversation) -> list[Candidate]:
    """The tools that read what another lacks, or a figure by which the instructions decide what is asked."""
    each = candidates(conversation)
    lacking = [c.arguments for c in each if c.arguments.missing and c.score >= 2]
    return [
        c
        for c in each
        if not c.acts
        and not c.arguments.missing
        and (
            any(chains.leads_to(c.arguments, other) for other in lacking)
            or limits.decides(c.tool, conversation)
        )
    ]


def _fullest(chosen: list[Candidate], conversation: Conversation) -> list[Candidate]:
    """The tool that takes all that one reading tool would get, and more, where the text orders and does not ask:
    "I spent 42 on groceries"; "Can you bring it on Monday?" of a parcel that was looked up.
    """
    question = conversation.question
    if (
        len(chosen) != 1
        or chosen[0].acts
        or asks(question)
        or PATTERNS["tools"]["asks_what"].match(f"{question}?")
    ):
        return chosen
    reader = chosen[0]
    again = any(before.name == reader.tool.name for before in conversation.past)
    states = phrases.command(question) is None and "?" not in question
    moves = PATTERNS["tools"]["its"].search(question) and not PATTERNS["tools"]["wonders"].search(question)
    taken = {str(value) for value in reader.arguments.spoken.values()}
    fuller = [
        c
        for c in candidates(conversation)
        if not c.arguments.missing
        and taken < {str(value) for value in c.arguments.spoken.values()}
        and ((c.acts and states and c.evidence >= ORDERED) or (again and (c.score > 0 or moves)))
    ]
    return [max(fuller, key=lambda c: c.evidence)] if fuller else chosen


def _continued(conversation: Conversation) -> Call | None:
    """The last call with what the question changes: "And the same for nine?"."""
    if not (conversation.past and conversation.continues):
        return None
    last = conversation.past[-1]
    able = [c for c in candidates(conversation) if c.score >= 2 or c.tool.name == last.name]
    best = max(able, key=lambda c: (c.score, c.tool.name == last.name), default=None)
    if best is None or best.tool.name != last.name:
        return None
    changed = best.arguments.spoken
    slots = best.arguments.slots
    about_same = _P["same"].search(conversation.question) or all(slots[n].kind in _MEASURES for n in changed)
    open_ones = {n for n, slot in slots.items() if slot.required} - changed.keys()
    all_kept = about_same and (open_ones or len(changed) < 2)
    kept = {n: v for n, v in last.arguments.items() if n in (slots if all_kept else open_ones)}
    return Call(best.tool.name, {**best.arguments.values, **kept, **changed}) if changed else None


def last_resort(conversation: Conversation) -> Reply | None:
    """The tool that the question touches, where nothing else has an answer: its call, or what it lacks."""
    if not conversation.question or conversation.done or talk.known(conversation):
        return None
    completed, _ = asking.completed(_without_makers(conversation))
    best = likeliest(completed, asking.TOUCHED)
    if best is None:
        return None
    if best.arguments.missing:
        return asking.question(best, conversation) if best.is_told or best.arguments.spoken else None
    return _reply(conversation, _fresh(best, completed))


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
            told = next(c.arguments.calls() for c in candidates(conversation) if c.tool.name == tool.name)
            return Call(tool.name, told[0]) if told else None
    return None


def _fresh(candidate: Candidate, conversation: Conversation) -> list[Call]:
    """The calls that were not made yet. None where one was made with other words of the question: that answers it."""
    tool, wanted = candidate.tool, candidate.arguments.calls()
    fresh = [Call(tool.name, each) for each in wanted if not _is_done(tool, each, conversation)]
    told = [answered.arguments.values() for answered in conversation.done if answered.name == tool.name]
    plain = fold(conversation.question)
    otherwise = any(all(isinstance(v, str) and fold(v) in plain for v in values) for values in told if values)
    return [] if otherwise and len(fresh) == len(wanted) else fresh


def _is_done(tool: Tool, arguments: Mapping[str, Any], conversation: Conversation) -> bool:
    """Whether the call was made already. Texts that the model writes itself don't count: a notice is posted
    once.
    """
    key, agent = _key(tool, arguments), list(arguments) == ["input"]  # an agent as a tool is asked once
    return any(
        answered.name == tool.name and (agent or _key(tool, answered.arguments) == key)
        for answered in conversation.done
    )


def _key(tool: Tool, arguments: Mapping[str, Any]) -> str:
    kept = {name: value for name, value in arguments.items() if kind_in(tool, name) != BODY}
    return json.dumps(kept or dict(arguments), sort_keys=True, default=str).casefold()


def _reply(conversation: Conversation, calls: Sequence[Call]) -> Reply:
    """The calls, or why the instructions forbid one."""
    offered = {tool.name: tool for tool in conversation.request.tools}
    for call in calls:
        if before := precautions.taken(call, offered[call.name], conversation):
            return before
        if why := refusals.forbidden(call, offered[call.name], conversation):
            told = answers.from_tools(conversation) or ""
            return Reply((Text(told if why in told else f"{told}\n{why}".strip()),))
    return Reply(tuple(calls if conversation.request.parallel_tool_calls else calls[:1]))


def _anything(tool: Tool, conversation: Conversation) -> Mapping[str, Any]:
    """Valid arguments for a tool that must be called although the question does not say with what."""
    value = instance(tool.parameters, conversation)
    return value if isinstance(value, dict) else {}
