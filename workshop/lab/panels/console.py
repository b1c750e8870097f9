"""The research console: buttons to ask, answer, skip, watch and read a research run, each beside its line of
code.

It calls the workflow's Updates and its Query by name, as any client in any language could.
"""

from __future__ import annotations

import asyncio
import html
import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import ipywidgets as widgets
from temporalio.client import (
    Client,
    WorkflowExecutionDescription,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)
from temporalio.service import RPCError

from workshop import history, timeline
from workshop.errors import LabError
from workshop.lab.panels.far import progress, reason, retried
from workshop.lab.panels.parts import Area, Panel, PictureArea, code, field, words
from workshop.show import Report
from workshop.workspace.temporal import Background

WORKFLOW = "InteractiveResearchWorkflow"
QUEUE = "deep-research-queue"
QUERY_TIMEOUT = timedelta(seconds=5)
UPDATE_TIMEOUT_S = 60.0
NO_WORKER = (
    'No worker answers. Start one: worker = lab.worker("run_worker.py"). What you have asked and answered is '
    "kept."
)

TWINS = {
    "Ask": "handle, status = await ask({query})",
    "Answer": "await handle.execute_update(Research.provide_clarification, "
    "SingleClarificationInput(answer={answer}, question_index={index}))",
    "Skip": "await handle.execute_update(Research.skip_clarifications)",
    "Try again": "await handle.execute_update(Research.try_again)",
    "Watch": "await lab.watch(handle)",
    "Read": "lab.report((await handle.result()).markdown_report)",
}
"""What each button does, as a line for a cell; `ask`, `Research` and `handle` are names from the lesson."""

HINTS = {
    "Ask": "Start a research run with this query",
    "Answer": "Answer the open question",
    "Skip": "Start the searches without further answers",
    "Try again": "Make the step that failed once more; everything before it is kept",
    "Watch": "Show the event history as a picture, and keep it up to date",
    "Read": "Show the report",
}


