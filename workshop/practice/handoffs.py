"""Handoffs: who gets the question, a colleague or nobody else, weighed by signs with learned weights."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import fsum, sqrt

from workshop.practice import conditions, sources
from workshop.practice.conversation import Conversation, agent_of, handed_to
from workshop.practice.filling.schema import properties_of
from workshop.practice.reading import Reading, lexicon, read
from workshop.practice.reading.language import OTHER
from workshop.practice.reading.tables import PATTERNS, load
from workshop.practice.reading.text import WORDS, fold, in_words, joined, stem
from workshop.practice.research import domains
from workshop.practice.talking import briefing, talk
from workshop.practice.talking.phrases import say
from workshop.practice.types import Call, Reply, Text, Tool
from workshop.practice.withheld import wanted

_P = PATTERNS["handoffs"]
_MANY = 3
"""Words that an agent can't place from which on more make no difference."""
_CLEAR = 0.05
"""By how much the best must be better than the next."""
_WEIGHTS = load("routing", dict[str, float])
Signs = dict[str, float]


@dataclass(frozen=True)
class Desk:
    """An agent that may get the question: its name, and what is told of it. Without a tool: the agent itself."""

    name: str
    about: str
    tool: Tool | None = None
    rule: str = ""
    signs: Signs = field(default_factory=dict, compare=False)

    @property
    def called(self) -> str:
        """Its name in words: "french_agent" is a French agent."""
        return self.name.replace("_", " ")

    @cached_property
    def told(self) -> Reading:
        """What its description and the rule in the instructions say of it."""
        return read(f"{self.about} {self.rule}")

    @cached_property
    def fields(self) -> Mapping[str, int]:
        """How much it speaks of each field: a word of its name counts twice."""
        return Counter(self.told.fields) + Counter({f: 2 * n for f, n in read(self.called).fields.items()})

    @cached_property
    def senses(self) -> Mapping[str, float]:
        """The rows of the thesaurus that it speaks of."""
        return read(f"{self.called}. {self.told.text}").senses

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that it is named for."""
        return read(self.called).languages_named or read(self.about).languages_named


def handoff(conversation: Conversation) -> Reply | None:
    """The handoff that the question calls for; None without one on offer, or where the agent should answer itself."""
    own = {tool.name for tool in conversation.request.tools}
    if not (conversation.question and conversation.colleagues) or own & {*conversation.handed_to}:
        return None
    if ruled := _sent_by_result(conversation):
        return Reply((Call(ruled.name, _arguments(ruled, conversation)),))
    offered = desks(conversation)
    if conversation.was_handed_over and all("back" in desk.signs for desk in offered[1:]):
        return None  # it was sent here: it does not go back at once
    best = offered[chosen([fsum(_WEIGHTS.get(s, 0) * n for s, n in desk.signs.items()) for desk in offered])]
    if best.tool and (lacks := _lacks(best.tool, conversation)):
        return Reply((Text(say("which", conversation.reply_language, what=joined(lacks))),))
    return Reply((Call(best.tool.name, _arguments(best.tool, conversation)),)) if best.tool else None


def _sent_by_result(conversation: Conversation) -> Tool | None:
    """The handoff that the instructions want for what a tool has returned: "If it's odd, hand off to …"."""
    last = conversation.answered[-1:]
    for sentence in _clauses(conversation.instructions) if last else ():
        case = _P["on_result"].search(sentence)
        if not case or not conditions.is_told(case["when"], last[0], conversation):
            continue
        named = [fold(each[0]) for each in _names_in(sentence, conversation) if each.start() >= case.end()]
        offered = _colleagues(conversation)
        meant = [desk for desk in offered if fold(desk.name).removesuffix(" agent") in named]
        alone = len(offered) == 1 and _P["to_agent"].search(sentence, case.end())
        if meant or alone:
            return (meant or offered)[0].tool
    return None


def chosen(scores: Sequence[float]) -> int:
    """Who has the best score: the agent itself, the first, also where two colleagues have the same."""
    ranked = sorted(range(len(scores)), key=lambda n: -scores[n])
    return 0 if scores[ranked[0]] - scores[ranked[1]] < _CLEAR else ranked[0]


def desks(conversation: Conversation) -> list[Desk]:
    """Who may get the question, the agent itself first, each with the signs that speak for it."""
    if conversation.answers_a_question and not conversation.functions:
        conversation = conversation.asking(f"{conversation.earlier[0]}\n{conversation.question}")
    elif (asked_for := wanted(conversation.question)) != conversation.question:
        conversation = conversation.asking(asked_for)
    itself, others = _itself(conversation), _colleagues(conversation)
    question = conversation.question
    asked = [word for word in read(question).content_words if stem(word) not in WORDS["not_fields"]]
    for desk in others:
        _by_words(desk, itself, others, asked, question)
        _by_language(desk, others, conversation)
        _by_course(desk, len(others) == 1, conversation)
    _for_questions(others, conversation)
    role = "specialist" if all("back" in each.signs for each in others) else "desk"
    _of_itself(itself, role, asked, conversation)
    return [itself, *others]


def _add(desk: Desk, sign: str, value: float = 1.0) -> None:
    desk.signs[sign] = desk.signs.get(sign, 0.0) + value


def _by_words(desk: Desk, itself: Desk, others: Sequence[Desk], asked: Sequence[str], question: str) -> None:
    """What the question speaks of, by the desk's share in it; what the whole desk is about tells less."""
    for sense, clear in read(question).senses.items():
        share = _share(sense, desk.senses, [other.senses for other in others])
        _add(desk, "sense of itself" if sense in itself.senses else "sense", clear * share)
    main = {name for name, count in desk.fields.items() if 2 * count >= max(desk.fields.values())}
    for word in asked:
        fields = read(word).fields.keys()
        for name in fields - itself.fields.keys():
            _add(desk, "field", _share(name, desk.fields, [other.fields for other in others]) / len(fields))
        _add(desk, "main field", bool(fields & main) / len(asked))
    desk.signs.update({sign: sqrt(value) for sign, value in desk.signs.items()})


