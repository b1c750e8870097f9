"""A research run that outlives its process: the event history keeps what is known, and Temporal waits for the human."""

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from deep_research.models import Report, ResearchStatus, SingleClarificationInput, Stage, UserQueryInput
    from known import Known
    from pipeline import brief, clarify, search, write

TASK_QUEUE = "deep-research-exercise-queue"


@workflow.defn
class InteractiveResearchWorkflow:
    def __init__(self) -> None:
        self.known = Known(started=workflow.now(), changed=workflow.now())

    @workflow.run
    async def run(self) -> Report:
        ### BEGIN SOLUTION: wait until there is a query
        await workflow.wait_condition(lambda: self.known.query != "")
        ### END SOLUTION
        self.enter(Stage.TRIAGE)
        self.known.questions = await clarify(self.known.query)
        self.enter(Stage.AWAITING_CLARIFICATIONS if self.known.questions else Stage.PLANNING)
        ### BEGIN SOLUTION: wait until every question is answered
        await workflow.wait_condition(lambda: self.known.is_answered)
        ### END SOLUTION
        self.enter(Stage.SEARCHING)
        subject = brief(self.known.query, self.known.questions, self.known.answers)
        found = await search(subject)
        self.enter(Stage.WRITING)
        report = await write(subject, found)
        self.enter(Stage.COMPLETED)
        return report

    def enter(self, stage: Stage) -> None:
        self.known.enter(stage, workflow.now())

    @workflow.update
    async def start_research(self, given: UserQueryInput) -> ResearchStatus:
        ### BEGIN SOLUTION: take the query, wait until triage is over, return the status
        self.known.query = self.known.query or given.query  # a second one changes nothing
        await workflow.wait_condition(lambda: self.known.stage not in (Stage.PENDING, Stage.TRIAGE))
        return self.known.status()
        ### END SOLUTION

    @workflow.update
    async def provide_clarification(self, given: SingleClarificationInput) -> ResearchStatus:
        ### BEGIN SOLUTION: keep an answer that is new, return the status
        if given.question_index == len(self.known.answers):
            self.known.answers.append(given.answer)
        return self.known.status()
        ### END SOLUTION

    @provide_clarification.validator
    def check_answer(self, given: SingleClarificationInput) -> None:
        ### BEGIN SOLUTION: let an answer to the open question pass, and a repeated one; refuse every other
        if (given.question_index, given.answer) in list(enumerate(self.known.answers)):
            return  # the same answer again, as from a double click
        if given.question_index != len(self.known.answers) or self.known.is_answered:
            raise ApplicationError(f"Question {given.question_index} is not the open one.", type="OutOfTurn")
        ### END SOLUTION

    @workflow.query
    def get_status(self) -> ResearchStatus:
        ### BEGIN SOLUTION: what is known at this moment
        return self.known.status()
        ### END SOLUTION
