"""Checkpoint 2: the worker, killed during a search."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

from workshop.checks import Bench, Finding, Outcome, check
from workshop.checks.exercises.stage05.common import CALL_S, SEARCHING, SPECIFIC, WORKER, WORKFLOW, kept, send_update
from workshop.history.records import Run, Step

MISBEHAVES = str(Path(__file__).parents[2] / "helpers" / "misbehaves.py")
RECOVERY_S = 15.0
"""How much time a kill during a search may cost beyond the search itself, in seconds."""
STICKY_S = 5.0
"""How long a workflow task may wait in a dead worker's queue, in seconds; the default is 10."""
SHORTEST_CALL_S = 60.0
"""The shortest start-to-close timeout, in seconds, that would not cut off a long report in the middle."""


@check("05.worker", f"A kill in mid search costs under {RECOVERY_S:.0f} s and no recorded call", needs=WORKER)
async def worker(bench: Bench) -> AsyncIterator[Finding]:
    await bench.start_worker("run_worker.py")
    await bench.fault("slow", delay_s=CALL_S, match=SEARCHING)
    handle = await bench.start(WORKFLOW)
    await send_update(bench, handle, "start_research", query=SPECIFIC)
    await bench.model_call_in_flight(for_s=CALL_S / 2, timeout=15)
    run = await bench.read(handle)
    for finding in _settings(next(step for step in run.model_calls if step.is_open)):
        yield finding
    before = await bench.receipts(run)
    await bench.crash()
    killed = time.time()
    await bench.restart()
    outcome = await bench.outcome(handle, timeout=RECOVERY_S + 2 * CALL_S)
    for finding in _recovered(outcome, killed, bench.answers.get("prediction")):
        yield finding
    after = await bench.receipts(outcome.run)
    yield kept(before, after)
    if outcome.completed:
        await bench.clear_faults()
        yield await _an_agents_error(bench)


def _settings(call: Step) -> list[Finding]:
    limits, most = call.timeouts, call.retries.maximum_attempts if call.retries else 0
    beat, whole = limits.heartbeat, limits.start_to_close
    return [
        Finding(
            beat is not None and beat <= 10,
            "model calls have a heartbeat time-out of at most 10 s",
            f"heartbeat time-out in the history: {_s(beat)}",
            "heartbeat_timeout=… in the ModelActivityParameters of run_worker.py. The plugin sends the heartbeats by itself.",
        ),
        Finding(
            whole is None or whole >= SHORTEST_CALL_S,
            f"a model may take at least {SHORTEST_CALL_S:.0f} s for a long report",
            f"start-to-close time-out in the history: {_s(whole)}",
            "A short start_to_close_timeout finds dead workers too, but it also cuts off every long answer.",
        ),
        Finding(
            2 <= most <= 10,
            "a call that keeps failing is given up after some attempts, 2 to 10",
            f"most attempts in the history: {most or 'no limit'}",
            "retry_policy=RetryPolicy(maximum_attempts=…) in the ModelActivityParameters. Without it a search can fail for ever.",
        ),
    ]


def _recovered(outcome: Outcome, killed: float, prediction: object) -> list[Finding]:
    run = outcome.run
    met = [step for step in run.model_calls if step.attempts >= 2]
    again = max((step.started.timestamp() - killed for step in met if step.started), default=None)
    none = f"none was made again in the {time.time() - killed:.0f} s after it"
    seen = f"{len(met)} of them, the last {again:.1f} s after it" if again else none
    seen += "" if prediction is None else f" (you said {prediction})"
    found = [
        Finding(
            again is not None and again < RECOVERY_S and outcome.completed,
            f"the searches cut short by the kill are made again within {RECOVERY_S:.0f} s, and the report comes",
            f"{seen}; the run is {outcome.status}" + (f": {outcome.error}" if outcome.error else ""),
            "Who tells the server that the worker is dead? heartbeat_timeout. Who may try again? retry_policy.",
        )
    ]
    closed = [step.closed for step in met if step.closed]
    if closed:
        lay = _lay(run, min(closed).timestamp())
        found.append(
            Finding(
                lay <= STICKY_S,
                f"once a search is done, the workflow goes on within {STICKY_S:.0f} s",
                f"it went on {lay:.1f} s after the first of them",
                "The next workflow task lay in the dead worker's own queue. See sticky_queue_schedule_to_start_timeout.",
            )
        )
    return found


def _lay(run: Run, moment: float) -> float:
    """Return the seconds between a moment and the next time that workflow code ran."""
    after = [task.started.timestamp() for task in run.workflow_tasks if task.started and task.started.timestamp() >= moment]
    return min(after, default=run.end.timestamp()) - moment


async def _an_agents_error(bench: Bench) -> Finding:
    await bench.start_worker(MISBEHAVES)
    handle = await bench.start(WORKFLOW)
    asking = asyncio.create_task(handle.execute_update("start_research", {"query": SPECIFIC}))
    outcome = await bench.outcome(handle, timeout=10)
    asking.cancel()  # nobody answers it, whether the run has failed or is stuck
    await asyncio.gather(asking, return_exceptions=True)
    return Finding(
        outcome.status == "Failed",
        "a model that breaks the asked form (ModelBehaviorError, an AgentsException) fails the research, with its reason",
        f"the run is {outcome.status}: {outcome.error}"[:400],
        "Otherwise its workflow task is tried again for ever, and says Running. See workflow_failure_exception_types.",
    )


def _s(seconds: float | None) -> str:
    return "none" if seconds is None else f"{seconds:g} s"
