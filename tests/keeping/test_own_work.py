"""What a learner does in a generated notebook: told apart from drift, kept when overwritten, carried into a
new version.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from small_course import Course

from workshop.builder import places as build_places
from workshop.errors import LabError
from workshop.keeping import own_work

LESSON = "notebooks/03_durable_agent.ipynb"
EXERCISE = "exercises/03_durable_agent/exercise.ipynb"
SOLUTION = "solutions/03_durable_agent/exercise/solution.ipynb"
ONE = "# %%\nprediction = None\n# %%\nx = 1\n# %% [markdown]\n# Think.\n# %%\nx\n"
OUTPUT = {"output_type": "stream", "name": "stdout", "text": ["1\n"]}


@pytest.fixture
def course(tmp_path: Path) -> Course:
    made = Course(tmp_path)
    made.lesson(ONE)
    made.exercise(ONE)
    assert made.main() == 0
    return made


def change(path: Path, how: Callable[[dict[str, Any]], None]) -> None:
    """Save a notebook as an editor would."""
    notebook = json.loads(path.read_text())
    how(notebook)
    path.write_text(json.dumps(notebook))


def ran(notebook: dict[str, Any]) -> None:
    notebook["cells"][2] |= {"outputs": [OUTPUT], "execution_count": 7}
    notebook["metadata"]["language_info"]["version"] = "3.12.1"


def answered(notebook: dict[str, Any]) -> None:
    notebook["cells"][1]["source"] = "prediction = 3\n"


def noted(notebook: dict[str, Any]) -> None:
    notebook["cells"].insert(
        3, {"cell_type": "markdown", "id": "d00dfeed", "metadata": {}, "source": ["mine\n", "too"]}
    )


def rearranged(notebook: dict[str, Any]) -> None:
    notebook["cells"].reverse()


def shortened(notebook: dict[str, Any]) -> None:
    del notebook["cells"][2]


def illustrated(notebook: dict[str, Any]) -> None:
    notebook["cells"][3]["attachments"] = {"sketch.png": {"image/png": "AAAA"}}


def conflict(path: Path) -> None:
    text = path.read_text()
    path.write_text(f"<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> origin/main\n")


def kept(course: Course, name: str) -> list[str]:
    return sorted(path.read_text() for path in (course.root / "my_work" / "kept").glob(f"*/{name}"))


@pytest.mark.parametrize(
    ("name", "how", "said"),
    [
        (LESSON, (ran,), "with your work: outputs"),
        (SOLUTION, (answered,), "with your work: 1 cell edited"),
        (EXERCISE, (ran, noted, answered), "with your work: 1 cell edited, 1 cell added, outputs"),
        (LESSON, (rearranged,), "with your work: cells moved or deleted"),
        (LESSON, (shortened,), "with your work: cells moved or deleted"),
        (LESSON, (illustrated,), "with your work: pictures"),
    ],
)
@pytest.mark.parametrize("committed", [True, False])
def test_work_is_no_fault_and_is_kept_by_a_build(
    course: Course,
    capsys: pytest.CaptureFixture[str],
    name: str,
    how: tuple[Any, ...],
    said: str,
    committed: bool,
) -> None:
    path = course.root / name
    built = path.read_bytes()
    if committed:
        course.commit()
    for each in how:
        change(path, each)
    mine = path.read_text()
    assert course.main(check=True) == 0
    assert f"{name}: as its source says, {said}" in capsys.readouterr().out
    assert path.read_text() == mine
    assert course.main() == 0
    out = capsys.readouterr().out
    assert (
        kept(course, name) == [mine]
        and "is kept: my_work/kept/" in out
        and "Reload Notebook from Disk" in out
    )
    assert path.read_bytes() == built
    change(path, answered)
    assert course.main() == 0
    assert len(kept(course, name)) == 2, (
        "an earlier copy is never overwritten, not even within the same second"
    )


def test_drift_is_a_fault_and_nothing_to_keep(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    """An earlier generated version holds nobody's work, however many builds ago and whether committed or
    not.
    """
    for n, commit in enumerate((False, True, False)):
        if commit:
            course.commit()
        course.lesson(ONE + f"# %%\nnew = {n}\n")
        assert course.main(check=True) == 1
        assert f"{LESSON}: differs from its source" in capsys.readouterr().out
        assert course.main() == 0
        assert kept(course, LESSON) == [] and "kept" not in capsys.readouterr().out


def test_drift_under_work_is_both(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    change(course.root / LESSON, answered)
    mine = (course.root / LESSON).read_text()
    course.lesson(ONE.replace("x = 1", "x = 2"))
    assert course.main(check=True) == 1
    assert "an earlier version, with your work: 1 cell edited" in capsys.readouterr().out
    assert course.main() == 0 and kept(course, LESSON) == [mine]


def test_saving_without_a_change_is_no_work(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    """VS Code and others write the same notebook in another form."""
    change(course.root / LESSON, lambda notebook: notebook["metadata"].pop("language_info"))
    assert course.main(check=True) == 0
    assert "saved by another program" in capsys.readouterr().out
    assert course.main() == 0 and kept(course, LESSON) == []


def test_line_ends_that_git_has_changed_are_no_difference(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    path = course.root / LESSON
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert course.main(check=True) == 0
    assert capsys.readouterr().out == "3 notebooks, 0 differ\n"


@pytest.mark.parametrize(
    "breaks", [conflict, lambda path: path.write_text("{"), lambda path: path.write_bytes(b"\xff\x00")]
)
def test_what_is_no_notebook_is_named_and_kept(
    course: Course, capsys: pytest.CaptureFixture[str], breaks: Callable[[Path], None]
) -> None:
    path = course.root / EXERCISE
    breaks(path)
    mine = path.read_bytes()
    assert course.main(check=True) == 1
    assert "no notebook any more" in capsys.readouterr().out
    assert course.main() == 0
    [copy] = (course.root / "my_work/kept").glob(f"*/{EXERCISE}")
    assert copy.read_bytes() == mine


@pytest.mark.parametrize("drops_ids", [False, True])
def test_a_notebook_without_a_record_is_compared_with_the_new_one(course: Course, drops_ids: bool) -> None:
    """One from a tool that drops metadata, and one that drops the cells' ids as well."""

    def drop(notebook: dict[str, Any]) -> None:
        del notebook["metadata"]["workshop"]
        for cell in notebook["cells"] if drops_ids else []:
            del cell["id"]

    change(course.root / LESSON, drop)
    assert course.main(check=True) == 0
    change(course.root / LESSON, answered)
    mine = (course.root / LESSON).read_text()
    assert course.main() == 0 and kept(course, LESSON) == [mine]


