"""The course in one folder, for a room without a network: a clone of it, and in its `wheels/` everything that
`up` installs, for each system and Python that the course runs on.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import canonicalize_name, parse_wheel_filename

from workshop import environment, shell
from workshop.commands import venv
from workshop.config import ROOT
from workshop.errors import LabError
from workshop.keeping.repository import GitError, Repository
from workshop.keeping.rights import publish
from workshop.words import count

FOLDER = ROOT / "pack"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
GLIBC = 28
"""The oldest C library of a Linux that the packed wheels run on, 2.28: Debian 10, Ubuntu 18.10, RHEL 8."""
MACOS = (13, 0)
INSTALLERS = ("uv", "setuptools>=80")
"""What an install needs besides the lock: uv itself, and what builds our own package (pyproject.toml)."""


@dataclass(frozen=True)
class Target:
    """A system, a kind of processor, and a version of Python."""

    system: str
    machine: str
    python: str

    def __str__(self) -> str:
        return f"{'macOS' if self.system == 'darwin' else 'Linux'}, {self.machine}, Python {self.python}"

    @property
    def platforms(self) -> list[str]:
        """The platforms of a wheel that runs there, best first."""
        if self.system == "darwin":
            return list(mac_platforms(MACOS, self.machine))
        named = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
        found = []
        for minor in range(GLIBC, (4 if self.machine == "x86_64" else 16), -1):
            found.append(f"manylinux_2_{minor}_{self.machine}")
            found += [f"{named[minor]}_{self.machine}"] if minor in named else []
        return found

    @property
    def tags(self) -> set[Tag]:
        """The tags of the wheels that can be installed there."""
        version, abi = tuple(map(int, self.python.split("."))), f"cp{self.python.replace('.', '')}"
        return {*cpython_tags(version, [abi], self.platforms), *compatible_tags(version, abi, self.platforms)}

    @property
    def releases(self) -> tuple[str, str]:
        """The first release of this Python, and one after the last: the lock tells some apart."""
        return f"{self.python}.0", f"{self.python}.99"

    def wants(self, requirement: Requirement, release: str) -> bool:
        """Return whether a line of the lock counts there, on a release of this Python."""
        if requirement.marker is None:
            return True
        there = {
            "sys_platform": self.system,
            "platform_system": "Darwin" if self.system == "darwin" else "Linux",
            "platform_machine": self.machine,
            "os_name": "posix",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "python_version": self.python,
            "python_full_version": release,
        }
        return requirement.marker.evaluate(there)


TARGETS = tuple(
    Target(system, machine, python)
    for system, machine in (
        ("linux", "x86_64"),
        ("linux", "aarch64"),
        ("darwin", "arm64"),
        ("darwin", "x86_64"),
    )
    for python in PYTHONS
)


def wanted(target: Target, release: str, lock: str) -> list[str]:
    """Return what an install needs there: the lines of the lock that count, without their conditions."""
    lines = [line for line in lock.splitlines() if line[:1].isalnum()]
    requirements = [Requirement(line) for line in (*lines, *INSTALLERS)]
    return [f"{one.name}{one.specifier}" for one in requirements if target.wants(one, release)]


def missing(target: Target, requirements: Iterable[str], wheels: Path) -> list[str]:
    """Return the requirements for which no wheel in the folder fits this target."""
    tags = target.tags
    there = [parse_wheel_filename(path.name) for path in wheels.glob("*.whl")]
    fitting = [(name, version) for name, version, _, kinds in there if kinds & tags]

    def is_there(requirement: Requirement) -> bool:
        name = canonicalize_name(requirement.name)
        return any(name == other and version in requirement.specifier for other, version in fitting)

    return [line for line in requirements if not is_there(Requirement(line))]


def main(folder: Path, targets: Sequence[Target] = TARGETS) -> int:
    """Make the folder, a line for each target. Return the exit code. Raises LabError if it can't be made."""
    folder = folder.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise LabError(
            f"There is something at {folder} already, and it was left alone.\n"
            "Name a folder that does not exist yet: python3 -m workshop pack FOLDER"
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".pack-", dir=folder.parent) as draft:
        course = Path(draft) / "course"
        _clone(course)
        wheels = course / venv.WHEELS.name
        wheels.mkdir()
        lock = (course / venv.LEARNER.name).read_text(encoding="utf-8")
        for target in targets:
            _fill(target, [wanted(target, release, lock) for release in target.releases], wheels)
        publish(course)
        sizes = [path.stat().st_size for path in wheels.iterdir()]
        if folder.exists():
            folder.rmdir()
        course.rename(folder)
    print(f"{count(len(sizes), 'wheel')}, {sum(sizes) / 1e6:.0f} MB, and the course: {folder}")
    home = shell.line("cp", "-R", f"{folder}/.")
    print(f"In the room, from the stick or whatever it was copied to:\n    mkdir ~/course && {home} ~/course")
    print(f"    cd ~/course && {venv.UP}")
    return 0


def _clone(course: Path) -> None:
    """Clone the newest commit. Later updates come from where this clone's come from."""
    repository = Repository.at(ROOT)
    if repository is None:
        raise LabError("Only a git clone can be packed, and this folder is none. Clone the course with git.")
    try:
        origin = repository.ask("remote", "get-url", "origin")
        changed = repository.line("status", "--porcelain", "--untracked-files=no")
        repository.run("clone", "--quiet", "--no-hardlinks", "--single-branch", str(ROOT), str(course))
        # neither where it was packed, on the instructor's disk, nor a password in the address
        origin = re.sub(r"^(https?://)[^/]*@", r"\1", origin)
        remote = ("set-url", "origin", origin) if origin else ("remove", "origin")
        Repository(course).run("remote", *remote)
    except GitError as error:
        raise LabError(f"Git said no:\n{error}") from error
    if changed:
        print("What is changed here and not committed is left out.")


def _fill(target: Target, needed: Sequence[Sequence[str]], wheels: Path) -> None:
    """Download what the folder lacks for a target, once for each set of requirements. Raises LabError if
    something has no wheel for it.
    """
    began = time.monotonic()
    print(f"  {target} … ", end="", flush=True)
    for requirements in needed:
        if lacking := missing(target, requirements, wheels):
            _download(target, lacking, wheels)
    print(f"{count(len(set().union(*needed)), 'wheel')}, {time.monotonic() - began:.0f} s", flush=True)


def _download(target: Target, requirements: Sequence[str], wheels: Path) -> None:
    options = [part for name in target.platforms for part in ("--platform", name)]
    options += ["--python-version", target.python, "--implementation", "cp", "--only-binary", ":all:"]
    for abi in (f"cp{target.python.replace('.', '')}", "abi3", "none"):
        options += ["--abi", abi]
    # pip takes the first release of that Python, which some lines of the lock are not for
    options += ["--no-deps", "--ignore-requires-python", "--dest", str(wheels)]
    options += ["--quiet", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "download", *options, *requirements]
    done = subprocess.run(
        command, env=environment.clean(os.environ), capture_output=True, text=True, check=False
    )
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        said = "\n".join(f"    {line}" for line in (errors or done.stderr.splitlines())[-8:])
        raise LabError(f"What {target} needs could not be had:\n{said}\nNothing was packed.")
