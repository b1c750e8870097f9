"""What a waiting cell waits for, in one line: a worker, another attempt, or a person."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NamedTuple

from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError

from workshop import history
from workshop.errors import LabError
from workshop.history.records import Run
from workshop.history.waiting import runs_of, waiting_since
from workshop.words import count, shorten

PATIENCE_S = 3.0
"""How long a cell may wait before we look why, in seconds."""
PREDICTED_S = 20.0
"""How long a cell that checks a prediction may wait before we tell that a run is stuck, in seconds: that may
be the answer.
"""
LOOK_EVERY_S = 1.0
TICK_S = 0.2
"""How often the loop wakes up meanwhile. When another thread gets a signal, this lets the main thread see it.
"""
DRAWS = "workshop.timeline.live"
"""The module in which a waiting cell shows a picture, and with it everything that fails."""
RESTARTS = "workshop.lab.chaos"
"""The module in which a waiting cell kills its worker and starts it again by itself."""
OTHER_CODE = "TMPRL1100"
"""How the SDK marks a history that the workflow code no longer fits."""
SANDBOX = "from inside a workflow"
"""The words by which the sandbox's error is recognized."""
FIRST = "Press ■ first: no other cell runs while this one waits. The run goes on."
"""What comes before any advice that a waiting cell prints."""


class Reason(NamedTuple):
    """Why a run does not go on. Each `kind` is reported once per cell. `cure`: what to type, if we know."""

    kind: str
    text: str
    cure: str = ""

    def __str__(self) -> str:
        return f"{self.text}\n{FIRST}\n{self.cure}" if self.cure else self.text


class _Printed:
    """What a cell has printed so far: whether its last line is still open, and when it grew."""

    def __init__(self) -> None:
        self.is_open, self.at = False, 0.0
        self._stream, self._write = sys.stdout, sys.stdout.write
        vars(self._stream)["write"] = self._note

    def _note(self, text: str) -> int:
        if text:
            self.is_open, self.at = not text.endswith("\n"), time.monotonic()
        return self._write(text)

    @property
    def is_growing(self) -> bool:
        """Whether the cell is in the middle of a line."""
        return self.is_open and time.monotonic() - self.at < PATIENCE_S

    def end(self) -> None:
        vars(self._stream).pop("write", None)


class Waits:
    """A watch on the run that a cell waits for. It says why the run does not go on, once for each reason."""

    def __init__(
        self,
        ask: Callable[[Callable[[Client], Awaitable[Any]]], Any],
        queues: Callable[[], set[str]],
        pollers: Callable[[str], list[str]],
        cure: Callable[[str, Any], str],
        broken: Callable[[str, float], str],
    ) -> None:
        """`broken`: says what was broken before a moment (epoch seconds); the cell knows the rest."""
        self._ask, self._queues, self._pollers, self._cure, self._broken = ask, queues, pollers, cure, broken
        self._task: asyncio.Task[None] | None = None
        self._printed: _Printed | None = None

    def before(self, info: Any) -> None:
        """Begin watching a cell. Without an event loop, do nothing: there is no kernel, and nobody waits."""
        self.after(None)
        try:
            loop, cell = asyncio.get_running_loop(), asyncio.current_task()
        except RuntimeError:
            return
        if cell:
            self._printed = _Printed()
            self._task = loop.create_task(self._attend(info, cell, self._printed, time.time()))

    def after(self, result: Any) -> None:
        """Stop watching when the cell ends."""
        if self._task:
            self._task.cancel()
        if self._printed:
            self._printed.end()
        self._task = self._printed = None

    async def _attend(self, info: Any, cell: asyncio.Task[Any], printed: _Printed, began: float) -> None:
        due, said = time.monotonic() + PATIENCE_S, set[str]()
        silent = time.monotonic() + (PREDICTED_S if "lab.compare(prediction" in info.raw_cell else 0.0)
        unserved = False
        while True:
            await asyncio.sleep(TICK_S)
            if time.monotonic() < due:
                continue
            frames = list(frames_of(cell))
            try:
                reason = await asyncio.to_thread(self._reason, began, frames, info)
            except (LabError, RPCError):  # Temporal is down: the code that waits for it says so
                reason = None
            if reason and reason.kind == "nobody" and runs(frames, RESTARTS):
                reason = None
            if reason and reason.kind == "stuck" and time.monotonic() < silent:
                reason = None
            # A worker that is being restarted does not poll for a moment.
            is_sure = reason is not None and (reason.kind != "nobody" or unserved)
            if reason and is_sure and reason.kind not in said and not printed.is_growing:
                said.add(reason.kind)
                print("\n" * printed.is_open + str(reason), flush=True)
            unserved = reason is not None and reason.kind == "nobody"
            due = time.monotonic() + LOOK_EVERY_S

    def _reason(self, began: float, frames: list[Any], info: Any) -> Reason | None:
        handle = handle_in(frames)

        async def look(client: Client) -> Run | None:
            workflow_id = handle.id if handle else await _newest(client, self._queues(), began)
            return await history.read(client.get_workflow_handle(workflow_id)) if workflow_id else None

        run: Run | None = self._ask(look)
        if run is None or not run.is_open:
            return None
        if not self._pollers(run.task_queue):
            return Reason("nobody", f"Nobody polls {run.task_queue}: {self._cure(run.task_queue, info)}")
        if runs(frames, DRAWS):
            return None
        return why(run, self._broken(run.task_queue, began), for_its_end=waits_for_the_end(frames))


