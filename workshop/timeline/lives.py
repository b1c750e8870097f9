"""The worker processes of a run: when each was at work, how long it lived, and where it died."""

from __future__ import annotations

from workshop.history.records import WorkflowTask
from workshop.timeline.brush import Brush, ink
from workshop.timeline.layout import GUTTER, ROW, Life, Plan
from workshop.timeline.svg import Drawing, fit, number, text_width
from workshop.words import duration_text

WORKER_ROW = 27
SHORT_QUEUE_S = 0.5


class Lives:
    """The painter of worker processes."""

    def __init__(self, plan: Plan, out: Drawing, used: set[str]) -> None:
        self.plan, self.run, self.scale, self.out = plan, plan.run, plan.scale, out
        self.used, self.brush = used, Brush(plan, out, used)

    def paint(self, y: float) -> float:
        """Paint each worker process: when it ran what, how long it lived, where it died."""
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
            self.brush.dashes(mid, start, until, 0.0, "queue", what)

    def _failing(self, mid: float, task: WorkflowTask) -> None:
        """Paint a failed workflow task up to the next recorded one: tries in between are not recorded."""
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
        hover = (
            f"the workflow task fails: {task.failure}\n"
            "It is tried again until the code is fixed; the run stays open."
        )
        self.brush.box(mid - 10, start, end, "failed", hover, texts, self.scale.right, height=20, bad=True)

    def _same_trouble(self, task: WorkflowTask) -> bool:
        """Return whether the workflow task before this one failed too; its bar then covers this one."""
        tasks = self.run.workflow_tasks
        return tasks[tasks.index(task) - 1].state == "failed"
