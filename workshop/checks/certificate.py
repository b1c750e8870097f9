"""The crash certificate: a picture of the learner's own run and what it survived."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from workshop import timeline
from workshop.checks import sharing
from workshop.config import MY_WORK
from workshop.errors import LabError
from workshop.history import Run
from workshop.show import Picture
from workshop.timeline.inks import DEFS, RULES
from workshop.timeline.svg import Drawing, Rules, fit, number
from workshop.words import count, duration_text
from workshop.workspace import receipts

if TYPE_CHECKING:
    from workshop.lab import Lab

FILE = MY_WORK / "crash_certificate.svg"
WIDTH, EDGE = 960, 28
_RULES: Rules = {
    **RULES,
    "frame": ("fill:none;stroke:#3f5bd0;stroke-width:2", "fill:none;stroke:#93a7ff;stroke-width:2"),
    "title": ("font-weight:600;font-size:26px", "font-weight:600;font-size:26px"),
    "figure": ("font-weight:600;font-size:34px", "font-weight:600;font-size:34px"),
}


def certificate(lab: Lab, run: Run, *, name: str = "") -> Picture:
    """Draw the certificate of a run that outlived its worker, save it as `my_work/crash_certificate.svg` and
    return it.

    If the kills were not recorded (another notebook made them), each of the run's worker processes but the
    last counts as one. Raises LabError for a run that has earned none: not completed, never killed, or one
    that made a recorded call again.
    """
    pids = {worker.pid for worker in run.workers}
    # later kills don't count
    deaths = [(at, pid) for at, pid in lab.deaths() if pid in pids and run.started < at <= run.end]
    kills = len(deaths) or len(run.workers) - 1
    bill = receipts.compare(run, lab.gateway.bill(run.started.timestamp() - 1)["rows"])
    if refusal := _refusal(run, kills, len(bill.repeated)):
        raise LabError(refusal)
    picture = _draw(run, timeline.draw(run, deaths=deaths, width=WIDTH - 2 * EDGE), name.strip(), kills, bill)
    picture.save(FILE)
    sharing.keep_kills(kills)
    return picture


def _refusal(run: Run, kills: int, repeated: int) -> str | None:
    if run.status != "Completed":
        return (
            f"{run.workflow_id} is {run.status}: a certificate needs a run that completed.\n"
            "Wait for it: await lab.watch(handle)"
        )
    if kills < 1:
        return (
            f"One process did all of {run.workflow_id}, so there was nothing to survive yet.\n"
            "Start a run, kill its worker while it works, restart the worker, and ask again with that run."
        )
    if repeated:
        return (
            f"Recorded calls of {run.workflow_id} were made again: {repeated}.\n"
            "Look at them: await lab.receipts(handle)"
        )
    return None


def _draw(run: Run, inner: Picture, name: str, kills: int, bill: receipts.Receipts) -> Picture:
    paper = Drawing(WIDTH)
    paper.text(EDGE, 58, "Crash certificate", "ink title")
    if name:
        paper.text(WIDTH - EDGE, 58, fit(name, 460, 18, bold=True), "ink h1", anchor="end")
    day = (run.really(run.closed) if run.closed else run.read_at).astimezone()
    said = (
        f"{run.workflow_type}, {day.day} {day:%B %Y}. Its process died {_meanwhile(run)}, and the work was "
        "completed."
    )
    paper.text(EDGE, 84, fit(said, WIDTH - 2 * EDGE), "muted")
    figures = [
        (kills, "kill survived", "kills survived"),
        (len(bill.recorded), "model call recorded", "model calls recorded"),
        (len(bill.repeated), "recorded call repeated", "recorded calls repeated"),
        (len(bill.wasted), "call in flight made again", "calls in flight made again"),
    ]
    step = (WIDTH - 2 * EDGE) / len(figures)
    for place, (figure, one, many) in enumerate(figures):
        paper.text(EDGE + place * step, 138, str(figure), "ink figure")
        paper.text(EDGE + place * step, 160, one if figure == 1 else many, "muted")
    height = _height(inner)
    paper.add(_placed(inner, EDGE, 184))
    bottom = 184 + height + 34
    unknown = (
        f"; {count(len(bill.unknown), 'call')} by an unknown program not counted" if bill.unknown else ""
    )
    paper.text(EDGE, bottom - 4, f"Counted in the event history and on the bill{unknown}.", "muted")
    bottom += 22
    paper.rect(8, 8, WIDTH - 16, bottom - 16, "frame", r=6)
    label = (
        f"Crash certificate{f' of {name}' if name else ''}: {count(kills, 'kill')} survived, recorded calls "
        "repeated 0"
    )
    return Picture(paper.finish(bottom, label=label, rules=_RULES, defs=DEFS))


def _meanwhile(run: Run) -> str:
    """Say what the run was at when its process died: waiting through days that were skipped, or working."""
    skipped = sum((end - start).total_seconds() for start, end in run.skipped)
    return (
        f"while it waited for a person, {duration_text(skipped)} passed"
        if skipped
        else "in the middle of the work"
    )


def _height(picture: Picture) -> float:
    found = re.match(r'<svg[^>]* height="([\d.]+)"', picture.svg)
    assert found, "every drawing of ours says how high it is"
    return float(found[1])


def _placed(picture: Picture, x: float, y: float) -> str:
    """Return the drawing as part of another one, without its style, which would stretch it."""
    head, rest = picture.svg.split(">", 1)
    head = re.sub(r' style="[^"]*"', "", head).replace("<svg ", f'<svg x="{number(x)}" y="{number(y)}" ', 1)
    return f"{head}>{rest}"
