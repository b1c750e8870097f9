"""Researches as the web sees them: each call becomes an Update, a Query or a look into Temporal."""

import hashlib
import re
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from deep_research.models import Report, ResearchStatus, SingleClarificationInput, Stage, UserQueryInput
from deep_research.web.errors import Problem, TooSlow, Unavailable
from deep_research.web.forms import SessionLine, SessionPage, SessionStatus
from deep_research.web.health import Health
from deep_research.workflows.research_manager import reason_of
from deep_research.workflows.research_workflow import TASK_QUEUE
from deep_research.workflows.research_workflow import InteractiveResearchWorkflow as Research

NAME = "InteractiveResearchWorkflow"
SESSION_ID = re.compile(r"research-[\w-]{1,64}", re.ASCII)
OURS = f"WorkflowType = '{NAME}' AND WorkflowId STARTS_WITH 'research-'"
QUESTIONS_WITHIN_S = 50.0
"""How long the start of a research waits for its questions; a proxy between us and the browser may give up after 60 s."""


class Session:
    """One research that exists."""

    def __init__(self, handle: WorkflowHandle[Research, Report], found: WorkflowExecutionDescription, health: Health) -> None:
        self.handle, self.found, self.health = handle, found, health
        self.is_closed = found.status != WorkflowExecutionStatus.RUNNING
        self.state = state_of(found.status)

    async def status(self) -> SessionStatus:
        try:
            told = await self.health.guard(self.handle.query(Research.get_status))
        except WorkflowQueryFailedError as error:
            raise Unavailable("worker", f"The worker can't play this research: {error}. Start one with its code.") from error
        if self.is_closed and told.status not in (Stage.COMPLETED, Stage.FAILED, Stage.CANCELLED):
            # Ended from outside, before the workflow could say a word.
            told.status, told.error = Stage.FAILED, f"The research was {self.state.replace('_', ' ')}."
        return self._named(told)

    async def answer(self, index: int, answer: str) -> SessionStatus:
        """Answer a question. The same answer again is accepted again, also after the end; everything else then is a 409."""
        if self.is_closed:
            status = await self.status()
            if status.clarification_responses.get(f"question_{index}") != answer:
                raise self._over()
            return status
        given = SingleClarificationInput(answer=answer, question_index=index)
        return self._named(await self._update(self.handle.execute_update(Research.provide_clarification, given)))

    async def skip(self) -> SessionStatus:
        """Go on without the answers that are missing. Again, it is accepted again: then there is nothing left to skip."""
        if self.is_closed:
            raise self._over()
        return self._named(await self._update(self.handle.execute_update(Research.skip_clarifications)))

    async def cancel(self) -> None:
        if self.is_closed:
            raise self._over()
        await self.health.guard(self.handle.cancel(), needs_worker=False)

    async def report(self, within_s: float = 20.0) -> Report:
        """The report. Waits `within_s` for it, then raises TooSlow; a research that ended without one is a 409."""
        try:
            # What is finished is read from the history: nobody has to work for it.
            return await self.health.guard(self.handle.result(), needs_worker=not self.is_closed, within_s=within_s)
        except WorkflowFailureError as error:
            raise Problem(409, f"This research has no report: {reason_of(error)}") from error

    async def finished_report(self) -> Report:
        if not self.is_closed:
            raise Problem(409, "The report isn't written yet. /api/result waits for it, /api/events says how far it is.")
        return await self.report()

    async def _update(self, call: Any) -> ResearchStatus:
        try:
            return await update(self.health, call)
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:  # it ended between our look and our call
                raise self._over() from error
            raise

    def _over(self) -> Problem:
        return Problem(409, "This research is over. Start a new one.")

    def _named(self, status: ResearchStatus) -> SessionStatus:
        return SessionStatus(session_id=self.handle.id, **status.model_dump())


