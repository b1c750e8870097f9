"""Tools of which one needs what another returns: who is on call, then the phone number of that person."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any

from workshop.practice import outputs
from workshop.practice.conversation import Conversation
from workshop.practice.filling.call import Arguments, kind_in
from workshop.practice.filling.kinds import BODY
from workshop.practice.filling.schema import properties_of, solid, valid
from workshop.practice.orders import changes, steps_before
from workshop.practice.profiles import told_of
from workshop.practice.reading import read
from workshop.practice.reading.shapes import currencies
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, all_stems, in_words, of_one_root, stem, words
from workshop.practice.types import Tool

_P = PATTERNS["chains"]
_SAID = {"person": _P["person"], "email": _P["email"]}
_SAY_LITTLE = frozenset(map(stem, WORDS["say_little"]))
_WEAK = 1.0
"""What a word must weigh to be the value of a parameter that another tool has a value for."""


def link(each: Sequence[Arguments], conversation: Conversation) -> list[Arguments]:
    """Leave open what another tool is to return first, and take what has come; return those that did."""
    fed = []
    readers = [other for other in each if not changes(other.tool)]
    for arguments in each:
        for name, slot in arguments.slots.items():
            if slot.required and slot.kind not in (BODY, "boolean"):
                leading = [other for other in readers if _may_lead(other.tool, name, arguments.tool)]
                fed += [arguments for other in leading if _link(name, arguments, other, conversation)]
    return fed


def _link(name: str, arguments: Arguments, other: Arguments, conversation: Conversation) -> bool:
    own = None if name in arguments.missing else arguments.values.get(name)
    done = next((a for a in reversed(conversation.done) if a.name == other.tool.name), None)
    weak = (arguments.weight(name) or _WEAK) < _WEAK
    first = [each.name for _, each in steps_before(arguments.tool, conversation)] if weak and done else []
    returns = other.tool.name in first or _returns(other.tool, name, arguments.tool)
    told = _things(own) if isinstance(own, str) else frozenset()
    if own is not None and not done and _is_sure(own, name, arguments, other):
        return False
    shared = own in (done.arguments if done else other.values).values()
    shared = shared or (returns and (weak or bool(told & _given(other.tool))))  # "tree 31" is no species
    if own is not None and (not shared or told & _things(in_words(name))):
        return False  # the text has a value for each: "the Swan Pharmacy" is a pharmacy
    value = _of_result(name, done.output, conversation, alone=returns) if done else None
    part = solid(properties_of(arguments.tool.parameters)[name], arguments.tool.parameters)
    found = value is not None and valid(value, part)
    if own is not None and (found or (returns and (done or not other.missing))):
        arguments.missing.append(name)
    if found:
        arguments.take(name, value)
    return found


def hand_on(arguments: Arguments, conversation: Conversation) -> None:
    """Give a tool whose turn it is what it lacks, from the result before it: "then call order_chairs with that number"."""
    readers = {tool.name for tool in conversation.functions if not changes(tool)}
    done = conversation.done[::-1]
    results = [each.output for each in sorted(done, key=lambda each: each.name not in readers)]
    for name in arguments.unfilled:
        part = solid(properties_of(arguments.tool.parameters)[name], arguments.tool.parameters)
        told = (_of_result(name, each, conversation, alone=len(arguments.missing) == 1) for each in results)
        fits = [value for value in told if value is not None and valid(value, part)]
        if fits:
            arguments.take(name, fits[0])


def _is_sure(own: Any, name: str, arguments: Arguments, other: Arguments) -> bool:
    """Whether the text tells for which of two tools a value is: "plot 12", or a code where the other takes none."""
    kinds = {slot.kind for n, slot in other.slots.items() if other.values.get(n) == own}
    said = re.search(rf"(?i)(\w+)(?: (?:number|no|nr)\.?)? #?{re.escape(str(own))}\b", arguments.text)
    if said and stem(said[1]) in _things(in_words(name)):
        return True
    if arguments.slots[name].kind == "person" and own in (each.value for each in read(arguments.text).names):
        return True
    part = solid(properties_of(arguments.tool.parameters)[name], arguments.tool.parameters)
    return "pattern" in part and valid(own, part) and "code" not in kinds


def leads_to(arguments: Arguments, lacking: Arguments) -> bool:
    """Whether a tool returns what another lacks, from a value that the text has for it and not for that one."""
    shared = all(value in lacking.spoken.values() for value in arguments.spoken.values())
    if shared or changes(arguments.tool):
        return False
    leading = [name for name in lacking.unfilled if _may_lead(arguments.tool, name, lacking.tool)]
    return any(_returns(arguments.tool, name, lacking.tool) for name in leading)


def share_a_thing(reader: Arguments, own: Arguments) -> bool:
    """Whether a text has a thing that two tools take."""
    things = {slot.kind for slot in own.slots.values() if slot.found}
    return bool(things & {slot.kind for slot in reader.slots.values() if slot.required})


def _may_lead(before: Tool, name: str, tool: Tool) -> bool:
    return not (before.name == tool.name or name in properties_of(before.parameters))


def _returns(before: Tool, name: str, tool: Tool) -> bool:
    """Whether a tool says that it returns what a parameter is for."""
    told, given = told_of(before), _given(before)
    part = solid(properties_of(tool.parameters)[name], tool.parameters)
    named = _P["name_of"].match(str(part.get("description", "")))
    wanted = _things(" ".join([*words(name), *filter(None, named.groups() if named else ())]))
    wanted = (wanted or _things(in_words(tool.name))) - given
    asked = _SAID.get(kind_in(tool, name))
    met = any(a == b or of_one_root(a, b) for a, b in itertools.product(wanted, _things(told) - given))
    return met or bool(asked and asked.search(told))


def _given(tool: Tool) -> frozenset[str]:
    """What the parameters of a tool are called."""
    return _things(" ".join(word for own in properties_of(tool.parameters) for word in words(own)))


def _things(text: str) -> frozenset[str]:
    return all_stems(text) - _SAY_LITTLE | {found.value for found in currencies(text)}


def _of_result(name: str, output: str | None, conversation: Conversation, *, alone: bool) -> Any:
    """The value for a parameter in a result: under its name; `alone`: a result that is one value."""
    value = outputs.value_of(output)
    rules = f"{conversation.question} {conversation.instructions}"
    one_will_do = isinstance(value, list) and value and (len(value) == 1 or _P["any"].search(rules))
    entry = value[0] if one_will_do else value
    if isinstance(entry, Mapping):
        wanted = _things(in_words(name))
        last = words(name)[-1]  # the thing's id is what a result calls id
        keys = [key for key in entry if key in (name, last) or wanted & _things(in_words(str(key)))]
        return entry[keys[0]] if len(keys) == 1 else None
    nothing = outputs.error_of(output) or PATTERNS["template"]["nothing"].search(str(value))
    return value if alone and isinstance(entry, (str, int, float)) and not nothing else None
