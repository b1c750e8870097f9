"""What the checks of exercise 02 share: how they break the services, and how they say what they saw."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import httpx
from temporalio.client import WorkflowHandle

from workshop.checks import Outcome, Stop, Trial
from workshop.history import Run, Step, waiting
from workshop.words import count

WORKFLOW, READ, POST = "NoticeWorkflow", "read_alerts", "post_notice"
FILES = ["activities.py", "workflow.py", "worker.py"]
ATTEMPTS = 4
"""How many attempts at an activity the learner's policy must allow."""
FIRST_RETRY_S = 0.2
SETTLED_S = 20.0


async def ask_service(trial: Trial, path: str, body: dict[str, str] | None = None) -> Any:
    """Ask the weather service for the facts, or send `body` to the board."""
    async with httpx.AsyncClient(base_url=trial.lab.settings.weather_service_url, trust_env=False) as client:
        return (await client.request("POST" if body else "GET", path, json=body)).json()


async def break_alerts(trial: Trial, state: str, **details: Any) -> None:
    # The match includes the method: a swallowed error puts the address into a notice's text, and the board
    # must accept that.
    await trial.fault("unavailable", on="weather", match=f"GET /alerts/active/area/{state}", **details)


async def settled(
    trial: Trial, handle: WorkflowHandle[Any, Any], enough: Callable[[Run], bool] = lambda run: False
) -> Outcome:
    """Return the run once it closes or is stuck, once `enough(run)` is true, or after `SETTLED_S` seconds."""
    deadline = time.monotonic() + SETTLED_S
    run = await trial.read(handle)
    while run.is_open and not run.stuck and not enough(run) and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
        run = await trial.read(handle)
    return await trial.outcome(handle, timeout=0)


def goes_on(run: Run, name: str, attempts: int = 2) -> bool:
    """Return whether an activity has been tried often enough to know that its policy has another limit."""
    step = step_of(run, name)
    if step is None or step.retries is None:
        return False
    limit = step.retries.maximum_attempts
    return step.attempts > ATTEMPTS or (step.attempts >= attempts and not 0 < limit <= ATTEMPTS)


def step_of(run: Run, name: str) -> Step | None:
    return next(iter(run.find(name)), None)


def activities_of(run: Run) -> list[str]:
    return [step.activity_type for step in run.activities]


def how_it_went(outcome: Outcome) -> str:
    if outcome.completed:
        return f"the run completed with {outcome.result!r}"[:200]
    return f"the run is {outcome.status}" + (f": {without_advice(outcome.error)}" if outcome.error else "")


def attempts_at(run: Run, name: str) -> str:
    """Say in words what the history tells about an activity."""
    step = step_of(run, name)
    if step is None:
        return f"{name} is not in the history"
    said = f"{name}: {count(step.attempts, 'attempt')}, {'still open' if step.is_open else step.state}"
    if step.is_open and step.retries:
        most = step.retries.maximum_attempts
        said += f", and its policy allows {most}" if most else ", and its policy has no limit"
    return said + (f". Last failure: {without_advice(step.last_failure)}" if step.last_failure else "")


def without_advice(failure: str) -> str:
    """Drop httpx's advice on where to read about status codes."""
    return failure.partition(" For more information")[0]


async def retry_state(handle: WorkflowHandle[Any, Any]) -> int | None:
    """Return why the failed activity was not tried again, as the server recorded it."""
    async for event in handle.fetch_history_events():
        if event.HasField("activity_task_failed_event_attributes"):
            return event.activity_task_failed_event_attributes.retry_state
    return None


async def newest_run_of_the_learner(trial: Trial) -> Run:
    client = await trial.client()
    listed = [run async for run in waiting.runs_of(client, trial.queue)]
    own = [run for run in listed if not run.id.startswith("check-")]
    if newest := max(own, key=lambda run: run.start_time, default=None):
        return await trial.read(client.get_workflow_handle(newest.id, run_id=newest.run_id))
    raise Stop(
        "a run that you started", f"none on {trial.queue}", "Fill in the cell of this task and run it."
    )
