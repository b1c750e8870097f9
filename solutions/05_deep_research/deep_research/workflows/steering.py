"""Where a person takes the wheel: the plan before it costs money, and a step that has failed."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import TemporalError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from agents import AgentsException

    from deep_research.models import PlanInput, ResearchStatus, Stage
    from deep_research.reasons import in_full
    from deep_research.workflows.checks import check_searches, out_of_turn
    from deep_research.workflows.findings import same, to_search
    from deep_research.workflows.research_manager import InteractiveResearchManager

T = TypeVar("T")


class Steering(ABC):
    """The part of the workflow that knows its stage. Its Updates are the workflow's own."""

    def __init__(self) -> None:
        self.manager = InteractiveResearchManager()
        self.starts_by_itself: datetime | None = None
        self.failed_stage: Stage | None = None
        self.error = ""
        self.started = workflow.now()
        self.enter(Stage.PENDING)

    def enter(self, stage: Stage) -> None:
        self.stage, self.changed = stage, workflow.now()

    @abstractmethod
    def get_status(self) -> ResearchStatus:
        """Tell how far the research is. The workflow knows; this only passes it on."""

    async def done(self, step: Callable[[], Awaitable[T]]) -> T:
        """Repeat a step until it is done. One that fails for good keeps everything and waits to be tried again."""
        while True:
            try:
                return await step()
            except (TemporalError, AgentsException) as error:
                if is_cancelled_exception(error) or not workflow.patched("needs-attention"):
                    raise
                self.failed_stage, self.error = self.stage, in_full(error)
            self.enter(Stage.NEEDS_ATTENTION)
            await workflow.wait_condition(lambda: self.stage != Stage.NEEDS_ATTENTION)

    @workflow.update
    async def try_again(self) -> ResearchStatus:
        """Make the step that failed once more."""
        if self.failed_stage:
            self.enter(self.failed_stage)
            self.failed_stage, self.error = None, ""
        return self.get_status()

    @try_again.validator
    def check_try_again(self) -> None:
        if self.stage != Stage.NEEDS_ATTENTION:
            raise out_of_turn(f"Nothing needs another attempt: the research is {self.stage}.")

    async def approval(self, wait_s: float | None) -> None:
        """Wait until the plan is approved or its deadline has passed, unless somebody has begun to edit it."""
        self.starts_by_itself = None if wait_s is None else workflow.now() + timedelta(seconds=wait_s)
        self.enter(Stage.AWAITING_APPROVAL)
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self.stage != Stage.AWAITING_APPROVAL or self.starts_by_itself is None, timeout=wait_s
            )
            await workflow.wait_condition(lambda: self.stage != Stage.AWAITING_APPROVAL)
        self.starts_by_itself = None

    @workflow.update
    async def decide_plan(self, given: PlanInput) -> ResearchStatus:
        """Approve the plan, edited or not; or keep the edits and go on waiting."""
        if self.stage == Stage.AWAITING_APPROVAL:
            self.starts_by_itself = None
            if given.searches is not None:
                self.manager.searches = to_search(given.searches)
            if given.approve:
                self.enter(Stage.SEARCHING)
        return self.get_status()

    @decide_plan.validator
    def check_plan(self, given: PlanInput) -> None:
        if given.searches is not None:
            check_searches(given.searches)
        if self.stage == Stage.AWAITING_APPROVAL or self._is_approved(given):
            return
        raise out_of_turn(f"No plan waits for approval: the research is {self.stage}.")

    def _is_approved(self, given: PlanInput) -> bool:
        """The same approval twice, as from a double click, is one."""
        if not given.approve or self.stage not in (Stage.SEARCHING, Stage.WRITING):
            return False
        wanted = given.searches if given.searches is not None else self.manager.searches
        return [same(one.query) for one in wanted] == [same(one.query) for one in self.manager.searches]
