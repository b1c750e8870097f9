"""The JSON of the calls."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from deep_research.models import LONGEST_TEXT, LONGEST_WAIT_S, MOST_SEARCHES, CitedReport, ResearchStatus, Stage


def readable(text: str) -> str:
    """The text without blanks around it. Raises ValueError when nothing is left, or when it holds a NUL."""
    if not text.strip():
        raise ValueError("there is no text in it")
    if "\0" in text:
        raise ValueError("it holds a NUL character")
    return text.strip()


Text = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT), AfterValidator(readable)]


class Query(BaseModel):
    query: Text
    plan_wait_s: Annotated[float, Field(ge=0, le=LONGEST_WAIT_S)] | None = 0
    """How long the plan waits for approval before it starts by itself: 0 not at all, null forever."""
    follows: Annotated[str, Field(max_length=100)] | None = None
    """The session that this one follows up on: it is told what that one has found."""
    questions_within_s: Annotated[float, Field(gt=0, le=50)] = 50
    """How long the call waits for triage; a proxy between us and the browser may give up after 60 s."""


class Answer(BaseModel):
    answer: Text


class Planned(BaseModel):
    query: Text
    reason: Annotated[str, Field(max_length=LONGEST_TEXT)] = "Added by hand."


class Plan(BaseModel):
    searches: Annotated[list[Planned], Field(min_length=1, max_length=MOST_SEARCHES)] | None = None
    approve: bool = True


class Waiting(BaseModel):
    """Model calls that failed and will be made again, by the one that was tried most often."""

    calls: int
    attempt: int
    reason: str
    detail: str
    next_try: datetime | None
    """None: it is being tried now."""


class Cost(BaseModel):
    so_far_usd: float
    per_search_usd: float
    report_usd: float
    ahead_usd: float
    is_paid: bool


class SessionStatus(ResearchStatus):
    session_id: str
    waiting: Waiting | None = None
    cost: Cost | None = None


class Accepted(BaseModel):
    """The answer is in. `session_status` says what comes next; the rest is here to save a call."""

    status: Literal["accepted"] = "accepted"
    session_id: str
    session_status: Stage
    current_question: str | None
    current_question_index: int


class Cancelling(BaseModel):
    status: Literal["cancelling"] = "cancelling"
    session_id: str


class Deleted(BaseModel):
    status: Literal["deleted"] = "deleted"
    session_id: str


class Result(CitedReport):
    session_id: str


class SessionLine(BaseModel):
    session_id: str
    query: str
    state: Literal["running", "completed", "failed", "cancelled", "terminated", "timed_out"]
    stage: Stage | None = None
    """How far an open one is, if its worker says so in time."""
    started: datetime
    ended: datetime | None


class SessionPage(BaseModel):
    sessions: list[SessionLine]
    next_cursor: str | None


class HealthBody(BaseModel):
    """`following`: research runs that open pages follow; `listening`: how many pages."""

    status: Literal["healthy", "unhealthy"]
    temporal: bool
    worker: bool
    task_queue: str
    following: int
    listening: int
    web_ui: str
    """The list of workflows in Temporal's Web UI; a research run is below it under its id."""
    start_server: str
    """What to type when this server has gone: it can't say so then."""
    detail: str | None = None
    start: str | None = None
