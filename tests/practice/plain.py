"""Plain tools asked in plain words: each of `data/plain.txt` with each of its sentences, and a second one after the first.

A line of tools: name(parameters): description | how it is asked for | what it takes | what else it could take. In a
sentence {a} and {b} ask for the two ({A} begins with a capital), {x} and {y} are the two alone. Of tools that take
several things, and of those that take figures, only sentences are used that ask for them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from asking import text_of

from workshop.practice.model import answer
from workshop.practice.reading.text import capital
from workshop.practice.types import Call, Item, Message, Request, Tool, ToolCall, ToolResult

DATA = Path(__file__).parent / "data"
OPEN, ASIDE = DATA / "plain.txt", DATA / "plain_aside.txt"


@dataclass(frozen=True)
class Plain:
    """A question to a tool, and what its calls should have."""

    tool: Tool
    sentence: str
    question: str
    wanted: list[dict[str, str]]
    items: tuple[Item, ...] = ()
    """What was said and done before."""
    others: tuple[Tool, ...] = ()
    """Tools that the agent has beside."""

    @property
    def request(self) -> Request:
        tools = tuple(sorted((self.tool, *self.others), key=lambda tool: tool.name))
        return Request("practice", "You help.", (*self.items, Message("user", self.question)), tools)


def section(path: Path, name: str) -> list[str]:
    """The lines below a heading of a file."""
    text = path.read_text(encoding="utf-8")
    match = re.search(rf"(?ms)^\[{name}\]\n(.*?)(?=^\[|\Z)", text)
    return match[1].split("\n") if match else []


def plain(tools: Path, sentences: Path, kind: str = "words") -> Iterator[Plain]:
    """Each tool of a file, asked with each sentence of a file that suits it. `kind`: what the tools take, words or figures."""
    for does, asked in (("reads", "questions"), ("acts", "orders")):
        for line in filter(None, section(tools, f"{does} {kind}")):
            for sentence in filter(None, section(sentences, asked)):
                if _takes_one(line) or not re.search(r"\{[xyXY]\}", sentence):
                    yield _plain(line, sentence)


def _takes_one(line: str) -> bool:
    """Whether a tool takes one thing, told by its name alone."""
    return not re.search(r"[,:]", line.partition(")")[0])


def beside_others(tools: Path, sentences: Path) -> Iterator[Plain]:
    """Each case whose sentence says what is wanted, for an agent that has two other tools of the file too."""
    cases = [each for each in plain(tools, sentences) if re.search(r"\{[abAoO]\}", each.sentence)]
    listed = [*{each.tool.name: each.tool for each in cases}.values()]
    for case in cases:
        first = listed.index(case.tool)
        yield replace(case, others=tuple(listed[(first + n) % len(listed)] for n in (7, 14)))


def met(case: Plain) -> bool:
    """Whether the calls for a question are as wanted, in any order."""
    calls = [part for part in answer(case.request).parts if isinstance(part, Call)]
    if any(call.name != case.tool.name for call in calls):
        return False
    return _sorted(call.arguments for call in calls) == _sorted(case.wanted)


def further(tools: Path, sentences: Path) -> Iterator[tuple[Plain, bool]]:
    """A second message to each tool of a file: about another thing, or that wants nothing; and whether it is met."""
    asked = [(each, 1) for each in section(sentences, "further") if each]
    asked += [(each, 0) for each in section(sentences, "nothing") if each]
    for does, first in (("reads", "What's {a}?"), ("acts", "Please {o}.")):
        for line in filter(_takes_one, filter(None, section(tools, f"{does} words"))):
            before = _plain(line, first)
            if not met(before):
                continue
            items = _answered(before)
            for sentence, count in asked:
                case = replace(
                    _plain(line, sentence), items=items, wanted=_plain(line, "{x} {y}").wanted[1 : 1 + count]
                )
                yield case, met(case)


def _answered(case: Plain) -> tuple[Item, ...]:
    """A question with its calls and its answer."""
    items: list[Item] = [Message("user", case.question)]
    for n, part in enumerate(answer(case.request).parts):
        if isinstance(part, Call):
            items += [ToolCall(f"c{n}", part.name, json.dumps(part.arguments)), ToolResult(f"c{n}", "fine")]
    told = text_of(answer(replace(case.request, items=tuple(items))))
    return (*items, Message("assistant", told))


def _sorted(listed: Iterable[Mapping[str, Any]]) -> list[list[tuple[str, str]]]:
    return sorted(sorted(_plainly(each).items()) for each in listed)


def _plainly(arguments: Mapping[str, Any]) -> dict[str, str]:
    """Values as they are compared: a figure without its unit, no article, no plural, no zero before an hour."""
    said = {n: re.sub(r"^(?:the|an?) |\.0$|^0|s$|\W", "", str(v).casefold()) for n, v in arguments.items()}
    return {name: re.sub(r".*?(\d+).*", r"\1", value) for name, value in said.items()}


def _plain(line: str, sentence: str) -> Plain:
    about, phrase, *both = line.split(" | ")
    match = re.fullmatch(r"(\w+)\((.*?)\): (.*)", about)
    assert match, about
    taken = [re.fullmatch(r"(\w+)(?:: (\w+))?(?: = (\w+))?", each) for each in match[2].split(", ")]
    schemas = {own[1]: _schema(own[2], own[3]) for own in taken if own}
    told = [
        [each.partition("=") for each in one.split(" / ")] for one in both
    ]  # "four=4" is said so, and is 4
    (a, x), (b, y) = ((phrase.format(*(n for n, _, _ in one)), "".join(n for n, _, _ in one)) for one in told)
    values = [dict(zip(schemas, (v or n for n, _, v in one), strict=True)) for one in told]
    said = {
        "a": a,
        "b": b,
        "o": a,
        "A": capital(a),
        "O": capital(a),
        "x": x,
        "y": y,
        "X": capital(x),
        "Y": capital(y),
    }
    required = [name for name, schema in schemas.items() if "default" not in schema]
    tool = Tool(match[1], match[3], {"type": "object", "properties": schemas, "required": required})
    return Plain(tool, sentence, sentence.format(**said), [values[n] for n in _which(sentence)])


def _schema(kind: str | None, default: str | None) -> dict[str, Any]:
    schema = {"type": {"int": "integer", "float": "number"}.get(kind or "", "string")}
    return schema if default is None else {**schema, "default": int(default)}


def _which(sentence: str) -> list[int]:
    """Which of the two things a sentence wants."""
    first, second = (any(f"{{{each}}}" in sentence for each in listed) for listed in ("aAoOxX", "by"))
    if re.search(r"\bnot \{x\}", sentence, re.IGNORECASE):
        return [1]
    return [n for n, said in enumerate((first, second)) if said]