class ResearchConsole(Panel):
    """The panel of one research run. `temporal` reaches the server; `pollers` and `deaths` are the Lab's."""

    look_every_s = 0.5

    def __init__(
        self,
        temporal: Background,
        pollers: Callable[[], list[str]],
        deaths: Callable[[], list[timeline.Death]],
        workflow_id: str | None = None,
    ) -> None:
        self._temporal, self._pollers, self._deaths = temporal, pollers, deaths
        self.workflow_id = workflow_id
        self.status: dict[str, Any] = {}
        self.retries = ""
        """Which model call is being made again, and when; a retry is no event of the history."""
        self._watching = False
        self._writing = threading.Lock()
        self._seen: tuple[Any, ...] = ()
        """The workflow id, run id, history length and closing time at the last look that succeeded."""
        super().__init__()

    def build(self) -> list[widgets.Widget]:
        wide = widgets.Layout(flex="1 1 auto", width="auto")
        self.query = widgets.Text(placeholder="What do you want to know? For example: caching", layout=wide)
        self.answer = widgets.Text(placeholder="Your answer", layout=wide)
        self.state, self.question, self.picture = Area(), Area(), PictureArea()
        self.report = widgets.Output()
        rows = {name: self.row(name, hint, *fields) for name, (hint, fields) in self._rows().items()}
        self.answering = widgets.VBox([self.question, rows["Answer"], rows["Skip"]])
        self.trying = rows["Try again"]
        for name, text in (("Ask", self.query), ("Answer", self.answer)):
            field(text, self._changed)
            text.on_msg(self._enter(name))
        says = [self.state, self.said, self.trouble]
        below = [self.answering, self.trying, rows["Watch"], rows["Read"], self.picture, self.report]
        return [rows["Ask"], *says, *below]

    def _rows(self) -> dict[str, tuple[str, tuple[widgets.Widget, ...]]]:
        """Return the hint and the field of each button."""
        fields = {"Ask": (self.query,), "Answer": (self.answer,)}
        return {name: (hint, fields.get(name, ())) for name, hint in HINTS.items()}

    def _enter(self, name: str) -> Callable[..., None]:
        """Return what Enter in a field does: it presses the button beside it."""

        def pressed(_: widgets.Widget, message: dict[str, Any], __: Any) -> None:
            if message.get("event") == "submit":
                self.press(name)

        return pressed

    def _changed(self, _: Any) -> None:
        with self._writing:  # a look may be about to write what was typed before
            typed = (self.query.value, self.answer.value)
            query, answer = (json.dumps(value or "…", ensure_ascii=False) for value in typed)
            for name, line in TWINS.items():
                text = line.format(query=query, answer=answer, index=self._open_question())
                self.twins[name].value = code(text)

    def about(self) -> object:
        return (
            self.workflow_id,
            self.retries,
            progress(self.status),
            self._open_question(),
            bool(self.report.outputs),
        )

    # What the buttons do

    def actions(self) -> dict[str, Callable[[], str]]:
        return {
            "Ask": self._ask,
            "Answer": self._answer,
            "Skip": lambda: self._update("skip_clarifications"),
            "Try again": lambda: self._update("try_again"),
            "Watch": self._watch,
            "Read": self._read,
        }

    def _ask(self) -> str:
        query = self.query.value.strip()
        if not query:
            raise LabError("Type a question first, then press Ask.")
        self._worker_is_there()
        new = f"research-{uuid4()}"

        async def start(client: Client) -> None:
            await client.start_workflow(WORKFLOW, id=new, task_queue=QUEUE, memo={"query": query})

        self._temporal.ask(start)
        with self.looking:  # the answer to an older look must not replace what is set here
            self.workflow_id, self.status, self.answer.value, self._watching = new, {}, "", False
            self.report.outputs = ()
        return self._update("start_research", {"query": query})

    def _answer(self) -> str:
        given = {"answer": self.answer.value, "question_index": self._open_question()}
        self._update("provide_clarification", given)
        self.answer.value = ""
        return ""

    def _watch(self) -> str:
        self._watching, self._seen = not self._watching, ()
        return ""

    def _read(self) -> str:
        async def result(client: Client) -> dict[str, Any]:
            handle = self._handle(client)
            if (await handle.describe()).close_time is None:
                raise LabError("The report is not written yet.")
            try:
                report: dict[str, Any] = await handle.result()
            except WorkflowFailureError as error:
                raise LabError(f"The research has no report: {reason(error)}") from error
            return report

        report = self._temporal.ask(result)
        self.report.outputs = ()
        self.report.append_display_data(Report(report["markdown_report"]))
        return ""

    def _update(self, name: str, *given: Any) -> str:
        self._worker_is_there()

        async def update(client: Client) -> None:
            try:
                async with asyncio.timeout(UPDATE_TIMEOUT_S):
                    await self._handle(client).execute_update(name, *given)
            except WorkflowUpdateFailedError as error:
                raise LabError(f"Refused: {error.cause}") from error
            except TimeoutError as error:
                raise LabError(NO_WORKER) from error

        self._temporal.ask(update, UPDATE_TIMEOUT_S + 5)
        return ""

    def _handle(self, client: Client) -> WorkflowHandle[Any, Any]:
        if self.workflow_id is None:
            raise LabError("There is no research yet. Type a question and press Ask.")
        return client.get_workflow_handle(self.workflow_id)

    def _worker_is_there(self) -> None:
        """Raise LabError if there is no worker: an Update would hang, and nobody would know why."""
        if not self._pollers():
            raise LabError(NO_WORKER)

    def _open_question(self) -> int:
        return int(self.status.get("current_question_index", 0))

    # What is shown

    def look(self) -> None:
        """Query the status whenever the history has grown. Reading the history costs the workflow nothing."""
        try:
            self._follow_research()
        finally:
            self._show()

    def _follow_research(self) -> None:
        if self.workflow_id is None or (self._seen[:1] == (self.workflow_id,) and self._seen[-1]):
            return  # none yet, or it has ended and nothing will change
        found: WorkflowExecutionDescription = self._temporal.ask(lambda c: self._handle(c).describe())
        self.retries = retried(found)
        moved = (self.workflow_id, found.run_id, found.history_length, found.close_time)
        if moved == self._seen:
            return
        self._seen = ()
        if self._watching:
            run = self._temporal.ask(lambda c: history.read(self._handle(c)))
            self.picture.value = timeline.draw(run, deaths=self._deaths()).svg
        self._worker_is_there()
        self.status = self._temporal.ask(self._query, 2 * QUERY_TIMEOUT.total_seconds())
        self._seen = moved

    async def _query(self, client: Client) -> dict[str, Any]:
        try:
            status: dict[str, Any] = await self._handle(client).query("get_status", rpc_timeout=QUERY_TIMEOUT)
        except RPCError as error:
            raise LabError(NO_WORKER) from error
        return status

    def _show(self) -> None:
        """Show what the last look found; a text is there before the row that it belongs to."""
        status = self.status.get("status")
        if not self._watching:
            self.picture.value = ""
        self._changed(None)
        self.state.value = html.escape(self._progress())
        if status == "awaiting_clarifications":
            asked, number = len(self.status["clarification_questions"]), self._open_question()
            text = f"Question {number + 1} of {asked}: {self.status['current_question']}"
            self.question.value = words(text, weight=600)
        self.answering.layout.display = "" if status == "awaiting_clarifications" else "none"
        self.trying.layout.display = "" if status == "needs_attention" else "none"
        self.buttons["Watch"].description = "Hide" if self._watching else "Watch"
        for name, usable in (("Watch", self.workflow_id), ("Read", status == "completed")):
            self.buttons[name].disabled = not usable or name in self.busy

    def _progress(self) -> str:
        if self.workflow_id is None:
            return "No research yet."
        if not self.status:
            return "Looking at the research …"
        far = "the report is below" if self.report.outputs else self.retries or progress(self.status)
        return f"“{self.status['query']}”: {far}"
