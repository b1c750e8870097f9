"""How much a span of a text is meant for a parameter of a tool, by its signs and weights that
`tests/practice/learn_weights.py` has learned; and which spans all parameters get together.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import lru_cache
from math import fsum

from workshop.practice.filling import phrases
from workshop.practice.filling.kinds import BODY
from workshop.practice.filling.matching import Leaf
from workshop.practice.filling.sentence import all_roots, root
from workshop.practice.filling.signs import Signs
from workshop.practice.filling.spans import Span
from workshop.practice.filling.told import ACCOUNT, Told, form, in_rules
from workshop.practice.reading.dates import WEEKDAYS
from workshop.practice.reading.shapes import Found
from workshop.practice.reading.tables import PATTERNS, load
from workshop.practice.reading.text import before as before_of
from workshop.practice.reading.text import fold, word_set

_WEIGHTS = load("weights", dict[str, dict[str, float]])
_P = PATTERNS["scoring"]
_SAME = word_set("same that selben gleichen")
_CROSSED = ("after:", "before:", "is:", "form:")
"""Signs that say more together with what the parameter's value names."""
_DOERS = frozenset({"to", "i", "just", "we"})
"""Words before a deed."""
_NAMES = frozenset({"label", "place", "company", "person"})
_CAPITALS = frozenset({"name", "upper", "camel"})
_BEST, _BEAM = 8, 24
"""Spans of a parameter, and assignments of all, that are tried together."""


class Scorer(Signs):
    """The spans of a text, weighed for the parameters of a tool."""

    def listed(self, name: str, found: Found) -> list[Found]:
        """A span that a parameter got, with those that are in a list with it: "A, B and C"."""
        offers = self.scores.get(name, {})
        span = offers.get((found.start, found.end), (0.0, None))[1]
        if span is None or "long" in span.signs:
            return [found]
        alike = [(n, s) for n, s in offers.values() if "and" not in s.signs and _alike(s, span)]
        run = _run(self.sentence.text, span, alike)
        return [found if each is span else Found(each.value, each.start, each.end) for each in run]

    def spelled(self, leaf: Leaf) -> Mapping[str, str]:
        """The values that a tool or the instructions ("Our rooms are Ada and Grace") name, by their stems."""
        ruled = in_rules(leaf.field.name, self._conversation.instructions)
        return {**self.told(leaf).spelled, **ruled}

    def weighed(self, leaf: Leaf, others: Sequence[Leaf], taken: Sequence[Found]) -> list[tuple[float, Span]]:
        """The spans that are free, with their scores: above zero they are rather meant than not."""
        told = self.told(leaf)
        own = columns(told.group, record=not leaf.field.tool)
        spans = self.offered(leaf, taken)
        beside = (weight(self.signs(leaf, span, others), own) for span in spans)
        return [(_placed(s.signs, told.kinds, own) + n, s) for s, n in zip(spans, beside, strict=True)]

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
            short = [s for s in short if _P["coded"].search(s.value) or "quoted" in s.signs]
        short = [span for span in short if "quoted" in span.signs or not self._only_names(span, leaf)]
        short = [span for span in short if "quoted" in span.signs or not self._is_said_of(span)]
        group = own.group
        if not leaf.field.tool and leaf.kind in _NAMES:  # "one last night", "Saturday"
            short = [
                s for s in short if fold(s.value).rstrip("s") not in WEEKDAYS and not phrases.lasts(s.value)
            ]
        if leaf.kind == "person":  # nobody is called 650-123, or "Bill" where it is Bill 8814
            short = [s for s in short if any(map(str.isalpha, s.value)) and not self._numbered(leaf, s)]
            short = [s for s in short if leaf.field.tool or not s.value[0].isdigit()]
            text = self.sentence.text
            short = [s for s in short if not _P["in_month"].match(text[max(0, s.start - 3) : s.end])]
            short = [s for s in short if not (s.value.islower() and s.value.endswith("ing"))]
        if group not in (BODY, ACCOUNT):
            return short
        long = self.sentence.clauses(taken, own.roots, deeds=not leaf.field.tool)
        if group == ACCOUNT:
            return [*short, *long]
        quoted = [span for span in short if "quoted" in span.signs]
        return [*quoted, *(s for s in long if s.first < s.last and "names:only" not in s.signs)]

    def _is_said_of(self, span: Span) -> bool:
        """Whether a span says what something is like, or what is done with whom it names: "I fed Bella"."""
        tokens, text = self.sentence.tokens, self.sentence.text
        first, rest = tokens[span.first], tokens[span.first + 1 : span.last + 1]
        led = tokens[span.first - 1].plain if span.first and not first.gap else ""
        done = led in _DOERS and first.text.islower() and any(each.text[0].isupper() for each in rest)
        return done or bool(_P["said_to_be"].search(before_of(text, span.start)))

    def _refers_back(self, name: str, own: Told) -> bool:
        """Whether a parameter is said to be what it was before: "on the same project"."""
        named = name in self._known and own.group not in ("person", BODY, ACCOUNT)
        if named and self._that_one and not own.optional:
            return True
        pairs = itertools.pairwise(self.sentence.tokens)
        same = (behind for token, behind in pairs if token.plain in _SAME and not behind.gap)
        return any(root(behind.text) in own.roots for behind in same)

    def _numbered(self, leaf: Leaf, span: Span) -> bool:
        """Whether a sentence begins with a span that a number goes with: "Invoice 2207"."""
        behind = self.sentence.tokens[span.last + 1 : span.last + 2]
        numbered = any(not each.gap and each.text[0].isdigit() for each in behind)
        return numbered and self.sentence.starts(span.first) and leaf.field.index is None

    def _only_names(self, span: Span, leaf: Leaf) -> bool:
        """Whether a span has no word but the parameter's own name: "the same project", "my customer ID"."""
        own, tokens = self.told(leaf), self.sentence.tokens[span.first : span.last + 1]
        named = own.roots | all_roots(leaf.field.name)
        return {root(token.text) for token in tokens} <= named and fold(span.value) not in own.examples

    def assigned(
        self, leaves: Sequence[Leaf], shaped: Sequence[Leaf], taken: Sequence[Found], least: float = 0.0
    ) -> dict[str, tuple[float, Span]]:
        """The spans that the parameters get, so that together they fit best; none of two overlap."""
        for leaf in leaves:
            others = [other for other in (*leaves, *shaped) if other is not leaf]
            weighed = sorted(self.weighed(leaf, others, taken), key=lambda each: each[0])
            self.scores[leaf.field.name] = {(s.start, s.end): (score, s) for score, s in weighed}
        self.long = {leaf.field.name for leaf in leaves if self.told(leaf).group in (BODY, ACCOUNT)}
        names = (leaf.field.name for leaf in leaves)
        return self._best({name: [*self.scores[name].values()] for name in names}, least)

    def fitting(self, names: Set[str], taken: Sequence[Found], begin: int, end: int) -> dict[str, Span]:
        """The spans inside a piece of the text that parameters get there."""

        def inside(span: Span) -> bool:
            return begin <= span.start and span.end <= end and bool(free([span], taken))

        own = ((name, scores.values()) for name, scores in self.scores.items() if name in names)
        best = self._best({name: [(n, s) for n, s in listed if inside(s)] for name, listed in own}, 0.0)
        return {name: span for name, (_, span) in best.items()}

    def _best(
        self, offers: Mapping[str, Sequence[tuple[float, Span]]], least: float
    ) -> dict[str, tuple[float, Span]]:
        states: list[tuple[float, dict[str, tuple[float, Span]]]] = [(0.0, {})]
        good: list[tuple[str, list[tuple[float, Span]]]] = []
        for name, every in offers.items():
            ranked = sorted((e for e in every if e[0] > least), key=lambda e: (-e[0], e[1].start))
            good.append((name, ranked[:_BEST]))
        for name, listed in sorted(good, key=lambda offer: -offer[1][0][0] if offer[1] else 0):
            grown = list(states)
            for total, given in states:
                for score, span in listed:
                    held = [s for n, (_, s) in given.items() if n not in self.long or "long" not in s.signs]
                    clash = any(s.start < span.end and span.start < s.end for s in held)
                    if "long" in span.signs or not clash:
                        grown.append((total + score, {**given, name: (score, span)}))
            states = sorted(grown, key=lambda state: -state[0])[:_BEAM]
        return states[0][1]


