"""Everything around the lanes: the heading, the time axis, messages from people, workers, and the legend."""

from __future__ import annotations

from typing import Literal

from workshop.history.records import Run, Step, WorkflowTask
from workshop.show import Picture
from workshop.timeline.inks import DEFS, RULES
from workshop.timeline.layout import BAR, GROUPS, GUTTER, MARGIN, ROW, Life, Plan
from workshop.timeline.marks import Bars, counted, ink
from workshop.timeline.scale import Stretch
from workshop.timeline.svg import Drawing, fit, number, text_width
from workshop.words import duration_text

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
    "unseen": "failed attempts nobody watched",
    "backoff": "back-off",
    "queue": "waiting for a worker",
    "unstarted": "waiting for a free worker",
    "task": "workflow code runs",
    "open": "still going on",
    "gone": "no sign of life",
    "again": "continued as new",
    "cancel": "cancellation asked for",
}
WORKER_ROW = 27
SHORT_QUEUE_S = 0.5


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
        counted(len(run.model_calls), "model call") if run.model_calls else "",
        counted(len(run.tools), *(tools if run.model_calls else ("activity", "activities")))
        if run.tools
        else "",
        f"{counted(failed, 'attempt')} failed" if failed else "",
        counted(len(run.workers), "worker") if run.workers else "no worker yet",
        f"a chain of {len(run.run_ids)} runs" if len(run.run_ids) > 1 else "",
        f"{counted(len(run.events), 'event')}, {size_text(run.total_bytes)}",
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
                f"✗ {step.name}: attempt {step.attempts} is running, the last one failed. {step.last_failure}",
                "bad",
            )
        seconds = max((step.next_retry - run.read_at).total_seconds(), 0) if step.next_retry else 0
        due = f"next one in {duration_text(seconds)}" if seconds > 0 else "the next one waits for a worker"
        return f"✗ {step.name}: attempt {step.attempts} failed, {due}. {step.last_failure}", "bad"
    if not troubled:
        return "", ""
    step = max(troubled, key=lambda one: one.attempts)
    return (
        f"{step.name} took {counted(step.attempts, 'attempt')}; the last failure was {step.last_failure}",
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
        """Paint the rows on a separate sheet first: the axis behind them must know how far down they reach."""
        top = self._head()
        ground, self.out = self.out, Drawing(self.plan.width)
        y = top + 26
        if self.plan.messages or self.plan.waits:
            y = self._people(y)
        bars, group = Bars(self.plan, self.out, self.used), ""
        for lane in self.plan.lanes:
            if lane.kind != group:
                group = lane.kind
                y = self._heading(y, GROUPS[group])
            y = bars.lane(y, lane)
        bars.handoffs()
        bottom = self._workers(y)
        rows, self.out = self.out, ground
        self._axis(top, bottom)
        self.out.put(rows)
        self._verticals(top, bottom)
        height = self._legend(bottom + 8)
        run = self.run
        state = STATUS.get(run.status, ("", run.status, ""))[1]
        label = f"Timeline of {run.workflow_type} {run.workflow_id}: {state}, {duration_text(self.plan.length)}; {counts(run)}"
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

    # People

    def _people(self, y: float) -> float:
        """Paint Updates and Signals, and the time that the workflow waited for one."""
        y = self._heading(y, "Messages from people")
        if self.plan.waits:
            self.out.text(26, y + 20, "waiting for someone")
            for start, end in self.plan.waits:
                self._wait(y + 4, start, end)
            y += ROW
        if not self.plan.messages:
            return y
        kinds = {step.kind for step in self.plan.messages}
        self.out.text(
            26,
            y + 20,
            " and ".join(
                word for kind, word in (("update", "Updates"), ("signal", "Signals")) if kind in kinds
            ),
        )
        free: list[float] = []
        for step in self.plan.messages:
            left, end = self._extent(step)
            width = text_width(step.name)
            before = end + 16 + width > self.scale.right  # no room for the name to its right
            inside = before and left - 11 - width < self.scale.left  # nor to its left: put it on the line
            start = left - width if before and not inside else left - 8
            row = next((n for n, x in enumerate(free) if x <= start), None)
            if row is None and len(free) < 4:
                row = len(free)
                free.append(0.0)
            row = len(free) - 1 if row is None else row
            free[row] = max(end + 10, left + 16 + width if inside else 0) if before else end + 16 + width
            self._message(
                y + row * ROW + ROW / 2, step, "inside" if inside else "before" if before else "behind"
            )
        return y + len(free) * ROW

    def _extent(self, step: Step) -> tuple[float, float]:
        """Return where a message begins and ends in the picture: a Signal is a point, an Update lasts until
        it is answered.
        """
        left = self.plan.x(step.scheduled)
        return left, max(self.plan.x(step.closed or self.run.end), left) if step.kind == "update" else left

    def _wait(self, y: float, start: float, end: float) -> None:
        left, right = self.scale.x(start), self.scale.x(end)
        text = duration_text(end - start)
        title = f"{text} of waiting for a message. No worker is busy, no model is called."
        self.out.rect(left, y, max(right - left, 2), BAR, "human", r=3, title=title)
        width = text_width(text) + 10
        if right - left > width + 6:
            self.out.rect((left + right - width) / 2, y + 3, width, BAR - 6, "plate", r=2)
            self.out.text((left + right) / 2, y + BAR / 2 + 4.5, text, "ink", anchor="middle", title=title)

    def _message(self, mid: float, step: Step, side: Literal["before", "inside", "behind"]) -> None:
        bad = step.state == "failed"
        hover = self._message_hover(step)
        left, end = self._extent(step)
        text = f"✗ {step.name}" if bad else step.name
        x = {"before": left - 11, "inside": left + 13, "behind": left + 11}[side]
        if step.kind == "update":
            if end - left > 9:
                self.out.line(left, mid, end, mid, "message-l", title=hover)
                x = end + 6 if side == "behind" else x
            d = f"M{number(left)} {number(mid - 7)}l7 7l-7 7l-7 -7z"
        else:
            d = f"M{number(left - 4)} {number(mid - 6)}l9 6l-9 6z"
        self.out.path(d, "failed" if bad else "message", title=hover)
        if side == "inside":
            self.out.rect(left + 10, mid - 8, text_width(text) + 6, 16, "plate", r=2)
        self.out.text(
            x, mid + 4.5, text, "bad" if bad else "ink", anchor="end" if side == "before" else "", title=hover
        )

    def _message_hover(self, step: Step) -> str:
        lines = [f"{step.kind.capitalize()} {step.name} at {duration_text(self.plan.at(step.scheduled))}"]
        lines += [f"in: {step.input_preview}"] if step.input_preview else []
        if step.kind == "update" and step.closed:
            lines.append(f"answered after {duration_text((step.closed - step.scheduled).total_seconds())}")
        lines += [f"out: {step.result_preview}"] if step.result_preview else []
        lines += [step.last_failure] if step.last_failure else []
        return "\n".join(lines)

    # Workers

    def _workers(self, y: float) -> float:
        """Paint each worker process: when it ran workflow code and activities, how long it lived, where it
        died.
        """
        y = self._heading(y, "Worker processes")
        if not self.plan.lives:
            self.out.text(26, y + 20, "none yet")
            text = "No worker has taken this workflow up. It waits, and nothing is lost."
            self.out.text(self.scale.left + 4, y + 20, text, "muted")
            return y + ROW
        for life in self.plan.lives:
            mid = y + WORKER_ROW / 2
            worker = life.worker
            letter = self.plan.letters.get(worker.identity, "")
            if letter:
                self.out.text(26, mid + 4.5, letter, "ink bold")
            name = f"pid {worker.pid}" if worker.pid else worker.identity
            name += f" · {worker.build}" if worker.build else ""
            x = 44 if letter else 26
            self.out.text(x, mid + 4.5, fit(name, GUTTER - 8 - x), "ink", title=worker.identity)
            self._life(mid, life)
            y += WORKER_ROW
        return y

    def _life(self, mid: float, life: Life) -> None:
        worker = life.worker
        left, right = self.scale.x(life.first), self.scale.x(life.end)
        signs = f"first seen at {duration_text(life.first)}, last sign of life at {duration_text(life.last)}"
        self.out.line(left, mid, max(right, left + 1), mid, "life", title=f"{worker.identity}: {signs}")
        dead = life.noticed is not None or life.killed is not None
        for step, attempt in self.plan.attempts_of(worker):
            begun = attempt.started or attempt.scheduled
            if begun is None:
                continue
            a, b = self.plan.x(begun), self.plan.x(attempt.ended or self.run.end)
            b = min(b, right) if dead else b
            css = "failed" if attempt.state in ("failed", "timed_out") else ink(step)
            self.out.rect(
                a, mid - 3, max(b - a, 2), 6, css, r=1, title=f"{step.name}, attempt {attempt.number}"
            )
        if life.killed is not None:
            self._cross(
                right, mid, "killed", f"process {worker.pid} was killed at {duration_text(life.killed)}"
            )
        elif life.noticed is not None:
            x = self.scale.x(life.noticed)
            self._dots(right, x, mid)
            self._cross(
                x,
                mid,
                "lost",
                f"the server gave {worker.identity} up at {duration_text(life.noticed)}; {signs}",
            )
        for task in self.run.workflow_tasks:
            self._task(mid, task, life)

    def _dots(self, left: float, right: float, mid: float) -> None:
        if right - left > 4:
            self.used.add("gone")
            self.out.line(left, mid, right, mid, "gone", title="no sign of life")

    def _cross(self, x: float, mid: float, word: str, title: str) -> None:
        self.out.path(f"M{number(x - 5)} {number(mid - 5)}l10 10m0 -10l-10 10", "cross", title=title)
        flip = x + 12 + text_width(word) > self.scale.right
        self.out.text(
            x - 10 if flip else x + 10, mid + 4.5, word, "bad halo", anchor="end" if flip else "", title=title
        )

    def _task(self, mid: float, task: WorkflowTask, life: Life) -> None:
        """Paint a workflow task on the row of the worker that ran it, or whose sticky queue held it."""
        plan, identity = self.plan, life.worker.identity
        if task.state == "timed_out" and task.sticky_worker == identity and task.closed:
            self._queued(mid, task, plan.at(task.closed), "in the queue of a worker that is gone")
        last = plan.lives[-1].worker.identity
        if task.worker != identity and not (
            task.worker is None and task is self.run.workflow_tasks[-1] and identity == last
        ):
            return
        if task.started and not (task.state == "started" and self.run.stuck):
            self._queued(mid, task, plan.at(task.started), "until a worker took the workflow up")
        if task.state == "failed" or (task.state == "started" and self.run.stuck):
            self._failing(mid, task)
        elif task.started:
            self.used.add("task")
            title = f"workflow code ran (workflow task, event {task.event_id})"
            self.out.rect(plan.x(task.started) - 1.5, mid - 8, 3, 16, "task", title=title)

    def _queued(self, mid: float, task: WorkflowTask, until: float, what: str) -> None:
        start = self.plan.at(task.scheduled)
        if until - start >= SHORT_QUEUE_S:
            Bars(self.plan, self.out, self.used).dashes(mid, start, until, 0.0, "queue", what)

    def _failing(self, mid: float, task: WorkflowTask) -> None:
        """Paint a failed workflow task up to the next recorded one: further tries are not recorded while they
        fail.
        """
        tasks = self.run.workflow_tasks
        following = next((t for t in tasks[tasks.index(task) + 1 :] if t.state == "completed"), None)
        if any(t.state == "failed" for t in tasks[: tasks.index(task)]) and self._same_trouble(task):
            return
        start = self.plan.at(task.started or task.scheduled)
        end = self.plan.at(following.scheduled if following else self.run.end)
        tries = max(t.attempts for t in tasks[tasks.index(task) :]) if not following else following.attempts
        self.used.add("failed")
        word = f"workflow task, attempt {tries} ✗" if tries > 1 else "workflow task ✗"
        texts = [f"{word} {task.failure}", word]
        hover = f"the workflow task fails: {task.failure}\nIt is tried again until the code is fixed; the run stays open."
        Bars(self.plan, self.out, self.used).box(
            mid - 10, start, end, "failed", hover, texts, self.scale.right, height=20, bad=True
        )

    def _same_trouble(self, task: WorkflowTask) -> bool:
        """Return whether the workflow task before this one failed too; its bar then covers this one."""
        tasks = self.run.workflow_tasks
        return tasks[tasks.index(task) - 1].state == "failed"

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
