"""What the builder takes from `solutions/`: modules, named parts of them, modules without solutions."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager

STUB_EXCEPTION = "NotImplementedError"
"""What an unfilled stub raises, with the hint as its message."""

_BEGIN = re.compile(
    r'^(?P<indent>[ \t]*)### BEGIN SOLUTION(?: from "(?P<starter>[^"]+)")?: (?P<hint>\S.*?)\s*$'
)
_END = re.compile(r"^[ \t]*### END SOLUTION\s*$")
_MEANT_AS_MARKER = re.compile(r"#.*\b(?:BEGIN|END)[ _-]?SOLUTION\b", re.IGNORECASE)
_MARKER_FORM = (
    '"### BEGIN SOLUTION: hint", "### BEGIN SOLUTION from "starter.py": hint" or "### END SOLUTION"'
)


@dataclass(frozen=True, order=True)
class Problem:
    """A problem in a source: where it is, and what to do about it."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


class SourceError(Exception):
    """A source that the builder can't use. `problem` says where and why."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}")
        self.problem = Problem(path, line, message)


@dataclass(frozen=True)
class Region:
    """A marked solution: lines `start` to `end` (from 1, markers included) of a source."""

    start: int
    end: int
    indent: str
    hint: str
    starter: str | None


def regions(text: str, path: Path, first_line: int = 1) -> list[Region]:
    """Return the marked solutions of a source. `path` and `first_line` are for messages: they say where
    `text` is in its file.

    Raises SourceError for a marker that is nested, unclosed, without a beginning or malformed, and for an
    empty region.
    """
    found: list[Region] = []
    lines = text.splitlines()
    opened: tuple[int, re.Match[str]] | None = None
    for number, line in enumerate(lines, 1):
        here = first_line + number - 1
        if begin := _BEGIN.match(line):
            if opened:
                raise SourceError(
                    path, here, f"a solution begins inside the one of line {first_line + opened[0] - 1}"
                )
            opened = number, begin
        elif _END.match(line):
            if not opened:
                raise SourceError(path, here, "a solution ends here that never began")
            start, match = opened
            if not any(_is_code(inner) for inner in lines[start : number - 1]):
                raise SourceError(path, first_line + start - 1, "the solution is empty")
            found.append(Region(start, number, match["indent"], match["hint"], match["starter"]))
            opened = None
        elif _MEANT_AS_MARKER.search(line):
            raise SourceError(path, here, f"malformed marker {line.strip()!r}; write {_MARKER_FORM}")
    if opened:
        raise SourceError(path, first_line + opened[0] - 1, "the solution that begins here is never closed")
    return found


def solved(text: str, path: Path, first_line: int = 1) -> str:
    """Return the source with its solutions, but without their markers."""
    markers = {line for region in regions(text, path, first_line) for line in (region.start, region.end)}
    return "\n".join(line for number, line in enumerate(text.splitlines(), 1) if number not in markers)


def blanked(text: str, path: Path, starters: Path, first_line: int = 1) -> str:
    """Return the source with a stub, or the starter file that the region names, in place of each solution.

    Raises SourceError if a starter is missing, or if the result would not parse: then the region cuts a
    statement in two, and a learner would see Python's message instead of the hint.
    """
    found = regions(text, path, first_line)
    lines = text.splitlines()
    for region in reversed(found):
        lines[region.start - 1 : region.end] = _in_place_of(region, starters, path, first_line)
    result = "\n".join(lines)
    if found:
        try:
            check_cell(result)
        except SyntaxError as error:
            where = first_line + found[0].start - 1
            message = f"with its stubs in place this does not parse ({error.msg}); mark whole statements"
            raise SourceError(path, where, message) from None
    return result


def _in_place_of(region: Region, starters: Path, path: Path, first_line: int) -> list[str]:
    said = f"Your turn: {region.hint}"
    head = f"{region.indent}# {said}"
    if region.starter is None:
        return [head, f"{region.indent}raise {STUB_EXCEPTION}({_quoted(said)})"]
    file = starters / region.starter
    if not file.is_file():
        raise SourceError(path, first_line + region.start - 1, f"there is no starter file {file}")
    body = file.read_text(encoding="utf-8").rstrip("\n")
    return [head, *textwrap.indent(body, region.indent).splitlines()]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _is_code(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def check_cell(text: str) -> None:
    """Raise SyntaxError if a notebook could not run this text; magics and shell lines are fine."""
    transformer: Any = TransformerManager  # it has no type annotations
    _parse(transformer().transform_cell(text))


def _parse(text: str) -> ast.Module:
    """Return the syntax tree; `await` at the top level is fine, as in a notebook."""
    tree = compile(text, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    assert isinstance(tree, ast.Module)
    return tree


def excerpt(text: str, path: Path, symbols: str) -> str:
    """Return the named top-level parts of a module, in the order of `symbols` ("imports, TASK_QUEUE,
    get_weather").

    A part is a function, a class or an assignment, with the comment lines right above it; `imports` means all
    imports but those from `__future__`. Raises SourceError for a name that the module does not define.
    """
    lines = text.splitlines()
    try:
        body = _parse(text).body
    except SyntaxError as error:
        raise SourceError(path, error.lineno or 1, f"this does not parse: {error.msg}") from None
    parts = []
    for symbol in (name.strip() for name in symbols.split(",")):
        spans = [span for node in body if symbol in _names(node) for span in [_span(node, lines)]]
        if not spans:
            raise SourceError(path, 1, f"this module defines no {symbol!r} at its top level")
        parts.append(
            ("\n" if symbol == "imports" else "\n\n\n").join("\n".join(lines[a:b]) for a, b in spans)
        )
    return "\n\n\n".join(parts)


def _names(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.Import():
            yield "imports"
        case ast.ImportFrom(module=module) if module != "__future__":
            yield "imports"
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Assign(targets=targets):
            yield from (target.id for target in targets if isinstance(target, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name


def _span(node: ast.stmt, lines: list[str]) -> tuple[int, int]:
    start = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))]) - 1
    while start > 0 and lines[start - 1].startswith("#"):
        start -= 1
    return start, node.end_lineno or node.lineno
