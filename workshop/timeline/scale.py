"""The time axis: seconds to pixels, with breaks where nothing happened for long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

STEPS = (
    0.01,
    0.02,
    0.05,
    0.1,
    0.2,
    0.5,
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1800,
    3600,
    7200,
    21600,
    43200,
    86400,
)
DAY_S = 86400.0
SPACING = 88.0
BREAK_WIDTH = 92.0
BREAK_SHARE = 0.3
"""The largest share of the axis that an idle stretch can take before it becomes a break."""
MIN_BREAK_S = 4.0

Interval = tuple[float, float]


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """Join overlapping or touching intervals; return them in order."""
    joined: list[Interval] = []
    for start, end in sorted(intervals):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def gaps(intervals: Iterable[Interval], end: float) -> list[Interval]:
    """Return the stretches between 0 and `end` that no interval covers."""
    found, at = [], 0.0
    for start, stop in union(intervals):
        if start > at:
            found.append((at, min(start, end)))
        at = max(at, stop)
    if at < end:
        found.append((at, end))
    return found


def tick_text(seconds: float, step: float) -> str:
    """Return the label of a tick: seconds below two minutes, then minutes and hours, and days if need be."""
    if seconds >= DAY_S and step < 60:
        days, rest = divmod(seconds, DAY_S)
        return f"{days:.0f} d {tick_text(rest, step)}"
    if seconds < 120 and step < 60:
        decimals = 2 if step < 0.1 else 1 if step < 1 else 0
        return f"{seconds:.{decimals}f} s"
    whole = round(seconds)
    if whole < 3600 or step < 60:
        return f"{whole // 60}:{whole % 60:02} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02} h"


@dataclass(frozen=True)
class Stretch:
    """A piece of the axis with its own scale."""

    start: float
    end: float
    left: float
    right: float
    is_break: bool

    def x(self, seconds: float) -> float:
        if self.end <= self.start:
            return self.left
        share = (seconds - self.start) / (self.end - self.start)
        return self.left + share * (self.right - self.left)


class Scale:
    """The map from seconds since a run's start to x. Long idle stretches become narrow breaks."""

    def __init__(self, end: float, left: float, right: float, idle: Sequence[Interval]) -> None:
        self.end, self.left, self.right = max(end, 1e-3), left, right
        breaks = _breaks(self.end, idle, right - left)
        shown = self.end - sum(b - a for a, b in breaks)
        self.per_second = (right - left - BREAK_WIDTH * len(breaks)) / shown
        self.stretches: list[Stretch] = []
        at, x = 0.0, left
        for start, stop in breaks:
            if start > at:
                x = self._add(at, start, x, (start - at) * self.per_second, False)
            x = self._add(start, stop, x, BREAK_WIDTH, True)
            at = stop
        if at < self.end or not self.stretches:
            self._add(at, self.end, x, right - x, False)

    def _add(self, start: float, end: float, left: float, width: float, is_break: bool) -> float:
        self.stretches.append(Stretch(start, end, left, left + width, is_break))
        return left + width

    def x(self, seconds: float) -> float:
        """Return the x of a moment; a moment outside the run gets the nearest edge."""
        seconds = min(max(seconds, 0.0), self.end)
        for stretch in self.stretches:
            if seconds <= stretch.end:
                return stretch.x(seconds)
        return self.right

    @property
    def breaks(self) -> list[Stretch]:
        return [stretch for stretch in self.stretches if stretch.is_break]

    def ticks(self) -> list[tuple[float, str]]:
        """Return the x and label of each tick, at least `SPACING` pixels apart and none inside a break."""
        step = next((s for s in STEPS if s * self.per_second >= SPACING), None)
        if step is None:
            step = 86400.0 * max(1, round(SPACING / (86400 * self.per_second)))
        ticks = []
        for stretch in self.stretches:
            if stretch.is_break:
                continue
            first = int(stretch.start / step + (0 if stretch.start == 0 else 1))
            for n in range(first, int(stretch.end / step + 1e-9) + 1):
                x = stretch.x(n * step)
                if stretch.start > 0 and x - stretch.left < 26:
                    continue
                ticks.append((x, tick_text(n * step, step)))
        return ticks


def _breaks(end: float, idle: Sequence[Interval], width: float) -> list[Interval]:
    """Choose the idle stretches to shorten: longest first, while one takes too much of what is left."""
    chosen: list[Interval] = []
    shown = end
    for start, stop in sorted(idle, key=lambda gap: gap[0] - gap[1]):
        length = stop - start
        room = width - BREAK_WIDTH * (len(chosen) + 1)
        if (
            length < MIN_BREAK_S
            or length < BREAK_SHARE * shown
            or room < width / 2
            or shown - length < end * 1e-6
        ):
            break
        chosen.append((start, stop))
        shown -= length
    return sorted(chosen)
