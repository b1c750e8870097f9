"""The checks of exercise 02: one notice, posted by a workflow that retries, gives up, and tells a failure from an answer.

They break the weather service or its board, run the learner's workflow, and read the event history and the board.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import httpx
from temporalio.api.enums.v1 import RetryState
from temporalio.client import WorkflowHandle

from workshop.history import waiting
from workshop.checks import Bench, Finding, Outcome, Stop, check
from workshop.history import Run, Step, pid_of
from workshop.words import count

WORKFLOW, READ, POST = "NoticeWorkflow", "read_alerts", "post_notice"
FILES = ["activities.py", "workflow.py", "worker.py"]
ATTEMPTS = 4
"""How many attempts at an activity the learner's policy must allow."""


@check("02.notice", "Two activities put one notice on the board", needs=FILES, bound_s=40)
async def notice(bench: Bench) -> AsyncIterator[Finding]:
    some, none = _subscriber(bench, "Ada"), _subscriber(bench, "Cleo")
    with_alerts, without = await bench.start(WORKFLOW, "OK", some), await bench.start(WORKFLOW, "CT", none)
    outcome = await _settled(bench, with_alerts)
    yield _completes(outcome, "OK")
    if not outcome.completed:
        return
    yield Finding(
        _names(outcome.run) == [READ, POST],
        expected=f"the history has two activities, {READ} and then {POST}",
        seen=f"its activities are: {', '.join(_names(outcome.run)) or 'none'}",
        look="The workflow calls each with workflow.execute_activity, one after the other.",
    )
    posted = await bench.notices(subscriber=some)
    events = [feature["properties"]["event"] for feature in (await _ask(bench, "/alerts/active/area/OK"))["features"]]
    yield Finding(
        len(posted) == 1 and posted[0]["state"] == "OK",
        expected="one notice on the board for state OK and the subscriber of the run",
        seen=f"{count(len(posted), 'notice')} for that subscriber" + "".join(f", state {row['state']}" for row in posted),
        look='post_notice sends {"state": …, "subscriber": …, "text": …} to /notices, with what the workflow was given.',
    )
    missing = [event for event in events if not any(event in row["text"] for row in posted)]
    yield Finding(
        not missing,
        expected="the notice names every alert of OK",
        seen=f"not in its text: {', '.join(missing)}" if missing else f"its text names {', '.join(events)}",
        look='The text is made of all the headlines that read_alerts returned: "; ".join(alerts).',
    )
    yield Finding(
        isinstance(outcome.result, str) and some in outcome.result,
        expected="the run returns a text that names the subscriber",
        seen=f"it returned {outcome.result!r}",
        look="Return a text at the end of post_notice, and return it again from the workflow.",
    )
    outcome = await _settled(bench, without)
    posted = await bench.notices(subscriber=none)
    yield Finding(
        outcome.completed and POST not in _names(outcome.run) and not posted and isinstance(outcome.result, str),
        expected=f"for CT, which has no alerts, the run completes with a text and without {POST}",
        seen=f"{_how(outcome)}; its activities are: {', '.join(_names(outcome.run)) or 'none'}",
        look="Between the two activities: if the list is empty, return a text that says so.",
    )


@check("02.swallowed", "An outage is a failed attempt, not a notice", needs=FILES, bound_s=40)
async def swallowed(bench: Bench) -> AsyncIterator[Finding]:
    subscriber = _subscriber(bench, "Dora")
    await _break_alerts(bench, "MO")
    outcome = await _settled(bench, await bench.start(WORKFLOW, "MO", subscriber), lambda run: _goes_on(run, READ))
    step = _step(outcome.run, READ)
    texts = [row["text"] for row in await bench.notices(subscriber=subscriber)]
    yield Finding(
        not texts and not outcome.completed,
        expected="while the weather service is down, no notice, and no run that says all is well",
        seen=f"on the board: {texts[0][:120]!r}" if texts else f"the board is empty, and {_how(outcome)}",
        look="Something catches the exception and goes on as if nothing had happened. Let it out.",
    )
    yield Finding(
        bool(step and step.attempts >= 2 and step.last_failure),
        expected=f"the outage is visible: attempts of {READ} fail, and Temporal makes more",
        seen=_attempts(outcome.run, READ),
        look=f"An activity that returns has succeeded. {READ} must raise when the service reports an error.",
    )
    if step and step.last_failure:
        yield Finding(
            "503" in step.last_failure,
            expected="the failure names what the service said: status 503",
            seen=f"the last failure: {_short(step.last_failure)}",
            look="response.raise_for_status() before the answer is read: it raises with the status in its message.",
        )


