"""Agents for everyday purposes, and what each question to them should do, read from `data/everyday/*.txt`.

= Name                               an agent; the lines below are its instructions
* tool(a: str, b: int = 1): Docstring in one line.
    a: what the parameter is
output: Class(a: str, b: int | None) a structured answer
== Colleague: what it does           an agent that the first can hand over to, with its own lines
Q question                           a turn
> tool(a="x", b=2) -> result         a call it must make; "x" | "y" either, ... anything, has("x") contains
> to Colleague                       a handover it must make
~ tool(a="x") -> result              a call it may make
? a                                  it must ask for a, and call nothing that is not listed
+ text / text                        the answer has one of these
- text                               the answer does not have this
. a = value                          a field of a structured answer, values as in a call
---                                  the next question starts a new conversation
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agents.agent_output import AgentOutputSchema
from playing import Desk
from pydantic import create_model

from workshop.practice.types import Item, Message, OutputSchema, Request, Tool, ToolCall, ToolResult

FILES = sorted((Path(__file__).parent / "data" / "everyday").glob("*.txt"))
_PLAIN = {"bool": bool, "str": str, "int": int, "float": float, "list[str]": list[str]}


@dataclass
class Wanted:
    """A call that is hoped for, or a handover: `to` is the colleague's name."""

    name: str
    arguments: dict[str, ast.expr] = field(default_factory=dict)
    result: Any = "done"
    to: str = ""

    def __str__(self) -> str:
        return (
            f"{self.name}({', '.join(f'{k}={ast.unparse(v)}' for k, v in self.arguments.items())}){self.to}"
        )


@dataclass
class Turn:
    """A question, and all that its answer should and should not do."""

    question: str
    must: list[Wanted] = field(default_factory=list)
    may: list[Wanted] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)
    has: list[list[str]] = field(default_factory=list)
    has_not: list[str] = field(default_factory=list)
    fields: dict[str, ast.expr] = field(default_factory=dict)


@dataclass
class Everyday:
    """An agent with its conversations."""

    root: Desk
    chats: list[list[Turn]] = field(default_factory=list)


def agents(text: str) -> list[Everyday]:
    """The agents that a file describes."""
    return [_Reader(block).agent for block in re.split(r"(?m)^= ", text)[1:]]


class _Reader:
    """One agent's lines, read from the first to the last."""

    def __init__(self, block: str) -> None:
        lines = [line.rstrip() for line in block.splitlines() if line.strip() and line[0] != "#"]
        name, _, about = lines[0].strip().partition(": ")
        self.agent = Everyday(Desk(name, about=about))
        self._desk = self.agent.root
        self._tools: list[tuple[Desk, list[str]]] = []
        self._new = True
        for line in lines[1:]:
            self._read(line)
        for owner, source in self._tools:
            owner.tools.append(_function(source))

    def _read(self, line: str) -> None:
        mark, _, rest = line.partition(" ")
        if self.agent.chats and re.match(r"[><~?+.-](?!--)\S", line):
            mark, rest = line[0], line[1:]
        if mark == "==":
            name, _, about = rest.partition(": ")
            self._desk = Desk(name.strip(), about=about, handoffs=[self.agent.root])
            self.agent.root.handoffs.append(self._desk)
        elif mark == "*":
            self._tools.append((self._desk, [rest]))
        elif line.startswith("    ") and self._tools:
            self._tools[-1][1].append(line.strip())
        elif line.startswith("output: "):
            self._desk.output = OutputSchema("final_output", _schema(rest))
        elif mark == "---":
            self._new = True
        elif mark == "Q":
            if self._new:
                self.agent.chats.append([])
            self._new = False
            self.agent.chats[-1].append(Turn(rest))
        elif self.agent.chats:
            self._hope(self.agent.chats[-1][-1], mark, rest)
        else:
            self._desk.instructions += (" " if self._desk.instructions else "") + line.strip()

    @staticmethod
    def _hope(turn: Turn, mark: str, rest: str) -> None:
        match mark:
            case "?":
                turn.asks.append(rest)
            case "+":
                turn.has.append(rest.split(" / "))
            case "-":
                turn.has_not.append(rest)
            case ".":
                name, _, value = rest.partition(" = ")
                turn.fields[name.strip()] = ast.parse(value, mode="eval").body
            case ">" | "~":
                (turn.must if mark == ">" else turn.may).append(_wanted(rest))
            case _:
                raise ValueError(f"{mark} {rest}")


def _wanted(rest: str) -> Wanted:
    if rest.startswith("to "):
        return Wanted("to ", to=rest[3:].strip())
    call, _, result = rest.partition(" -> ")
    node = ast.parse(call, mode="eval").body
    assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.args, rest
    told = {each.arg: each.value for each in node.keywords if each.arg}
    return Wanted(node.func.id, told, ast.literal_eval(result) if result else "done")


