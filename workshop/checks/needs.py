"""What a check needs before it can look at behavior: files that are there, that parse, without stubs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from workshop.builder.solutions import STUB_EXCEPTION
from workshop.checks.findings import Finding
from workshop.workspace import files

_HINT = re.compile(r"Your turn: ([^\n\"']+(?:['\"][^\n\"']+)*)")


def unfilled(text: str) -> str | None:
    """Return the hint of an unfilled stub that an output or a failure mentions, or None."""
    found = _HINT.search(text)
    return found[1].strip().rstrip("\"')") if found else None


def still_empty(hint: str, where: str = "") -> Finding:
    """Return the finding for an unfilled stub, with the stub's hint as what to do next."""
    return Finding(
        False,
        "your own code in place of the stub",
        f"nothing has been written {where or 'there'} yet",
        f"Your turn: {hint}",
    )


def missing(folder: Path, needs: Sequence[str]) -> Finding | None:
    """Return the first thing that keeps a check from starting, or None."""
    for need in needs:
        name, _, symbol = need.partition(":")
        path = folder / name
        if not path.is_file():
            return Finding(
                False,
                f"a file {name} in {files.shown(folder)}",
                "it is not there",
                f"Run the cell that begins with `{'lab.bring' if '/' in name else f'%%writefile {name}'}`, "
                "then this one again.",
            )
        if problem := files.syntax_problem(path):
            return Finding(
                False,
                f"{name} can be read by Python",
                problem,
                f"Fix that line in the cell of {name} and run it.",
            )
        part = _part(path, symbol)
        if part is None:
            return Finding(
                False,
                f"{symbol} in {name}",
                "there is nothing of that name",
                f"Look at the cell of {name}: keep the names that are given.",
            )
        for line, hint in _stubs(part):
            return still_empty(hint, f"in {name} at line {line}")
    return None


def _part(path: Path, symbol: str) -> ast.AST | None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if not symbol:
        return tree
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name) if (
                name == symbol
            ):
                return node
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)) if (
                name == symbol
            ):
                return node
    return None


def _stubs(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Raise(exc=ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(said))])) if (
                name == STUB_EXCEPTION
            ):
                yield node.lineno, said.removeprefix("Your turn: ")