@check("02.retry", "A short outage costs attempts, not the notice", needs=FILES, bound_s=45)
async def retry(bench: Bench) -> AsyncIterator[Finding]:
    subscriber = _subscriber(bench, "Emil")
    await _break_alerts(bench, "KY", times=2)
    await bench.fault("unavailable", on="weather", times=2, match=subscriber)
    outcome = await _settled(bench, await bench.start(WORKFLOW, "KY", subscriber))
    for name in (READ, POST):
        step = _step(outcome.run, name)
        yield Finding(
            bool(step and step.state == "completed" and step.attempts >= 3),
            expected=f"{name} fails twice, as the service does, and completes at the third attempt",
            seen=_attempts(outcome.run, name),
            look="It must raise on an error status, and the retry policy must leave room for a third attempt.",
        )
    yield _completes(outcome, "KY")
    posted = len(await bench.notices(subscriber=subscriber))
    yield Finding(
        posted == 1,
        expected="exactly one notice for the subscriber",
        seen=f"{count(posted, 'notice')} on the board",
        look="One POST in post_notice, and raise_for_status() behind it. Leave trying again to Temporal.",
    )


@check("02.gives_up", "A long outage ends the run after four attempts", needs=FILES, bound_s=45)
async def gives_up(bench: Bench) -> AsyncIterator[Finding]:
    reader, poster = _subscriber(bench, "Finn"), _subscriber(bench, "Gus")
    await _break_alerts(bench, "SD")
    await bench.fault("unavailable", on="weather", match=poster)
    runs = {READ: await bench.start(WORKFLOW, "SD", reader), POST: await bench.start(WORKFLOW, "NE", poster)}
    for name, handle in runs.items():
        outcome = await _settled(bench, handle, partial(_goes_on, name=name))
        step = _step(outcome.run, name)
        yield Finding(
            bool(step and step.state == "failed" and step.attempts == ATTEMPTS),
            expected=f"{name} is tried exactly {ATTEMPTS} times",
            seen=_attempts(outcome.run, name),
            look=f"RetryPolicy(maximum_attempts={ATTEMPTS}), and retry_policy=RETRIES at both activities.",
        )
        yield Finding(
            outcome.status == "Failed",
            expected=f"then the run fails, because {name} has failed",
            seen=_how(outcome),
            look=f"Nothing in the workflow may catch this failure. {outcome.look}",
        )


@check("02.unknown", "An unknown state fails at the first attempt", needs=FILES, bound_s=40)
async def unknown(bench: Bench) -> AsyncIterator[Finding]:
    subscriber = _subscriber(bench, "Hana")
    handle = await bench.start(WORKFLOW, "XX", subscriber)
    outcome = await _settled(bench, handle, lambda run: _goes_on(run, READ))
    step = _step(outcome.run, READ)
    yield Finding(
        outcome.status == "Failed" and not await bench.notices(subscriber=subscriber),
        expected="the run for the state XX fails, and nothing hangs on the board",
        seen=_how(outcome),
        look="The service answers 400 for a state that does not exist; read_alerts must raise then.",
    )
    yield Finding(
        bool(step and step.attempts == 1 and await _retry_state(handle) == RetryState.RETRY_STATE_NON_RETRYABLE_FAILURE),
        expected=f"{READ} fails at its first attempt, because the failure is non-retryable",
        seen=_attempts(outcome.run, READ),
        look="raise ApplicationError(…, non_retryable=True) for status 400 only. The retry policy stays as it is.",
    )
    if step and step.last_failure:
        yield Finding(
            "XX" in step.last_failure.partition("http")[0],
            expected="the failure says which state was meant",
            seen=f"the failure: {step.last_failure}",
            look="""Put the state into the message: f"{state!r} is not a US state".""",
        )


