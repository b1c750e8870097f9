"""Plans the searches."""

from agents import Agent
from pydantic import BaseModel, Field

from deep_research.models import MOST_SEARCHES, PlannedSearch


class SearchPlan(BaseModel):
    searches: list[PlannedSearch] = Field(description="5 searches", json_schema_extra={"maxItems": MOST_SEARCHES})


def planner_agent() -> Agent:
    return Agent(
        name="Planner Agent",
        instructions=(
            "Plan the web searches that best answer the research query, in the light of what the human has clarified. "
            "Output 5 terms to search for, each different from the others."
        ),
        output_type=SearchPlan,
    )
