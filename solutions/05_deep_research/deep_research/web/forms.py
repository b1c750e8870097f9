"""The JSON of the calls."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from deep_research.models import LONGEST_TEXT, Report, ResearchStatus, Stage


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


class Answer(BaseModel):
    answer: Text


class SessionStatus(ResearchStatus):
    session_id: str


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


class Result(Report):
    session_id: str


class SessionLine(BaseModel):
    session_id: str
    query: str
    state: Literal["running", "completed", "failed", "cancelled", "terminated", "timed_out"]
    started: datetime
    ended: datetime | None


class SessionPage(BaseModel):
    sessions: list[SessionLine]
    next_cursor: str | None


class HealthBody(BaseModel):
    """`following`: researches that open pages look at; `listening`: how many pages."""

    status: Literal["healthy", "unhealthy"]
    temporal: bool
    worker: bool
    task_queue: str
    following: int
    listening: int
    web_ui: str
    """The list of workflows in Temporal's Web UI; a research is below it under its id."""
    detail: str | None = None
    start: str | None = None
