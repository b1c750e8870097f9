"""What goes into a research run, what it says about itself, and what it leaves behind."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field

LONGEST_TEXT = 2_000
"""Characters in a query, an answer, or a search of the plan."""
LONGEST_CONTEXT = 12_000
"""Characters of an earlier report that a follow-up research is given."""
LONGEST_WAIT_S = 7 * 24 * 3600.0
MOST_QUESTIONS = 3
MOST_SEARCHES = 12


class UserQueryInput(BaseModel):
    query: str
    plan_wait_s: float | None = Field(default=0, ge=0, le=LONGEST_WAIT_S)
    """How long the plan waits for approval before the searches start by themselves: 0 not at all, None forever."""
    context: str = ""
    """For a follow-up: what the earlier research asked and found."""


class SingleClarificationInput(BaseModel):
    answer: str
    question_index: int | None = None
    """Which question, counted from 0. Without it: the first that is still open."""


class PlannedSearch(BaseModel):
    reason: str = Field(description="Why this search matters for the query.")
    query: str = Field(description="What to type into a search.")


class PlanInput(BaseModel):
    searches: list[PlannedSearch] | None = None
    """The plan as edited; None: as it is."""
    approve: bool = True
    """False: keep the edits, and let the plan wait for approval without a deadline."""


class Stage(StrEnum):
    PENDING = "pending"  # no query yet
    TRIAGE = "triage"
    AWAITING_CLARIFICATIONS = "awaiting_clarifications"
    PLANNING = "planning"
    AWAITING_APPROVAL = "awaiting_approval"
    SEARCHING = "searching"
    WRITING = "writing"
    NEEDS_ATTENTION = "needs_attention"  # a step failed for good; a person may try it again
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class SearchState(StrEnum):
    PLANNED = "planned"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Source(BaseModel):
    """A page that a search has cited, with the sentence it was cited for."""

    url: str
    title: str = ""
    quote: str = ""


class Search(BaseModel):
    """One search of the plan."""

    query: str
    reason: str
    state: SearchState = SearchState.PLANNED
    started: datetime | None = None
    ended: datetime | None = None
    findings: str = ""
    sources: list[Source] = []
    error: str = ""


class Usage(BaseModel):
    """What the recorded model calls have used. Calls that failed or were cut off are not in it."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


class ResearchStatus(BaseModel):
    """How far a research run is. Answers are kept under `question_0`, `question_1` and so on."""

    status: Stage = Stage.PENDING
    query: str = ""
    clarification_questions: list[str] = []
    clarification_responses: dict[str, str] = {}
    current_question: str | None = None
    current_question_index: int = 0
    searches: list[Search] = []
    starts_by_itself: datetime | None = None
    """When a plan that waits for approval starts without it; None: not by itself."""
    usage: Usage = Usage()
    started: datetime
    changed: datetime
    """When the present stage began."""
    failed_stage: Stage | None = None
    """The step that needs attention, and that would be tried again."""
    error: str = ""


class Report(BaseModel):
    """A report in the form in which the writer gives it."""

    short_summary: str = Field(description="Two or three sentences that answer the query.")
    markdown_report: str = Field(description="The whole report in Markdown, with numbered sources at its end.")
    follow_up_questions: list[str] = Field(description="Questions that are worth a research run of their own.")


class CitedReport(Report):
    """The result of a research run: the report, and all pages that its searches have cited."""

    sources: list[Source] = []
