"""The start from a bare Python: old interpreters, incomplete and damaged environments, and what is said when
it can't be done.

The steps themselves (venv, pip, uv) are replaced here, since tests have no network; `.ci/run` runs the real
ones.
"""

from __future__ import annotations

import ast
import errno
import fcntl
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from workshop.commands import enter, install, venv
from workshop.config import ROOT

PACKAGE = ROOT / "workshop"
PRETEND_OLD = """
import runpy, sys
sys.path[0] = sys.argv[1]
sys.version_info = (3, 6, 15, "final", 0)
sys.argv = ["workshop", "up", "--no-lab"]
runpy.run_module("workshop", run_name="__main__")
"""


@pytest.mark.parametrize("name", ["__main__.py", "__init__.py", "environment.py"])
def test_an_old_python_can_read_the_start(name: str) -> None:
    ast.parse((PACKAGE / name).read_text(), feature_version=(3, 6))


def old_python(path: Path, package: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-S", "-c", PRETEND_OLD, str(package)]
    environment = {"PATH": str(path)}
    return subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=path, timeout=20, check=False
    )


def test_an_old_python_says_what_is_needed(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "clone" / "workshop")  # without a .venv beside it
    told = old_python(tmp_path, tmp_path / "clone")
    assert told.returncode == 1
    assert "needs Python 3.11 or newer; found Python 3.6.15" in told.stderr
    assert "sudo apt install" in told.stderr and "brew install" in told.stderr
    assert "Traceback" not in told.stderr


TERMINALS = {
    "ASCII, by the locale": ({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, "ascii"),
    "ASCII, by Python": ({"PYTHONIOENCODING": "ascii"}, "ascii"),
    "ASCII, strict": ({"PYTHONIOENCODING": "ascii:strict", "PYTHONUTF8": "0"}, "ascii"),
    "Latin-1": ({"PYTHONIOENCODING": "latin-1"}, "latin-1"),
    "the code page of a DOS box": ({"PYTHONIOENCODING": "cp437"}, "cp437"),
    "UTF-8": ({"PYTHONIOENCODING": "utf-8"}, "utf-8"),
    "none said": ({"LC_ALL": "C"}, "utf-8"),
}


@pytest.mark.parametrize("terminal", TERMINALS)
def test_a_terminal_of_any_encoding_gets_words_that_it_can_show(tmp_path: Path, terminal: str) -> None:
    """Nothing is installed, and the terminal may lack letters of the folder's name."""
    variables, encoding = TERMINALS[terminal]
    clone = tmp_path / "Kurs \u2013 Übung 1 (neu)"
    shutil.copytree(PACKAGE, clone / "workshop", ignore=shutil.ignore_patterns("__pycache__"))
    for lock in ROOT.glob("requirements*.lock"):
        shutil.copy(lock, clone)
    python = getattr(sys, "_base_executable", sys.executable)
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **variables}
    told = subprocess.run(
        [python, "-m", "workshop", "status"], env=env, cwd=clone, capture_output=True, check=False
    )
    said = told.stdout.decode(encoding)
    assert "is not installed yet" in said and told.stderr == b""
    folder = {"ascii": "Kurs - ?bung 1 (neu)", "utf-8": clone.name}.get(encoding, "Kurs - Übung 1 (neu)")
    assert folder in said


def test_a_step_of_the_install_is_told_to_a_terminal_without_an_ellipsis(tmp_path: Path) -> None:
    script = (
        "from pathlib import Path; from workshop import environment; from workshop.commands import "
        "install, venv; "
    )
    script += "environment.speak('ascii'); "
    script += "venv.LOG = Path('log'); install._run('\\xc9tape', ['true'])"
    env = {**os.environ, "PYTHONUTF8": "0", "LC_ALL": "C"}
    told = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=env, capture_output=True, check=True
    )
    assert told.stdout.startswith(b"  ?tape ... 0.")
    assert (tmp_path / "log").read_text(encoding="utf-8").startswith("\n$ true\n")


