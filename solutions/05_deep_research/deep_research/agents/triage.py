"""Decides whether a query says enough to start searching."""

from agents import Agent
from pydantic import BaseModel


class Triage(BaseModel):
    reasoning: str
    is_specific: bool


def triage_agent() -> Agent:
    return Agent(
        name="Triage Agent",
        instructions=(
            "Decide whether the research query is specific: whether its subject, its purpose and its bounds are clear enough "
            "for a useful report. Give your reasoning in one sentence."
        ),
        output_type=Triage,
    )
