"""The arrows from a model call that handed over to the first later call of the agent that it named."""

from __future__ import annotations

from workshop.history.records import Run, Step
from workshop.timeline.brush import Brush
from workshop.timeline.layout import BAR, MIN_BAR, Plan
from workshop.timeline.svg import number, text_width

Spot = tuple[float, float, float]
"""The left, right, and middle of a step's bar."""


def handed_to(run: Run, step: Step) -> Step | None:
    """Return the first later model call of the agent that `step` handed over to."""
    if not step.handoffs or step.closed is None:
        return None
    later = (s for s in run.model_calls if s.name in step.handoffs and s.scheduled >= step.closed)
    return next(later, None)


def turn(plan: Plan, end: float, after: Step) -> float:
    """Return the x where the arrow from a bar that ends at `end` turns toward `after`."""
    left, right = (plan.scale.x(moment) for moment in plan.span(after))
    return max(min(left + 12, max(right, left + MIN_BAR)), plan.scale.x(end) + 9)


def paint(brush: Brush, spots: dict[tuple[str, int], Spot], text_ends: dict[tuple[str, int], float]) -> None:
    """Paint all arrows between bars that were painted. `text_ends`: where the text beside a bar ends."""
    for step in brush.plan.run.model_calls:
        after = handed_to(brush.plan.run, step)
        if after is not None and step.key in spots and after.key in spots:
            _, _, y = spots[after.key]
            _paint_one(brush, step, spots[step.key], text_ends.get(step.key, 0.0), after, y)


def _paint_one(brush: Brush, step: Step, spot: Spot, text_end: float, after: Step, y2: float) -> None:
    brush.used.add("handoff")
    title = f"handoff: {step.name} → {after.name}"
    _, right, y1 = spot
    down = 1 if y2 > y1 else -1
    x = max(turn(brush.plan, brush.plan.span(step)[1], after), right + 9)
    x1 = max(right, text_end + 3)
    tip = y2 - down * (BAR / 2 + 1)
    corner = f"Q{number(x)} {number(y1)} {number(x)} {number(y1 + down * 6)}"
    line = f"M{number(x1 + 1)} {number(y1)}H{number(x - 6)}{corner}V{number(tip - down * 5)}"
    brush.out.path(line, "handoff", title=title)
    head = f"M{number(x - 4.5)} {number(tip - down * 7)}h9l-4.5 {number(down * 7)}z"
    brush.out.path(head, "handoff-tip", title=title)
    if x + 8 + text_width("handoff") < brush.scale.right:
        brush.out.text(x + 8, y1 + 4.5, "handoff", "muted", title=title)
