"""The places of generated notebooks: what is there now, and new ones put there without a loss."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from workshop.errors import LabError
from workshop.keeping.copies import RELOAD, keep, put
from workshop.keeping.own_work import Work, look
from workshop.keeping.repository import GitError, Repository

CONTAINERS = ("CODESPACES", "REMOTE_CONTAINERS")
"""Variables that mark a learner's dev container, which must start whatever they have committed to their fork.
"""


class Places:
    """The generated files below `root`, as they are now."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def _git(self) -> tuple[set[Path], set[Path]] | None:
        """What git tracks, and what has changed since the last commit; None without git."""
        try:
            repository = Repository.at(self.root)
            return (repository.tracked(), repository.changed("HEAD")) if repository else None
        except GitError:  # a clone without a commit
            return None

    def is_ours(self, path: Path) -> bool:
        """Return whether a file is the course's: one that git tracks. Without git, nothing can tell."""
        return self._git is None or path in self._git[0]

    def _is_as_committed(self, path: Path) -> bool:
        return (
            self._git is not None
            and path in self._git[0] - self._git[1]
            and not any(map(os.environ.get, CONTAINERS))
        )

    def check(self, changed: Mapping[Path, bytes]) -> int:
        """Print, for each file that is not as built, what it is. Return how many must be built again."""
        wrong = 0
        for path, built in changed.items():
            fault, said = self._verdict(path, built)
            print(f"{path}: {said}")
            wrong += fault
        if wrong:
            print(
                "Generated files must match their sources. Run: python3 -m workshop build (what you did in "
                "them is kept)"
            )
        return wrong

    def _verdict(self, path: Path, built: bytes) -> tuple[bool, str]:
        """Return whether a file is wrong, and what it is in words."""
        if not (self.root / path).is_file():
            return True, "missing"
        data = (self.root / path).read_bytes()
        work = look(data, built)
        if self._is_as_committed(path) or not work.is_readable:
            return (
                True,
                f"differs from its source, {_first_difference(data, built) if work.is_readable else work}",
            )
        yours = f", with your work: {work}" if work else ""
        if work.is_current:
            return False, f"as its source says{yours or ', saved by another program'}"
        return True, f"differs from its source: an earlier version{yours}"

    def write(self, changed: Mapping[Path, bytes]) -> int:
        """Put the new files in place. Copy every file that holds somebody's work first. Raises LabError."""
        try:
            kept = {path: copy for path, built in changed.items() if (copy := self._keep(path, built))}
            for path, built in changed.items():
                put(built, self.root / path)
                print(f"{path}: written{kept.get(path, '')}")
        except OSError as error:
            raise LabError(
                f"A notebook can't be written: {error}\n"
                "What is there was left as it is, or is kept in my_work/kept/. Check its permissions and "
                "the disk space, then type: python3 -m workshop build"
            ) from error
        if kept:
            print(RELOAD)
        return len(changed)

    def _keep(self, path: Path, built: bytes) -> str:
        """Copy a file if it holds work, and return a note that says so; empty if it holds none."""
        if not (self.root / path).is_file():
            return ""
        work: Work = look((self.root / path).read_bytes(), built)
        if not work or (not work.is_recorded and self._is_as_committed(path)):
            return ""
        return f". Yours ({work}) is kept: {keep(self.root / path, path, self.root).relative_to(self.root)}"


def _first_difference(there: bytes, built: bytes) -> str:
    pairs = zip(there.splitlines(), built.splitlines(), strict=False)
    number = next((n for n, (old, new) in enumerate(pairs, 1) if old != new), None)
    return f"first at line {number}" if number else "at its end"
