"""The pipeline: triage, questions, plan, searches in parallel, report. Every model call of a research is made here."""

import asyncio

from agents import AgentsException, Runner
from temporalio import workflow
from temporalio.exceptions import ApplicationError, TemporalError, is_cancelled_exception

from deep_research.agents.clarifying import Questions, clarifying_agent
from deep_research.agents.planner import SearchPlan, planner_agent
from deep_research.agents.search import search_agent
from deep_research.agents.triage import Triage, triage_agent
from deep_research.agents.writer import writer_agent
from deep_research.models import Report, Search, SearchState

AT_ONCE = 5
"""Searches under way at the same time."""


class InteractiveResearchManager:
    """One research. `searches` says at any moment how far each of them is."""

    def __init__(self) -> None:
        self.searches: list[Search] = []

    async def clarify(self, query: str) -> list[str]:
        """The questions to ask before the research can begin; none for a specific query."""
        triage = (await Runner.run(triage_agent(), query)).final_output_as(Triage)
        if triage.is_specific:
            return []
        return (await Runner.run(clarifying_agent(), query)).final_output_as(Questions).questions

    async def plan(self, brief: str) -> None:
        plan = (await Runner.run(planner_agent(), brief)).final_output_as(SearchPlan)
        self.searches = [Search(query=one.query, reason=one.reason, state=SearchState.PLANNED) for one in plan.searches]

    async def search(self) -> list[str]:
        """Make all planned searches and return what they found. Raises ApplicationError when every one failed."""
        bound = asyncio.Semaphore(AT_ONCE)
        found = await asyncio.gather(*(self._search(search, bound) for search in self.searches))
        results = [result for result in found if result is not None]
        if not results:
            reasons = sorted({search.error for search in self.searches}) or ["the plan has no search"]
            raise ApplicationError(f"Every search failed: {'; '.join(reasons)}", type="EverySearchFailed", non_retryable=True)
        return results

    async def _search(self, search: Search, bound: asyncio.Semaphore) -> str | None:
        async with bound:
            search.state, search.started = SearchState.RUNNING, workflow.now()
            try:
                term = f"Search term: {search.query}\nReason for searching: {search.reason}"
                result = await Runner.run(search_agent(), term)
            except (asyncio.CancelledError, TemporalError, AgentsException) as error:
                search.state, search.error = SearchState.FAILED, reason_of(error)
                if is_cancelled_exception(error):
                    raise
                return None
            else:
                search.state = SearchState.DONE
                return str(result.final_output)
            finally:
                search.ended = workflow.now()

    async def write(self, brief: str, results: list[str]) -> Report:
        """The report. Searches that failed are named at its end: a reader must know what nobody has looked at."""
        summaries = "\n\n".join(results)
        report = (await Runner.run(writer_agent(), f"{brief}\n\nSummarized search results:\n{summaries}")).final_output_as(Report)
        if missing := [f"- {search.query}: {search.error}" for search in self.searches if search.state == SearchState.FAILED]:
            report.markdown_report += "\n\n## Searches that failed\n\n" + "\n".join(missing)
        return report


def brief(query: str, questions: list[str], answers: list[str]) -> str:
    """The query with what the human has answered. Questions that were skipped are left out."""
    asked = "\n".join(f"Q: {question}\nA: {answer}" for question, answer in zip(questions, answers, strict=False))
    return f"Original query: {query}" + (f"\n\nClarifications:\n{asked}" if asked else "")


def reason_of(error: BaseException) -> str:
    """The innermost cause: an activity failed, for the model said …"""
    while cause := error.__cause__ or getattr(error, "cause", None):
        error = cause
    return str(getattr(error, "message", error))
