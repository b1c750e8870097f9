"""What both servers accept and return over HTTP."""

from typing import Any

from deep_research.models import ResearchStatus, UserQueryInput
from pydantic import BaseModel, Field


class Query(UserQueryInput):
    query: str = Field(min_length=1)


class Answer(BaseModel):
    answer: str = Field(min_length=1)


def shown(session_id: str, status: ResearchStatus) -> dict[str, Any]:
    return {"session_id": session_id, **status.model_dump(mode="json")}
