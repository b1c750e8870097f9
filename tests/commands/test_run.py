"""Executing notebooks headless: what makes a lesson fail, what doesn't, and what is said about it."""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from workshop.commands import lessons
from workshop.errors import LabError
from workshop.processes.record import Record
from workshop.processes.starter import RECORDS


def write(folder: Path, *cells: str | tuple[str, list[str]], name: str = "01_small") -> Path:
    """Write a notebook of a Markdown cell and these code cells, each with its tags if it has any."""
    notebook = new_notebook(cells=[new_markdown_cell("# Title", id="m-000")])
    for index, cell in enumerate(cells, 1):
        source, tags = (cell, []) if isinstance(cell, str) else cell
        notebook.cells.append(
            new_code_cell(source, id=f"c-{index:03d}", metadata={"tags": tags} if tags else {})
        )
    path = folder / f"{name}.ipynb"
    nbformat.write(notebook, path)
    return path


def execute(path: Path, **arguments: Any) -> lessons.Result:
    return lessons.execute(path, cwd=path.parent, **arguments)


def test_a_lesson_that_runs_is_ok_in_a_clean_kernel_of_this_interpreter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "elsewhere"))
    path = write(
        tmp_path,
        "import asyncio, os, sys\nawait asyncio.sleep(0)",
        f"assert sys.executable == {sys.executable!r}, sys.executable",
        f"assert os.getcwd() == {str(tmp_path)!r}",
        "assert 'PYTHONDONTWRITEBYTECODE' not in os.environ\nassert os.environ['SAID'] == 'so'",
        "print('to stderr, and harmless', file=sys.stderr)",
        ("1 / 0", ["raises-exception"]),
    )
    before = path.read_bytes()
    result = execute(path, env={**os.environ, "SAID": "so"})
    assert result.ok, str(result)
    assert str(result).startswith("01_small")
    assert "ok  (6 code cells)" in str(result)
    assert path.read_bytes() == before


def test_the_core_leaves_out_what_goes_further(tmp_path: Path) -> None:
    path = write(tmp_path, "x = 1", ("raise SystemError('further')", ["further"]))
    assert execute(path, core=True).cells == 1
    assert execute(path, core=True).ok
    assert not execute(path).ok


def test_a_failing_cell_is_named_with_its_first_line_its_error_and_its_last_output(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        ("'not run in the core'", ["further"]),
        "for n in range(30):\n    print('line', n)\nint('x')",
        "1 / 0",
    )
    result = execute(path, core=True)
    [failure] = result.failures
    assert failure.index == 2  # as in the whole notebook, though the core has fewer cells
    assert failure.first_line == "for n in range(30):"
    assert failure.error == "ValueError: invalid literal for int() with base 10: 'x'"
    assert failure.output.splitlines() == [f"line {n}" for n in range(15, 30)]
    assert "FAILED" in str(result)
    assert "cell 2: for n in range(30):" in str(result)
    assert "\x1b" not in str(result)


def test_a_cell_that_prints_nothing_shows_the_end_of_its_traceback(tmp_path: Path) -> None:
    [failure] = execute(write(tmp_path, "def f():\n    1 / 0\nf()")).failures
    assert "ZeroDivisionError" in failure.output
    assert "\x1b" not in failure.output


def test_a_cell_that_takes_too_long_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "import time\nprint('waiting')\ntime.sleep(60)")
    [failure] = execute(path, timeout=1).failures
    assert failure.index == 1
    assert "did not end within 1 s" in failure.error
    assert failure.output == "waiting"


def test_a_kernel_that_dies_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "x = 1", "import os\nos._exit(3)")
    [failure] = execute(path).failures
    assert (failure.index, failure.error) == (2, "the kernel died in this cell")


def test_a_cell_that_should_raise_and_does_not_is_a_failure(tmp_path: Path) -> None:
    [failure] = execute(write(tmp_path, ("x = 1", ["raises-exception"]))).failures
    assert failure.error == "was expected to raise and did not"


