"""The learner's own check, and a model that asks twice."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from workshop.checks import Finding, Stop, Trial, check
from workshop.checks.exercises.stage03.common import FILES, WORKFLOW, notices, request, tally
from workshop.checks.helpers.asks_twice import AsksTwice
from workshop.checks.shared import unique
from workshop.history.records import Run


@check(
    "03.own",
    "Your own check counts correctly in runs it has not seen",
    needs=["own_check.py:count_activities", *FILES],
    bound_s=45,
)
async def own(trial: Trial) -> AsyncIterator[Finding]:
    function = trial.load("own_check.py").count_activities
    chat = await trial.ask(WORKFLOW, "What can you do?", timeout=15)
    yield await _counted(function, chat.handle, chat.run, "a run without a tool")
    both = await trial.ask(WORKFLOW, request(unique("Ana"), unique("Ben")), timeout=20)
    yield await _counted(function, both.handle, both.run, "a run that posts two notices")
    await trial.fault("unavailable", on="weather", match="/alerts/")
    stuck = await trial.start(WORKFLOW, request(unique("Ana"), unique("Ben")))

    async def retried() -> Run | None:
        run = await trial.read(stuck)
        return run if run.attempts("get_weather") >= 2 else None

    waiting: Run | None = await trial.until(
        retried, "get_weather is tried again while the weather service is down"
    )
    assert waiting
    yield await _counted(function, stuck, waiting, "a run whose tools are still being retried")


async def _counted(function: Any, handle: WorkflowHandle[Any, Any], run: Run, what: str) -> Finding:
    answer = await asyncio.to_thread(function, await handle.fetch_history())
    if inspect.isawaitable(answer):
        answer = await answer
    expected = len(run.activities)
    return Finding(
        answer == expected and not isinstance(answer, bool),
        f"{expected} for {what}",
        f"count_activities said {answer!r} for {what}",
        "Print the events of a history: which of them is there once for each activity, from the moment it is "
        "asked for?",
    )


@check("03.again", "A model that asks twice still posts once", needs=FILES, stretch=True, bound_s=40)
async def again(trial: Trial) -> AsyncIterator[Finding]:
    person = unique("Ana")
    await trial.start_worker()
    client = await Client.connect(trial.lab.settings.temporal_address)
    queue = f"check-{person}"
    # The check's own workflow runs without the sandbox, which would load the whole workshop a second time.
    async with Worker(
        client, task_queue=queue, workflows=[AsksTwice], workflow_runner=UnsandboxedWorkflowRunner()
    ):
        arguments = [trial.queue, "TX", person]
        asking = client.execute_workflow(
            AsksTwice.run, args=arguments, id=queue, task_queue=queue, execution_timeout=timedelta(seconds=20)
        )
        try:
            said = await asking
        except WorkflowFailureError as error:
            raise Stop(
                "post_notice can be called twice in one run", f"{error.cause}", "See the worker's log."
            ) from error
    posted = await notices(trial, person)
    yield Finding(
        set(posted.values()) == {1},
        "one notice, though post_notice is called twice in one run for the same subscriber and state, in "
        "different words",
        f"{tally(posted)}; post_notice answered: {said[-1][:200]}",
        "activity_id is the same in all attempts of one call, but different in the next call. Which facts "
        "are the same in both?",
    )
