"""The way of a command into the environment, which is made or repaired where needed."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from workshop import environment
from workshop.commands import install, venv
from workshop.commands.venv import InstallError

REEXECUTED = "WORKSHOP_REEXECUTED"
TOOLS = ("test", "site")
"""Commands that need requirements-dev.lock, too."""
NO_INSTALL = ("down", "status", "doctor", "reset", "update")
"""Commands that must not start an install: they use what is there."""
CLI = Path(__file__).resolve().parents[1] / "cli.py"
USAGE = """The workshop's commands:
  python3 -m workshop up      makes .venv (first time), starts the services, opens JupyterLab
  python3 -m workshop up --no-lab | run | status | doctor | update | down | reset | test | build
  python3 -m workshop pack | site | board      for those who teach
Add --help to a command to read about it."""


def enter(arguments: Sequence[str]) -> None:
    """Return inside a complete environment: make it where needed, then start the command again in it."""
    word = _word(arguments)
    try:
        if "--help" in arguments and not venv.is_complete():
            print(_help(word) or USAGE)
            sys.exit(0)
        if word in NO_INSTALL and not venv.is_complete():
            if not _has_cli():
                _without_environment(word)
        elif not venv.is_complete(dev=word in TOOLS):
            if not word:
                print(USAGE)
                sys.exit(0)
            with install.lock():
                # another command may have done the work while we waited
                if not venv.is_complete(dev=word in TOOLS):
                    install.install(dev=word in TOOLS)
                    _go_inside(arguments)
        if not venv.is_inside():
            _go_inside(arguments)
        os.environ.pop(REEXECUTED, None)
    except InstallError as error:
        sys.exit(f"\n{error}")
    except KeyboardInterrupt:
        sys.exit(f"\nInterrupted. Nothing is lost: `{venv.UP}` begins where it makes sense to.")


def _word(arguments: Sequence[str]) -> str:
    """Return the command among the arguments."""
    return next((argument for argument in arguments if not argument.startswith("-")), "")


def _help(word: str) -> str:
    """Return what a command does, read from its source: typer says it better, but would have to be installed.
    Empty if there is no such command.
    """
    source = ast.parse(CLI.read_text(encoding="utf-8"))
    commands = {
        one.name: one for one in source.body if isinstance(one, ast.FunctionDef) and one.decorator_list
    }
    if word not in commands:
        return ""
    lines = [f"python3 -m workshop {word}: {ast.get_docstring(commands[word])}"]
    for call in ast.walk(commands[word].args):
        if isinstance(call, ast.Call):
            flags = [one.value for one in call.args if isinstance(one, ast.Constant)]
            said = {one.arg: one.value.value for one in call.keywords if isinstance(one.value, ast.Constant)}
            name = " ".join(map(str, flags)) or str(said.get("metavar"))
            lines.append(f"  {name:<14}{said.get('help')!s}")
    return "\n".join(lines)


def repair(error: ImportError, arguments: Sequence[str]) -> NoReturn:
    """Handle a missing package: forget the stamp and make the environment again, once."""
    if os.environ.get("WORKSHOP_REPAIRED"):
        raise error
    if _word(arguments) in NO_INSTALL:
        sys.exit(f"The environment is damaged ({error}).\nTo fix it (what runs is found again): {venv.UP}")
    print(f"The environment is damaged ({error}); making it again.", flush=True)
    os.environ["WORKSHOP_REPAIRED"] = "1"
    venv.STAMP.unlink(missing_ok=True)
    venv.MAKING.touch()
    base = getattr(sys, "_base_executable", sys.executable)
    os.chdir(venv.ROOT)  # where a Python without our packages finds `workshop`
    os.execve(base, [base, "-m", "workshop", *arguments], environment.handed_on())


def _has_cli() -> bool:
    """Return whether the environment is good enough to show the state and to stop what runs."""
    if not venv.PYTHON.exists():
        return False
    probe = [str(venv.PYTHON), "-c", "import workshop.cli"]
    return subprocess.run(probe, cwd=venv.ROOT, capture_output=True, check=False).returncode == 0


def _without_environment(word: str) -> NoReturn:
    if word == "update":  # it may fix the install
        sys.exit(_update())
    if word == "doctor":
        for name, good, text in venv.bare_checks():
            print(f"{'ok ' if good else 'BAD'}  {name}: {text}")
    print(f"The course is not installed yet (no complete .venv in {venv.ROOT}), so nothing of it runs.")
    print(f"Type: {venv.MOVE if venv.bad_place() else venv.UP}")
    sys.exit(1 if word in ("doctor", "status") else 0)


def _update() -> int:
    """Update the course with only the standard library; leave the install to `up`."""
    from workshop.commands import update
    from workshop.errors import LabError

    def finish(root: Path) -> int:
        print(f"Updated. To install what it needs: {venv.UP}")
        return 0

    try:
        return update.main(finish=finish)
    except LabError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1


def _go_inside(arguments: Sequence[str]) -> NoReturn:
    """Replace this process with the environment's Python, running the same command."""
    if os.environ.get(REEXECUTED) and venv.is_complete():
        raise InstallError(
            f"{venv.PYTHON} starts, but not as the Python of {venv.FOLDER}.\nType: {venv.AGAIN}"
        )  # without this, a foreign .venv would make us start ourselves forever
    os.environ[REEXECUTED] = "1"
    sys.stdout.flush()
    try:
        os.execve(venv.PYTHON, [str(venv.PYTHON), "-m", "workshop", *arguments], environment.handed_on())
    except OSError as error:
        raise InstallError(f"{venv.PYTHON} does not start: {error}\nType: {venv.AGAIN}") from error
