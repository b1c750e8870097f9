"""Plain tools asked in plain words: each of `data/plain.txt` with each of its sentences, and a second one after the first.

A line of tools: name(parameters): description | how it is asked for | what it takes | what else it could take. In a
sentence {a} and {b} ask for the two ({A} begins with a capital), {x} and {y} are the two alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from asking import STRING, parameters, text_of

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

    @property
    def request(self) -> Request:
        return Request("practice", "You help.", (*self.items, Message("user", self.question)), (self.tool,))


def section(path: Path, name: str) -> list[str]:
    """The lines below a heading of a file."""
    text = path.read_text(encoding="utf-8")
    match = re.search(rf"(?ms)^\[{name}\]\n(.*?)(?=^\[|\Z)", text)
    return match[1].split("\n") if match else []


def plain(tools: Path, sentences: Path) -> Iterator[Plain]:
    """Each tool of a file, asked with each sentence of a file that suits it."""
    for kind, asked in (("reads", "questions"), ("acts", "orders")):
        for line in filter(None, section(tools, kind)):
            for sentence in filter(None, section(sentences, asked)):
                if ", " not in line.partition(")")[0] or not re.search(r"\{[xyX]\}", sentence):
                    yield _plain(line, sentence)


def met(case: Plain) -> bool:
    """Whether the calls for a question are as wanted, in any order."""
    calls = [part.arguments for part in answer(case.request).parts if isinstance(part, Call)]
    return sorted(map(_plainly, calls)) == sorted(map(_plainly, case.wanted))


def further(tools: Path, sentences: Path) -> Iterator[tuple[Plain, bool]]:
    """A second message to each tool of a file: about another thing, or that wants nothing; and whether it is met."""
    asked = [(each, 1) for each in section(sentences, "further") if each]
    asked += [(each, 0) for each in section(sentences, "nothing") if each]
    for kind, first in (("reads", "What's {a}?"), ("acts", "Please {o}.")):
        for line in filter(None, section(tools, kind)):
            before = _plain(line, first)
            if ", " in line.partition(")")[0] or not met(before):
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


def _plainly(arguments: Mapping[str, Any]) -> list[str]:
    """Values as they are compared: a figure without its unit, no article, no plural, no zero before an hour."""
    said = (re.sub(r"^(?:the|an?) |^0|s$|\W", "", str(value).casefold()) for value in arguments.values())
    return [re.sub(r".*?(\d[\d:.,]*).*", r"\1", each) if re.search(r"\d", each) else each for each in said]


def _plain(line: str, sentence: str) -> Plain:
    about, phrase, one, other = line.split(" | ")
    match = re.fullmatch(r"(\w+)\(([\w, ]+)\): (.*)", about)
    assert match, about
    name, names, description = match.groups()
    values = [dict(zip(names.split(", "), each.split(" / "), strict=True)) for each in (one, other)]
    (a, x), (b, y) = ((phrase.format(*each.values()), "".join(each.values())) for each in values)
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
    tool = Tool(name, description, parameters(**dict.fromkeys(values[0], STRING)))
    return Plain(tool, sentence, sentence.format(**said), [values[n] for n in _which(sentence)])


def _which(sentence: str) -> list[int]:
    """Which of the two things a sentence wants."""
    first, second = (any(f"{{{each}}}" in sentence for each in listed) for listed in ("aAoOxX", "by"))
    if re.search(r"\bnot \{x\}", sentence, re.IGNORECASE):
        return [1]
    return [n for n, said in enumerate((first, second)) if said]
