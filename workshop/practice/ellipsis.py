"""A message that names another thing and leaves out what the one before has said of it: "And Bergen?", "No, Oslo"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from workshop.practice import orders, sources
from workshop.practice.conversation import HANDOFF, Conversation
from workshop.practice.filling.call import Arguments
from workshop.practice.filling.clauses import parsed
from workshop.practice.filling.sentence import root
from workshop.practice.filling.told import form, shape
from workshop.practice.profiles import profile_of
from workshop.practice.reading import dates as calendar
from workshop.practice.reading import read
from workshop.practice.reading.lexicon import nouns
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import fold, uncapital, words
from workshop.practice.types import Message, ToolCall

_P = PATTERNS["ellipsis"]
_TURNS, _MOST, _LONG = 10, 6, 120
"""Messages in a row that may leave something out, words of a thing, and letters of a message that names nothing else."""
_ANY = date(2000, 1, 1)
"""A day from which a month may be told."""
_DATED = frozenset({"date", "moment", "month"})
_ENDS = frozenset({"in", "into", "to", "from"})
"""Words that tell which of several values follows."""
_CLOSED = frozenset({"verb", "auxiliary", "asks", "pronoun", "preposition"})
"""Words that a message has which says more than a thing."""


@dataclass(frozen=True)
class _Said:
    """A value that the question before has, and where."""

    arguments: Arguments
    name: str
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.arguments.text[self.start : self.end]

    @property
    def before(self) -> str:
        return self.arguments.text[: self.start]

    def replaced(self, thing: str) -> str:
        """The question before with another thing in the place of this."""
        if _P["article"].search(self.before):
            thing = _P["article"].sub("", f" {thing}").strip()
        return f"{self.before}{thing}{self.arguments.text[self.end :]}"


def completed(conversation: Conversation, turns: int = _TURNS) -> Conversation:
    """The conversation with the question before about another thing, where the message only names that. `turns`: how
    many messages before may have left something out, too.
    """
    question = conversation.question
    match = _P["thing"].fullmatch(question) if len(question) <= _LONG and _last_tool(conversation) else None
    if not match or not turns or _answers(conversation):
        return conversation
    thing = match["thing"] if match.start("thing") else uncapital(match["thing"])
    if not _names(thing, conversation):
        return conversation
    before = _before(conversation, turns)
    weighed = [(_likeness(each, thing, match["lead"]), each) for each in _meant(match, before)]
    likeness, best = max(weighed, key=lambda offer: offer[0], default=(-1.0, None))
    if best is None or likeness < 0:
        return conversation
    return conversation.asking(best.replaced(thing if best.text.islower() else match["thing"]))


def is_content(conversation: Conversation) -> bool:
    """Whether a message only says that all is well, and nothing was asked."""
    question = conversation.question
    short = bool(question) and len(question) <= _LONG and not conversation.answers_a_question
    return short and bool(_P["content"].fullmatch(question))


def _last_tool(conversation: Conversation) -> str:
    """The name of the tool that was called last; empty where none was. Nothing else of a long chat is read for it."""
    called = (item.name for item in reversed(conversation.request.items) if isinstance(item, ToolCall))
    return next((name for name in called if not name.startswith(HANDOFF)), "")


def _answers(conversation: Conversation) -> bool:
    """Whether a message tells what was asked; "Anything else?" behind thanks asks nothing."""
    return conversation.answers_a_question and not is_content(_until_last(conversation))


def _names(thing: str, conversation: Conversation) -> bool:
    """Whether a text names a thing and nothing else: no verb, no praise, nothing that another tool tells."""
    tokens = parsed(thing).tokens
    if not 0 < len(tokens) <= _MOST or not (_is_dated(thing) or any(not token.kind for token in tokens)):
        return False
    more = any(token.kind in _CLOSED and token.text.islower() for token in tokens)
    if more or _P["content"].fullmatch(thing):
        return False
    last = _last_tool(conversation)
    own = {root(word) for word in words(thing) if word.islower()}
    others = (profile_of(tool).named for tool in conversation.functions if tool.name != last)
    return not any(own & named for named in others)


def _before(conversation: Conversation, turns: int) -> Conversation:
    """The conversation up to the message before, without those that only say that all is well."""
    before = _until_last(conversation)
    while is_content(before):
        before = _until_last(before)
    return completed(before, turns - 1)


def _until_last(conversation: Conversation) -> Conversation:
    items = conversation.request.items
    asked = [n for n, item in enumerate(items) if isinstance(item, Message) and item.role == "user"]
    return conversation.until(asked[-1])


def _meant(match: re.Match[str], before: Conversation) -> list[_Said]:
    """The values of the question before that the thing may stand for; what is asked about is only looked up."""
    replaced = fold(match["old"] or match["wrong"] or "")
    only_reads = match["asks"] and not all(map(orders.changes, before.functions))
    tools = [tool for tool in before.functions if not (only_reads and orders.changes(tool))]
    called = {each.name for each in before.done}
    read_from = [sources.of_question(tool, before) for tool in tools if tool.name in called]
    placed = ((own, name, found) for own in read_from for name, found in own.spans.items())
    said = [
        _Said(own, name, found.start, found.end) for own, name, found in placed if found.end > found.start
    ]
    return [each for each in said if not replaced or fold(each.text) in replaced]


def _likeness(said: _Said, new: str, lead: str | None) -> float:
    """How much a text looks like another value of a parameter; below zero where it doesn't. `lead`: the word before it."""
    old, one, other = said.text, read(said.text), read(new)
    is_day, is_time = said.arguments.slots[said.name].kind in _DATED, bool(one.times)
    if _is_dated(new) != is_day or bool(other.times) != is_time:
        return -1.0
    if new.isdigit() and not old.isdigit():
        return -1.0
    figures = [bool(each.quantities) or any(map(str.isdigit, each.text)) for each in (one, other)]
    kinds = [nouns(words(each)[-1]) if words(each) else frozenset[str]() for each in (old, new)]
    led = words(said.before)[-1:] == [lead]
    if lead in _ENDS and len(said.arguments.spans) > 1 and not led:
        return -1.0  # "in pounds" is no other amount of yen
    alike = (is_day, shape(old) == shape(new), form(old) == form(new))
    strongly = (bool(kinds[0] & kinds[1]), led, figures[0] == figures[1])
    return sum(alike) + 2.0 * sum(strongly) - 1.0


def _is_dated(text: str) -> bool:
    told = read(text)
    return bool(told.days or told.dates or calendar.months(text, _ANY))
