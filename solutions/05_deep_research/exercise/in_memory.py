"""A research run in the memory of one process. It works, until the process is gone."""

import asyncio
from datetime import UTC, datetime

from deep_research.models import Report, Stage
from fastapi import HTTPException
from known import Known
from pipeline import brief, clarify, search, write


class Research:
    def __init__(self, query: str) -> None:
        self.known = Known(started=datetime.now(UTC), changed=datetime.now(UTC), query=query)
        self.report = asyncio.create_task(self.run())

    async def run(self) -> Report:
        self.enter(Stage.TRIAGE)
        self.known.questions = await clarify(self.known.query)
        self.enter(Stage.AWAITING_CLARIFICATIONS if self.known.questions else Stage.PLANNING)
        while not self.known.is_answered:  # noqa: ASYNC110 (it asks again and again; task 2 waits better)
            await asyncio.sleep(0.1)
        self.enter(Stage.SEARCHING)
        subject = brief(self.known.query, self.known.questions, self.known.answers)
        found = await search(subject)
        self.enter(Stage.WRITING)
        report = await write(subject, found)
        self.enter(Stage.COMPLETED)
        return report

    def enter(self, stage: Stage) -> None:
        self.known.enter(stage, datetime.now(UTC))

    async def triaged(self) -> None:
        """Wait until the questions are known, if there are any."""
        while self.known.stage in (Stage.PENDING, Stage.TRIAGE) and not self.report.done():  # noqa: ASYNC110 (so here)
            await asyncio.sleep(0.1)

    def answer(self, index: int, text: str) -> None:
        if (index, text) in list(enumerate(self.known.answers)):
            return  # the same answer again, as from a double click
        if index != len(self.known.answers) or self.known.is_answered:
            raise HTTPException(409, f"Question {index} is not the open one.")
        self.known.answers.append(text)
