"""Everything around the lanes: the heading, the time axis, messages from people, workers, and the legend."""

from __future__ import annotations

from workshop.history.records import Run
from workshop.show import Picture
from workshop.timeline import handoffs
from workshop.timeline.bars import Bars
from workshop.timeline.inks import DEFS, RULES
from workshop.timeline.layout import GROUPS, MARGIN, Plan
from workshop.timeline.lives import Lives
from workshop.timeline.people import People
from workshop.timeline.scale import Stretch
from workshop.timeline.svg import Drawing, fit, number, text_width
from workshop.words import count, duration_text

STATUS = {
    "Running": ("▶", "running", "chip-open"),
    "Completed": ("✓", "completed", "chip-good"),
    "Failed": ("✗", "failed", "chip-bad"),
    "TimedOut": ("✗", "timed out", "chip-bad"),
    "Canceled": ("■", "cancelled", "chip-flat"),
    "Terminated": ("■", "terminated", "chip-bad"),
    "ContinuedAsNew": ("↻", "continued", "chip-open"),
}
LEGEND = {
    "failed": "failed attempt",
    "unseen": "failed attempts, times unknown",
    "backoff": "back-off",
    "queue": "waiting for a worker",
    "unstarted": "waiting for a free worker",
    "task": "workflow code runs",
    "open": "still going on",
    "gone": "no sign of life",
    "again": "continued as new",
    "cancel": "cancellation asked for",
}


def size_text(size: float) -> str:
    """Return a size in words: 812 bytes, 8.2 kB, 1.3 MB."""
    if size < 1000:
        return f"{size:.0f} bytes"
    return f"{size / 1000:.1f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"


def counts(run: Run) -> str:
    """Return what the run consists of, on one line."""
    failed = sum(
        step.attempts - (step.state in ("completed", "started", "cancelled"))
        for step in run.activities
        if step.attempts
    )
    tools = "other activity", "other activities"
    parts = [
        count(len(run.model_calls), "model call") if run.model_calls else "",
        count(len(run.tools), *(tools if run.model_calls else ("activity", "activities")))
        if run.tools
        else "",
        f"{count(failed, 'attempt')} failed" if failed else "",
        count(len(run.workers), "worker") if run.workers else "no worker yet",
        f"a chain of {len(run.run_ids)} runs" if len(run.run_ids) > 1 else "",
        f"{count(len(run.events), 'event')}, {size_text(run.total_bytes)}",
    ]
    return " · ".join(part for part in parts if part)


def headline(run: Run) -> tuple[str, str]:
    """Return the most important problem of the run and its CSS class: red while the problem lasts."""
    if run.stuck:
        return (
            f"✗ The workflow task fails, attempt {run.workflow_tasks[-1].attempts}: {run.stuck.failure}",
            "bad",
        )
    if run.failed:
        return f"✗ {run.result}", "bad"
    troubled = [step for step in run.activities if step.last_failure]
    for step in reversed(troubled):
        if not step.is_open:
            continue
        if step.state != "retrying":
            return (
                f"✗ {step.name}: attempt {step.attempts} is running, the last one failed. "
                f"{step.last_failure}",
                "bad",
            )
        seconds = max((step.next_retry - run.read_at).total_seconds(), 0) if step.next_retry else 0
        due = f"next one in {duration_text(seconds)}" if seconds > 0 else "the next one waits for a worker"
        return f"✗ {step.name}: attempt {step.attempts} failed, {due}. {step.last_failure}", "bad"
    if not troubled:
        return "", ""
    step = max(troubled, key=lambda one: one.attempts)
    return (
        f"{step.name} took {count(step.attempts, 'attempt')}; the last failure was {step.last_failure}",
        "muted",
    )


def paint(plan: Plan) -> Picture:
    """Paint the whole picture."""
    return _Page(plan).picture()


