"""The builder: what a source becomes, stubs of exercises, and committed files equal to what a build makes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from small_course import EXERCISE_MODULE, MODULE, Course

from workshop.builder import notebooks
from workshop.builder.solutions import SourceError, blanked, regions, solved
from workshop.config import ROOT


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return Course(tmp_path)


# What a source becomes


def test_cells_become_cells_without_outputs_and_with_ids_from_their_position(course: Course) -> None:
    course.lesson("\n# %%\n# %load_ext x\nawait f()\n\n\n# %%\n# !ls\n")
    notebook = course.notebook()
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert [cell.id for cell in notebook.cells] == [f"03_durable_agent-{n:03d}" for n in range(4)]
    assert [cell.source for cell in notebook.cells[1:3]] == ["%load_ext x\nawait f()", "!ls"]
    for cell in notebook.cells[1:3]:
        assert (cell.outputs, cell.execution_count, dict(cell.metadata)) == ([], None, {})
    assert set(notebook.metadata) == {"kernelspec", "language_info", "workshop"}
    assert len(set(notebook.metadata.workshop.cells.split())) == 4, "a digest of each cell's text"
    assert notebook.metadata.kernelspec.name == "python3"


def test_a_module_cell_writes_the_file_as_it_stands_in_solutions(course: Course) -> None:
    course.write("solutions/03_durable_agent/deep/inner.py", "x = 1\n")
    course.lesson(
        '\n# %% include="03_durable_agent/workflow.py"\n# %% include="03_durable_agent/workflow.py" '
        'file="other.py"\n'
        '# %% include="03_durable_agent/deep/inner.py"\n'
    )
    sources = [cell.source for cell in course.notebook().cells]
    assert sources[1] == "%%writefile workflow.py\n" + MODULE.rstrip("\n")
    assert sources[2].startswith("%%writefile other.py\n")
    assert sources[3] == "%%writefile deep/inner.py\nx = 1"


def test_named_parts_of_a_module_become_a_plain_cell(course: Course) -> None:
    course.lesson(
        '\n# %% include="03_durable_agent/workflow.py" symbol="imports, TASK_QUEUE, LIMIT, get_weather, '
        'main"\n'
    )
    source = course.notebook().cells[1].source
    assert source.startswith("import asyncio\nfrom datetime import timedelta\n\n\n# The queue that")
    assert "\n\n\nTASK_QUEUE" not in source  # its comment is above it
    assert (
        '\n\n\n@staticmethod\ndef get_weather(state: str) -> str:\n    """Alerts."""\n    return state\n'
        "\n\nasync def main" in source
    )
    assert '"""A module."""' not in source


def test_what_goes_further_is_tagged_and_nothing_else(course: Course) -> None:
    course.lesson(
        '\n# %% tags=["raises-exception"]\n1 / 0\n# %% jupyter={"source_hidden": true}\n1\n'
        "# %% [markdown]\n# ## Going further\n# %%\n2\n"
    )
    metadata = [dict(cell.metadata) for cell in course.notebook().cells]
    further = {"tags": ["further"]}
    assert metadata == [
        {},
        {"tags": ["raises-exception"]},
        {"jupyter": {"source_hidden": True}},
        further,
        further,
        further,
    ]


def test_links_lead_to_the_neighbours_the_modules_and_the_exercise_and_they_exist(course: Course) -> None:
    course.lesson("", "02_temporal_hello_world")
    course.lesson("")
    course.lesson("", "04_agent_routing")
    course.exercise("")
    first, *_, last = [cell.source for cell in course.notebook().cells]
    assert first.startswith(
        "# 3 · Title\n\n← [3 · Title](02_temporal_hello_world.ipynb) · [3 · Title](04_agent_routing.ipynb) →"
    )
    assert "(../solutions/03_durable_agent/workflow.py)" in first
    assert "(../exercises/03_durable_agent/exercise.ipynb)" in first
    source = "course/03_durable_agent/lesson.py"
    assert (
        first.endswith(f" · made from `{source}`")
        and course.notebook().metadata.workshop["made from"] == source
    )
    exercise = "[exercise](../exercises/03_durable_agent/exercise.ipynb)"
    assert (
        last == f"The end.\n\n---\nNext: this lesson's {exercise}, then [3 · Title](04_agent_routing.ipynb) →"
    )
    *_, last = [cell.source for cell in course.notebook("exercises/03_durable_agent/exercise.ipynb").cells]
    assert last.endswith("Next: [3 · Title](../../notebooks/04_agent_routing.ipynb) →")
    assert course.main() == 0
    checked = 0
    for path in notebooks.build(course.root).files:
        for cell in nbformat.read(course.root / path, as_version=4).cells:
            for link in re.findall(r"\]\(([^)]+)\)", cell.source):
                assert ((course.root / path).parent / link).resolve().is_file(), f"{path}: {link}"
                checked += 1
    assert checked >= 12


# Exercises


def test_an_exercise_has_stubs_and_its_solution_has_the_code_and_neither_has_markers(course: Course) -> None:
    course.write("solutions/03_durable_agent/exercise/board.py", EXERCISE_MODULE)
    course.exercise(
        '\n# %% include="03_durable_agent/exercise/board.py"\n'
        "# %%\n### BEGIN SOLUTION: count the activities\ncount = 3\n### END SOLUTION\nprint(count)\n"
        '# %% [markdown] only="solution"\n# Because.\n# %% [markdown] only="exercise"\n# Why?\n'
    )
    exercise = [cell.source for cell in course.notebook("exercises/03_durable_agent/exercise.ipynb").cells]
    solution = [
        cell.source for cell in course.notebook("solutions/03_durable_agent/exercise/solution.ipynb").cells
    ]
    assert exercise[1] == (
        "%%writefile board.py\ndef post(notice):\n    before(notice)\n"
        '    # Your turn: post with a "key"\n    raise NotImplementedError("Your turn: post with a '
        '\\"key\\"")\n    return notice'
    )
    assert (
        exercise[2] == '# Your turn: count the activities\nraise NotImplementedError("Your turn: count the '
        'activities")\nprint(count)'
    )
    assert "Why?" in exercise[3] and "Because." in solution[3]
    assert len(exercise) == len(solution) == 5
    assert solution[1] == "%%writefile board.py\n" + solved(EXERCISE_MODULE, Path("x"))
    assert solution[2] == "count = 3\nprint(count)"
    assert "SOLUTION" not in "".join(exercise + solution)
    assert "Because" not in "".join(exercise)


def test_a_stub_runs_and_speaks(course: Course) -> None:
    stub = blanked(EXERCISE_MODULE, Path("x"), course.root)
    namespace: dict[str, Any] = {"before": lambda notice: None}
    exec(compile(stub, "stub", "exec"), namespace)
    with pytest.raises(NotImplementedError, match='Your turn: post with a "key"'):
        namespace["post"]({})


def test_a_starter_file_takes_the_place_of_a_region(course: Course) -> None:
    course.write("course/03_durable_agent/starter.py", "if True:\n    send(notice)\n")
    text = EXERCISE_MODULE.replace("SOLUTION:", 'SOLUTION from "starter.py":')
    course.write("solutions/03_durable_agent/exercise/board.py", text)
    course.exercise('\n# %% include="03_durable_agent/exercise/board.py"\n')
    source = course.notebook("exercises/03_durable_agent/exercise.ipynb").cells[1].source
    assert (
        '    # Your turn: post with a "key"\n    if True:\n        send(notice)\n    return notice' in source
    )
    (course.root / "course/03_durable_agent/starter.py").unlink()
    [problem] = course.problems()
    assert problem.startswith("solutions/03_durable_agent/exercise/board.py:3: there is no starter file")


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (
            "### BEGIN SOLUTION: a\nx = 1\n### BEGIN SOLUTION: b\n### END SOLUTION",
            3,
            "inside the one of line 1",
        ),
        ("x = 1\n### BEGIN SOLUTION: a\nx = 1\n", 2, "never closed"),
        ("x = 1\n### END SOLUTION", 2, "never began"),
        ("\n### BEGIN SOLUTION: a\n\n# a comment\n### END SOLUTION", 2, "empty"),
        ("### BEGIN SOLUTION\nx = 1\n### END SOLUTION", 1, "malformed"),
        ("### BEGIN SOLUTION:   \nx = 1\n### END SOLUTION", 1, "malformed"),
        ("# BEGIN SOLUTION: a\nx = 1\n### END SOLUTION", 1, "malformed"),
        ("### BEGIN SOLUTION: a\nx = 1\n### end solution", 3, "malformed"),
        ("f(\n    ### BEGIN SOLUTION: a\n    1,\n    ### END SOLUTION\n)", 2, "whole statements"),
    ],
)
def test_a_bad_region_is_an_error_with_file_and_line(course: Course, text: str, line: int, says: str) -> None:
    with pytest.raises(SourceError) as caught:
        blanked(text, Path("board.py"), course.root)
    assert (str(caught.value.problem.path), caught.value.problem.line) == ("board.py", line)
    assert says in caught.value.problem.message
    course.write("solutions/03_durable_agent/exercise/board.py", text)
    course.exercise('\n# %% include="03_durable_agent/exercise/board.py"\n')
    assert any(
        p.startswith(f"solutions/03_durable_agent/exercise/board.py:{line}: ") and says in p
        for p in course.problems()
    )
    assert course.main() == 1
    assert not (course.root / "exercises").exists()


def test_the_line_of_a_bad_region_in_a_cell_is_that_of_the_source(course: Course) -> None:
    course.exercise("\n# %%\nx = 1\n### BEGIN SOLUTION: a\nx = 2\n")
    assert course.problems() == [
        "course/03_durable_agent/exercise.py:6: the solution that begins here is never closed"
    ]
    assert [region.start for region in regions(EXERCISE_MODULE, Path("x"))] == [3]


# The check


def test_check_is_green_after_a_build_and_a_second_build_changes_nothing(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    course.lesson('# %% include="03_durable_agent/workflow.py"\n')
    course.exercise("# %%\nx = 1\n")
    assert course.main(check=True) == 1
    assert "missing" in capsys.readouterr().out
    assert course.main() == 0
    assert course.main(check=True) == 0
    capsys.readouterr()
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in course.root.rglob("*.ipynb")}
    assert len(before) == 3
    assert course.main() == 0
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in before} == before
    assert "written" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "target", ["notebooks/03_durable_agent.ipynb", "exercises/03_durable_agent/exercise.ipynb"]
)
@pytest.mark.parametrize("change", ["first", "last", "cut", "added", "output"])
def test_a_byte_that_was_committed_makes_the_check_red(
    course: Course, capsys: pytest.CaptureFixture[str], target: str, change: str
) -> None:
    course.lesson("# %%\nx = 1\n")
    course.exercise("# %%\nx = 1\n")
    assert course.main() == 0
    path = course.root / target
    data = path.read_bytes()
    changed = {
        "first": b" " + data[1:],
        "last": data[:-1] + b" ",
        "cut": data[:-1],
        "added": data + b"\n",
        "output": data.replace(b'"outputs": []', b'"outputs": [ ]', 1),
    }[change]
    assert changed != data
    path.write_bytes(changed)
    course.commit()
    assert course.main(check=True) == 1
    assert f"{target}: differs" in capsys.readouterr().out
    assert course.main() == 0
    assert path.read_bytes() == data


def test_a_generated_file_without_a_source_is_named_and_a_learners_own_is_not(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    course.lesson("")
    assert course.main() == 0
    course.write("notebooks/04_agent_routing.ipynb", "{}")
    course.write("exercises/04_agent_routing/exercise.ipynb", "{}")
    course.write("solutions/04_agent_routing/exercise/solution.ipynb", "{}")
    course.write("notebooks/Untitled.ipynb", "{}")
    assert course.main(check=True) == 1
    out = capsys.readouterr().out
    assert "notebooks/04_agent_routing.ipynb: has no source" in out
    assert "exercises/04_agent_routing/exercise.ipynb: has no source" in out
    assert "solutions/04_agent_routing/exercise/solution.ipynb: has no source" in out
    assert "Untitled" not in out
    assert (course.root / "notebooks/04_agent_routing.ipynb").exists()
    course.commit()
    course.write("notebooks/03_durable_agent_mine.ipynb", "{}")
    assert course.main(check=True) == 1
    assert "_mine" not in capsys.readouterr().out, "git does not have it, so it is somebody's own"


def test_a_build_is_the_same_in_another_process(course: Course) -> None:
    course.lesson('# %% include="03_durable_agent/workflow.py"\n# %% tags=["raises-exception"]\nx = 1\n')
    assert course.main() == 0
    code = "import sys; from pathlib import Path; from workshop.builder import notebooks; "
    code += "sys.exit(notebooks.main(True, Path(sys.argv[1])))"
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code, str(course.root)],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr


# The course itself


def test_what_is_committed_is_what_a_build_makes(capsys: pytest.CaptureFixture[str]) -> None:
    assert notebooks.main(check=True) == 0, capsys.readouterr().out


def test_no_code_in_the_built_notebooks_uses_an_undefined_name() -> None:
    paths = [str(ROOT / path) for path in notebooks.build().files if path.parts[0] == "notebooks"]
    assert paths
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--no-cache",
        "--select",
        "F821,F811,E9",
        *paths,
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert len(json.loads((ROOT / paths[0]).read_text())["cells"]) > 3
