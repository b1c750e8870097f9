"""Exercise 02, executed: every check red on the untouched exercise and on each wrong answer, green on the solution."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bench_instance import Bench

from workshop import build, run
from workshop.checks import recorded_results
from workshop.checks.findings import checks_of
from workshop.config import ROOT

STAGE = "02_temporal_hello_world"
EXERCISE = ROOT / "exercises" / STAGE / "exercise.ipynb"
SOLUTION = ROOT / "solutions" / STAGE / "exercise" / "solution.ipynb"
WRONG = ROOT / "tests" / "wrong_answers" / "02"
CHECKS = [one.name for one in checks_of("02")]
RED_BECAUSE = re.compile(r"^Red: (.+)$", re.MULTILINE)
REPORT = "result of the check: "

QUICK = 2
"""How many wrong answers of each check run in the quick suite, the first by name. The others are slow tests."""
PATCHES = [(patch, place < QUICK) for name in CHECKS for place, patch in enumerate(sorted(WRONG.glob(f"{name}-*.patch")))]
WRONG_ANSWERS = [pytest.param(patch, quick, id=patch.stem, marks=[] if quick else [pytest.mark.slow]) for patch, quick in PATCHES]

Results = Callable[[bool], dict[Path, dict[str, Any]]]

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("exercise-02")]


def test_untouched_it_runs_to_its_end_and_each_check_says_what_is_missing(bench: Bench) -> None:
    result = run.execute(EXERCISE, env=bench.env)
    assert result.ok, str(result)
    results = recorded_results()
    assert [name for name in CHECKS if results[name]["passed"]] == []
    for name in CHECKS:
        for finding in results[name]["findings"]:
            assert finding["expected"] and finding["seen"] and finding["look"]
            assert "Traceback" not in finding["seen"]


@pytest.mark.parametrize("turn", ["first", pytest.param("second", marks=pytest.mark.slow)])
def test_solved_every_check_is_green(bench: Bench, turn: str) -> None:
    result = run.execute(SOLUTION, env=bench.env)
    assert result.ok, str(result)
    assert red(recorded_results()) == {}


@pytest.mark.slow
def test_checks_tell_the_truth_out_of_order_after_a_kernel_restart_and_beside_an_open_lesson(
    bench: Bench, tmp_path: Path
) -> None:
    lesson = 'from workshop.lab import Lab\nLab("02_temporal_hello_world").worker("worker.py")'
    modules = [cell for cell in cells(ROOT / "notebooks" / f"{STAGE}.ipynb") if cell.source.startswith("%%writefile")]
    opened = nbformat.v4.new_code_cell('from workshop.lab import Lab\nLab("02_temporal_hello_world")')
    execute(bench, tmp_path, [opened, *modules, nbformat.v4.new_code_cell(lesson)])
    first = cells(SOLUTION)
    execute(
        bench, tmp_path, [*part(first, "from workshop.lab", "%%writefile", "import os"), *part(first, "worker = lab.worker(")]
    )
    found = execute(bench, tmp_path, [*part(first, "from workshop.lab"), *map(checking, reversed(CHECKS))])
    assert [result["passed"] for result in found] == [True] * len(CHECKS), found


@pytest.mark.parametrize("name", CHECKS)
def test_each_check_has_two_wrong_answers(name: str) -> None:
    assert sum(patch.name.startswith(f"{name}-") for patch, _ in PATCHES) >= 2


@pytest.mark.parametrize(("patch", "quick"), WRONG_ANSWERS)
def test_a_wrong_answer_is_red_for_its_reason(results: Results, patch: Path, quick: bool) -> None:
    reason = RED_BECAUSE.search(patch.read_text())
    assert reason, "the patch does not say which finding is red"
    findings = results(quick)[patch]["findings"]
    assert any(reason[1] in finding["expected"] for finding in findings if not finding["ok"]), findings


@pytest.fixture(scope="module")
def results(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """What the checks say to the quick wrong answers, or to the others: each set is executed once, in one kernel."""

    @cache
    def found(quick: bool) -> dict[Path, dict[str, Any]]:
        folder = tmp_path_factory.mktemp("wrong")
        patches = [patch for patch, is_quick in PATCHES if is_quick == quick]
        composed = part(cells(SOLUTION), "from workshop.lab")
        for patch in patches:
            name = patch.stem.partition("-")[0]
            solved = solved_with(patch, folder / patch.stem)
            composed += part(solved, "%%writefile")
            if name == "02.crash":  # what this one looks at is the run that a cell of the learner's starts
                composed += [*part(solved, "import os"), *part(solved, "worker = lab.worker(")]
            composed.append(checking(name))
        return dict(zip(patches, execute(bench, folder, composed), strict=True))

    return found


def red(results: dict[str, Any]) -> dict[str, Any]:
    return {name: results[name]["findings"] for name in CHECKS if not results[name]["passed"]}


def cells(path: Path) -> list[Any]:
    return list(nbformat.read(path, as_version=4).cells)


def part(notebook: list[Any], *beginnings: str) -> list[Any]:
    """The code cells that begin with one of these texts, in the notebook's order."""
    return [cell for cell in notebook if cell.cell_type == "code" and cell.source.startswith(beginnings)]


def checking(name: str) -> Any:
    return nbformat.v4.new_code_cell(f'import json\nprint("{REPORT}" + json.dumps(lab.check("{name}").as_json()))')


def execute(bench: Bench, folder: Path, composed: list[Any]) -> list[dict[str, Any]]:
    """Executes cells in a clean kernel and returns what the checks among them found, in order."""
    for index, cell in enumerate(composed):
        cell.id = f"cell-{index}"
    path = folder / "composed.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=composed), path)
    result = run.execute(path, env=bench.env)
    assert result.ok, str(result)
    said = "".join(o.text for cell in result.notebook.cells for o in cell.get("outputs", []) if o.output_type == "stream")
    return [json.loads(line.removeprefix(REPORT)) for line in said.splitlines() if line.startswith(REPORT)]


def solved_with(patch: Path, folder: Path) -> list[Any]:
    """The cells of the solved exercise with a wrong answer put into its sources."""
    for name in ("course", "solutions"):
        shutil.copytree(ROOT / name / STAGE, folder / name / STAGE)
    subprocess.run(["git", "apply", "--unsafe-paths", str(patch)], cwd=folder, check=True)
    made = build.build(folder)
    assert not made.problems
    changed = made.files[SOLUTION.relative_to(ROOT)]
    assert changed != SOLUTION.read_bytes(), f"{patch.name} changes nothing"
    return list(nbformat.reads(changed.decode(), as_version=4).cells)
