"""ruff and strict mypy over what a learner or a maintainer reads: package, solutions, benchmarks, notebooks,
tests.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from workshop.config import ROOT, STAGES

pytestmark = [pytest.mark.xdist_group("types"), pytest.mark.timeout(280)]

MAGIC = re.compile(r"^(\s*)[!%].*$", re.MULTILINE)


def tool(*command: str, path: str = "") -> str:
    """Return what ruff or mypy says; empty when all is well."""
    env = {**os.environ, "MYPYPATH": path}
    said = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    return "" if said.returncode == 0 else said.stdout + said.stderr


def module_of(notebook: Path, folder: Path) -> Path:
    """Write a notebook's cells as a module, without cells that write a file: the file itself is on mypy's
    path.
    """
    cells = json.loads(notebook.read_text())["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    code = [MAGIC.sub(r"\1pass", source) for source in sources if not source.startswith("%%")]
    module = folder / ("exercise.py" if notebook.stem == "solution" else "lesson.py")
    module.write_text("\n\n".join(["from IPython.display import display", *code]) + "\n")
    return module


def test_ruff_has_nothing_to_say() -> None:
    assert tool("ruff", "check") == ""
    assert tool("ruff", "format", "--check") == ""


def test_the_package_and_its_benches() -> None:
    assert tool("mypy") == ""
    # benchmarks/crash_matrix.py runs the module of the same name in tests/helpers/: to mypy they are one.
    benches = [str(path) for path in sorted(ROOT.glob("benchmarks/*.py")) if path.stem != "crash_matrix"]
    helpers = ":".join(
        str(ROOT / folder)
        for folder in ("tests", "tests/helpers", "tests/gateway", "benchmarks", "solutions/03_durable_agent")
    )
    assert tool("mypy", *benches, path=helpers) == ""


FOLDERS = sorted({path.parent for path in (ROOT / "tests").rglob("*.py")} - {ROOT / "tests/gateway/clients"})
"""All but the programs for clients of others, which are not installed here."""
WITH_CONFTEST = [folder for folder in FOLDERS if (folder / "conftest.py").exists()]
"""Each of these is checked alone: mypy takes two modules of the same name for one."""


def test_the_tests() -> None:
    check_tests(*(folder for folder in FOLDERS if folder not in WITH_CONFTEST))


@pytest.mark.parametrize("folder", WITH_CONFTEST, ids=lambda folder: folder.name)
def test_the_tests_with_a_conftest(folder: Path) -> None:
    check_tests(folder)


def check_tests(*folders: Path) -> None:
    packages = [folder for folder in folders if (folder / "__init__.py").exists()]
    parts = ("tests/helpers", "tests", "tests/gateway", "benchmarks", "solutions/05_deep_research")
    paths = [*(folder for folder in folders if folder not in packages), *(ROOT / part for part in parts)]
    files = sorted(file for folder in folders for file in folder.glob("*.py"))
    assert tool("mypy", *map(str, files), path=":".join(map(str, paths))) == ""


@pytest.mark.parametrize("stage", STAGES)
def test_a_lesson_and_its_files(stage: str, tmp_path: Path) -> None:
    folder = ROOT / "solutions" / stage
    files = [str(path) for path in folder.rglob("*.py") if "exercise" not in path.relative_to(folder).parts]
    lesson = module_of(ROOT / "notebooks" / f"{stage}.ipynb", tmp_path)
    assert tool("mypy", str(lesson), *files, path=f"{folder}:{tmp_path}") == ""


@pytest.mark.parametrize(
    "stage", [stage for stage in STAGES if (ROOT / "solutions" / stage / "exercise").exists()]
)
def test_a_solved_exercise_and_its_files(stage: str, tmp_path: Path) -> None:
    folder = ROOT / "solutions" / stage / "exercise"
    solved = module_of(folder / "solution.ipynb", tmp_path)
    files = [str(path) for path in folder.glob("*.py")]
    path = f"{folder}:{folder.parent}:{tmp_path}"  # its own files first, then those of its lesson
    assert tool("mypy", str(solved), *files, path=path) == ""


def test_a_wrong_name_in_a_cell_would_be_seen(tmp_path: Path) -> None:
    lesson = module_of(ROOT / "notebooks" / "04_agent_routing.ipynb", tmp_path)
    lesson.write_text(lesson.read_text() + "lab.receipt(handle)\n")
    assert 'has no attribute "receipt"' in tool(
        "mypy", str(lesson), path=str(ROOT / "solutions" / "04_agent_routing")
    )
