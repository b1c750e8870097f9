"""Which tool a part of a message is for: signs of the message's words, of the tool's and of what was said before, with
weights that `tests/practice/learn_selection.py` has learned.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from workshop.practice.conversation import Conversation
from workshop.practice.filling import shell
from workshop.practice.filling.call import Arguments
from workshop.practice.filling.schema import properties_of
from workshop.practice.parts import Part, parts_of, roots_of
from workshop.practice.profiles import ANSWERS, Profile, is_for_another, is_read, profile_of, words_met
from workshop.practice.reading import read
from workshop.practice.reading.shapes import Found
from workshop.practice.reading.tables import PATTERNS, holding, load, weighed_by
from workshop.practice.reading.text import fold, in_words, words
from workshop.practice.talking import briefing, memory, talk
from workshop.practice.types import Tool
from workshop.practice.withheld import is_ordered

_WEIGHTS = load("selection", dict[str, float])
_NEVER, _UNASKED, _COMMAND = -9.0, 3.0, 2.5
"""What a tool for another purpose weighs, how much less one that acts unasked, and a shell for a command."""
_EXPERT = 3.0
"""What it counts that an agent is the only tool for a word: it is asked for what the one that has it does not know."""
_OF_WHOLE, _LEAST, _RIVAL = 0.15, -3.0, 2.0
"""How much what speaks for a tool in the whole message counts for a part, the least that this can be, and how near to the
best for the part a tool must be for it to matter."""
_ORDERED = 2.0
"""What it counts that a tool's own verb is ordered, and nothing is lacking for it."""
_COVERED = 2.0
"""What it counts that all words of a part are values for a tool that only tells something and lacks none."""
_OF_AMOUNT = roots_of("how many much")
_WANTS = {"who": "person", "when": "time", "how long": "time", "where": "place"}
_WANTS |= {"how much": "money", "how many": "count"}
"""What a question wants to know, as a row of the tools' answers."""
_INTRODUCES, _OWN = PATTERNS["parts"]["introduces"], PATTERNS["parts"]["of_oneself"]
_SHARES = (0.34, 0.5, 0.67, 1.0)


@dataclass(frozen=True)
class Option:
    """A tool, what it says of itself, and what the message gives it."""

    tool: Tool
    profile: Profile
    arguments: Arguments

    def given(self, part: Part) -> dict[str, Found]:
        """The parameters whose value a part of the message names."""
        spans = self.arguments.spans.items()
        return {name: f for name, f in spans if part.start <= f.start < part.end and f.end > f.start}