def _alike(one: Span, other: Span) -> bool:
    """Whether two spans are written alike; the first word of a sentence has a capital in any case."""
    forms = {form(one.value), form(other.value)}
    begins = {
        form(each.value.lower()) if "begins" in each.signs else form(each.value) for each in (one, other)
    }
    return len(forms) == 1 or forms <= _CAPITALS or len(begins) == 1


def _run(text: str, span: Span, offers: Sequence[tuple[float, Span]]) -> list[Span]:
    """The entries of the list that a span is in; only it where no "and", "or" or colon makes it a list."""
    listed, links = [span], list[re.Match[str]]()
    while link := _P["next"].match(text, listed[-1].end):
        later = (each for each in offers if each[1].start >= link.end())
        behind = [each for each in later if _P["little"].fullmatch(text[link.end() : each[1].start])]
        if not behind:
            break
        closed = [s for _, s in behind if _P["next"].match(text, s.end)]
        listed.append(
            min(closed, key=lambda s: s.end)
            if closed
            else max(behind, key=lambda e: ("whole" in e[1].signs, e[0]))[1]
        )
        links.append(link)
    while before := [
        (n, s, link)
        for n, s in offers
        if s.end <= listed[0].start
        and (link := _P["next"].match(text, s.end))
        and link.end() <= listed[0].start
        and _P["little"].fullmatch(text[link.end() : listed[0].start])
    ]:
        _, first, link = max(before, key=lambda each: each[0])
        listed.insert(0, first)
        links.append(link)
    joined = any(link["last"] or link["only"] or "&" in link[0] for link in links)
    return listed if joined or _P["after_label"].search(before_of(text, listed[0].start)) else [span]


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
    return fsum(row.get(column, 0.0) for row in rows for column in columns)
