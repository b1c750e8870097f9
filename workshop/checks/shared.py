"""What the checks of several exercises share: time limits, names, and how they say what they saw."""

from __future__ import annotations

import random
import string

from workshop.checks.findings import Finding, Stop
from workshop.checks.outcomes import Outcome
from workshop.checks.trial import Trial
from workshop.history import Run
from workshop.workspace.receipts import Receipts

RECOVERY_S = 15.0
"""How much time a kill during a model call may cost beyond the call itself, in seconds."""
LONGEST_HEARTBEAT_S = 10.0
STICKY_S = 5.0
"""How long a workflow task may wait in a dead worker's queue, in seconds; the default is 10."""


def unique(name: str) -> str:
    """Return a subscriber that only this check uses: no other run can be mistaken for it."""
    return f"{name}-{''.join(random.choices(string.ascii_lowercase, k=4))}"


def you_said(trial: Trial) -> str:
    """Return what the learner predicted, if the cell passed it in."""
    prediction = trial.answers.get("prediction")
    return "" if prediction is None else f" (you said {prediction})"


def in_seconds(limit: float | None) -> str:
    """Return a time-out in words."""
    return "none" if limit is None else f"{limit:g} s"


def how(outcome: Outcome) -> str:
    """Say how a run ended or that it is open, and why it failed."""
    return f"the run is {outcome.status}" + (f": {outcome.error}" if outcome.error else "")


def ended(outcome: Outcome, what: str = "the run completes") -> Finding:
    """Check that a run has completed. If it is open, say which activities fail."""
    seen = how(outcome)
    for step in outcome.run.steps:
        if step.is_open and step.last_failure and not outcome.completed:
            seen += f"; {step.name} waits for attempt {step.attempts + 1} after: {step.last_failure}"
    return Finding(outcome.completed, what, seen[:600], outcome.look)


def kept(before: Receipts, after: Receipts, least: int, what: str) -> Finding:
    """Check that at least `least` calls were recorded before a kill, and that none of them was made again."""
    return Finding(
        len(before.recorded) >= least and set(before.recorded) <= set(after.recorded) and not after.repeated,
        what,
        f"recorded before the kill: {len(before.recorded)}, "
        f"kept: {len(set(before.recorded) & set(after.recorded))}, "
        f"recorded and made again: {len(after.repeated)}, wasted in flight: {len(after.wasted)}",
        "What is recorded is read, not asked for again. Does anything other than the workflow call the "
        "model?",
    )


def heartbeat(limit: float | None, file: str) -> Finding:
    """Check that a dead worker is noticed within seconds. `file`: where the limit is set."""
    return Finding(
        limit is not None and limit <= LONGEST_HEARTBEAT_S,
        f"model calls have a heartbeat time-out of at most {LONGEST_HEARTBEAT_S:.0f} s",
        f"heartbeat time-out in the history: {in_seconds(limit)}",
        f"heartbeat_timeout=… in the ModelActivityParameters of {file}. The plugin sends the heartbeats by "
        "itself.",
    )


def long_enough(limit: float | None, least_s: float, what: str) -> Finding:
    """Check that a slow model is left alone: its start-to-close time-out is at least `least_s` seconds."""
    return Finding(
        limit is None or limit >= least_s,
        f"a model may take at least {least_s:.0f} s {what}",
        f"start-to-close time-out in the history: {in_seconds(limit)}",
        "A short start_to_close_timeout finds dead workers too, but it also cuts off every long answer.",
    )


def goes_on(run: Run, answered: float, what: str) -> Finding:
    """Check that the workflow's code took an answer soon, and that the answer did not lie in the queue of a
    dead worker. `answered`: in epoch seconds.
    """
    starts = [task.started.timestamp() for task in run.workflow_tasks if task.started]
    late = min((at for at in starts if at >= answered), default=run.end.timestamp()) - answered
    return Finding(
        late <= STICKY_S,
        f"once {what} is done, the workflow goes on within {STICKY_S:.0f} s",
        f"the workflow went on {late:.1f} s after {what}",
        "The next workflow task was waiting in the dead worker's own queue. See "
        "sticky_queue_schedule_to_start_timeout.",
    )


def hit(run: Run) -> None:
    """Raise Stop if the run completed and the kill hit nothing under way: then it proves nothing."""
    if run.status == "Completed" and not run.changed_hands:
        raise Stop(
            "the kill hits the worker in the middle of a step",
            "the step was already done: the kill came too late, as can happen on a busy machine",
            "Run this cell again.",
        )
