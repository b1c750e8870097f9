"""What the fields of a record say of one another: options and yes or no by the rules, what is a judgement, what is kept."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from workshop.practice.filling import rules
from workshop.practice.filling.kinds import Field
from workshop.practice.filling.schema import Schema, nullable, properties_of, solid, type_of
from workshop.practice.reading.text import WORDS, fold, stem, words


def judged(schema: Schema, root: Schema) -> tuple[str, ...]:
    """The yes-or-no fields of a record that has a reason for them, and nothing else in words."""
    plain = {name: solid(part, root) for name, part in properties_of(schema).items()}
    texts = [n for n, p in plain.items() if type_of(p) == "string" and not p.get("enum")]
    if any(not Field(name).named(*WORDS["reasons"]) for name in texts):
        return ()
    return tuple(name for name, part in plain.items() if type_of(part) == "boolean")


def judges(field: Field, schema: Schema) -> bool:
    """Whether a field may be a judgement: an option, or why."""
    return bool(schema.get("enum")) or field.named(*WORDS["reasons"])


def added_to(
    before: Mapping[str, Any], named: Mapping[str, Any], schema: Schema, root: Schema
) -> Mapping[str, Any]:
    """The record that was given before, where the text adds to it: it doesn't name another thing."""
    properties = properties_of(schema)
    first = next((n for n, p in properties.items() if type_of(solid(p, root)) == "string"), "")
    same = named.get(first) is None or fold(str(named[first])) == fold(str(before.get(first)))
    return before if before.keys() == properties.keys() and same else {}


def derived(known: rules.Known, owner: Field, said: Set[str], told: str) -> dict[str, Any]:
    """Options and yes or no by what the instructions say of them, in view of the other fields."""
    made, root = dict(known.made), known.root
    judgements = judged(known.schema, root)
    lists = {name: value for name, value in made.items() if isinstance(value, list)}
    for name, part in properties_of(known.schema).items():
        plain = solid(part, root)
        field = owner.child(name).described(plain)
        options = [each for each in plain.get("enum") or () if isinstance(each, str)]
        known = rules.Known(made, known.schema, root, known.text)
        if name in said or name not in made:
            continue
        if type_of(plain) == "integer" and (counted := _counted(field, lists)) is not None:
            made[name] = counted
        elif type_of(plain) == "boolean":
            holds = rules.truth(field, told, known, judged=name in judgements)
            if holds and (holds.sure or not (made[name] or nullable(part, root))):
                made[name] = holds.value
        elif len(options) > 1 and (chosen := rules.option(options, field, told, known)):
            made[name] = chosen.value
    return made


def _counted(field: Field, lists: Mapping[str, list[Any]]) -> int | None:
    """How many entries the list has that a number is of: "task_count", "number_of_tasks"."""
    if not field.named("count", "number", "total", "num"):
        return None
    meant = [each for name, each in lists.items() if {stem(word) for word in words(name)} & field.roots]
    alone = [*lists.values()] if field.named("count") and len(lists) == 1 else []
    return next((len(each) for each in meant or alone), None)
