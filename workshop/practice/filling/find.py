"""What a text offers for the fields of an object: things told by their shape, then phrases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from functools import cached_property
from typing import Any

from workshop.practice.conversation import Conversation
from workshop.practice.filling import figures, phrases
from workshop.practice.filling.candidates import Candidates
from workshop.practice.filling.choose import beside
from workshop.practice.filling.enumerated import Enumeration, enumerations
from workshop.practice.filling.kinds import BODY, Field
from workshop.practice.filling.matching import Leaf, matched, weighed, weight
from workshop.practice.filling.offers import ANY, is_named
from workshop.practice.filling.schema import Schema, properties_of, type_of, valid
from workshop.practice.filling.scoring import Scorer
from workshop.practice.filling.sentence import root
from workshop.practice.filling.spans import Span
from workshop.practice.filling.told import stems_of
from workshop.practice.outputs import value_of
from workshop.practice.reading.lexicon import notifies
from workshop.practice.reading.shapes import Found
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, all_stems, capital, words

_P = PATTERNS["finding"]
_DAYS = ("day", "date", "weekday", "deadline", "birthday", "tag", "datum")
_OWN_WORDS = ("reasoning", "rationale", "thought", "response", "reply")
"""Names of fields of a record that the model writes: nothing in the text is meant by them."""
_SHORT = 3
"""Letters of what may be anywhere in a text, and words of a name."""
_AGAIN = 2.0
"""What a name must weigh to go into a record that was given before."""
_CLOSING = PATTERNS["stated"]["closing"]
_SUM = PATTERNS["finding"]["sum"]
_SURE, _SURE_BY_SHAPE = 1.0, 1.5
"""What a thing must weigh to be worth a call of its own: a name, and what is told by its shape."""
_BY_SHAPE = frozenset({"email", "url", "phone", "date", "time", "moment", "currency"})
"""Kinds of which a phrase is never one."""
Offers = dict[str, Found]
"""What fields get, by name."""


class Finder(Candidates):
    """A text, asked field by field."""

    def __init__(
        self, conversation: Conversation, text: str, *, part: bool = False, offers: Offers | None = None
    ) -> None:
        """`part`: the text is one entry of a list. `offers`: what the fields get, where that is known."""
        super().__init__(conversation, text, part=part)
        self.named_lists: dict[str, Enumeration] = {}
        """What the text lists for parameters that want several names."""
        self.given: Offers = {}
        """What fields got, by name."""
        self.lists: list[tuple[int, int]] = []
        """Where the text lists the values of an array."""
        self._offers = offers
        self._leaves: tuple[Sequence[Leaf], Sequence[Leaf]] = (), ()

    def note_lists(self, field: Field, schema: Schema, root: Schema) -> None:
        """Look for what the text lists behind the names of parameters."""
        self.named_lists = enumerations(field, schema, root, self.text) if field.tool else {}

    def note_said(self, said: Iterable[str]) -> None:
        """Note the names that the text states for fields: they are no other's."""
        names = [each for each in said if len(each) > _SHORT and each.count(" ") < _SHORT]
        places = [(self.text.find(each), len(each)) for each in names]
        self.lists += [(at, at + length) for at, length in places if at >= 0]

    def object(self, field: Field, schema: Schema, root: Schema, *, in_words: bool = True) -> Offers:
        """What the text offers for each field of an object. All fields are asked at once, so that each thing
        goes to the field that it suits best; what is left may be a phrase of another. `in_words`: whether the text
        says in words what the fields ask for.
        """
        if self._offers is not None:
            self.given |= self._offers
            return self._offers
        whole = [each.whole for each in self.named_lists.values()]
        every = (self.leaf(field, name, part, root) for name, part in properties_of(schema).items())
        leaves = [_with(leaf, [f for f in leaf.candidates if not figures.inside(f, whole)]) for leaf in every]
        if any(leaf.kind == "date" for leaf in leaves):  # the day has a field of its own
            leaves = [self._hour(leaf) for leaf in leaves]
        found = matched(leaves, self.text, self.asked)
        if not field.tool:
            self._add_times(leaves, found)
        about = {leaf.field.name: f"{leaf.field.name} {leaf.field.description}" for leaf in leaves}
        speakers = {name for name, told in about.items() if not field.tool and _P["speaker"].search(told)}
        named = [leaf for leaf in self._in_words(leaves, field.tool) if leaf.field.name not in speakers]
        self._add_thing(named, found)
        if not field.tool:
            self._add_versioned(named, found)
        if named and in_words:
            names = {leaf.field.name for leaf in named}
            shaped = [leaf for leaf in leaves if leaf.field.name not in names]
            codes = {
                leaf.field.name: code
                for leaf in named
                if (code := self._told_code(leaf) or self._told_so(leaf))
            }
            named = [leaf for leaf in named if leaf.field.name not in codes]
            found = self._named(named, shaped, {n: f for n, f in found.items() if n not in names} | codes)
        self._leaves = leaves, named
        for leaf in sorted(leaves, key=lambda leaf: leaf.optional):
            is_open = leaf not in named and leaf.field.name not in {*found, *speakers}
            is_text = type_of(leaf.schema) == "string" and leaf.kind != "enum"
            if is_open and is_text and (said := self._phrase(leaf, [*found.values()])):
                found[leaf.field.name] = said
        self._tell_speaker(speakers, found)
        self.given |= found
        return found

    def _hour(self, leaf: Leaf) -> Leaf:
        """The leaf for a beginning or an end with times of day alone."""
        if leaf.kind != "moment" or not leaf.field.named(*WORDS["ends_of_time"]):
            return leaf
        return _with(leaf, [self.as_written(each) for each in self.reading.times])

    def _in_words(self, leaves: Sequence[Leaf], tool: str) -> list[Leaf]:
        """The fields that the text may name in words."""
        notified = notifies(tool.partition("\n")[0])
        told = "person" if notified and self.reading.people else ""  # whom the text asks to tell something
        mails = {*self.reading.shaped("email")}
        named = [leaf for leaf in leaves if is_named(leaf) and leaf.kind != told]
        named = [leaf for leaf in named if not leaf.candidates or {*leaf.candidates} - mails]
        if tool:
            return named
        named = [leaf for leaf in named if not {"format", "pattern"} & leaf.schema.keys()]
        return [leaf for leaf in named if not leaf.field.named(*_OWN_WORDS)]

    def _add_times(self, leaves: Sequence[Leaf], found: Offers) -> None:
        """Give a time of day that is left to a field that no day is for: "departure"."""
        for leaf in leaves:
            free = [t for each in self.reading.times if (t := self.as_written(each)) not in found.values()]
            if leaf.kind == "date" and leaf.field.name not in found and free and not leaf.field.named(*_DAYS):
                found[leaf.field.name] = free[0]

    def _add_thing(self, named: list[Leaf], found: Offers) -> None:
        """Give what an entry of a list is about, or what has a price, to the first field for a thing."""
        things = [leaf for leaf in named if leaf.kind in ("label", "other") or leaf.field.named("name")]
        thing = phrases.thing(self.text, [*found.values()]) if things else None
        if (
            thing
            and not phrases.lasts(thing.value)
            and (self.part or (not things[0].field.tool and self._costs(thing)))
        ):
            found[things[0].field.name] = thing
            named.remove(things[0])

    def _add_versioned(self, named: list[Leaf], found: Offers) -> None:
        """Give what a version is of to the field for a program: "Tallybook 4.2.1"."""
        versions = [each for name, each in found.items() if "version" in words(name)]
        program = next((leaf for leaf in named if leaf.field.named(*WORDS["programs"])), None)
        match = _P["named_before"].search(self.text[: versions[0].start]) if versions and program else None
        if match and program:
            found[program.field.name] = Found(match[1], *match.span(1))
            named.remove(program)

    def _tell_speaker(self, fields: Set[str], found: Offers) -> None:
        """Give the fields for whoever speaks the name that they give themselves, and nobody whom they ask about."""
        for field in fields & found.keys():
            if _P["asked_of"].match(self.text, found[field].end):
                del found[field]
        name = self.conversation.user_name or ""
        if name and (at := self.text.find(name)) >= 0:
            found |= dict.fromkeys(fields, Found(name, at, at + len(name)))

    def _costs(self, thing: Found) -> bool:
        """Whether a price stands right behind a thing: "A wool hat for 25 euros"."""
        price = next((each for each in self.reading.quantities if each.start >= thing.end), None)
        between = self.text[thing.end : price.start].strip(" $€£") if price else ""
        return bool(price and price.unit == "money" and between in ("for", "at"))

    def within(self, begin: int, end: int) -> Offers:
        """What a piece of the text offers for the fields of the object."""
        leaves, named = self._leaves
        inside = [_with(leaf, [f for f in leaf.candidates if begin <= f.start < end]) for leaf in leaves]
        names = {leaf.field.name for leaf in named}
        found = {n: f for n, f in matched(inside, self.text, self.asked).items() if n not in names}
        listed = [Found("", *span) for span in self.lists]
        chosen = self.scorer.fitting(names, [*found.values(), *listed], begin, end)
        by_name = {leaf.field.name: leaf for leaf in named}
        return found | {name: self._as_found(by_name[name], span) for name, span in chosen.items()}

    def weight(self, name: str, found: Found) -> float | None:
        """How surely the text names a field's value; None for a field whose values are told by their shape."""
        weighed = self.scorer.scores.get(name)
        return None if weighed is None else weighed.get((found.start, found.end), (0.0,))[0]

    def is_sure(self, name: str, found: Found) -> bool:
        """Whether a field's value is clearly meant for it."""
        weighs = self.weight(name, found)
        if weighs is not None:
            return weighs > _SURE
        return self._shaped.get((name, found.start), 0.0) > _SURE_BY_SHAPE

    @cached_property
    def _shaped(self) -> Mapping[tuple[str, int], float]:
        """What the things told by their shape weigh for each field."""
        every = weighed(self._leaves[0], self.text, self.asked)
        return {(leaf.field.name, found.start): weight(signs) for leaf, found, signs in every}

    def counts(self, name: str) -> bool:
        """Whether a field is a number."""
        return any(leaf.kind == "number" for leaf in self._leaves[0] if leaf.field.name == name)

    @cached_property
    def before(self) -> Mapping[str, Any]:
        """The record that was given last; empty where none was."""
        said = self.conversation.own[-1] if self.conversation.own else ""
        value = value_of(said) if said.startswith("{") else None
        return value if isinstance(value, Mapping) else {}

    @property
    def asked(self) -> Set[str]:
        """Stems of the words in which the text was asked for; empty where it was not."""
        asked = self.conversation.own[-1] if self.conversation.answers_a_question else ""
        return all_stems(asked)

    @cached_property
    def scorer(self) -> Scorer:
        """The scorer of the text."""
        return Scorer(self.text, self.conversation, again=bool(self.before))

    def _named(self, leaves: Sequence[Leaf], shaped: Sequence[Leaf], found: Offers) -> Offers:
        """The names that the text has for parameters without a shape of their own."""
        options = [leaf for leaf in shaped if leaf.kind == "enum" and leaf.field.name in found]
        listed = [beside(found[leaf.field.name], leaf.candidates, self.text) for leaf in options]
        counts = [q for q in self.reading.quantities if q.unit and self.text[q.start].isalpha()]
        lists = [*(Found("", *span) for span in self.lists), *(e.whole for e in self.named_lists.values())]
        if leaves and not leaves[0].field.tool:
            lists += [Found("", *match.span()) for match in _CLOSING.finditer(self.text)]
        taken = [*found.values(), *(each for run in listed for each in run), *counts, *lists]
        least = ANY if self.part else _AGAIN if self.before and not leaves[0].field.tool else 0.0
        chosen = self.scorer.assigned(leaves, shaped, taken, least)
        by_name = {leaf.field.name: leaf for leaf in leaves}
        meant = {n: span for n, (_, span) in chosen.items() if self._may_be(by_name[n], span)}
        named = {name: self._as_found(by_name[name], span) for name, span in meant.items()}
        others = [*taken, *named.values()]
        whole = {n: self._whole(by_name[n], meant[n], each, others) for n, each in named.items()}
        return found | {n: self._at_length(by_name[n], each, others) for n, each in whole.items()}

    def _whole(self, leaf: Leaf, span: Span, found: Found, others: Sequence[Found]) -> Found:
        """A product's or another thing's name with what it is: "the Trailstar helmet", where only "Trailstar" was found."""
        tokens, told = self.scorer.sentence.tokens, self.scorer.told(leaf)
        if not (leaf.field.tool and leaf.field.named(*WORDS["wares"])) or found.value != span.value:
            return found
        last = span.last
        while (behind := self.scorer.sentence.behind(last)) and self._goes_on(
            last + 1, told.roots | told.tool
        ):
            if any(behind.start < each.end and each.start < behind.end for each in others):
                break
            last += 1
        first = span.first
        while first and not tokens[first].gap and self._names(first - 1):
            first -= 1
        if (first, last) == (span.first, span.last) or not any(map(self._names, range(first, last))):
            return found
        start, end = tokens[first].start, tokens[last].end
        return Found(self.text[start:end], start, end)

    def _names(self, n: int) -> bool:
        token = self.scorer.sentence.tokens[n]
        return token.text[0].isupper() and not token.kind and not self.scorer.sentence.starts(n)

    def _goes_on(self, n: int, known: Set[str]) -> bool:
        """Whether a word may go on a name: a noun in small letters that says nothing else."""
        sentence, token = self.scorer.sentence, self.scorer.sentence.tokens[n]
        noun = (
            token.text.islower() and not token.kind and (not sentence.verbish(n) or sentence.verb_before(n))
        )
        return noun and token.plain not in phrases.AROUND and root(token.text) not in known

    def _at_length(self, leaf: Leaf, found: Found, others: Sequence[Found]) -> Found:
        """All of the sentence that tells of a problem, not only the thing that has it: "The printer is jammed again"."""
        if not (leaf.field.tool and leaf.field.named(*WORDS["problems"])):
            return found
        sentence = next(
            (m for m in _P["told"].finditer(self.text) if m.start() <= found.start < m.end()), None
        )
        if not sentence or phrases.command(sentence["told"]) or sentence["told"].endswith("?"):
            return found
        whole = Found(sentence["told"], *sentence.span("told"))
        if any(whole.overlaps(each) for each in others if each != found and each.end):
            return found
        return replace(found, value=whole.value)  # where the thing is: that part of the message is the tool's

    def _may_be(self, leaf: Leaf, span: Span) -> bool:
        """Whether something may be a field's that the text need not speak of: no amount, nor what one is paid for."""
        if leaf.field.tool or not (leaf.optional or _P["may_lack"].search(leaf.field.description)):
            return True
        kinds = self.scorer.sentence.kinds(span.first, span.last) - {"#none"}
        own = {*self.scorer.told(leaf).kinds} - {"#none"}
        bought = any(what.start <= span.start < what.end for _, what in phrases.priced(self.text))
        amount = any(q.unit == "money" and span.start <= q.start < span.end for q in self.reading.quantities)
        return not amount and not (bought and own and kinds and not own & kinds)

    def _told_code(self, leaf: Leaf) -> Found | None:
        """The one code that the text calls by the parameter's name: "my customer id is 4711"."""
        if leaf.kind != "id" or not leaf.field.tool:
            return None
        told = {each.value: each for each in self.called(leaf.field)}
        code = next(iter(told.values())) if len(told) == 1 else None
        return code if code and re.search(r"\d", code.value) else None

    def _told_so(self, leaf: Leaf) -> Found | None:
        """What a tool is told in so many words: "under the name Novak", "remind me to water the plants"."""
        field, tool = leaf.field, leaf.field.tool
        bought = field.named("what", "item", "purpose", "description")
        spoken = "translat" in tool.casefold() and field.named("text", "phrase", "sentence", "word")
        ways = (
            (_P["under_name"], field.named("name", "guest", "customer", "person")),
            (_P["errand"], field.named("title", "text", "note", "reminder", *WORDS["errands"])),
            (_P["hashtag"], field.named("tag", "hashtag", "label")),
            (_P["numbered"], field.named("line", "bus", "tram", "route", "train")),
            (_P["spent_on"], bought),
            (_P["bought"], bought),
            (_P["said_that"], leaf.kind == BODY),
            (_P["said_in"], spoken),
        )
        found = (pattern.search(self.text) for pattern, is_for in ways if is_for and tool)
        match = next(filter(None, found), None)
        if not match:
            return None
        said = match["value"]
        return Found(capital(said) if match.re is _P["said_that"] else said, *match.span("value"))

    def _as_found(self, leaf: Leaf, span: Span) -> Found:
        same = next((f for f in leaf.candidates if (f.start, f.end) == (span.start, span.end)), None)
        value = self.scorer.spelled(leaf).get(stems_of(span.value), span.value)
        if leaf.kind == BODY and {"lead:that", "lead:saying"} & set(span.signs):
            value = capital(value)
        if _P["last_name"].search(leaf.field.description):
            value = value.rpartition(" ")[2]
        longer = next((n for n in self.reading.names if n.start == span.start and n.end > span.end), None)
        if longer and not same and self.text[span.end : longer.end].strip()[:1].islower():
            return longer  # "Jan de Vries"
        return same or Found(value, span.start, span.end)

    def _phrase(self, leaf: Leaf, taken: Sequence[Found]) -> Found | None:
        """What the text says for a field that no kind and no name is for: after its label, code, a sum, all of it."""
        quoted = self.reading.quotes if "translate" in leaf.field.tool.casefold() else ()
        if leaf.kind == "question":
            return quoted[0] if len(quoted) == 1 else Found(self.text, 0, 0)
        shaped = {"source": _P["code"], "expression": _SUM}.get(leaf.kind)
        match = shaped.search(self.text) if shaped else None
        said = Found(match[0].strip("` "), *match.span()) if match else None
        said = said or phrases.labelled(leaf.field.name, self.text)
        bound = leaf.schema.get("format") or leaf.schema.get("pattern")
        if said is None or (bound and not valid(said.value, leaf.schema)):
            return None
        clash = any(said.overlaps(each) for each in taken if each.end)
        return None if clash or (not leaf.field.tool and leaf.kind in _BY_SHAPE) else said


def _with(leaf: Leaf, candidates: Sequence[Found]) -> Leaf:
    return replace(leaf, candidates=candidates)
