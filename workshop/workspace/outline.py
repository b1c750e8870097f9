"""The code cells of a notebook: the heading above each, and what each one makes."""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager

_WRITEFILE = re.compile(r"\s*%%(?:write)?file[ \t]+(?P<line>[^\n]*)\n(?P<text>.*)", re.DOTALL)


def written(source: str, expand: Callable[[str], str] = str) -> tuple[str, str] | None:
    """Return the file that a cell writes, as it names it, and the text; None if it writes none or appends.

    All forms count that IPython takes: `%%file`, quotes, blank lines above. `expand` puts in what stands for
    `{name}`.
    """
    found = _WRITEFILE.match(source)
    try:
        words = shlex.split(expand(found["line"])) if found else []
    except ValueError:  # a quotation mark that is not closed
        return None
    if not found or not words or {"-a", "--append"} & set(words):
        return None
    return words[-1], found["text"]


@dataclass(frozen=True)
class Cell:
    """A code cell. `heading`: the nearest heading above it, empty if there is none."""

    heading: str
    source: str
    id: str = ""

    @property
    def writes(self) -> str | None:
        """The file that the cell writes with `%%writefile`, as a path below the lesson's folder."""
        found = written(self.source)
        return found[0] if found else None

    @cached_property
    def names(self) -> frozenset[str]:
        """The names that the cell defines."""
        try:
            return frozenset(_bound(ast.parse(TransformerManager().transform_cell(self.source))))
        except SyntaxError:  # the learner is still typing it
            return frozenset()

    @property
    def starts(self) -> str | None:
        """The file of the worker that the cell starts."""
        found = re.search(r"lab\.(?:worker|stand_in)\(\s*\"([^\"]+)\"", self.source)
        return found[1] if found else None

    def __str__(self) -> str:
        return f"the cell under “{self.heading}”" if self.heading else "the first cell"


def read(notebook: Path) -> list[Cell]:
    """Read the code cells of a notebook, in order; none if there is no such file."""
    heading, found = "", []
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"] if notebook.exists() else []:
        text = "".join(cell["source"])
        if cell["cell_type"] == "code":
            found.append(Cell(heading, text, cell.get("id", "")))
        elif text.startswith("#"):
            heading = text.splitlines()[0].lstrip("# ")
    return found


def nearest(cells: Sequence[Cell], running: Any, wanted: Callable[[Cell], object]) -> Cell | None:
    """Return the last wanted cell before the running one, or the first wanted cell if there is none before it
    or its place is unknown.

    `running`: what IPython's hooks say about the running cell, or None.
    """
    cell_id, source = getattr(running, "cell_id", None), getattr(running, "raw_cell", "")
    here = [index for index, cell in enumerate(cells) if cell_id and cell.id == cell_id]
    here = here or [index for index, cell in enumerate(cells) if cell.source == source]
    before = [cell for cell in cells[: here[0] if here else 0] if wanted(cell)]
    return (
        before[-1]
        if before
        else next((cell for cell in cells if wanted(cell) and cell.source != source), None)
    )


def _bound(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
            return  # names bound inside are local to it
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
        case ast.alias(name=name, asname=other):
            yield other or name.partition(".")[0]
    for child in ast.iter_child_nodes(node):
        yield from _bound(child)
