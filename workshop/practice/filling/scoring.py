"""How much a span of a text is meant for a parameter of a tool: signs of its place, its form and what the tool says,
with weights that `tests/practice/learn_weights.py` has learned; and which spans all parameters get together.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import lru_cache

from workshop.practice.conversation import Conversation
from workshop.practice.filling import alike
from workshop.practice.filling.clauses import Clauses, parsed
from workshop.practice.filling.kinds import BODY
from workshop.practice.filling.matching import Leaf
from workshop.practice.filling.sentence import root
from workshop.practice.filling.spans import Span
from workshop.practice.filling.told import ACCOUNT, DAYS, Told, form, in_rules, shape, stems_of, told
from workshop.practice.reading.lexicon import concepts
from workshop.practice.reading.shapes import Found
from workshop.practice.reading.tables import load
from workshop.practice.reading.text import fold, word_set, words

_WEIGHTS = load("weights", dict[str, dict[str, float]])
_CODED = re.compile(r"[\d_/-]|[A-Z]{2}")
_POINTS = re.compile(
    r"(?i)\b(?:it|its|that|this|them|they|those|these|there|same|ones?|him|her|his|he|she|again|also|too)\b"
)
_SAME = word_set("same that selben gleichen")
_CROSSED = ("after:", "before:", "is:", "form:")
"""Signs that say more together with what the parameter's value names."""
_LEAST_LISTED = -2.5
"""What an entry of a list must weigh beside one that is meant."""
_CAPITALS = frozenset({"name", "upper", "camel"})
_BEST, _BEAM = 8, 24
"""Spans of a parameter, and assignments of all, that are tried together."""


