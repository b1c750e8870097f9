"""The learner's starter: its runs, its answer, and where the key may not be."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from temporalio.client import WorkflowFailureError, WorkflowHandle

from workshop.checks import Finding, Script, Stop, Trial, check
from workshop.checks.exercises.stage03.common import FILES
from workshop.checks.helpers import run_starter
from workshop.checks.shared import unique
from workshop.history import waiting


@check(
    "03.secret",
    "Your starter gets an answer, and the key is nowhere in the history",
    needs=["starter.py", *FILES],
    bound_s=45,
)
async def secret(trial: Trial) -> AsyncIterator[Finding]:
    await trial.start_worker()
    people = unique("Ana"), unique("Ben")
    requests = [f"Post a notice for {person} about the alerts in Texas." for person in people]
    # Both at once: since each has its own id, neither is in the other's way.
    scripts = [
        await trial.start_script(file, request)
        for file, request in zip(("starter.py", run_starter.__file__), requests, strict=True)
    ]
    first, second = [await trial.end_of(script, timeout=25) for script in scripts]
    runs = await _runs_since(trial, len(requests))
    if not runs:
        raise Stop(
            "a run that starter.py has started",
            "there is none on the task queue; the last line it printed: "
            f"{first.last_line[:300] or '(nothing)'}",
            "Run it by hand: python starter.py",
        )
    yield Finding(
        len(runs) == 2 and len({handle.id for handle in runs}) == 2,
        "two requests at the same moment are two runs, each with its own id",
        "ids of the two: "
        f"{', '.join(handle.id for handle in runs)}{'' if len(runs) == 2 else ', and no other'}",
        'A new id for each request: id=f"storm-notifier-{uuid4()}". Under a fixed one the second request is '
        "refused, or lost.",
    )
    answers = [await _answer(handle) for handle in runs]
    printed = sum(any(answer in script.output for answer in answers) for script in (first, second))
    yield Finding(
        bool(all(answers)) and printed == 2,
        "starter.py prints the answer, which is the result of its run",
        f"the last line it printed: {first.last_line[:300] or '(nothing)'}",
        "Wait for the result and return it: return await handle.result(). The task queue is the one of "
        "workflow.py.",
    )
    yield _plugin(second)
    yield await _key(trial, runs)


def _plugin(script: Script) -> Finding:
    """Return whether the starter's client has the plugin, as the program that ran the starter has seen."""
    plugins = next(
        (line for line in script.output.splitlines() if line.startswith(run_starter.PLUGINS)),
        "no client was connected",
    )
    return Finding(
        "OpenAIAgentsPlugin" in plugins,
        "the starter's client has the OpenAIAgentsPlugin, as the worker's has: both ends read and write the "
        "same data",
        plugins if plugins != run_starter.PLUGINS else f"{plugins} none",
        "Client.connect(…, plugins=[OpenAIAgentsPlugin()]). Plain text gets through without it; the next "
        "type may not.",
    )


async def _key(trial: Trial, runs: Sequence[WorkflowHandle[Any, Any]]) -> Finding:
    places = [
        place
        for handle in runs
        for place in _places(await handle.fetch_history(), trial.lab.settings.openai_api_key)
    ]
    return Finding(
        not places,
        "the value of OPENAI_API_KEY is nowhere in the event history",
        f"it is in {'; '.join(places)}" if places else "searched every event: it is in none",
        "Anyone who can read a history can read this. The worker has the key in its environment; nobody has "
        "to pass it on.",
    )


async def _answer(handle: WorkflowHandle[Any, Any]) -> str:
    """Return a run's result as text; empty if it has none within a few seconds."""
    try:
        return str(await asyncio.wait_for(handle.result(), 5))
    except (TimeoutError, WorkflowFailureError):
        return ""


async def _runs_since(trial: Trial, count: int) -> list[WorkflowHandle[Any, Any]]:
    """Return the runs that began on the learner's queue since the check did; wait for `count` of them."""
    client = await trial.client()
    deadline = time.monotonic() + 5
    while True:  # lists show a new run only after a moment
        listed = [run async for run in waiting.runs_of(client, trial.queue)]
        found = [run for run in listed if run.start_time.timestamp() >= trial.started]
        if len(found) >= count or time.monotonic() > deadline:
            return [client.get_workflow_handle(run.id, run_id=run.run_id) for run in found]
        await asyncio.sleep(0.2)


def _places(history: Any, key: str) -> Iterator[str]:
    """Yield the events of a history that contain the key as a word, each once."""
    word = re.compile(rb"(?<![\w-])" + re.escape(key.encode()) + rb"(?![\w-])")
    for event in history.events:
        if word.search(event.SerializeToString()):
            name = (event.WhichOneof("attributes") or "").removesuffix("_event_attributes").replace("_", " ")
            yield f"event {event.event_id} ({name})"
