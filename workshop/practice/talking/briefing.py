"""What the instructions tell the model: facts to answer from, answers that they prescribe, its own name."""

from __future__ import annotations

import re

from workshop.practice.conversation import Conversation
from workshop.practice.reading import read
from workshop.practice.reading.text import WORDS, stem

_ORDER = re.compile(
    r"^(?:if|when(?:ever)?)\b"
    r"|^(?:you (?:are|answer|will|must|should|can|may|only|always|never|help|speak|work|tell|read|evaluate|pick|generate|"
    r"translate|write|have|use|call|act|decide|do|don't|get|turn|manage|choose|select|improve|revise|check)|always|never|answer|"
    r"reply|respond|use|do not|don't|please|first|then|hand|call|be|write|say|start|begin|end|only|translate|"
    r"speak|make|keep|ask|give|think|try|read|check|extract|decide|detect|flag|list|finish|"
    r"improve|choose|pick|generate|summari[sz]e|research|search|help|your (?:task|job|role|goal|name))\b"
    r"(?!-|[\w ]{0,12} (?:is|are|costs?)\b(?! (?:to|not|an? )))",
    re.IGNORECASE,
)
_PRESCRIBED = re.compile(
    r"\b(?:if|when(?:ever)?)\b[^.:\n]*?\b(?:asks?|asked|questions?|wants?|mentions?|talks?|says?|said|writes?|types?|greets? you)\b"
    r"(?: (?:you|for|about|to know|anything))*\s+(?P<about>[^,:.\n]+?),?\s+"
    r"(?:then )?(?:say|answer|reply|respond|tell them|write)(?: with)?(?: that)?[:,]?\s*"
    r"(?:[\"'“](?P<quoted>.+?)[\"'”](?=\W|$)|(?P<bare>[^\n]+?)(?=\.?\s*$))",
    re.IGNORECASE | re.MULTILINE,
)
_FORBIDDEN = re.compile(
    r"\b(?:do not|don't|never|must not|can't|cannot|refuse to|not allowed to) (?:answer|discuss|talk about|give|comment on)\b"
    r"(?: (?:any|questions?|about|on|advice))*\s+(?P<about>[^,;:.\n]+)(?:[,;:.]?\s*(?:instead,? )?(?:say|answer|reply)[:,]?\s*"
    r"[\"'“](?P<quoted>[^\"”\n]+?)[\"'”](?=\W|$))?",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"\b(?:your name is|you are called|you're called|name yourself|you go by)\s+(?P<name>[A-Z][\w-]*(?: [A-Z][\w-]*)?)"
)
_IS = re.compile(
    r"\b[Yy]ou(?: are|'re) (?P<name>[A-Z][\w-]*(?: [A-Z][\w-]*)?(?:,? (?:an?|the) [^.,;\n]+)?)(?=[.,;\n]|$)"
)
_ASKS_NAME = re.compile(
    r"\b(?:your name|who are you|what are you called|how (?:should|can|do) i call you\??$|qui es-tu|quien eres)\b"
)
_BOUND = re.compile(
    r"\b(above|over|more than|from|at least|up to|at most|under|below|less than|within)\s+[$€£]?(\d+(?:\.\d+)?)"
)
_TIME = r"\d|\b(?:day|night|morning|evening|noon|week\w*|month\w*|year\w*|hours?|minutes?|always|never|daily|today|\w*days?)\b"
_ANSWERS = {
    re.compile(r"\b(?:when|what time|until when|how long|(?:which|what) days?)\b"): re.compile(_TIME),
    re.compile(r"\bhow (?:much|many)\b|\b(?:price|cost|costs|fee)\b"): re.compile(
        r"\d|\b(?:free|no|none|two|three|four|five|ten)\b"
    ),
    re.compile(r"\bwho\b"): re.compile(
        r"(?<![.!?] )(?<!^)[A-Z][a-z]+|\b(?:manager|team|owner|chef|doctor|we|by)\b"
    ),
    re.compile(r"\bwhere\b"): re.compile(
        r"\b(?:in|on|at|behind|near|next|floor|street|to|under|above|between|opposite|from)\b"
    ),
}
"""What a question asks for, and how a text looks that tells it."""
_FRAME = {stem(word) for word in WORDS["frame"]}
_PREDICATE = read(" ".join(WORDS["predicate"])).concepts | {stem(word) for word in WORDS["predicate"]}
_AGE = re.compile(r"\b(?:\d|1[0-7])[- ]years?[- ]olds?\b")


