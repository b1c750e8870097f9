"""What the instructions want done with tools: which one first, which for a message, and what needs a yes."""

from __future__ import annotations

from collections.abc import Sequence, Set

from workshop.practice.conversation import Answered, Conversation
from workshop.practice.filling.schema import properties_of
from workshop.practice.instructions import Sentence, of_kind
from workshop.practice.outputs import error_of
from workshop.practice.profiles import profile_of
from workshop.practice.reading.lexicon import concepts
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, all_stems, in_words, stem, stems, words
from workshop.practice.types import Tool

_P = PATTERNS["orders"]
_LITTLE = frozenset(map(stem, WORDS["of_orders"]))
_STOPS = frozenset(map(stem, WORDS["stop"])) - {stem("likes")}


def steps_before(tool: Tool, conversation: Conversation) -> list[tuple[Sentence, Tool]]:
    """The tools to be used before this one, each with the sentence: "Check the soil before you turn on the sprinkler"."""
    found: dict[str, tuple[Sentence, Tool]] = {}
    for step in of_kind(conversation.instructions, "step"):
        waits = _waiting(step.when, conversation)
        each = _read_first(step.then, step.when, conversation, waits)
        if each and each != tool and (waits == tool or (waits is None and changes(tool))):
            found.setdefault(each.name, (step, each))
    return [*found.values()]


def needs_yes(tool: Tool, conversation: Conversation) -> bool:
    """Whether the instructions want the user to say yes before this tool is used."""
    steps = of_kind(conversation.instructions, "step")
    asked = [step.when for step in steps if _P["asks_yes"].search(step.then)]
    return any(_waiting(each, conversation) == tool for each in asked)


def _read_first(order: str, then: str, conversation: Conversation, waits: Tool | None = None) -> Tool | None:
    """The tool that reads what an order wants known first; of which thing may be said in what waits for it."""
    readers = [tool for tool in conversation.functions if not changes(tool) and tool != waits]
    if _P["asks"].match(order) or not _P["looks"].search(order):
        return None
    return meant(order, readers) or meant(f"{order} {then}", readers)


def _waiting(order: str, conversation: Conversation) -> Tool | None:
    """The tool that waits: one that acts, else one that reads."""
    actors = [tool for tool in conversation.functions if changes(tool)]
    return meant(order, actors) or meant(order, conversation.functions)


def changes(tool: Tool) -> bool:
    """Whether a tool changes something."""
    return profile_of(tool).changes


def is_beside(call: Answered, conversation: Conversation) -> bool:
    """Whether a call is one that the instructions want whatever is asked: the user's name is looked up, or the
    message is logged.
    """
    if call.name not in conversation.instructions or error_of(call.output) is not None:
        return False
    logged = [*call.arguments.values()] == [conversation.question]
    return logged or not (call.arguments or stems(conversation.question) & stems(in_words(call.name)))


def acted(conversation: Conversation, calls: Sequence[Answered]) -> list[Answered]:
    """The calls of some that have changed something."""
    actors = {tool.name for tool in conversation.functions if changes(tool)}
    return [call for call in calls if call.name in actors]


def meant(order: str, tools: Sequence[Tool]) -> Tool | None:
    """The tool that carries out an order, by what it says of itself; for an order only to look, the one that reads."""
    said = (concepts(order) | all_stems(order)) - _LITTLE
    verb = stem(next(iter(words(order)), ""))
    scored = [(_meets(said, verb, tool), -n) for n, tool in enumerate(tools)]
    best = max(scored, default=(0.0, 0))
    if best[0] >= 1:
        return tools[-best[1]]
    readers = [tool for tool in tools if not changes(tool)]
    return readers[0] if len(readers) == 1 and _P["looks"].search(order) else None


def _meets(said: Set[str], verb: str, tool: Tool) -> float:
    named = concepts(in_words(tool.name)) | all_stems(tool.name) - _STOPS
    own = " ".join(map(in_words, properties_of(tool.parameters)))
    begins = bool(verb) and verb == stem(words(tool.name)[0])
    told = concepts(f"{tool.description} {own}") - named
    return begins + 2.0 * len(said & named) + 0.6 * len(said & told)
