"""The exact form that instructions prescribe for an answer, filled in: "<term> = <translation>"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workshop.practice import outputs
from workshop.practice.conversation import Answered, Conversation
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import all_stems

_P = PATTERNS["template"]
_NEAR = 200
"""Letters before an order in which its condition is looked for."""


@dataclass(frozen=True)
class Form:
    """A form, and whether it is for the case that nothing was found."""

    text: str
    for_nothing: bool


def forms(instructions: str) -> Iterator[Form]:
    """The forms that the instructions prescribe. One for some other case ("if they ask about prices") is none."""
    for match in _P["order"].finditer(instructions):
        case = re.split(r"[.!?:;]\s|\n", instructions[max(0, match.start() - _NEAR) : match.start()])[-1]
        conditional = _P["condition"].search(case)
        if not conditional or _P["nothing"].search(case):
            body = next(group for group in match.group("code", "quoted", "bare") if group).strip()
            if match["bare"] and _P["choice"].fullmatch(body):
                continue
            if match["bare"]:
                body += _P["more"].match(instructions, match.end())[0].rstrip()  # type: ignore[index]  # it may be empty
            if match["bare"] and not _holes(body) and len(body.split()) > 2:
                body += instructions[match.end() : match.end() + 1].strip()  # a sentence has its stop
            yield Form(body, bool(conditional))


def found_nothing(output: str | None) -> bool:
    """Whether a tool's answer says that there is no such thing."""
    value = outputs.value_of(output)
    failed = outputs.error_of(output) is not None
    return failed or value in (None, "", [], {}) or bool(_P["nothing"].search(str(value)))


def filled(conversation: Conversation) -> str | None:
    """The answer in the form prescribed, a line for each call; None where none is, or where it can't be filled."""
    done = [a for a in conversation.done if a.output is not None]
    listed = [*forms(conversation.instructions)] if done else []
    lines = [_line(listed, answered) for answered in done] if listed else []
    return "\n".join(line for line in lines if line) if lines and all(lines) else None


def alone(conversation: Conversation) -> str | None:
    """What tools returned, or the part of it that alone is wanted: "Reply with the price only"."""
    wanted = _P["alone"].search(conversation.instructions)
    done = [a for a in conversation.done if a.output is not None]
    if wanted is None or any(found_nothing(a.output) for a in done):
        return None
    what = next(filter(None, wanted.groups()))
    told = [outputs.value_of(a.output) for a in done]
    parts = [e.get(_named(what, e)) if isinstance(e, Mapping) else value_for(e) for e in told]
    return None if None in parts or any(isinstance(e, list) for e in told) else "\n".join(map(str, parts))


def _line(listed: list[Form], answered: Answered) -> str | None:
    nothing, value = found_nothing(answered.output), outputs.value_of(answered.output)
    form = next((f.text for f in listed if f.for_nothing == nothing), None)
    entries = value if isinstance(value, list) and isinstance((*value, None)[0], Mapping) else [value]
    lines = [_filled(form, answered.arguments, each, nothing=nothing) for each in entries] if form else []
    return "\n".join(filter(None, lines)) or None


def _holes(form: str) -> list[re.Match[str]]:
    """Where a form is to be filled in: its brackets, or else what is beside a sign: "term = translation"."""
    marked = [*_P["hole"].finditer(form)]
    return marked or ([*_P["side"].finditer(form)] if _P["sides"].fullmatch(form) else [])


def _filled(form: str, arguments: Mapping[str, Any], value: Any, *, nothing: bool) -> str | None:
    """The form with a value in each of its holes: by name, else an argument, and what came back in the last."""
    holes, told = _holes(form), value if isinstance(value, Mapping) else {}
    known = {**arguments, **told}
    meant = [_named(hole[0], known) for hole in holes]
    text, end = "", 0
    for n, (hole, name) in enumerate(zip(holes, meant, strict=True)):
        last = all(meant[n + 1 :])
        if name:
            made = known[name]
        elif nothing and last and _P["side"].fullmatch(hole[0]):
            made = hole[0]  # "bird: unknown"
        elif told or nothing:
            return None
        else:
            made = value_for(value, form[hole.end() :])
        text, end = f"{text}{form[end : hole.start()]}{made}", hole.end()
    return text + form[end:]


def _named(hole: str, known: Mapping[str, Any]) -> str | None:
    """The value whose name is part of the hole's, or has it as a part."""
    asked = all_stems(hole)
    for name in known:
        own = all_stems(name)
        if own and asked and (own <= asked or asked <= own):
            return name
    return None


def value_for(value: Any, behind: str = "") -> str:
    """A result without what it repeats of the question and without the word behind it."""
    text = str(value).strip()
    text, tail = _P["repeats"].sub("", text), behind.strip().split(" ")[0]
    return text.removesuffix(tail).strip() if tail.isalnum() or tail.startswith("°") else text.rstrip(".")
