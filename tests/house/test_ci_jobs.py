"""CI's jobs, run here: each in a clone of its own, with a `python3` that only writes down what it was asked
for.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from workshop.config import ROOT

FAKE = """#!/bin/sh
case "$1" in
    --version) echo "$0";;
    -c) echo "$0";;
    *) echo "asked: $PWD: $*"; git ls-files --eol | grep -c w/crlf
       if [ "$3" = "$FAILS_AT" ]; then exit 1; fi;;
esac
"""


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a repository with next to nothing to check out, in a folder with a difficult name."""
    origin = tmp_path_factory.mktemp("a clone, its name's quotation mark") / "course"
    (origin / ".ci").mkdir(parents=True)
    for name in (".ci/job", ".ci/run", ".gitattributes"):
        (origin / name).write_bytes((ROOT / name).read_bytes())
        (origin / name).chmod(0o755)
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    for words in (["init", "--quiet"], ["add", "."], [*who, "commit", "--quiet", "-m", "all"]):
        subprocess.run(["git", *words], cwd=origin, check=True)
    return origin


def job(
    origin: Path, folder: Path, *words: str, fails_at: str = "nothing"
) -> subprocess.CompletedProcess[str]:
    for name in ("python3", "python3.11", "python3.14"):
        (folder / "bin").mkdir(exist_ok=True)
        (folder / "bin" / name).write_text(FAKE)
        (folder / "bin" / name).chmod(0o755)
    path = f"{folder / 'bin'}:{os.environ['PATH']}"
    env = {"PATH": path, "FAILS_AT": fails_at, "TMPDIR": str(folder), "LANG": "C.UTF-8"}
    return subprocess.run(
        [origin / ".ci" / "job", *words], capture_output=True, text=True, env=env, check=False
    )


@pytest.mark.parametrize(
    ("name", "python", "clone"),
    [
        ("oldest", "python3.11", "course"),
        ("newest", "python3.14", "course"),
        ("path", "python3", "Kurs \u2013 Übung 1 (neu)"),
        ("crlf", "python3", "course"),
    ],
)
def test_a_job_runs_the_two_commands_in_a_clone_and_cleans_up(
    origin: Path, tmp_path: Path, name: str, python: str, clone: str
) -> None:
    told = job(origin, tmp_path, name)
    assert told.returncode == 0, told.stderr
    assert f"== job {name}: {tmp_path / 'bin' / python}," in told.stdout
    asked = re.findall(r"^asked: (.*): -m workshop (.*)$", told.stdout, re.MULTILINE)
    assert [words for _, words in asked] == ["build --check", "test"]
    assert all(Path(folder).name == clone and Path(folder).is_relative_to(tmp_path) for folder, _ in asked)
    assert re.findall(r"^\d+$", told.stdout, re.MULTILINE) == ["0", "0"], (
        "files with the line ends of Windows"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


def test_a_shorter_job_and_one_that_fails(origin: Path, tmp_path: Path) -> None:
    assert re.findall(
        r"-m workshop (.*)$", job(origin, tmp_path, "crlf", "tests/x.py", "-q").stdout, re.MULTILINE
    ) == [
        "build --check",
        "test tests/x.py -q",
    ]
    for fails_at in ("build", "test"):
        assert job(origin, tmp_path, "path", fails_at=fails_at).returncode == 1
    assert job(origin, tmp_path).returncode == job(origin, tmp_path, "none").returncode == 2


def test_a_python_that_is_missing_is_named(origin: Path, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3.11").write_text("#!/bin/sh\nexit 127\n")
    (tmp_path / "bin" / "python3.11").chmod(0o755)
    env = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "TMPDIR": str(tmp_path)}
    told = subprocess.run(
        [origin / ".ci" / "job", "oldest"], capture_output=True, text=True, env=env, check=False
    )
    assert told.returncode == 1 and "needs python3.11 on PATH" in told.stderr
