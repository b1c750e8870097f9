"""How a check runs: in a thread with its own event loop and a time limit, never raising into a cell."""

from __future__ import annotations

import asyncio
import contextlib
import io
import threading
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from IPython.display import display

from workshop.checks import progress, sharing
from workshop.checks.findings import Check, Finding, Result, Shown, Stop, checks_of
from workshop.checks.needs import missing, still_empty, unfilled
from workshop.checks.trial import Trial
from workshop.errors import LabError
from workshop.workspace.rescue import rescued

if TYPE_CHECKING:
    from workshop.lab import Lab

TIDY_S = 30.0
"""How long a check may take to undo what it did, in seconds."""


def run(lab: Lab, name: str, answers: dict[str, Any]) -> Result:
    """Run a check, then show, save and return its result. Raises nothing but KeyboardInterrupt."""
    known = checks_of(lab.stage[:2])
    found = next((one for one in known if one.name == name), None)
    if found is None:
        names = ", ".join(one.name for one in known) or "none yet"
        finding = Finding(
            False,
            f"a check of exercise {lab.stage[:2]}: {names}",
            f"there is no check {name!r}",
            "Fix the name.",
        )
        result = Result(name, "no such check", (finding,))
    else:
        began = time.monotonic()
        findings = _execute(found, Trial(lab, name, answers))
        result = Result(
            name, found.title, tuple(findings), time.monotonic() - began, rescued(lab._cells, found.needs)
        )
        try:
            progress.record(result)
        except OSError as error:
            print(
                f"This result is shown, but can't be kept: {error}.\nTo see why: python3 -m workshop doctor"
            )
        sharing.share(lab.stage)
    display(Shown(result))
    return result


def _execute(check: Check, trial: Trial) -> list[Finding]:
    if finding := missing(trial.folder, check.needs):
        return [finding]
    findings: list[Finding] = []
    running: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[None]]] = []

    async def work() -> None:
        task = asyncio.current_task()
        assert task is not None
        running.append((asyncio.get_running_loop(), task))
        try:
            await _collect(check, trial, findings)
        finally:
            for trouble in await trial.close():
                findings.append(
                    Finding(False, "the check cleans up after itself", trouble, "python3 -m workshop status")
                )

    def in_thread() -> None:
        with contextlib.suppress(asyncio.CancelledError):  # the cell was interrupted and says so itself
            asyncio.run(work())

    thread = threading.Thread(target=in_thread, name=f"check-{check.name}", daemon=True)
    # what workers and scripts print does not belong in this cell
    with contextlib.redirect_stdout(io.StringIO()):
        thread.start()
        try:
            _join(thread, check.bound_s + TIDY_S)
        except KeyboardInterrupt:
            for loop, task in running:
                loop.call_soon_threadsafe(task.cancel)
            tidying.thread = thread
            raise
    if thread.is_alive() or not findings:
        findings.append(
            Finding(
                False, "a check that comes to an end and says something", "it did not", "Run this cell again."
            )
        )
    return findings


class Tidying:
    """The cleanup of a check that was stopped. The learner may read on; the next cell waits for it."""

    thread: threading.Thread | None = None

    def before(self, info: Any) -> None:
        """Wait for the cleanup to finish."""
        if self.thread:
            _join(self.thread, TIDY_S)
        self.thread = None

    def after(self, result: Any) -> None:
        """Do nothing."""


tidying = Tidying()


def _join(thread: threading.Thread, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while thread.is_alive() and time.monotonic() < deadline:
        thread.join(0.2)  # in short turns, to notice when the cell is interrupted


async def _collect(check: Check, trial: Trial, findings: list[Finding]) -> None:
    """Collect the findings; whatever is raised becomes one more."""
    bound = asyncio.timeout(check.bound_s)
    try:
        async with bound:
            await trial.open()
            outcome = check.function(trial)
            if isinstance(outcome, AsyncIterator):
                async for finding in outcome:
                    findings.append(finding)
            else:
                findings += await outcome
    except Stop as stop:
        findings.append(stop.finding)
    except Exception as error:
        findings.append(_late(check) if bound.expired() else _explained(error))


def _late(check: Check) -> Finding:
    return Finding(
        False,
        f"this check finishes within {check.bound_s:.0f} s",
        "it didn't, so it was stopped",
        "Is something waiting that nobody answers? Look at the Web UI and at the worker's log, then run this "
        "cell again.",
    )


def _explained(error: Exception) -> Finding:
    said = f"{error}" or type(error).__name__
    for cause in _causes(error):
        if hint := unfilled(str(cause)):
            return still_empty(hint)
    if isinstance(error, LabError):
        return Finding(False, "the check can look at your program", said)
    return Finding(
        False,
        "your program can be looked at",
        f"{type(error).__name__}: {said}"[:600],
        "Run this cell again. If you see the same message again, compare your cell with the solution.",
    )


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = getattr(error, "cause", None) or error.__cause__
    return found