@pytest.mark.parametrize(
    "source",
    [
        "import sys\nprint('Traceback (most recent call last):', file=sys.stderr)",
        "import asyncio\nasyncio.sleep(0); 1",
        "import logging\nlogging.basicConfig()\nlogging.error('worker gone')",
        "import sys, time\nsys.__stderr__.write('Exception ignored in: f\\n'); sys.__stderr__.flush()",
    ],
)
def test_lines_on_stderr_that_no_learner_should_read_are_a_failure(tmp_path: Path, source: str) -> None:
    result = execute(write(tmp_path, source))
    assert result.failures
    assert "on its stderr: " in result.failures[0].error


@pytest.mark.parametrize(
    "source",
    ["!exit 3", "if True:\n    !no-such-command-here", "x = !false", "!false; true", "!kill -0 999999999"],
)
def test_a_shell_line_that_fails_is_a_failure(tmp_path: Path, source: str) -> None:
    result = execute(write(tmp_path, source))
    if source == "!false; true":  # the shell's own verdict
        assert result.ok, str(result)
        return
    [failure] = result.failures
    assert failure.error.startswith("CalledProcessError: Command "), failure


@pytest.mark.parametrize("tmpdir", ["x" * 100, "Kurs \u2013 Übung 1 (neu)"])
def test_a_kernel_starts_whatever_tmpdir_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tmpdir: str
) -> None:
    folder = tmp_path / tmpdir
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    result = execute(write(tmp_path, "import tempfile\nprint(tempfile.gettempdir())"))
    assert result.ok, str(result)
    assert result.notebook.cells[1].outputs[0].text.strip() == str(folder)
    monkeypatch.setattr(tempfile, "tempdir", None)


SLOW_TO_END = """
import atexit, collections, threading, time
class Slow(collections.deque):
    def append(
        self, event, append=collections.deque.append, thread=threading.current_thread, sleep=time.sleep
    ):
        append(self, event)
        if thread().name == "Control":
            sleep(0.5)
iopub = get_ipython().kernel.iopub_thread
iopub._events = Slow(iopub._events)
atexit.register(time.sleep, 0.2)
"""
"""Code that makes ipykernel lose the race with itself at its end: it sends through a socket that it has
closed.
"""


def test_what_a_kernel_says_of_its_own_end_is_not_about_the_lesson(tmp_path: Path) -> None:
    source = "import sys\nsys.__stderr__.write('Traceback of mine\\n'); sys.__stderr__.flush()\n"
    [failure] = execute(write(tmp_path, source + SLOW_TO_END)).failures
    assert failure.error == "on its stderr: Traceback of mine"
    assert failure.output == "Traceback of mine"
    result = execute(write(tmp_path, SLOW_TO_END))
    assert result.ok, str(result)


def test_a_learners_own_worker_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lessons, "NOTEBOOKS", tmp_path)
    write(tmp_path, "print('good')", name="02_mine")
    write(tmp_path, "print('good')", name="03_other")
    own = Record.of(psutil.Process(), "main")
    record = replace(own, queue="q", file="worker.py", folder=str(tmp_path / "my_work" / "02_mine_exercise"))
    record.write(RECORDS / "q.main.json")
    try:
        with pytest.raises(
            LabError, match=rf"worker main of 02_mine_exercise \(process {own.pid}\).*\n.*kernel"
        ):
            lessons.main(["02"])
        assert lessons.main(["03"]) == 0
    finally:
        (RECORDS / "q.main.json").unlink()


def test_main_prints_a_line_a_lesson_and_returns_1_if_one_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lessons, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(lessons, "REPORTS", tmp_path / "runs")
    write(tmp_path, "print('good')", name="00_good")
    write(tmp_path, "raise ValueError('bad')", name="01_bad")
    assert lessons.main(["00"]) == 0
    assert lessons.main(["00_good"], report=True) == 0
    assert nbformat.read(tmp_path / "runs" / "00_good.ipynb", 4).cells[1].outputs[0].text == "good\n"
    capsys.readouterr()
    assert lessons.main([]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("00_good")
    assert out[1].startswith("01_bad")
    assert out[-1].startswith("2 lessons, 1 failed")
    assert lessons.main(["07"]) == 1
    assert "00_good, 01_bad" in capsys.readouterr().err
