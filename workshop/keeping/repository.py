"""Git: questions about a clone, and the few commands that `update` needs. Uses only the standard library."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

KEPT = ("GIT_SSH", "GIT_SSL_", "GIT_ASKPASS", "GIT_PROXY_", "GIT_HTTP_", "GIT_CONFIG", "GIT_TERMINAL_PROMPT")
"""The GIT_ variables that are kept: how to reach a server. The others name another repository, index, editor
or pager.
"""
SETTINGS = (
    *(
        "core.hooksPath=/dev/null",
        "core.fsmonitor=false",
        "core.quotePath=false",
        "color.ui=false",
        "submodule.recurse=false",
    ),
    *(
        "http.lowSpeedLimit=1000",
        "http.lowSpeedTime=30",
        "fetch.recurseSubmodules=false",
        "maintenance.auto=false",
        "gc.auto=0",
    ),
)


class GitError(Exception):
    """A failed git command. The text is the end of git's own message."""


def _environment() -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith(KEPT)
    }
    kept |= {
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_EDITOR": "true",
        "GIT_PAGER": "cat",
    }
    return kept if os.isatty(0) else {"GIT_TERMINAL_PROMPT": "0", **kept}


class Repository:
    """A git clone, identified by its top folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def at(cls, root: Path) -> Repository | None:
        """Return the clone whose top is `root`; None if it is not the top of one, or there is no git."""
        try:
            top = cls(root).line("rev-parse", "--show-toplevel")
        except GitError:
            return None
        return cls(root) if Path(top).resolve() == root.resolve() else None

    def run(self, *arguments: str, given: bytes = b"") -> bytes:
        """Return git's output. Raises GitError."""
        git = shutil.which("git")
        if git is None:
            raise GitError("There is no `git` on PATH.")
        options = [part for setting in SETTINGS for part in ("-c", setting)]
        command = [git, "--no-pager", "-C", str(self.root), *options, *arguments]
        done = subprocess.run(command, env=_environment(), input=given, capture_output=True, check=False)
        if done.returncode:
            said = (done.stderr or done.stdout).decode(errors="replace").strip()
            raise GitError("\n".join(said.splitlines()[-8:]) or f"git {arguments[0]} failed")
        return done.stdout

    def line(self, *arguments: str) -> str:
        return self.run(*arguments).decode(errors="surrogateescape").rstrip("\n")

    def ask(self, *arguments: str) -> str:
        """Return one line from git, empty if git fails."""
        try:
            return self.line(*arguments)
        except GitError:
            return ""

    def own(self, name: str) -> Path:
        """Return a file in git's own folder, wherever that is."""
        return self.root / self.line("rev-parse", "--git-path", name)

    def names(self, *arguments: str) -> set[Path]:
        """Return the files that a command lists with -z, relative to the top."""
        return {Path(os.fsdecode(name)) for name in self.run(*arguments).split(b"\0") if name}

    def tracked(self) -> set[Path]:
        return self.names("ls-files", "-z")

    def files(self, commit: str) -> set[Path]:
        """Return the files of a commit."""
        return self.names("ls-tree", "-r", "--name-only", "-z", "--full-tree", commit)

    def changed(self, *between: str) -> set[Path]:
        """Return the files that differ between two commits, or between one and the folder as it is now."""
        return self.names("diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", *between, "--")

    def blob(self, commit: str, path: Path) -> bytes | None:
        """Return a file as a commit has it; None if the commit has none."""
        try:
            return self.run("cat-file", "blob", f"{commit}:{path.as_posix()}")
        except GitError:
            return None

    def is_ancestor(self, old: str, new: str) -> bool:
        """Return whether a commit is in the history of another, or is the same one."""
        try:
            self.run("merge-base", "--is-ancestor", old, new)
        except GitError:
            return False
        return True

    def unmerged(self) -> set[Path]:
        """Return the files that a merge has left in conflict."""
        return {
            Path(os.fsdecode(line.partition(b"\t")[2]))
            for line in self.run("ls-files", "-u", "-z").split(b"\0")
            if line
        }

    def differing(self, commit: str, paths: Iterable[Path]) -> set[Path]:
        """Return a commit's files whose content here differs, even if git is told to assume otherwise."""
        listed = (
            line.partition(b"\t")
            for line in self.run("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0")
            if line
        )
        known = {Path(os.fsdecode(name)): entry.split()[2].decode() for entry, _, name in listed}
        there = [path for path in sorted(paths) if path in known and (self.root / path).is_file()]
        if not there:
            return set()
        names = b"".join(os.fsencode(path) + b"\n" for path in there)
        stored = self.run("hash-object", "--stdin-paths", given=names).decode().split()
        return {path for path, stored_as in zip(there, stored, strict=True) if known[path] != stored_as}

    def apply(self, commit: str, paths: Sequence[Path]) -> None:
        """Make the folder, the index and the branch match a commit, and touch no file but `paths`. Safe to
        repeat.

        The branch moves last: an interrupted call is finished by the same call again.
        """
        there = self.files(commit)
        gone = [str(path) for path in paths if path not in there]
        wanted = [str(path) for path in paths if path in there]
        for start in range(0, len(gone), 200):
            self.run("rm", "--quiet", "--force", "--ignore-unmatch", "--", *gone[start : start + 200])
        for start in range(0, len(wanted), 200):
            self.run("checkout", "--quiet", commit, "--", *wanted[start : start + 200])
        self.run("reset", "--quiet", "--soft", commit)
