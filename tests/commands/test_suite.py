"""The command `test`: what --quick leaves out, what --all adds, and that it says so."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from workshop.cli import app
from workshop.commands import enter, tests
from workshop.config import ROOT, STAGES
from workshop.errors import LabError

SOME = (
    "tests/exercises/test_wrong_answers.py",
    "tests/house/test_types.py",
    "tests/lab/test_interrupts.py",  # needs running services
    "tests/timeline/test_timeline_scale.py",
    "tests/weather/test_weather.py",
)


def chosen(*options: str) -> tuple[set[str], str]:
    """Return the files whose tests `test` would run, out of SOME, and all that it prints."""
    command = [sys.executable, "-m", "workshop", "test", *options, "--collect-only", "-q", "-n", "0", *SOME]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {line.partition("::")[0] for line in told.splitlines() if "::" in line}, told


def test_quick_runs_what_needs_no_services_no_notebooks_and_no_mypy_and_says_what_it_leaves_out() -> None:
    files, told = chosen("--quick")
    assert files == {"tests/timeline/test_timeline_scale.py", "tests/weather/test_weather.py"}
    assert told.endswith(tests.LEFT_OUT + "\n")


def test_without_quick_all_of_them_run_and_nothing_is_left_out() -> None:
    files, told = chosen()
    assert files == set(SOME)
    assert tests.LEFT_OUT not in told


def test_no_lesson_and_no_exercise_begins_when_the_others_are_done() -> None:
    """One that tests/conftest.py does not name would run alone at the end: two minutes for exercise 07."""
    tree = ast.parse((ROOT / "tests" / "conftest.py").read_text())
    [order] = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "LONGEST_FIRST"
    ]
    exercises = {f"exercise-{path.parent.name[:2]}" for path in ROOT.glob("exercises/*/exercise.ipynb")}
    assert exercises and {*exercises, *(f"lesson-{stage}" for stage in STAGES)} - set(order) == set()


@pytest.mark.parametrize(
    ("options", "marks"),
    [({}, "not slow"), ({"quick": True}, "not slow and not long"), ({"everything": True}, "")],
)
def test_slow_tests_run_only_with_all(options: dict[str, bool], marks: str) -> None:
    command = tests.pytest_command(["-x"], **options)
    assert command[command.index("-m", 3) + 1] == marks if marks else "-m" not in command[3:]
    assert command[-2:] == ["-x", str(ROOT / "tests")]


def test_quick_and_all_together_are_refused() -> None:
    with pytest.raises(LabError, match="Give one of the two"):
        tests.run([], everything=True, quick=True)


def test_what_is_printed_without_an_environment_names_every_command() -> None:
    names = {command.callback.__name__ for command in app.registered_commands if command.callback}
    assert names and names <= set(enter.USAGE.replace("|", " ").split())
