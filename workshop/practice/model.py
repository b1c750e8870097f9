"""The practice model's way through a request: one skill after the other, in a stated order.

1. A tool that `tool_choice` demands.
2. What the instructions want said in the case that the message tells of.
3. Handoff to a specialist.
4. Function tools that the question still needs.
5. Structured output, made from the question, the conversation and what tools returned.
6. Web search in the library.
7. The answer from what the tools returned, or a question back where a tool lacks an argument.
8. The tool that the question may be for, where prose would have no answer.
9. Prose.

Pure and deterministic: the same request always gets the same reply.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from workshop.practice import answers, asking, ellipsis, handoffs, orders, policy, refusals, tools
from workshop.practice.conversation import Conversation
from workshop.practice.filling import answer as filling
from workshop.practice.reading import language
from workshop.practice.reading.transitions import give_memory_back
from workshop.practice.research import library, search
from workshop.practice.talking import briefing, manner, talk, template
from workshop.practice.types import Call, Reply, Request, Search, Text

Skill = Callable[[Conversation], Reply | None]


def answer(request: Request) -> Reply:
    """The model's reply to a request: one or more calls, or a message, or a search with its message."""
    conversation = ellipsis.completed(Conversation(request))
    for skill in _ORDER:
        if (reply := skill(conversation)) is not None:
            return Reply(tuple(_fitted(part, conversation) for part in reply.parts))
    raise AssertionError("talk answers everything")


def _fitted(part: Text | Call | Search, conversation: Conversation) -> Text | Call | Search:
    """A part as it may be sent: a call of a strict tool has arguments that satisfy its schema."""
    strict = {tool.name: tool for tool in conversation.request.tools if tool.strict}
    if isinstance(part, Call) and part.name in strict:
        return filling.fitted(part, strict[part.name], conversation)
    return part


def prepare() -> None:
    """Load the language model and the library in the background, so that the first questions need not wait."""
    threading.Thread(target=_load, name="practice", daemon=True).start()


def _load() -> None:
    """One after the other, then return what loading needed meanwhile: 15 MB less than side by side."""
    language.prepare()
    library.search("caching")
    give_memory_back()


def _may_call(skill: Skill) -> Skill:
    """The skill, held back where `tool_choice` forbids calls."""

    def held(conversation: Conversation) -> Reply | None:
        return None if conversation.request.tool_choice == "none" else skill(conversation)

    return held


def _said_first(conversation: Conversation) -> Reply | None:
    """What the instructions want said in a case before all else, or to whoever comes to an agent that only speaks."""
    if conversation.request.output_schema or conversation.done:
        return None
    text = policy.situation(conversation, first=True) or refusals.ruled_out(conversation)
    text = text or briefing.advice_refused(conversation)
    wants = conversation.request.tools or "?" in conversation.question or talk.is_small_talk(conversation)
    text = text or (None if wants else policy.script(conversation))
    return Reply((Text(manner.styled(text, conversation)),)) if text else None


def _answer_from_tools(conversation: Conversation) -> Reply | None:
    if _is_beside(conversation) and not talk.is_small_talk(conversation) and talk.known(conversation):
        return None
    if not (text := answers.from_tools(conversation)):
        return None
    said = template.filled(conversation)
    said = said or manner.styled(template.alone(conversation) or text, conversation)
    return Reply((Text(said),)) if said else None


def _is_beside(conversation: Conversation) -> bool:
    """Whether all that was called is what the instructions want looked up, whatever is asked: the user's name."""
    return bool(conversation.done) and all(orders.is_beside(each, conversation) for each in conversation.done)


_ORDER: tuple[Skill, ...] = (
    tools.forced,
    _said_first,
    _may_call(handoffs.handoff),
    _may_call(tools.next_calls),
    _may_call(tools.for_record),
    filling.reply,
    _may_call(search.web_search),
    _answer_from_tools,
    asking.question_back,
    _may_call(tools.last_resort),
    talk.reply,
)
