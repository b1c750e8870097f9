"""`python3 -m workshop update`: the newest version of the course, with what a learner wrote kept, outputs
included.

First it looks, fetches and copies; until then nothing has changed. Then it writes down what it will do, and
does it. From then on every step can be repeated: whatever ends the command, the next `update` finishes it.
Only the standard library is used, so a course whose packages can't be installed can be corrected too.
"""

from __future__ import annotations

import fcntl
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from workshop.commands.refusals import (
    AGAIN,
    branch,
    clone,
    diverged,
    fetch,
    indented,
    listed,
    plain,
    refuse_in_the_way,
    refuse_unfinished,
)
from workshop.errors import LabError
from workshop.keeping.copies import RELOAD, keep, put
from workshop.keeping.own_work import carry, look
from workshop.keeping.repository import GitError, Repository

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = re.compile(
    r"notebooks/[^/]+\.ipynb|exercises/[^/]+/exercise\.ipynb|solutions/[^/]+/exercise/solution\.ipynb"
)
"""Where generated notebooks are: the files that a learner works in."""
SHOWN = 8
SAFE = f"What you wrote is as it was, or in my_work/kept/. When that is put right: {AGAIN}"


@dataclass(frozen=True)
class Plan:
    """What an update does: its commit, the files it touches, and copies of those worked in."""

    old: str
    new: str
    paths: tuple[Path, ...]
    kept: Mapping[Path, Path] = field(default_factory=dict)

    @staticmethod
    def note(repository: Repository) -> Path:
        """Return where a plan is written: with git's own files, which stay when `.lab/` is deleted."""
        return repository.own("workshop-update.json")

    def write(self, repository: Repository) -> None:
        kept = {str(path): str(copy) for path, copy in self.kept.items()}
        values = {"old": self.old, "new": self.new, "paths": [str(path) for path in self.paths], "kept": kept}
        put(json.dumps(values, indent=1).encode(), self.note(repository))

    @classmethod
    def read(cls, repository: Repository) -> Plan | None:
        """Return the plan of an interrupted update; None if there is none."""
        if not cls.note(repository).exists():
            return None
        values = json.loads(cls.note(repository).read_text(encoding="utf-8"))
        kept = {Path(path): Path(copy) for path, copy in values["kept"].items()}
        return cls(values["old"], values["new"], tuple(map(Path, values["paths"])), kept)


