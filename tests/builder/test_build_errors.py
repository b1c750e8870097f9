"""What the builder refuses, with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_course import END, TITLE, Course

from workshop.builder.rules import MAX_CORE_CODE_CELLS, prose_words
from workshop.builder.solutions import SourceError, excerpt


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return Course(tmp_path)


# The body of the lesson begins at line 3.

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
        ("# %%\nx = 1\ny = = 2\n", 5, "does not parse"),
        ("# %%\nx = (\n", 4, "does not parse"),
        ("# %%\n# %cd .\nx = 1  # or 2?\ny = = 2\n", 6, "does not parse"),
        ('# %% inlcude="a.py"\n', 3, "unknown option 'inlcude'"),
        ('# %% tags=["further"]\nx = 1\n', 3, "unknown tag 'further'"),
        (
            '# %% include="03_durable_agent/nothing.py"\n',
            3,
            "there is no file solutions/03_durable_agent/nothing.py",
        ),
        ('# %% include="../workshop/config.py"\n', 3, "there is no file"),
        ('# %% include="03_durable_agent/workflow.py"\nx = 1\n', 3, "no text of its own"),
        ('# %% symbol="main"\nx = 1\n', 3, "need include="),
        ('# %% only="solution"\nx = 1\n', 3, "only in exercise.py"),
        ("# %%\n### BEGIN SOLUTION: a\nx = 1\n### END SOLUTION\n", 4, "not in lessons"),
        ("# %% [raw]\n# x\n", 3, "type 'raw'"),
        (f"# %%\nx = 1\ny = '{'y' * 100}'\n", 5, "106 characters in a line of code; at most 105: y = "),
    ],
)
def test_an_error_in_a_lesson_is_reported_at_its_line(
    course: Course, body: str, line: int, says: str
) -> None:
    course.lesson(body)
    assert any(
        p.startswith(f"course/03_durable_agent/lesson.py:{line}: ") and says in p for p in course.problems()
    ), course.problems()


def test_errors_stop_the_build_and_name_all_of_them(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
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
    ],
)
def test_an_error_in_a_module_is_reported_in_the_module(
    course: Course, text: str, line: int, says: str
) -> None:
    course.write("solutions/03_durable_agent/long.py", text)
    course.lesson('# %% include="03_durable_agent/long.py"\n')
    [problem] = course.problems()
    assert problem.startswith(f"solutions/03_durable_agent/long.py:{line}: ")
    assert says in problem


def test_a_line_of_a_module_that_is_too_wide_is_reported_where_a_lesson_shows_it(course: Course) -> None:
    course.write("solutions/03_durable_agent/wide.py", f"x = 1\ny = '{'y' * 100}'\n")
    course.lesson('# %% include="03_durable_agent/wide.py"\n')
    [problem] = course.problems()
    assert problem.startswith("course/03_durable_agent/lesson.py:3: 106 characters in a line of code")


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
    assert course.problems() == [
        "solutions/03_durable_agent/workflow.py:1: this module defines no 'nothing' at its top level"
    ]
    with pytest.raises(SourceError, match="x:2: this does not parse"):
        excerpt("a = 1\nb = = 2", Path("x"), "a")


@pytest.mark.parametrize(("number", "most"), MAX_CORE_CODE_CELLS.items())
def test_the_core_may_have_so_many_code_cells_and_not_one_more(
    course: Course, number: str, most: int
) -> None:
    assert MAX_CORE_CODE_CELLS == {
        "00": 6,
        "01": 14,
        "02": 18,
        "03": 26,
        "04": 14,
        "05": 16,
        "06": 24,
        "07": 24,
    }
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
