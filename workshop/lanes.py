"""Lays a run out: which rows there are, what stands in them, and how it is painted.

Positions are worked out in seconds since the start of the run; `workshop.timescale.Scale` turns them into pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from workshop.inks import DEFS, RULES
from workshop.records import Attempt, Recorder, Run, Step, Worker, pid_of, short_receipt, shorten
from workshop.svg import MONO, Drawing, Picture, fit, number, text_width
from workshop.timescale import Interval, Scale, duration_text, gaps

GUTTER = 178
MARGIN = 22
ROW = 30
BAR = 22
MIN_BAR = 4.0
DENSE_ROWS = 14
"""A lane with more rows than this is drawn in thin rows, without texts in the bars."""
DENSE = 7

GROUPS = {
    "model": "Model calls",
    "tool": "Tools",
    "activity": "Activities",
    "child": "Child workflows",
    "timer": "Timers",
}
STATUS = {
    "Running": ("▶", "running", "chip-open"),
    "Completed": ("✓", "completed", "chip-good"),
    "Failed": ("✗", "failed", "chip-bad"),
    "TimedOut": ("✗", "timed out", "chip-bad"),
    "Canceled": ("■", "cancelled", "chip-flat"),
    "Terminated": ("■", "terminated", "chip-bad"),
    "ContinuedAsNew": ("↻", "continued", "chip-open"),
}


@dataclass
class Bar:
    """A step on its row, or one of a worker's activity spans."""

    step: Step
    attempts: tuple[Attempt, ...]
    begin: float
    end: float
    row: int = 0


@dataclass
class Lane:
    """The rows of one agent, one tool, one kind of timer."""

    kind: str
    name: str
    bars: list[Bar] = field(default_factory=list)
    rows: int = 1

    @property
    def is_dense(self) -> bool:
        return self.rows > DENSE_ROWS

    @property
    def height(self) -> float:
        return 14 + self.rows * DENSE if self.is_dense else self.rows * ROW


