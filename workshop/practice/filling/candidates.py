"""What a text has for a field by its kind: days, amounts, people, codes, whatever is told by its shape."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Any

from workshop.practice.conversation import Conversation
from workshop.practice.filling import figures, phrases, truth
from workshop.practice.filling.choose import options_named
from workshop.practice.filling.kinds import Field, kind_of
from workshop.practice.filling.matching import Leaf
from workshop.practice.filling.offers import SHAPED
from workshop.practice.filling.schema import Schema, nullable, solid, valid
from workshop.practice.filling.told import shape
from workshop.practice.reading import dates as calendar
from workshop.practice.reading import places, read
from workshop.practice.reading.language import NAMES
from workshop.practice.reading.shapes import Found
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, fold

_P = PATTERNS["candidates"]
_LONG_CODES, _ACCOUNT = ("iban", "isbn", "imei", "vin"), 9
"""Names of codes that are never short, and how long they are at least."""
_TONGUE = re.compile(rf"\b(?i:{'|'.join(WORDS['tongues'])})\b")
"""Languages that the practice model doesn't write."""
_DATED = frozenset({"date", "time", "moment", "month"})


class Candidates:
    """A text, asked for all that a field may have."""

    def __init__(self, conversation: Conversation, text: str, *, part: bool = False) -> None:
        """`part`: the text is one entry of a list, so that all of it is about one thing."""
        self.conversation = conversation
        self.text = text
        self.part = part
        self.reading = read(text)
        self.refused: set[str] = set()
        """Fields for which a number is told in their unit that their bounds forbid: "three weeks", where 14 days are the most."""

    def leaf(self, owner: Field, name: str, part: Any, root: Schema) -> Leaf:
        """Make the leaf of a property, with the things that it may have."""
        plain = solid(part, root)
        field = owner.child(name).described(plain)
        kind = kind_of(field, plain)
        if kind == "other" and not field.tool and field.named(*WORDS["ends_of_time"]) and self.reading.times:
            kind = "moment"
        found, lacks = self.things(field, plain, kind), nullable(part, root)
        if kind == "company" and lacks:
            found = self.reading.shaped("company")  # a name alone may be anybody's
        if kind == "company" and not field.tool:
            found = [each for each in found if each.value != self.conversation.user_name]
        if kind in _DATED and not field.tool:
            found = self._told_days(field, kind, found, lacks)
        if field.index is not None and not self.part:
            found = found[field.index : field.index + 1]
        return Leaf(field, plain, kind, found, optional=lacks or "default" in plain)

    def _told_days(self, field: Field, kind: str, found: Sequence[Found], lacks: bool) -> Sequence[Found]:
        """Days and times as they are told, unless a form of their own is ordered. `lacks`: the field may be null."""
        if lacks and kind == "time":
            found = self.reading.times
        elif lacks and kind == "date" and "YYYY" in field.description:
            found = self.reading.dates  # not "next week"
        if not _P["form"].search(f"{field.description} {self.conversation.instructions}"):
            found = [self.as_written(each) for each in found]
        if kind != "date":
            return found
        days = [each for each in found if not re.match(r"\d?\d:\d\d", each.value)]
        return found if not days and field.roots & {"departur", "arrival", "return"} else days

    def as_written(self, found: Found) -> Found:
        """A day or a time of day as the text has it; a time in figures always with its minutes."""
        said = self.text[found.start : found.end]
        exact = ":" in found.value and re.fullmatch(r"[\d:.]+", said)
        return found if exact else Found(said, found.start, found.end)

    def things(self, field: Field, schema: Schema, kind: str) -> Sequence[Found]:
        """Everything in the text of the kind that a field wants, in order; several may be meant."""
        found = self._of_kind(field, schema, kind)
        if not field.tool or not {"format", "pattern"} & schema.keys():
            return found
        return [each for each in found if valid(each.value, schema)]  # what a tool forbids is never passed

    def _of_kind(self, field: Field, schema: Schema, kind: str) -> Sequence[Found]:
        match kind:
            case "code":
                shape = rf"(?<![\w-]){str(schema['pattern'])[1:-1]}(?![\w-])"
                return [Found(m[0].upper(), *m.span()) for m in re.finditer(shape, self.text)]
            case "date" if schema.get("format") == "date":
                return calendar.dated(self.text, self.conversation.today)
            case "month" if "pattern" in schema:
                return calendar.months(self.text, self.conversation.today)
            case "moment" if "pattern" in schema:
                return self._exact_moments(field)
            case "boolean":
                said_so = truth.truth(field, self.text) if field.tool else None
                return [said_so] if said_so else []
            case "version" | "system" if field.tool:
                return ()  # told by its place among a tool's words
            case "number":
                return self._numbers(field, schema)
            case "enum":
                return self._options(schema["enum"])
            case "state":
                return [Found(self._state_as(field, schema, f.value), f.start, f.end) for f in self._states]
            case "person":
                return self._people(field)
            case "language":
                spoken = [NAMES[code][0] for code in self.reading.languages_named]
                spans = [re.search(rf"(?i)\b{re.escape(name)}\b", self.text) for name in spoken]
                told = [Found(n, *(s.span() if s else (0, 0))) for n, s in zip(spoken, spans, strict=True)]
                return told or [Found(m[0], *m.span()) for m in _TONGUE.finditer(self.text)]
            case "id" | "hash":
                found = self._called_alike(field) or self._codes[: None if kind == "id" else 1]
                return [
                    each for each in found if len(each.value) >= _ACCOUNT or not field.named(*_LONG_CODES)
                ]
            case "plate":
                return self.reading.shaped("plate") or self._codes
            case "unit" if self.part:
                return [Found(q.word, q.end, q.end + len(q.word)) for q in self.reading.quantities if q.unit]
            case "place" if self.reading.shaped("street") and field.named("city", "town", "country"):
                return self.reading.countries if field.named("country") else self.reading.towns
            case "place" if not field.tool and not self.reading.locations:
                return self.reading.names
        return SHAPED[kind](self.reading) if kind in SHAPED else ()

    def _exact_moments(self, field: Field) -> list[Found]:
        """Days with their times of day: "tomorrow at 6 pm"."""
        between = "T" if re.search(r"(?i)d{2}t|\dT\d|iso", field.description) else " "
        days, hours = calendar.dated(self.text, self.conversation.today), self.reading.times
        pairs = [(f"{d.value}{between}{h.value}", d, h) for d, h in zip(days, hours, strict=False)]
        return [Found(said, min(d.start, h.start), max(d.end, h.end)) for said, d, h in pairs]

    def _numbers(self, field: Field, schema: Schema) -> list[Found]:
        found, refused = figures.numbers(field, schema, self.text, self.conversation.today, part=self.part)
        self.refused |= {field.name} if refused else set()
        return found

    def _options(self, options: Sequence[Any]) -> Sequence[Found]:
        """The options that the text names; of the days of the week also those of its dates."""
        named = options_named(options, self.text)
        if [str(day).casefold() for day in options] == [*calendar.WEEKDAYS]:
            days = calendar.dated(self.text, self.conversation.today) if not named else []
            numbers = [(date.fromisoformat(day.value).weekday(), day) for day in days]
            return named or [Found(options[n], day.start, day.end) for n, day in numbers]
        begun = phrases.command(self.text)
        verb_too = len(named) > 1 and begun and begun[0] == fold(str(named[0].value))
        return named[1:] if verb_too else named  # "Play the next song" is for the next

    def _people(self, field: Field) -> Sequence[Found]:
        names = self.reading.names
        told: Sequence[Found] = self.reading.people
        told = told if told and (field.tool or len(told) > len(names)) else names
        quoted = self.reading.quotes if field.tool else ()
        told = [f for f in told if not any(q.start <= f.start < q.end for q in quoted)]
        told = [f for f in told if not _P["venue"].search(str(f.value))]
        mails = field.named("sender", "recipient", "from", "to") and self.reading.shaped("email")
        return told or mails or ()

    def called(self, field: Field) -> list[Found]:
        """The codes that the text calls by a field's name, without the words behind them: "1234 of 2 items"."""
        told = ((e, _P["code"].match(e.value)) for e in phrases.all_labelled(field.name, self.text))
        return [Found(code[0], e.start, e.start + code.end()) if code else e for e, code in told]

    def _called_alike(self, field: Field) -> list[Found]:
        """The codes that the text calls by a field's name, with those behind that look the same: "order A-1 and B-2"."""
        called = self.called(field)
        forms = {shape(each.value) for each in called}
        alike = [
            each
            for each in self._codes
            if called and each.start > called[0].end and shape(each.value) in forms
        ]
        return called + [each for each in alike if not any(map(each.overlaps, called))]

    @cached_property
    def _codes(self) -> Sequence[Found]:
        amounts = {(q.start, q.end) for q in self.reading.quantities if q.unit}
        kept = [each for each in self.reading.codes if (each.start, each.end) not in amounts]
        return kept or self.reading.shaped("slug")

    @cached_property
    def _states(self) -> Sequence[Found]:
        named: Sequence[Found] = self.reading.state_codes
        if not named and self.text.startswith(self.conversation.question):  # a part of it says what it says
            named = [Found(state.code, 0, 0) for state in self.conversation.states]
        # a code that no state has is asked for as it was said: the tool may know better
        return named or [Found(m[1], *m.span(1)) for m in _P["said_code"].finditer(self.text)]

    @staticmethod
    def _state_as(field: Field, schema: Schema, code: str) -> str:
        """The state in the form that the field asks for: its code in a tool, else its name, unless said."""
        state = places.by_code(code)
        told = f"{field.description} {field.tool} {schema.get('pattern', '')}".casefold()
        wants_code = re.search(r"code|two-letter|abbrev|\{2\}", told) or schema.get("maxLength") == 2
        wants_name = re.search(r"full name|state name|name of (?:the|a) (?:us |u\.s\. )?state", told)
        return state.name if state and not wants_code and (wants_name or not field.tool) else code