def why(run: Run, broken: str = "", *, for_its_end: bool = True) -> Reason | None:
    """Return why an open run with a worker does not go on; None if it is at work. `broken`: known causes.

    `for_its_end`: whether the cell waits for the run to end. Another cell may be about to send the message
    that the run waits for.
    """
    if stuck := run.stuck:
        return told(stuck.failure or "", run.workflow_tasks[-1].attempts)
    for step in run.activities:
        if step.is_open and step.last_failure:
            failures = step.attempts - (step.state == "started")  # the attempt under way has not failed
            text = (
                f"{step.name} has failed {count(failures, 'time')} and is tried again: "
                f"{shorten(step.last_failure, 200)}"
            )
            return Reason(step.activity_id, text, broken)
    since = waiting_since(run)
    if since and for_its_end and (run.read_at - run.really(since)).total_seconds() >= PATIENCE_S:
        return Reason("asked", f"{run.workflow_id} waits for a message: an Update or a Signal.")
    under_way = next((step.name for step in run.activities if step.is_open), "")
    return Reason("broken", f"{under_way} is still under way.", broken) if broken and under_way else None


def told(failure: str, attempts: int = 1) -> Reason:
    """Say why a workflow task fails, and what to do."""
    if OTHER_CODE in failure:
        return Reason(
            "stuck",
            "The workflow code no longer fits this run's history: it was changed while the run was open.",
            "With the code as it was, the run goes on: put it back and restart the worker, or make the old "
            "version current again. Or keep the change and end the run: lab.terminate_open_runs()",
        )
    if SANDBOX in failure:
        return Reason(
            "stuck",
            f"The workflow's own code does what only an activity may: {shorten(failure, 90)}",
            "An activity that is called like a function does this. Ask for it: await "
            "workflow.execute_activity(…), then restart the worker.",
        )
    return Reason(
        "stuck",
        f"The workflow's own code fails, attempt {attempts}: {shorten(failure, 200)}",
        "Fix the cell that writes it, run it, then restart the worker: the run goes on by itself.",
    )


def frames_of(task: Any) -> Iterator[Any]:
    """Yield the frames that a task is waiting in, outermost first, with those of tasks that it awaits."""
    waiting, futures = task.get_coro(), [getattr(task, "_fut_waiter", None)]
    while frame := getattr(waiting, "cr_frame", None):
        yield frame
        if frame.f_locals is not frame.f_globals:  # Python 3.11's wait_for keeps what it waits for there
            futures += frame.f_locals.values()
        waiting = waiting.cr_await
    inner = [
        each
        for future in futures
        for each in (future, *getattr(future, "_children", ()))
        if isinstance(each, asyncio.Task)
    ]
    for each in dict.fromkeys(inner):  # from 3.12 on, both the frame and the task know it
        if each is not task:
            yield from frames_of(each)


def handle_in(frames: list[Any]) -> WorkflowHandle[Any, Any] | None:
    """Return the handle that the frames wait for: the innermost that is not a global of the notebook."""
    held = [
        value
        for frame in frames
        if frame.f_locals is not frame.f_globals
        for value in frame.f_locals.values()
    ]
    return next((value for value in reversed(held) if isinstance(value, WorkflowHandle)), None)


def runs(frames: list[Any], module: str) -> bool:
    """Return whether code of a module is among what the cell waits for."""
    return any(frame.f_globals.get("__name__") == module for frame in frames)


def waits_for_the_end(frames: list[Any]) -> bool:
    """Return whether a run's result is awaited."""
    ends = WorkflowHandle.result.__code__
    return any(frame.f_code is ends for frame in frames)


async def _newest(client: Client, queues: set[str], since: float) -> str | None:
    """Return the id of the newest open run on these queues, if it began after `since` (epoch seconds)."""
    running = 'ExecutionStatus = "Running"'
    found = [run for queue in queues async for run in runs_of(client, queue, running)]
    newest = max(found, key=lambda run: run.start_time, default=None)
    return newest.id if newest and newest.start_time.timestamp() >= since else None
