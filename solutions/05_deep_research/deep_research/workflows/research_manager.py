"""The pipeline: triage, questions, plan, searches in parallel, report. Every model call of a research run is made here."""

import asyncio

from agents import AgentsException
from temporalio import workflow
from temporalio.exceptions import ApplicationError, TemporalError, is_cancelled_exception

from deep_research.agents.clarifying import Questions, clarifying_agent
from deep_research.agents.planner import SearchPlan, planner_agent
from deep_research.agents.search import search_agent
from deep_research.agents.triage import Triage, triage_agent
from deep_research.agents.writer import writer_agent
from deep_research.models import CitedReport, Report, Search, SearchState, Usage
from deep_research.reasons import in_full
from deep_research.workflows.asking import ask
from deep_research.workflows.findings import distinct, sources_of, to_ask, to_search

AT_ONCE = 5
"""Searches under way at the same time."""


class InteractiveResearchManager:
    """One research run. `searches` says how far each of them is at any moment, `usage` what all calls have used."""

    def __init__(self) -> None:
        self.searches: list[Search] = []
        self.usage = Usage()

    async def is_specific(self, subject: str) -> bool:
        return (await ask(triage_agent(), subject, self.usage)).final_output_as(Triage).is_specific

    async def clarify(self, subject: str) -> list[str]:
        """The questions to ask before the research can begin."""
        return to_ask((await ask(clarifying_agent(), subject, self.usage)).final_output_as(Questions).questions)

    async def plan(self, brief: str) -> None:
        def problem_of(plan: SearchPlan) -> str:
            return "" if any(one.query.strip() for one in plan.searches) else "the plan has no search"

        plan = (await ask(planner_agent(), brief, self.usage, problem_of)).final_output_as(SearchPlan)
        self.searches = to_search(plan.searches)

    async def search(self) -> None:
        """Make all searches that aren't done yet. Raises ApplicationError if every one failed."""
        bound = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(self._search(one, bound) for one in self.searches if one.state != SearchState.DONE))
        if all(one.state == SearchState.FAILED for one in self.searches):
            reasons = sorted({search.error for search in self.searches}) or ["the plan has no search"]
            raise ApplicationError(f"Every search failed: {'; '.join(reasons)}", type="EverySearchFailed", non_retryable=True)

    async def _search(self, search: Search, bound: asyncio.Semaphore) -> None:
        async with bound:
            search.state, search.started, search.ended = SearchState.RUNNING, workflow.now(), None
            try:
                term = f"Search term: {search.query}\nReason for searching: {search.reason}"
                found = await ask(search_agent(), term, self.usage, lambda text: "" if text.strip() else "it was empty")
            except (asyncio.CancelledError, TemporalError, AgentsException) as error:
                search.state, search.error = SearchState.FAILED, in_full(error)
                if is_cancelled_exception(error):
                    raise
            else:
                search.state, search.error = SearchState.DONE, ""
                search.findings, search.sources = str(found.final_output), sources_of(found)
            finally:
                search.ended = workflow.now()

    async def write(self, brief: str) -> CitedReport:
        """The report. It ends with the searches that failed: a reader must know what nobody has looked at."""
        done = [search for search in self.searches if search.state == SearchState.DONE]
        summaries = "\n\n".join(f"Searched for: {search.query}\n{search.findings}" for search in done)
        said = f"{brief}\n\nSummarized search results:\n{summaries}"
        written = (await ask(writer_agent(), said, self.usage, problem_of_report)).final_output_as(Report)
        report = CitedReport(**written.model_dump())
        report.sources = distinct((one for search in done for one in search.sources), lambda source: source.url)
        if missing := [f"- {search.query}: {search.error}" for search in self.searches if search not in done]:
            report.markdown_report += "\n\n## Searches that failed\n\n" + "\n".join(missing)
        return report


def problem_of_report(report: Report) -> str:
    return "" if report.markdown_report.strip() else "the report is empty"


def brief(query: str, questions: list[str], answers: list[str], context: str = "") -> str:
    """The query with what the human has answered. Questions that were skipped are left out."""
    asked = "\n".join(f"Q: {question}\nA: {answer}" for question, answer in zip(questions, answers, strict=False))
    parts = [f"Original query: {query}", asked and f"Clarifications:\n{asked}", context]
    return "\n\n".join(part for part in parts if part)
