"""Module cells: what they overwrite is kept, what they write is what gets imported."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from workshop import cells
from workshop.config import MY_WORK
from workshop.errors import LabError


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    folder = MY_WORK / "99_cells"
    folder.mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for old in folder.glob("*.py"):
        old.unlink()
    shell = InteractiveShell()
    cells.Cells(folder).watch(shell)
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
    kept = [path for path in (cells.BACKUPS / "99_cells").glob("*-thing.py") if path.read_text() == "value = 'mine'\n"]
    assert len(kept) == 1 and kept[0].name in said
    assert Path("thing.py").read_text() == "value = 1\n"


def test_a_cell_that_was_edited_overwrites_its_own_file_without_a_word(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell("%%writefile thing.py\nvalue = 1\n", store_history=True)
    shell.run_cell("%%writefile thing.py\nvalue = 2\n", store_history=True)
    assert "changed outside" not in capsys.readouterr().out
    assert cells.Cells(Path.cwd()).author("thing.py").startswith("written by cell [")


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


TOGGLE = "async def get_weather(state):\n    data = await make_api_call(state)\n    # data = await make_api_call_bug(state)\n"


def test_the_toggle_edits_the_two_lines_and_back(shell: InteractiveShell) -> None:
    file = Path("activities.py")
    shell.run_cell(f"%%writefile activities.py\n{TOGGLE}")
    register = cells.Cells(Path.cwd())
    difference = cells.toggle_bug(register, on=True)
    assert "    # data = await make_api_call(state)\n    data = await make_api_call_bug(state)\n" in file.read_text()
    assert "+    data = await make_api_call_bug(state)" in difference
    assert cells.bug_is_on(file.read_text()) is True
    assert register.author("activities.py") == "written by the bug toggle"
    assert cells.toggle_bug(register, on=True) == ""
    cells.toggle_bug(register, on=False)
    assert file.read_text() == TOGGLE


def test_a_toggle_without_its_lines_says_what_is_missing(shell: InteractiveShell) -> None:
    Path("activities.py").write_text("async def get_weather(state):\n    return 1\n")
    with pytest.raises(LabError, match="make_api_call_bug"):
        cells.toggle_bug(cells.Cells(Path.cwd()), on=True)


def test_running_the_cell_again_undoes_the_toggle_without_a_backup(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell(f"%%writefile activities.py\n{TOGGLE}")
    cells.toggle_bug(cells.Cells(Path.cwd()), on=True)
    capsys.readouterr()
    shell.run_cell(f"%%writefile activities.py\n{TOGGLE}")
    assert "changed outside" not in capsys.readouterr().out
    assert Path("activities.py").read_text() == TOGGLE