class Scorer:
    """The spans of a text, weighed for the parameters of a tool."""

    def __init__(self, text: str, conversation: Conversation, *, again: bool = False) -> None:
        """`again`: whether the text may add to a record that was given before."""
        self._again = again
        self.sentence: Clauses = parsed(text)
        self.scores: dict[str, dict[tuple[int, int], tuple[float, Span]]] = {}
        """What each span weighs for each parameter, for those above zero."""
        self._conversation = conversation
        self.long: Set[str] = frozenset()
        """Names of the parameters for what is said at length."""
        past = "\n".join(answered.output or "" for answered in conversation.past)
        self._heard = {"instructed": _spaced(conversation.instructions), "returned": _spaced(past)}
        asked = conversation.own[-1] if conversation.answers_a_question else ""
        self._asked = frozenset(map(root, words(asked)))
        self._known = {name for answered in conversation.past for name in answered.arguments}
        self._points = bool(_POINTS.search(text))
        self._that_one = bool(re.search(r"(?i)\b(?:that|this|the same) one\b", text))
        self._makers = [
            (frozenset(map(root, words(tool.name))), tool.parameters.get("properties") or {})
            for tool in conversation.functions
        ]
        """What the names of the tools say that they give, with what they take for it."""

    def signs(self, leaf: Leaf, span: Span, others: Sequence[Leaf]) -> Iterator[str]:
        """What speaks for or against a span beside its place in the text."""
        own = self.told(leaf)
        tokens = self.sentence.tokens
        plain = fold(span.value)
        inside = [root(t.text) for t in tokens[span.first : span.last + 1]]
        if "weekday" in span.signs:
            yield "weekday:wanted" if own.roots & DAYS else "weekday:other"
        yield "optional" if own.optional else "required"
        if not leaf.field.tool:
            yield "record:optional" if own.optional else "record"
            if self._again:
                yield "record:again"
            if leaf.field.index is not None:
                yield "record:entry"
        yield from self._before(leaf.field.name, own)
        if plain in own.examples or stems_of(span.value) in own.spelled:
            yield "example"
        elif own.examples:
            yield "form:same" if form(span.value) in own.forms else "form:other"
            if shape(span.value) in own.shapes:
                yield "shape:same"
            if re.sub(r"\d+", "9", span.value) in own.exact:
                yield "shape:exact"
        else:
            yield "no_examples"
        if plain in own.listed and plain not in own.examples:
            yield "listed"
        for other in others:
            told = self.told(other)
            if plain in told.examples | told.listed - own.listed - own.examples or (
                told.shapes and shape(span.value) in told.shapes - own.shapes and not plain.isalpha()
            ):
                yield "example:other"
        if ruled := in_rules(leaf.field.name, self._conversation.instructions):
            yield "ruled" if stems_of(span.value) in ruled else "ruled:other"
        for sign, heard in self._heard.items():
            if heard and len(plain) > 2 and _spaced(plain) in heard:
                yield sign
        yield from self._labels(own, span, others)
        yield from self._own_words(own, span, inside, others)
        if not leaf.field.tool:
            yield from self._families(leaf, span, others)
        yield from self._found(leaf, span)

    def _families(self, leaf: Leaf, span: Span, others: Sequence[Leaf]) -> Iterator[str]:
        """Whether a span, or the noun right before it, is of the family that a field's name names: "my cat Milo"."""
        last, before = self.sentence.tokens[span.last], span.first - 1
        noun = before >= 0 and not self.sentence.tokens[span.first].gap and self.sentence.tokens[before]
        if alike.is_a(last.text, leaf.field.name):
            yield "is:own"
        elif any(alike.is_a(last.text, other.field.name) for other in others):
            yield "is:other"
        if noun and alike.is_a(noun.text, leaf.field.name):
            yield "noun:own"
        elif noun and any(alike.is_a(noun.text, other.field.name) for other in others):
            yield "noun:other"

    def _before(self, name: str, own: Told) -> Iterator[str]:
        """What the conversation before says of a parameter: it is asked for, it was given."""
        if own.roots & self._asked:
            yield "asked"
        elif self._asked:
            yield "asked:other"
        if name in self._known:
            yield "known:it" if self._points else "known"
        if any(own.roots & made and name not in taken for made, taken in self._makers):
            yield "fetched"

    def _labels(self, own: Told, span: Span, others: Sequence[Leaf]) -> Iterator[str]:
        tokens = self.sentence.tokens
        n, links = span.first - 1, 0
        if n >= 0 and tokens[span.first].gap in ("", ":"):
            while (
                n > 0
                and links < 2
                and (
                    tokens[n].plain in ("is", "ist", "the", "number", "no", "called", "named", "of")
                    and not tokens[n].gap
                )
            ):
                n, links = n - 1, links + 1
            said = root(tokens[n].text)
            linked = ":linked" if links else ""
            if said in own.roots:
                yield f"label{linked}"
            elif said in own.about:
                yield f"label:about{linked}"
            for other in others:
                if said in self.told(other).roots:
                    yield "label:other"
        n = span.first
        if n and not tokens[n].gap and tokens[n - 1].kind == "determiner":
            n -= 1
        before = tokens[n - 1] if n and not tokens[n].gap else None
        if before and self._orders(n - 1, own):
            yield "object:tool"
        if self._orders(span.first, own):
            yield "order:tool"
        if before and before.plain in own.leads:
            yield "lead"
        if before and before.kind == "preposition":
            for other in others:
                if before.plain in self.told(other).leads and before.plain not in own.leads:
                    yield "lead:other"
        behind = (
            tokens[span.last + 1] if span.last + 1 < len(tokens) and not tokens[span.last + 1].gap else None
        )
        if behind and root(behind.text) in own.roots:
            yield "label:behind:ing" if span.value.endswith("ing") else "label:behind"

    def _orders(self, n: int, own: Told) -> bool:
        """Whether a word is the tool's own verb, where a request begins with it."""
        tokens = self.sentence.tokens
        opens = self.sentence.starts(n) or tokens[n].gap or tokens[n - 1].kind in ("adverb", "pronoun")
        return bool(opens) and root(tokens[n].text) in own.verbs

    def _own_words(
        self, own: Told, span: Span, inside: Sequence[str], others: Sequence[Leaf]
    ) -> Iterator[str]:
        if inside[-1] in own.roots:
            whole = re.search(r"ing \w+$", span.value)  # "living room"
            yield "own" if len(inside) < 2 else "own:last:ing" if whole else "own:last"
        elif inside[0] in own.roots:
            yield "own:first"
        if any(inside[-1] in self.told(other).roots for other in others):
            yield "other:name"
        if any(each.startswith("#") for each in concepts(span.value) & own.concepts):
            yield "tool:concept"
        met = [root in own.tool for root in inside]
        if all(met):
            yield "tool:all"
        elif met[-1]:
            yield "tool:last"
        elif any(met):
            yield "tool:some"
        if inside[-1] in own.tool_name:
            yield "tool:name"

    def _found(self, leaf: Leaf, span: Span) -> Iterator[str]:
        if not leaf.candidates:
            yield "found:none"
            return
        exact = any(f.start == span.start and f.end == span.end for f in leaf.candidates)
        partly = any(f.start < span.end and span.start < f.end for f in leaf.candidates)
        yield "found" if exact else "found:part" if partly else "found:other"

    def listed(self, name: str, found: Found, least: float = _LEAST_LISTED) -> list[Found]:
        """A span that a parameter got, with those that are in a list with it: "A, B and C"."""
        offers = self.scores.get(name, {})
        span = offers.get((found.start, found.end), (0.0, None))[1]
        if span is None or "long" in span.signs:
            return [found]
        alike = [s for n, s in offers.values() if n > least and _alike(s, span)]
        for first in sorted({span, *(s for s in alike if s.end < span.start)}, key=lambda each: each.start):
            run = _run(self.sentence.text, first, alike)
            if span in run and len(run) > 1:
                return [found if each is span else Found(each.value, each.start, each.end) for each in run]
        return [found]

    def told(self, leaf: Leaf) -> Told:
        field = leaf.field
        beside = self._conversation.beside.get(field.name, "")
        about = field.tool or f"record {field.record}"
        return told(field.name, field.description, about, leaf.kind, leaf.optional, beside)

    def spelled(self, leaf: Leaf) -> Mapping[str, str]:
        """The values that a tool or the instructions name for a parameter, by their stems: "Our rooms are Ada and
        Grace".
        """
        ruled = in_rules(leaf.field.name, self._conversation.instructions)
        return {**self.told(leaf).spelled, **ruled}

    def weighed(self, leaf: Leaf, others: Sequence[Leaf], taken: Sequence[Found]) -> list[tuple[float, Span]]:
        """The spans that are free, with their scores: above zero they are rather meant than not."""
        told = self.told(leaf)
        own = columns(told.group, record=not leaf.field.tool)
        return [
            (_placed(span.signs, told.kinds, own) + weight(self.signs(leaf, span, others), own), span)
            for span in self.offered(leaf, taken)
        ]

    def offered(self, leaf: Leaf, taken: Sequence[Found]) -> list[Span]:
        """The spans that a parameter may have."""
        short = free(self.sentence.spans, taken)
        if leaf.kind == "code":
            exact = {(f.start, f.end) for f in leaf.candidates}
            return [span for span in short if (span.start, span.end) in exact]
        own = self.told(leaf)
        if self._refers_back(leaf.field.name, own):
            return []
        if leaf.kind == "id":
            short = [s for s in short if _CODED.search(s.value) or "quoted" in s.signs]
        short = [span for span in short if "quoted" in span.signs or not self._only_names(span, own)]
        group = own.group
        if group not in (BODY, ACCOUNT):
            return short
        long = self.sentence.clauses(taken, own.roots, deeds=not leaf.field.tool)
        if group == ACCOUNT:
            return [*short, *long]
        quoted = [span for span in short if "quoted" in span.signs]
        return [*quoted, *(s for s in long if s.first < s.last and "names:only" not in s.signs)]

    def _refers_back(self, name: str, own: Told) -> bool:
        """Whether a parameter is said to be what it was before: "on the same project"."""
        tokens = self.sentence.tokens
        if (
            name in self._known
            and own.group not in ("person", BODY, ACCOUNT)
            and not own.optional
            and self._that_one
        ):
            return True
        return any(
            token.plain in _SAME and root(behind.text) in own.roots and not behind.gap
            for token, behind in itertools.pairwise(tokens)
        )

    def _only_names(self, span: Span, own: Told) -> bool:
        """Whether a span has no word but the parameter's own name: "the same project"."""
        tokens = self.sentence.tokens[span.first : span.last + 1]
        return {root(token.text) for token in tokens} <= own.roots and fold(span.value) not in own.examples

    def assigned(
        self, leaves: Sequence[Leaf], shaped: Sequence[Leaf], taken: Sequence[Found], least: float = 0.0
    ) -> dict[str, tuple[float, Span]]:
        """The spans that the parameters get, so that together they fit best; none of two overlap."""
        for leaf in leaves:
            others = [other for other in (*leaves, *shaped) if other is not leaf]
            weighed = self.weighed(leaf, others, taken)
            self.scores[leaf.field.name] = {(s.start, s.end): (score, s) for score, s in weighed}
        self.long = {leaf.field.name for leaf in leaves if self.told(leaf).group in (BODY, ACCOUNT)}
        return self._best(
            {leaf.field.name: [*self.scores[leaf.field.name].values()] for leaf in leaves}, least
        )

    def fitting(self, names: Set[str], taken: Sequence[Found], begin: int, end: int) -> dict[str, Span]:
        """The spans inside a piece of the text that parameters get there."""
        offers = {
            name: [
                (n, s) for n, s in scores.values() if begin <= s.start and s.end <= end and free([s], taken)
            ]
            for name, scores in self.scores.items()
            if name in names
        }
        return {name: span for name, (_, span) in self._best(offers, 0.0).items()}

    def _best(
        self, offers: Mapping[str, Sequence[tuple[float, Span]]], least: float
    ) -> dict[str, tuple[float, Span]]:
        states: list[tuple[float, dict[str, tuple[float, Span]]]] = [(0.0, {})]
        good = {
            name: sorted((pair for pair in listed if pair[0] > least), key=lambda p: (-p[0], p[1].start))[
                :_BEST
            ]
            for name, listed in offers.items()
        }
        for name, listed in sorted(good.items(), key=lambda offer: -offer[1][0][0] if offer[1] else 0):
            grown = list(states)
            for total, given in states:
                for score, span in listed:
                    held = [s for n, (_, s) in given.items() if n not in self.long or "long" not in s.signs]
                    if "long" in span.signs or not any(
                        s.start < span.end and span.start < s.end for s in held
                    ):
                        grown.append((total + score, {**given, name: (score, span)}))
            states = sorted(grown, key=lambda state: -state[0])[:_BEAM]
        return states[0][1]


