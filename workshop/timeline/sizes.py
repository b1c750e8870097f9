"""The second view of a history: the bytes of each event, and how close they are to the server's limit."""

from __future__ import annotations

from dataclasses import dataclass

from workshop.history.records import Event, Run, Step
from workshop.show import Picture
from workshop.timeline.inks import DEFS, RULES
from workshop.timeline.layout import MARGIN
from workshop.timeline.sections import size_text
from workshop.timeline.svg import Drawing, fit, number, text_width

LIMIT = 50 * 1024 * 1024
"""The size of a history at which the server ends the run: 50 MB, unless configured otherwise."""
COLUMNS = 150
HEIGHT = 190.0
LEFT = 92.0
KINDS = {
    "model-in": ("model", "model calls: what was sent"),
    "model-out": ("receipt", "model calls: answers"),
    "work": ("tool", "other activities, timers, messages, children"),
    "task": ("task", "workflow tasks and the run itself"),
}


@dataclass
class Column:
    """One event, or several neighbors if there are too many for a column each."""

    events: list[Event]
    parts: dict[str, int]

    @property
    def bytes(self) -> int:
        return sum(self.parts.values())


def kind_of(event: Event, step: Step | None) -> str:
    """Return which of KINDS an event belongs to."""
    if step is None:
        return "task"
    if step.kind != "model":
        return "work"
    return "model-in" if event.type == "ActivityTaskScheduled" else "model-out"


def columns(run: Run) -> list[Column]:
    """Return the events in order, joined into at most COLUMNS columns."""
    steps = {step.key: step for step in run.steps}
    per_column = -(-len(run.events) // COLUMNS)
    found = []
    for n in range(0, len(run.events), per_column):
        column = Column(list(run.events[n : n + per_column]), dict.fromkeys(KINDS, 0))
        for event in column.events:
            column.parts[kind_of(event, steps.get(event.step) if event.step else None)] += event.bytes
        found.append(column)
    return found


def draw_bytes(run: Run, *, width: int) -> Picture:
    """Draw the bytes of each event as columns, in order, with the running total as a line."""
    out = Drawing(width)
    right = width - MARGIN
    bottom = 84.0 + HEIGHT
    data = columns(run)
    step = (right - LEFT) / len(data)
    _heading(out, run, right)
    _bars(out, run, data, step, bottom, right)
    _running_total(out, data, step, bottom, right, run.total_bytes)
    out.text(LEFT, bottom + 22, "first event", "muted")
    out.text(right, bottom + 22, f"event {len(run.events)}", "muted", anchor="end")
    height = _legend(out, data, bottom + 36, right)
    label = (
        f"History of {run.workflow_type} {run.workflow_id} by size: {len(run.events)} events, "
        f"{size_text(run.total_bytes)}"
    )
    return Picture(out.finish(height, label=label, rules=RULES, defs=DEFS))


def _heading(out: Drawing, run: Run, right: float) -> None:
    total = run.total_bytes
    out.text(16, 30, fit(f"History of {run.workflow_type}", 520, 18, bold=True), "ink h1")
    x = 16 + text_width(f"History of {run.workflow_type}", 18, bold=True) + 10
    out.text(x, 30, fit(run.workflow_id, right - x, mono=True), "muted mono")
    share = total / LIMIT
    percent = f"{share * 100:.1f} %" if share >= 0.001 else "less than 0.1 %"
    fact = (
        f"{len(run.events)} events, {size_text(total)}: {percent} of the 50 MB at which the server ends a run"
    )
    out.text(16, 52, fact, "muted")


def _bars(out: Drawing, run: Run, data: list[Column], step: float, bottom: float, right: float) -> None:
    """Paint one bar for each column, over three lines that say how high it is."""
    highest = max(column.bytes for column in data)
    for level in (0.0, 0.5, 1.0):
        y = bottom - level * HEIGHT
        out.line(LEFT, y, right, y, "rule")
        out.text(LEFT - 8, y + 4.5, size_text(highest * level) if level else "0", "muted", anchor="end")
    for n, column in enumerate(data):
        y = bottom
        for kind, (css, _) in KINDS.items():
            height = column.parts[kind] / highest * HEIGHT
            if height > 0:
                y -= height
                out.rect(
                    LEFT + n * step + step * 0.1,
                    y,
                    step * 0.8,
                    max(height, 0.6),
                    css,
                    title=_hover(run, column),
                )


def _running_total(
    out: Drawing, data: list[Column], step: float, bottom: float, right: float, total: int
) -> None:
    points, so_far = [f"M{number(LEFT)} {number(bottom)}"], 0
    for n, column in enumerate(data):
        so_far += column.bytes
        points.append(f"L{number(LEFT + (n + 1) * step)} {number(bottom - so_far / total * HEIGHT)}")
    out.path("".join(points), "total", title=f"running total, {size_text(total)} at the end")
    out.text(right, bottom - HEIGHT - 8, f"total {size_text(total)}", "muted", anchor="end")


def _hover(run: Run, column: Column) -> str:
    steps = {step.key: step for step in run.steps} if len(column.events) == 1 else {}
    first, last = column.events[0], column.events[-1]
    if first is not last:
        return f"events {first.id} to {last.id}: {size_text(column.bytes)}"
    step = steps.get(first.step) if first.step else None
    return f"event {first.id}, {first.type}{f' ({step.name})' if step else ''}: {size_text(first.bytes)}"


def _legend(out: Drawing, data: list[Column], y: float, right: float) -> float:
    x = 26.0
    sizes = {kind: sum(column.parts[kind] for column in data) for kind in KINDS}
    entries = [
        (css, f"{text}, {size_text(sizes[kind])}") for kind, (css, text) in KINDS.items() if sizes[kind]
    ]
    for css, text in [*entries, ("total", "running total, on a scale of its own")]:
        if x + 26 + text_width(text) > right:
            x, y = 26.0, y + 22
        if css == "total":
            out.path(f"M{number(x)} {number(y + 11)}h20", css)
        else:
            out.rect(x, y + 4, 20, 14, css, r=2)
        out.text(x + 26, y + 15.5, text, "muted")
        x += 26 + text_width(text) + 22
    return y + 32
