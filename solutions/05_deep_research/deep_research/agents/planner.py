"""Plans the searches."""

from agents import Agent
from pydantic import BaseModel, Field


class PlannedSearch(BaseModel):
    reason: str = Field(description="Why this search matters for the query.")
    query: str = Field(description="What to type into a search.")


class SearchPlan(BaseModel):
    searches: list[PlannedSearch] = Field(description="5 searches")


def planner_agent() -> Agent:
    return Agent(
        name="Planner Agent",
        instructions=(
            "Plan the web searches that best answer the research query, in the light of what the human has clarified. "
            "Output 5 terms to search for, each different from the others."
        ),
        output_type=SearchPlan,
    )
