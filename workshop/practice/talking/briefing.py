"""What the instructions tell the model: facts to answer from, answers that they prescribe, its own name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from workshop.practice import limits, orders, policy, refusals
from workshop.practice.conversation import Conversation
from workshop.practice.instructions import of_kind, spoken
from workshop.practice.reading import read
from workshop.practice.reading.bands import bands
from workshop.practice.reading.language import OTHER
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, capital, fold, of_one_root, stem
from workshop.practice.talking import desk, prices, rows
from workshop.practice.talking.facts import FACTS
from workshop.practice.talking.phrases import say

_P = PATTERNS["briefing"]
_FRAME = {stem(word) for word in WORDS["frame"]}
_FEW = 2
_PREDICATE = read(" ".join(WORDS["predicate"])).concepts | {stem(word) for word in WORDS["predicate"]}


def answer(conversation: Conversation) -> str | None:
    """What the instructions say on the question; None where they say nothing."""
    ways = (policy.prescribed, _name, policy.situation, desk.opening, _place, _by_limit, _price, _listed)
    told = next(filter(None, (way(conversation) for way in ways)), None)
    told = told or stated(conversation.question, conversation) or _all_there_is(conversation)
    return told and _in_language(told, conversation)


def _all_there_is(conversation: Conversation) -> str | None:
    """The few statements in figures of an agent that a colleague has handed something to."""
    facts = [fact for fact in _facts(conversation) if re.search(r"\d", fact)]
    return " ".join(facts) if conversation.was_handed_over and 0 < len(facts) <= _FEW else None


def _in_language(told: str, conversation: Conversation) -> str:
    """An English statement of one amount as an answer in the language that is asked for."""
    language, asked = conversation.reply_language, _P["asks_amount"]
    paid = [each for each in read(told).quantities if each.unit == "money"]
    if language == "en" or len(paid) != 1 or not asked.search(read(conversation.question).plain):
        return told
    amount = re.match(rf"[\d.,]+ {re.escape(paid[0].word)}\w*", told[paid[0].start :])
    return say("costs", language, what=amount[0]) if amount and read(told).language == "en" else told


def _by_limit(conversation: Conversation) -> str | None:
    """Yes or no by a limit, and the rule behind it."""
    found = refusals.decided(conversation)
    return f"{'Yes' if found[0] else 'No'}. {refusals.ours(found[1])}" if found else None


def _place(conversation: Conversation) -> str | None:
    """Where an agent says that it is: "You are the desk of a bakery in Ghent"."""
    asks = _P["asks_place"].search(read(conversation.question).plain)
    roles = " ".join(each.text for each in of_kind(conversation.instructions, "role", "order"))
    match = _P["place"].search(roles) if asks else None
    return f"In {match['place']}." if match else None


def _listed(conversation: Conversation) -> str | None:
    return rows.told(conversation.question, conversation.instructions)


def _price(conversation: Conversation) -> str | None:
    ordered = len(orders.acted(conversation, conversation.past))
    return prices.total(conversation.question, _facts(conversation), ordered)


def fallback(conversation: Conversation) -> str | None:
    """What the instructions want said where they have no answer: "Please ask the manager."."""
    cases = of_kind(conversation.instructions, "case")
    told = (spoken(case.then) for case in cases if _P["unknown"].search(case.when))
    return next(filter(None, told), None)


def asks(text: str) -> bool:
    """Whether a text wants to know something."""
    return "?" in text or bool(_P["asks"].search(text))


def told(question: str, conversation: Conversation) -> tuple[float, bool]:
    """The share of the question's words that a fact has; and whether it tells what is asked for: a time for "when"."""
    asked = read(question).content_words
    facts = [fact for fact in _facts(conversation) if _tells(question, fact)]
    exact = any(each.asked.search(read(question).plain) for each in FACTS.answers)

    def has(fact: str, word: str) -> bool:
        return bool(_said(word) & _said(fact) or read(word).senses.keys() & read(fact).senses.keys())

    held = (sum(has(fact, word) for word in asked) for fact in facts)
    return max(held, default=0) / (len(asked) or 1), exact


def _facts(conversation: Conversation) -> list[str]:
    return [
        each.text
        for each in of_kind(conversation.instructions, "fact", "role")
        if (each.kind == "fact" or re.search(r"\d", each.text))
        and not limits.is_measured(each.text, conversation)
        and not any(name in each.text for name in conversation.colleagues)
    ]


def advice_refused(conversation: Conversation) -> str | None:
    """What is said to somebody who wants advice that the instructions forbid: that comes before any tool."""
    return policy.prescribed(conversation) if _P["advice"].search(conversation.question) else None


def _name(conversation: Conversation) -> str | None:
    if not _P["asks_name"].search(read(conversation.question).plain):
        return None
    match = _P["named"].search(conversation.instructions) or _P["is"].search(conversation.instructions)
    language = conversation.reply_language
    own, whole = (match["name"].partition(",")[0], match["name"]) if match else ("", "")
    return say("i_am", language, name=whole if language in ("en", OTHER) else own) if match else None


def stated(text: str, conversation: Conversation) -> str | None:
    """The statement of the instructions, or the part of one that lists several, which meets a question best."""
    question = re.sub(r"\b(?:which|what) days?\b", "", text)
    if conversation.functions and not asks(question):
        return None
    asked = _said(question) - _FRAME
    facts = [fact for fact in _facts(conversation) if _tells(text, fact)]
    whole = _with_subjects(_facts(conversation))
    often = Counter(root for fact in facts for root in _said(whole[fact]))
    sense = _senses(question) if _P["asks_time"].search(question) else frozenset()
    scored = {
        fact: _meeting(question, asked, whole[fact], often) + _called(sense, asked, fact) for fact in facts
    }
    best = max(facts, key=lambda fact: (scored[fact] and _holds(question, fact), scored[fact]), default="")
    if not best or not scored[best]:
        return _only_one(question, facts)
    fits = not fallback(conversation) or sense & _senses(best) or asked & _said(_subject(best))
    told = _answered(question, asked, _part(best, asked)) if fits else None
    return told and policy.discreet(told, conversation)


