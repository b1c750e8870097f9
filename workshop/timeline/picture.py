"""A workflow run as a picture: who did what and when, what was tried again, on which worker, and who kept it
waiting.

The picture is made from `workshop.history` records alone, so it shows what the event history can prove. Times
that nobody observed are not invented: attempts that failed unwatched appear as one hatched stretch with their
number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal

from temporalio.client import WorkflowHandle

from workshop.history import Run
from workshop.show import Picture
from workshop.timeline.layout import Plan
from workshop.timeline.live import follow
from workshop.timeline.sections import paint
from workshop.timeline.sizes import draw_bytes

__all__ = ["Picture", "draw", "watch"]

Death = tuple[datetime, int]


def draw(
    run: Run,
    *,
    width: int = 960,
    view: Literal["time", "bytes"] = "time",
    deaths: Sequence[Death] = (),
) -> Picture:
    """Draw `run`.

    `view`: "time", or "bytes" for the size of each event. `width`: in pixels. `deaths`: known kills, as
    (aware time, process id); without them a death is drawn where the server noticed it.
    """
    if view == "bytes":
        return draw_bytes(run, width=width)
    if view != "time":
        raise ValueError(f'There is no view {view!r}. Choose view="time" or view="bytes".')
    return paint(Plan(run, width=width, deaths=deaths))


async def watch(
    handle: WorkflowHandle[Any, Any],
    *,
    until: Callable[[Run], object] | None = None,
    timeout: float = 60.0,  # noqa: ASYNC109 (it ends the watching, not the work: nothing is canceled)
    interval: float = 0.3,
    show: bool = True,
    **drawing: Any,
) -> Run:
    """Follow a run until `until(run)` is true, it closes, or `timeout` seconds have passed; return the last
    look at it.

    In a notebook the picture is drawn once and then replaced in place; elsewhere each change is printed as
    one line. A time-out is reported, not raised. If the server is briefly away, wait for it. `drawing`:
    arguments of `draw`, such as `deaths`. Raises temporalio.service.RPCError when there is no such workflow,
    or when the server was never there.
    """

    def picture(run: Run) -> Picture:
        return draw(run, **drawing)

    return await follow(handle, picture, until=until, timeout=timeout, interval=interval, show=show)