class Selection:
    """The tools of a conversation, weighed for parts of its message."""

    def __init__(self, conversation: Conversation, arguments: Sequence[Arguments]) -> None:
        self.conversation = conversation
        self.options = [Option(each.tool, profile_of(each.tool), each) for each in arguments]
        self.whole = Part(conversation.question)
        self._answered: dict[str, list[str]] = {}
        self._met: dict[str, tuple[float, float]] = {}
        self._most_given: dict[str, int] = {}
        named = Counter(root for option in self.options for root in option.profile.named)
        self.parts = parts_of(conversation.question, {root for root, tools in named.items() if tools == 1})

    def best(self, part: Part) -> tuple[str, float]:
        """The tool that a part is for, and what speaks for it: above zero it is rather for it than for none.

        Of tools that are nearly as good for the part, it is the one that is better for the whole message.
        """
        worth = {each.tool.name: self._weighed(each, part) for each in self.options}
        most = max(worth.values())
        near = [name for name, own in worth.items() if own > most - _RIVAL]
        if len(near) == 1:
            return near[0], worth[near[0]]
        name = max(near, key=lambda name: worth[name] + _OF_WHOLE * max(_LEAST, self.weigh(name, self.whole)))
        return name, worth[name]

    def lead(self, part: Part) -> float:
        """How much more the first tool for a part weighs than the second."""
        first, *second = sorted((self._weighed(each, part) for each in self.options), reverse=True)[:2]
        return first - sum(second)

    def weigh(self, tool: str, part: Part) -> float:
        """What speaks for a tool."""
        return self._weighed(self.option(tool), part)

    def option(self, tool: str) -> Option:
        """A tool with what is known of it."""
        return next(each for each in self.options if each.tool.name == tool)

    def _weighed(self, option: Option, part: Part) -> float:
        if is_for_another(option.profile, part) or self._is_talk(option, part):
            return _NEVER
        if shell.parameter(option.tool):  # a shell is for what is a command, and for nothing else
            return _NEVER if option.arguments.missing else _COMMAND
        asks = part.only_asks or is_read(part.text)
        unasked = asks and option.profile.changes and not part.all_roots & option.profile.named
        signs = self.signs(option, part)
        expert = [*option.arguments.slots] == ["input"] and any(s.startswith("alone:") for s in signs)
        filled = not option.arguments.missing and (option.given(part) or not option.profile.required)
        ordered = option.profile.changes and bool(filled) and is_ordered(option.tool, part.text)
        more = _EXPERT * expert + _ORDERED * ordered + _COVERED * self._is_covered(option, part)
        return weighed_by(_WEIGHTS, signs) - _UNASKED * unasked + more

    def _is_covered(self, option: Option, part: Part) -> bool:
        """Whether a part names nothing but a tool's values, two at least, and all that it needs."""
        given = option.given(part)
        if len(given) < 2 or option.arguments.missing or option.profile.changes:
            return False
        said = " ".join(option.arguments.text[found.start : found.end] for found in given.values())
        return part.roots <= roots_of(said) | option.profile.named | _OF_AMOUNT

    def _is_talk(self, option: Option, part: Part) -> bool:
        """Whether a part is a greeting, thanks, or tells of its speaker what the tool has no use for."""
        own, answers = option.profile, self._is_asked_for(option)
        if part is self.whole and len(self.parts) > 1:
            return all(self._is_talk(option, each) for each in self.parts)
        if part.all_roots & own.named or (own.kind != "read" and part.roots & own.told):
            return False
        if not answers and _INTRODUCES.match(part.text):
            return not any(option.arguments.slots[name].kind == "person" for name in option.given(part))
        if not answers and _OWN.match(part.text):
            return not part.roots & own.told
        remembered = bool(part.asks) and part.text == self.whole.text and self._is_remembered
        return talk.is_social(part.text) or (remembered and not option.given(part))

    @cached_property
    def _is_remembered(self) -> bool:
        """Whether the message asks for what was said before: "What is my name?"."""
        return memory.recalled(self.conversation) is not None

    def kind(self, tool: str) -> str:
        """What a tool does: it reads, makes, sends …"""
        return self.option(tool).profile.kind

    def names(self, tool: str, part: Part | None = None) -> bool:
        """Whether the message, or a part of it, has a word of the tool's name, or one of that meaning, that no other tool has; or all of it."""
        signs = {*self._words(self.option(tool), part or self.whole)}
        return bool({"alone:named:1", "alone:meant:1", "noun:all"} & signs)

    def listed_with(self, tool: str) -> list[str]:
        """The tools that the message names in one list with a tool, by the word in which their names differ."""
        own, alike = _name(tool), dict[str, str]()
        for each in self.options:
            other = _name(each.tool.name)
            apart = [(a, b) for a, b in zip(own, other, strict=False) if a != b]
            if len(own) == len(other) and len(apart) == 1:
                alike |= {apart[0][0]: tool, apart[0][1]: each.tool.name}
        word = rf"\b(?:{'|'.join(map(re.escape, alike))})\b"
        joint = PATTERNS["parts"]["listed"].pattern
        lists = re.finditer(rf"{word}(?:{joint}{word})+", self.whole.text.casefold()) if alike else ()
        named = [[alike[each] for each in re.findall(word, found.group())] for found in lists]
        return [each for found in named if tool in found for each in found if each != tool]

    def signs(self, option: Option, part: Part) -> list[str]:
        """What speaks for and against a tool for a part."""
        kind = option.profile.kind
        found = ["bias", f"is:{kind}", *part.acts, *(f"{act}|{kind}" for act in part.acts)]
        found += [f"word:{word}|{kind}" for word in part.all_roots]
        for reader in (self._words, self._among, self._values, self._answers, self._told, self._before):
            found += reader(option, part)
        return list(dict.fromkeys(found))

    def _words(self, option: Option, part: Part) -> Iterator[str]:
        """The words that the part and the tool have in common."""
        own = option.profile
        nouns = len(part.all_roots & own.nouns)
        counts = {
            "verb": len(part.all_roots & (own.named - own.nouns)),
            "noun": nouns,
            "told": len(part.roots & own.told),
            "option": len(part.all_roots & own.options),
            "meant": len(part.concepts & own.meant),
            "about": len(part.concepts & (own.about - own.meant)),
        }
        yield from (f"{name}:{n}" for name, count in counts.items() for n in range(1, min(count, 3) + 1))
        if nouns == len(own.nouns):
            yield "noun:all"
        others = [each.profile for each in self.options if each is not option]
        for name, shared, taken in (
            ("named", part.all_roots & own.named, [o.named | o.told for o in others]),
            ("told", part.roots & own.told, [o.named | o.told for o in others]),
            ("meant", part.concepts & (own.meant | own.about), [o.meant | o.about for o in others]),
        ):
            alone = shared.difference(*taken)
            yield from (f"alone:{name}:{n}" for n in range(1, min(len(alone), 2) + 1))
            if shared and not alone:
                yield f"shared:{name}"

    def _among(self, option: Option, part: Part) -> Iterator[str]:
        """How much of the part the tool explains, and whether others explain more."""
        if len(self.options) == 1:
            yield "only"
        mine, (most, second) = words_met(option.profile, part), self._most_met(part)
        if not mine:
            yield "met:none:others" if most else "met:none"
        elif mine == most:
            yield "met:tie" if second == most else "met:best"
            if most - second >= 2:
                yield "met:clearly"
        elif most - mine >= 2:
            yield "met:behind"
        said = " ".join(option.arguments.text[f.start : f.end] for f in option.given(part).values())
        explained = part.roots & (option.profile.named | option.profile.told | roots_of(said))
        share = len(explained) / len(part.roots) if part.roots else 0.0
        yield from (f"share:{least}" for least in _SHARES if share >= least)

    def _most_met(self, part: Part) -> tuple[float, float]:
        """The two highest counts of words that tools explain of a part."""
        if part.text not in self._met:
            met = sorted([0.0, *(words_met(each.profile, part) for each in self.options)], reverse=True)
            self._met[part.text] = met[0], met[1]
        return self._met[part.text]

    def _values(self, option: Option, part: Part) -> Iterator[str]:
        """What the part gives the tool, and what the tool lacks."""
        own, given = option.arguments, option.given(part)
        lacks, needs = len(own.missing), option.profile.required
        state = "none" if not needs else "all" if not lacks else "some" if lacks < needs else "nothing"
        yield f"needs:{state}"
        yield f"needs:{state}:{'given' if given else 'not given'}"
        yield f"needs:{state}|{option.profile.kind}"
        yield from (f"given:{n}" for n in range(1, min(len(given), 3) + 1))
        for name in given:
            yield f"gives:{own.slots[name].kind}"
            yield f"gives:{own.slots[name].kind}|{option.profile.kind}"
        weights = [own.weight(name) for name in given]
        if None in weights:
            yield "shaped"
        most_weight = max((weight or 0 for weight in weights), default=0)
        yield from (f"weight:{least}" for least in (1, 2, 4) if most_weight >= least)
        if part.text not in self._most_given:
            self._most_given[part.text] = max(len(each.given(part)) for each in self.options)
        if most := self._most_given[part.text]:
            yield "given:most" if len(given) == most else "given:fewer"

    def _answers(self, option: Option, part: Part) -> Iterator[str]:
        """Whether the tool tells what the part asks for."""
        own = option.profile
        if part.asks:
            said = own.told | own.named
            yield f"asks:{part.asks}|opens:{own.opens}"
            yield from (f"asks:{part.asks}|tells:{n}" for n, told in ANSWERS.items() if said & told)
            if wanted := ANSWERS.get(_WANTS.get(part.asks, "")):
                yield "tells" if said & wanted else "tells:else"

    @cached_property
    def _sentences(self) -> list[Part]:
        return [Part(each) for each in read(self.conversation.instructions).sentences]

    def _known(self, text: str) -> list[str]:
        """Whether a fact of the instructions answers a text, and how surely."""
        if text not in self._answered:
            fact = briefing.stated(text, self.conversation)
            told = briefing.told(text, self.conversation) if fact else (0.0, False)
            found = {"answers": fact, "exactly": told[1], "mostly": told[0] > 0.6}
            self._answered[text] = [*holding(found)]
        return self._answered[text]

    def _told(self, option: Option, part: Part) -> Iterator[str]:
        """What the instructions say on the part: a fact that answers it, an order to use the tool for it."""
        own, rule = option.profile, 0.0
        for told in self._sentences:
            met = len(part.roots & told.roots) + 0.5 * len(part.concepts & (told.concepts | told.roots))
            if met and (told.roots & own.named or (told.concepts | told.roots) & own.meant):
                rule = max(rule, met)
        yield from (f"fact:{each}" for each in self._known(part.text))
        if rule:
            yield f"rule:{2 if rule >= 2 else 1}"

    def _before(self, option: Option, part: Part) -> Iterator[str]:
        """What earlier turns say for the tool."""
        talk, kind = self.conversation, option.profile.kind
        if not talk.earlier:
            yield "first"
            return
        last = talk.past[-1] if talk.past else None
        where = "none" if last is None else "last" if last.name == option.tool.name else "other"
        yield f"before:{where}"
        yield f"before:{where}|{kind}"
        pointing = (act for act in ("points", "again", "short", "asks") if act in part.acts)
        yield from (f"before:{where}:{act}" for act in pointing)
        if talk.continues and part.start == 0:
            yield f"before:{where}:continues"
        if last and where == "last" and last.arguments.keys() & option.arguments.spans.keys():
            yield "before:last:changed"
        if not part.roots:
            yield "empty"
        own = properties_of(option.tool.parameters)
        if any(name in own for each in talk.past for name in each.arguments):
            yield "shares"
            if "points" in part.acts:
                yield "shares:points"
        if talk.own and talk.own[-1].rstrip().endswith("?"):
            yield f"pending:{'this' if self._is_asked_for(option) else 'other'}:{'question' if part.asks else 'told'}"

    def _is_asked_for(self, option: Option) -> bool:
        """Whether the last message asked for something that the tool needs."""
        said = fold(self.conversation.own[-1]) if self.conversation.own else ""
        needed = [in_words(n).casefold() for n in option.tool.parameters.get("required") or ()]
        return said.rstrip().endswith("?") and any(name in said for name in needed)


def _name(tool: str) -> list[str]:
    return [word.casefold() for word in words(tool)]
