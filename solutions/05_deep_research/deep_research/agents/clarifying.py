"""Asks the human what a vague query leaves open."""

from agents import Agent
from pydantic import BaseModel, Field

from deep_research.models import MOST_QUESTIONS


class Questions(BaseModel):
    questions: list[str] = Field(description="2 or 3 clarifying questions", json_schema_extra={"maxItems": MOST_QUESTIONS})


def clarifying_agent() -> Agent:
    return Agent(
        name="Clarifying Agent",
        instructions=(
            "The research query is too vague. Ask 2 or 3 short questions whose answers would change the report. "
            "Ask nothing that the query says already."
        ),
        output_type=Questions,
    )
