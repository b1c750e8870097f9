"""Train the weights that choose tools and take values from earlier turns: python tests/practice/learn_selection.py.

It learns from the agents of data/everyday, the open halves of the other sets, and the course's requests. The same data
give the same weights. `--folds` prints the share of right choices for agents that were left out of the training.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from abilities import cases as abilities
from abilities import request_of
from arguments import cases as arguments_cases
from asking import GET_WEATHER, POST_NOTICE
from everyday import FILES, Asked, Everyday, agents, asked, first_of, fits
from learning import Choice, learned, share, write
from playing import Turn
from test_desks import CASES
from test_replay import decoded, rows
from test_sets import lines
from test_tools import ARGUMENTS, READ, SAVE

from workshop.practice import asking, sources
from workshop.practice.conversation import Conversation
from workshop.practice.earlier import Earlier
from workshop.practice.parts import Part
from workshop.practice.selection import Selection
from workshop.practice.steps import everything
from workshop.practice.types import Call, Item, Message, Request, Text, Tool

Calls = Sequence[tuple[str, Mapping[str, Any]]]
PRO = (
    r"verb:|noun:|told:|option:|meant:|about:|alone:|met:(?:best|clearly)|share:|given:\d|weight:|shaped|rule:"
    r"|needs:(?:all|some):given"
)
"""Signs that never speak against a tool: words in common, values that it is given, what the instructions say."""
CONTRA = r"fact:|met:(?:behind|none)|given:fewer|needs:nothing$"
"""Signs that never speak for one: a fact that answers, another tool that has more."""
SURE = r"alone:named:1|pointed:(?:ordinal|figure)$|back$"
"""A word of a tool's name that no other tool has; what is pointed to."""
PART, ARGUMENT, SET = 0.6, 0.3, 2.5
"""How much a choice counts for a part of a message, a case with one tool, and a case of another set."""


def choices(
    request: Request, wanted: Calls, asks: Sequence[str] = (), may: Sequence[str] = ()
) -> Iterator[Choice]:
    """For a message and for each of its parts: the tools, and which it is for."""
    conversation = Conversation(request)
    if not (conversation.functions and conversation.question):
        return
    selection = Selection(conversation, everything(conversation))
    names = [option.tool.name for option in selection.options]
    wanted = [call for call in wanted if call[0] in names]
    waiting = _asking([option.tool for option in selection.options], asks) if asks and not wanted else set()
    whole = Part(conversation.question)
    for part in (whole, *(selection.parts if len(selection.parts) > 1 else ())):
        right = waiting or _called(part.text, wanted)
        silent = not right or (part is not whole and (waiting or not _met(part.text, wanted)))
        options = [each for each in selection.options if each.tool.name in right or each.tool.name not in may]
        if options:
            signs = [selection.signs(each, part) for each in options]
            told = [each.tool.name in right for each in options]
            yield Choice(signs, [*told, bool(silent)], 1.0 if part is whole else PART)


def _met(text: str, wanted: Calls) -> int:
    """The most values of a wanted call that a text has."""
    return max((_hits(text, arguments) for _, arguments in wanted), default=0)


def _called(text: str, wanted: Calls) -> set[str]:
    """The tools that a text has most values for."""
    return {name for name, arguments in wanted if _hits(text, arguments) == _met(text, wanted)}


def _hits(text: str, arguments: Mapping[str, Any]) -> int:
    said = [str(v).casefold() for v in arguments.values() if isinstance(v, (str, int, float)) and str(v)]
    return sum(bool(re.search(rf"(?<!\w){re.escape(each)}", text.casefold())) for each in said)


def _asking(tools: Sequence[Tool], asks: Sequence[str]) -> set[str]:
    """The tools that lack what has to be asked for."""
    words = {word.replace("_", " ").casefold() for each in asks for word in each.split(" / ")}
    needed = {
        tool.name: [n.replace("_", " ") for n in tool.parameters.get("required") or ()] for tool in tools
    }
    named = {name for name, own in needed.items() if any(w in n or n in w for w in words for n in own)}
    return named or {name for name, own in needed.items() if own}


def of_agent(agent: Everyday) -> Iterator[Choice]:
    for each in asked(agent):
        if not (each.desk is agent.root and any(call.to for call in each.turn.must)):
            yield from choices(
                each.request, _calls(each), each.turn.asks, [call.name for call in each.turn.may]
            )


def _calls(each: Asked) -> Calls:
    return [(c.name, {n: first_of(v) for n, v in c.arguments.items()}) for c in each.turn.must if not c.to]


