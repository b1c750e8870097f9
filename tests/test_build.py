"""The builder: what a source becomes, what is refused and where, and that what is committed is what a build makes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from workshop import build
from workshop.build_rules import MAX_CORE_CODE_CELLS, prose_words
from workshop.build_sources import SourceError, blanked, excerpt, regions, solved
from workshop.config import ROOT

TITLE = "# %% [markdown]\n# # 3 · Title\n"
END = "\n# %% [markdown]\n# The end.\n"
MODULE = '''"""A module."""

import asyncio
from datetime import timedelta

# The queue that worker and starter share.
TASK_QUEUE = "agents-sdk-queue"
LIMIT: int = 3


@staticmethod
def get_weather(state: str) -> str:
    """Alerts."""
    return state


async def main() -> None:
    await asyncio.sleep(timedelta(0).total_seconds())
'''
EXERCISE_MODULE = """def post(notice):
    before(notice)
    ### BEGIN SOLUTION: post with a "key"
    key = notice["id"]
    send(notice, key)
    ### END SOLUTION
    return notice
"""


class Course:
    """A small course in a temporary folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("solutions/03_durable_agent/workflow.py", MODULE)

    def write(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def lesson(self, body: str, stage: str = "03_durable_agent") -> None:
        self.write(f"course/{stage}/lesson.py", TITLE + body + END)

    def exercise(self, body: str) -> None:
        self.write("course/03_durable_agent/exercise.py", TITLE + body + END)

    def problems(self) -> list[str]:
        return [str(problem) for problem in build.build(self.root).problems]

    def notebook(self, path: str = "notebooks/03_durable_agent.ipynb") -> Any:
        built = build.build(self.root)
        assert built.problems == []
        return nbformat.reads(built.files[Path(path)].decode(), as_version=4)

    def main(self, check: bool = False) -> int:
        return build.main(check, self.root)


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
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"


def test_a_module_cell_writes_the_file_as_it_stands_in_solutions(course: Course) -> None:
    course.write("solutions/03_durable_agent/deep/inner.py", "x = 1\n")
    course.lesson(
        '\n# %% include="03_durable_agent/workflow.py"\n# %% include="03_durable_agent/workflow.py" file="other.py"\n'
        '# %% include="03_durable_agent/deep/inner.py"\n'
    )
    sources = [cell.source for cell in course.notebook().cells]
    assert sources[1] == "%%writefile workflow.py\n" + MODULE.rstrip("\n")
    assert sources[2].startswith("%%writefile other.py\n")
    assert sources[3] == "%%writefile deep/inner.py\nx = 1"


def test_named_parts_of_a_module_become_a_plain_cell(course: Course) -> None:
    course.lesson('\n# %% include="03_durable_agent/workflow.py" symbol="imports, TASK_QUEUE, LIMIT, get_weather, main"\n')
    source = course.notebook().cells[1].source
    assert source.startswith("import asyncio\nfrom datetime import timedelta\n\n\n# The queue that")
    assert "\n\n\nTASK_QUEUE" not in source  # its comment stands above it
    assert (
        '\n\n\n@staticmethod\ndef get_weather(state: str) -> str:\n    """Alerts."""\n    return state\n\n\nasync def main'
        in source
    )
    assert '"""A module."""' not in source


def test_what_goes_further_is_tagged_and_nothing_else(course: Course) -> None:
    course.lesson(
        '\n# %% tags=["raises-exception"]\n1 / 0\n# %% jupyter={"source_hidden": true}\n1\n'
        "# %% [markdown]\n# ## Going further\n# %%\n2\n"
    )
    metadata = [dict(cell.metadata) for cell in course.notebook().cells]
    further = {"tags": ["further"]}
    assert metadata == [{}, {"tags": ["raises-exception"]}, {"jupyter": {"source_hidden": True}}, further, further, further]


def test_links_lead_to_the_neighbours_the_modules_and_the_exercise_and_they_exist(course: Course) -> None:
    course.lesson("", "02_temporal_hello_world")
    course.lesson("")
    course.lesson("", "04_agent_routing")
    course.exercise("")
    first, *_, last = [cell.source for cell in course.notebook().cells]
    assert first.startswith("# 3 · Title\n\n← [3 · Title](02_temporal_hello_world.ipynb) · [3 · Title](04_agent_routing.ipynb) →")
    assert "(../solutions/03_durable_agent/workflow.py)" in first
    assert "(../exercises/03_durable_agent/exercise.ipynb)" in first
    assert last == "The end.\n\n---\nNext: [3 · Title](04_agent_routing.ipynb) →"
    assert course.main() == 0
    checked = 0
    for path in build.build(course.root).files:
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
    solution = [cell.source for cell in course.notebook("solutions/03_durable_agent/exercise/solution.ipynb").cells]
    assert exercise[1] == (
        "%%writefile board.py\ndef post(notice):\n    before(notice)\n"
        '    # Your turn: post with a "key"\n    raise NotImplementedError("Your turn: post with a \\"key\\"")\n    return notice'
    )
    assert (
        exercise[2]
        == '# Your turn: count the activities\nraise NotImplementedError("Your turn: count the activities")\nprint(count)'
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
    assert '    # Your turn: post with a "key"\n    if True:\n        send(notice)\n    return notice' in source
    (course.root / "course/03_durable_agent/starter.py").unlink()
    [problem] = course.problems()
    assert problem.startswith("solutions/03_durable_agent/exercise/board.py:3: there is no starter file")


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("### BEGIN SOLUTION: a\nx = 1\n### BEGIN SOLUTION: b\n### END SOLUTION", 3, "inside the one of line 1"),
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
    assert any(p.startswith(f"solutions/03_durable_agent/exercise/board.py:{line}: ") and says in p for p in course.problems())
    assert course.main() == 1
    assert not (course.root / "exercises").exists()


def test_the_line_of_a_bad_region_in_a_cell_is_that_of_the_source(course: Course) -> None:
    course.exercise("\n# %%\nx = 1\n### BEGIN SOLUTION: a\nx = 2\n")
    assert course.problems() == ["course/03_durable_agent/exercise.py:6: the solution that begins here is never closed"]
    assert [region.start for region in regions(EXERCISE_MODULE, Path("x"))] == [3]


# Errors, with file and line. The body of the lesson begins at line 3.

SIXTY_ONE = " ".join(["word"] * 61)


@pytest.mark.parametrize(
    ("body", "line", "says"),
    [
        (f"# %% [markdown]\n# {SIXTY_ONE}\n", 4, "61 words"),
        ("# %%\n\n# %%\nx = 1\n", 3, "empty cell"),
        ("# %% [markdown]\n#\n# %%\nx = 1\n", 3, "empty cell"),
        ("# %% [markdown]\n# Look\n# at http://localhost:8233/x\n", 5, "localhost"),
        ("# %% [markdown]\n# [here](https://127.0.0.1:8233)\n", 4, "localhost"),
        ("# %% [markdown]\n# Fine.\n# TODO: write\n", 5, "TODO"),
        ("# %%\nx = 1\n# FIXME\n", 5, "FIXME"),
        ("# %% [markdown]\n# Simply start it.\n", 4, "simply"),
        ("# %%\nx = 1  # simply one\n", 4, "simply"),
        ("# %%\nx = 1\ny = = 2\n", 5, "does not parse"),
        ("# %%\nx = (\n", 4, "does not parse"),
        ("# %%\n# %cd .\nx = 1  # or 2?\ny = = 2\n", 6, "does not parse"),
        ('# %% inlcude="a.py"\n', 3, "unknown option 'inlcude'"),
        ('# %% tags=["further"]\nx = 1\n', 3, "unknown tag 'further'"),
        ('# %% include="03_durable_agent/nothing.py"\n', 3, "there is no file solutions/03_durable_agent/nothing.py"),
        ('# %% include="../workshop/config.py"\n', 3, "there is no file"),
        ('# %% include="03_durable_agent/workflow.py"\nx = 1\n', 3, "no text of its own"),
        ('# %% symbol="main"\nx = 1\n', 3, "need include="),
        ('# %% only="solution"\nx = 1\n', 3, "only in exercise.py"),
        ("# %%\n### BEGIN SOLUTION: a\nx = 1\n### END SOLUTION\n", 4, "not in lessons"),
        ("# %% [raw]\n# x\n", 3, "type 'raw'"),
    ],
)
def test_an_error_in_a_lesson_is_reported_at_its_line(course: Course, body: str, line: int, says: str) -> None:
    course.lesson(body)
    assert any(p.startswith(f"course/03_durable_agent/lesson.py:{line}: ") and says in p for p in course.problems()), (
        course.problems()
    )


def test_errors_stop_the_build_and_name_all_of_them(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    course.lesson("# %%\nx = = 1\n# %% [markdown]\n# TODO\n")
    assert course.main() == 1
    out = capsys.readouterr().out
    assert "lesson.py:4: " in out
    assert "lesson.py:6: " in out
    assert "2 errors" in out
    assert not (course.root / "notebooks").exists()
    assert course.main(check=True) == 1


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("x = 1\n" * 61, 1, "61 lines in a module cell"),
        ("x = 1\n# TODO: more\n", 2, "TODO"),
        ("x = 1\n\n# simply\n", 3, "simply"),
    ],
)
def test_an_error_in_a_module_is_reported_in_the_module(course: Course, text: str, line: int, says: str) -> None:
    course.write("solutions/03_durable_agent/long.py", text)
    course.lesson('# %% include="03_durable_agent/long.py"\n')
    [problem] = course.problems()
    assert problem.startswith(f"solutions/03_durable_agent/long.py:{line}: ")
    assert says in problem


def test_a_module_may_be_longer_where_its_idea_is_said_first(course: Course) -> None:
    course.write("solutions/03_durable_agent/long.py", "x = 1\n" * 61)
    idea = '# %% [markdown]\n# The idea.\n# %% include="03_durable_agent/long.py" lines={}\n'
    course.lesson(idea.format(61))
    assert course.problems() == []
    course.lesson(idea.format(60))
    assert "61 lines in a module cell; at most 60" in course.problems()[0]
    course.lesson('# %%\nx = 1\n# %% include="03_durable_agent/long.py" lines=61\n')
    [problem] = course.problems()
    assert problem.startswith("course/03_durable_agent/lesson.py:5: ") and "says its idea" in problem


def test_a_missing_symbol_is_an_error_that_names_the_module(course: Course) -> None:
    course.lesson('# %% include="03_durable_agent/workflow.py" symbol="main, nothing"\n')
    assert course.problems() == ["solutions/03_durable_agent/workflow.py:1: this module defines no 'nothing' at its top level"]
    with pytest.raises(SourceError, match="x:2: this does not parse"):
        excerpt("a = 1\nb = = 2", Path("x"), "a")


@pytest.mark.parametrize(("number", "most"), MAX_CORE_CODE_CELLS.items())
def test_the_core_may_have_so_many_code_cells_and_not_one_more(course: Course, number: str, most: int) -> None:
    assert MAX_CORE_CODE_CELLS == {"00": 6, "01": 14, "02": 18, "03": 26, "04": 14, "05": 16}
    further = "# %% [markdown]\n# ## Going further\n# %%\nx = 1\n"
    course.lesson("# %%\nx = 1\n" * most + further, f"{number}_stage")
    assert course.problems() == []
    course.lesson("# %%\nx = 1\n" * (most + 1) + further, f"{number}_stage")
    [problem] = course.problems()
    assert f"{most + 1} code cells in the core; at most {most}" in problem


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("# A comment\n" + TITLE + END, "before the first"),
        ("# %%\nx = 1\n" + END, "start with the title"),
        ("# %% [markdown]\n# No title\n" + END, "start with the title"),
        (TITLE + "# %%\nx = 1\n", "last cell must be Markdown"),
        (TITLE, "last cell must be Markdown"),
        ("", "no cells"),
    ],
)
def test_a_lesson_has_a_first_and_a_last_cell_to_put_links_into(course: Course, text: str, says: str) -> None:
    course.write("course/03_durable_agent/lesson.py", text)
    assert any(says in problem for problem in course.problems()), course.problems()


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("one two three", 3),
        ("# A heading does not count\n\none `two` **three**", 3),
        ("[one two](https://example.org/a/long/address) ![a picture](x.svg)", 2),
        ("one\n\n```python\nfour = five\n```\n\ntwo", 2),
        ("one\n\n| a | b |\n|---|---|\n| c | d |", 1),
        ("one\n<details><summary>Hint</summary>\n\ntwo three\n\n</details>", 3),
        ("it's one's, isn't it? 3.5 s", 6),
        ("", 0),
    ],
)
def test_prose_is_counted_as_a_reader_reads_it(markdown: str, words: int) -> None:
    assert prose_words(markdown) == words


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


@pytest.mark.parametrize("target", ["notebooks/03_durable_agent.ipynb", "exercises/03_durable_agent/exercise.ipynb"])
@pytest.mark.parametrize("change", ["first", "last", "cut", "added", "output"])
def test_a_byte_changed_by_hand_makes_the_check_red(
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


def test_a_build_is_the_same_in_another_process(course: Course) -> None:
    course.lesson('# %% include="03_durable_agent/workflow.py"\n# %% tags=["raises-exception"]\nx = 1\n')
    assert course.main() == 0
    code = "import sys; from pathlib import Path; from workshop import build; sys.exit(build.main(True, Path(sys.argv[1])))"
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code, str(course.root)], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr


# The course itself


def test_what_is_committed_is_what_a_build_makes(capsys: pytest.CaptureFixture[str]) -> None:
    assert build.main(check=True) == 0, capsys.readouterr().out


def test_no_code_in_the_built_notebooks_uses_an_undefined_name() -> None:
    paths = [str(ROOT / path) for path in build.build().files if path.parts[0] == "notebooks"]
    assert paths
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", "F821,F811,E9", *paths]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert len(json.loads((ROOT / paths[0]).read_text())["cells"]) > 3
