"""What a research is told, what it says of itself, and what it leaves behind."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field

LONGEST_TEXT = 2_000
"""Characters in a query or in an answer."""


class UserQueryInput(BaseModel):
    query: str


class SingleClarificationInput(BaseModel):
    answer: str
    question_index: int | None = None
    """Which question, counted from 0. Without it: the first that is still open."""


class Stage(StrEnum):
    PENDING = "pending"  # no query yet
    TRIAGE = "triage"
    AWAITING_CLARIFICATIONS = "awaiting_clarifications"
    PLANNING = "planning"
    SEARCHING = "searching"
    WRITING = "writing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class SearchState(StrEnum):
    PLANNED = "planned"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Search(BaseModel):
    """One search of the plan."""

    query: str
    reason: str
    state: SearchState = SearchState.PLANNED
    started: datetime | None = None
    ended: datetime | None = None
    error: str = ""


class ResearchStatus(BaseModel):
    """How far a research is. Answers are under `question_0`, `question_1` and so on."""

    status: Stage = Stage.PENDING
    query: str = ""
    clarification_questions: list[str] = []
    clarification_responses: dict[str, str] = {}
    current_question: str | None = None
    current_question_index: int = 0
    searches: list[Search] = []
    started: datetime
    changed: datetime
    """When the present stage began."""
    error: str = ""


class Report(BaseModel):
    """The result of a research, and the form in which the writer gives it."""

    short_summary: str = Field(description="Two or three sentences that answer the query.")
    markdown_report: str = Field(description="The whole report in Markdown, with numbered sources at its end.")
    follow_up_questions: list[str] = Field(description="Questions that are worth a research of their own.")
