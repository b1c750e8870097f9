"""A key, questions and answers belong to their owner: permissions of files and folders, whatever the umask
and their maker.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from bench_instance import environment, write_env

from workshop.commands import doctor, doctor_env
from workshop.commands.diagnosis import UP, Diagnosis
from workshop.config import ROOT
from workshop.keeping import rights as private
from workshop.services.catalog import services, settings_of

UMASKS = [0o000, 0o007, 0o022, 0o077]
WRITES = """
import logging
from pathlib import Path
from filelock import FileLock
from workshop.lab import Lab
from workshop.commands import install, venv
from workshop.processes.keeper_client import KeeperClient
from workshop.processes.locks import locked_for_child
from workshop.processes.record import Record
from workshop.processes.starter import RECORDS
from workshop.checks import progress
from workshop.config import HOME, LAB_DIR, MY_WORK, settings
from workshop.services import jupyter
from workshop.gateway.bill import Bill
from workshop.weather.board import Board
from workshop.processes.supervisor import Supervisor

Board(LAB_DIR / "notices.sqlite")
Bill(LAB_DIR / "bill.sqlite", logging.getLogger()).close()
jupyter.token(HOME)
jupyter.command(HOME, settings())
locked_for_child(LAB_DIR / "temporal.db.lock")
Record(1, 1.0, "x").write(LAB_DIR / "services" / "x.json")
Record(2, 1.0, "x").write(RECORDS / "x.json")
(MY_WORK / "03_durable_agent").mkdir(parents=True)
(MY_WORK / "03_durable_agent" / "workflow.py").write_text("# what a learner writes")
with Supervisor(HOME, ()).lock():
    pass
venv.LOCK, venv.LOG = LAB_DIR / "install.lock", LAB_DIR / "install.log"
with install.lock():
    venv.LOG.write_text("x")