_NEXT = re.compile(r"\s*(?:,\s*(?P<last>and|or|und|oder)?|\b(?P<only>and|or|und|oder)\b|&)\s*")
"""Between the entries of a list."""
_LITTLE = re.compile(r"(?:(?:the|a|an|my|our|in|for|on|at|to|of|about|der|die|das|den|im) ){0,2}")


def _spaced(text: str) -> str:
    """The words of a text with a space around each, to look for others in it."""
    return " ".join(["", *re.findall(r"[^\W_]+", fold(text)), ""])


def _alike(one: Span, other: Span) -> bool:
    whole = {"whole", "quoted", "bridged"} & set(one.signs)
    forms = {form(one.value), form(other.value)}
    return bool(whole) and (len(forms) == 1 or forms <= _CAPITALS)


def _run(text: str, first: Span, offers: Sequence[Span]) -> list[Span]:
    """The entries of the list that begins with a span; only it where no "and" or "or" ends the list."""
    listed, ended, end = [first], False, first.end
    while link := _NEXT.match(text, end):
        behind = [
            s for s in offers if s.start >= link.end() and _LITTLE.fullmatch(text[link.end() : s.start])
        ]
        if not behind:
            break
        listed.append(max(behind, key=lambda span: span.end))
        ended |= bool(link["last"] or link["only"] or "&" in link[0])
        end = listed[-1].end
    return listed if ended else [first]


