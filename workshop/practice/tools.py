"""Function tools: which to call, with what, in which order, and when to stop.

A question is met in rounds. Tools that read come first, all that are needed at once; tools that act (post,
send, book) follow when what they must say has been read. A call that has been answered is not made again for
the same question, so that the rounds end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from workshop.practice import answers, asking, chains, conditions, outputs, precautions, refusals, sources
from workshop.practice.conversation import Conversation
from workshop.practice.filling import shell
from workshop.practice.filling.answer import instance
from workshop.practice.filling.call import Arguments, kind_in
from workshop.practice.filling.kinds import BODY
from workshop.practice.reading.text import in_words
from workshop.practice.steps import DOUBTFUL, Step, everything, likeliest, steps
from workshop.practice.talking import briefing, talk
from workshop.practice.types import Call, Reply, Text, Tool

_MOST_CALLS = 40
"""More answered calls than this for one question and the model answers with what it has."""
_NOT_DONE = "So this was not done:"
_TOLD_TO_CALL = (
    r"\b(?:first|then|always|start by|begin by|next|before (?:that|you answer|answering))\b[^.\n]*?\b{name}\b"
    r"|\b{name}\b first\b"
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
    if not named and (planned := next_calls(conversation)):
        return planned
    if not named and request.web_search:
        return None  # the search is the tool that fits any question
    best = likeliest(offered, conversation)
    wanted: list[Mapping[str, Any]] = [*sources.of_question(best, conversation).calls()]
    wanted = wanted or [_anything(best, conversation)]
    fresh = [w for w in wanted if not _is_done(best, w, conversation)] or wanted[:1]
    return _reply(conversation, [Call(best.name, w) for w in fresh])


def next_calls(conversation: Conversation) -> Reply | None:
    """The calls that the question still needs, or None."""
    if not conversation.question or len(conversation.done) > _MOST_CALLS:
        return None
    if any(outputs.is_refused(each.output) for each in conversation.done):
        return None  # nothing else is tried in place of what a person has refused
    conversation, waiting = asking.completed(precautions.confirmed(conversation))
    if ordered := _ordered(conversation):
        return _reply(conversation, [ordered])
    if then := conditions.handed_on(conversation):
        done = then.name in [each.name for each in conversation.done]
        return None if done else _reply(conversation, [then])
    if not any(own.spoken for own in everything(conversation)) and (told := answers.of_before(conversation)):
        return Reply((Text(told),))
    wanted = steps(conversation, waiting)
    lacking = next((step for step in wanted if step.acts and step.missing), None) if not waiting else None
    if lacking:
        wanted = [step for step in wanted if not step.acts]
    for group in ([s for s in wanted if not s.acts], [s for s in wanted if s.acts]):
        fresh = [call for step in group for call in _fresh(step, conversation)]
        if fresh:
            return _reply(conversation, fresh)
    if lacking and conversation.done:
        return _still_open(lacking, conversation)
    after = conditions.follow_up(conversation)
    return _reply(conversation, [after]) if after else None


def _still_open(step: Step, conversation: Conversation) -> Reply:
    """What was read, and what is lacking for what is to be done: nobody may think that it is done."""
    asked = "".join(part.text for part in asking.question(step, conversation).parts if isinstance(part, Text))
    return _instead(asked, conversation)


def _instead(why: str, conversation: Conversation) -> Reply:
    """What was read, and why nothing is done with it."""
    told = answers.from_tools(conversation) or ""
    return Reply((Text(told if why in told else f"{told}\n{why}".strip()),))


def last_resort(conversation: Conversation) -> Reply | None:
    """The tool that the question may be for, where nothing else has an answer: its calls, or what it lacks."""
    if not conversation.question or conversation.done:
        return None
    for step in steps(conversation, least=DOUBTFUL):
        named = step.named and not step.missing and not step.acts
        if briefing.stated(conversation.question, conversation) or (not named and talk.known(conversation)):
            return None
        if step.missing:
            return asking.question(step, conversation)
        if not step.acts or step.named:
            return _reply(conversation, _fresh(step, conversation))
    return None


def for_record(conversation: Conversation) -> Reply | None:
    """The call that a record may be made of, also where the question hardly asks for it: "A card for aloe vera, please"."""
    if not conversation.request.output_schema or not conversation.functions:
        return None
    reply = last_resort(conversation)
    return reply if reply and any(isinstance(part, Call) for part in reply.parts) else None


def _ordered(conversation: Conversation) -> Call | None:
    """The next call of those that the instructions prescribe, whatever the question: "First call a, then b"."""
    rules, called = conversation.instructions, {answered.name for answered in conversation.done}
    for tool in sorted(conversation.functions, key=lambda tool: rules.find(tool.name)):
        named = re.search(_TOLD_TO_CALL.format(name=re.escape(tool.name)), rules, re.IGNORECASE)
        if named and tool.name not in called:
            own = sources.of_question(tool, conversation)
            chains.hand_on(own, conversation)
            told = own.calls()
            return Call(tool.name, told[0]) if told else None
    return None


def _fresh(step: Step, conversation: Conversation) -> list[Call]:
    """The calls that were not made yet."""
    calls = step.arguments.calls()
    return [Call(step.tool.name, each) for each in calls if not _is_done(step.tool, each, conversation)]


def _is_done(tool: Tool, arguments: Mapping[str, Any], conversation: Conversation) -> bool:
    """Whether the call was made already. Texts of the model's own don't count: a notice is posted once."""
    key, agent = _key(tool, arguments), list(arguments) == ["input"]  # an agent as a tool is asked once
    made = (each.arguments for each in conversation.done if each.name == tool.name)
    return any(agent or _key(tool, each) == key for each in made)


def _key(tool: Tool, arguments: Mapping[str, Any]) -> str:
    kept = {name: value for name, value in arguments.items() if kind_in(tool, name) != BODY}
    return json.dumps(kept or dict(arguments), sort_keys=True, default=str).casefold()


def _reply(conversation: Conversation, calls: Sequence[Call]) -> Reply:
    """The calls, or why the instructions forbid one."""
    offered = {tool.name: tool for tool in (*conversation.request.tools, *conversation.functions)}
    for call in calls:
        if unmet := conditions.unmet(call, offered[call.name], conversation):
            return _instead(f"{_NOT_DONE} {in_words(call.name)}.", conversation)
        if unmet is None and (why := refusals.forbidden(call, offered[call.name], conversation)):
            return _instead(why, conversation)
        if before := precautions.taken(call, offered[call.name], conversation):
            return before
    return Reply(tuple(calls if conversation.request.parallel_tool_calls else calls[:1]))


def _anything(tool: Tool, conversation: Conversation) -> Mapping[str, Any]:
    """Valid arguments for a tool that must be called although the question does not say with what."""
    if shell.parameter(tool):  # a shell is never given words that are no command
        return Arguments(tool, conversation, f"`{shell.LISTING}`").calls()[0]
    value = instance(tool.parameters, conversation)
    return value if isinstance(value, dict) else {}