class Plan:
    """One drawing of one run."""

    def __init__(self, run: Run, recorder: Recorder, *, width: int, deaths: Sequence[tuple[datetime, int]]) -> None:
        self.run, self.recorder, self.width = run, recorder, width
        self.deaths = [(self.at(when), pid) for when, pid in deaths]
        self.length = max(self.at(run.end), 1e-3)
        self.waits = self._human_waits()
        self.scale = Scale(self.length, GUTTER + 4, width - MARGIN, self._idle())
        self.lanes = self._lanes()
        self.letters = {w.identity: chr(65 + n % 26) for n, w in enumerate(run.workers)} if len(run.workers) > 1 else {}
        self.out = Drawing(width)
        self.used: set[str] = set()
        self.spots: dict[tuple[str, int], tuple[float, float, float]] = {}

    def at(self, moment: datetime) -> float:
        """Seconds since the start."""
        return (moment - self.run.started).total_seconds()

    def x(self, moment: datetime) -> float:
        return self.scale.x(self.at(moment))

    # What there is to draw

    def _span(self, step: Step) -> Interval:
        return self.at(step.scheduled), self.at(step.closed or self.run.end)

    def _busy(self) -> list[Interval]:
        """When an activity, a child or the workflow's own code was at work or due."""
        busy = [self._span(step) for step in self.run.steps if step.kind not in ("timer", "signal")]
        busy += [(self.at(t.scheduled), self.at(t.closed or self.run.end)) for t in self.run.workflow_tasks]
        return busy

    def _idle(self) -> list[Interval]:
        marks = [(at, at) for at, _ in self.deaths] + [(self.at(s.scheduled),) * 2 for s in self.run.steps if s.kind == "signal"]
        return gaps([*self._busy(), *marks], self.length)

    def _human_waits(self) -> list[Interval]:
        """Idle stretches that a message ended, or that only a message can end."""
        messages = [self.at(step.scheduled) for step in self.run.steps if step.kind in ("update", "signal")]
        timers = [self._span(step) for step in self.run.steps if step.kind == "timer"]
        waits = []
        for start, end in gaps(self._busy(), self.length):
            ended_by_message = any(abs(end - at) < 0.01 for at in messages)
            timer_runs = any(a < end - 1e-6 and b > start + 1e-6 for a, b in timers)
            if end - start > 0.05 and (ended_by_message or (not timer_runs and end >= self.length and self.run.is_open)):
                waits.append((start, end))
        return waits

    def _lanes(self) -> list[Lane]:
        """Lanes in the order of GROUPS; within a group in the order of first use."""
        lanes: dict[tuple[str, str], Lane] = {}
        for step in self.run.steps:
            if step.kind not in GROUPS:
                continue
            begin, end = self._span(step)
            lane = lanes.setdefault((step.kind, step.name), Lane(step.kind, step.name))
            lane.bars.append(Bar(step, self.recorder.attempts(step), begin, end))
        for lane in lanes.values():
            self._stack(lane)
        order = list(GROUPS)
        return sorted(lanes.values(), key=lambda lane: order.index(lane.kind))

    def _stack(self, lane: Lane) -> None:
        """Put bars that overlap in time on rows of their own."""
        free: list[float] = []
        for bar in lane.bars:
            left = self.scale.x(bar.begin)
            right = max(self.scale.x(bar.end), left + MIN_BAR)
            bar.row = next((n for n, x in enumerate(free) if x <= left + 0.5), len(free))
            if bar.row == len(free):
                free.append(0.0)
            free[bar.row] = right
        lane.rows = max(len(free), 1)

    # Painting

    def picture(self) -> Picture:
        """The drawing as a whole."""
        top = self._head()
        body_top = top + 26
        y = body_top
        group = ""
        rows: list[tuple[float, Lane]] = []
        messages = [step for step in self.run.steps if step.kind in ("update", "signal")]
        under = Drawing(self.width)
        over, self.out = self.out, under
        if messages or self.waits:
            y = self._people(y, messages)
        for lane in self.lanes:
            if lane.kind != group:
                group = lane.kind
                y = self._heading(y, GROUPS[group])
            rows.append((y, lane))
            y = self._lane(y, lane)
        y = self._workers(y)
        self._handoffs()
        bottom = y
        painted, self.out = self.out, over
        self._axis(top, bottom)
        self.out.add("\n".join(painted._parts))
        self._verticals(top, bottom)
        height = self._legend(bottom + 10)
        self.out._parts.insert(0, f'<rect class="bg" x="0" y="0" width="{self.width}" height="{number(height)}" rx="6"/>')
        return Picture(self.out.finish(height, label=self._label(), rules=RULES, defs=DEFS))

    def _label(self) -> str:
        run = self.run
        return (
            f"Timeline of {run.workflow_type} {run.workflow_id}: {STATUS.get(run.status, ('', run.status, ''))[1]}, "
            f"{duration_text(self.length)}; {self._counts()}"
        )

    def _counts(self) -> str:
        run = self.run
        parts = [_count(len(run.model_calls), "model call"), _count(len(run.tools), "other activity", "other activities")]
        if not run.model_calls:
            parts = [_count(len(run.tools), "activity", "activities")]
        failed = sum(max(step.attempts - 1, 0) for step in run.activities)
        failed += sum(1 for step in run.activities if step.state in ("retrying", "failed", "timed_out") and step.attempts)
        if failed:
            parts.append(_count(failed, "attempt") + " failed")
        parts.append(_count(len(run.workers), "worker"))
        if len(run.run_ids) > 1:
            parts.append(f"{len(run.run_ids)} runs in a chain")
        parts.append(f"{len(run.events)} events, {size_text(run.total_bytes)}")
        return " · ".join(part for part in parts if part)

    def _head(self) -> float:
        """Title, status and the one thing to know now. Returns the y below it."""
        run, out = self.run, self.out
        sign, word, css = STATUS.get(run.status, ("", run.status, "chip-flat"))
        if run.stuck:
            sign, word, css = "▶", "running, but stuck", "chip-bad"
        chip = f"{sign} {word} · {duration_text(self.length)}"
        chip_w = text_width(chip, bold=True) + 22
        left, right = 16.0, self.width - MARGIN - chip_w
        title = fit(run.workflow_type, right - left - 12, 18, bold=True)
        out.text(left, 30, title, "ink h1")
        id_x = left + text_width(title, 18, bold=True) + 10
        out.text(id_x, 30, fit(run.workflow_id, right - id_x - 12, mono=True), "muted mono", title=run.workflow_id)
        out.rect(right, 13, chip_w, 25, css, r=12.5, title=f"Started {run.started:%Y-%m-%d %H:%M:%S} UTC")
        out.text(right + chip_w / 2, 30, chip, f"{css}-t bold", anchor="middle")
        out.text(left, 52, self._counts(), "muted")
        alert = self._alert()
        if not alert:
            return 66.0
        out.text(left, 74, fit(alert, self.width - left - MARGIN), "bad", title=alert)
        return 88.0

    def _alert(self) -> str:
        run = self.run
        if run.stuck:
            return f"✗ The workflow task fails, attempt {run.workflow_tasks[-1].attempts}: {run.stuck.failure}"
        if run.failed:
            return f"✗ {run.result}"
        for step in reversed(run.activities):
            if step.state == "retrying":
                due = (
                    f"; next try in {duration_text(max((step.next_retry - run.read_at).total_seconds(), 0))}"
                    if step.next_retry
                    else ""
                )
                return f"✗ {step.name}, attempt {step.attempts}: {step.last_failure}{due}"
        return ""

    def _heading(self, y: float, text: str) -> float:
        self.out.text(16, y + 18, text, "muted small")
        self.out.line(16, y + 2.5, self.width - MARGIN, y + 2.5, "rule")
        return y + 24

    def _lane(self, y: float, lane: Lane) -> float:
        label_y = y + (18 if lane.is_dense else 20)
        name = lane.name
        if len(lane.bars) > 1 and (lane.is_dense or lane.rows > 1):
            name = f"{lane.name} ×{len(lane.bars)}"
        self.out.text(26, label_y, fit(name, GUTTER - 34), "ink", title=lane.name)
        neighbours: dict[int, list[Bar]] = {}
        for bar in lane.bars:
            neighbours.setdefault(bar.row, []).append(bar)
        for row in neighbours.values():
            for n, bar in enumerate(row):
                limit = self.scale.x(row[n + 1].begin) if n + 1 < len(row) else self.scale.right
                if lane.is_dense:
                    self._thin(y + 7 + bar.row * DENSE, bar)
                else:
                    self._bar(y + bar.row * ROW + (ROW - BAR) / 2, bar, limit)
        return y + lane.height

    def _thin(self, y: float, bar: Bar) -> None:
        left = self.scale.x(bar.begin)
        css = "failed" if bar.step.state in ("failed", "timed_out") else _ink(bar.step)
        self.out.rect(left, y, max(self.scale.x(bar.end) - left, MIN_BAR), DENSE - 2, css, title=self._hover(bar), r=1.5)

    def _bar(self, y: float, bar: Bar, limit: float) -> None:
        step = bar.step
        mid = y + BAR / 2
        left = self.scale.x(bar.begin)
        self.spots[step.key] = (left, max(self.scale.x(bar.end), left + MIN_BAR), mid)
        if step.kind == "timer":
            self._timer(y, bar, limit)
        elif step.kind == "child" or not bar.attempts:
            self._span_bar(y, bar, limit)
        else:
            self._attempts(y, bar, limit)

    def _span_bar(self, y: float, bar: Bar, limit: float) -> None:
        step = bar.step
        text = step.activity_id if step.kind == "child" else shorten(step.input_preview, 40)
        css = "failed" if step.state in ("failed", "timed_out") else _ink(step)
        self._box(y, bar.begin, bar.end, css, self._hover(bar), [text], limit, is_open=step.is_open)

    def _timer(self, y: float, bar: Bar, limit: float) -> None:
        step = bar.step
        text = duration_text(step.duration or 0)
        if step.state == "cancelled":
            text += ", not needed"
        self._box(y + 3, bar.begin, bar.end, "timer", self._hover(bar), [text], limit, height=BAR - 6, is_open=step.is_open)

    def _attempts(self, y: float, bar: Bar, limit: float) -> None:
        """Each known attempt as a bar, the waits between them as lines, unobserved ones as one hatched stretch."""
        step, mid = bar.step, y + BAR / 2
        known = [a for a in bar.attempts if (a.started or a.scheduled) and a.state != "scheduled"]
        timed = [a for a in known if a.started or a.ended]
        at = bar.begin
        seen = 0
        for n, attempt in enumerate(timed):
            start = self.at(attempt.started or attempt.scheduled or step.scheduled)
            end = self.at(attempt.ended) if attempt.ended else self.at(self.run.end)
            if not attempt.ended and n + 1 < len(timed):
                following = timed[n + 1]
                end = self.at(following.scheduled or following.started or self.run.end)
            missing = attempt.number - seen - 1
            if missing:
                self._unobserved(y, at, start, missing, bar)
            elif start > at:
                self._pause(mid, at, start, "back-off" if seen else "wait", attempt)
            after = self.at(timed[n + 1].started or self.run.end) if n + 1 < len(timed) else None
            room = self.scale.x(after) if after is not None else limit
            self._attempt(y, bar, attempt, start, end, room)
            at, seen = end, attempt.number
        if step.attempts > seen:
            self._unobserved(y, at, self.at(step.next_retry or step.closed or self.run.end), step.attempts - seen, bar)
            at = bar.end
        if step.is_open and step.state != "started":
            coming = next((a for a in bar.attempts if a.state == "scheduled"), None)
            self._pause(mid, at, self.length, "back-off" if seen else "wait", coming)

    def _attempt(self, y: float, bar: Bar, attempt: Attempt, start: float, end: float, limit: float) -> None:
        step = bar.step
        bad = attempt.state in ("failed", "timed_out")
        css = "failed" if bad else _ink(step)
        texts = (
            [f"{attempt.number} ✗ {attempt.error or ''}".strip(), f"{attempt.number} ✗", "✗"]
            if bad
            else self._texts(step, attempt)
        )
        if bad:
            self.used.add("failed")
        self._box(
            y,
            start,
            end,
            css,
            self._hover(bar, attempt),
            texts,
            limit,
            is_open=attempt.state == "started" and step.is_open,
            letter=self.letters.get(attempt.worker or "", ""),
            bad=bad,
        )

    def _texts(self, step: Step, attempt: Attempt) -> list[str]:
        """What a bar may say, the longest first."""
        number_ = f"{attempt.number} " if step.attempts > 1 else ""
        if step.kind == "model":
            took = duration_text(self.at(step.closed) - self.at(attempt.started)) if step.closed and attempt.started else ""
            receipt = f"#{short_receipt(step.receipt)}" if step.receipt else ""
            return [
                t
                for t in (f"{number_}{receipt} · {took}" if receipt and took else "", f"{number_}{receipt}", number_.strip())
                if t.strip()
            ]
        given = shorten(step.input_preview.strip('"'), 34)
        return [t for t in (f"{number_}{given}", shorten(f"{number_}{given}", 10), number_.strip()) if t.strip()]

    def _box(
        self, y: float, start: float, end: float, css: str, hover: str, texts: Sequence[str], limit: float,
        *, height: float = BAR, is_open: bool = False, letter: str = "", bad: bool = False,
    ) -> None:  # fmt: skip
        """A bar with its text inside if it fits, else beside it if there is room, else only on hover."""
        left = self.scale.x(start)
        width = max(self.scale.x(end) - left, MIN_BAR)
        if is_open:
            self.used.add("open")
            tip = min(7.0, width)
            d = f"M{number(left + 3)} {number(y)}H{number(left + width - tip)}L{number(left + width)} {number(y + height / 2)}"
            d += f"L{number(left + width - tip)} {number(y + height)}H{number(left + 3)}Q{number(left)} {number(y + height)} {number(left)} {number(y + height - 3)}"
            d += f"V{number(y + 3)}Q{number(left)} {number(y)} {number(left + 3)} {number(y)}Z"
            self.out.path(d, f"{css} open", title=hover)
        else:
            self.out.rect(left, y, width, height, css, title=hover, r=3)
        base = y + height / 2 + 4.5
        x = left + 6
        if letter and width >= 20:
            self.out.text(left + 10.5, base, letter, f"{css}-t bold", anchor="middle")
            self.out.line(left + 19.5, y + 4, left + 19.5, y + height - 4, f"{css}-l")
            x = left + 25
        for text in texts:
            if text_width(text) <= left + width - x - (9 if is_open else 5):
                self.out.text(x, base, text, f"{css}-t")
                return
        room = limit - (left + width) - 10
        for text in texts:
            label = f"{letter} {text}" if letter and width < 20 else text
            if text_width(label) <= room:
                self.out.text(left + width + 5, base, label, "bad" if bad else "muted")
                return

    def _unobserved(self, y: float, start: float, end: float, count: int, bar: Bar) -> None:
        """Attempts of which only the number is known."""
        self.used.add("unseen")
        left = self.scale.x(start)
        width = max(self.scale.x(end) - left - 2, MIN_BAR)
        error = bar.step.last_failure or ""
        title = f"{bar.step.name}: {_count(count, 'failed attempt')}, not watched.\nThe history keeps their number and the last error, not their times."
        self.out.rect(left, y, width, BAR, "unseen", r=3, title=f"{title}\nLast error: {error}" if error else title)
        for text in (f"{_count(count, 'attempt')} ✗ {error}", f"{_count(count, 'attempt')} ✗", f"{count} ✗"):
            if text_width(text) <= width - 12:
                w = text_width(text)
                self.out.rect(left + 6, y + 3, w + 4, BAR - 6, "plate", r=2)
                self.out.text(left + 8, y + BAR / 2 + 4.5, text, "bad")
                return

    def _pause(self, mid: float, start: float, end: float, kind: str, attempt: Attempt | None) -> None:
        """The time before an attempt: back-off that the policy asks for, then waiting for a worker."""
        offered = self.at(attempt.scheduled) if attempt and attempt.scheduled else None
        if kind == "back-off":
            until = min(max(offered, start), end) if offered is not None else end
            self._dashes(mid, start, until, "backoff", "back-off before the next attempt")
            start = until
        if end - start > 0.15:
            self._dashes(mid, start, end, "queue", "waiting for a worker")

    def _dashes(self, mid: float, start: float, end: float, css: str, what: str) -> None:
        left, right = self.scale.x(start), self.scale.x(end)
        if right - left < 1.5:
            return
        self.used.add(css)
        self.out.line(left + 1, mid, right - 1, mid, css, title=f"{duration_text(end - start)} {what}")
        text = duration_text(end - start)
        if right - left > text_width(text) + 14:
            w = text_width(text) + 6
            self.out.rect((left + right - w) / 2, mid - 8, w, 16, "plate")
            self.out.text((left + right) / 2, mid + 4.5, text, "muted", anchor="middle")

    def _people(self, y: float, messages: Sequence[Step]) -> float:
        """Updates and Signals, and the time that the workflow waited for one."""
        y = self._heading(y, "Messages from people")
        if self.waits:
            self.out.text(26, y + 20, "waiting for someone", "ink")
            for start, end in self.waits:
                left, right = self.scale.x(start), self.scale.x(end)
                text = duration_text(end - start)
                self.used.add("human")
                self.out.rect(
                    left,
                    y + 5,
                    max(right - left, 2),
                    BAR - 2,
                    "human",
                    r=3,
                    title=f"waited {text} for a message; no worker is busy and no model is called",
                )
                if right - left > text_width(text) + 14:
                    w = text_width(text) + 8
                    self.out.rect((left + right - w) / 2, y + 7, w, BAR - 6, "plate", r=2)
                    self.out.text((left + right) / 2, y + 20, text, "ink", anchor="middle")
            y += ROW
        if not messages:
            return y
        free: list[float] = []
        placed = []
        for step in messages:
            left = self.x(step.scheduled)
            right = left + 16 + text_width(step.name)
            flip = right > self.scale.right
            row = next((n for n, x in enumerate(free) if x <= left), len(free))
            if row == len(free):
                if len(free) >= 4:
                    row = 3
                else:
                    free.append(0.0)
            free[row] = right + 6
            placed.append((row, left, flip, step))
        kinds = " and ".join(sorted({"Updates" if s.kind == "update" else "Signals" for s in messages}, reverse=True))
        self.out.text(26, y + 20, kinds, "ink")
        for row, left, flip, step in placed:
            self._message(y + row * ROW + ROW / 2, left, flip, step)
        return y + len(free) * ROW

    def _message(self, mid: float, left: float, flip: bool, step: Step) -> None:
        bad = step.state == "failed"
        hover = self._message_hover(step)
        if step.kind == "update":
            end = self.x(step.closed or self.run.end)
            if end - left > 6:
                self.out.line(left, mid, end, mid, "message-l", title=hover)
            d = f"M{number(left)} {number(mid - 7)}l7 7l-7 7l-7 -7z"
        else:
            d = f"M{number(left)} {number(mid - 6)}l8 6l-8 6z"
        self.out.path(d, "failed" if bad else "message", title=hover)
        text = f"✗ {step.name}" if bad else step.name
        css = "bad" if bad else "ink"
        if flip:
            self.out.text(left - 11, mid + 4.5, text, f"{css} halo", anchor="end", title=hover)
        else:
            self.out.text(left + 11, mid + 4.5, text, f"{css} halo", title=hover)

    def _workers(self, y: float) -> float:
        """Each worker process: when it ran workflow code, how long it lived, where it died."""
        run = self.run
        y = self._heading(y, "Worker processes")
        if not run.workers:
            self.out.text(26, y + 20, "none yet", "ink")
            self.out.text(
                self.scale.left + 4, y + 20, "No worker has taken this workflow up. It waits, and nothing is lost.", "muted"
            )
            return y + ROW
        for worker in run.workers:
            mid = y + ROW / 2
            letter = f"{self.letters[worker.identity]}  " if self.letters else ""
            name = f"{letter}pid {worker.pid}" if worker.pid else f"{letter}{worker.identity}"
            self.out.text(26, mid + 4.5, fit(name, GUTTER - 34), "ink", title=worker.identity)
            self._life(mid, worker)
            y += ROW
        return y

    def _life(self, mid: float, worker: Worker) -> None:
        first, last, noticed, killed = self._lifespan(worker)
        left, right = self.scale.x(first), self.scale.x(killed if killed is not None else last)
        self.out.line(
            left,
            mid,
            max(right, left + 1),
            mid,
            "life",
            title=f"{worker.identity}: first seen at {duration_text(first)}, last sign of life at {duration_text(last)}",
        )
        for step in self.run.activities:
            for attempt in self.recorder.attempts(step):
                if attempt.worker == worker.identity and attempt.started:
                    a = self.x(attempt.started)
                    b = self.x(attempt.ended or self.run.end)
                    self.out.rect(
                        a,
                        mid - 3,
                        max(b - a, 2),
                        6,
                        "failed" if attempt.state in ("failed", "timed_out") else _ink(step),
                        r=1,
                        title=f"{step.name}, attempt {attempt.number}",
                    )
        for task in self.run.workflow_tasks:
            if task.worker != worker.identity or not task.started:
                continue
            self.used.add("task")
            x = self.x(task.started)
            title = f"workflow code ran (workflow task, event {task.event_id})"
            if task.state == "failed":
                self.out.text(x, mid + 5, "✗", "bad bold", anchor="middle", title=f"workflow task failed: {task.failure}")
            else:
                self.out.rect(x - 1.5, mid - 8, 3, 16, "task", title=title)
        if killed is not None:
            self._cross(self.scale.x(killed), mid, "killed", f"process {worker.pid} was killed at {duration_text(killed)}")
        elif noticed is not None:
            x = self.scale.x(noticed)
            if x - right > 3:
                self.out.line(right, mid, x, mid, "gone", title="no sign of life")
            self._cross(
                x,
                mid,
                "lost",
                f"the server gave process {worker.pid} up at {duration_text(noticed)}; its last sign of life was at {duration_text(last)}",
            )

    def _cross(self, x: float, mid: float, word: str, title: str) -> None:
        self.used.add("death")
        self.out.path(f"M{number(x - 5)} {number(mid - 5)}l10 10m0 -10l-10 10", "cross", title=title)
        flip = x + 12 + text_width(word) > self.scale.right
        self.out.text(x - 10 if flip else x + 10, mid + 4.5, word, "bad halo", anchor="end" if flip else "", title=title)

    def _lifespan(self, worker: Worker) -> tuple[float, float, float | None, float | None]:
        """First and last sign of life, when the server noticed its death, when it was killed (if that is known)."""
        first, last = self.at(worker.first_seen), self.at(worker.last_seen)
        noticed: float | None = None
        for step in self.run.activities:
            for attempt in self.recorder.attempts(step):
                if attempt.worker != worker.identity:
                    continue
                for moment in (attempt.started, attempt.heartbeat, attempt.ended if attempt.state != "timed_out" else None):
                    if moment:
                        last = max(last, self.at(moment))
                if attempt.state == "timed_out" and "eartbeat" in (attempt.error or "") and attempt.ended:
                    noticed = max(noticed or 0.0, self.at(attempt.ended))
        for task in self.run.workflow_tasks:
            if task.state == "timed_out" and task.sticky_worker == worker.identity and task.closed:
                noticed = max(noticed or 0.0, self.at(task.closed)) if noticed is None else noticed
        killed = next((at for at, pid in self.deaths if pid == worker.pid), None)
        if noticed is not None and noticed < last:
            noticed = None
        return first, last, noticed, killed

    def _handoffs(self) -> None:
        """An arrow from the model call that handed over to the first later call of the agent it named."""
        calls = list(self.run.model_calls)
        for n, step in enumerate(calls):
            for target in step.handoffs:
                after = next((s for s in calls[n + 1 :] if s.name == target and step.closed and s.scheduled >= step.closed), None)
                if after is None or step.key not in self.spots or after.key not in self.spots:
                    continue
                self.used.add("handoff")
                _, x1, y1 = self.spots[step.key]
                x2, _, y2 = self.spots[after.key]
                x1, y1 = x1 - 1, y1
                down = 1 if y2 > y1 else -1
                x2 = x2 + 5
                y1, y2 = y1 + down * BAR / 2, y2 - down * (BAR / 2 + 1)
                middle = (y1 + y2) / 2
                d = f"M{number(x1 - 4)} {number(y1)}C{number(x1 - 4)} {number(middle)} {number(x2)} {number(middle)} {number(x2)} {number(y2 - down * 5)}"
                self.out.path(d, "handoff", title=f"handoff: {step.name} → {target}")
                self.out.path(f"M{number(x2 - 4.5)} {number(y2 - down * 7)}h9l-4.5 {number(down * 7)}z", "handoff-tip")
                label = "handoff"
                self.out.text(max(x1, x2) + 8, middle + 4.5, label, "muted halo", title=f"handoff: {step.name} → {target}")

    def _axis(self, top: float, bottom: float) -> None:
        for stretch in self.scale.breaks:
            self.used.add("break")
            self.out.rect(
                stretch.left,
                top + 2,
                stretch.right - stretch.left,
                bottom - top - 2,
                "break",
                title=f"{duration_text(stretch.end - stretch.start)}, pressed together: nothing happened",
            )
            text = f"⋯ {duration_text(stretch.end - stretch.start)} ⋯"
            self.out.text((stretch.left + stretch.right) / 2, top + 16, text, "muted", anchor="middle")
        for x, text in self.scale.ticks():
            self.out.line(x, top + 22, x, bottom, "grid")
            anchor = "middle" if x > self.scale.left + 12 else ""
            if x + text_width(text) / 2 <= self.width - 4:
                self.out.text(x, top + 16, text, "muted", anchor=anchor)

    def _verticals(self, top: float, bottom: float) -> None:
        for moment in self.run.continued:
            x = self.x(moment)
            self.out.line(x, top + 22, x, bottom, "again", title="continued as new: a fresh history from here on")
        for at, pid in self.deaths:
            x = self.scale.x(at)
            self.out.line(x, top + 22, x, bottom, "kill", title=f"process {pid} was killed")
        if self.run.is_open:
            x = self.scale.right
            self.out.line(x, top + 22, x, bottom, "now", title="now")

    def _legend(self, y: float) -> float:
        """What the signs mean, as far as they occur."""
        entries = [
            ("failed", "failed attempt"),
            ("unseen", "failed attempts nobody watched"),
            ("backoff", "back-off"),
            ("queue", "waiting for a worker"),
            ("task", "workflow code runs"),
            ("open", "still going on"),
        ]
        x = 26.0
        self.out.line(16, y - 7.5, self.width - MARGIN, y - 7.5, "rule")
        for css, text in entries:
            if css not in self.used:
                continue
            if x + 30 + text_width(text) > self.width - MARGIN:
                x, y = 26.0, y + 22
            if css in ("backoff", "queue"):
                self.out.line(x, y + 11, x + 20, y + 11, css)
            elif css == "task":
                self.out.rect(x + 8, y + 3, 3, 16, css)
            elif css == "open":
                self.out.path(f"M{number(x)} {number(y + 5)}h14l6 6l-6 6h-14z", "model open")
            else:
                self.out.rect(x, y + 4, 20, 14, css, r=3)
            self.out.text(x + 26, y + 15.5, text, "muted")
            x += 26 + text_width(text) + 22
        return y + 30

    # Hover texts

    def _hover(self, bar: Bar, attempt: Attempt | None = None) -> str:
        step = bar.step
        what = step.name if step.kind != "model" else f"Model call by {step.name}"
        lines = [what]
        if attempt:
            took = (
                f", {duration_text(self.at(attempt.ended) - self.at(attempt.started))}"
                if attempt.ended and attempt.started
                else ""
            )
            began = f" from {duration_text(self.at(attempt.started))}" if attempt.started else ""
            lines.append(f"attempt {attempt.number} of {step.attempts}: {attempt.state.replace('_', ' ')}{began}{took}")
            if attempt.error:
                lines.append(attempt.error)
            if attempt.worker:
                lines.append(f"worker {attempt.worker}")
        else:
            lines.append(f"{step.state.replace('_', ' ')}, {duration_text(bar.end - bar.begin)}")
            if step.last_failure and step.state != "completed":
                lines.append(step.last_failure)
        if step.receipt and not (attempt and attempt.error):
            lines.append(f"receipt {step.receipt}")
        if step.input_preview:
            lines.append(f"in: {step.input_preview}")
        if step.result_preview and not (attempt and attempt.error):
            lines.append(f"out: {step.result_preview}")
        return "\n".join(lines)

    def _message_hover(self, step: Step) -> str:
        lines = [f"{step.kind.capitalize()} {step.name} at {duration_text(self.at(step.scheduled))}"]
        if step.input_preview:
            lines.append(f"in: {step.input_preview}")
        if step.kind == "update" and step.closed:
            lines.append(f"answered after {duration_text((step.closed - step.scheduled).total_seconds())}")
        if step.result_preview:
            lines.append(f"out: {step.result_preview}")
        if step.last_failure:
            lines.append(step.last_failure)
        return "\n".join(lines)


def _ink(step: Step) -> str:
    """The class that paints a step."""
    return {"model": "model", "child": "child", "timer": "timer"}.get(step.kind, "tool")


def _count(n: int, one: str, many: str = "") -> str:
    return "" if n == 0 and many else f"{n} {one if n == 1 else many or one + 's'}"


def size_text(size: float) -> str:
    """A size as one would say it: 812 bytes, 8.2 kB, 1.3 MB."""
    if size < 1000:
        return f"{size:.0f} bytes"
    return f"{size / 1000:.1f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"


_ = (MONO, pid_of)
