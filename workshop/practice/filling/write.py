"""The simple values of a structured answer: told by tools, found in the text, composed, or "not stated"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workshop.practice.filling import bounds, choose, criteria, lists, record, rules, stated, truth
from workshop.practice.filling.compose import Composer, plans
from workshop.practice.filling.find import Finder, Offers
from workshop.practice.filling.kinds import BODY, Field, kind_of
from workshop.practice.filling.returned import returned
from workshop.practice.filling.schema import Schema, properties_of, resolved, solid, type_of
from workshop.practice.reading import read
from workshop.practice.reading.language import NAMES
from workshop.practice.reading.lexicon import concepts
from workshop.practice.reading.numbers import Quantity, number_of, range_in
from workshop.practice.reading.shapes import Found
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS
from workshop.practice.talking import stories

_DEGREES = ("confidence", "probability", "score", "certainty", "likelihood", "relevance")
_PER_POINT = PATTERNS["criteria"]["point_off"]
_WRITTEN = frozenset({BODY, "title", "topic", "question"})
"""Kinds of texts that may be written, rather than read."""
_LABEL = 6
"""The most words of a label."""
_PLACES = ("step", "index", "order", "rank", "priority", "id", "position")


class Writer:
    """A text and what belongs to it, asked field by field. `found` is what the text offers for the field."""

    def __init__(self, finder: Finder, material: str) -> None:
        self.finder = finder
        self.composer = Composer(finder, material)
        self._material = material
        self._reading = finder.reading

    def about(self, part: str) -> Writer:
        """The same for a part of the text: one entry of a list."""
        return Writer(Finder(self.finder.conversation, part, part=True), self._material)

    # What is known of a record before its fields are filled.

    def returned(self, schema: Schema, root: Schema) -> dict[str, Any]:
        """What tools have returned for the fields of a record."""
        if self.finder.part:
            return {}
        conversation = self.finder.conversation
        names, done = {tool.name for tool in conversation.functions}, conversation.done
        own = [each for each in done if each.name in names] if conversation.was_handed_over else []
        return returned(schema, root, own or done, conversation.functions)

    def stated(self, schema: Schema, root: Schema, field: Field) -> tuple[dict[str, str], Finder]:
        """What the text states for fields by itself, and what offers something for the others."""
        finder, composer = self.finder, self.composer
        if field.tool or composer.checked or (composer.researches and not finder.part):
            return {}, finder
        if any(self.jokes(Field(name), {"type": "string"}) for name in properties_of(schema)):
            return {}, finder  # an order states nothing
        said, rest = stated.stated(field, schema, root, finder.text)
        return said, finder if rest == finder.text else Finder(finder.conversation, rest)

    def before(
        self, schema: Schema, root: Schema, offers: Offers, said: Mapping[str, str], told: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """The record that was given before, where the text adds to it."""
        read = [n for n in offers if kind_of(Field(n), properties_of(schema)[n]) not in _WRITTEN]
        self.composer.reads = len(read) + len(told) + len(said) > 1
        named = {n: each.value for n, each in offers.items()} | {**said, **told}
        return record.added_to(self.finder.before, named, schema, root)

    # Simple values.

    def string(self, field: Field, schema: Schema, found: Found | None) -> str:
        bound = schema.get("format") or schema.get("pattern")
        planned = plans(Field(field.owner))  # a search is thought of, not read out
        reasons = () if self.composer.checked else WORDS["reasons"]
        readable = field.named(*WORDS["extracted"], *reasons) and not field.booleans
        entry = self.finder.part and field.named("subject", "topic", "title")
        read_out = found and ((self.composer.extracts and not planned and readable) or entry)
        composed = "" if bound or read_out else self.composer.text(field)
        if composed:
            return composed
        if found is not None or bound:
            return bounds.formed(str(found.value), field.description) if found else self._reading.text
        kind = kind_of(field, schema)
        if kind == "language":
            return NAMES.get(self.finder.conversation.user_language, ("unknown",))[0]
        return self.composer.anything(field) if kind in ("other", BODY) else self.composer.not_stated

    def number(self, field: Field, schema: Schema, found: Found | None) -> float | None:
        """A number from the text or from a tool, or what the rules say it is; a middling degree for scores; else none."""
        stated = self._grade(field, schema) or self._stated(field, found)
        stated = rules.usual(field, self.finder.conversation.instructions) if stated is None else stated
        if stated is not None:
            return stated
        if field.named(*_DEGREES):
            top = schema.get("maximum", 10 if schema.get("type") == "integer" else 1)
            return 0.8 * float(top)
        return float(field.index + 1) if field.index is not None and field.named(*_PLACES) else 0.0

    def _grade(self, field: Field, schema: Schema) -> float | None:
        """A score by the criteria: a point less for each that is not met, or the share of those that are."""
        checked = self.composer.checked
        if not checked or not field.named("score", "grade", "rating", "points", "mark"):
            return None
        rules = f"{field.description} {self.finder.conversation.instructions}"
        low, high = (Quantity(0, 0, 0), Quantity(0, 0, 0))
        stated = range_in(rules)
        if stated:
            low, high = (next(q for q in read(rules).quantities if q.start >= start) for start in stated)
        bottom = float(schema.get("minimum", low.value))
        top = float(schema.get("maximum", high.value or (10 if schema.get("type") == "integer" else 1)))
        failed = sum(not each.met for each in checked)
        if _PER_POINT.search(rules):
            return max(bottom, top - failed)
        share = bottom + (top - bottom) * (1 - failed / len(checked))
        return float(round(share)) if schema.get("type") == "integer" else round(share, 2)

    def _stated(self, field: Field, found: Found | None) -> float | None:
        """The number in the text that the field asks for: counted, computed or named."""
        text = self._reading.text
        sizes = {"word": len(text.split()), "character": len(text), "sentence": len(self._reading.sentences)}
        counted = next((size for unit, size in sizes.items() if field.named(unit)), None)
        if counted is not None and (field.named("count", "number", "length") or field.name.endswith("s")):
            return float(counted)
        steps = stories.told(text) if field.named("total", "sum") else []
        if field.named("answer", "result", "solution", "value"):
            steps = stories.steps_of(text)
        if (value := number_of(stories.value_of(steps))) is not None:
            return value
        return found.as_asked(field.words) if isinstance(found, Quantity) else None

    def boolean(self, field: Field, schema: Schema, found: Found | None) -> bool:
        return self.composer.verdict(field).value

    def choice(self, field: Field, schema: Schema, found: Found | None) -> Any:
        """The option of an enum that fits best."""
        options = [option for option in schema["enum"] if option is not None] or schema["enum"]
        if answers := truth.answers(options):
            return self._answered(answers, field, found)
        if found is not None:
            return found.value
        texts = [option for option in options if isinstance(option, str)]
        judged = choose.mark(texts, self.finder.conversation, self.composer.passes)
        return judged or self._meant(texts, field) or choose.plainest(options)

    def _answered(self, answers: Mapping[bool | None, str], field: Field, found: Found | None) -> str:
        """Yes or no as an option; the third where there is one and the text says neither."""
        said = truth.said(field, self._reading.text)
        if said is None and found and self.finder.part:
            return str(found.value)
        if None in answers and (said is None or truth.doubts(self._reading.text)):
            return answers[None]
        return answers[self.composer.verdict(field).value]

    def _meant(self, options: Sequence[str], field: Field) -> str | None:
        """The option that the text speaks for without naming it."""
        text, checked = self._reading.text, self.composer.checked
        if checked and field.index is not None:  # an entry of a list of what is wrong
            text = criteria.wrong(checked, field.index)
            if named := choose.options_named(options, text):
                return str(named[0].value)
        return choose.by_meaning(options, field, self.finder.conversation, text)

    def knows(self, field: Field, schema: Schema, found: Found | None) -> bool:
        """Whether there is anything to say in a field that may be null."""
        kind = kind_of(field, schema)
        if kind == "boolean":
            return truth.said(field, self._reading.text) is not None
        nested = kind in ("object", "array", "const")
        if found is not None or nested or (kind == BODY and not self.composer.reads):
            return True
        return kind == "question" and bool(self.composer.text(field))

    # Lists.

    def jokes(self, field: Field, items: Schema) -> list[str]:
        """The jokes that the question orders, for a field of them."""
        return self.composer.jokes if field.named("joke") and type_of(items) == "string" else []

    def listed(self, field: Field, items: Schema) -> list[Any]:
        """The simple values that the text lists; a plan, questions and what is wrong are the model's own."""
        own = ("question", "follow", "clarification", "task", "todo", "action", *WORDS["wrong"])
        if plans(field) or field.named(*own):
            return self.composer.steps(field) or self._errands(field)
        return self.jokes(field, items) or lists.listed(field, items, self.finder)

    def _errands(self, field: Field) -> list[str]:
        """What a text lists behind a colon to be done: "To do: call the bank, buy stamps"."""
        label, colon, rest = self._reading.text.partition(": ")
        listed = stated.entries(rest) if colon and len(label.split()) <= _LABEL else []
        return listed if len(listed) > 1 and field.named(*WORDS["errands"]) else []

    def is_told(self, field: Field, items: Any, root: Schema) -> bool:
        """Whether records of a list could only be a tool's, and it has returned none."""
        asked = self.finder.conversation.done and not plans(field)
        return bool(asked) and type_of(solid(items, root)) == "object"

    def parts(self, field: Field, items: Any, root: Schema) -> list[str]:
        """The parts of the text of which each is an entry."""
        if self.composer.checked and field.named(*WORDS["wrong"]):
            return []  # what is wrong is found, and not read out
        part, own = self.finder.part, plans(field)
        steps = self.composer.steps(field) if own or part else []
        read = not part and (not own or field.named("task", "todo"))
        return steps or (lists.segments(items, root, self.finder) if read else [])

    def count(self, field: Field, items: Schema) -> int:
        """How many entries a list has."""
        if (
            self.composer.extracts
            and not self.composer.researches
            and field.named("step", "steps", *WORDS["errands"])
        ):
            return 0  # what is read out is not thought of
        if "properties" not in items:
            return self.composer.count(field, 1 if isinstance(items.get("enum"), list) else 0)
        parts = [(Field(n), p) for n, p in properties_of(items).items() if isinstance(p, Mapping)]
        kinds = [(of, part, kind_of(of, part)) for of, part in parts]
        listed = [self.finder.things(*each) for each in kinds if each[2] not in ("enum", "number")]
        return self.composer.count(field, max(map(len, listed), default=0))

    def closest(self, options: Sequence[Schema], root: Schema) -> Schema:
        """The branch whose words meet the question best; the first among equals."""

        def score(branch: Schema) -> int:
            plain = resolved(branch, root)
            parts = [part for part in properties_of(plain).values() if isinstance(part, Mapping)]
            constants = " ".join(str(part.get("const", "")) for part in parts)
            told = f"{plain.get('title', '')} {plain.get('description', '')} {constants}"
            return len(self._reading.concepts & concepts(f"{told} {' '.join(properties_of(plain))}"))

        return max(options, key=score)
