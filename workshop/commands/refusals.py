"""Why a clone can't be updated, each with what to type. Only the fetch writes, into `.git`."""

from __future__ import annotations

import os
import re
import shlex
import time
from collections.abc import Iterable
from itertools import count
from pathlib import Path

from workshop.errors import LabError
from workshop.keeping.repository import GitError, Repository

AGAIN = "python3 -m workshop update"
UNFINISHED = {
    "MERGE_HEAD": "merge",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "BISECT_LOG": "bisect",
}
LOCK_WAIT_S = 10.0
"""How long a git that outlived a killed update may take to end, in seconds."""
NEW_CLONE = (
    "Your work is safe where it is. Clone the course with git into a new folder, and copy there what you "
    "want to keep: .env, my_work/, and notebooks of yours under names of their own."
)


def clone(root: Path) -> Repository:
    """Return the clone to update. Raises LabError if there is none, or if git has unfinished work."""
    repository = Repository.at(root)
    if repository is None:
        try:
            why = _why(root)
        except GitError as error:
            why = str(error)
        raise LabError(f"This folder can't be updated: {why}\n{NEW_CLONE}")
    deadline = time.monotonic() + LOCK_WAIT_S
    lock = repository.own("index.lock")
    while lock.exists():  # a git that outlived a killed update needs a moment
        if time.monotonic() > deadline:
            remove = f"rm {shlex.quote(str(lock))}"
            raise LabError(
                f"Another git is at work in this folder, or one was killed.\nIf none is: {remove}\n"
                f"then: {AGAIN}"
            )
        time.sleep(0.05)
    return repository


def _why(root: Path) -> str:
    """Return why a folder is no clone, in words."""
    top = Repository(root).ask("rev-parse", "--show-toplevel")
    if top:
        return f"it lies inside another clone ({top})."
    Repository(root).run("--version")  # says so if git is missing
    if (root / ".git").exists():
        Repository(root).run("rev-parse", "--show-toplevel")
    return "it isn't a git clone, but an unpacked archive or a copy."


def refuse_unfinished(repository: Repository) -> None:
    for name, what in UNFINISHED.items():
        if repository.own(name).exists():
            raise LabError(
                f"A git {what} is not finished here. `git status` says how to finish it; then: {AGAIN}"
            )
    if unmerged := repository.unmerged():
        names = shlex.join(map(str, sorted(unmerged)))
        raise LabError(
            f"These files are in conflict, from a merge or a stash:\n{listed(unmerged)}\n"
            "Notebooks are made whole, and yours kept in my_work/kept/, by: python3 -m workshop build\n"
            f"When every file is as you want it: git add -- {names}\nthen: {AGAIN}"
        )


def branch(repository: Repository) -> str:
    """Return the branch that is checked out. Raises LabError if there is none."""
    branch = repository.ask("symbolic-ref", "--quiet", "HEAD").removeprefix("refs/heads/")
    if not repository.ask("rev-parse", "--verify", "--quiet", "HEAD"):
        raise LabError(
            "This clone has no commit yet, so there is nothing to update. Clone the course into a new folder."
        )
    if branch:
        return branch
    default = (
        repository.ask("symbolic-ref", "--short", "refs/remotes/origin/HEAD").removeprefix("origin/")
        or "main"
    )
    # else lost
    own = (
        ""
        if repository.ask("for-each-ref", "--contains", "HEAD", "--count=1")
        else "git branch my-commits && "
    )
    raise LabError(
        f"No branch is checked out here (detached HEAD).\nType: {own}git switch {default}\nthen: {AGAIN}"
    )


def fetch(repository: Repository, branch: str) -> str:
    """Fetch what the branch follows; return its commit, or nothing if nothing is new. Raises LabError."""
    remote = repository.ask("config", f"branch.{branch}.remote")
    if not remote or not repository.ask("config", f"branch.{branch}.merge"):
        raise LabError(_no_upstream(repository, branch))
    address = re.sub(r"//[^/@]*@", "//", repository.ask("remote", "get-url", remote) or remote)
    print(f"Looking for a new version at {address} …", flush=True)
    try:
        if remote != ".":
            repository.run("fetch", "--quiet", remote)
        new = repository.line("rev-parse", "@{upstream}^{commit}")
    except GitError as error:
        said = re.sub(r"//[^/@\s]*@", "//", str(error))
        raise LabError(
            f"The newest version could not be fetched from {address}:\n{indented(said)}\n"
            f"Nothing was changed. Is there a network, and may you read there? Then: {AGAIN}"
        ) from error
    if repository.is_ancestor(new, "HEAD"):
        print("Nothing new: you have the newest version.")
        return ""
    return new


def _no_upstream(repository: Repository, branch: str) -> str:
    remotes = repository.ask("remote").split()
    if not remotes:
        return (
            "This clone knows no place to fetch from (no git remote).\nType, with the address of the course: "
            "git remote add origin ADDRESS && git fetch origin && git branch --set-upstream-to=origin/main\n"
            f"then: {AGAIN}"
        )
    remote = "origin" if "origin" in remotes else remotes[0]
    default = repository.ask("symbolic-ref", "--short", f"refs/remotes/{remote}/HEAD") or f"{remote}/main"
    return (
        f"The branch {branch} follows no branch of a remote, so there is nothing to compare it with.\n"
        f"Type: git branch --set-upstream-to={shlex.quote(default)}\nthen: {AGAIN}"
    )


def diverged(repository: Repository, old: str, new: str) -> str:
    own = int(repository.line("rev-list", "--count", f"{new}..{old}"))
    base = repository.ask("merge-base", old, new)
    if not base:
        return f"This clone and the course share no history any more.\n{NEW_CLONE}"
    taken = set(repository.ask("for-each-ref", "--format=%(refname:short)", "refs/heads").split())
    name = next(name for n in count(1) if (name := f"my-commits-{n}") not in taken)
    return (
        f"This clone has {own} {'commit' if own == 1 else 'commits'} of its own.\n"
        "To keep them on a branch, and to go on here with what is in them as uncommitted work, type:\n"
        f"    git branch {name}\n    git reset --soft {base[:12]}\nthen: {AGAIN}"
    )


def refuse_in_the_way(repository: Repository, old: str, new: str, paths: Iterable[Path]) -> None:
    """Raise LabError for files that the old version does not have and the new one would overwrite."""
    root, known = repository.root, repository.files(old)
    found = set()
    for path in paths:
        parents = [parent for parent in path.parents if (root / parent).is_file() and parent not in known]
        is_new = path not in known and os.path.lexists(root / path) and not _is_same(repository, new, path)
        if parents or is_new or (root / path).is_dir():
            found.add(parents[0] if parents else path)
    if found:
        moves = "\n".join(
            f"    mv -n {shlex.quote(str(path))} {shlex.quote(f'{path}.mine')}" for path in sorted(found)
        )
        raise LabError(
            f"The new version has files where there are files of yours. Nothing was updated. Type:\n{moves}\n"
            f"then: {AGAIN}"
        )


def _is_same(repository: Repository, commit: str, path: Path) -> bool:
    return (repository.root / path).is_file() and plain(repository.root / path) == repository.blob(
        commit, path
    )


def listed(paths: Iterable[Path]) -> str:
    return "\n".join(f"    {path}" for path in sorted(paths))


def indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def plain(path: Path) -> bytes:
    """Return a file's content with the line ends that git stores."""
    return path.read_bytes().replace(b"\r\n", b"\n")
