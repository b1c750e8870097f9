"""A picture that follows a run from a cell, replaced in place while the run goes on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from workshop import history, safe
from workshop.history import Run
from workshop.show import Picture
from workshop.words import duration_text, shorten

REDRAW_S = 1.0


async def follow(
    handle: WorkflowHandle[Any, Any],
    draw: Callable[[Run], Picture],
    *,
    until: Callable[[Run], object] | None,
    timeout: float,  # noqa: ASYNC109 (it ends the watching, not the work: nothing is canceled)
    interval: float,
    show: bool,
) -> Run:
    """Do the work of `workshop.timeline.watch`; `draw` makes the picture of a run."""
    end = time.monotonic() + timeout
    screen = _Notebook(draw) if show and _in_notebook() else _Lines(show)
    run: Run | None = None
    while True:
        began = time.monotonic()
        try:
            run = await history.read(handle)
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND or (run is None and time.monotonic() >= end):
                raise
            screen.say(f"The Temporal server does not answer ({error.status.name}); trying again.")
        else:
            screen.update(run)
            if not run.is_open or (until is not None and until(run)):
                break
        if run is not None and time.monotonic() >= end:
            screen.say(
                f"Stopped watching after {duration_text(timeout)}; the workflow goes on "
                f"({run.status.lower()}). To see this run again: await lab.watch({_named(handle)})"
            )
            break
        # a huge history must not starve the other cells
        await asyncio.sleep(max(interval, 2 * (time.monotonic() - began)))
    screen.update(run, last=True)
    return run


def _shell() -> Any:
    """Return the notebook's shell; None elsewhere."""
    try:
        from IPython import get_ipython  # not needed outside a notebook, and not always installed
    except ImportError:
        return None
    return get_ipython()


def _in_notebook() -> bool:
    return hasattr(_shell(), "kernel")


def _named(handle: WorkflowHandle[Any, Any]) -> str:
    """Return what a notebook calls a handle. A cell that is run again may start another run."""
    names = getattr(_shell(), "user_ns", {})
    found = (name for name in names if names[name] is handle and not name.startswith("_"))
    return next(found, f'client.get_workflow_handle("{handle.id}")')


def facts(run: Run) -> tuple[object, ...]:
    """Return the facts that call for a new picture when one of them changes."""
    return (
        run.status,
        len(run.events),
        tuple(
            (step.key, step.state, step.attempts, step.last_failure, step.next_retry)
            for step in run.activities
        ),
        tuple(task.attempts for task in run.workflow_tasks[-1:]),
    )


class _Notebook:
    """A picture that is replaced in place after each change, and every second while the run is open."""

    def __init__(self, draw: Callable[[Run], Picture]) -> None:
        self._draw = draw
        self._display: Any = None
        self._facts: tuple[object, ...] | None = None
        self._drawn = 0.0
        self._said = ""

    def update(self, run: Run, *, last: bool = False) -> None:
        now = time.monotonic()
        if not last and facts(run) == self._facts and now - self._drawn < REDRAW_S:
            return
        if last and facts(run) == self._facts and not run.is_open:
            return
        self._facts, self._drawn, self._said = facts(run), now, ""
        picture = self._draw(run)
        if self._display is None:
            from IPython.display import display

            self._display = display(picture, display_id=True)
        else:
            self._display.update(picture)

    def say(self, text: str) -> None:
        if text != self._said:
            print(text)
        self._said = text


class _Lines:
    """A line for each change of a step, for scripts and terminals."""

    def __init__(self, show: bool) -> None:
        self._show = show
        self._known: dict[object, str] = {}
        self._said = ""

    def update(self, run: Run, *, last: bool = False) -> None:
        self._said = ""
        for step in run.steps:
            attempt = f", attempt {step.attempts}" if step.attempts > 1 else ""
            failure = (
                f": {shorten(step.last_failure, 100)}"
                if step.last_failure and step.state != "completed"
                else ""
            )
            self._print(run, step.key, f"{step.kind} {step.name} {step.state}{attempt}{failure}")
        if run.stuck:
            task = run.workflow_tasks[-1]
            self._print(run, "stuck", f"workflow task fails, attempt {task.attempts}: {run.stuck.failure}")
        if not run.is_open:
            self._print(run, "end", f"{run.workflow_type} {run.status}: {run.result}")

    def _print(self, run: Run, key: object, text: str) -> None:
        if self._known.get(key) == text:
            return
        self._known[key] = text
        if self._show:
            print(
                f"{duration_text((run.read_at - run.started).total_seconds()):>9}  {safe.plain(text)}",
                flush=True,
            )

    def say(self, text: str) -> None:
        if self._show and text != self._said:
            print(text, flush=True)
        self._said = text
