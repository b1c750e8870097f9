"""Train the weights by which things told by their shape go to parameters and fields: python tests/practice/learn_matching.py.

It learns from the agents of data/everyday, the open halves of the other sets, the records, and the course's requests.
The same data give the same weights. `--folds` prints the share of right choices in agents that were left out.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from abilities import cases as abilities
from abilities import request_of
from arguments import cases, fits
from everyday import FILES, Everyday, agents, asked
from everyday import fits as hoped
from learning import Choice, learned, share, write
from test_records import cases as records
from test_replay import decoded, rows

from workshop.practice import asking
from workshop.practice.conversation import Conversation
from workshop.practice.filling import answer
from workshop.practice.filling.call import field_of
from workshop.practice.filling.find import Finder
from workshop.practice.filling.kinds import Field
from workshop.practice.filling.matching import Leaf, weighed
from workshop.practice.filling.offers import is_named
from workshop.practice.filling.returned import returned
from workshop.practice.filling.schema import Schema, properties_of
from workshop.practice.reading.numbers import Quantity
from workshop.practice.reading.shapes import Found
from workshop.practice.types import Call

PRO = r"(?:[\w:]+\|)?(?:name:(?:before|behind)$|unit:same|role:own|near:|end:own|asked$)"
"""Signs that never speak against a thing: a label, its unit, the word before it."""
CONTRA = r"(?:[\w:]+\|)?(?:another shape|theirs:(?:name:|unit:same)|role:opposed|end:other|unit:other)"
"""Signs that never speak for one."""
OTHER = 0.5
"""How much a choice counts of a set that is not of whole agents."""
Right = Callable[[Leaf, Any], bool]


def choices(
    finder: Finder,
    owner: Field,
    schema: Schema,
    right: Mapping[str, Right],
    asked_for: Sequence[str] = (),
    worth: float = 1.0,
) -> Iterator[Choice]:
    """For each parameter told by its shape: the things that it may have, and which are right. `right`: what each wants;
    `asked_for`: the parameters that the text has nothing for.
    """
    leaves = [finder.leaf(owner, n, p, schema) for n, p in properties_of(schema).items()]
    leaves = [leaf for leaf in leaves if not is_named(leaf)]
    told: dict[str, list[tuple[Found, list[str]]]] = {}
    for leaf, found, signs in weighed(leaves, finder.text, finder.asked):
        told.setdefault(leaf.field.name, []).append((found, signs))
    for leaf in leaves:
        name = leaf.field.name
        if name in told and (name in right or any(each in name for each in asked_for)):
            good = [name in right and right[name](leaf, _value(leaf, found)) for found, _ in told[name]]
            yield Choice([signs for _, signs in told[name]], [*good, not any(good)], worth)


def _value(leaf: Leaf, found: Found) -> Any:
    return found.as_asked(leaf.field.words) if isinstance(found, Quantity) else found.value


def of_agent(agent: Everyday) -> Iterator[Choice]:
    for each in asked(agent):
        if schema := each.request.output_schema:
            right = {n: _any_of([node]) for n, node in each.turn.fields.items()}
            yield from _of_record(Conversation(each.request), schema.schema, right)
            continue
        conversation, _ = asking.completed(Conversation(each.request))
        needed = [word.split()[0] for told in each.turn.asks for word in told.split(" / ")]
        for tool in conversation.functions:
            calls = each.wanted(tool)
            if not calls and (each.turn.must or not needed):
                continue
            right = {
                name: _any_of([call.arguments.get(name) for call in calls])
                for name in properties_of(tool.parameters)
                if calls
            }
            finder = Finder(conversation, conversation.question)
            yield from choices(finder, field_of(tool), tool.parameters, right, needed)


def _any_of(nodes: Sequence[ast.expr | None]) -> Right:
    return lambda leaf, value: any(node is not None and hoped(value, node) for node in nodes)


def of_sets() -> Iterator[Choice]:
    """What the other sets want."""
    for case in cases(0):
        conversation = Conversation(case.request)
        tool = conversation.functions[0]
        right = {
            n: _as_case(case.want[n]) if n in case.want else _nothing for n in properties_of(tool.parameters)
        }
        finder = Finder(conversation, conversation.question)
        yield from choices(finder, field_of(tool), tool.parameters, right, (), OTHER)
    for told in abilities():
        wanted = told["want"].get("calls", told["want"].get("callset"))
        if wanted and told["tools"]:
            yield from _of_calls(Conversation(request_of(told)), wanted)
    for row in rows():
        calls = [(p["name"], p["arguments"]) for p in row["reply"]["parts"] if p["@"] == Call.__name__]
        yield from _of_calls(Conversation(decoded(row["request"])), calls)


def _nothing(leaf: Leaf, value: Any) -> bool:
    return False


def _as_case(wanted: str) -> Right:
    return lambda leaf, value: fits(value, wanted)


def _of_calls(conversation: Conversation, calls: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[Choice]:
    for tool in conversation.functions:
        own = [arguments for name, arguments in calls if name == tool.name]
        right = {n: _same([each.get(n) for each in own]) for n in properties_of(tool.parameters)}
        if own:
            finder = Finder(conversation, conversation.question)
            yield from choices(finder, field_of(tool), tool.parameters, right, (), OTHER)


def _same(wanted: Sequence[Any]) -> Right:
    options = [
        o
        for each in wanted
        for o in (each["oneof"] if isinstance(each, dict) and "oneof" in each else [each])
    ]
    return lambda leaf, value: (
        value in options or str(value).casefold() in [str(o).casefold() for o in options]
    )


def of_records() -> Iterator[Choice]:
    for case in [*(each for listed in records().values() for each in listed), *abilities()]:
        wanted = case["want"] if "kind" in case else case["want"].get("json")
        if "schema" not in case or not wanted or case.get("ability") == "patterns":
            continue
        done = [[*case["call"], case["result"]]] if case.get("call") else case.get("done", ())
        conversation, schema = Conversation(request_of({**case, "done": done})), case["schema"]
        right = {n: _same([v]) for n, v in wanted.items() if not isinstance(v, list)}
        yield from _of_record(conversation, schema, right, OTHER)


def _of_record(
    conversation: Conversation, schema: Schema, right: dict[str, Right], worth: float = 1.0
) -> Iterator[Choice]:
    finder = Finder(conversation, answer.material(conversation))
    told = returned(schema, schema, conversation.done, conversation.functions)
    right = {name: each for name, each in right.items() if name not in told}
    yield from choices(finder, Field(record=answer.name_of(schema)), schema, right, (), worth)


def main() -> None:
    listed = [agent for file in FILES for agent in agents(file.read_text(encoding="utf-8"))]
    own = [list(of_agent(agent)) for agent in listed]
    more = [*of_sets(), *of_records()]
    if "--folds" in sys.argv:
        for half in (0, 1):
            weights = learned([*(c for each in own[half::2] for c in each), *more], 1.0, PRO, CONTRA)
            print(half, share(weights, [c for each in own[1 - half :: 2] for c in each]))
        return
    chosen = [*(c for each in own for c in each), *more]
    weights = learned(chosen, 1.0, PRO, CONTRA)
    print(len(chosen), share(weights, chosen), len(weights))
    write(
        "matching",
        weights,
        "What each sign of a thing told by its shape weighs (tests/practice/learn_matching.py).",
    )


if __name__ == "__main__":
    main()
