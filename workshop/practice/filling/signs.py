"""The signs of a span: what its form, the words around it and what the tool says speak for or against a parameter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from functools import lru_cache

from workshop.practice.conversation import Conversation
from workshop.practice.filling import alike
from workshop.practice.filling.clauses import Clauses, parsed
from workshop.practice.filling.matching import Leaf
from workshop.practice.filling.schema import properties_of
from workshop.practice.filling.sentence import all_roots, root
from workshop.practice.filling.spans import Span
from workshop.practice.filling.told import DAYS, Told, form, in_rules, shape, stems_of, told
from workshop.practice.reading.lexicon import concepts
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import fold

_POINTS, _THAT_ONE = PATTERNS["scoring"]["points"], PATTERNS["scoring"]["that_one"]


@lru_cache(maxsize=16)
def _spaced(text: str) -> str:
    """The words of a text with a space around each, to look for others in it."""
    return " ".join(["", *re.findall(r"[^\W_]+", fold(text)), ""])


_HEARD = 20_000
"""Letters of earlier results in which values are looked for."""
_LINKS = frozenset({"is", "ist", "the", "number", "no", "called", "named", "of"})
"""Words between a label and its value."""
_NEAR = 4
"""Words before a span among which a parameter's name speaks for it."""


@lru_cache(maxsize=8)
def _makers(conversation: Conversation) -> list[tuple[frozenset[str], Set[str]]]:
    """What the names of the tools say that they give, with the names of what they take for it."""
    return [(all_roots(tool.name), properties_of(tool.parameters).keys()) for tool in conversation.functions]


class Signs:
    """The signs of the spans of a text."""

    def __init__(self, text: str, conversation: Conversation, *, again: bool = False) -> None:
        """`again`: whether the text may add to a record that was given before."""
        self._again = again
        self.sentence: Clauses = parsed(text)
        self.scores: dict[str, dict[tuple[int, int], tuple[float, Span]]] = {}
        """What each span weighs for each parameter, for those above zero."""
        self._conversation = conversation
        self.long: Set[str] = frozenset()
        """Names of the parameters for what is said at length."""
        past = "\n".join(answered.output or "" for answered in conversation.past)[-_HEARD:]
        self._heard = {"instructed": _spaced(conversation.instructions), "returned": _spaced(past)}
        asked = conversation.own[-1] if conversation.answers_a_question else ""
        self._asked = all_roots(asked)
        self._known = {name for answered in conversation.past for name in answered.arguments}
        self._points = bool(_POINTS.search(text))
        self._that_one = bool(_THAT_ONE.search(text))

    def signs(self, leaf: Leaf, span: Span, others: Sequence[Leaf]) -> Iterator[str]:
        """What speaks for or against a span beside its place in the text."""
        own = self.told(leaf)
        tokens = self.sentence.tokens
        plain = fold(span.value)
        inside = [root(t.text) for t in tokens[span.first : span.last + 1]]
        if "weekday" in span.signs:
            yield "weekday:wanted" if own.roots & DAYS else "weekday:other"
        yield "optional" if own.optional else "required"
        near = tokens[max(span.first - _NEAR, 0) : span.first] + tokens[span.last + 1 : span.last + 2]
        if own.optional and leaf.field.tool and own.roots & {root(token.text) for token in near}:
            yield "optional:named"
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
            alike = shape(span.value) in told.shapes - own.shapes and not plain.isalpha()
            if alike or plain in told.examples | told.listed - own.listed - own.examples:
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
        tokens = self.sentence.tokens
        before = tokens[max(span.first - 1, 0) : span.first] if not tokens[span.first].gap else []
        for sign, token in (("is", tokens[span.last]), *(("noun", each) for each in before)):
            if alike.is_a(token.text, leaf.field.name):
                yield f"{sign}:own"
            elif any(alike.is_a(token.text, other.field.name) for other in others):
                yield f"{sign}:other"

    def _before(self, name: str, own: Told) -> Iterator[str]:
        """What the conversation before says of a parameter: it is asked for, it was given."""
        if own.roots & self._asked:
            yield "asked"
        elif self._asked:
            yield "asked:other"
        if name in self._known:
            yield "known:it" if self._points else "known"
        if any(own.roots & made and name not in taken for made, taken in _makers(self._conversation)):
            yield "fetched"

    def _labels(self, own: Told, span: Span, others: Sequence[Leaf]) -> Iterator[str]:
        tokens = self.sentence.tokens
        n = span.first - 1
        if n >= 0 and tokens[span.first].gap in ("", ":"):
            while n > max(0, span.first - 3) and tokens[n].plain in _LINKS and not tokens[n].gap:
                n -= 1
            said = root(tokens[n].text)
            linked = ":linked" if n < span.first - 1 else ""
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
        behind = self.sentence.behind(span.last)
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

    def told(self, leaf: Leaf) -> Told:
        field = leaf.field
        beside = self._conversation.beside.get(field.name, "")
        about = field.tool or f"record {field.record}"
        default = leaf.schema.get("default")  # it is an example
        shown = f". Such as {default}." if isinstance(default, str) and default else ""
        return told(field.name, field.description + shown, about, leaf.kind, leaf.optional, beside)
