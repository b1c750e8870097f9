"""Module cells: what they overwrite is kept, what they write is what gets imported."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from workshop.config import HOME, MY_WORK
from workshop.errors import LabError
from workshop.workspace import files

KEPT = MY_WORK / "kept"


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    folder = MY_WORK / "99_cells"
    folder.mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for old in (*folder.rglob("*.py"), *folder.rglob("*.html")):
        old.unlink()
    shell = InteractiveShell()
    files.Cells(folder).watch(shell)
    yield shell


def test_a_file_changed_by_hand_is_kept_before_a_cell_overwrites_it(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    cell = "%%writefile thing.py\nvalue = 1\n"
    shell.run_cell(cell, store_history=True)
    assert "changed outside" not in capsys.readouterr().out
    Path("thing.py").write_text("value = 'mine'\n")
    shell.run_cell(cell, store_history=True)
    said = capsys.readouterr().out
    assert "thing.py had been changed outside this cell" in said
    kept = [path for path in KEPT.glob("*/99_cells/thing.py") if path.read_text() == "value = 'mine'\n"]
    assert len(kept) == 1 and str(kept[0].relative_to(HOME)) in said
    assert Path("thing.py").read_text() == "value = 1\n"


def test_the_list_of_what_cells_wrote_is_never_seen_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = files.Cells(tmp_path)
    (tmp_path / "a.py").write_text("a = 1")
    cells.note(tmp_path / "a.py", "cell 1")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("killed")))
    with pytest.raises(OSError, match="killed"):
        cells.note(tmp_path / "a.py", "cell 2")
    assert cells.author("a.py") == "written by cell 1"


def test_two_versions_changed_within_a_second_are_both_kept(shell: InteractiveShell) -> None:
    before = set(KEPT.rglob("thing.py"))
    for text in ("value = 'one'\n", "value = 'two'\n"):
        Path("thing.py").write_text(text)
        shell.run_cell("%%writefile thing.py\nvalue = 1\n", store_history=True)
    assert sorted(path.read_text() for path in set(KEPT.rglob("thing.py")) - before) == [
        "value = 'one'\n",
        "value = 'two'\n",
    ]


def test_a_file_that_is_no_text_is_kept_too(shell: InteractiveShell) -> None:
    Path("thing.py").write_bytes(b"\xff\xfe\x00mine")
    shell.run_cell("%%writefile thing.py\nvalue = 1\n", store_history=True)
    assert any(path.read_bytes() == b"\xff\xfe\x00mine" for path in KEPT.rglob("thing.py"))


def test_a_toggle_does_not_make_edits_by_hand_disposable(shell: InteractiveShell) -> None:
    shell.run_cell(f"%%writefile activities.py\n{TOGGLE}")
    Path("activities.py").write_text(TOGGLE + "# mine\n")
    files.toggle_bug(files.Cells(Path.cwd()), on=True)
    shell.run_cell(f"%%writefile activities.py\n{TOGGLE}")
    assert any("# mine" in path.read_text() for path in KEPT.rglob("activities.py"))


def test_a_cell_that_was_edited_overwrites_its_own_file_without_a_word(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell("%%writefile thing.py\nvalue = 1\n", store_history=True)
    shell.run_cell("%%writefile thing.py\nvalue = 2\n", store_history=True)
    assert "changed outside" not in capsys.readouterr().out
    assert files.Cells(Path.cwd()).author("thing.py").startswith("written by cell [")


def test_after_a_module_cell_the_next_import_reads_the_new_text(shell: InteractiveShell) -> None:
    shell.run_cell("%%writefile thing.py\nvalue = 1\n")
    shell.run_cell("from thing import value")
    shell.run_cell("%%writefile thing.py\nvalue = 2\n")
    shell.run_cell("from thing import value")
    assert shell.user_ns["value"] == 2


def test_a_syntax_error_is_named_as_soon_as_the_cell_has_written(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell("%%writefile thing.py\n\ndef broken(:\n    pass\n")
    assert "thing.py, line 2:" in capsys.readouterr().out


TOGGLE = (
    "async def get_weather(state):\n    data = await make_api_call(state)\n    # data = await "
    "make_api_call_bug(state)\n"
)


def test_the_toggle_edits_the_two_lines_and_back(shell: InteractiveShell) -> None:
    file = Path("activities.py")
    shell.run_cell(f"%%writefile activities.py\n{TOGGLE}")
    register = files.Cells(Path.cwd())
    difference = files.toggle_bug(register, on=True)
    assert (
        "    # data = await make_api_call(state)\n    data = await make_api_call_bug(state)\n"
        in file.read_text()
    )
    assert "+    data = await make_api_call_bug(state)" in difference
    assert files.bug_is_on(Path.cwd()) is True
    assert register.author("activities.py") == "written by the bug toggle"
    assert files.toggle_bug(register, on=True) == ""
    files.toggle_bug(register, on=False)
    assert file.read_text() == TOGGLE


def test_a_toggle_without_its_lines_says_what_is_missing(shell: InteractiveShell) -> None:
    Path("activities.py").write_text("async def get_weather(state):\n    return 1\n")
    with pytest.raises(LabError, match="make_api_call_bug"):
        files.toggle_bug(files.Cells(Path.cwd()), on=True)


def test_running_the_cell_again_undoes_the_toggle_without_a_backup(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell(f"%%writefile activities.py\n{TOGGLE}")
    files.toggle_bug(files.Cells(Path.cwd()), on=True)
    capsys.readouterr()
    shell.run_cell(f"%%writefile activities.py\n{TOGGLE}")
    assert "changed outside" not in capsys.readouterr().out
    assert Path("activities.py").read_text() == TOGGLE


# Packages, and what is brought


def test_a_module_of_a_package_is_watched_under_its_path(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = (
        "%%writefile deep/inner/thing.py\nvalue = 1\n",
        "%%writefile deep/other/thing.py\nvalue = 2\n",
    )
    for name in ("deep", "deep/inner", "deep/other"):
        shell.run_cell(f"%%writefile {name}/__init__.py\n")
    shell.run_cell(first, store_history=True)
    shell.run_cell(second, store_history=True)
    register = files.Cells(Path.cwd())
    assert {register.author(f"deep/{name}/thing.py").split("[")[0] for name in ("inner", "other")} == {
        "written by cell "
    }
    shell.run_cell("from deep.inner.thing import value")
    shell.run_cell("%%writefile deep/inner/thing.py\nvalue = 3\n")
    shell.run_cell("from deep.inner.thing import value")
    assert shell.user_ns["value"] == 3
    Path("deep/inner/thing.py").write_text("value = 'mine'\n")
    capsys.readouterr()
    shell.run_cell(first)
    assert "deep/inner/thing.py had been changed outside this cell" in capsys.readouterr().out
    assert any(kept.read_text() == "value = 'mine'\n" for kept in KEPT.glob("*/99_cells/deep/inner/thing.py"))


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    for name in (
        "run.py",
        "app/models.py",
        "app/web/page.html",
        "app/__pycache__/models.pyc",
        "exercise/run.py",
        ".venv/x.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"# {name}\n")
    return tmp_path


def test_what_is_brought_leaves_out_what_cells_write_and_what_is_no_code(
    shell: InteractiveShell, finished: Path
) -> None:
    register = files.Cells(Path.cwd())
    assert register.bring(finished, [], leave={"run.py"}) == {
        "app/models.py": True,
        "app/web/page.html": True,
    }
    assert not Path("run.py").exists() and Path("app/models.py").read_text() == "# app/models.py\n"
    assert register.author("app/models.py") == "written by lab.bring"
    assert register.bring(finished, ["app"]) == {"app/models.py": False, "app/web/page.html": False}
    assert register.bring(finished, ["run.py"], leave={"run.py"}) == {"run.py": True}
    with pytest.raises(LabError, match=r"no 'ap' to bring. There is: app, run\.py"):
        register.bring(finished, ["ap"])


def test_what_a_learner_has_changed_is_kept_when_it_is_brought_again(
    shell: InteractiveShell, finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    register = files.Cells(Path.cwd())
    register.bring(finished, ["app"])
    (finished / "app/models.py").write_text("# newer\n")
    assert register.bring(finished, ["app"])["app/models.py"]
    assert "kept" not in capsys.readouterr().out, "nobody had changed it here"
    for change in (
        lambda: Path("app/models.py").write_text("# mine\n"),
        lambda: shell.run_cell("%%writefile app/models.py\n# mine"),
    ):
        change()
        capsys.readouterr()
        assert register.bring(finished, ["app"])["app/models.py"]
        assert (
            "app/models.py had been changed since it was brought. That version is kept"
            in capsys.readouterr().out
        )
        assert Path("app/models.py").read_text() == "# newer\n"


def test_the_files_that_a_notebook_writes_and_the_heading_of_a_cell_are_known(tmp_path: Path) -> None:
    notebook = tmp_path / "one.ipynb"
    texts = [
        ("markdown", "# Title"),
        ("code", "%%writefile a/b.py\nx = 1"),
        ("markdown", "## Then"),
        ("code", "lab.worker()"),
    ]
    notebook.write_text(
        json.dumps({"cells": [{"cell_type": kind, "source": [text]} for kind, text in texts]})
    )
    assert files.written_by(notebook) == {"a/b.py"}
    assert (
        files.heading_above(notebook, "lab.worker(") == "Then"
        and files.heading_above(notebook, "nowhere") == ""
    )
    assert files.written_by(tmp_path / "none.ipynb") == set()


@pytest.mark.parametrize(
    "cell",
    [
        "\n%%writefile thing.py\nvalue = 1\n",
        "%%file thing.py\nvalue = 1\n",
        '%%writefile "thing.py"\nvalue = 1\n',
        "%%writefile 'thing.py'\nvalue = 1\n",
        "%%writefile {name}\nvalue = 1\n",
        "%%writefile ./thing.py\nvalue = 1\n",
    ],
)
def test_every_form_of_the_magic_keeps_what_it_overwrites(shell: InteractiveShell, cell: str) -> None:
    shell.user_ns["name"] = "thing.py"
    before = set(KEPT.rglob("thing.py"))
    Path("thing.py").write_text(mine := f"value = {cell!r}\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "get_ipython", lambda: shell)
        shell.run_cell(cell, store_history=True)
    assert Path("thing.py").read_text() == "value = 1\n"
    assert [path.read_text() for path in set(KEPT.rglob("thing.py")) - before] == [mine]


def test_a_toggle_does_not_take_a_file_of_ones_own_for_its_own(shell: InteractiveShell) -> None:
    path = Path(files.TOGGLED).resolve()
    cells = files.Cells(path.parent)
    path.write_text(f"# mine\n    {files.GOOD_LINE}\n    # {files.BUG_LINE}\n")
    cells._register.unlink(missing_ok=True)
    files.toggle_bug(cells, True)
    assert cells.author(path.name) == files.BY_NO_CELL
