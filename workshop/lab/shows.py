"""The part of `Lab` that shows and breaks things: faults, the bill, receipts, panels, pictures."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from temporalio.client import WorkflowHandle

from workshop import history, timeline, words
from workshop.config import Settings
from workshop.errors import LabError
from workshop.processes.pollers import identity
from workshop.processes.starter import Starter
from workshop.processes.workers import Process, Worker
from workshop.show import Report, Table
from workshop.workspace import crash_cost, days, receipts, replays
from workshop.workspace.advice import Advice
from workshop.workspace.control import Gateway, Weather

if TYPE_CHECKING:
    from workshop.lab import panels

OFF = "To turn it off: lab.clear_faults()"
Caller = WorkflowHandle[Any, Any] | Process
"""The maker of a model call: a run, given by its handle, or a process outside any run."""


def made_by(row: dict[str, Any], caller: Caller) -> bool:
    """Return whether a row of the bill, or a call in flight, belongs to this run or process."""
    if isinstance(caller, Process):
        return bool(crash_cost.by_process([row], caller))
    return bool(row["workflow"] == caller.id)


@dataclass(frozen=True)
class InFlight:
    """A model call that is being answered. `started` in epoch seconds."""

    started: float
    receipt: str

    def __repr__(self) -> str:
        return f"a model call has been under way for {max(time.time() - self.started, 0.0):.1f} s"


class Shows:
    """The methods of `Lab` that need only these attributes."""

    settings: Settings
    folder: Path
    gateway: Gateway
    weather: Weather
    _starter: Starter
    _worker: Worker | None
    _panels: list[panels.Panel]
    _advice: Advice

    # model, weather, bill

    def fault(self, kind: str, *, on: str = "model", of: Caller | str = "", **details: Any) -> None:
        """Break the model's endpoint (or, with on="weather", the weather service).

        Kinds: rate_limit, bad_request, unauthorized, server_error, unavailable, slow, hang, trickle,
        disconnect, truncate, malformed. Details: times, seconds, match, delay_s, retry_after_s, characters.
        docs/faults.md says what each does.

        `of`: only for the model calls of this run (its handle, or its workflow id before it is started) or
        process. Calls by others then don't count toward its `times`.
        """
        client = self._breakable.get(on)
        if client is None:
            choice = " or ".join(f'on="{name}"' for name in self._breakable)
            raise LabError(f"There is no {on!r} to break. Choose {choice}.")
        caller = (
            identity(of.pid) if isinstance(of, Process) else of.id if isinstance(of, WorkflowHandle) else of
        )
        only = {"of": caller} if caller else {}
        client.fault(kind, **details, **only)
        print(f"Fault on for the {client.name}: {kind} {details or ''}".rstrip() + f". {OFF}")

    @property
    def _breakable(self) -> dict[str, Gateway | Weather]:
        return {"model": self.gateway, "weather": self.weather}

    def faults_on(self) -> str:
        """Return a sentence on the faults that are on; empty if there are none, or if the services don't
        answer.
        """
        found = []
        for client in self._breakable.values():
            with contextlib.suppress(LabError):
                found += [f"{fault['kind']} for the {client.name}" for fault in client.faults()]
        if not found:
            return ""
        return f"{'A fault is' if len(found) == 1 else 'Faults are'} on: {', '.join(found)}. {OFF}"

    def clear_faults(self) -> None:
        """Switch off every fault of the model's endpoint and of the weather service."""
        self.gateway.clear_faults()
        self.weather.clear_faults()
        print("No faults.")

    async def model_call_in_flight(
        self,
        *of: Caller,
        for_s: float = 0.0,
        timeout: float = 30.0,  # noqa: ASYNC109 (a bound, not a cancellation)
    ) -> InFlight:
        """Wait until each of these runs (by handle) and processes has had a model call under way for `for_s`
        seconds. If none is given, wait for a call of this notebook. Other notebooks' calls don't count.

        Raises LabError if there is none within `timeout` seconds.
        """
        # an unnamed call may be this notebook's
        own = set() if of else {None, *await asyncio.to_thread(self.own_processes)}
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            live = [
                call
                for call in await asyncio.to_thread(self.gateway.in_flight)
                if time.time() - call["started"] >= for_s
            ]
            found = [[call for call in live if made_by(call, one)] for one in of] or [
                [call for call in live if call["process"] in own]
            ]
            if all(found):
                return InFlight(found[-1][0]["started"], found[-1][0]["receipt"])
            await asyncio.sleep(0.05)
        raise LabError(
            f"No model call was under way for {for_s:.1f} s (looked for {timeout:.0f} s).\n"
            "Is a worker running, and is the run "
            "still open? Look at the picture, await lab.picture(handle), and at worker.tail()."
        )

    def own_processes(self) -> set[str]:
        """Return this notebook's processes, its kernel and what that has started, each as a worker's
        identity, process@host.
        """
        return {identity(pid) for pid in (os.getpid(), *self._starter.launched)}

    def calls(self, of: Caller, since: float = 0.0) -> list[dict[str, Any]]:
        """Return the bill's rows for one process, or for one workflow by its handle, oldest first."""
        return [row for row in self.gateway.bill(since)["rows"] if made_by(row, of)]

    def bill(self, since: float = 0.0) -> Table:
        """Return every model call since a moment (epoch seconds): who made it, and what it would have
        cost.
        """
        return receipts.bill(self.gateway.bill(since), self.settings.is_practice)

    async def receipts(self, handle: WorkflowHandle[Any, Any]) -> receipts.Receipts:
        """Return the receipts in a run's event history, checked against the bill."""
        run = await history.read(handle)
        bill = await asyncio.to_thread(self.gateway.bill, run.started.timestamp() - 1)
        return receipts.compare(run, bill["rows"])

    async def compare_bills(
        self, handle: WorkflowHandle[Any, Any], plain: tuple[Process, Process]
    ) -> crash_cost.SideBySide:
        """Return the same crash side by side: a run whose worker was killed, and a plain agent that was
        killed and run again.

        `plain`: the plain agent's two processes. Compare once both agents have answered.
        """
        run = await history.read(handle)
        since = min(run.started.timestamp(), plain[0].record.create_time) - 1
        bill = await asyncio.to_thread(self.gateway.bill, since)
        return crash_cost.side_by_side(run, *plain, bill["rows"], self._starter.keeper.deaths())

    async def bill_from_history(self, handle: WorkflowHandle[Any, Any]) -> crash_cost.FromHistory:
        """Return what a run's crashes and retries may have cost, from its event history alone: at work there
        is no bill.
        """
        return crash_cost.from_history(await history.read(handle))

    def report(self, markdown: str) -> Report:
        """Render a report, without anything that a model or a web page could have put into it to run or to
        load.
        """
        return Report(markdown)

    # time and change

    async def fast_forward(self, handle: WorkflowHandle[Any, Any], duration: timedelta) -> None:
        """Let this much time pass for one run, at once: the server skips it, which is experimental.

        Timers that are due meanwhile fire. Raises LabError if the run has ended or is busy.
        """
        is_open = await days.fast_forward(handle, duration)
        passed = words.duration_text(duration.total_seconds())
        print(f"{passed} have passed for this run." if is_open else f"The run ended within {passed}.")

    async def replay(
        self, edits: replays.Edit = (), *, file: str = "workflow.py", histories: str = "histories"
    ) -> replays.Replays:
        """Replay every history in a folder with the lesson's workflows, as they are or with an edit tried on
        them: pairs of old and new text. The file stays as it is. Its `.safe` says whether all fit.
        """
        return await replays.replay(self.folder / file, self.folder / histories, edits)

    # panels

    def worker_panel(self, worker: Worker | None = None) -> Any:
        """Show state, log and buttons of a worker: of this one, or else of whichever main worker of the
        lesson is running.
        """
        # importing ipywidgets takes a quarter of a second, and few lessons need it
        from workshop.lab import panels

        self._panels.append(panels.WorkerPanel(lambda: worker or self._worker, self.deaths))
        return self._panels[-1].box

    def fault_panel(self) -> Any:
        """Show buttons that switch faults of the model and the weather service on and off, and how long each
        still lasts.
        """
        from workshop.lab import panels

        live_weather = self.settings.weather_url != self.settings.weather_service_url
        self._panels.append(panels.FaultPanel(self.gateway, self.weather, live_weather))
        return self._panels[-1].box

    # pictures

    def deaths(self) -> list[timeline.Death]:
        """Return when a signal ended each process that this notebook had started, as (aware time, process
        id).
        """
        return self._starter.deaths()

    async def picture(self, handle: WorkflowHandle[Any, Any]) -> timeline.Picture:
        """Draw the event history as it is now."""
        return timeline.draw(await history.read(handle), deaths=self.deaths())

    async def watch(
        self,
        handle: WorkflowHandle[Any, Any],
        until: Callable[[history.Run], object] | None = None,
        timeout: float = 60.0,  # noqa: ASYNC109 (it ends the watching; the run goes on)
    ) -> history.Run:
        """Keep the same drawing current until the run closes, until `until(run)` is true, or for `timeout`
        seconds.
        """
        return await timeline.watch(handle, until=until, timeout=timeout, deaths=self.deaths())

    def compare(
        self,
        prediction: object,
        seen: object,
        source: str = "the history",
        *,
        killed: history.Run | Process | bool | None = None,
    ) -> None:
        """Compare what a learner predicted with what was seen. `killed`: the run or process that a kill
        should have hit first, in the middle of a step; or whether it hit, where no step was under way.

        A kill that came too late shows nothing. Then there is no verdict: the learner is told so, and which
        cells to run again.
        """
        if killed is not None and _escaped(killed):
            where = self._advice.place_of_kill()
            print(
                f"The kill missed: it came too late, or not at all, so this shows nothing. {where}".rstrip()
            )
        elif prediction is None:
            print(f"No prediction. {source.capitalize()} says {seen}.")
        else:
            verdict = "Right" if prediction == seen else "Not quite"
            print(f"{verdict}: you said {prediction}, {source} says {seen}.")


def _escaped(killed: history.Run | Process | bool) -> bool:
    """Return whether no kill has interrupted it."""
    if isinstance(killed, bool):
        return not killed
    if isinstance(killed, Process):
        return (killed.exit_code() or 0) >= 0
    return not killed.changed_hands