def of_sets() -> Iterator[Choice]:
    """What the other sets want called."""
    for case in arguments_cases(0):
        wanted = [] if case.asks else [(case.tool.name, {n: w[1:] for n, w in case.want.items()})]
        for choice in choices(case.request, wanted, [case.asks] if case.asks else []):
            yield Choice(choice.signs, choice.right, choice.worth * ARGUMENT)
    for row in abilities():
        calls = row["want"].get("calls", row["want"].get("callset"))
        if calls is not None and row["tools"] and (calls or "asks" not in row["want"]):
            for choice in choices(request_of(row), calls):
                yield Choice(choice.signs, choice.right, choice.worth * SET)
    yield from of_desks()


def of_desks() -> Iterator[Choice]:
    """What the agents of the desks' tests call in their last turn."""
    for case in (case for listed in CASES.values() for case in listed):
        names = [name for name, _ in case.calls] if case.names is None and case.calls else case.names
        if names is None or any("transfer_to" in name for name in names):
            continue
        items: Sequence[Item] = ()
        for question in case.questions[:-1]:
            items = Turn(case.desk, question, items).items
        message = Message("user", case.questions[-1])
        request = Request("practice", case.desk.instructions, (*items, message), case.desk.offered)
        told = dict(case.calls or ())
        for choice in choices(request, [(name, told.get(name, {})) for name in names]):
            yield Choice(choice.signs, choice.right, choice.worth * SET)


def of_tools() -> Iterator[Choice]:
    """What the tests of tools and the questions on states want called."""
    listed = [*ARGUMENTS]
    listed.append(("What are my notes?", [SAVE, READ], [(READ.name, {})]))
    for text, state in ((row["text"], each) for row in lines("states.jsonl") for each in row["states"]):
        listed.append((text, [GET_WEATHER, POST_NOTICE], [(GET_WEATHER.name, {"state": state})]))
    for question, tools, calls in listed:
        request = Request("practice", "", (Message("user", question),), tuple(tools))
        for choice in choices(request, calls):
            yield Choice(choice.signs, choice.right, choice.worth * SET)


def of_course() -> Iterator[Choice]:
    """What the course's own requests were called with; of requests that differ in a name one is enough."""
    told: dict[str, tuple[Request, list[tuple[str, Mapping[str, Any]]], bool]] = {}
    for row in rows():
        request, reply = decoded(row["request"]), decoded(row["reply"])
        conversation = Conversation(request)
        calls = [(a.name, a.arguments) for a in conversation.done]
        calls += [(part.name, part.arguments) for part in reply.parts if isinstance(part, Call)]
        text = " ".join(part.text for part in reply.parts if isinstance(part, Text))
        key = re.sub(r"-[a-z]{4,}", "", f"{conversation.question} {request.tools}")
        if len(calls) >= len(told.get(key, (request, [], False))[1]):
            told[key] = request, calls, "?" in text[-3:]
    for request, calls, asks in told.values():
        if not any("transfer_to" in name for name, _ in calls):
            for choice in choices(request, calls, ["state"] if asks and not calls else []):
                yield Choice(choice.signs, choice.right, choice.worth * SET)


def values(each: Asked) -> Iterator[Choice]:
    """For each parameter of a wanted call: the values that earlier turns have, and which are right."""
    conversation = Conversation(each.request)
    if not conversation.earlier or asking.completed(conversation)[1]:
        return
    earlier = Earlier(conversation)
    for tool in conversation.functions:
        wanted = [call for call in each.turn.must if call.name == tool.name]
        if len(wanted) != 1:
            continue
        arguments = sources.of_question(tool, conversation)
        for name in arguments.slots:
            node, told = wanted[0].arguments.get(name), [*earlier.signs(arguments, name)]
            said = node is not None and fits(arguments.spoken.get(name, ""), node)
            right = [node is not None and not said and fits(value.value, node) for value, _ in told]
            if told:
                yield Choice([signs for _, signs in told], [*right, not any(right)])


def main() -> None:
    listed = [agent for file in FILES for agent in agents(file.read_text(encoding="utf-8"))]
    tools = [list(of_agent(agent)) for agent in listed]
    before = [[choice for each in asked(agent) for choice in values(each)] for agent in listed]
    sets = [*of_sets(), *of_tools(), *of_course()]
    if "--folds" in sys.argv:
        for name, own, more in (("tools", tools, sets), ("earlier", before, [])):
            for half in (0, 1):
                weights = learned(
                    [*(c for each in own[half::2] for c in each), *more], pro=PRO, contra=CONTRA
                )
                print(name, half, share(weights, [c for each in own[1 - half :: 2] for c in each]))
        return
    for name, chosen, told in (
        ("selection", [*(c for each in tools for c in each), *sets], "a tool for a part of a message"),
        ("earlier", [c for each in before for c in each], "a value from earlier turns for a parameter"),
    ):
        weights = learned(chosen, pro=PRO, contra=CONTRA, sure=SURE)
        print(name, len(chosen), share(weights, chosen), len(weights))
        write(name, weights, f"What each sign of {told} weighs (tests/practice/learn_selection.py).")


if __name__ == "__main__":
    main()
