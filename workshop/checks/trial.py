"""What a check works with: workers, scripts, runs, the bill, the board. All that it did is undone."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError

from workshop import history, shell
from workshop.checks.faults import TrialFaults
from workshop.checks.findings import Stop
from workshop.checks.learners import LearnersWorkers
from workshop.checks.outcomes import Outcome, Script, outcome_of, stop_at_stub
from workshop.processes.modules import find_task_queue
from workshop.processes.workers import Process, Worker
from workshop.workspace import crash_cost, receipts

if TYPE_CHECKING:
    from workshop.lab import Lab
    from workshop.lab.bills import InFlight

PLUGIN_FROM = "03"
"""The first exercise whose client has the plugin. Importing it takes 2 s; earlier ones need no wait."""


class Trial:
    """The tools of one check. Its methods don't block. `workshop.checks` says what it promises."""

    def __init__(self, lab: Lab, name: str, answers: dict[str, Any]) -> None:
        self.lab = lab
        self.name = name
        self.answers = answers
        self.folder: Path = lab.folder
        self.started = time.time()
        """When the check began, in epoch seconds."""
        self._client: Client | None = None
        self._worker: Worker | None = None
        self._workers: dict[str, Worker] = {}
        self._worker_file = "worker.py"
        self._learners = LearnersWorkers(lab)
        self._faults = TrialFaults(lab)
        self._last_notice = 0
        self._runs: list[WorkflowHandle[Any, Any]] = []
        self._next_id = self._new_id()
        self._scripts: list[Process] = []

    # begin and end, for the runner

    async def open(self) -> None:
        """Note what is there. Raises LabError if a service is down, Stop if it can't be broken."""
        here = self.lab.settings
        if here.weather_url != here.weather_service_url:
            raise Stop(
                "the local weather service, which a check can watch and break",
                f"your .env sends the tools to {here.weather_url}",
                "Empty WEATHER_API_BASE in .env, restart the kernel, and run the notebook from its top.",
            )
        await self._faults.take_over()
        self._last_notice = max(
            (row["id"] for row in await asyncio.to_thread(self.lab.weather.notices)), default=0
        )

    async def close(self) -> list[str]:
        """Undo what the check did. Returns what could not be undone, in plain words; never raises."""
        troubles = []
        for undo in (
            self._faults.clear,
            self._end_scripts,
            self._end_runs,
            self._end_workers,
            self._learners.give_back,
            self._faults.give_back,
        ):
            try:
                await asyncio.wait_for(undo(), 25)
            except Exception as error:  # the rest must still be undone
                troubles.append(f"{(undo.__doc__ or '').rstrip('.')}: {error or type(error).__name__}")
        return troubles

    async def _end_scripts(self) -> None:
        """End the check's scripts."""
        for script in self._scripts:
            await asyncio.to_thread(script.crash)

    async def _end_runs(self) -> None:
        """End the check's open runs."""
        for handle in self._runs:
            with suppress(RPCError):  # it has ended by itself
                await handle.terminate(f"the check {self.name} is over", rpc_timeout=timedelta(seconds=5))

    async def _end_workers(self) -> None:
        """End the check's workers."""
        for worker in self._workers.values():
            if worker.alive:
                await asyncio.to_thread(worker.crash)

    # the learner's files

    def source(self, file: str) -> str:
        """Return the text of one of the learner's files."""
        return (self.folder / file).read_text(encoding="utf-8")

    def load(self, file: str) -> ModuleType:
        """Import one of the learner's files as it is now. Nothing of it stays in `sys.modules`."""
        spec = importlib.util.spec_from_file_location(f"{self.name}.{file}", self.folder / file)
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    @property
    def queue(self) -> str:
        """The task queue that the learner's files name."""
        for file in (self._worker_file, "workflow.py", "research_workflow.py"):
            if queue := find_task_queue(self.folder / file):
                return queue
        raise Stop(
            "a task queue",
            "no file names a TASK_QUEUE",
            'Write TASK_QUEUE = "…" in workflow.py, as in the lesson.',
        )

    # workers and scripts

    async def start_worker(
        self, file: str = "worker.py", *, name: str = "check", env: Mapping[str, str] | None = None
    ) -> Worker:
        """Start the learner's worker from the files as they are now, and wait until it polls. Replaces a
        running one, unless that has another name.
        """
        if (old := self._workers.get(name)) and old.alive:
            await asyncio.to_thread(old.crash)
        self._worker_file = file
        await self._learners.stop(self.queue, {worker.pid for worker in self._workers.values()})
        self._worker = await asyncio.to_thread(self.lab.worker, file, name=name, queue=self.queue, env=env)
        self._workers[name] = self._worker
        return self._worker

    @property
    def worker(self) -> Worker:
        """The check's worker. Start it first."""
        assert self._worker is not None, "the check has started no worker"
        return self._worker

    async def crash(self) -> None:
        """Kill the check's worker (SIGKILL)."""
        await asyncio.to_thread(self.worker.crash)

    async def restart(self) -> Worker:
        """Start the check's worker again from its file, stopping it first if it runs."""
        return await self.start_worker(self._worker_file)

    async def start_script(self, file: str, *args: str) -> Process:
        """Start one of the learner's scripts in the background. It ends with the check."""
        script = await asyncio.to_thread(self.lab.process, file, *args)
        self._scripts.append(script)
        return script

    async def run_script(self, file: str, *args: str) -> Script:
        """Run a script to its end. Raises Stop if it does not end, and for an unfilled stub."""
        return await self.end_of(await self.start_script(file, *args))

    async def end_of(self, script: Process, timeout: float = 30.0) -> Script:  # noqa: ASYNC109 (the script goes on)
        """Wait for a script to end. Raises Stop after `timeout` seconds, and for an unfilled stub."""
        if not await asyncio.to_thread(script._gone, timeout):
            last = Script(script.output, None).last_line
            raise Stop(
                f"{script.record.file} ends within {timeout:.0f} s",
                f"it is still running; the last line it printed: {last or '(nothing)'}",
                f"Run it by hand in {self.folder}: {shell.line(sys.executable, script.record.file)}",
            )
        ended = Script(script.output, await asyncio.to_thread(script.exit_code))
        stop_at_stub(ended.output)
        return ended

    # runs

    async def client(self) -> Client:
        """Return a Temporal client, from exercise 03 on with the OpenAIAgentsPlugin."""
        if self._client is None:
            plugins: list[Any] = []
            if self.lab.stage[:2] >= PLUGIN_FROM:
                from temporalio.openai_agents import OpenAIAgentsPlugin

                plugins = [OpenAIAgentsPlugin()]
            self._client = await Client.connect(self.lab.settings.temporal_address, plugins=plugins)
        return self._client

    async def start(self, workflow: str, *args: Any, worker: bool = True) -> WorkflowHandle[Any, Any]:
        """Start a run of the learner's workflow under a new id. `worker`: start one if none is running."""
        if worker and (self._worker is None or not self._worker.alive):
            await self.start_worker(self._worker_file)
        client = await self.client()
        handle = await client.start_workflow(workflow, args=args, id=self._next_id, task_queue=self.queue)
        self._runs.append(handle)
        self._next_id = self._new_id()
        return handle

    def _new_id(self) -> str:
        return f"check-{self.name}-{uuid4()}"

    def end_with_check(self, handle: WorkflowHandle[Any, Any]) -> None:
        """Make a run that was not started by `start` end with the check."""
        self._runs.append(handle)

    async def outcome(self, handle: WorkflowHandle[Any, Any], timeout: float = 30.0) -> Outcome:  # noqa: ASYNC109 (the run goes on)
        """Wait until a run closes, until its workflow task has kept failing for 3 s, or for `timeout`
        seconds.

        Raises Stop for an unfilled stub.
        """
        return await outcome_of(handle, self.folder, timeout)

    async def ask(self, workflow: str, *args: Any, timeout: float = 30.0) -> Outcome:  # noqa: ASYNC109 (the run goes on)
        """Start a run and return its outcome."""
        return await self.outcome(await self.start(workflow, *args), timeout)

    async def read(self, handle: WorkflowHandle[Any, Any]) -> history.Run:
        """Read a run's event history as it is now."""
        return await history.read(handle)

    async def until(
        self,
        condition: Callable[[], Any],
        what: str,
        timeout: float = 20.0,  # noqa: ASYNC109 (a bound, not a cancellation)
        look: str = "",
    ) -> Any:
        """Call `condition` (plain or async) until it returns something true, and return that.

        Raises Stop after `timeout` seconds: "expected: `what`", "seen: it did not happen within …".
        """
        deadline = time.monotonic() + timeout
        while True:
            answer = condition()
            value = await answer if inspect.isawaitable(answer) else answer
            if value:
                return value
            if time.monotonic() > deadline:
                raise Stop(what, f"it did not happen within {timeout:.0f} s", look)
            await asyncio.sleep(0.05)

    # services

    async def model_call_in_flight(self, for_s: float = 0.0, timeout: float = 30.0) -> InFlight:  # noqa: ASYNC109 (a bound)
        """Wait until a model call of the check's newest run, or else of its newest script, has been under way
        for `for_s` s.

        Raises LabError after `timeout` seconds.
        """
        newest = (self._runs or self._scripts)[-1]
        return await self.lab.model_call_in_flight(newest, for_s=for_s, timeout=timeout)

    async def bill(self, *of: Process) -> list[dict[str, Any]]:
        """Return the bill's rows for these scripts, or for all of the check's, never for anybody else."""
        answer = await asyncio.to_thread(self.lab.gateway.bill, self.started)
        return list(crash_cost.by_process(answer["rows"], *(of or self._scripts)))

    async def receipts(self, run: history.Run | WorkflowHandle[Any, Any]) -> receipts.Receipts:
        """Return what a run has recorded and what the bill says about its calls, whoever else makes calls."""
        run = run if isinstance(run, history.Run) else await history.read(run)
        answer = await asyncio.to_thread(self.lab.gateway.bill, run.started.timestamp() - 1)
        return receipts.compare(run, answer["rows"])

    async def notices(self, **fields: str) -> list[dict[str, Any]]:
        """Return the notices since the check began, oldest first: `notices(subscriber="Ines")`."""
        rows = await asyncio.to_thread(self.lab.weather.notices)
        new = [row for row in rows if row["id"] > self._last_notice]
        return [row for row in new if all(row[name] == value for name, value in fields.items())]

    async def fault(self, kind: str, *, on: str = "model", **details: Any) -> None:
        """Break the model's endpoint or (on="weather") the weather service and its board. Cleared at the end.

        A fault of the model's endpoint meets only calls of the check's runs, including the run that `start`
        will start next.
        """
        if on == "model":
            details["of"] = [*(handle.id for handle in self._runs), self._next_id]
        await self._faults.switch_on(kind, on, details)

    async def clear_faults(self) -> None:
        """Switch off the check's faults."""
        await self._faults.clear()