def test_windows_is_sent_to_wsl(tmp_path: Path) -> None:
    pretend = "import runpy, sys; sys.path[0] = sys.argv.pop(1); sys.platform = 'win32'; "
    pretend += "runpy.run_module('workshop', run_name='__main__')"
    command = [sys.executable, "-S", "-c", pretend, str(ROOT), "up"]
    told = subprocess.run(command, capture_output=True, text=True, env={}, cwd=tmp_path, check=False)
    assert told.returncode == 1
    assert "wsl --install" in told.stderr and "Traceback" not in told.stderr


def test_a_python_without_the_course_says_no_module(tmp_path: Path) -> None:
    """What a notebook says in the wrong kernel; docs/troubleshooting.md has the cure."""
    command = [sys.executable, "-S", "-c", "from workshop.lab import Lab"]
    told = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "No module named 'workshop'" in told.stderr


def test_an_old_python_goes_on_with_a_newer_one(tmp_path: Path) -> None:
    broken = tmp_path / "python3.14"  # as a version manager's shim: it is on PATH, and only prints an error
    broken.write_text("#!/bin/sh\nexit 127\n")
    newer = tmp_path / "python3.12"
    newer.write_text(f'#!/bin/sh\nif [ "$1" = -c ]; then echo "{newer}"; else echo "newer got: $*"; fi\n')
    for script in (broken, newer):
        script.chmod(0o755)
    told = old_python(tmp_path)
    assert told.stdout.splitlines() == [
        f"python3 is Python 3.6.15 here; going on with {newer}",
        "newer got: -m workshop up --no-lab",
    ]


def test_an_old_python_goes_on_with_the_environment_that_is_there(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "clone" / "workshop")
    own = tmp_path / "clone" / ".venv" / "bin" / "python"
    own.parent.mkdir(parents=True)
    own.write_text(f'#!/bin/sh\nif [ "$1" = -c ]; then echo "{own}"; else echo "own got: $*"; fi\n')
    own.chmod(0o755)
    assert old_python(tmp_path, tmp_path / "clone").stdout.endswith("own got: -m workshop up --no-lab\n")


class Clone:
    """A clone in which the steps of an install only leave their traces."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.steps: list[str] = []
        self.fails_at = ""
        (root / ".lab").mkdir(parents=True)
        for name in ("requirements.lock", "requirements-dev.lock"):
            (root / name).write_text("one==1\n")
        places = {
            "ROOT": root,
            "FOLDER": self.venv,
            "PYTHON": self.venv / "bin" / "python",
            "STAMP": self.venv / "workshop.json",
            "MAKING": self.venv / "workshop.making",
            "LOG": root / ".lab" / "install.log",
            "LOCK": root / ".lab" / "install.lock",
            "LEARNER": root / "requirements.lock",
            "TESTS": root / "requirements-dev.lock",
        }
        for name, place in places.items():
            monkeypatch.setattr(venv, name, place)
        monkeypatch.setattr(install, "_run", self._run)
        monkeypatch.setattr(install, "_uv", lambda: [sys.executable])

    def _run(self, title: str, command: Sequence[str]) -> None:
        self.steps.append("venv" if "venv" in command else "self" if "-e" in command else "packages")
        if self.steps[-1] == self.fails_at:
            raise venv.InstallError(f"failed at {title}")
        if self.steps[-1] == "venv":
            (self.venv / "bin").mkdir()
            (self.venv / "bin" / "python").symlink_to(sys.executable)
            (self.venv / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
            (self.venv / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.11.7\n")

    def install(self, dev: bool = False) -> list[str]:
        self.steps.clear()
        if not venv.is_complete(dev):
            install.install(dev)
        return list(self.steps)


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    return Clone(tmp_path / "clone", monkeypatch)


WHOLE = ["venv", "packages", "self"]


def test_the_course_itself_is_no_requirement_to_be_parsed(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path with `; ` or ` #` in it is a requirement with a marker or a comment for uv and for pip."""
    said: list[str] = []

    def run(title: str, command: list[str]) -> None:
        clone._run(title, command)
        said.extend(command)

    monkeypatch.setattr(install, "_run", run)
    clone.install()
    assert said[said.index("-e") + 1] == "."


