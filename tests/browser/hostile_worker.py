"""A worker whose researches hold what an attacker would put there. The test copies it into the application's
folder.

It is a research in everything that a page sees (names, Updates, Query, result); a query that begins with
`fail` fails.
"""

import asyncio
import os

from deep_research.connection import connect
from deep_research.models import (
    Report,
    ResearchStatus,
    Search,
    SearchState,
    SingleClarificationInput,
    Stage,
    UserQueryInput,
)
from deep_research.workflows.research_workflow import TASK_QUEUE
from run_worker import runtime
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

    @workflow.run
    async def run(self) -> Report:
        await workflow.wait_condition(lambda: self.state.clarification_responses != {})
        text, now = self.state.query, workflow.now()
        states = [SearchState.DONE, SearchState.FAILED, SearchState.RUNNING]
        self.state.searches = [
            Search(query=text, reason=text, state=state, started=now, ended=now, error=text)
            for state in states
        ]
        self.state.status = Stage.SEARCHING
        await workflow.sleep(0.5)
        self.state.error = text
        if text.startswith("fail"):
            self.state.status = Stage.FAILED
            raise ApplicationError(text)
        self.state.status = Stage.COMPLETED
        return Report(
            short_summary=text, markdown_report=REPORT.format(text=text), follow_up_questions=[text] * 3
        )

    @workflow.update
    async def start_research(self, given: UserQueryInput) -> ResearchStatus:
        self.state.query, self.state.status = given.query, Stage.AWAITING_CLARIFICATIONS
        self.state.clarification_questions, self.state.current_question = [given.query], given.query
        return self.state

    @workflow.update
    async def provide_clarification(self, given: SingleClarificationInput) -> ResearchStatus:
        self.state.clarification_responses, self.state.current_question = {"question_0": given.answer}, None
        return self.state

    @workflow.query
    def get_status(self) -> ResearchStatus:
        return self.state


async def main() -> None:
    client = await connect(plugins=[OpenAIAgentsPlugin()], runtime=runtime())
    async with Worker(client, task_queue=TASK_QUEUE, workflows=[HostileWorkflow]):
        print("Hostile worker started", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
    os._exit(0)
