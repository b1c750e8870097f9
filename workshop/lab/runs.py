"""The runs of a lesson: which are open, who polls for them, time that passes, a replay."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from workshop import words
from workshop.config import ROOT
from workshop.history import waiting
from workshop.keeping.folder import modules
from workshop.lab.lesson import Lesson
from workshop.processes.modules import find_task_queue
from workshop.processes.pollers import present
from workshop.show import Link
from workshop.workspace import days, files, queues, replays


class Runs(Lesson):
    """The methods of `Lab` about workflows and their task queue."""

    def _queue(self) -> str | None:
        """Return this stage's task queue, from the learner's files or else from the solution's."""
        folders = (self.folder, ROOT / "solutions" / self.stage)
        candidates = [folder / name for folder in folders for name in ("workflow.py", "run_worker.py")]
        for file in candidates:
            with contextlib.suppress(SyntaxError):  # a half-edited module says nothing about its queue
                if queue := find_task_queue(file):
                    return queue
        return None

    def _queues(self) -> set[str]:
        """Return the task queues named in the learner's files for this lesson."""
        found = set()
        for file in modules(self.folder):
            with contextlib.suppress(SyntaxError):
                found.add(find_task_queue(file))
        return {queue for queue in found if queue}

    def open_runs(self, queue: str | None = None) -> list[str]:
        """Return the ids of the workflows that are still open on a task queue, newest first."""
        return [run.workflow_id for run in self._open(queue or self._queue())]

    def _open(self, queue: str | None) -> list[waiting.OpenRun]:
        if queue is None:
            self._temporal.ask(lambda client: client.count_workflows())  # the card says that Temporal answers
            return []
        return self._temporal.ask(lambda client: waiting.look(client, queue))

    def _calls_since(self, workflow_id: str, moment: datetime) -> int:
        return len(self.gateway.bill(moment.timestamp(), workflow=workflow_id)["rows"])

    def terminate_open_runs(self, queue: str | None = None) -> None:
        """Terminate every open workflow on this lesson's task queue. Their histories stay readable."""
        open_runs = self.open_runs(queue)

        async def terminate(client: Client) -> list[str]:
            ended = []
            for workflow_id in open_runs:
                try:
                    await client.get_workflow_handle(workflow_id).terminate("ended from the lesson")
                    ended.append(workflow_id)
                except RPCError as error:  # it has closed by itself meanwhile
                    if error.status != RPCStatusCode.NOT_FOUND:
                        raise
            return ended

        ended = self._temporal.ask(terminate)
        print(f"Terminated: {', '.join(ended) or 'nothing was open'}")

    def _go_on(self, open_runs: Sequence[waiting.OpenRun]) -> str:
        """Name the cell that starts the worker, since open runs need one to go on or to be answered."""
        heading = files.heading_above(self._notebook(), "lab.worker(")
        where = f": go on from “{heading}”" if heading else ""
        they = "They go on when a worker runs"
        if all(run.waiting_since for run in open_runs):
            they = "When a worker runs, answer with lab.research_console()"
        return f"{they}{where}. Or end them: lab.terminate_open_runs()"

    def pollers(self, queue: str | None = None) -> list[str]:
        """Return who polls a task queue, as process@host, without the dead that the server still lists."""
        return present(self._pollers(queue or self._queue() or ""))

    def _pollers(self, queue: str) -> dict[str, float]:
        async def poll(client: Client) -> dict[str, float]:
            listed = await queues.pollers(client, queue)
            return {each.identity: each.last_access_time.ToMicroseconds() / 1e6 for each in listed}

        return self._temporal.ask(poll)

    def web_ui(self, handle: WorkflowHandle[Any, Any] | None = None) -> Link:
        """Return a link to Temporal's Web UI: to one workflow's event history, or to all workflows."""
        port, path = self.settings.temporal_ui_port, "/namespaces/default/workflows"
        if handle is None:
            return Link(f"Temporal's Web UI on port {port}", self.settings.link(port, path))
        one = f"{path}/{quote(handle.id, safe='')}"
        return Link(f"{handle.id} in the Web UI", self.settings.link(port, one))

    async def fast_forward(self, handle: WorkflowHandle[Any, Any], duration: timedelta) -> None:
        """Let this much time pass for one run, at once: the server skips it, which is experimental.

        Timers that are due meanwhile fire. Raises LabError if the run has ended or is busy.
        """
        is_open = await days.fast_forward(handle, duration)
        passed = words.duration_text(duration.total_seconds())
        print(f"{passed} have passed for this run." if is_open else f"The run ended within {passed}.")

    async def replay(self, edits: replays.Edit = ()) -> replays.Replays:
        """Replay every history in `histories/` with the lesson's workflows, as they are or with an edit tried
        on them: pairs of old and new text. The file stays as it is. Its `.safe` says whether all fit.
        """
        return await replays.replay(self.folder / "workflow.py", self.folder / "histories", edits)
