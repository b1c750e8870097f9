"""What to draw of a run, in seconds since its start: lanes, waits, and the lives of its workers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from workshop.history.records import Attempt, Run, Step, Worker
from workshop.timeline.scale import Interval, Scale, gaps

GUTTER = 178
MARGIN = 22
ROW = 30
BAR = 22
MIN_BAR = 4.0
DENSE_ROWS = 14
"""The most rows that a lane can have before its rows become thin and its bars lose their texts."""
DENSE_HEIGHT = 360.0

GROUPS = {
    "model": "Model calls",
    "tool": "Tools",
    "activity": "Activities",
    "child": "Child workflows",
    "timer": "Timers",
}


@dataclass
class Bar:
    """A step on its row."""

    step: Step
    begin: float
    end: float
    row: int = 0


@dataclass
class Lane:
    """The rows of one agent, tool, or kind of timer."""

    kind: str
    name: str
    bars: list[Bar] = field(default_factory=list)
    rows: int = 1

    @property
    def is_dense(self) -> bool:
        return self.rows > DENSE_ROWS

    @property
    def pitch(self) -> float:
        """The height of a row in pixels."""
        return min(7.0, DENSE_HEIGHT / self.rows) if self.is_dense else ROW

    @property
    def height(self) -> float:
        return self.rows * self.pitch + (14 if self.is_dense else 0)


@dataclass(frozen=True)
class Life:
    """A worker process as the run saw it."""

    worker: Worker
    first: float
    last: float
    """The last sign of life."""
    noticed: float | None = None
    """When the server gave it up."""
    killed: float | None = None
    """When it was killed, if the caller knows."""

    @property
    def end(self) -> float:
        """The last moment at which it is known to have been alive."""
        return self.last if self.killed is None else max(self.killed, self.first)


class Plan:
    """Everything to draw of one run."""

    def __init__(self, run: Run, *, width: int, deaths: Sequence[tuple[datetime, int]]) -> None:
        self.run, self.width = run, width
        self.length = max(self.at(run.end), 1e-3)
        self.deaths = [(self.at(when), pid) for when, pid in deaths if 0 <= self.at(when) <= self.length]
        self.messages = [step for step in run.steps if step.kind in ("update", "signal")]
        self.waits = self._waits()
        self.scale = Scale(self.length, GUTTER + 4, width - MARGIN, self._idle())
        self.lanes = self._lanes()
        self.letters = (
            {w.identity: chr(65 + n % 26) for n, w in enumerate(run.workers)} if len(run.workers) > 1 else {}
        )
        self.lives = [self._life(worker) for worker in run.workers]

    def at(self, moment: datetime) -> float:
        """Return the seconds from the start of the run to `moment`."""
        return (moment - self.run.started).total_seconds()

    def x(self, moment: datetime) -> float:
        return self.scale.x(self.at(moment))

    def span(self, step: Step) -> Interval:
        """Return when the step was scheduled and when it closed, or now if it is open."""
        return self.at(step.scheduled), self.at(step.closed or self.run.end)

    def _busy(self) -> list[Interval]:
        """Return when an activity, a child, or the workflow's own code was running or due."""
        busy = [self.span(step) for step in self.run.steps if step.kind not in ("timer", "signal")]
        return busy + [
            (self.at(t.scheduled), self.at(t.closed or self.run.end)) for t in self.run.workflow_tasks
        ]

    def _idle(self) -> list[Interval]:
        marks = [at for at, _ in self.deaths] + [
            self.at(s.scheduled) for s in self.run.steps if s.kind == "signal"
        ]
        return gaps([*self._busy(), *((at, at) for at in marks)], self.length)

    def _waits(self) -> list[Interval]:
        """Return the waits for a person: idle stretches that a message ended, or only one could have."""
        arrivals = [self.at(step.scheduled) for step in self.messages]
        if self.run.cancel_requested:
            arrivals.append(self.at(self.run.cancel_requested))
        timers = [self.span(step) for step in self.run.steps if step.kind == "timer"]
        waits = []
        for start, end in gaps(self._busy(), self.length):
            answered = any(abs(end - at) < 0.01 for at in arrivals)
            timer_runs = any(a < end - 1e-6 and b > start + 1e-6 for a, b in timers)
            endless = end >= self.length and not timer_runs
            if end - start > 0.05 and (answered or endless):
                waits.append((start, end))
        return waits

    def _lanes(self) -> list[Lane]:
        """Return the lanes in the order of GROUPS, and within a group in the order of first use."""
        lanes: dict[tuple[str, str], Lane] = {}
        for step in self.run.steps:
            if step.kind in GROUPS:
                begin, end = self.span(step)
                lane = lanes.setdefault((step.kind, step.name), Lane(step.kind, step.name))
                lane.bars.append(Bar(step, begin, end))
        for lane in lanes.values():
            self._stack(lane)
        order = list(GROUPS)
        return sorted(lanes.values(), key=lambda lane: order.index(lane.kind))

    def _stack(self, lane: Lane) -> None:
        """Put bars that overlap on separate rows, and a step with several attempts on one of its own."""
        free: list[float] = []
        for bar in lane.bars:
            left = self.scale.x(bar.begin)
            right = max(self.scale.x(bar.end), left + MIN_BAR)
            alone = bar.step.attempts > 1 and len(lane.bars) <= DENSE_ROWS
            row = None if alone else next((n for n, x in enumerate(free) if x <= left + 0.5), None)
            if row is None:
                row = len(free)
                free.append(0.0)
            bar.row = row
            free[row] = float("inf") if alone else right
        lane.rows = max(len(free), 1)

    # Workers

    def attempts_of(self, worker: Worker) -> Iterator[tuple[Step, Attempt]]:
        """Yield the attempts that this worker is known to have begun."""
        for step in self.run.activities:
            for attempt in step.attempt_log:
                if attempt.worker == worker.identity and attempt.state != "scheduled":
                    yield step, attempt

    def _life(self, worker: Worker) -> Life:
        first, last = self.at(worker.first_seen), self.at(worker.last_seen)
        noticed: list[float] = []
        for _, attempt in self.attempts_of(worker):
            ended = None if attempt.state == "timed_out" else attempt.ended
            last = max(
                [last, *(self.at(moment) for moment in (attempt.started, attempt.heartbeat, ended) if moment)]
            )
            if attempt.ended and is_heartbeat_timeout(attempt):
                noticed.append(self.at(attempt.ended))
        noticed += self._missed_by_elimination(worker, last)
        for task in self.run.workflow_tasks:
            if task.state == "timed_out" and task.sticky_worker == worker.identity and task.closed:
                noticed.append(self.at(task.closed))
        killed = next((at for at, pid in self.deaths if pid == worker.pid), None)
        return Life(worker, first, last, min((at for at in noticed if at >= last), default=None), killed)

    def _missed_by_elimination(self, worker: Worker, last: float) -> Iterator[float]:
        """Yield when the server gave up attempts that nobody watched and that only this worker can have had.

        The history names no worker for an attempt that missed its heartbeats. If this worker is the only one
        of those seen before the next attempt that was never heard of again, the attempt was its own. The
        server gave it up no later than one back-off before the next attempt.
        """
        for step in self.run.activities:
            for lost, following in pairwise(step.attempt_log):
                if lost.worker or not is_heartbeat_timeout(lost) or not following.started:
                    continue
                begun = self.at(following.started)
                gone = [
                    w.identity
                    for w in self.run.workers
                    if self.at(w.last_seen) < begun and w.identity != following.worker
                ]
                if gone == [worker.identity]:
                    delay = step.retries.delay(lost.number) if step.retries else 0.0
                    yield max(begun - delay, last)


def is_heartbeat_timeout(attempt: Attempt) -> bool:
    """Return whether the server ended the attempt because its worker gave no sign of life."""
    return attempt.state == "timed_out" and "heartbeat" in (attempt.error or "").lower()
