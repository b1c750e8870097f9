"""The crash matrix: end a worker at each point of a run that a kill can meet, start it again, and look at
what that cost.

    case = Case(
        "exercise 03", folder, "StormNotifierWorkflow", lambda tag: (f"Post a notice for Ana-{tag} …",)
    )
    async with Matrix(bench, case) as matrix:
        for point in await matrix.points():
            row = await matrix.strike(point, "kill")

Points, from the history of an undisturbed run: each WorkflowTaskCompleted, each activity as it starts, in mid
call (of a model at the gateway, of a tool at the weather service) and as it completes, each Update as it is
accepted and as it completes.

A point must last long enough to be met: calls are made slow, and a byte takes `LINE_S` each way between
worker and server. A row says whether its point was met: the worker that died there took the workflow no
further.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import string
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from bench_instance import Bench
from crash_points import Point, keys_of
from crash_rows import How, Row
from forked import KEEPER
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHandle

from workshop import history
from workshop.processes.modules import find_task_queue
from workshop.workspace import receipts
from workshop.workspace.control import Gateway, Weather

Reference = tuple[str, dict[str, Any]]
"""Result and effects of the undisturbed run."""

LINE_S = 0.03
"""How long a byte travels between worker and server, each way, in seconds."""
MODEL_S, TOOL_S = 0.8, 1.2
"""How long model calls and requests to the weather service take, in seconds. Both do their work first."""
MID_S = 0.4
"""How long a model call has been under way when it is in its middle, in seconds; twice that for a tool, from
its start on.
"""
TRIES = 3
"""How often a point is tried until a kill meets it."""
LONGEST_STOP_S = 15.0
"""How long a worker may take to stop, in seconds."""
LONGEST_S = 90.0
"""How long a run may take after the kill, in seconds."""
HUNG_UP_S = 0.3
"""How long to wait for the server to notice that the last run's worker is gone, in seconds: it might give it
this run's first task.
"""


@dataclass(frozen=True)
class Case:
    """A workflow under test. `arguments(tag)` returns its arguments, which contain the tag so that runs
    differ.
    """

    name: str
    folder: Path
    workflow: str
    arguments: Callable[[str], Sequence[Any]]
    worker: str = "worker.py"
    drive: Callable[[WorkflowHandle[Any, Any]], Coroutine[Any, Any, None]] | None = None
    """Sends what the run waits for (Updates, Signals) while it goes on. It lives through the worker's death.
    """
    observe: Callable[[Bench, str], dict[str, Any]] = lambda bench, tag: {}
    """What to note in a row beside the rest, say the notices on the board; must be the same as in the
    undisturbed run.
    """
    plugins: Sequence[Any] = ()
    slow: Mapping[str, float] = field(default_factory=dict)
    """How long model calls that contain a text take, in seconds, so that parallel ones end one after the
    other.
    """
    branches: int = 1
    """Model calls under way at the same time, at most: what one kill can waste."""


class Matrix:
    """Strikes against one case with one set of services, a run at a time."""

    def __init__(self, bench: Bench, case: Case) -> None:
        self.bench = bench
        self.case = case
        self.gateway = Gateway(bench.settings.gateway_url)
        self.weather = Weather(bench.settings.weather_service_url)
        self.queue = find_task_queue(case.folder / case.worker)
        self.client: Client
        self.reference: Reference = ("", {})
        self._line: asyncio.Server
        self._pid = 0

    async def __aenter__(self) -> Matrix:
        self.client = await Client.connect(
            self.bench.settings.temporal_address, plugins=list(self.case.plugins)
        )
        self._line = await long_line(self.bench.settings.temporal_port, LINE_S)
        for text, seconds in self.case.slow.items():
            self.gateway.fault("slow", match=text, delay_s=seconds)
        self.gateway.fault("slow", delay_s=MODEL_S)
        self.weather.fault("slow", delay_s=TOOL_S)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._pid:
            await asyncio.to_thread(self._end, signal.SIGKILL)
        self._line.close()
        self.gateway.clear_faults()
        self.weather.clear_faults()

    # --- the worker
    # ------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        port = self._line.sockets[0].getsockname()[1]
        log = self.bench.home / ".lab" / "logs" / "crash_matrix.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        request = {
            "op": "start",
            "file": str(self.case.folder / self.case.worker),
            "args": [],
            "folder": str(self.case.folder),
            "env": {**self.bench.env, "TEMPORAL_ADDRESS": f"127.0.0.1:{port}"},
            "log": str(log),
        }
        self._pid = KEEPER.ask(request)["pid"]

    def _end(self, number: int) -> None:
        """Signal the worker and wait until it is gone. One that does not stop is killed: it would take part
        in the next run.
        """
        with suppress(ProcessLookupError, psutil.NoSuchProcess):
            for signal_number in (number, signal.SIGKILL):
                os.kill(self._pid, signal_number)
                deadline = time.monotonic() + LONGEST_STOP_S
                while time.monotonic() < deadline:
                    if psutil.Process(self._pid).status() == psutil.STATUS_ZOMBIE:
                        return
                    time.sleep(0.01)

    # --- runs
    # ------------------------------------------------------------------------------------------------------

    async def _begin(self) -> tuple[str, WorkflowHandle[Any, Any], asyncio.Task[None] | None]:
        tag = "".join(random.choices(string.ascii_lowercase, k=6))
        handle = await self.client.start_workflow(
            self.case.workflow,
            args=list(self.case.arguments(tag)),
            id=f"matrix-{tag}",
            task_queue=self.queue or "",
        )
        return tag, handle, asyncio.create_task(self.case.drive(handle)) if self.case.drive else None

    async def points(self) -> list[Point]:
        """Make an undisturbed run, keep it as the reference, and return its points."""
        await asyncio.to_thread(self._start)
        tag, handle, driver = await self._begin()
        result = await asyncio.wait_for(handle.result(), LONGEST_S)
        if driver:
            await driver
        observed = await asyncio.to_thread(self.case.observe, self.bench, tag)
        self.reference = (str(result).replace(tag, "TAG"), _plain(observed, tag))
        await asyncio.to_thread(self._end, signal.SIGINT)
        run = await history.read(handle)
        keys = dict.fromkeys(keys_of([event async for event in handle.fetch_history_events()]))
        found = [Point("task completed", key[1]) for key in keys if key and key[0] == "task completed"]
        for step in run.activities:
            name = f"{step.name} #{step.activity_id}"
            model = step.kind == "model"
            found += [
                Point(kind, step.activity_id, name, model) for kind in ("started", "mid call", "completed")
            ]
        updates = [step for step in run.steps if step.kind == "update"]
        for n, step in enumerate(updates, 1):
            found += [
                Point(kind, str(n), f"Update {n} ({step.name})")
                for kind in ("update accepted", "update completed")
            ]
        return found

    async def strike(self, point: Point, how: How = "kill") -> Row:
        """Run, end the worker at `point`, start it again and wait for the end. Try again if the point was
        missed.
        """
        for tries in range(1, TRIES + 1):
            row = await self._strike(point, how, tries)
            if row.met:
                break
        return row

    async def _strike(self, point: Point, how: How, tries: int) -> Row:
        await asyncio.sleep(HUNG_UP_S)
        await asyncio.to_thread(self._start)
        tag, handle, driver = await self._begin()
        since = time.time()
        met, then = await self._hit(point, how, handle)
        struck = time.monotonic()
        await asyncio.to_thread(self._start)
        result, run = await self._to_the_end(handle)
        over = time.monotonic() - struck
        if driver:
            driver.cancel()
        await asyncio.to_thread(self._end, signal.SIGINT)
        bill = await asyncio.to_thread(self.gateway.bill, since - 5)
        found = receipts.compare(run, bill["rows"])  # a bench of the matrix has one run at a time
        observed = _plain(await asyncio.to_thread(self.case.observe, self.bench, tag), tag)
        return Row(
            str(point),
            how,
            met,
            tries,
            run.status == "Completed",
            str(result).replace(tag, "TAG") == self.reference[0],
            len(then.receipts),
            len(set(then.receipts) & set(found.recorded)),
            len(found.repeated),
            len(found.wasted),
            round(over, 1),
            observed,
            observed == self.reference[1],
            {
                f"{step.name} #{step.activity_id}": step.attempts
                for step in run.activities
                if step.attempts > 1
            },
            {
                f"{step.name} #{step.activity_id}": step.last_failure
                for step in run.activities
                if step.last_failure
            },
            self.case.branches,
        )

    async def _hit(
        self, point: Point, how: How, handle: WorkflowHandle[Any, Any]
    ) -> tuple[bool, history.Run]:
        """End the worker at the point. Return whether it was met, and the run as it was left."""
        reached = await self._reach(point, handle)
        await asyncio.to_thread(self._end, signal.SIGKILL if how == "kill" else signal.SIGINT)
        then = await history.read(handle)
        others = [worker for worker in then.workers if worker.pid != self._pid]
        assert not others, f"this run was meant for worker {self._pid}, and had others: {others}"
        return reached and (how == "stop" or await self._is_last(point, handle)), then

    async def _to_the_end(self, handle: WorkflowHandle[Any, Any]) -> tuple[Any, history.Run]:
        """Return a run's result, if there is one in time, and the run."""
        result = None
        with suppress(Exception):  # failed, or not done in time: the row says so
            result = await asyncio.wait_for(handle.result(), LONGEST_S)
        run = await history.read(handle)
        if run.is_open:
            await handle.terminate("the crash matrix gave up on it")
        return result, run

    # --- points
    # ----------------------------------------------------------------------------------------------------

    async def _reach(self, point: Point, handle: WorkflowHandle[Any, Any]) -> bool:
        """Wait until the run is at the point. Return False if it ended without reaching it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_S):
                if point.kind in ("started", "mid call"):
                    return await self._reach_activity(point, handle)
                events: list[HistoryEvent] = []
                async for event in handle.fetch_history_events(wait_new_event=True):
                    events.append(event)
                    if point.key in keys_of(events):
                        return True
        return False

    async def _reach_activity(self, point: Point, handle: WorkflowHandle[Any, Any]) -> bool:
        while True:
            description = (await handle.describe()).raw_description
            for pending in description.pending_activities:
                if (
                    pending.activity_id == point.number
                    and pending.state == PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
                ):
                    if point.kind == "mid call":
                        await self._in_its_middle(point)
                    return True
            if description.workflow_execution_info.HasField("close_time"):
                return False
            await asyncio.sleep(0.005)

    async def _in_its_middle(self, point: Point) -> None:
        """Wait for the middle of a call. The gateway knows its calls in flight; the weather service does not,
        and has done its work by then.
        """
        if not point.model:
            await asyncio.sleep(2 * MID_S)
        while point.model:
            calls = await asyncio.to_thread(self.gateway.in_flight)
            if any(time.time() - call["started"] >= MID_S for call in calls):
                return
            await asyncio.sleep(0.02)

    async def _is_last(self, point: Point, handle: WorkflowHandle[Any, Any]) -> bool:
        """Tell whether the dead worker took the workflow no further after the point. Parallel activities may
        have ended, too.
        """
        keys = keys_of([event async for event in handle.fetch_history_events()])
        if point.kind in ("started", "mid call"):
            return ("completed", point.number) not in keys
        if point.key not in keys:  # it was taken for another one before all of its events were there
            return False
        after = keys[keys.index(point.key) + 1 :]
        return not any(key and key[0] == "task completed" for key in after)


def _plain(observed: dict[str, Any], tag: str) -> dict[str, Any]:
    """Return what was observed without the run's own tag, so that runs can be compared."""
    return {str(key).replace(tag, "TAG"): value for key, value in sorted(observed.items())}


async def long_line(port: int, delay_s: float) -> asyncio.Server:
    """Open a line to a port of this machine on which each byte takes `delay_s`. The server's socket knows its
    own port.
    """

    async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        # asyncio complains of a handler that ends as cancelled
        with suppress(OSError, asyncio.CancelledError):
            while data := await source.read(65536):
                loop.call_later(delay_s, _write, target, data)
        loop.call_later(delay_s, target.close)

    def _write(target: asyncio.StreamWriter, data: bytes) -> None:
        if not target.is_closing():
            target.write(data)

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection("127.0.0.1", port)
        with suppress(asyncio.CancelledError):
            await asyncio.gather(carry(reader, there[1]), carry(there[0], writer))

    return await asyncio.start_server(connect, "127.0.0.1", 0)