def main(root: Path = ROOT, finish: Callable[[Path], int] | None = None) -> int:
    """Bring the clone at `root` up to date. Return the exit code. Raises LabError if that can't be done."""
    try:
        with _alone(root):
            repository = clone(root)
            if not _bring(repository):
                return 0
        return (finish or _install)(root)
    except GitError as error:
        raise LabError(f"Git said no:\n{indented(str(error))}\n{SAFE}") from error
    except OSError as error:
        raise LabError(f"{error}\n{SAFE}") from error
    except KeyboardInterrupt:
        print(f"\nInterrupted. Nothing is lost; to go on: {AGAIN}", file=sys.stderr)
        return 130


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Allow only one update at a time."""
    (root / ".lab").mkdir(mode=0o700, exist_ok=True)
    with (root / ".lab" / "update.lock").open("ab") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LabError("Another update is at work in this folder. Wait for it to end.") from None
        yield


def _bring(repository: Repository) -> bool:
    """Do the whole update. Return False if there was nothing to do."""
    plan = _interrupted(repository) or _plan(repository)
    if plan is None:
        return False
    plan.write(repository)
    _guard(repository, plan)
    repository.apply(plan.new, plan.paths)
    lines = [_place(repository, plan, path, copy) for path, copy in plan.kept.items()]
    Plan.note(repository).unlink()
    _tell(repository, plan, lines)
    return True


def _plan(repository: Repository) -> Plan | None:
    """Return what to do, None if nothing is new. Copy what a learner worked in. Raises LabError."""
    refuse_unfinished(repository)
    new = fetch(repository, branch(repository))
    old = repository.line("rev-parse", "HEAD")
    if not new or new == old or repository.is_ancestor(new, old):
        return None
    if not repository.is_ancestor(old, new):
        raise LabError(diverged(repository, old, new))
    paths = sorted(repository.changed(old, new))
    refuse_in_the_way(repository, old, new, paths)
    notebooks = [path for path in paths if NOTEBOOK.fullmatch(path.as_posix())]
    edited = repository.differing(old, set(paths) - set(notebooks))
    if edited:
        names = shlex.join(map(str, sorted(edited)))
        raise LabError(
            f"These files were changed here, and the update changes them too:\n{listed(edited)}\n"
            f"Nothing was updated. To put yours aside, type:\n    git stash push -- {names}\nthen: {AGAIN}\n"
            "Yours stay in git: `git stash show -p` shows them."
        )
    root = repository.root
    worked_in = [
        path
        for path in notebooks
        if (root / path).is_file() and plain(root / path) != repository.blob(old, path)
    ]
    return Plan(
        old, new, tuple(paths), {path: keep(root / path, path, root).relative_to(root) for path in worked_in}
    )


def _interrupted(repository: Repository) -> Plan | None:
    """Return the plan of an unfinished update; None if there is none or the clone has moved on."""
    plan = Plan.read(repository)
    if plan is None:
        return None
    if repository.line("rev-parse", "HEAD") in (plan.old, plan.new):
        print("An update was interrupted; going on with it.")
        return plan
    print("An update was interrupted, and this clone has moved on since. What it had kept:")
    print(listed(plan.kept.values()) or "    nothing")
    Plan.note(repository).unlink()
    return None


def _guard(repository: Repository, plan: Plan) -> None:
    """Copy what somebody has written into the files since they were copied, before they change."""
    root = repository.root
    for path in plan.paths:
        if not (root / path).is_file():
            continue
        known = [repository.blob(commit, path) for commit in (plan.old, plan.new)]
        if copy := plan.kept.get(path):
            known += [plain(root / copy), _carried(repository, plan, path, copy)[0]]
        if plain(root / path) not in known:
            print(
                f"{path}: changed since. That version is kept: "
                f"{keep(root / path, path, root).relative_to(root)}"
            )


def _carried(
    repository: Repository, plan: Plan, path: Path, copy: Path
) -> tuple[bytes | None, tuple[str, ...]]:
    """Return a notebook's new version with the learner's work, if any, and what found no place there."""
    built = repository.blob(plan.new, path)
    if built is None:
        return None, ()
    found = carry((repository.root / copy).read_bytes(), built, repository.blob(plan.old, path))
    return found.data, found.left


def _place(repository: Repository, plan: Plan, path: Path, copy: Path) -> str:
    """Put a notebook with the learner's work in place, and return in words what became of it."""
    data, left = _carried(repository, plan, path, copy)
    if data is None:
        return f"{path}: no longer part of the course. Yours is kept: {copy}"
    put(data, repository.root / path)
    work = look((repository.root / copy).read_bytes(), data)
    if not work.is_readable:
        return f"{path}: the new version. Yours was {work}; it is kept: {copy}"
    lost = "".join(
        f"\n    changed by the course too, so yours is in the copy only: {line[:80]}" for line in left
    )
    return f"{path}: the new version, with your work in it. As it was: {copy}{lost}"


def _tell(repository: Repository, plan: Plan, lines: list[str]) -> None:
    subjects = repository.line(
        "log", "--no-show-signature", "--format=%s", f"{plan.old}..{plan.new}"
    ).splitlines()
    more = [f"    and {len(subjects) - SHOWN} more"] if len(subjects) > SHOWN else []
    print("\n".join(["What is new:", *(f"    {subject}" for subject in subjects[:SHOWN]), *more, *lines]))
    if lines:
        print(RELOAD)


def _install(root: Path) -> int:
    """Install what the new version needs, and check its notebooks in a process of its own."""
    sys.stdout.flush()
    code = subprocess.run(
        [sys.executable, "-m", "workshop", "build", "--check"], cwd=root, check=False
    ).returncode
    done = "Updated." if code == 0 else "The new version is here, but it is not complete yet: see above."
    print(f"{done} What runs goes on with the old one until you type: python3 -m workshop up")
    return code