def _named_in(signature: str) -> Callable[..., Any]:
    """The function with a name and parameters written in a file of this repository."""
    space: dict[str, Any] = dict(vars(typing))
    exec(compile(f"def {signature}: pass", "tool", "exec", dont_inherit=True), space)
    made: Callable[..., Any] = space[signature.partition("(")[0]]
    return made


def _function(source: list[str]) -> Callable[..., Any]:
    head = re.match(r"(\w+\(.*?\))(?: ?-> ?[^:]+)?: ?(.*)", source[0])
    assert head, source[0]
    made = _named_in(head[1])
    told = "\n".join(f"        {line}" for line in source[1:])
    made.__doc__ = head[2] + (f"\n\n    Args:\n{told}" if told else "")
    return made


def _schema(source: str) -> dict[str, Any]:
    if "(" not in source:
        return AgentOutputSchema(_PLAIN[source.strip()]).json_schema()
    empty = inspect.Parameter.empty
    parts = inspect.signature(_named_in(source.strip())).parameters.values()
    fields: dict[str, Any] = {p.name: (p.annotation, ... if p.default is empty else p.default) for p in parts}
    return AgentOutputSchema(create_model(source.partition("(")[0].strip(), **fields)).json_schema()


def fits(value: Any, node: ast.expr) -> bool:
    """Whether a value is as wanted."""
    if isinstance(node, ast.BinOp):
        return fits(value, node.left) or fits(value, node.right)
    if isinstance(node, ast.Constant) and node.value is ...:
        return True
    if isinstance(node, ast.Call):
        return str(ast.literal_eval(node.args[0])).casefold() in str(value).casefold()
    want = ast.literal_eval(node)
    if want is None or isinstance(want, bool):
        return value is want or (want is None and value == "")
    if isinstance(want, (int, float)):
        return isinstance(value, (int, float)) and abs(value - want) < 1e-6
    if isinstance(want, list):
        alike = isinstance(value, list) and len(value) == len(want)
        return alike and all(any(_plain(v) == _plain(w) for v in value) for w in want)
    return _plain(value) == _plain(want)


def _plain(value: Any) -> str:
    return re.sub(r"^(?:the|a|an|my|our) ", "", str(value).casefold().strip()).rstrip(".!?")


def fits_call(desk: Desk, name: str, arguments: Mapping[str, Any], wanted: Wanted) -> bool:
    """Whether a call is as wanted; what is not mentioned has its default."""
    told = next(tool for tool in desk.offered if tool.name == name).parameters.get("properties", {})
    unsaid = (n for n in arguments if n not in wanted.arguments)
    kept = all(arguments[n] in (told.get(n, {}).get("default"), None, "") for n in unsaid)
    return kept and all(fits(arguments.get(n), node) for n, node in wanted.arguments.items())


@dataclass(frozen=True)
class Asked:
    """A question as it is put when all before went as hoped."""

    turn: Turn
    desk: Desk
    request: Request
    """One with an output schema is the last of its turn: all calls have been made."""

    def wanted(self, tool: Tool) -> list[Wanted]:
        """The calls of a tool that the question is for."""
        return [each for each in (*self.turn.must, *self.turn.may) if each.name == tool.name]


def asked(agent: Everyday) -> Iterator[Asked]:
    """Each question to an agent, put to each colleague who has it in turn."""
    for chat in agent.chats:
        items: list[Item] = []
        desk = agent.root
        for turn in chat:
            items.append(Message("user", turn.question))
            yield Asked(turn, desk, Request("practice", desk.instructions, tuple(items), desk.offered))
            for call in turn.must:
                if call.to:
                    desk = next(each for each in (*agent.root.handoffs, agent.root) if each.name == call.to)
                    yield Asked(
                        turn, desk, Request("practice", desk.instructions, tuple(items), desk.offered)
                    )
                else:
                    told = json.dumps({name: first_of(node) for name, node in call.arguments.items()})
                    call_id = f"call-{len(items)}"
                    items += [ToolCall(call_id, call.name, told), ToolResult(call_id, str(call.result))]
            if turn.fields and desk.output:
                last = Request(
                    "practice", desk.instructions, tuple(items), desk.offered, output_schema=desk.output
                )
                yield Asked(turn, desk, last)
            items.append(Message("assistant", _said(turn)))


def _said(turn: Turn) -> str:
    """What is said at the end of a turn."""
    if turn.fields:
        return json.dumps({name: first_of(node) for name, node in turn.fields.items()})
    needed = ", ".join(each.split(" / ")[0] for each in turn.asks)
    said = "\n".join(str(call.result) for call in turn.must if not call.to)
    return f"To do that I need to know: {needed}?" if needed else said


def options_of(node: ast.expr) -> list[ast.expr]:
    """The values of which one is wanted."""
    if isinstance(node, ast.BinOp):
        return [*options_of(node.left), *options_of(node.right)]
    return [node]


def first_of(node: ast.expr) -> Any:
    """The first of the values that are wanted; what it contains, where that is all that is said."""
    first = options_of(node)[0]
    if isinstance(first, ast.Call):
        return ast.literal_eval(first.args[0])
    value = ast.literal_eval(first)
    return None if value is ... else value