class Sessions:
    """All researches that Temporal keeps."""

    def __init__(self, client: Client, health: Health) -> None:
        self.client, self.health = client, health

    async def find(self, session_id: str) -> Session:
        """The research of this id. Raises Problem 404 when there is none."""
        check_id(session_id)
        handle = self.client.get_workflow_handle_for(Research.run, session_id)
        try:
            found = await self.health.guard(handle.describe(), needs_worker=False)
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                raise unknown(session_id) from error
            raise
        if found.workflow_type != NAME:
            raise unknown(session_id)
        return Session(handle, found, self.health)

    async def start(self, query: str, key: str | None) -> SessionStatus:
        """Start a research and wait for its questions. The same key gives the same research: sending it twice is safe."""
        digest = hashlib.sha256(key.encode()).digest() if key else b""
        session_id = f"research-{UUID(bytes=digest[:16], version=4) if key else uuid4()}"
        operation = WithStartWorkflowOperation(
            Research.run,
            id=session_id,
            task_queue=TASK_QUEUE,
            memo={"query": query},
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )
        given = UserQueryInput(query=query)
        call = self.client.execute_update_with_start_workflow(Research.start_research, given, start_workflow_operation=operation)
        try:
            status = await update(self.health, call, QUESTIONS_WITHIN_S)
        except WorkflowAlreadyStartedError as error:  # and finished, too
            status = await (await self.find(session_id)).status()
            if status.query != query:
                raise Problem(409, "This Idempotency-Key belongs to a research on another query.") from error
        except TooSlow:  # triage takes its time; what comes of it is told by status and events
            return await (await self.find(session_id)).status()
        except Unavailable as unavailable:
            unavailable.more["session_id"] = session_id  # it may have begun
            raise
        return SessionStatus(session_id=session_id, **ResearchStatus.model_dump(status, exclude={"session_id"}))

    async def page(self, limit: int, cursor: str | None) -> SessionPage:
        """The newest researches first. A new one shows after a moment: Temporal's index lags behind its histories."""
        token = token_of(cursor) if cursor else None
        found = self.client.list_workflows(OURS, page_size=limit, next_page_token=token)
        await self.health.guard(found.fetch_next_page(), needs_worker=False)
        lines = [
            SessionLine(
                session_id=one.id,
                query=await one.memo_value("query", "", type_hint=str),
                state=state_of(one.status),
                started=one.start_time,
                ended=one.close_time,
            )
            for one in found.current_page or []
        ]
        return SessionPage(sessions=lines, next_cursor=cursor_of(found.next_page_token) if found.next_page_token else None)


async def update(health: Health, call: Any, within_s: float = 20.0) -> ResearchStatus:
    """Make an Update. What its validator has against it is a 422 or a 409."""
    try:
        status: ResearchStatus = await health.guard(call, within_s=within_s)
        return status
    except WorkflowUpdateFailedError as error:
        cause = error.cause
        is_invalid = isinstance(cause, ApplicationError) and cause.type == "Invalid"
        raise Problem(422 if is_invalid else 409, cause.message if isinstance(cause, ApplicationError) else str(cause)) from error


def check_id(session_id: str) -> None:
    if not SESSION_ID.fullmatch(session_id):
        raise unknown(session_id)


def unknown(session_id: str) -> Problem:
    return Problem(404, "There is no research of this id. /api/sessions lists those that are there.")


def cursor_of(token: bytes) -> str:
    """Temporal's page token for the address line, with its checksum: Temporal tries a broken one again for 9 s."""
    return urlsafe_b64encode(zlib.crc32(token).to_bytes(4) + token).decode()


def token_of(cursor: str) -> bytes:
    with suppress(ValueError):
        checksum, token = (data := urlsafe_b64decode(cursor))[:4], data[4:]
        if checksum == zlib.crc32(token).to_bytes(4):
            return token
    raise Problem(422, "This is no cursor. Take next_cursor from the page before.")


def state_of(status: WorkflowExecutionStatus | None) -> Any:
    """Temporal's word for the state of a research, in small letters."""
    name = status.name.lower() if status else "running"
    return {"canceled": "cancelled", "continued_as_new": "running"}.get(name, name)
