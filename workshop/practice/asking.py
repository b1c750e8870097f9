"""What is asked back where a tool that fits lacks a value, and the answer to that."""

from __future__ import annotations

import re

from workshop.practice.conversation import Conversation
from workshop.practice.filling.schema import properties_of, resolved
from workshop.practice.reading.lexicon import concepts
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import in_words, joined, stems, uncapital, words
from workshop.practice.steps import DOUBTFUL, Step, steps
from workshop.practice.talking import briefing
from workshop.practice.talking.phrases import say
from workshop.practice.types import Reply, Text, Tool

_LEAD = re.compile(r"(?i)^(?:for|to|at|in|on|with|from|by|about)\s+(?=\w)")
"""What may stand before an answer."""


def question_back(conversation: Conversation) -> Reply | None:
    """Ask for what a fitting tool needs and the question lacks."""
    best = None if conversation.done else lacking(completed(conversation)[0])
    if best is None:
        return None
    orders = best.acts and concepts(words(best.tool.name)[0]) & concepts(conversation.question)
    if briefing.asks(conversation.question) and not orders and briefing.answer(conversation):
        return None
    return question(best, conversation)


def question(best: Step, conversation: Conversation) -> Reply:
    missing, language, slots = best.missing, conversation.reply_language, best.arguments.slots
    if [slots[name].kind for name in missing if name in slots] == ["state"]:
        return Reply((Text(say("which_state", language)),))
    asked = joined([_plainly(name, best.tool) for name in missing], say("and", language))
    return Reply((Text(say("which", language, what=asked)),))


def _plainly(name: str, tool: Tool) -> str:
    """A parameter in plain words: its name, and what its description begins with where that says more."""
    named = in_words(name)
    told = str(resolved(properties_of(tool.parameters).get(name), tool.parameters).get("description", ""))
    begun = re.split(r"[.,:;(\n]|\b(?:as|such|like|for example|from \d)\b", told)[0].strip()
    if begun and (most := PATTERNS["bounds"]["maximum"].search(told)):
        begun = f"{begun}, {most[0].strip()}" if most[0].strip() not in begun else begun
    begun = re.sub(r"^(?:The|A|An)\s+(?=\w)", "", begun)
    if not begun or len(begun.split()) > 8 or stems(begun) <= stems(named):
        return named
    begun = uncapital(begun)
    return begun if begun.startswith(named) else f"{named} ({begun})"


def lacking(conversation: Conversation, least: float = 0.0) -> Step | None:
    """The tool that is wanted and lacks a value. `least`: what it must weigh."""
    return next((step for step in steps(conversation, least=least) if step.missing), None)


def completed(conversation: Conversation) -> tuple[Conversation, str]:
    """The conversation, completed by the question before where this answers one back; and the tool that waits."""
    said = conversation.said
    asked_back = len(said) > 1 and said[-1].role == "assistant" and said[-1].text.rstrip().endswith("?")
    if not asked_back or "?" in conversation.question:
        return conversation, ""
    asked = next(n for n, item in enumerate(conversation.request.items) if item is said[-1])
    before, _ = completed(conversation.until(asked))
    best = (lacking(before) or lacking(before, DOUBTFUL)) if before.question else None
    if best is None:
        return conversation, ""
    told, missing = conversation.question, best.missing
    parts = [part for part in re.split(r"\s*[,;\n]\s*|\s+and\s+", told) if part]
    bare = not any(re.search(r"(?i)\b(?:is|are|my|i'm|i am)\b", part) for part in parts)
    if len(parts) == len(missing) and bare:
        pairs = zip(missing, parts, strict=True)
        told = "\n".join(f"{in_words(name)}: {_LEAD.sub('', part)}" for name, part in pairs)
    return conversation.asking(f"{before.question}\n{told}"), best.tool.name
