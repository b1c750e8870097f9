"""A research that lasts: it waits for its human as long as it takes, and goes on from the last recorded step on any worker."""

import asyncio

from temporalio import workflow
from temporalio.exceptions import ApplicationError, TemporalError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():  # they hold no state and do nothing by themselves: no need for a second copy
    from agents import AgentsException, trace

    from deep_research.models import (
        LONGEST_TEXT,
        Report,
        ResearchStatus,
        SingleClarificationInput,
        Stage,
        UserQueryInput,
    )
    from deep_research.workflows.research_manager import InteractiveResearchManager, brief, reason_of

TASK_QUEUE = "deep-research-queue"


@workflow.defn
class InteractiveResearchWorkflow:
    def __init__(self) -> None:
        self.manager = InteractiveResearchManager()
        self.query = ""
        self.questions: list[str] = []
        self.answers: list[str] = []
        self.error = ""
        self.started = workflow.now()
        self._enter(Stage.PENDING)

    def _enter(self, stage: Stage) -> None:
        self.stage, self.changed = stage, workflow.now()

    @workflow.run
    async def run(self) -> Report:
        try:
            await workflow.wait_condition(lambda: self.stage == Stage.TRIAGE)
            with trace("Deep research", group_id=workflow.info().workflow_id):
                report = await self._research()
            self._enter(Stage.COMPLETED)
            return report
        except (asyncio.CancelledError, TemporalError, AgentsException) as error:
            self.error = reason_of(error)
            self._enter(Stage.CANCELLED if is_cancelled_exception(error) else Stage.FAILED)
            await workflow.wait_condition(workflow.all_handlers_finished)  # nobody is left waiting for the questions
            raise

    async def _research(self) -> Report:
        self.questions = await self.manager.clarify(self.query)
        if self.questions:
            self._enter(Stage.AWAITING_CLARIFICATIONS)
            await workflow.wait_condition(lambda: self.stage == Stage.PLANNING)  # for as long as the human takes, at no cost
        else:
            self._enter(Stage.PLANNING)
        subject = brief(self.query, self.questions, self.answers)
        await self.manager.plan(subject)
        self._enter(Stage.SEARCHING)
        results = await self.manager.search()
        self._enter(Stage.WRITING)
        return await self.manager.write(subject, results)

    @workflow.update
    async def start_research(self, given: UserQueryInput) -> ResearchStatus:
        """Hand in the query. Returns when the questions are known; the research itself goes on without the caller."""
        if self.stage == Stage.PENDING:
            self.query = given.query.strip()
            self._enter(Stage.TRIAGE)
        await workflow.wait_condition(lambda: self.stage != Stage.TRIAGE)
        return self.get_status()

    @start_research.validator
    def check_query(self, given: UserQueryInput) -> None:
        check_text("query", given.query)
        if self.stage != Stage.PENDING and given.query.strip() != self.query:
            raise ApplicationError("This research has its query already.", type="OutOfTurn")

    @workflow.update
    async def provide_clarification(self, given: SingleClarificationInput) -> ResearchStatus:
        """Answer a question. The same answer twice, as from a double click, answers it once."""
        if given.question_index in (None, len(self.answers)):
            self.answers.append(given.answer.strip())
            if len(self.answers) == len(self.questions):
                self._enter(Stage.PLANNING)
        return self.get_status()

    @provide_clarification.validator
    def check_answer(self, given: SingleClarificationInput) -> None:
        check_text("answer", given.answer)
        index = len(self.answers) if given.question_index is None else given.question_index
        if index in range(len(self.answers)) and self.answers[index] == given.answer.strip():
            return
        if self.stage != Stage.AWAITING_CLARIFICATIONS:
            raise ApplicationError(f"No question is open: the research is {self.stage}.", type="OutOfTurn")
        if index != len(self.answers):
            raise ApplicationError(f"The open question is number {len(self.answers)}, not {index}.", type="OutOfTurn")

    @workflow.update
    async def skip_clarifications(self) -> ResearchStatus:
        """Start the research without answers to the questions that are still open."""
        if self.stage == Stage.AWAITING_CLARIFICATIONS:
            self._enter(Stage.PLANNING)
        return self.get_status()

    @skip_clarifications.validator
    def check_skip(self) -> None:
        if self.stage in (Stage.PENDING, Stage.TRIAGE):
            raise ApplicationError(f"No question is open: the research is {self.stage}.", type="OutOfTurn")

    @workflow.query
    def get_status(self) -> ResearchStatus:
        index = len(self.answers)
        is_waiting = self.stage == Stage.AWAITING_CLARIFICATIONS
        return ResearchStatus(
            status=self.stage,
            query=self.query,
            clarification_questions=self.questions,
            clarification_responses={f"question_{number}": answer for number, answer in enumerate(self.answers)},
            current_question=self.questions[index] if is_waiting else None,
            current_question_index=index,
            searches=self.manager.searches,
            started=self.started,
            changed=self.changed,
            error=self.error,
        )


def check_text(name: str, text: str) -> None:
    if not text.strip():
        raise ApplicationError(f"The {name} is empty.", type="Invalid")
    if len(text) > LONGEST_TEXT:
        raise ApplicationError(f"The {name} has {len(text)} characters; {LONGEST_TEXT} are allowed.", type="Invalid")
