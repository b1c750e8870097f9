"""Executes exercises: whole, in part, or with a wrong answer put into their sources, and reads what their
checks said.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from bench_instance import Bench

from workshop.builder import notebooks
from workshop.checks import recorded_results
from workshop.checks.findings import checks_of
from workshop.commands import lessons
from workshop.config import ROOT

RED_BECAUSE = re.compile(r"^Red: (.+)$", re.MULTILINE)
REPORT = "result of the check: "


@dataclass(frozen=True)
class Exercise:
    """One exercise by the stem of its stage."""

    stage: str

    @property
    def untouched(self) -> Path:
        return ROOT / "exercises" / self.stage / "exercise.ipynb"

    @property
    def solution(self) -> Path:
        return ROOT / "solutions" / self.stage / "exercise" / "solution.ipynb"

    @property
    def checks(self) -> list[str]:
        return [one.name for one in checks_of(self.stage[:2])]

    def wrong_answers(self, name: str) -> list[Path]:
        """The patches against the sources that the check `name` must find wrong."""
        return sorted(
            (ROOT / "tests" / "exercises" / "wrong_answers" / self.stage[:2]).glob(f"{name}-*.patch")
        )

    def copy_sources(self, folder: Path) -> None:
        """The exercise's sources and its lesson's, in the folders that the patches and the builder expect."""
        for name in ("course", "solutions"):
            shutil.copytree(ROOT / name / self.stage, folder / name / self.stage)

    def solved_with(self, patch: Path, folder: Path) -> list[Any]:
        """The cells of the solved exercise with a wrong answer put into its sources."""
        self.copy_sources(folder)
        assert (wrong := misfit(patch, folder)) == "", wrong
        made = notebooks.build(folder)
        assert not made.problems, made.problems
        changed = made.files[self.solution.relative_to(ROOT)]
        assert changed != self.solution.read_bytes(), f"{patch.name} changes nothing"
        return list(nbformat.reads(changed.decode(), as_version=4).cells)

    def see_untouched(self, bench: Bench) -> str:
        """Execute the untouched exercise: it reaches its end, and each check says in words what is missing.
        What it printed.
        """
        result = lessons.execute(self.untouched, env=bench.env)
        assert result.ok, str(result)
        results = recorded_results()
        assert [name for name in self.checks if results[name]["passed"]] == []
        for name in self.checks:
            for finding in results[name]["findings"]:
                assert finding["expected"] and finding["seen"]
                assert finding["ok"] or finding["look"]
                assert "Traceback" not in finding["seen"]
        return printed(result)

    def see_solved(self, bench: Bench) -> str:
        """Execute the solved exercise: every check is green. What it printed."""
        result = lessons.execute(self.solution, env=bench.env)
        assert result.ok, str(result)
        results = recorded_results()
        assert {name: results[name]["findings"] for name in self.checks if not results[name]["passed"]} == {}
        return printed(result)

    def open_lesson(self) -> list[Any]:
        """Cells that open the stage's lesson in the same kernel, with its modules written and its worker at
        work.
        """
        lesson = cells(ROOT / "notebooks" / f"{self.stage}.ipynb")
        opening = f'from workshop.lab import Lab\nLab("{self.stage}")'
        return [code(opening), *part(lesson, "%%writefile"), code(f'{opening}.worker("worker.py")')]

    def see_solved_again(self, bench: Bench, folder: Path, first: list[Any], beside: list[Any]) -> None:
        """Execute `first` in one kernel, and in the next `beside` and all checks, the last one first: every
        check is green.
        """
        execute(bench, folder, first)
        found = execute(
            bench,
            folder,
            [
                *beside,
                *part(cells(self.solution), "from workshop.lab"),
                *map(checking, reversed(self.checks)),
            ],
        )
        assert [result["passed"] for result in found] == [True] * len(self.checks), found

    def quick_ones(self, stems: Sequence[str]) -> list[Path]:
        """The wrong answers with these names; all of them must be there."""
        patches = [patch for name in self.checks for patch in self.wrong_answers(name) if patch.stem in stems]
        assert len(patches) == len(stems)
        return patches

    def try_wrong_answers(
        self,
        bench: Bench,
        folder: Path,
        patches: Sequence[Path],
        answers: str = "",
        also: Callable[[str, list[Any]], list[Any]] = lambda check, solved: [],
    ) -> None:
        """Execute the solution with each of the patches, in one kernel, and see that the meant finding is
        red.

        `answers`: what a check is given beside its name. `also(check, cells)`: further cells that it needs.
        """
        composed = part(cells(self.solution), "from workshop.lab")
        for patch in patches:
            name = patch.name.partition("-")[0]
            solved = self.solved_with(patch, folder / patch.stem)
            composed += [*part(solved, "%%writefile"), *also(name, solved), checking(name, answers)]
        for patch, result in zip(patches, execute(bench, folder, composed), strict=True):
            reason = RED_BECAUSE.search(patch.read_text())
            assert reason, f"{patch.name} does not say which finding is red"
            red = [finding["expected"] for finding in result["findings"] if not finding["ok"]]
            assert any(reason[1] in text for text in red), f"{patch.name}: {result['findings']}"


def misfit(patch: Path, folder: Path, *options: str) -> str:
    """Apply a patch to a folder, or `--check` it; what git says against it, empty if it fits."""
    command = ["git", "apply", "--unsafe-paths", *options, str(patch)]
    said = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return "" if said.returncode == 0 else f"{patch.name}: {said.stderr}"


def cells(path: Path) -> list[Any]:
    return list(nbformat.read(path, as_version=4).cells)


def part(notebook: list[Any], *beginnings: str) -> list[Any]:
    """The code cells that begin with one of these texts, in the notebook's order."""
    return [cell for cell in notebook if cell.cell_type == "code" and cell.source.startswith(beginnings)]


def code(source: str) -> Any:
    return nbformat.v4.new_code_cell(source)


def checking(name: str, answers: str = "") -> Any:
    """A cell that runs a check, given `answers`, and prints its result for `execute` to read."""
    return code(f'import json\nprint("{REPORT}" + json.dumps(lab.check("{name}", {answers}).as_json()))')


def execute(bench: Bench, folder: Path, composed: list[Any]) -> list[dict[str, Any]]:
    """Executes cells in a clean kernel and returns what the checks among them found, in order."""
    for index, cell in enumerate(composed):
        cell.id = f"cell-{index}"
    path = folder / "composed.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=composed), path)
    result = lessons.execute(path, env=bench.env)
    assert result.ok, str(result)
    return [
        json.loads(line.removeprefix(REPORT))
        for line in printed(result).splitlines()
        if line.startswith(REPORT)
    ]


def printed(result: lessons.Result) -> str:
    """All that the cells of an executed notebook printed and showed, as text."""
    outputs = [output for cell in result.notebook.cells for output in cell.get("outputs", [])]
    return "\n".join(output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs)
