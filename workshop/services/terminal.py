"""The terminals of JupyterLab: the learner's own shell, in which `python` is the course's.

Jupyter opens login shells. Their start-up files set PATH again, or put conda's or pyenv's Python first, so
`.venv` goes first after all of them.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from workshop import shell

BASH = """[ ! -r /etc/profile ] || . /etc/profile
for file in ~/.bash_profile ~/.bash_login ~/.profile; do
  if [ -r "$file" ]; then . "$file"; break; fi
done
unset file
"""
"""What a login shell reads: with --rcfile, bash reads that file alone."""
ZSH = """
[[ ! -r "${ZDOTDIR:-$HOME}/.zshenv" ]] || . "${ZDOTDIR:-$HOME}/.zshenv"
precmd_functions+=(_course_first)
_course_first() {
  precmd_functions=(${precmd_functions:#_course_first})
"""
"""zsh reads the learner's other files after .zshenv, so this waits for the first prompt."""


def command(folder: Path, environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return the command of a terminal. Write the start-up file that it needs into `folder`."""
    program = environment.get("SHELL") or shutil.which("bash") or "sh"
    prefix, binaries = shell.line(sys.prefix), shell.line(Path(sys.prefix) / "bin")
    first = f'export VIRTUAL_ENV={prefix} PATH={binaries}:"$PATH"\n'
    match Path(program).name:
        case "bash":
            return [program, "--rcfile", _write(folder / "bashrc", BASH + first)]
        case "zsh":
            theirs = environment.get("ZDOTDIR")
            own = f"ZDOTDIR={shell.line(theirs)}" if theirs else "unset ZDOTDIR"
            _write(folder / ".zshenv", f"{own}{ZSH}  {first}}}\n")
            return ["env", f"ZDOTDIR={folder}", program, "-l"]
        case "fish":
            then = f"set -gx VIRTUAL_ENV {prefix}; set -gx PATH {binaries} $PATH"
            return [program, "-l", "-C", then]
        case _:  # sh, dash, ash and ksh read ENV last
            return ["env", f"ENV={_write(folder / 'shrc', first)}", program, "-l"]


def _write(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)
