"""The worker, killed during a model call and between a notice and its record."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

from workshop.checks import Finding, Stop, Trial, check
from workshop.checks.exercises.stage03.common import FILES, WORKFLOW, notices, request, tally
from workshop.checks.shared import RECOVERY_S, ended, goes_on, hit, in_seconds, unique, you_said
from workshop.history.records import Step
from workshop.words import count

CALL_S = 1.5
"""How long the model call during which the worker is killed takes, in seconds."""


@check("03.recovery", f"A kill in the middle of a model call costs under {RECOVERY_S:.0f} s", needs=FILES)
async def recovery(trial: Trial) -> AsyncIterator[Finding]:
    person = unique("Ana")
    # The second model call, at both attempts: by then the worker has just polled its sticky queue. The server
    # skips a queue that nobody has polled for 10 s, and a long wait there would not show.
    await trial.fault("slow", delay_s=CALL_S, times=2, match="severity")
    handle = await trial.start(WORKFLOW, f"Post a notice for {person} about the alerts in Texas.")
    await trial.model_call_in_flight(for_s=CALL_S / 2)
    await trial.crash()
    killed = time.time()
    await trial.restart()
    outcome = await trial.outcome(handle, timeout=RECOVERY_S + CALL_S + 5)
    run = outcome.run
    if len(run.model_calls) < 2:
        raise Stop(
            "two model calls in the history",
            f"there is {len(run.model_calls)}",
            'First the agent: lab.check("03.durable")',
        )
    hit(run)
    call = run.model_calls[1]
    if call.attempts < 2 and call.is_open:
        yield _unnoticed(trial, call, killed)
        return
    yield ended(outcome)
    if call.started and call.closed:
        yield Finding(
            call.started.timestamp() - killed < RECOVERY_S,
            f"the interrupted call is tried again within {RECOVERY_S:.0f} s of the kill",
            f"tried again {call.started.timestamp() - killed:.1f} s after the kill",
            "heartbeat_timeout in the ModelActivityParameters decides how soon a dead worker is detected.",
        )
        yield goes_on(run, call.closed.timestamp(), "the call")
    if run.closed:
        calls = sum(_seconds_since(killed, step) for step in run.activities)
        cost = max(run.closed.timestamp() - killed - calls, 0.0)
        yield Finding(
            cost < RECOVERY_S,
            f"from the kill to the result under {RECOVERY_S:.0f} s, the calls themselves not counted",
            f"the kill cost {cost:.1f} s",
            "Look at the picture of the run: where is nothing happening?",
        )


def _unnoticed(trial: Trial, call: Step, killed: float) -> Finding:
    return Finding(
        False,
        f"the interrupted call is tried again within {RECOVERY_S:.0f} s of the kill",
        f"{time.time() - killed:.0f} s after the kill the server still believes that it runs: heartbeat "
        f"time-out {in_seconds(call.timeouts.heartbeat)}, start-to-close "
        f"{in_seconds(call.timeouts.start_to_close)}{you_said(trial)}",
        "Who could tell the server that the worker is dead? See heartbeat_timeout in "
        "ModelActivityParameters.",
    )


def _seconds_since(killed: float, step: Step) -> float:
    """Return how long an attempt after the kill took; 0 for one that the kill itself cut short."""
    if not step.started or not step.closed or step.started.timestamp() < killed:
        return 0.0
    return (step.closed - step.started).total_seconds()


@check("03.crash", "A kill costs no recorded model call", needs=FILES)
async def crash(trial: Trial) -> AsyncIterator[Finding]:
    person = unique("Ana")
    await trial.fault(
        "slow", delay_s=CALL_S, times=2, match="severity"
    )  # the call that reads alerts, at both attempts
    handle = await trial.start(WORKFLOW, f"Post a notice for {person} about the alerts in Texas.")
    await trial.model_call_in_flight(for_s=CALL_S / 2)
    before = await trial.receipts(handle)
    yield Finding(
        len(before.recorded) >= 1,
        "the model's first answer is recorded before the kill, while the second one is being written",
        f"recorded before the kill: {count(len(before.recorded), 'receipt')}",
        "What is not in the history when the process dies is lost. Do model calls run as activities of their "
        "own?",
    )
    await trial.crash()
    await trial.restart()
    outcome = await trial.outcome(handle, timeout=35)
    yield ended(outcome, "the run completes after the kill")
    hit(outcome.run)
    after = await trial.receipts(outcome.run)
    yield Finding(
        set(before.recorded) <= set(after.recorded),
        "what was recorded before the kill is still there at the end",
        f"kept: {len(set(before.recorded) & set(after.recorded))} of "
        f"{count(len(before.recorded), 'receipt')}",
        "Compare the receipts: await lab.receipts(handle)",
    )
    yield Finding(
        not after.repeated and len(after.wasted) <= 1,
        "no recorded call made again, and at most one call wasted in flight",
        f"recorded and made again: {len(after.repeated)}, wasted in flight: {len(after.wasted)}",
        "A bill row with the input of an answer that was already recorded is a call too many. What makes it?",
    )


@check(
    "03.once",
    "Exactly one notice for each subscriber, however the worker dies",
    needs=FILES,
)
async def once(trial: Trial) -> AsyncIterator[Finding]:
    people = unique("Ana"), unique("Ben")
    # Slow on the way back: the notice is on the board, and the worker does not know it yet.
    await trial.fault("slow", on="weather", delay_s=5, times=1, match=f'"{people[0]}"')
    handle = await trial.start(WORKFLOW, request(*people))

    async def hangs() -> bool:
        return (await notices(trial, people[0]))[people[0]] > 0

    _: bool = await trial.until(
        hangs,
        f"a notice for {people[0]} on the board",
        timeout=15,
        look='First the agent: lab.check("03.durable")',
    )
    await trial.crash()
    await trial.restart()
    outcome = await trial.outcome(handle, timeout=35)
    yield ended(outcome, "the run completes after a kill between the notice and its record")
    hit(outcome.run)
    posted = await notices(trial, *people)
    tried = max((step.attempts for step in outcome.run.find("post_notice")), default=0)
    yield Finding(
        set(posted.values()) == {1},
        "exactly one notice for each subscriber",
        f"{tally(posted)}{you_said(trial)}; post_notice was tried {count(tried, 'time')}",
        "The retry can't know that the notice is already there; the board can, by the Idempotency-Key of "
        "the request.",
    )
    if outcome.completed:
        # The same steps once more: their numbers (activity ids) are those of the first run.
        again = await trial.start(WORKFLOW, request(*people))
        await trial.outcome(again, timeout=8)
        later = {name: n - posted[name] for name, n in (await notices(trial, *people)).items()}
        yield Finding(
            set(later.values()) == {1},
            "another run, say tomorrow's storm, posts notices of its own",
            f"the next run added: {tally(later)}",
            "The key must be the same within a run and a different one in the next. What differs between "
            "two runs? Activity ids don't: they count from 1 in each.",
        )
