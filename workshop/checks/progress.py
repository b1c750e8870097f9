"""What a learner has done: kept in `.lab/progress.json`, which outlives the kernel, and shown."""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, TypeAdapter

from workshop.checks.findings import Check, Result, checks_of
from workshop.config import LAB_DIR
from workshop.services import databases
from workshop.show import Table, Tabular

FILE = LAB_DIR / "progress.json"


class Kept(BaseModel, extra="allow"):
    """What is relied on in the file, for each check."""

    passed: bool
    ever_passed: bool = False
    tries: int = 0
    rescued: list[str] = []


KEPT = TypeAdapter(dict[str, Kept])


def recorded_results() -> dict[str, dict[str, Any]]:
    """Return each check's last result by name: passed, ever_passed, tries, at (epoch seconds), findings."""
    try:
        return _read()
    except (OSError, ValueError):
        with _alone():  # another notebook may have begun a new file meanwhile
            return _read_or_set_aside()


def _read() -> dict[str, dict[str, Any]]:
    if not FILE.exists():  # nothing done yet
        return {}
    text = FILE.read_bytes()
    KEPT.validate_json(text, strict=True)
    return cast(dict[str, dict[str, Any]], json.loads(text))


def _read_or_set_aside() -> dict[str, dict[str, Any]]:
    """Read the file. Set aside one that is damaged, as a database is, and say so. Call it alone."""
    try:
        return _read()
    except (OSError, ValueError):
        kept = databases.set_aside(FILE)
        print(
            f"{FILE} is damaged, so your marks can't be read. It is kept as {kept.name}, and a new one "
            "begins. What you wrote is untouched: run the checks again."
        )
        return {}


def record(result: Result) -> None:
    """Save a result. Two notebooks may do so at once."""
    with _alone():
        results = _read_or_set_aside()
        before = results.get(result.name, {})
        results[result.name] = {
            **result.as_json(),
            "ever_passed": result.passed or bool(before.get("ever_passed")),
            "tries": int(before.get("tries", 0)) + 1,
            "at": time.time(),
        }
        write(FILE, results)


def write(path: Path, values: Mapping[str, Any]) -> None:
    """Write a file whole or not at all, whatever ends this process meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(values, indent=1), encoding="utf-8")
    partial.replace(path)


@contextmanager
def _alone() -> Iterator[None]:
    LAB_DIR.mkdir(parents=True, exist_ok=True)
    with FILE.with_suffix(".lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True, repr=False)
class Progress(Tabular):
    """The progress panel of one exercise: what is done, and what is next."""

    checks: tuple[Check, ...]
    results: dict[str, dict[str, Any]]
    shared_as: str = ""
    """The name under which the instructor's board shows this; empty for who has joined none."""

    def state(self, check: Check) -> str:
        result = self.results.get(check.name)
        if result is None:
            return "not tried"
        if result["passed"]:
            rescued = ", ".join(result.get("rescued", ()))
            return f"passed with the solution's {rescued}" if rescued else "passed"
        return "not any more: it passed before" if result.get("ever_passed") else "not yet"

    def _passed(self, check: Check) -> bool:
        return bool(self.results.get(check.name, {}).get("passed"))

    @property
    def next(self) -> Check | None:
        """The first core check that is not green, or the first such stretch check once the core is done."""
        waiting = [check for check in self.checks if not self._passed(check)]
        return next((check for check in waiting if not check.stretch), waiting[0] if waiting else None)

    def _table(self) -> Table:
        rows = [
            (one.name, one.title + (" (stretch)" if one.stretch else ""), self.state(one))
            for one in self.checks
        ]
        done = sum(map(self._passed, self.checks))
        waiting = self.next
        foot = f"{done} of {len(rows)} passed. " + (
            f'Next: lab.check("{waiting.name}")' if waiting else "All done."
        )
        if self.shared_as:
            foot += f" The class's board shows this as {self.shared_as}. To leave it: lab.leave_board()"
        return Table(("check", "what it looks at", "state"), rows, foot)


def panel(stage: str, shared_as: str = "") -> Progress:
    """Return the recorded progress in a stage's exercise."""
    return Progress(tuple(checks_of(stage[:2])), recorded_results(), shared_as)
