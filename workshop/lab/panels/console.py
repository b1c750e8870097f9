"""The research console: buttons to ask, answer, skip, watch and read a research, each beside its line of
code.

Everything happens in tasks on the kernel's own event loop: the console works while a cell waits, and no
button ever blocks a cell. It calls the workflow's Updates and its Query by name, as any client in any
language could.
"""

from __future__ import annotations

import asyncio
import html
import json
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any
from uuid import uuid4

import ipywidgets as widgets
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import TemporalError
from temporalio.service import RPCError

from workshop import history, timeline
from workshop.errors import LabError
from workshop.lab.panels.parts import Area, PictureArea, code, words
from workshop.show import Report
from workshop.workspace.temporal import quiet

WORKFLOW = "InteractiveResearchWorkflow"
QUEUE = "deep-research-queue"
LOOK_EVERY_S = 0.5
QUERY_TIMEOUT = timedelta(seconds=5)
UPDATE_TIMEOUT_S = 60.0
NO_WORKER = 'No worker answers. Start one: worker = lab.worker("run_worker.py"). What you have asked and answered is kept.'

TWINS = {
    "Ask": "handle, status = await ask({query})",
    "Answer": "await handle.execute_update(Research.provide_clarification, "
    "SingleClarificationInput(answer={answer}, question_index={index}))",
    "Skip": "await handle.execute_update(Research.skip_clarifications)",
    "Watch": "await lab.watch(handle)",
    "Read": "lab.report((await handle.result()).markdown_report)",
}
"""What each button does, as a line for a cell; `ask`, `Research` and `handle` are names from the lesson."""

HINTS = {
    "Ask": "Start a research with this query",
    "Answer": "Answer the open question",
    "Skip": "Start the searches without further answers",
    "Watch": "Show the event history as a picture, and keep it up to date",
    "Read": "Show the report",
}