def _share(of: str, own: Mapping[str, float], all_: Sequence[Mapping[str, float]]) -> float:
    return own[of] / sum(each.get(of, 0.0) for each in all_) if of in own else 0.0


def _by_language(desk: Desk, others: Sequence[Desk], conversation: Conversation) -> None:
    own, spoken = desk.languages, conversation.user_language
    speaking = {code for each in others for code in each.languages[:1]}
    if own and (len(speaking) > 1 or spoken not in ("en", OTHER)):
        unspoken = "english" if "en" in own and spoken not in speaking else "speaks another"
        _add(desk, "speaks" if spoken in own[:1] else unspoken)
    elif own and spoken not in (*own, OTHER) and _P["speaks"].search(fold(desk.told.text)):
        _add(desk, "speaks another", not {*own} & {*read(conversation.question).languages_named})


def _for_questions(others: Sequence[Desk], conversation: Conversation) -> None:
    """What no desk clearly speaks of goes to the one that answers questions, whatever they are of."""
    question, met = conversation.question, ("sense", "sense of itself", "speaks")
    if not briefing.asks(question) or any(desk.signs.get(sign) for desk in others for sign in met):
        return
    if PATTERNS["tools"]["other_purpose"].search(fold(question)) or talk.is_small_talk(conversation):
        return
    for desk in others:
        if _P["for_questions"].search(fold(f"{desk.name}. {desk.told.text}")):
            _add(desk, "for questions")


def _by_course(desk: Desk, alone: bool, conversation: Conversation) -> None:
    """What the course of the conversation and the rules say of a desk as the one for the rest."""
    plain, clauses = fold(desk.name), read(conversation.instructions).sentences
    unknown = alone and not (desk.about or desk.rule or desk.languages)
    back = (fold(e) for e in clauses if _P["sends_back"].search(e) and _P["out_of_depth"].search(e))
    if unknown or _P["takes_the_rest"].search(fold(desk.about)) or any(plain in each for each in back):
        _add(desk, "back")
        _add(desk, "back, wanted", bool(_P["wants"].search(fold(conversation.question))))
    own = {each.name for each in conversation.request.tools}
    last = [name for name in handed_to(conversation.request.items) if name in own][-1:]
    if desk.tool and last == [desk.tool.name]:
        _add(desk, "gave back" if conversation.was_handed_over else "last")
        _add(desk, "last, continued", conversation.continues or conversation.answers_a_question)
    if "clarif" in plain:
        vague = domains.what_is_missing(conversation.question)
        _add(desk, "clarifies" if vague else "has nothing to clarify")