KeeperClient().warm_up()
"""
"""Each kind of file that the course makes, by the code that makes it, in a process with the umask of a shell.
"""


def opened(home: Path) -> list[str]:
    """Return what others may read, write or enter, in the form of `ls`."""
    files = [
        home / ".env",
        *(
            path
            for top in (".lab", "my_work", "my_work-old")
            for path in [home / top, *(home / top).rglob("*")]
        ),
    ]
    return [
        f"{stat.filemode(mode)} {path.relative_to(home)}"
        for path in files
        if path.exists() and not path.is_symlink() and (mode := path.stat().st_mode) & private.OTHERS
    ]


def start(command: list[str], home: Path, umask: int) -> str:
    told = subprocess.run(
        command,
        cwd=ROOT,
        env={**environment(home), "CI": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        umask=umask,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    return told.stdout


@pytest.mark.parametrize("umask", UMASKS, ids=oct)
def test_what_the_course_writes_is_its_owners_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    write_env(tmp_path)
    start([sys.executable, "-c", WRITES], tmp_path, umask)
    made = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(made) > 12, made
    assert opened(tmp_path) == []


@pytest.fixture
def left_open(tmp_path: Path) -> Path:
    """Make a home as an earlier version did: everybody may read everything and write some of it."""
    home = tmp_path / "home"
    write_env(home)
    made = [
        ".lab/logs/gateway.log",
        ".lab/temporal.db",
        ".lab/temporal.db-wal",
        ".lab/temporal.db-shm",
        ".lab/devcontainer/start.txt",
    ]
    made += [
        ".lab/runs/03_durable_agent.ipynb",
        "my_work/03/workflow.py",
        "my_work-old/05/ui/index.html",
        ".env.bak",
        "notes.md",
    ]
    made += [".lab/venv-20260101-000000/bin/python", "notebooks/00.ipynb"]
    for name in made:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).touch()
    (home / "my_work" / "run.sh").touch()
    (tmp_path / "elsewhere.txt").touch()
    (home / "my_work" / "link").symlink_to(tmp_path / "elsewhere.txt")
    for path in [tmp_path / "elsewhere.txt", *home.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o777 if path.is_dir() or path.suffix == ".sh" else 0o646)
    return home


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_up_closes_what_lies_open_and_makes_nothing_open(left_open: Path) -> None:
    home = left_open
    # the server would not start from empty files
    for name in ("temporal.db", "temporal.db-wal", "temporal.db-shm"):
        (home / ".lab" / name).unlink()
    (home / ".lab" / "bill.sqlite").touch()
    (home / ".lab" / "bill.sqlite").chmod(0o666)
    try:
        start([sys.executable, "-m", "workshop", "up", "--no-lab"], home, 0o000)
        assert {
            mode(home / name)
            for name in (".env", ".env.bak", ".lab/temporal.db", ".lab/bill.sqlite", "my_work/03/workflow.py")
        } == {0o600}
        assert {mode(home / name) for name in (".lab", ".lab/logs", "my_work", "my_work-old")} == {0o700}
        assert mode(home / "my_work" / "run.sh") == 0o700, "it can still be run"
        assert (home / ".lab" / "temporal.db-wal").exists() and (home / ".lab" / "notices.sqlite").exists()
        aside = f"{home.name}/.lab/venv-20260101-000000/"
        assert [line for line in opened(home) if aside.partition("/")[2] not in line] == [], (
            "an environment put aside is behind a closed door"
        )
        assert mode(home.parent / "elsewhere.txt") == 0o646, "where a link leads is not ours"
        assert (mode(home / "notebooks" / "00.ipynb"), mode(home / "notes.md")) == (0o646, 0o646), (
            "the clone's files keep their rights"
        )
    finally:
        start([sys.executable, "-m", "workshop", "down"], home, 0o077)


def test_a_file_that_vanishes_or_is_anothers_stops_nothing(
    left_open: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed: list[str] = []

    def refuse(path: Path, rights: int) -> None:
        changed.append(path.name)
        raise FileNotFoundError if len(changed) % 2 else PermissionError

    monkeypatch.setattr(Path, "chmod", refuse)
    private.close(left_open)
    assert len(changed) > 10


def findings(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[Diagnosis]:
    for module in (doctor, doctor_env):
        monkeypatch.setattr(module, "HOME", home)
    for module in (doctor, doctor_env):
        monkeypatch.setattr(module, "settings", lambda: settings_of(home))
    return [finding for finding in doctor_env.env_file() if finding.text.startswith(".env")]


def test_a_password_in_the_address_of_the_upstream_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_env(
        tmp_path,
        openai_api_key="sk-0",
        upstream_base_url="https://me:hidden@proxy.example:99/v1?api-key=hidden",
    )
    now = settings_of(tmp_path)
    for module in (doctor, doctor_env):
        monkeypatch.setattr(module, "HOME", tmp_path)
    for module in (doctor, doctor_env):
        monkeypatch.setattr(module, "settings", lambda: now)
    shown = [service.note for service in services(tmp_path, now)] + [
        finding.text for finding in doctor_env.env_file()
    ]
    assert sum("https://proxy.example:99/v1" in line for line in shown) == 2
    assert "hidden" not in "\n".join(shown)


@pytest.mark.parametrize("rights", [0o644, 0o640, 0o604, 0o660, 0o666, 0o777, 0o602])
def test_doctor_says_that_others_can_read_env_and_its_advice_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rights: int
) -> None:
    write_env(tmp_path)
    (tmp_path / ".env").chmod(rights)
    [finding] = findings(tmp_path, monkeypatch)
    assert not finding.well and "other users can read it" in finding.text and finding.next == UP
    private.close(tmp_path)  # what `up` does first
    [finding] = findings(tmp_path, monkeypatch)
    assert finding.well


def test_on_a_disk_without_rights_doctor_says_so_and_asks_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_env(tmp_path)
    (tmp_path / ".env").chmod(0o777)
    monkeypatch.setattr(private, "keeps_rights", lambda folder: False)
    [finding] = findings(tmp_path, monkeypatch)
    assert finding.well and "keeps no rights" in finding.text


def test_an_env_of_another_user_is_named_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_env(tmp_path)
    (tmp_path / ".env").chmod(0o644)
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    [finding] = findings(tmp_path, monkeypatch)
    assert not finding.well and finding.next == f"sudo chown $USER {tmp_path / '.env'}"
