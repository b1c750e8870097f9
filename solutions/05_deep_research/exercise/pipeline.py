"""What a research run does, step by step. It doesn't say where it runs: in a server's memory or in a workflow."""

import asyncio

from agents import Runner
from deep_research.agents.clarifying import Questions, clarifying_agent
from deep_research.agents.planner import SearchPlan, planner_agent
from deep_research.agents.search import search_agent
from deep_research.agents.triage import Triage, triage_agent
from deep_research.agents.writer import writer_agent
from deep_research.models import Report


async def clarify(query: str) -> list[str]:
    """The questions to ask before the research can begin; none for a specific query."""
    triage = (await Runner.run(triage_agent(), query)).final_output_as(Triage)
    if triage.is_specific:
        return []
    return (await Runner.run(clarifying_agent(), query)).final_output_as(Questions).questions


def brief(query: str, questions: list[str], answers: list[str]) -> str:
    """The query with what the human has answered."""
    asked = "\n".join(f"Q: {question}\nA: {answer}" for question, answer in zip(questions, answers, strict=False))
    return f"Original query: {query}" + (f"\n\nClarifications:\n{asked}" if asked else "")


async def search(subject: str) -> list[str]:
    """Plan the searches, make them side by side, and return what each has found."""
    plan = (await Runner.run(planner_agent(), subject)).final_output_as(SearchPlan)
    terms = [f"Search term: {one.query}\nReason for searching: {one.reason}" for one in plan.searches]
    results = await asyncio.gather(*(Runner.run(search_agent(), term) for term in terms))
    return [str(result.final_output) for result in results]


async def write(subject: str, found: list[str]) -> Report:
    summaries = "\n\n".join(found)
    return (await Runner.run(writer_agent(), f"{subject}\n\nSummarized search results:\n{summaries}")).final_output_as(Report)