def _of_itself(itself: Desk, role: str, asked: Sequence[str], conversation: Conversation) -> None:
    """Signs that the agent answers itself; they weigh differently for one that others hand over to."""
    asks = briefing.asks(conversation.question)
    senses = read(conversation.question).senses
    strange = [word for word in asked if not read(word).senses.keys() & itself.senses.keys()]
    of_life = [word for word in strange if read(word).fields or any(map(lexicon.tells, read(word).senses))]
    share, exact = briefing.told(conversation.question, conversation)
    shared = fsum(senses[row] for row in senses.keys() & itself.senses)
    signs: dict[str, object] = {
        "": True,
        "small talk": talk.is_small_talk(conversation),
        "handed over": conversation.was_handed_over,
        "answered": conversation.answers_a_question,
        "pleased": _P["pleased"].search(conversation.question),
        "done": conversation.done,
        "strange": min(len(strange), _MANY) / _MANY,
        "of elsewhere": min(len(of_life), _MANY) / _MANY,
        "share of sense": shared / (sum(senses.values()) or 1),
        "told exactly" if exact else "told": share * asks,
    }
    for sign, value in signs.items():
        for prefix in (role, "own") if value else ():
            _add(itself, f"{prefix}: {sign}", float(value) if isinstance(value, (int, float)) else 1.0)


def _itself(conversation: Conversation) -> Desk:
    clauses = [e for e in _clauses(conversation.instructions) if not _names_in(e, conversation)]
    offered = [(tool.name, tool.description) for tool in conversation.functions]
    for tool in conversation.functions:
        offered += [(n, p.get("description", "")) for n, p in properties_of(tool.parameters).items()]
    return Desk("", " ".join([*clauses, *(f"{in_words(name)} {told}" for name, told in offered)]))


def _colleagues(conversation: Conversation) -> list[Desk]:
    """Those on offer."""
    found = []
    for tool in conversation.handoffs:
        about = _P["boilerplate"].sub("", tool.description).strip()
        found.append(Desk(agent_of(tool), about, tool, _routing_rule(agent_of(tool), conversation)))
    return found


def _routing_rule(name: str, conversation: Conversation) -> str:
    """What the instructions say of an agent: "billing questions go to the Billing Agent". Of a sentence with several
    agents, what leads to this one, or follows on it where the names come first.
    """
    found = []
    for sentence in _clauses(conversation.instructions):
        named = _names_in(sentence, conversation)
        led = bool(named) and bool(_P["leads_to"].search(sentence[: named[0].start()]))
        led = led and not _P["case_follows"].match(sentence[named[0].end() :])
        for n, each in enumerate(named):
            if fold(each[0]) == fold(name).removesuffix(" agent"):
                start = (named[n - 1].end() if n else 0) if led else each.start() if n else 0
                end = each.end() if led and n + 1 < len(named) else len(sentence)
                found.append(sentence[start : end if led or n + 1 == len(named) else named[n + 1].start()])
    return " ".join(found)


def _clauses(instructions: str) -> list[str]:
    return re.split(r"(?<=[.!?\n;])\s+", instructions)


def _names_in(sentence: str, conversation: Conversation) -> list[re.Match[str]]:
    """Where a sentence names colleagues: as they are written where the instructions do so, "Hand repairs to Repairs"."""
    bare = [name.removesuffix(" Agent") for name in conversation.colleagues]
    named = (rf"\b(?{'' if n in conversation.instructions else 'i'}:{re.escape(n)})\b" for n in bare)
    return [*re.finditer("|".join(named), sentence)]


def _lacks(tool: Tool, conversation: Conversation) -> list[str]:
    """What the instructions want to know before something is handed over, and nobody has told. It is asked for once."""
    rules = conversation.instructions
    needed = _P["needed"].search(rules) if _P["asks_first"].search(rules) else None
    if not needed or conversation.functions or conversation.answers_a_question:
        return []
    told = {each["noun"]: each for each in _P["each_needed"].finditer(needed["what"])}
    properties = {
        noun: {"type": "integer" if "many" in each["lead"] else "string", "description": each["what"]}
        for noun, each in told.items()
    }
    asked = replace(tool, parameters={"type": "object", "properties": properties, "required": [*told]})
    return [told[noun]["what"] for noun in sources.of_question(asked, conversation).missing]


def _arguments(tool: Tool, conversation: Conversation) -> dict[str, object]:
    if not tool.parameters.get("properties"):
        return {}
    from workshop.practice.filling.answer import instance

    value = instance(tool.parameters, conversation)
    return value if isinstance(value, dict) else {}
