"""The exercises, and what executes them: whole, in part, or with a wrong answer in their sources."""

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

WRONG_ANSWERS = ROOT / "tests" / "exercises" / "wrong_answers"
RED_BECAUSE = re.compile(r"^Red: (.+)$", re.MULTILINE)
REPORT = "result of the check: "

Cells = list[Any]


def cells(path: Path) -> Cells:
    return list(nbformat.read(path, as_version=4).cells)


def part(notebook: Cells, *beginnings: str) -> Cells:
    """Return the code cells that begin with one of these texts, in the notebook's order."""
    return [cell for cell in notebook if cell.cell_type == "code" and cell.source.startswith(beginnings)]


def code(source: str) -> Any:
    return nbformat.v4.new_code_cell(source)


def checking(name: str, answers: str = "") -> Any:
    """Return a cell that runs a check, given `answers`, and prints its result for `execute` to read."""
    return code(f'import json\nprint("{REPORT}" + json.dumps(lab.check("{name}", {answers}).as_json()))')


def execute(bench: Bench, folder: Path, composed: Cells) -> list[dict[str, Any]]:
    """Execute cells in a new kernel and return what the checks among them found, in order."""
    for index, cell in enumerate(composed):
        cell.id = f"cell-{index}"
    path = folder / "composed.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=composed), path)
    result = lessons.execute(path, env=bench.env)
    assert result.ok, str(result)
    lines = printed(result).splitlines()
    return [json.loads(line.removeprefix(REPORT)) for line in lines if line.startswith(REPORT)]


def printed(result: lessons.Result) -> str:
    """Return all that the cells of an executed notebook printed and showed, as text."""
    outputs = [output for cell in result.notebook.cells for output in cell.get("outputs", [])]
    return "\n".join(output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs)


def misfit(patch: Path, folder: Path, *options: str) -> str:
    """Apply a patch to a folder, or `--check` it. Return git's complaint, empty if the patch fits."""
    command = ["git", "apply", "--unsafe-paths", *options, str(patch)]
    said = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return "" if said.returncode == 0 else f"{patch.name}: {said.stderr}"


