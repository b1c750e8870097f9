"""The attempts of activities, remembered over successive looks at a run."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import datetime

from workshop.history.records import CLOSED, Attempt, Run, Step


@dataclass
class Recorder:
    """The attempts seen in successive looks at a run.

    For failed attempts, the history keeps only their number and the last error. Frequent looks during the run
    show the times and errors of the others.
    """

    _seen: dict[tuple[str, int], dict[int, Attempt]] = field(default_factory=dict)

    def add(self, run: Run) -> Run:
        """Remember what this look at the run shows, and return it with the attempts of all looks."""
        return replace(run, steps=tuple(self._known(step) for step in run.steps))

    def _known(self, step: Step) -> Step:
        known = self._seen.setdefault(step.key, {})
        for attempt in step.attempt_log:
            known[attempt.number] = merge(known.get(attempt.number), attempt)
        return settled(replace(step, attempt_log=tuple(known[number] for number in sorted(known))))


def merge(old: Attempt | None, new: Attempt) -> Attempt:
    """Merge two looks at the same attempt. An older look does not undo a closed state."""
    if old is None:
        return new
    if old.state in CLOSED and new.state not in CLOSED:
        old, new = new, old
    facts = {
        f.name: getattr(new, f.name) if getattr(new, f.name) is not None else getattr(old, f.name)
        for f in fields(new)
    }
    return _in_order(replace(new, **facts))


def _in_order(attempt: Attempt) -> Attempt:
    """Move times of the attempt that precede its beginning to the beginning: two clocks may differ."""
    begun = max(filter(None, (attempt.scheduled, attempt.started)), default=None)

    def after(moment: datetime | None) -> datetime | None:
        return max(moment, begun) if moment and begun else moment

    return replace(
        attempt,
        started=after(attempt.started),
        ended=after(attempt.ended),
        heartbeat=after(attempt.heartbeat),
    )


def settled(step: Step) -> Step:
    """Close attempts that ended unseen: a later one is there, or the step is closed."""
    last = max((attempt.number for attempt in step.attempt_log), default=0)
    return replace(step, attempt_log=tuple(_settled(each, step, last) for each in step.attempt_log))


def _settled(attempt: Attempt, step: Step, last: int) -> Attempt:
    if attempt.number == 1 and attempt.scheduled is None:
        attempt = replace(attempt, scheduled=step.scheduled)
    if attempt.state not in CLOSED:
        if attempt.number < last:
            attempt = replace(attempt, state="failed")
        elif not step.is_open:
            attempt = replace(attempt, state=step.state, ended=step.closed)
    return _in_order(attempt)