@check("02.answer", "The board's refusal is an answer, its outage is not", needs=FILES, bound_s=40)
async def answer(bench: Bench) -> AsyncIterator[Finding]:
    refused, delayed = _subscriber(bench, "Ida"), _subscriber(bench, "Jon")
    reason = (await _ask(bench, "/notices", {"state": "LS", "subscriber": refused, "text": "storm"}))["detail"]
    await bench.fault("unavailable", on="weather", times=1, match=delayed)
    on_land = await bench.start(WORKFLOW, "VA", delayed)
    on_water = await bench.start(WORKFLOW, "LS", refused)
    outcome = await _settled(bench, on_water, lambda run: _goes_on(run, POST))
    step = _step(outcome.run, POST)
    yield Finding(
        bool(outcome.completed and step and step.state == "completed" and step.attempts == 1),
        expected=f"for LS, which the board refuses, {POST} completes at its first attempt, and so does the run",
        seen=f"{_attempts(outcome.run, POST)}; {_how(outcome)}",
        look="Status 422 is the board's answer: return it before raise_for_status() makes a failure of it.",
    )
    yield Finding(
        isinstance(outcome.result, str) and reason in outcome.result,
        expected=f"the run returns the board's own reason: {reason}",
        seen=f"it returned {outcome.result!r}",
        look='The reason is response.json()["detail"]. Return it from post_notice, and that from the workflow.',
    )
    outcome = await _settled(bench, on_land, lambda run: _goes_on(run, POST, 3))
    posted = len(await bench.notices(subscriber=delayed))
    yield Finding(
        outcome.completed and outcome.run.attempts(POST) == 2 and posted == 1,
        expected=f"when the board is down for a moment (503), {POST} fails once, and the second attempt posts the notice",
        seen=f"{_attempts(outcome.run, POST)}; {count(posted, 'notice')} on the board",
        look="Only 422 is an answer. Every other error status is raised, so that Temporal tries again.",
    )


@check("02.crash", "A completed activity outlives its process", needs=FILES, stretch=True, bound_s=30)
async def crash(bench: Bench) -> AsyncIterator[Finding]:
    run = await _newest_run_of_the_learner(bench)
    read, post = _step(run, READ), _step(run, POST)
    yield Finding(
        run.status == "Completed",
        expected="your newest run has completed",
        seen=f"{run.workflow_id} is {run.status}",
        look="Restart the worker before the attempts are used up, and wait for handle.result().",
    )
    yield Finding(
        bool(read and read.state == "completed" and read.attempts == 1),
        expected=f"{READ} was completed by its only attempt",
        seen=_attempts(run, READ),
        look=f"Kill the worker only once an attempt of {POST} has failed; by then {READ} has completed.",
    )
    pids = [pid_of(step.worker) if step else None for step in (read, post)]
    yield Finding(
        None not in pids and pids[0] != pids[1],
        expected=f"one process ran {READ}, another one {POST}",
        seen=f"{READ} by process {pids[0] or '(none)'}, {POST} by process {pids[1] or '(none)'}",
        look="The worker must die between the two: break the board for this subscriber, so that there is time for it.",
    )


# --- what the checks share ---------------------------------------------------------------------------------------------


def _subscriber(bench: Bench, name: str) -> str:
    """Return a name that nobody else has, to tell this check's faults and notices from others."""
    return f"{name}-{int(bench.started * 1000) % 10**6:06d}"