def test_a_second_install_does_nothing(clone: Clone) -> None:
    assert clone.install() == WHOLE
    assert clone.install() == []
    assert not venv.MAKING.exists()


def test_test_tools_come_on_top(clone: Clone) -> None:
    clone.install()
    assert clone.install(dev=True) == ["packages", "self"]
    assert clone.install(dev=True) == clone.install(dev=False) == []


@pytest.mark.parametrize("step", WHOLE)
def test_an_interrupted_install_is_mended(clone: Clone, step: str) -> None:
    clone.fails_at = step
    with pytest.raises(venv.InstallError):
        clone.install()
    assert not venv.is_complete()
    clone.fails_at = ""
    assert clone.install() == WHOLE, "half of it is no ground to build on"
    assert venv.is_complete()
    assert list((clone.root / ".lab").glob("venv-*")) == [], "a half-made one of ours is not kept"


def test_a_new_lock_is_installed_into_what_is_there(clone: Clone) -> None:
    clone.install()
    venv.LEARNER.write_text("one==2\n")
    clone.fails_at = "packages"
    with pytest.raises(venv.InstallError):
        clone.install()
    assert clone.steps == ["packages"]
    clone.fails_at = ""
    assert clone.install() == WHOLE, "an upgrade that stopped half-way is made anew"


def test_a_moved_clone_is_made_anew(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    clone.install()
    stamp = json.loads(venv.STAMP.read_text())
    venv.STAMP.write_text(json.dumps({**stamp, "root": "/where/it/was"}))
    assert clone.install() == WHOLE


@pytest.mark.parametrize("damage", ["python", "lib", "pyvenv.cfg", "stamp"])
def test_a_damaged_environment_is_made_anew(clone: Clone, damage: str) -> None:
    clone.install()
    if damage == "python":  # the Python that it was made from was removed
        venv.PYTHON.unlink()
        venv.PYTHON.symlink_to("/nowhere/python3.11")
    elif damage == "lib":
        shutil.rmtree(clone.venv / "lib")
    elif damage == "pyvenv.cfg":
        (clone.venv / "pyvenv.cfg").unlink()
    else:
        venv.STAMP.write_text("{")
    assert clone.install() == WHOLE


def test_somebody_elses_venv_is_put_aside(clone: Clone) -> None:
    (clone.venv / "bin").mkdir(parents=True)
    (clone.venv / "precious").write_text("mine")
    assert clone.install() == WHOLE
    [aside] = (clone.root / ".lab").glob("venv-*")
    assert (aside / "precious").read_text() == "mine"


def test_a_removal_that_was_interrupted_goes_on(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    clone.install()
    venv.STAMP.write_text("{")
    real = shutil.rmtree

    def interrupted(path: Path, *arguments: object, **named: object) -> None:
        if path.exists():
            (path / "workshop.json").unlink(missing_ok=True)
            raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "rmtree", interrupted)
    with pytest.raises(KeyboardInterrupt):
        clone.install()
    monkeypatch.setattr(shutil, "rmtree", real)
    assert clone.install() == WHOLE
    assert list((clone.root / ".lab").glob("*venv*")) == [clone.root / ".lab" / "old-venv"], (
        "ours, and not kept for anybody"
    )
    venv.STAMP.write_text("{")
    clone.install()
    assert list((clone.root / ".lab").glob("*venv*")) == []


def test_a_full_disk_is_said_before_anything_is_made(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=120_000_000))
    with pytest.raises(venv.InstallError, match="120 MB are free") as told:
        clone.install()
    assert f"type: {venv.UP}" in str(told.value)
    assert not clone.venv.exists()


