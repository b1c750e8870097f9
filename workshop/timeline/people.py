"""What people sent a run, Updates and Signals, and how long it waited for them."""

from __future__ import annotations

from typing import Literal

from workshop.history.records import Step
from workshop.timeline.layout import BAR, ROW, Plan
from workshop.timeline.svg import Drawing, number, text_width
from workshop.words import duration_text


class People:
    """The painter of messages and waits."""

    def __init__(self, plan: Plan, out: Drawing) -> None:
        self.plan, self.run, self.scale, self.out = plan, plan.run, plan.scale, out

    def paint(self, y: float) -> float:
        """Paint Updates and Signals, and the time that the workflow waited for one."""
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
        """Return where a message begins and ends: a Signal is a point, an Update lasts until its answer."""
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