class _Page:
    def __init__(self, plan: Plan) -> None:
        self.plan, self.run, self.scale = plan, plan.run, plan.scale
        self.used: set[str] = set()
        self.out = Drawing(plan.width)
        self.right = plan.width - MARGIN

    def picture(self) -> Picture:
        """Paint the rows on a separate sheet: the axis behind them must know how far down they reach."""
        top = self._head()
        ground, self.out = self.out, Drawing(self.plan.width)
        y = top + 26
        if self.plan.messages or self.plan.waits:
            y = self._heading(y, "Messages from people")
            y = People(self.plan, self.out).paint(y)
        bars, group = Bars(self.plan, self.out, self.used), ""
        for lane in self.plan.lanes:
            if lane.kind != group:
                group = lane.kind
                y = self._heading(y, GROUPS[group])
            y = bars.lane(y, lane)
        handoffs.paint(bars.brush, bars.spots, bars.text_ends)
        y = self._heading(y, "Worker processes")
        bottom = Lives(self.plan, self.out, self.used).paint(y)
        rows, self.out = self.out, ground
        self._axis(top, bottom)
        self.out.put(rows)
        self._verticals(top, bottom)
        height = self._legend(bottom + 8)
        run = self.run
        state = STATUS.get(run.status, ("", run.status, ""))[1]
        label = (
            f"Timeline of {run.workflow_type} {run.workflow_id}: {state}, {duration_text(self.plan.length)}; "
            f"{counts(run)}"
        )
        return Picture(self.out.finish(height, label=label, rules=RULES, defs=DEFS))

    def _head(self) -> float:
        """Paint the title, the status, and the headline. Return the y below them."""
        run, out = self.run, self.out
        sign, word, css = STATUS.get(run.status, ("", run.status, "chip-flat"))
        if run.stuck:
            word, css = "running, but stuck", "chip-bad"
        chip = f"{sign} {word} · {duration_text(self.plan.length)}"
        chip_w = text_width(chip, bold=True) + 22
        left, right = 16.0, self.right - chip_w
        title = fit(run.workflow_type, right - left - 12, 18, bold=True)
        out.text(left, 30, title, "ink h1")
        id_x = left + text_width(title, 18, bold=True) + 10
        out.text(
            id_x, 30, fit(run.workflow_id, right - id_x - 12, mono=True), "muted mono", title=run.workflow_id
        )
        out.rect(right, 13, chip_w, 25, css, r=12.5, title=f"Started {run.started:%Y-%m-%d %H:%M:%S} UTC")
        out.text(right + chip_w / 2, 30, chip, f"{css}-t bold", anchor="middle")
        out.text(left, 52, counts(run), "muted")
        warning, tone = headline(run)
        if warning:
            out.text(left, 74, fit(warning, self.right - left), tone, title=warning)
        return 88.0 if warning else 66.0

    def _heading(self, y: float, text: str) -> float:
        self.out.line(16, y + 2.5, self.right, y + 2.5, "rule")
        self.out.text(16, y + 19, text, "muted")
        return y + 24

    # The axis

    def _axis(self, top: float, bottom: float) -> None:
        for pause in self.scale.breaks:
            text = duration_text(pause.end - pause.start)
            title = f"{text} without an event, pressed together"
            if self._skipped(pause):
                title = f"{text}, skipped by the server: nobody had to wait"
                text += " skipped"
            self.out.rect(
                pause.left, top + 22, pause.right - pause.left, bottom - top - 22, "break", title=title,
            )  # fmt: skip
            self.out.text((pause.left + pause.right) / 2, top + 16, f"⋯ {text} ⋯", "muted", anchor="middle")
        for x, text in self.scale.ticks():
            self.out.line(x, top + 22, x, bottom, "grid")
            if x + text_width(text) / 2 <= self.plan.width - 4:
                self.out.text(x, top + 16, text, "muted", anchor="middle" if x > self.scale.left + 12 else "")

    def _skipped(self, pause: Stretch) -> bool:
        """Return whether most of a break is time that the server skipped."""
        skips = [(self.plan.at(start), self.plan.at(end)) for start, end in self.run.skipped]
        inside = sum(max(min(end, pause.end) - max(start, pause.start), 0.0) for start, end in skips)
        return inside > (pause.end - pause.start) / 2

    def _verticals(self, top: float, bottom: float) -> None:
        for moment in self.run.continued:
            self._vertical(
                self.plan.at(moment), top, bottom, "again", "continued as new: a fresh history from here on"
            )
        if self.run.cancel_requested:
            self._vertical(
                self.plan.at(self.run.cancel_requested), top, bottom, "cancel", "cancellation was asked for"
            )
        for at, pid in self.plan.deaths:
            self._vertical(at, top, bottom, "kill", f"process {pid} was killed")
        if self.run.is_open:
            self._vertical(self.plan.length, top, bottom, "now", "now")

    def _vertical(self, at: float, top: float, bottom: float, css: str, title: str) -> None:
        self.used.add(css)
        x = self.scale.x(at)
        self.out.line(x, top + 22, x, bottom, css, title=title)

    # The legend

    def _legend(self, y: float) -> float:
        """Paint the meaning of each sign that occurs."""
        x, out = 26.0, self.out
        out.line(16, y - 5.5, self.right, y - 5.5, "rule")
        for css, text in LEGEND.items():
            if css not in self.used:
                continue
            if x + 30 + text_width(text) > self.right:
                x, y = 26.0, y + 22
            if css in ("backoff", "queue", "gone", "again", "cancel"):
                out.line(x, y + 11, x + 20, y + 11, css)
            elif css == "task":
                out.rect(x + 8, y + 3, 3, 16, css)
            elif css == "open":
                out.path(f"M{number(x)} {number(y + 5)}h14l6 6l-6 6h-14z", "model open")
            else:
                out.rect(x, y + 4, 20, 14, css, r=3)
            out.text(x + 26, y + 15.5, text, "muted")
            x += 26 + text_width(text) + 22
        return y + 30 if self.used & LEGEND.keys() else y
