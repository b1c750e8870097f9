"""What the instructions tell the model: facts to answer from, answers that they prescribe, its own name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from workshop.practice.conversation import Conversation
from workshop.practice.reading import read
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, stem
from workshop.practice.talking import desk
from workshop.practice.talking.facts import FACTS

_P = PATTERNS["briefing"]
_ALIKE = 6
"""Words that begin with so many letters alike are taken for one: to overdraw, an overdraft."""
_OF_MONEY = frozenset({"#price", "#bill", "#sales", "#billing", "#shopping"})
"""Concepts that say too little of what is asked."""
_FRAME = {stem(word) for word in WORDS["frame"]}
_PREDICATE = read(" ".join(WORDS["predicate"])).concepts | {stem(word) for word in WORDS["predicate"]}


def answer(conversation: Conversation) -> str | None:
    """What the instructions say on the question; None where they say nothing."""
    return (
        _prescribed(conversation)
        or _name(conversation)
        or _conditional(conversation)
        or desk.opening(conversation.question, conversation.instructions)
        or desk.total(conversation.question, _facts(conversation))
        or _fact(conversation)
    )


def fallback(conversation: Conversation) -> str | None:
    """What the instructions want said where they have no answer: "Please ask the manager."."""
    match = _P["fallback"].search(conversation.instructions)
    if not match:
        return None
    order = match["order"] or (match["who"] and f"ask {match['who']}")
    text = (f"please {order}" if order else match["quoted"] or match["bare"]).strip(" \"'“”")
    return f"{text[:1].upper()}{text[1:]}{'' if text[-1:] in '.!?' else '.'}"


def has_facts(conversation: Conversation) -> bool:
    """Whether the instructions tell the model things to answer from."""
    return len(_facts(conversation)) > 1


def _facts(conversation: Conversation) -> list[str]:
    return [
        each
        for each in (told.lstrip("-*• ") for told in read(conversation.instructions).sentences)
        if len(each.split()) > 1
        and (_P["right"].match(each) or not _P["order"].match(each))
        and not re.match(r"(?i)you (?!can|may|have|need|get|pay|must)[a-z]+\b(?!.*\d)", each)
    ]


def _prescribed(conversation: Conversation) -> str | None:
    asked = read(conversation.question)
    for pattern in (_P["prescribed"], _P["forbidden"]):
        for match in pattern.finditer(conversation.instructions):
            about = read(match["about"])
            named = about.plain.strip(" \"'“”") in asked.plain
            if (
                named
                or (about.concepts & asked.concepts) - _OF_MONEY
                or about.fields.keys() & asked.fields.keys()
            ):
                bare = match.groupdict().get("bare") or ""
                text = match["quoted"] or bare.strip("\"'“”")
                return text.strip() or "I can't discuss that."
    return None


def _conditional(conversation: Conversation) -> str | None:
    """What is to be done in the case that the message tells of: "If the app crashes, reinstall it"."""
    asked = read(conversation.question).stems
    for told in read(conversation.instructions).sentences:
        if (match := _P["conditional"].match(told)) and read(match["when"]).stems <= asked:
            return f"{match['then'][:1].upper()}{match['then'][1:].rstrip('.')}."
    return None


def _name(conversation: Conversation) -> str | None:
    if not _P["asks_name"].search(read(conversation.question).plain):
        return None
    if match := _P["named"].search(conversation.instructions):
        return f"My name is {match['name']}."
    match = _P["is"].search(conversation.instructions)
    return f"I'm {match['name']}." if match else None


def _fact(conversation: Conversation) -> str | None:
    """The statement, or the part of one that lists several, which meets the question best."""
    asked = _said(re.sub(r"\b(?:which|what) days?\b", "", conversation.question)) - _FRAME
    amounts = [float(found.value) for found in read(conversation.question).quantities]
    facts = [fact for fact in _facts(conversation) if _tells(conversation.question, fact)]
    often = Counter(root for fact in facts for root in _said(fact))
    scored = [(_meeting(asked, fact, often), _holds(fact, amounts), -n, fact) for n, fact in enumerate(facts)]
    if any(score and holds and _P["bound"].search(read(text).plain) for score, holds, _, text in scored):
        scored = [each for each in scored if each[1]]  # of rules for amounts, the one for this amount
    sense = _senses(conversation.question) if _P["asks_time"].search(conversation.question) else frozenset()
    if sense:
        scored = [(_called(sense, asked, fact, met), ok, n, fact) for met, ok, n, fact in scored]
    best, _, _, fact = max(scored, default=(0, True, 0, ""))
    fits = not fallback(conversation) or sense & _senses(fact) or asked & _said(_subject(fact))
    return _part(fact, asked) if best and fits else None


def _senses(text: str) -> frozenset[str]:
    """The times that a text names, whatever it calls them: to be out of a room is to leave."""
    return frozenset(sense.name for sense in FACTS.senses if sense.said.search(read(text).plain))


def _called(sense: frozenset[str], asked: frozenset[str], fact: str, met: float) -> float:
    """How well a fact meets a question for a time: what it is about counts more than what it says by the way."""
    meant = sense & _senses(fact)
    subject = not meant and asked & read(_subject(fact)).stems
    return met + len(meant) + 3 * bool(meant or subject)


def _subject(fact: str) -> str:
    """What a fact is about; all of it where it does not begin with that: "We have a pool"."""
    match = _P["subject"].match(fact)
    told = (match["what"] or match["label"]) if match else ""
    return told if read(told).stems else fact


def _tells(question: str, fact: str) -> bool:
    """Whether a fact tells what the question asks for: a time for "when", a number for "how much"."""
    plain = read(question).plain
    return all(each.told.search(fact) for each in FACTS.answers if each.asked.search(plain))


def _holds(fact: str, numbers: list[float]) -> bool:
    """Whether a fact that is bound to an amount ("above 100 dollars") speaks of the amount in the question."""
    bound = _P["bound"].search(read(fact).plain)
    if not bound or len(numbers) != 1:
        return True
    limit, said = float(bound[2]), numbers[0]
    return said > limit if bound[1] in ("above", "over", "more than", "from", "at least") else said <= limit


def _meeting(asked: frozenset[str], fact: str, often: Mapping[str, int]) -> float:
    """How much of what is asked a fact has: rare words count more, a word itself twice as much as its meaning."""
    said = _said(fact)
    alike = sum(
        any(root[:_ALIKE] == other[:_ALIKE] for other in said - asked)
        for root in asked - said
        if len(root) > _ALIKE
    )
    return 3 * alike + round(
        sum((1 if root.startswith("#") or root in _PREDICATE else 2) / often[root] for root in asked & said),
        3,
    )


def _said(text: str) -> frozenset[str]:
    """What a text speaks of: its words, and what they mean."""
    text = _P["age"].sub("child", text)
    return read(text).concepts | read(text).stems


def _part(fact: str, asked: frozenset[str]) -> str:
    """Of a list, the entry that is asked for; the whole where none stands out. The verb of the first entry
    counts for all: "A month costs 29 euros, a year 290".
    """
    lead, colon, rest = fact.partition(": ")
    entries = [
        entry.strip() for entry in re.split(r"[,;]\s+(?:and )?", (rest if colon else fact).rstrip("."))
    ]
    if len(entries) < 2 or _P["depends"].search(fact):
        return fact
    found = asked & _said(fact)
    telling = (found - _PREDICATE) or found
    counted = sorted(((len(telling & _said(entry)), entry) for entry in entries), key=lambda pair: -pair[0])
    if counted[0][0] == counted[1][0]:
        return fact
    return f"{lead}: {counted[0][1]}." if colon else f"{counted[0][1][:1].upper()}{counted[0][1][1:]}."
