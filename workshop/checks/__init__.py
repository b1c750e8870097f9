"""Checks that tell a learner how much of an exercise is done: `lab.check("03.crash")` and `lab.progress()`.

How to write a check
====================
The checks of exercise 03 are in `workshop/checks/exercises/stage03/` and are named "03.…". That module is
imported when the first check with its number is asked for. The order in the module is the order in the
progress panel.

    from collections.abc import AsyncIterator

    from workshop.checks import Trial, Finding, check

    @check("03.crash", "A killed worker costs no recorded call",
           needs=["worker.py", "workflow.py:NotifierWorkflow"])
    async def crash(trial: Trial) -> AsyncIterator[Finding]:
        await trial.fault("slow", delay_s=3, times=2, match="severity")
        # starts worker.py if need be
        handle = await trial.start("NotifierWorkflow", "Tell Ines about storms in TX")
        await trial.model_call_in_flight(for_s=1)
        await trial.crash()
        await trial.restart()
        outcome = await trial.outcome(handle, timeout=30)
        yield Finding(
            outcome.completed,
            expected="the run completes after the crash",
            seen=f"the run is {outcome.status}" + (f": {outcome.error}" if outcome.error else ""),
            look=outcome.look,
        )

- `@check(name, title, needs=…, stretch=False, bound_s=60)`. `title`: one line on what is checked. `needs`:
  the learner's files ("worker.py"), or a function or class in one ("workflow.py:NotifierWorkflow"), that must
  be there without an unfilled stub. Missing files, syntax errors and stubs are reported in plain words before
  your function is called: don't look for them.
- The function yields findings one by one (or returns a list). A check is green if there is at least one
  finding and all are ok. It may stop early (`return`) after a red one that makes the rest pointless.
- `Finding(ok, expected=…, seen=…, look=…)`: what was expected, what was seen, where to look or what to type
  next. Plain words, no traceback. Write `seen` for both cases, since it is shown for green findings too.
- Raise nothing yourself, except `Stop(expected, seen, look)` from a helper: it becomes a red finding. So does
  anything else that is raised, and running out of time (`bound_s`, 60 at most). If an unfilled stub shows up
  while the check runs (in a script's output, in the failure of an activity or a workflow), its hint is shown.
- `trial` undoes what it did: faults, runs that it started and that are still open, its worker, its scripts.
  If the learner has a worker on the queue, a fresh one replaces it during the check, and theirs is started
  again afterwards. The learner's runs and notices stay. Faults that the learner had on are off during the
  check.
- Never block: all of `trial` is async. What only `trial.lab` can do goes through `await
  asyncio.to_thread(...)`.
- Killing a worker while an attempt is in flight costs that activity's start-to-close (or heartbeat) timeout.
  To kill it between two attempts, wait for a step whose state is "retrying", not for `attempts(...) >= 2`.
- Compare facts (states, subscribers, event names, counts, receipts), never the model's sentences. What an
  earlier cell or an open lesson did must not matter: look at `trial.notices()` and `trial.bill()`, which give
  only what came since the check began, and at runs that the check started.
- `lab.check("03.own", mine=count_activities, prediction=2)`: what a cell passes in is in
  `trial.answers["mine"]`.

The trial, in short (see `Trial`): lab, client(), folder, queue, started, answers · start_worker(), crash(),
restart() · start(), outcome(), ask() (start + outcome) · until() · model_call_in_flight(), bill(), notices(),
fault(), clear_faults() · run_script(), start_script() · load().

A check runs in a thread with its own event loop. (The Lab's loop answers the Lab's blocking calls, which
checks use.) Results are kept in `.lab/progress.json`: tests may read them there, or in the returned `Result`.
"""

from __future__ import annotations

from workshop.checks.findings import Check, Finding, Result, Stop, check
from workshop.checks.outcomes import Outcome, Script
from workshop.checks.progress import Progress, panel, recorded_results
from workshop.checks.running import run
from workshop.checks.trial import Trial

__all__ = [
    "Check",
    "Finding",
    "Outcome",
    "Progress",
    "Result",
    "Script",
    "Stop",
    "Trial",
    "check",
    "panel",
    "recorded_results",
    "run",
]
