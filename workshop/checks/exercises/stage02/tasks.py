"""The checks of exercise 02: one notice, posted by a workflow that retries, gives up, and tells a failure
from an answer.

They break the weather service or its board, run the learner's workflow, and read the event history and the
board.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from temporalio.api.enums.v1 import RetryState
from temporalio.client import WorkflowHandle

from workshop.checks import Finding, Trial, check
from workshop.checks.exercises.stage02.common import (
    ATTEMPTS,
    FILES,
    FIRST_RETRY_S,
    POST,
    READ,
    WORKFLOW,
    activities_of,
    ask_service,
    attempts_at,
    break_alerts,
    goes_on,
    how_it_went,
    newest_run_of_the_learner,
    retry_state,
    settled,
    step_of,
    without_advice,
)
from workshop.checks.shared import ended, unique
from workshop.history import pid_of
from workshop.words import count


@check("02.notice", "Two activities put one notice on the board", needs=FILES, bound_s=40)
async def notice(trial: Trial) -> AsyncIterator[Finding]:
    some, none = unique("Ada"), unique("Cleo")
    with_alerts, without = await trial.start(WORKFLOW, "OK", some), await trial.start(WORKFLOW, "CT", none)
    outcome = await settled(trial, with_alerts)
    yield ended(outcome, "the run for OK completes")
    if not outcome.completed:
        return
    yield Finding(
        activities_of(outcome.run) == [READ, POST],
        expected=f"the history has two activities, {READ} and then {POST}",
        seen=f"its activities are: {', '.join(activities_of(outcome.run)) or 'none'}",
        look="The workflow calls each with workflow.execute_activity, one after the other.",
    )
    posted = await trial.notices(subscriber=some)
    events = [
        feature["properties"]["event"]
        for feature in (await ask_service(trial, "/alerts/active/area/OK"))["features"]
    ]
    yield Finding(
        len(posted) == 1 and posted[0]["state"] == "OK",
        expected="one notice on the board for state OK and the subscriber of the run",
        seen=f"{count(len(posted), 'notice')} for that subscriber"
        + "".join(f", state {row['state']}" for row in posted),
        look=(
            'post_notice sends {"state": …, "subscriber": …, "text": …} to /notices, with what the workflow '
            "was given."
        ),
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
    yield await _without_alerts(trial, without, none)


async def _without_alerts(trial: Trial, handle: WorkflowHandle[Any, Any], subscriber: str) -> Finding:
    outcome = await settled(trial, handle)
    posted = await trial.notices(subscriber=subscriber)
    return Finding(
        outcome.completed
        and POST not in activities_of(outcome.run)
        and not posted
        and isinstance(outcome.result, str),
        expected=f"for CT, which has no alerts, the run completes with a text and without {POST}",
        seen=f"{how_it_went(outcome)}; its activities are: {', '.join(activities_of(outcome.run)) or 'none'}",
        look="Between the two activities: if the list is empty, return a text that says so.",
    )


@check("02.swallowed", "An outage is a failed attempt, not a notice", needs=FILES, bound_s=40)
async def swallowed(trial: Trial) -> AsyncIterator[Finding]:
    subscriber = unique("Dora")
    await break_alerts(trial, "MO")
    outcome = await settled(
        trial, await trial.start(WORKFLOW, "MO", subscriber), lambda run: goes_on(run, READ)
    )
    step = step_of(outcome.run, READ)
    texts = [row["text"] for row in await trial.notices(subscriber=subscriber)]
    yield Finding(
        not texts and not outcome.completed,
        expected="while the weather service is down, no notice, and no run that says all is well",
        seen=f"on the board: {texts[0][:120]!r}"
        if texts
        else f"the board is empty, and {how_it_went(outcome)}",
        look="Something catches the exception and goes on as if nothing had happened. Let it through.",
    )
    yield Finding(
        bool(step and step.attempts >= 2 and step.last_failure),
        expected=f"the outage is visible: attempts of {READ} fail, and Temporal makes more",
        seen=attempts_at(outcome.run, READ),
        look=f"An activity that returns has succeeded. {READ} must raise when the service reports an error.",
    )
    if step and step.last_failure:
        yield Finding(
            "503" in step.last_failure,
            expected="the failure names what the service said: status 503",
            seen=f"the last failure: {without_advice(step.last_failure)}",
            look=(
                "response.raise_for_status() before the answer is read: it raises with the status in its "
                "message."
            ),
        )


@check("02.retry", "A short outage costs attempts, not the notice", needs=FILES, bound_s=45)
async def retry(trial: Trial) -> AsyncIterator[Finding]:
    subscriber = unique("Emil")
    await break_alerts(trial, "KY", times=2)
    await trial.fault("unavailable", on="weather", times=2, match=subscriber)
    outcome = await settled(trial, await trial.start(WORKFLOW, "KY", subscriber))
    for name in (READ, POST):
        step = step_of(outcome.run, name)
        yield Finding(
            bool(step and step.state == "completed" and step.attempts >= 3),
            expected=f"{name} fails twice, as the service does, and completes at the third attempt",
            seen=attempts_at(outcome.run, name),
            look=(
                "It must raise on an error status, and the retry policy must leave room for a third attempt."
            ),
        )
        yield Finding(
            bool(step and step.retries and step.retries.initial_interval == FIRST_RETRY_S),
            expected=f"the first retry of {name} comes after {FIRST_RETRY_S * 1000:.0f} ms",
            seen=f"its retry policy: {step.retries if step else 'none'}",
            look="initial_interval=timedelta(milliseconds=200) in RETRIES, and retry_policy=RETRIES at both "
            "activities.",
        )
    yield ended(outcome, "the run for KY completes")
    posted = len(await trial.notices(subscriber=subscriber))
    yield Finding(
        posted == 1,
        expected="exactly one notice for the subscriber",
        seen=f"{count(posted, 'notice')} on the board",
        look="One POST in post_notice, and raise_for_status() after it. Leave the retries to Temporal.",
    )


@check("02.gives_up", "A long outage ends the run after four attempts", needs=FILES, bound_s=45)
async def gives_up(trial: Trial) -> AsyncIterator[Finding]:
    reader, poster = unique("Finn"), unique("Gus")
    await break_alerts(trial, "SD")
    await trial.fault("unavailable", on="weather", match=poster)
    runs = {READ: await trial.start(WORKFLOW, "SD", reader), POST: await trial.start(WORKFLOW, "NE", poster)}
    for name, handle in runs.items():
        outcome = await settled(trial, handle, partial(goes_on, name=name))
        step = step_of(outcome.run, name)
        yield Finding(
            bool(step and step.state == "failed" and step.attempts == ATTEMPTS),
            expected=f"{name} is tried exactly {ATTEMPTS} times",
            seen=attempts_at(outcome.run, name),
            look=f"RetryPolicy(maximum_attempts={ATTEMPTS}), and retry_policy=RETRIES at both activities.",
        )
        yield Finding(
            outcome.status == "Failed",
            expected=f"then the run fails, because {name} has failed",
            seen=how_it_went(outcome),
            look=f"After the last attempt the failure must reach the end of run(). {outcome.look}",
        )


@check("02.unknown", "An unknown state fails at the first attempt", needs=FILES, bound_s=40)
async def unknown(trial: Trial) -> AsyncIterator[Finding]:
    subscriber = unique("Hana")
    handle = await trial.start(WORKFLOW, "XX", subscriber)
    outcome = await settled(trial, handle, lambda run: goes_on(run, READ))
    step = step_of(outcome.run, READ)
    yield Finding(
        outcome.status == "Failed" and not await trial.notices(subscriber=subscriber),
        expected="the run for the state XX fails, and nothing is on the board",
        seen=how_it_went(outcome),
        look="The service answers 400 for a state that does not exist; read_alerts must raise then.",
    )
    yield Finding(
        bool(
            step
            and step.attempts == 1
            and await retry_state(handle) == RetryState.RETRY_STATE_NON_RETRYABLE_FAILURE
        ),
        expected=f"{READ} fails at its first attempt, because the failure is non-retryable",
        seen=attempts_at(outcome.run, READ),
        look=(
            "raise ApplicationError(…, non_retryable=True) for status 400 only. The retry policy stays as it "
            "is."
        ),
    )
    if step and step.last_failure:
        yield Finding(
            "XX" in step.last_failure.partition("http")[0],
            expected="the failure says which state was meant",
            seen=f"the failure: {step.last_failure}",
            look="""Put the state into the message: f"{state!r} is not a US state".""",
        )


@check("02.answer", "The board's refusal is an answer, its outage is not", needs=FILES, bound_s=40)
async def answer(trial: Trial) -> AsyncIterator[Finding]:
    refused, delayed = unique("Ida"), unique("Jon")
    reason = (await ask_service(trial, "/notices", {"state": "LS", "subscriber": refused, "text": "storm"}))[
        "detail"
    ]
    await trial.fault("unavailable", on="weather", times=1, match=delayed)
    on_land = await trial.start(WORKFLOW, "VA", delayed)
    on_water = await trial.start(WORKFLOW, "LS", refused)
    outcome = await settled(trial, on_water, lambda run: goes_on(run, POST))
    step = step_of(outcome.run, POST)
    yield Finding(
        bool(outcome.completed and step and step.state == "completed" and step.attempts == 1),
        expected=(
            f"for LS, which the board refuses, {POST} completes at its first attempt, and so does the run"
        ),
        seen=f"{attempts_at(outcome.run, POST)}; {how_it_went(outcome)}",
        look="Status 422 is the board's answer: return it before raise_for_status() turns it into a failure.",
    )
    yield Finding(
        isinstance(outcome.result, str) and reason in outcome.result,
        expected=f"the run returns the board's own reason: {reason}",
        seen=f"it returned {outcome.result!r}",
        look=(
            'The reason is response.json()["detail"]. Return it from post_notice, and that from the workflow.'
        ),
    )
    outcome = await settled(trial, on_land, lambda run: goes_on(run, POST, 3))
    posted = len(await trial.notices(subscriber=delayed))
    yield Finding(
        outcome.completed and outcome.run.attempts(POST) == 2 and posted == 1,
        expected=(
            f"when the board is down for a moment (503), {POST} fails once, and the second attempt posts the "
            "notice"
        ),
        seen=f"{attempts_at(outcome.run, POST)}; {count(posted, 'notice')} on the board",
        look="Only 422 is an answer. Every other error status is raised, so that Temporal tries again.",
    )


@check("02.crash", "A completed activity outlives its process", needs=FILES, stretch=True, bound_s=30)
async def crash(trial: Trial) -> AsyncIterator[Finding]:
    run = await newest_run_of_the_learner(trial)
    read, post = step_of(run, READ), step_of(run, POST)
    yield Finding(
        run.status == "Completed",
        expected="your newest run has completed",
        seen=f"{run.workflow_id} is {run.status}",
        look="Restart the worker before the attempts are used up, and wait for handle.result().",
    )
    yield Finding(
        bool(read and read.state == "completed" and read.attempts == 1),
        expected=f"{READ} was completed by its only attempt",
        seen=attempts_at(run, READ),
        look=f"Kill the worker only once an attempt of {POST} has failed; by then {READ} has completed.",
    )
    pids = [pid_of(step.worker) if step else None for step in (read, post)]
    yield Finding(
        None not in pids and pids[0] != pids[1],
        expected=f"one process ran {READ}, another one {POST}",
        seen=f"{READ} by process {pids[0] or '(none)'}, {POST} by process {pids[1] or '(none)'}",
        look=(
            "The worker must die between the two: break the board for this subscriber, so that there is time "
            "for it."
        ),
    )