@dataclass(frozen=True)
class Exercise:
    """An exercise, and what its tests know about it."""

    stage: str
    answers: str = ""
    """What a check is given besides its name."""
    quick: tuple[str, ...] | None = None
    """The wrong answers of the default suite; None: the first one of each check. The others wait for
    time-outs and kills, and are slow tests.
    """
    also: Callable[[str, Cells], Cells] = lambda check, solved: []
    """Further cells of the solution that a check needs."""
    first: Callable[[Cells], Cells] = lambda solved: part(solved, "%%writefile")
    """The cells of the solution that a learner has run in an earlier kernel, besides its first cell."""
    worker: str = ""
    """The script of the lesson's worker."""

    @property
    def number(self) -> str:
        return self.stage[:2]

    @property
    def untouched(self) -> Path:
        return ROOT / "exercises" / self.stage / "exercise.ipynb"

    @property
    def solution(self) -> Path:
        return ROOT / "solutions" / self.stage / "exercise" / "solution.ipynb"

    @property
    def checks(self) -> list[str]:
        return [one.name for one in checks_of(self.number)]

    @property
    def opened(self) -> Cells:
        """The solution's first cell."""
        return part(cells(self.solution), "from workshop.lab")

    def wrong_answers(self, name: str) -> list[Path]:
        """Return the patches of the sources that the check `name` must find wrong."""
        return sorted((WRONG_ANSWERS / self.number).glob(f"{name}-*.patch"))

    def quick_answers(self) -> list[Path]:
        """Return the wrong answers of the default suite."""
        every = {name: self.wrong_answers(name) for name in self.checks}
        if self.quick is None:
            return [patches[0] for patches in every.values()]
        found = [patch for patches in every.values() for patch in patches if patch.stem in self.quick]
        assert len(found) == len(self.quick), "each of them is there"
        return found

    def copy_sources(self, folder: Path) -> None:
        """Copy the sources of the exercise and of its lesson to where patches and builder expect them."""
        for name in ("course", "solutions"):
            shutil.copytree(ROOT / name / self.stage, folder / name / self.stage)

    def solved_with(self, patch: Path, folder: Path) -> Cells:
        """Return the cells of the solved exercise with a wrong answer in its sources."""
        self.copy_sources(folder)
        assert (wrong := misfit(patch, folder)) == "", wrong
        made = notebooks.build(folder)
        assert not made.problems, made.problems
        changed = made.files[self.solution.relative_to(ROOT)]
        assert changed != self.solution.read_bytes(), f"{patch.name} changes nothing"
        return list(nbformat.reads(changed.decode(), as_version=4).cells)

    def see_untouched(self, bench: Bench) -> str:
        """Execute the untouched exercise to its end: each check says in words what is missing.
        Return what the cells printed.
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
        """Execute the solved exercise: every check is green. Return what the cells printed."""
        result = lessons.execute(self.solution, env=bench.env)
        assert result.ok, str(result)
        results = recorded_results()
        assert {name: results[name]["findings"] for name in self.checks if not results[name]["passed"]} == {}
        return printed(result)

    def open_lesson(self) -> Cells:
        """Return cells that open the stage's lesson in a kernel, write its modules, start its worker and
        switch a fault on.
        """
        opening = code(f'from workshop.lab import Lab\nlab = Lab("{self.stage}")')
        lesson = cells(ROOT / "notebooks" / f"{self.stage}.ipynb")
        written = part(lesson, "%%writefile")
        lines = [line for cell in part(lesson, "") for line in cell.source.splitlines()]
        written += [code(line) for line in lines if line.startswith("lab.bring(")]
        working = [
            code(f'lab.bring("{self.worker}")\nlab.worker("{self.worker}")'),
            code('lab.fault("unavailable", on="weather")'),
        ]
        return [opening, *written, *(working if self.worker else [])]

    def see_solved_again(self, bench: Bench, folder: Path, beside: Cells) -> None:
        """Execute the learner's cells in one kernel, and in the next `beside` and then all checks, the last
        one first: every check is green.
        """
        execute(bench, folder, [*self.opened, *self.first(cells(self.solution))])
        checks = [checking(name, self.answers) for name in reversed(self.checks)]
        found = execute(bench, folder, [*beside, *self.opened, *checks, code("lab.clear_faults()")])
        assert [result["passed"] for result in found] == [True] * len(self.checks), found

    def try_wrong_answers(self, bench: Bench, folder: Path, patches: Sequence[Path]) -> None:
        """Execute the solution with each of the patches, in one kernel: the finding that the patch names is
        red.
        """
        composed = self.opened
        for patch in patches:
            name = patch.name.partition("-")[0]
            solved = self.solved_with(patch, folder / patch.stem)
            composed += [*part(solved, "%%writefile"), *self.also(name, solved), checking(name, self.answers)]
        for patch, result in zip(patches, execute(bench, folder, composed), strict=True):
            reason = RED_BECAUSE.search(patch.read_text())
            assert reason, f"{patch.name} does not say which finding is red"
            red = [finding["expected"] for finding in result["findings"] if not finding["ok"]]
            assert any(reason[1] in text for text in red), f"{patch.name}: {result['findings']}"


def crash_of_task_6(solved: Cells) -> Cells:
    """Return the cells of exercise 02 in which the learner kills the worker between two activities."""
    return [
        cell
        for cell in part(solved, "worker = lab.worker(")
        if "worker.crash()" in cell.source or "Zoe" in cell.source
    ]


def run_of_02_crash(check: str, solved: Cells) -> Cells:
    """What 02.crash looks at is a run that a cell of the learner's starts."""
    return [*part(solved, "import os"), *crash_of_task_6(solved)] if check == "02.crash" else []


EXERCISES = [
    Exercise("01_agent_hello_world", answers="prediction=2"),
    Exercise(
        "02_temporal_hello_world",
        also=run_of_02_crash,
        first=lambda solved: [*part(solved, "%%writefile", "import os"), *crash_of_task_6(solved)],
        worker="worker.py",
    ),
    Exercise(
        "03_durable_agent",
        quick=(
            "03.durable-one_tool",
            "03.heartbeat-none",
            "03.secret-as_an_argument",
            "03.own-events_of_every_kind",
            "03.again-activity_id",
        ),
        first=lambda solved: part(solved, "%%writefile", "import os"),
        worker="worker.py",
    ),
    Exercise(
        "04_agent_routing",
        quick=(
            "04.fourth-not_in_the_list",
            "04.others-in_place_of_another",
            "04.guard-any_at_sign",
            "04.words-hides_all",
        ),
        first=lambda solved: part(solved, "%%writefile", "from uuid"),
        worker="worker.py",
    ),
    Exercise(
        "05_deep_research",
        quick=("05.loses-no_404", "05.workflow-does_not_wait"),
        also=lambda check, solved: part(solved, "lab.bring"),
        first=lambda solved: part(solved, "lab.bring", "%%writefile"),
        worker="run_worker.py",
    ),
    Exercise(
        "06_change_it_safely",
        quick=("06.replay-no_plugin", "06.replay-always_fine"),
        first=lambda solved: part(solved, "%%writefile", "import os"),
        worker="worker.py",
    ),
    Exercise(
        "07_in_front_of_users",
        quick=("07.budget-per_turn",),
        first=lambda solved: part(solved, "%%writefile", "import os"),
        worker="worker.py",
    ),
]
BY_NUMBER = {exercise.number: exercise for exercise in EXERCISES}