def _with_subjects(facts: list[str]) -> dict[str, str]:
    """Each statement; one that begins with "It" with what the one before is about."""
    whole: dict[str, str] = {}
    for before, fact in zip(["", *facts], facts, strict=False):
        leans = before and _P["leans"].match(fact)
        whole[fact] = f"{_subject(whole[before])}: {fact}" if leans else fact
    return whole


def _only_one(question: str, facts: list[str]) -> str | None:
    """The one statement that tells what is asked for, where the question hardly says of what: "How long can they talk?"."""
    plain = read(question).plain
    kinds = [each for each in FACTS.answers if each.asked.search(plain)]
    clause = _P["asking_clause"].search(question)
    of_what = fold(clause[0] if clause else question)
    for each in kinds:
        of_what = each.asked.sub(" ", of_what)
    strict = [fact for fact in facts if kinds and all(each.exact.search(fact) for each in kinds)]
    said = read(of_what).stems - _FRAME - _PREDICATE
    return strict[0] if len(strict) == 1 and len(said) <= 1 else None


def _answered(question: str, asked: frozenset[str], fact: str) -> str:
    """A statement as the answer to a question: behind a yes or no where it decides that."""
    if not _P["yes_or_no"].search(question) or _P["denied"].search(question):
        return fact
    whole = asked - _PREDICATE <= _said(fact) and not _P["depends"].search(fact)
    return f"Yes. {fact}" if whole and not _P["alternative"].search(question) else fact


def _tells(question: str, fact: str) -> bool:
    """Whether a fact tells what the question asks for: a time for "when", a number for "how much"."""
    plain = read(question).plain
    return all(each.told.search(fact) for each in FACTS.answers if each.asked.search(plain))


def _holds(question: str, fact: str) -> bool:
    """Whether a fact that is bound to an amount ("above 100 dollars") speaks of the amount in the question."""
    both = "," in fact and _P["depends"].search(fact)
    return bool(both) or _of_its_amount(question, fact) is not False


def _of_its_amount(question: str, fact: str) -> bool | None:
    """Whether the one amount of a question is in the one range of a fact; None where there are no such two."""
    bound, amounts = bands(fact), read(question).quantities
    return bound[0].holds(float(amounts[0].value)) if len(bound) == len(amounts) == 1 else None


def _senses(text: str) -> frozenset[str]:
    """The times that a text names, whatever it calls them: to be out of a room is to leave."""
    return frozenset(sense.name for sense in FACTS.senses if sense.said.search(read(text).plain))


def _called(sense: frozenset[str], asked: frozenset[str], fact: str) -> float:
    """How well a fact meets a question for a time: what it is about counts more than what it says by the way."""
    meant = sense & _senses(fact)
    return len(meant) + 3 * bool(meant or (sense and asked & read(_subject(fact)).stems))


def _subject(fact: str) -> str:
    """What a fact is about; all of it where it does not begin with that: "We have a pool"."""
    match = _P["subject"].match(fact)
    told = (match["what"] or match["label"]) if match else ""
    return told if read(told).stems else fact


def _meeting(question: str, asked: frozenset[str], fact: str, often: Mapping[str, int]) -> float:
    """How much of what is asked a fact has: rare words count more, a word itself twice as much as its meaning."""
    said = _said(fact)
    kinds = [each for each in FACTS.answers if each.asked.search(read(question).plain)]
    exact = bool(asked & said) and any(each.exact.search(fact) for each in kinds)
    alike = exact + sum(any(of_one_root(root, other) for other in said - asked) for root in asked - said)
    counted = {stem(each.word) for each in read(fact).quantities if each.word}
    alike += bool(asked & said and _of_its_amount(question, fact))
    alike += any(stem(each[1]) in counted for each in _P["how_many"].finditer(question))
    weights = {root: 1 if root.startswith("#") or root in _PREDICATE else 2 for root in asked & said}
    rare = round(sum(weight / often[root] for root, weight in weights.items()), 3)
    return 2 * alike - fact.startswith("You ") + rare


def _said(text: str) -> frozenset[str]:
    """What a text speaks of: its words, and what they mean."""
    text = _P["age"].sub("child", text)
    may = {"#may"} if _P["may"].search(text) else set()
    return read(text).concepts | read(text).stems | may


def _part(fact: str, asked: frozenset[str]) -> str:
    """Of a list, the entry that is asked for; the whole where none stands out."""
    lead, colon, rest = fact.partition(": ")
    listed = (rest if colon else fact).rstrip(".")
    entries = [entry.strip() for entry in re.split(r"[,;]\s+(?:and )?", listed)]
    if len(entries) < 2:
        return fact
    is_list = colon or any(_P["own_verb"].search(entry) for entry in entries[1:])
    if not is_list or _P["depends"].search(fact):
        return fact
    found = asked & _said(fact)
    telling = (found - _PREDICATE) or found
    counted = sorted(((len(telling & _said(entry)), entry) for entry in entries), key=lambda pair: -pair[0])
    if counted[0][0] == counted[1][0]:
        return fact
    entry = counted[0][1]
    return f"{lead}: {entry}." if colon else f"{capital(entry)}."
