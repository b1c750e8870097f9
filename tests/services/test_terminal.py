"""A terminal of JupyterLab: whatever somebody's shell reads as it starts, `python` is the course's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ptyprocess import PtyProcess

from workshop.config import ROOT
from workshop.services import terminal

FILES = (".bashrc", ".bash_profile", ".profile", ".zshenv", ".zprofile", ".zshrc", ".zlogin")
SHELLS = [
    pytest.param(name, marks=pytest.mark.skipif(not shutil.which(name), reason=f"no {name} here"))
    for name in ("bash", "zsh", "fish", "dash", "sh")
]


def _program(folder: Path, says: str) -> None:
    folder.mkdir(parents=True)
    (folder / "python").write_text(f"#!/bin/sh\necho {says}\n")
    (folder / "python").chmod(0o755)


def _typed(command: list[str], line: str, env: dict[str, str]) -> str:
    """Type a line in a terminal. Return what it shows up to `ready.`."""
    terminal = PtyProcess.spawn(command, env=env)
    terminal.write(f"{line}; echo rea''dy.\n".encode())
    shown = b""
    while b"ready." not in shown:
        shown += terminal.read(4096)
    terminal.close(force=True)
    return shown.decode(errors="replace")


@pytest.mark.parametrize("name", SHELLS)
def test_python_is_the_courses_after_all_start_up_files(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, prefix = tmp_path / "home", tmp_path / "a course's .venv $HOME"
    _program(prefix / "bin", "from-the-course")
    _program(home / "conda" / "bin", "a-stranger")
    for file in FILES:
        (home / file).write_text(f'PATH="{home}/conda/bin:$PATH"; READ="$READ {file}"\n')
    (home / ".config" / "fish").mkdir(parents=True)
    (home / ".config" / "fish" / "config.fish").write_text(
        f"set -gx PATH {home}/conda/bin $PATH; set READ fish\n"
    )
    monkeypatch.setattr(sys, "prefix", str(prefix))
    env = {"HOME": str(home), "PATH": os.environ["PATH"], "SHELL": str(shutil.which(name)), "TERM": "dumb"}
    command = terminal.command(tmp_path / "start up", env)
    shown = _typed(command, 'python; echo "in $VIRTUAL_ENV, read:$READ"', env)
    assert "from-the-course\r\n" in shown and f"in {prefix}, read:" in shown
    assert {"bash": ".bash_profile", "zsh": ".zlogin", "fish": "fish"}.get(name, ".profile") in shown


def test_a_terminal_of_ones_own_is_cured_as_the_page_says() -> None:
    """`python` is the course's after the line that docs/troubleshooting.md prints."""
    typed = ". .venv/bin/activate; cd solutions; python -c 'import temporalio'"
    subprocess.run(["bash", "-c", typed], cwd=ROOT, env={"PATH": "/usr/bin:/bin"}, check=True)
