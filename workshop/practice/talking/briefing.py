"""What the instructions tell the model: facts to answer from, answers that they prescribe, its own name."""

from __future__ import annotations

import re

from workshop.practice.conversation import Conversation
from workshop.practice.reading import entities
from workshop.practice.reading.lexicon import concepts
from workshop.practice.reading.text import content_words, fold, sentences, stem, word_set

_ORDER = re.compile(
    r"^(?:you (?:are|answer|will|must|should|can|may|only|always|never|help|speak|work|tell|read|evaluate|pick|generate|"
    r"translate|write|have|use|call|act|decide|do|don't)|always|never|answer|reply|respond|use|if|when(?:ever)?|do not|don't|"
    r"please|first|then|hand|call|be|write|say|start|begin|end|only|translate|speak|make|keep|ask|give|think|try|read|check|extract|decide|"
    r"improve|choose|pick|generate|summari[sz]e|research|search|help|your (?:task|job|role|goal))\b"
    r"(?!-|[\w ]{0,12} (?:is|are|costs?)\b)",
    re.IGNORECASE,
)
_PRESCRIBED = re.compile(
    r"\b(?:if|when(?:ever)?)\b[^.:\n]*?\b(?:asks?|asked|questions?|wants?|mentions?|talks?)\b"
    r"(?: (?:you|for|about|to know|anything))*\s+(?P<about>[^,:.\n]+?),?\s+"
    r"(?:then )?(?:say|answer|reply|respond|tell them|write)(?: with)?(?: that)?[:,]?\s*"
    r"(?:[\"'“](?P<quoted>.+?)[\"”](?=\W|$)|(?P<bare>[^\n]+?)(?=\.?\s*$))",
    re.IGNORECASE | re.MULTILINE,
)
_FORBIDDEN = re.compile(
    r"\b(?:do not|don't|never|must not|can't|cannot|refuse to) (?:answer|discuss|talk about|give|comment on)\b"
    r"(?: (?:any|questions?|about|on|advice))*\s+(?P<about>[^,;:.\n]+)(?:[,;:.]?\s*(?:instead,? )?(?:say|answer|reply)[:,]?\s*"
    r"[\"'“](?P<quoted>[^\"”\n]+?)[\"'”](?=\W|$))?",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"\b(?:your name is|you are called|you're called|name yourself|you go by)\s+(?P<name>[A-Z][\w-]*(?: [A-Z][\w-]*)?)"
)
_ASKS_NAME = re.compile(
    r"\b(?:your name|who are you|what are you called|how (?:should|can|do) i call you\??$)\b"
)


_FRAME = frozenset(
    stem(word) for word in word_set("what when where who which how time do does can question answer")
)


def answer(conversation: Conversation) -> str | None:
    """What the instructions say on the question; None where they say nothing."""
    return _prescribed(conversation) or _name(conversation) or _fact(conversation)


def _prescribed(conversation: Conversation) -> str | None:
    asked = concepts(conversation.question)
    for pattern in (_PRESCRIBED, _FORBIDDEN):
        for match in pattern.finditer(conversation.instructions):
            if concepts(match["about"]) & asked:
                bare = match.groupdict().get("bare") or ""
                text = match["quoted"] or bare.strip("\"'“”")
                return text.strip() or "I can't discuss that."
    return None


def _name(conversation: Conversation) -> str | None:
    match = _NAME.search(conversation.instructions)
    return (
        f"My name is {match['name']}." if match and _ASKS_NAME.search(fold(conversation.question)) else None
    )


def _fact(conversation: Conversation) -> str | None:
    """The statement, or the part of one that lists several, which meets the question best."""
    facts = [
        each
        for each in sentences(conversation.instructions)
        if not _ORDER.match(each.lstrip("-*• ")) and len(each.split()) > 2
    ]
    asked = _said(conversation.question) - _FRAME
    amounts = [float(found.value) for found in entities.numbers(conversation.question)]
    scored = [(len(asked & _said(fact)), _holds(fact, amounts), -n, fact) for n, fact in enumerate(facts)]
    if any(score and holds and _BOUND.search(fold(text)) for score, holds, _, text in scored):
        scored = [each for each in scored if each[1]]  # of rules for amounts, the one for this amount
    best, _, _, fact = max(scored, default=(0, True, 0, ""))
    return _part(fact, asked) if best else None


_BOUND = re.compile(
    r"\b(above|over|more than|from|at least|up to|at most|under|below|less than|within)\s+[$€£]?(\d+(?:\.\d+)?)"
)


def _holds(fact: str, numbers: list[float]) -> bool:
    """Whether a fact that is bound to an amount ("above 100 dollars") speaks of the amount in the question."""
    bound = _BOUND.search(fold(fact))
    if not bound or len(numbers) != 1:
        return True
    limit, said = float(bound[2]), numbers[0]
    return said > limit if bound[1] in ("above", "over", "more than", "from", "at least") else said <= limit


def _said(text: str) -> set[str]:
    """What a text speaks of: a word that two texts share counts twice, as itself and by what it means."""
    return concepts(text) | {stem(word) for word in content_words(text)}


def _part(fact: str, asked: set[str]) -> str:
    """Of a list after a colon, the entry that is asked for; the whole where none stands out."""
    lead, colon, rest = fact.partition(": ")
    entries = [
        entry.strip() for entry in re.split(r"[,;]\s+(?:and )?", (rest if colon else fact).rstrip("."))
    ]
    counted = sorted(((len(asked & _said(entry)), entry) for entry in entries), key=lambda pair: -pair[0])
    if len(entries) < 2 or counted[0][0] == counted[1][0]:
        return fact
    return f"{lead}: {counted[0][1]}." if colon else f"{counted[0][1][:1].upper()}{counted[0][1][1:]}."