async def _ask(bench: Bench, path: str, body: dict[str, str] | None = None) -> Any:
    """Ask the weather service for the facts, or send `body` to the board."""
    async with httpx.AsyncClient(base_url=_service(bench), trust_env=False) as client:
        return (await client.request("POST" if body else "GET", path, json=body)).json()


async def _break_alerts(bench: Bench, state: str, **details: Any) -> None:
    _service(bench)
    # The match includes the method: a swallowed error puts the address into a notice's text, and the board must accept that.
    await bench.fault("unavailable", on="weather", match=f"GET /alerts/active/area/{state}", **details)


def _service(bench: Bench) -> str:
    """Return the weather service's address. Raises Stop if the activities ask another service, which no check can break."""
    settings = bench.lab.settings
    if settings.weather_url != settings.weather_service_url:
        raise Stop(
            "the weather service of the workshop, which a check can break",
            f".env sends the activities to {settings.weather_url}",
            "Leave WEATHER_API_BASE in .env empty for this exercise, and run the cell with Lab(…) again.",
        )
    return settings.weather_service_url


async def _settled(
    bench: Bench, handle: WorkflowHandle[Any, Any], enough: Callable[[Run], bool] = lambda run: False, seconds: float = 20
) -> Outcome:
    """Return the run once it closes or is stuck, once `enough(run)` is true, or after `seconds`."""
    deadline = time.monotonic() + seconds
    run = await bench.read(handle)
    while run.is_open and not run.stuck and not enough(run) and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
        run = await bench.read(handle)
    return await bench.outcome(handle, timeout=0)


def _goes_on(run: Run, name: str, attempts: int = 2) -> bool:
    """Return whether an activity has been tried often enough to know that its policy has another limit."""
    step = _step(run, name)
    if step is None or step.retries is None:
        return False
    limit = step.retries.maximum_attempts
    return step.attempts > ATTEMPTS or (step.attempts >= attempts and not 0 < limit <= ATTEMPTS)


def _step(run: Run, name: str) -> Step | None:
    return next(iter(run.find(name)), None)


def _names(run: Run) -> list[str]:
    return [step.activity_type for step in run.activities]


def _how(outcome: Outcome) -> str:
    if outcome.completed:
        return f"the run completed with {outcome.result!r}"[:200]
    return f"the run is {outcome.status}" + (f": {_short(outcome.error)}" if outcome.error else "")


def _attempts(run: Run, name: str) -> str:
    """Say in words what the history tells about an activity."""
    step = _step(run, name)
    if step is None:
        return f"{name} does not stand in the history"
    said = f"{name}: {count(step.attempts, 'attempt')}, {'still open' if step.is_open else step.state}"
    if step.is_open and step.retries:
        most = step.retries.maximum_attempts
        said += f", and its policy allows {most}" if most else ", and its policy has no limit"
    return said + (f". Last failure: {_short(step.last_failure)}" if step.last_failure else "")


def _short(failure: str) -> str:
    """Drop httpx's advice on where to read about status codes."""
    return failure.partition(" For more information")[0]


def _completes(outcome: Outcome, state: str) -> Finding:
    return Finding(
        outcome.completed,
        expected=f"the run for {state} completes",
        seen=_how(outcome),
        look=outcome.look,
    )


async def _retry_state(handle: WorkflowHandle[Any, Any]) -> int | None:
    """Return why the failed activity was not tried again, as the server recorded it."""
    async for event in handle.fetch_history_events():
        if event.HasField("activity_task_failed_event_attributes"):
            return event.activity_task_failed_event_attributes.retry_state
    return None


async def _newest_run_of_the_learner(bench: Bench) -> Run:
    client = await bench.client()
    listed = [run async for run in waiting.runs_of(client, bench.queue)]
    own = [run for run in listed if not run.id.startswith("check-")]
    if newest := max(own, key=lambda run: run.start_time, default=None):
        return await bench.read(client.get_workflow_handle(newest.id, run_id=newest.run_id))
    raise Stop("a run that you started", f"none on {bench.queue}", "Fill in the cell of this task and run it.")
