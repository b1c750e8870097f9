"""One research run as the web sees it: each call becomes an Update, a Query or a look into Temporal."""

from typing import Any

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import (
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowQueryFailedError,
)
from temporalio.service import RPCError, RPCStatusCode

from deep_research.models import CitedReport, PlanInput, ResearchStatus, SingleClarificationInput, Stage
from deep_research.reasons import in_full
from deep_research.web.errors import Problem, Unavailable
from deep_research.web.forms import Plan, SessionStatus, Waiting
from deep_research.web.health import Health
from deep_research.web.outcomes import named, state_of, update
from deep_research.web.waiting import waiting_of
from deep_research.workflows.research_workflow import InteractiveResearchWorkflow as Research

ENDS = (Stage.COMPLETED, Stage.FAILED, Stage.CANCELLED)


class Session:
    """One research run that exists."""

    def __init__(
        self, handle: WorkflowHandle[Research, CitedReport], found: WorkflowExecutionDescription, health: Health
    ) -> None:
        self.handle, self.found, self.health = handle, found, health
        self.is_closed = found.status != WorkflowExecutionStatus.RUNNING
        self.state = state_of(found.status)

    async def told(self) -> ResearchStatus:
        """What the research says of itself."""
        try:
            told = await self.health.guard(self.handle.query(Research.get_status))
        except WorkflowQueryFailedError as error:
            raise Unavailable(
                "worker", f"The worker can't replay this research run: {error}. Start one with its code."
            ) from error
        if self.is_closed and told.status not in ENDS:
            # Ended from outside, before the workflow could say a word.
            told.status, told.error = Stage.FAILED, f"The research was {self.state.replace('_', ' ')}."
        return told

    async def status(self) -> SessionStatus:
        return self._named(await self.told(), await self.waiting())

    async def waiting(self) -> Waiting | None:
        """The model calls that failed and will be made again, as this session was found."""
        return await waiting_of(self.found, self.health.client)

    async def answer(self, index: int, answer: str) -> SessionStatus:
        """Answer a question. The same answer again is accepted again, also after the end; everything else then is a 409."""
        if self.is_closed:
            status = await self.status()
            if status.clarification_responses.get(f"question_{index}") != answer:
                raise self._over()
            return status
        given = SingleClarificationInput(answer=answer, question_index=index)
        return await self._update(self.handle.execute_update(Research.provide_clarification, given))

    async def skip(self) -> SessionStatus:
        """Go on without the answers that are missing. Again, it is accepted again: then there is nothing left to skip."""
        self._check_open()
        return await self._update(self.handle.execute_update(Research.skip_clarifications))

    async def decide(self, plan: Plan) -> SessionStatus:
        """Approve the plan, edited or as it is; or keep the edits."""
        self._check_open()
        given = PlanInput.model_validate(plan.model_dump())
        return await self._update(self.handle.execute_update(Research.decide_plan, given))

    async def try_again(self) -> SessionStatus:
        """Make the step that failed once more, with everything kept."""
        self._check_open()
        return await self._update(self.handle.execute_update(Research.try_again))

    async def cancel(self) -> None:
        self._check_open()
        await self.health.guard(self.handle.cancel(), needs_worker=False)

    async def delete(self) -> None:
        """Remove it from Temporal, history and all. One that is open ends with that."""
        client = self.health.client
        execution = WorkflowExecution(workflow_id=self.handle.id, run_id=self.found.run_id)
        request = DeleteWorkflowExecutionRequest(namespace=client.namespace, workflow_execution=execution)
        await self.health.guard(client.workflow_service.delete_workflow_execution(request), needs_worker=False)

    async def report(self, within_s: float = 20.0) -> CitedReport:
        """The report. Waits `within_s` for it, then raises TooSlow; a research run that ended without one is a 409."""
        try:
            # What is finished is read from the history: nobody has to work for it.
            return await self.health.guard(self.handle.result(), needs_worker=not self.is_closed, within_s=within_s)
        except WorkflowFailureError as error:
            raise Problem(409, f"This research run has no report: {in_full(error)}") from error

    async def finished_report(self) -> CitedReport:
        if not self.is_closed:
            raise Problem(409, "The report isn't written yet. /api/result waits for it, /api/events says how far it is.")
        return await self.report()

    async def _update(self, call: Any) -> SessionStatus:
        try:
            return self._named(await update(self.health, call))
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:  # it ended between our look and our call
                raise self._over() from error
            raise

    def _check_open(self) -> None:
        if self.is_closed:
            raise self._over()

    def _over(self) -> Problem:
        return Problem(409, "This research run is over. Start a new one.")

    def _named(self, status: ResearchStatus, waiting: Waiting | None = None) -> SessionStatus:
        return named(self.handle.id, status, waiting)
