"""Mutations of the solutions: one statement deleted at a time, to see whether a check of the exercise
notices.

    python tests/exercises/mutation.py 01            lists the statements of exercise 01's solution regions
    pytest tests/exercises/test_mutation.py -m slow  deletes each of them and executes the solved notebook

Statements are those of the regions in solutions/NN_stage/exercise/*.py and in course/NN_stage/exercise.py,
inner ones too: a docstring is one, and so is a whole function. `pass` takes the place of each.
"""

from __future__ import annotations

import ast
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from workshop.builder import notebooks
from workshop.builder.solutions import regions
from workshop.checks.findings import checks_of
from workshop.commands import lessons
from workshop.config import ROOT

CELL_TIMEOUT_S = 75
"""A check has 60 s; a cell of a broken exercise that waits for ever is interrupted after this."""
STOP_AT_RED = """
from workshop.lab import Lab as _Lab

_check = _Lab.check


def _checked(self, name, **answers):
    result = _check(self, name, **answers)
    if not result:
        print("RED:", name)
        # nothing after the first red check matters
        get_ipython().input_transformers_cleanup.append(lambda lines: [])
    return result


_Lab.check = _checked
"""


@dataclass(frozen=True)
class Mutant:
    """One statement to delete: lines `start` to `end` (from 1) of a source, relative to the root."""

    source: Path
    start: int
    end: int
    where: str
    """The function or class that holds it."""
    first_line: str

    @property
    def name(self) -> str:
        """The name in the list of survivors, which stays the same while other lines of the file change."""
        return f"{self.source.as_posix()}: {self.where}{self.first_line}"

    def text(self) -> str:
        """The source with `pass` in place of the statement, so that no block and no region is left empty."""
        lines = (ROOT / self.source).read_text().splitlines()
        first = lines[self.start - 1]
        indent = first[: len(first) - len(first.lstrip())]
        return "\n".join([*lines[: self.start - 1], f"{indent}pass", *lines[self.end :]]) + "\n"


def mutants(number: str) -> list[Mutant]:
    """Return every statement of every solution region of an exercise ("01")."""
    found = []
    for path in _sources(number):
        text = path.read_text()
        tree = compile(text, str(path), "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        spans = [(region.start, region.end) for region in regions(text, path)]
        for node, where in _statements(tree):
            start = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
            end = node.end_lineno or start
            if any(first < start and end < last for first, last in spans):
                line = text.splitlines()[node.lineno - 1].strip()
                found.append(Mutant(path.relative_to(ROOT), start, end, where, line))
    return sorted(found, key=lambda mutant: (mutant.source, mutant.start))


def _statements(node: ast.AST, where: str = "") -> Iterator[tuple[ast.stmt, str]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child, where
        named = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        yield from _statements(child, f"{where}{child.name} · " if named else where)  # type: ignore[attr-defined]


def red_check(stage: str, folder: Path, env: dict[str, str], mutant: Mutant | None = None) -> str | None:
    """Execute a solved exercise without the statement of a mutant. Return the first red check, or None."""
    for name in ("course", "solutions"):
        shutil.copytree(ROOT / name / stage, folder / name / stage)
    if mutant:
        (folder / mutant.source).write_text(mutant.text())
    made = notebooks.build(folder)
    target = Path("solutions") / stage / "exercise" / "solution.ipynb"
    assert target in made.files, made.problems
    notebook = nbformat.reads(made.files[target].decode(), as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(STOP_AT_RED))
    return next(iter(execute(notebook, folder, env)), None)


def execute(notebook: Any, folder: Path, env: dict[str, str]) -> list[str]:
    """Execute a notebook to its end, whatever its cells raise. Return the red checks, in order."""
    environment = {**env, "IPYTHONDIR": str(folder / "ipython")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT_S,
        interrupt_on_timeout=True,
        allow_errors=True,
        kernel_name="python3",
        kernel_manager_class=lessons.Kernel,
        resources={"metadata": {"path": str(folder)}},
        store_widget_state=False,
    )
    try:
        client.execute(env=environment)
    except (CellTimeoutError, DeadKernelError) as error:
        print(f"the notebook did not reach its end: {error}")
    printed = [
        o.text for cell in notebook.cells for o in cell.get("outputs", []) if o.output_type == "stream"
    ]
    lines = "".join(printed).splitlines()
    return [line.removeprefix("RED: ") for line in lines if line.startswith("RED: ")]


def _sources(number: str) -> Iterator[Path]:
    for path in (
        *ROOT.glob(f"solutions/{number}_*/exercise/*.py"),
        *ROOT.glob(f"course/{number}_*/exercise.py"),
    ):
        if regions(path.read_text(), path):
            yield path


def main(arguments: Sequence[str]) -> None:
    for number in arguments or ["01", "02", "03"]:
        found = mutants(number)
        print(f"{number}: {len(found)} statements, {len(checks_of(number))} checks")
        for mutant in found:
            print(f"  {mutant.start:>4}  {mutant.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
