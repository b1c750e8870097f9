"""A worker whose researches contain what an attacker would put there. The test copies it into the
application's folder.

It is a research in everything that a page sees (names, Updates, Query, result); a query that begins with
`fail` fails.
"""

import asyncio
import os

from deep_research.connection import connect
from deep_research.models import (
    CitedReport,
    PlanInput,
    ResearchStatus,
    Search,
    SearchState,
    SingleClarificationInput,
    Source,
    Stage,
    UserQueryInput,
)
from deep_research.workflows.research_workflow import TASK_QUEUE
from temporalio import workflow
from temporalio.exceptions import ApplicationError
from temporalio.openai_agents import OpenAIAgentsPlugin
from temporalio.worker import Worker

REPORT = """# {text}

{text}

## {text}

- {text} [1]
- *{text}* **{text}** `{text}`

> {text}

| {text} | [{text}](https://example.org/{text}) |
|---|---|
| {text} | {text} [2] |

<div onclick="pwned()">{text}</div>

    {text}

## Sources

1. [{text}](https://example.org/one)
2. [source]({text})
3. [source](https://example.org "{text}")
4. <{text}>
5. ![{text}]({text})
"""


@workflow.defn(name="InteractiveResearchWorkflow")
class HostileWorkflow:
    def __init__(self) -> None:
        now = workflow.now()
        self.state = ResearchStatus(started=now, changed=now)
        self.wants_plan = False

    @workflow.run
    async def run(self) -> CitedReport:
        await workflow.wait_condition(lambda: self.state.clarification_responses != {})
        text, now = self.state.query, workflow.now()
        states = [SearchState.DONE, SearchState.FAILED, SearchState.RUNNING]
        sources = [
            Source(url=text, title=text, quote=text),
            Source(url="https://example.org/one", title=text, quote=text),
        ]
        self.state.searches = [
            Search(query=text, reason=text, state=state, started=now, ended=now, error=text)
            for state in states
        ]
        for search in self.state.searches:
            search.findings, search.sources = text, sources
        if self.wants_plan:
            self.state.status = Stage.AWAITING_APPROVAL
            await workflow.wait_condition(lambda: self.state.status != Stage.AWAITING_APPROVAL)
            self.state.status, self.state.failed_stage = Stage.NEEDS_ATTENTION, Stage.SEARCHING
            self.state.error = text
            await workflow.wait_condition(lambda: self.state.status != Stage.NEEDS_ATTENTION)
            self.state.failed_stage = None
        self.state.status = Stage.SEARCHING
        await workflow.sleep(0.5)
        self.state.error = text
        if text.startswith("fail"):
            self.state.status = Stage.FAILED
            raise ApplicationError(text)
        self.state.status = Stage.COMPLETED
        return CitedReport(
            short_summary=text,
            markdown_report=REPORT.format(text=text),
            follow_up_questions=[text] * 3,
            sources=sources,
        )

    @workflow.update
    async def start_research(self, given: UserQueryInput) -> ResearchStatus:
        self.wants_plan = given.plan_wait_s is None
        self.state.query, self.state.status = given.query, Stage.AWAITING_CLARIFICATIONS
        self.state.clarification_questions, self.state.current_question = [given.query], given.query
        return self.state

    @workflow.update
    async def provide_clarification(self, given: SingleClarificationInput) -> ResearchStatus:
        self.state.clarification_responses, self.state.current_question = {"question_0": given.answer}, None
        return self.state

    @workflow.update
    async def decide_plan(self, given: PlanInput) -> ResearchStatus:
        self.state.status = Stage.SEARCHING if given.approve else Stage.AWAITING_APPROVAL
        return self.state

    @workflow.update
    async def try_again(self) -> ResearchStatus:
        self.state.status = Stage.SEARCHING
        return self.state

    @workflow.query
    def get_status(self) -> ResearchStatus:
        return self.state


async def main() -> None:
    from run_worker import runtime  # not within the sandbox

    client = await connect(plugins=[OpenAIAgentsPlugin()], runtime=runtime())
    async with Worker(client, task_queue=TASK_QUEUE, workflows=[HostileWorkflow]):
        print("Hostile worker started", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
    os._exit(0)