def test_a_link_is_replaced_and_what_it_leads_to_is_left_alone(course: Course, tmp_path: Path) -> None:
    mine = tmp_path / "mine.ipynb"
    (course.root / LESSON).rename(mine)
    change(mine, answered)
    text = mine.read_text()
    (course.root / LESSON).symlink_to(mine)
    assert course.main() == 0
    assert mine.read_text() == text and not (course.root / LESSON).is_symlink()
    assert kept(course, LESSON) == [text]


@pytest.mark.parametrize("where", ["my_work", "notebooks"])
def test_where_nothing_can_be_kept_or_written_nothing_is_lost(
    course: Course, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """A full disk or a folder without rights, met while the copy is made or while the notebook is written."""
    for name in (LESSON, EXERCISE):
        change(course.root / name, answered)
    mine = {name: (course.root / name).read_text() for name in (LESSON, EXERCISE)}
    real = os.replace

    def refuse(self: Path, target: Path) -> None:
        if where in target.parts:
            raise PermissionError(13, "Permission denied", str(target))
        real(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(LabError, match="python3 -m workshop build"):
        course.main()
    for name, text in mine.items():
        assert (course.root / name).read_text() == text or kept(course, name) == [text]
    assert (course.root / LESSON).read_text() == mine[LESSON]


def test_a_fork_with_committed_work_comes_up_in_its_dev_container(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(course.root / EXERCISE, answered)
    course.commit()
    assert course.main(check=True) == 1, "in CI it is a generated file that was edited by hand"
    monkeypatch.setenv("CODESPACES", "true")
    assert course.main(check=True) == 0


def test_git_variables_of_the_shell_do_not_lead_elsewhere(
    course: Course, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A git hook sets them, and a check is often run from one."""
    course.commit()
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    places = build_places.Places(course.root)
    assert places.is_ours(Path(LESSON)) and not places.is_ours(Path("notebooks/99_mine.ipynb"))


# Carrying work into a new version


def sources(data: bytes) -> list[str]:
    nbformat.validate(nbformat.reads(data.decode(), as_version=4))
    return [cell.source for cell in nbformat.reads(data.decode(), as_version=4).cells]


def carried(course: Course, body: str, *how: Callable[[dict[str, Any]], None]) -> own_work.Carried:
    for each in how:
        change(course.root / LESSON, each)
    mine = (course.root / LESSON).read_bytes()
    course.lesson(body)
    (course.root / LESSON).unlink()
    assert course.main() == 0
    return own_work.carry(mine, (course.root / LESSON).read_bytes())


def test_answers_outputs_and_own_cells_go_where_their_cells_have_gone(course: Course) -> None:
    new = "# %%\nfirst = 0\n" + ONE.replace("# Think.", "# Think twice.")
    found = carried(course, new, ran, answered, noted)
    assert sources(found.data)[1:-1] == [
        "first = 0",
        "prediction = 3\n",
        "x = 1",
        "mine\ntoo",
        "Think twice.",
        "x",
    ]
    cell = json.loads(found.data)["cells"][3]
    assert (cell["outputs"], cell["execution_count"], found.left) == ([OUTPUT], 7, ())
    assert own_work.look(found.data, (course.root / LESSON).read_bytes()).edited == 1, (
        "it counts as work in the next update too"
    )


def test_an_answer_to_a_cell_that_the_course_has_changed_is_named(course: Course) -> None:
    found = carried(course, ONE.replace("= None", "= None  # a number"), answered, ran)
    assert sources(found.data)[1] == "prediction = None  # a number"
    assert found.left == ("prediction = 3",)


def test_a_correction_that_the_learner_has_made_already_is_no_conflict(course: Course) -> None:
    found = carried(
        course, ONE.replace("= None", "= 3"), lambda book: book["cells"][1].update(source="prediction = 3")
    )
    assert found.left == ()


def test_cells_that_were_deleted_split_copied_or_turned_into_text(course: Course) -> None:
    def rough(notebook: dict[str, Any]) -> None:
        cells = notebook["cells"]
        cells[2] = {"cell_type": "markdown", "id": cells[2]["id"], "metadata": {}, "source": "x is one"}
        del cells[3]
        cells.append({**cells[1], "source": "copied = 1"})  # with the id of the cell that it was copied from
        cells.append({"cell_type": "raw", "metadata": {}, "source": "raw"})

    found = carried(course, ONE, rough)
    texts = sources(found.data)[1:]
    assert texts.pop(4).startswith("The end.")
    assert texts == ["prediction = None", "x is one", "Think.", "x", "copied = 1", "raw"]
    ids = [cell["id"] for cell in json.loads(found.data)["cells"]]
    assert len(set(ids)) == len(ids)
