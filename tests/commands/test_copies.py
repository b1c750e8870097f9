"""Two copies of the course on one machine: a command acts on the one that it is typed in, whichever environment
is active, and whatever one of them has copied from the other.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench_instance import write_env

from workshop.attribution import HOOK, HOOK_FILE
from workshop.commands.venv import PATHS
from workshop.config import ROOT
from workshop.processes.record import Record

PARTS = (
    "workshop",
    "notebooks",
    ".env.sample",
    "pyproject.toml",
    "requirements.lock",
    "requirements-dev.lock",
)
SERVICES = ("temporal", "gateway", "weather", "jupyter")


class Copy:
    """A clone with an environment of its own, on ports of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def made(cls, root: Path) -> Copy:
        root.mkdir()
        for part in PARTS:
            subprocess.run(["cp", "-R", "-p", ROOT / part, root], check=True)
        write_env(root)
        (root / "my_work").mkdir()
        (root / "my_work" / "mine.py").write_text(f"# written in {root.name}")
        copy = cls(root)
        copy.install()
        return copy

    def install(self) -> None:
        """Make `.venv` as an install does, with the packages of this one."""
        folder = self.root / ".venv"
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        shutil.rmtree(folder / "share", ignore_errors=True)
        (folder / "share").symlink_to(Path(sys.prefix) / "share")
        [packages] = folder.glob("lib/python*/site-packages")
        (packages / "00_workshop.pth").write_text(PATHS)
        (packages / "__editable__.workshop.pth").write_text(f"{self.root}\n{sysconfig.get_path('purelib')}\n")
        (packages / HOOK_FILE).write_text(HOOK)
        self.python("-c", "from workshop.commands import venv; venv.Stamp.wanted(False).write()")

    def python(
        self, *words: str, cwd: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the Python of this copy's environment, as in a terminal in which it is active."""
        bins = [str(self.root / ".venv" / "bin"), os.environ["PATH"], str(Path(sys.prefix) / "bin")]
        environment = {"PATH": os.pathsep.join(bins), "HOME": os.environ["HOME"], "CI": "1", **variables}
        return subprocess.run(
            [self.root / ".venv" / "bin" / "python3", *words],
            cwd=cwd or self.root,
            env={**environment, "VIRTUAL_ENV": str(self.root / ".venv")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=200,
            check=False,
        )

    def type(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.python("-m", "workshop", *words)

    def pids(self) -> dict[str, int]:
        records = {name: Record.read(self.root / ".lab" / "services" / f"{name}.json") for name in SERVICES}
        return {name: record.pid for name, record in records.items() if record and record.process()}


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Copy]:
    copy = Copy.made(tmp_path / "one")
    yield copy
    copy.type("down")


@pytest.mark.parametrize("below", ["", "notebooks"])
@pytest.mark.parametrize("terminal", [False, True])
def test_a_command_acts_on_the_copy_that_it_is_typed_in(
    one: Copy, tmp_path: Path, below: str, terminal: bool
) -> None:
    """With another copy's environment active; and in a terminal of that one's JupyterLab, which names its home."""
    two = Copy.made(tmp_path / "two")
    for copy in (one, two):
        (copy.root / ".lab").mkdir(exist_ok=True)
        (copy.root / ".lab" / "temporal.db").write_text("workflows")
    if not below:
        found = one.python("-c", "import workshop; print(workshop.__file__)", cwd=two.root)
        assert found.stdout == f"{two.root / 'workshop' / '__init__.py'}\n"
    here = {"WORKSHOP_HOME": str(one.root)} if terminal else {}
    told = one.python("-m", "workshop", "reset", "--yes", cwd=two.root / below, **here)
    assert told.returncode == 0, told.stdout
    assert f"Reset: {two.root}" in told.stdout and str(one.root) not in told.stdout
    assert not (two.root / ".lab" / "temporal.db").exists() and not (two.root / "my_work").exists()
    assert (one.root / ".lab" / "temporal.db").exists() and (one.root / "my_work" / "mine.py").exists()


def test_a_copied_folder_leaves_what_runs_in_the_original_alone(one: Copy, tmp_path: Path) -> None:
    """It has the original's records, the ids of its database and its token: on the same ports, on others, and
    as fresh as it was copied, with the original's environment.
    """
    assert (told := one.type("up", "--no-browser")).returncode == 0, told.stdout
    before = one.pids()
    assert set(before) == set(SERVICES)
    three = Copy(tmp_path / "three")
    subprocess.run(["cp", "-R", one.root, three.root], check=False)  # what runs may delete a file meanwhile

    for word, active in (("status", one), ("down", one), ("status", three), ("down", three)):
        told = active.python("-m", "workshop", word, cwd=three.root)
        assert "rm -rf" not in told.stdout, "it would be the original's environment"
        assert (
            "of another copy of the course" if word == "status" else "Nothing of this folder"
        ) in told.stdout
    within = three.python("-c", "import workshop; print(workshop.__file__)", cwd=three.root / "notebooks")
    assert within.stdout == f"{three.root / 'workshop' / '__init__.py'}\n"

    three.install()
    told = three.type("up", "--no-browser")
    assert told.returncode == 1 and "deleted while it ran" not in told.stdout
    for name in SERVICES:
        assert f"the {name} of another copy of the course ({one.root})" in told.stdout
    assert one.pids() == before and three.pids() == {}

    write_env(three.root)
    assert f"Nothing of this folder was running: {three.root}" in three.type("down").stdout
    try:
        assert (told := three.type("up", "--no-lab")).returncode == 0, told.stdout
        assert not set(three.pids().values()) & set(before.values())
        assert one.pids() == before and one.type("status").returncode == 0
        assert f"Stopped in {one.root}: " in one.type("down").stdout
        assert set(three.pids()) == set(SERVICES) - {"jupyter"}
    finally:
        assert f"Stopped in {three.root}: " in three.type("down").stdout


def test_a_folder_that_was_moved_finds_what_runs(one: Copy, tmp_path: Path) -> None:
    assert (told := one.type("up", "--no-lab")).returncode == 0, told.stdout
    moved = Copy(one.root.rename(tmp_path / "moved"))
    moved.install()
    assert "Stopped" in moved.type("down").stdout and moved.pids() == {}
    moved.root.rename(one.root)
