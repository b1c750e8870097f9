"""All research runs that Temporal keeps."""

import asyncio
import hashlib
import re
from typing import Any
from uuid import UUID, uuid4

from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from deep_research.models import LONGEST_CONTEXT, ResearchStatus, UserQueryInput
from deep_research.web.errors import Problem, TooSlow, Unavailable
from deep_research.web.forms import Query, SessionStatus
from deep_research.web.health import Health
from deep_research.web.listing import NAME, Listing
from deep_research.web.outcomes import named, update
from deep_research.web.session import Session
from deep_research.workflows.research_workflow import TASK_QUEUE
from deep_research.workflows.research_workflow import InteractiveResearchWorkflow as Research

SESSION_ID = re.compile(r"research-[\w-]{1,64}", re.ASCII)


class Sessions:
    def __init__(self, client: Client, health: Health) -> None:
        self.client, self.health = client, health
        self.listing = Listing(client, health)

    async def find(self, session_id: str) -> Session:
        """The research run with this id. Raises Problem 404 if there is none."""
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

    async def start(self, asked: Query, key: str | None) -> SessionStatus:
        """Start a research run and wait for its questions. The same key gives the same research: sending it twice is safe.

        When triage takes longer, the state it is in is returned; status and events tell the rest.
        """
        digest = hashlib.sha256(key.encode()).digest() if key else b""
        session_id = f"research-{UUID(bytes=digest[:16], version=4) if key else uuid4()}"
        context = await self._context(asked.follows) if asked.follows else ""
        operation = WithStartWorkflowOperation(
            Research.run,
            id=session_id,
            task_queue=TASK_QUEUE,
            memo={"query": asked.query, **({"follows": asked.follows} if asked.follows else {})},
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )
        given = UserQueryInput(query=asked.query, plan_wait_s=asked.plan_wait_s, context=context)
        try:
            try:
                return named(session_id, await update(self.health, self._begin(operation, given), asked.questions_within_s))
            except WorkflowAlreadyStartedError as error:  # and finished, too
                status = await (await self.find(session_id)).status()
                if status.query != asked.query:
                    raise Problem(409, "This Idempotency-Key belongs to a research run on another query.") from error
                return status
            except TooSlow:
                return await (await self.find(session_id)).status()
        except (Unavailable, TooSlow) as problem:
            problem.more["session_id"] = session_id  # it may have begun
            raise

    async def _begin(self, operation: WithStartWorkflowOperation[Any, Any], given: UserQueryInput) -> ResearchStatus:
        # If the call fails, the handle does, too: asyncio would complain that nobody has asked for it.
        handle = asyncio.ensure_future(operation.workflow_handle())
        try:
            return await self.client.execute_update_with_start_workflow(
                Research.start_research, given, start_workflow_operation=operation
            )
        finally:
            handle.cancel()

    async def _context(self, earlier_id: str) -> str:
        """What a follow-up is told about an earlier run: its question, the answers, and what its searches found."""
        earlier = await self.find(earlier_id)
        report, told = await earlier.finished_report(), await earlier.told()
        answers = "".join(f"\n- {answer}" for answer in told.clarification_responses.values())
        found = "\n\n".join(search.findings for search in told.searches if search.findings)
        text = f"This follows up on an earlier research: {told.query}{answers}\nIt found: {report.short_summary}\n\n{found}"
        return text[:LONGEST_CONTEXT]

    async def delete(self, session_id: str) -> None:
        await (await self.find(session_id)).delete()
        self.listing.forget(session_id)


def check_id(session_id: str) -> None:
    if not SESSION_ID.fullmatch(session_id):
        raise unknown(session_id)


def unknown(session_id: str) -> Problem:
    return Problem(
        404,
        "There is no research run with this id. Was it deleted, or the address cut short? The first page lists those that exist.",
    )
