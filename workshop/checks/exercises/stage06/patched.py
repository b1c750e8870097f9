"""Exercise 06, third task: a fraud check that only new runs have."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

from workshop.checks import Finding, Trial, check
from workshop.checks.exercises.stage06.common import FILES, WORKFLOW, asked, decide, ended, refunds_of
from workshop.checks.exercises.stage06.edits import copies
from workshop.history import Run
from workshop.words import count


def _before_the_patch(text: str) -> str:
    """Return their workflow as it was before the patched step: no run has the patch."""
    return re.sub(r"\b(?:workflow\s*\.\s*)?patched\(", "(lambda *_: False)(", text)


def _fraud(run: Run) -> int:
    return len(run.find("check_fraud"))


@check("06.patched", "The fraud check is for new runs; an open run goes on without it", needs=FILES)
async def patched(trial: Trial) -> AsyncIterator[Finding]:
    with copies(trial) as copy:
        await trial.start_worker(f"{copy('old', _before_the_patch)}/worker.py")
        old = await asked(trial, "Please refund order 1208, it is torn.")
        await trial.crash()
    await trial.start_worker()
    refused = await decide(old, True)
    outcome = await trial.outcome(old)
    yield ended(
        outcome, "a run from before the fraud check, killed while it waits, completes on the new code"
    )
    yield Finding(
        _fraud(outcome.run) == 0 and await refunds_of(trial, old) == 1,
        "that run has no fraud check, and its refund is paid once",
        f"the decision was {refused or 'taken'}; {count(_fraud(outcome.run), 'fraud check')}, "
        f"{count(await refunds_of(trial, old), 'refund')}",
        'if workflow.patched("fraud-check"): is false where a history was made without it.',
    )
    new = await asked(trial, "Please refund order 1207, it leaks.")
    run = await trial.read(new)
    first = run.activities[0].name if run.activities else "nothing"
    yield Finding(
        _fraud(run) == 1 and first == "check_fraud",
        "a new run begins with check_fraud, before any model call",
        f"its first step: {first}; {count(_fraud(run), 'fraud check')} in all",
        "await workflow.execute_activity(check_fraud, request, …) as the first thing in run, behind patched.",
    )
    stolen = await trial.ask(WORKFLOW, "Please refund order 1209, bought with a stolen card.", timeout=15)
    calls = len(stolen.run.model_calls)
    yield Finding(
        stolen.completed and calls == 0 and await refunds_of(trial, stolen.handle) == 0,
        "a request that looks like fraud ends at once: no model call, nobody is asked, no refund",
        f"the run is {stolen.status}; {count(calls, 'model call')}: "
        f"{str(stolen.result or stolen.error)[:200]}",
        'Return from run if the verdict is not "ok".',
    )