def test_a_disk_that_fills_up_on_the_way(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(title: str, command: Sequence[str]) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(install, "_run", full)
    with pytest.raises(venv.InstallError, match="The disk is full"):
        clone.install()


def test_a_folder_that_may_not_be_written(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    def blocked(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", blocked)
    with (
        pytest.raises(venv.InstallError, match="Copy the clone to a folder of your own"),
        install.lock(),
    ):
        pass


def test_a_disk_without_programs_is_said_before_anything_is_made(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = dict.fromkeys(("f_blocks", "f_bfree", "f_bavail", "f_frsize"), 2**16)
    monkeypatch.setattr(os, "statvfs", lambda path: SimpleNamespace(f_flag=os.ST_NOEXEC, **sizes))
    with pytest.raises(venv.InstallError, match="mounted noexec") as told:
        clone.install()
    assert venv.MOVE in str(told.value) and clone.steps == []
    assert [text for name, good, text in venv.bare_checks() if name == "folder" and not good]


def test_a_shared_install_that_a_learner_may_only_read_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a hub, where only the learner's own folder is theirs."""
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    for complete in (True, False):
        monkeypatch.setattr(venv, "is_complete", lambda complete=complete: complete)
        monkeypatch.setenv("WORKSHOP_HOME", "/elsewhere")
        assert [good for name, good, _ in venv.bare_checks() if name == "folder"] == [complete]
        monkeypatch.delenv("WORKSHOP_HOME")
        assert [good for name, good, _ in venv.bare_checks() if name == "folder"] == [False]


@pytest.mark.parametrize(
    "name",
    ["plain", "Kurs \u2013 Übung 1 (neu)", "$HOME", "a; touch x", "it's", '"', "-rf", "#1", "`x`", "*"],
)
def test_printed_commands_do_in_a_shell_what_they_say(tmp_path: Path, name: str) -> None:
    clone, home, programs = (tmp_path / each for each in (name, "my home", "bin"))
    shutil.copytree(PACKAGE, clone / "workshop", ignore=shutil.ignore_patterns("__pycache__"))
    for folder in (clone / ".venv", home, programs):
        folder.mkdir(parents=True)
    (clone / ".venv" / "package").write_text("theirs")
    (clone / "notes").write_text("mine")
    (tmp_path / "beside").write_text("mine")
    (programs / "python3").write_text('#!/bin/sh\necho "asked: $*, in $PWD"\n')
    (programs / "python3").chmod(0o755)
    ask = [
        sys.executable,
        "-S",
        "-c",
        "from workshop.commands import venv; print(venv.AGAIN); print(venv.MOVE)",
    ]
    again, move = subprocess.check_output(ask, cwd=clone, text=True, encoding="utf-8").splitlines()
    assert str(tmp_path) in again and str(tmp_path) in move, "they are about to be obeyed"
    env = {"PATH": f"{programs}:{os.defpath}", "HOME": str(home)}
    for command, where in ((move, home / "course"), (again, clone)):
        told = subprocess.run(
            ["sh", "-c", command], cwd=clone, env=env, capture_output=True, text=True, check=False
        )
        assert told.stdout == f"asked: -m workshop up, in {where}\n", told
        assert (where / "notes").read_text() == "mine"
    assert not (clone / ".venv").exists() and (tmp_path / "beside").exists()


@pytest.mark.parametrize(
    ("output", "hint"),
    [
        ("error: failed to write: No space left on device (os error 28)", "The disk is full"),
        (
            "The virtual environment was not created because ensurepip is not available.",
            "sudo apt install python3",
        ),
        (
            "error: Request failed after 3 retries\n  Caused by: dns error: failed to lookup address",
            "HTTPS_PROXY",
        ),
        (
            "ERROR: Could not find a version\nERROR: No matching distribution found for uv",
            "index-url in pip's configuration",
        ),
        (f"OSError: [Errno 30] Read-only file system: '{ROOT}/.venv'", "Copy the clone"),
        (
            "error: failed to open `~/.cache/uv/x`: Permission denied (os error 13)",
            "sudo chown -R $USER ~/.cache ~/.local",
        ),
        (
            "error sending request\n cause: client error (Connect)\n cause: invalid peer certificate: "
            "UnknownIssuer",
            "SSL_CERT_FILE",
        ),
        ("something never seen before", "try again from the start"),
    ],
)
def test_a_failed_step_says_what_why_and_what_next(output: str, hint: str) -> None:
    told = install._failure("a step", output)
    assert hint in told and venv.UP in told
    assert output.splitlines()[-1] in told, "the tool's own words"
    assert str(venv.LOG) in told


def test_a_step_keeps_its_output_and_shows_its_time(
    clone: Clone, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.undo()  # the real `_run`, with a log of our own
    monkeypatch.setattr(venv, "LOG", clone.root / ".lab" / "install.log")
    command = [
        sys.executable,
        "-c",
        "import sys; print('what went on'); sys.exit('ensurepip is not available')",
    ]
    with pytest.raises(venv.InstallError, match="ensurepip is not available"):
        install._run("A step", command)
    assert "what went on" in venv.LOG.read_text()
    assert "A step … 0." in capfd.readouterr().out


def test_uv_that_cannot_reach_its_registry_is_followed_by_pip(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def run(title: str, command: Sequence[str]) -> None:
        tried.append("pip" if "-m" in command else "uv")
        if tried[-1] == "uv":
            venv.LOG.write_text("error: Failed to fetch: `https://…`")
            raise venv.InstallError("no")

    monkeypatch.setattr(install, "_run", run)
    install._packages(dev=False)
    install._install("The workshop itself", "-e", ".")  # its build, too, fetches something
    assert tried == ["uv", "pip", "uv", "pip"]


def test_two_at_once_wait_for_each_other(clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    with venv.LOCK.open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        threading.Timer(0.3, lambda: fcntl.flock(other, fcntl.LOCK_UN)).start()
        began = time.monotonic()
        with install.lock():
            assert time.monotonic() - began > 0.25
    assert "waiting for it" in capsys.readouterr().out


@pytest.mark.parametrize(("word", "code"), [("status", 1), ("down", 0), ("reset", 0), ("doctor", 1)])
def test_commands_that_look_do_not_install(
    clone: Clone, word: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        enter.enter([word])
    assert ended.value.code == code
    assert clone.steps == []
    assert f"Type: {venv.UP}" in capsys.readouterr().out


def test_help_does_not_install(clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["--help"]):
        with pytest.raises(SystemExit):
            enter.enter(arguments)
    assert clone.steps == []
    assert "python3 -m workshop up" in capsys.readouterr().out
    for word, told in {
        "up": "--no-lab",
        "run": "[STAGE]...",
        "test": "--quick",
        "doctor": "fixes it",
        "nonsense": "up",
    }.items():
        with pytest.raises(SystemExit) as ended:
            enter.enter([word, "--help"])
        assert ended.value.code == 0
        said = capsys.readouterr().out
        assert f"python3 -m workshop {'' if word == 'nonsense' else word}" in said and told in said
    assert clone.steps == []


def test_a_strange_environment_does_not_start_itself_for_ever(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.install()
    monkeypatch.setenv(enter.REEXECUTED, "1")
    with pytest.raises(SystemExit, match="rm -rf"):
        enter.enter(["up"])


def test_a_missing_package_leads_to_a_new_environment(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    clone.install()
    monkeypatch.delenv("WORKSHOP_REPAIRED", raising=False)
    started: list[list[str]] = []
    monkeypatch.setattr(os, "execve", lambda program, arguments, environment: started.append(list(arguments)))
    monkeypatch.setattr(os, "chdir", lambda path: None)
    with pytest.raises(SystemExit, match=venv.UP):
        enter.repair(ImportError("No module named 'typer'"), ["status"])
    assert venv.is_complete() and not started, "a command that only looks changes nothing"
    enter.repair(ImportError("No module named 'typer'"), ["up"])
    assert started and started[0][1:] == ["-m", "workshop", "up"]
    assert not venv.is_complete()
    with pytest.raises(ImportError):  # once is enough: the same error again is not cured by more of the same
        enter.repair(ImportError("No module named 'typer'"), ["up"])
    monkeypatch.delenv("WORKSHOP_REPAIRED")