def free(spans: Sequence[Span], taken: Sequence[Found]) -> list[Span]:
    """The spans that nothing taken touches."""
    held = [(f.start, f.end) for f in taken if f.end > f.start]
    return [s for s in spans if not any(start < s.end and s.start < end for start, end in held)]


def columns(group: str, *, record: bool) -> tuple[str, ...]:
    """The columns of the table of weights that count for a class of parameters, or of fields of a record."""
    return ("all", group, "record", f"record-{group}") if record else ("all", group)


def placed(signs: Sequence[str], kinds: Sequence[str]) -> Iterator[str]:
    """The signs of a span's place, alone and together with what a parameter's value names."""
    yield "bias"
    met = [sign for sign in signs if sign[0] == "#"]
    around = [sign for sign in signs if sign.startswith(_CROSSED)]
    yield from signs
    for kind in kinds:
        yield from (f"{kind}{sign}" for sign in met)
        yield from (f"{kind}|{sign}" for sign in around)
    yield "kind:same" if set(kinds) & set(met) else "kind:other"


@lru_cache(maxsize=16384)
def _placed(signs: tuple[str, ...], kinds: tuple[str, ...], columns: tuple[str, ...]) -> float:
    return weight(placed(signs, kinds), columns)


def weight(signs: Iterable[str], columns: Sequence[str]) -> float:
    """The sum of what signs weigh in some columns."""
    rows = [row for sign in signs if (row := _WEIGHTS.get(sign))]
    return sum(row.get(column, 0.0) for row in rows for column in columns)