def answer(conversation: Conversation) -> str | None:
    """What the instructions say on the question; None where they say nothing."""
    return _prescribed(conversation) or _name(conversation) or _fact(conversation)


def has_facts(conversation: Conversation) -> bool:
    """Whether the instructions tell the model things to answer from."""
    return len(_facts(conversation)) > 1


def _facts(conversation: Conversation) -> list[str]:
    return [
        each
        for each in read(conversation.instructions).sentences
        if not _ORDER.match(each.lstrip("-*• ")) and len(each.split()) > 2
    ]


def _prescribed(conversation: Conversation) -> str | None:
    asked = read(conversation.question)
    for pattern in (_PRESCRIBED, _FORBIDDEN):
        for match in pattern.finditer(conversation.instructions):
            about = read(match["about"])
            named = about.plain.strip(" \"'“”") in asked.plain
            if named or about.concepts & asked.concepts or about.fields.keys() & asked.fields.keys():
                bare = match.groupdict().get("bare") or ""
                text = match["quoted"] or bare.strip("\"'“”")
                return text.strip() or "I can't discuss that."
    return None


def _name(conversation: Conversation) -> str | None:
    if not _ASKS_NAME.search(read(conversation.question).plain):
        return None
    if match := _NAMED.search(conversation.instructions):
        return f"My name is {match['name']}."
    match = _IS.search(conversation.instructions)
    return f"I'm {match['name']}." if match else None


def _fact(conversation: Conversation) -> str | None:
    """The statement, or the part of one that lists several, which meets the question best."""
    asked = _said(conversation.question) - _FRAME
    amounts = [float(found.value) for found in read(conversation.question).quantities]
    facts = [fact for fact in _facts(conversation) if _tells(conversation.question, fact)]
    scored = [(len(asked & _said(fact)), _holds(fact, amounts), -n, fact) for n, fact in enumerate(facts)]
    if any(score and holds and _BOUND.search(read(text).plain) for score, holds, _, text in scored):
        scored = [each for each in scored if each[1]]  # of rules for amounts, the one for this amount
    best, _, _, fact = max(scored, default=(0, True, 0, ""))
    return _part(fact, asked) if best else None


def _tells(question: str, fact: str) -> bool:
    """Whether a fact tells what the question asks for: a time for "when", a number for "how much"."""
    plain = read(question).plain
    return all(told.search(fact) for asks, told in _ANSWERS.items() if asks.search(plain))


def _holds(fact: str, numbers: list[float]) -> bool:
    """Whether a fact that is bound to an amount ("above 100 dollars") speaks of the amount in the question."""
    bound = _BOUND.search(read(fact).plain)
    if not bound or len(numbers) != 1:
        return True
    limit, said = float(bound[2]), numbers[0]
    return said > limit if bound[1] in ("above", "over", "more than", "from", "at least") else said <= limit


def _said(text: str) -> frozenset[str]:
    """What a text speaks of: a word that two texts share counts twice, as itself and by what it means."""
    text = _AGE.sub("child", text)
    return read(text).concepts | read(text).stems


def _part(fact: str, asked: frozenset[str]) -> str:
    """Of a list, the entry that is asked for; the whole where none stands out. The verb of the first entry
    counts for all: "A month costs 29 euros, a year 290".
    """
    lead, colon, rest = fact.partition(": ")
    entries = [
        entry.strip() for entry in re.split(r"[,;]\s+(?:and )?", (rest if colon else fact).rstrip("."))
    ]
    if len(entries) < 2:
        return fact
    found = asked & _said(fact)
    telling = (found - _PREDICATE) or found
    counted = sorted(((len(telling & _said(entry)), entry) for entry in entries), key=lambda pair: -pair[0])
    if counted[0][0] == counted[1][0]:
        return fact
    return f"{lead}: {counted[0][1]}." if colon else f"{counted[0][1][:1].upper()}{counted[0][1][1:]}."
