"""A research run that lasts: it waits for its human as long as it takes, and any worker continues it from the last recorded step."""

import asyncio

from temporalio import workflow
from temporalio.exceptions import TemporalError, is_cancelled_exception

# These hold no state and do nothing by themselves: the sandbox need not reload them.
with workflow.unsafe.imports_passed_through():
    from agents import AgentsException, trace

    from deep_research.models import CitedReport, ResearchStatus, SingleClarificationInput, Stage, UserQueryInput
    from deep_research.reasons import in_full
    from deep_research.workflows.checks import check_text, out_of_turn
    from deep_research.workflows.research_manager import brief
    from deep_research.workflows.steering import Steering

TASK_QUEUE = "deep-research-queue"


@workflow.defn
class InteractiveResearchWorkflow(Steering):
    def __init__(self) -> None:
        super().__init__()
        self.given = UserQueryInput(query="")
        self.questions: list[str] = []
        self.answers: list[str] = []

    @workflow.run
    async def run(self) -> CitedReport:
        try:
            await workflow.wait_condition(lambda: self.stage == Stage.TRIAGE)
            with trace("Deep research", group_id=workflow.info().workflow_id):
                report = await self._research()
            self.enter(Stage.COMPLETED)
            return report
        except (asyncio.CancelledError, TemporalError, AgentsException) as error:
            self.error = in_full(error)
            self.enter(Stage.CANCELLED if is_cancelled_exception(error) else Stage.FAILED)
            # So that nobody keeps waiting for the questions.
            await workflow.wait_condition(workflow.all_handlers_finished)
            raise

    async def _research(self) -> CitedReport:
        question = f"{self.given.query}\n\n{self.given.context}".strip()
        if not await self.done(lambda: self.manager.is_specific(question)):
            self.questions = await self.done(lambda: self.manager.clarify(question))
        if self.questions:
            self.enter(Stage.AWAITING_CLARIFICATIONS)
            # As long as the human takes, at no cost.
            await workflow.wait_condition(lambda: self.stage == Stage.PLANNING)
        else:
            self.enter(Stage.PLANNING)
        subject = brief(self.given.query, self.questions, self.answers, self.given.context)
        await self.done(lambda: self.manager.plan(subject))
        if self.given.plan_wait_s != 0:
            await self.approval(self.given.plan_wait_s)
        self.enter(Stage.SEARCHING)
        await self.done(self.manager.search)
        self.enter(Stage.WRITING)
        return await self.done(lambda: self.manager.write(subject))

    @workflow.update
    async def start_research(self, given: UserQueryInput) -> ResearchStatus:
        """Send the query. Returns when the questions are known; the research itself goes on without the caller."""
        if self.stage == Stage.PENDING:
            self.given = given.model_copy(update={"query": given.query.strip()})
            self.enter(Stage.TRIAGE)
        await workflow.wait_condition(lambda: self.stage != Stage.TRIAGE)
        return self.get_status()

    @start_research.validator
    def check_query(self, given: UserQueryInput) -> None:
        check_text("query", given.query)
        if self.stage != Stage.PENDING and given.query.strip() != self.given.query:
            raise out_of_turn("This research run has its query already.")

    @workflow.update
    async def provide_clarification(self, given: SingleClarificationInput) -> ResearchStatus:
        """Answer a question. The same answer twice, as from a double click, answers it once."""
        if given.question_index in (None, len(self.answers)):
            self.answers.append(given.answer.strip())
            if len(self.answers) == len(self.questions):
                self.enter(Stage.PLANNING)
        return self.get_status()

    @provide_clarification.validator
    def check_answer(self, given: SingleClarificationInput) -> None:
        check_text("answer", given.answer)
        index = len(self.answers) if given.question_index is None else given.question_index
        if index in range(len(self.answers)) and self.answers[index] == given.answer.strip():
            return
        if self.stage != Stage.AWAITING_CLARIFICATIONS:
            raise out_of_turn(f"No question is open: the research is {self.stage}.")
        if index != len(self.answers):
            raise out_of_turn(f"Question {index + 1} is not the open one: that is question {len(self.answers) + 1}.")

    @workflow.update
    async def skip_clarifications(self) -> ResearchStatus:
        """Start the research without answers to the questions that are still open."""
        if self.stage == Stage.AWAITING_CLARIFICATIONS:
            self.enter(Stage.PLANNING)
        return self.get_status()

    @skip_clarifications.validator
    def check_skip(self) -> None:
        if self.stage in (Stage.PENDING, Stage.TRIAGE):
            raise out_of_turn(f"No question is open: the research is {self.stage}.")

    @workflow.query
    def get_status(self) -> ResearchStatus:
        index = len(self.answers)
        is_waiting = self.stage == Stage.AWAITING_CLARIFICATIONS
        return ResearchStatus(
            status=self.stage,
            query=self.given.query,
            clarification_questions=self.questions,
            clarification_responses={f"question_{number}": answer for number, answer in enumerate(self.answers)},
            current_question=self.questions[index] if is_waiting else None,
            current_question_index=index,
            searches=self.manager.searches,
            starts_by_itself=self.starts_by_itself,
            usage=self.manager.usage,
            started=self.started,
            changed=self.changed,
            failed_stage=self.failed_stage,
            error=self.error,
        )
