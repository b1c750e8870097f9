"""What a parameter takes from earlier turns: the values that they have for it, weighed by signs with weights that
`tests/practice/learn_selection.py` has learned.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from workshop.practice.conversation import Conversation
from workshop.practice.filling.call import Arguments, kind_in
from workshop.practice.filling.kinds import BODY
from workshop.practice.filling.schema import nullable, properties_of, resolved, solid, type_of, valid
from workshop.practice.filling.spans import form_of
from workshop.practice.filling.told import shape
from workshop.practice.reading.lexicon import acts
from workshop.practice.reading.numbers import number_of
from workshop.practice.reading.tables import PATTERNS, holding, load, weighed_by
from workshop.practice.reading.text import before, fold, stems
from workshop.practice.turns import Turns, Value, band

_WEIGHTS = load("earlier", dict[str, float])
_P = PATTERNS["earlier"]
_CLEAR, _ENOUGH = 4.0, 1.0
"""What a value of the message must weigh to be kept: where it points back for a tool that reads, and else."""
_CHOSEN = frozenset({"pointed:ordinal", "pointed:figure", "back"})
"""Signs of a value that the message chooses."""


class Earlier:
    """A conversation before its last message, asked parameter by parameter."""

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self.question = conversation.question
        self.turns = Turns(conversation)

    def given(self, arguments: Arguments, *, only_missing: bool = False) -> None:
        """Give parameters that the message leaves open, or nearly so, what earlier turns have for them."""
        offers = []
        for name in arguments.unfilled if only_missing else arguments.slots:
            if not only_missing and self._is_said(arguments, name):
                continue
            weighed = [(weighed_by(_WEIGHTS, signs), each) for each, signs in self.signs(arguments, name)]
            offers += [(score, name, each.value) for score, each in weighed if score > 0]
        given: dict[str, Any] = {}
        for _, name, value in sorted(offers, key=lambda offer: -offer[0]):
            said = {n: v for n, v in arguments.spoken.items() if n not in arguments.missing}
            taken = [v for n, v in {**said, **given}.items() if n != name]
            if name not in given and not (isinstance(value, str) and value in taken):
                given[name] = value
                arguments.put(name, value)

    def _is_said(self, arguments: Arguments, name: str) -> bool:
        """Whether the message itself clearly names the value; an article counts: "an apple cake as well"."""
        slot, spans = arguments.slots[name], arguments.spans
        leads = (before(arguments.text, found.start) for n, found in spans.items() if n != name)
        if slot.kind == "number" and not slot.required and any(map(_P["article"].search, leads)):
            return True
        weight = arguments.weight(name)
        if weight is None:
            return name in arguments.spoken
        leans = self.conversation.continues or _P["points"].search(self.question)
        asks = leans and not acts(arguments.tool.name)
        return name in spans and weight >= (_CLEAR if asks else _ENOUGH)

    def signs(self, arguments: Arguments, name: str) -> Iterator[tuple[Value, list[str]]]:
        """The values for a parameter, each with what speaks for and against it."""
        tool, root = arguments.tool, arguments.tool.parameters
        raw, kind = properties_of(root)[name], kind_in(tool, name)
        if kind in (BODY, "array", "object"):
            return
        part, may_lack = solid(raw, root), name not in (root.get("required") or ())
        optional = may_lack or "default" in resolved(raw, root) or nullable(raw, root)
        common = [*self._message(arguments, name), f"kind:{kind}", f"type:{type_of(part)}"]
        common += ["optional" if optional else "required", *["acts"] * acts(tool.name)]
        seen: set[str] = set()
        told = self.turns.values(tool, name, kind)
        fitting = [Value(v, each.signs) for each in told if (v := _fitted(each.value, part)) is not None]
        chosen = [each for each in fitting if _CHOSEN & {*each.signs} and "bare" not in each.signs]
        for value in chosen or fitting:
            plain = fold(str(value.value))
            if plain in seen or self._is_no_news(value.value, str(arguments.spoken.get(name, ""))):
                continue
            seen.add(plain)
            own = [*value.signs, *self._form(value.value, arguments, name, part)]
            own += ["nearest"] * (len(seen) == 1)
            yield value, ["bias", *common, *own, *(f"{a}+{b}" for a in own[:2] for b in common)]

    def _is_no_news(self, value: Any, said: str) -> bool:
        """Whether a value names nobody ("four"), or the message has told it, or another in its place."""
        counts = isinstance(value, str) and value.isalpha() and number_of(value) is not None
        return counts or self._is_another(value) or fold(str(value)) in fold(said)

    def _message(self, arguments: Arguments, name: str) -> Iterator[str]:
        found, weight = arguments.spans.get(name), arguments.weight(name)
        placed = found is not None and found.end > found.start
        if placed and weight is not None:
            yield f"text:{band(weight)}"
        else:
            yield "text:shaped" if placed or name in arguments.spoken else "text:none"
        short, continues = len(self.question.split()) <= 4, self.conversation.continues
        points, again = _P["points"].search(self.question), _P["again"].search(self.question)
        yield from holding({"points": points, "again": again, "short": short, "continues": continues})
        last = self.conversation.past[-1] if self.conversation.past else None
        if last is None or last.name != arguments.tool.name:
            yield "other:tool"
            return
        yield "same:tool"
        if any(other != name and last.arguments.get(other) != v for other, v in arguments.spoken.items()):
            yield "changes"
            if _P["same"].search(self.question):
                yield "changes:same"

    def _is_another(self, before: Any) -> bool:
        """Whether the message names another one of a numbered kind: invoice 3, not invoice 1."""
        named = re.escape(fold(str(before)))
        alike = re.search(rf"\b{re.sub(r'[0-9]+', r'[0-9]+', named)}\b", fold(self.question))
        return named != str(before) and alike is not None and alike[0] != fold(str(before))

    def _form(self, value: Any, arguments: Arguments, name: str, part: Mapping[str, Any]) -> Iterator[str]:
        text = str(value)
        told = str(part.get("description", "")) + " " + arguments.tool.description
        if fold(text) in fold(told):
            yield "listed"
        shown = re.findall(r"[A-Z]*-?\d+\w*", told)
        if any(shape(text) == shape(each) for each in shown):
            yield "shape"
        if re.search(rf"(?<!\w){re.escape(fold(text))}(?!\w)", fold(self.question)):
            yield "in:message"
        elif stems(text) & stems(self.question):
            yield "partly:message"
        if any(fold(text) == fold(str(v)) for n, v in arguments.spoken.items() if n != name):
            yield "other's"
        yield f"form:{form_of(text) if isinstance(value, str) else 'number'}"
        if any(v == value for a in self.conversation.past[-1:] for v in a.arguments.values()):
            yield "in:last"


def _fitted(value: Any, part: Mapping[str, Any]) -> Any:
    """A value as a parameter takes it; None where it can't."""
    wanted = type_of(part)
    if wanted in ("integer", "number") and isinstance(value, str) and re.fullmatch(r"\d+(?:\.\d+)?", value):
        value = float(value) if "." in value else int(value)
    if wanted == "string" and isinstance(value, (int, float)):
        value = str(value)
    return value if value not in ("", None) and valid(value, part) else None