class ResearchConsole:
    """The widgets of one console, and the research that it follows. Show `.box`."""

    def __init__(
        self,
        address: str,
        pollers: Callable[[], list[str]],
        deaths: Callable[[], Any],
        workflow_id: str | None = None,
    ) -> None:
        self._address, self._pollers, self._deaths = address, pollers, deaths
        self._connection: Client | None = None
        self.workflow_id = workflow_id
        self.status: dict[str, Any] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._watching = False
        self._looking = asyncio.Lock()
        self._build()
        self._run(self._follow())

    # --- widgets
    # ---------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        wide = widgets.Layout(flex="1 1 auto", width="auto")
        self.query = widgets.Text(placeholder="What do you want to know? For example: caching", layout=wide)
        self.answer = widgets.Text(placeholder="Your answer", layout=wide)
        self.said, self.question, self.picture = Area(), Area(), PictureArea()
        self.report = widgets.Output()
        self.buttons = {name: self._button(name) for name in TWINS}
        self.twins = {name: Area(layout=widgets.Layout(margin="0 0 6px 2px")) for name in TWINS}
        ask = self._row("Ask", self.query)
        self.answering = widgets.VBox([self.question, *self._row("Answer", self.answer), *self._row("Skip")])
        look = [*self._row("Watch"), *self._row("Read")]
        self.box = widgets.VBox([*ask, self.said, self.answering, *look, self.picture, self.report])
        self.box.layout.max_width = "960px"
        for field in (self.query, self.answer):
            field.observe(lambda _: self._show_twins(), "value")
        for name, field in (("Ask", self.query), ("Answer", self.answer)):
            # Enter
            field.on_msg(
                lambda _, said, __, name=name: self._press(name) if said.get("event") == "submit" else None
            )
        self._say("No research yet." if self.workflow_id is None else "Looking at the research …")
        self._show_status()

    def _button(self, name: str) -> widgets.Button:
        button = widgets.Button(description=name, tooltip=HINTS[name], layout=widgets.Layout(width="88px"))
        button.on_click(lambda _: self._press(name))
        return button

    def _row(self, name: str, *fields: widgets.Widget) -> list[widgets.Widget]:
        """Return a button with its field, and its line of code below the field, or beside the button if it
        has no field.
        """
        if not fields:
            return [widgets.HBox([self.buttons[name], self.twins[name]])]
        return [widgets.HBox([*fields, self.buttons[name]]), self.twins[name]]

    def _press(self, name: str) -> None:
        """Do what a button says, in a task on the kernel's loop, whichever thread the click comes from."""
        self._loop.call_soon_threadsafe(self._run, self._guarded(getattr(self, f"_{name.lower()}")))

    def _show_twins(self) -> None:
        for name, twin in TWINS.items():
            query, answer = (
                json.dumps(field.value or "…", ensure_ascii=False) for field in (self.query, self.answer)
            )
            line = twin.format(query=query, answer=answer, index=self._open_question())
            self.twins[name].value = code(line)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)  # the loop itself keeps only a weak reference
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Stop following. The research goes on."""
        for task in self._tasks:
            task.cancel()

    # --- buttons
    # ---------------------------------------------------------------------------------------------------

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do a button's work, and show errors in the console, where the button was pressed."""
        try:
            await work()
        except WorkflowUpdateFailedError as error:
            self._say(f"Refused: {error.cause}")
        except WorkflowFailureError as error:
            self._say(f"The research has no report: {reason(error)}")
        except (RPCError, LabError, TimeoutError, RuntimeError, TemporalError) as error:
            self._say(str(error) or NO_WORKER)

    async def _ask(self) -> None:
        query = self.query.value.strip()
        if not query:
            raise LabError("Type a question first, then press Ask.")
        await self._worker_is_there()
        client = await self._client()
        self.workflow_id, self.status, self.answer.value = f"research-{uuid4()}", {}, ""
        self._clear()
        self._show_status()  # the last research's question is no longer open
        self._say("Deciding whether the question is clear enough …")
        await client.start_workflow(WORKFLOW, id=self.workflow_id, task_queue=QUEUE, memo={"query": query})
        await self._update("start_research", {"query": query})

    async def _answer(self) -> None:
        answer = self.answer.value
        await self._update(
            "provide_clarification", {"answer": answer, "question_index": self._open_question()}
        )
        self.answer.value = ""

    async def _skip(self) -> None:
        await self._update("skip_clarifications")

    async def _watch(self) -> None:
        self._watching = not self._watching
        if self._watching:
            await self._draw()
        else:
            self.picture.value = ""
        self._show_status()

    async def _read(self) -> None:
        handle = await self._handle()
        if (await handle.describe()).close_time is None:
            raise LabError("The report is not written yet.")
        report = await handle.result()
        self.report.outputs = ()
        self.report.append_display_data(Report(report["markdown_report"]))
        self._show_status()

    def _open_question(self) -> int:
        return int(self.status.get("current_question_index", 0))

    async def _update(self, name: str, *given: Any) -> None:
        await self._worker_is_there()
        handle = await self._handle()
        async with asyncio.timeout(UPDATE_TIMEOUT_S):
            await handle.execute_update(name, *given)
        await self._look(handle)

    async def _worker_is_there(self) -> None:
        """Raise LabError if there is no worker: an Update would hang, and nobody would know why."""
        if not await asyncio.to_thread(self._pollers):
            raise LabError(NO_WORKER)

    async def _client(self) -> Client:
        if self._connection is None:
            self._connection = await Client.connect(self._address, runtime=quiet())
        return self._connection

    async def _handle(self) -> WorkflowHandle[Any, Any]:
        if self.workflow_id is None:
            raise LabError("There is no research yet. Type a question and press Ask.")
        return (await self._client()).get_workflow_handle(self.workflow_id)

    # --- what is shown
    # ---------------------------------------------------------------------------------------------

    async def _follow(self) -> None:
        """Watch the research, and query its status whenever its history has grown. Watching costs the
        workflow nothing.
        """
        seen: tuple[Any, ...] = ()
        ended = ""
        while True:
            try:
                if self.workflow_id and self.workflow_id != ended:
                    handle = await self._handle()
                    found = await handle.describe()
                    if (moved := (found.run_id, found.history_length, found.close_time)) != seen:
                        await self._look(handle)
                        seen = moved
                    ended = handle.id if found.close_time else ""
            except LabError as error:
                seen = ()
                self._say(str(error))
            except (RPCError, RuntimeError, TemporalError) as error:
                seen = ()
                self._say(f"Temporal does not answer, trying again: {error}")
            await asyncio.sleep(LOOK_EVERY_S)

    async def _look(self, handle: WorkflowHandle[Any, Any]) -> None:
        async with self._looking:  # one look at a time: an older answer must not replace a newer one
            await self._worker_is_there()
            try:
                self.status = await handle.query("get_status", rpc_timeout=QUERY_TIMEOUT)
            except RPCError as error:
                raise LabError(NO_WORKER) from error
            self._show_status()
            if self._watching:
                await self._draw()

    async def _draw(self) -> None:
        run = await history.read(await self._handle())
        deaths = await asyncio.to_thread(self._deaths)
        # not hidden meanwhile, and no new research asked
        if self._watching and run.workflow_id == self.workflow_id:
            self.picture.value = timeline.draw(run, deaths=deaths).svg

    def _clear(self) -> None:
        self.picture.value, self._watching, self.report.outputs = "", False, ()

    def _say(self, text: str) -> None:
        self.said.value = html.escape(text)

    def _show_status(self) -> None:
        waits = self.status.get("status") == "awaiting_clarifications"
        self.answering.layout.display = "" if waits else "none"
        self.buttons["Watch"].disabled = self.workflow_id is None
        self.buttons["Watch"].description = "Hide" if self._watching else "Watch"
        self.buttons["Read"].disabled = self.status.get("status") != "completed"
        self._show_twins()
        if waits:
            asked, number = len(self.status["clarification_questions"]), self._open_question()
            text = f"Question {number + 1} of {asked}: {self.status['current_question']}"
            self.question.value = words(text, weight=600)
        if self.status:
            far = "the report stands below" if self.report.outputs else progress(self.status)
            self._say(f"“{self.status['query']}”: {far}")


def progress(status: dict[str, Any]) -> str:
    """Return how far a research is, in one line."""
    # a workflow does not send what it never set
    states = [search["state"] for search in status.get("searches", ())]
    lines = {
        "pending": "no query yet",
        "triage": "deciding whether the question is clear enough",
        "awaiting_clarifications": "waits for your answer, for as long as it takes",
        "planning": "plans the searches",
        "searching": f"{states.count('done')} of {len(states)} searches done",
        "writing": "writes the report",
        "completed": "the report is there: press Read",
        "failed": f"failed: {status.get('error', '')}",
        "cancelled": "cancelled",
    }
    failed = states.count("failed")
    return lines.get(status["status"], "") + (f" · {failed} failed" if failed else "")


def reason(error: BaseException) -> str:
    """Return the innermost cause of a failure."""
    while isinstance(cause := getattr(error, "cause", None) or error.__cause__, BaseException):
        error = cause
    return str(error)
