"""The brush that all parts of a picture share: boxes with a text that fits, and waits as dashed lines."""

from __future__ import annotations

from collections.abc import Sequence

from workshop.history.records import Step
from workshop.timeline.layout import BAR, MIN_BAR, Plan
from workshop.timeline.svg import Drawing, number, text_width
from workshop.words import duration_text


def ink(step: Step) -> str:
    """Return the CSS class for a step."""
    return {"model": "model", "child": "child", "timer": "timer"}.get(step.kind, "tool")


class Brush:
    """Paints on `out`, and notes in `used` the signs that the legend must explain."""

    def __init__(self, plan: Plan, out: Drawing, used: set[str]) -> None:
        self.plan, self.out, self.used, self.scale = plan, out, used, plan.scale

    def box(
        self,
        y: float,
        start: float,
        end: float,
        css: str,
        hover: str,
        texts: Sequence[str],
        limit: float,
        *,
        free: float = float("inf"),
        height: float = BAR,
        is_open: bool = False,
        letter: str = "",
        bad: bool = False,
    ) -> float:
        """Paint a bar and the longest of its texts that fits: inside it, to its right up to `limit`, or to
        its left from `free`.

        `texts`: longest first. Return the right end of what was painted.
        """
        left = self.scale.x(start)
        width = max(self.scale.x(end) - left, MIN_BAR)
        self._bar(left, y, width, height, css, hover, is_open)
        base, right = y + height / 2 + 4.5, left + width
        lettered = bool(letter) and width >= 20
        x = left + (25 if lettered else 6)
        rooms = {
            "inside": right - x - (9 if is_open else 5),
            "beside": limit - right - 10,
            "ahead": left - free - 10,
        }
        place, text = _choose(texts, rooms, f"{letter} " if letter and not lettered else "", bad=bad)
        if lettered and place == "inside":
            self.out.text(left + 10.5, base, letter, f"{css}-t bold", anchor="middle")
            self.out.line(left + 19.5, y + 4, left + 19.5, y + height - 4, f"{css}-l")
        elif lettered:
            self.out.text(left + width / 2, base, letter, f"{css}-t bold", anchor="middle")
        ends = {"inside": x, "beside": right + 5, "ahead": left - 5}
        if place in ends:
            tone = f"{css}-t" if place == "inside" else "bad" if bad else "muted"
            self.out.text(ends[place], base, text, tone, anchor="end" if place == "ahead" else "")
        return right + 5 + text_width(text) if place == "beside" else right

    def _bar(
        self, left: float, y: float, width: float, height: float, css: str, hover: str, is_open: bool
    ) -> None:
        if is_open:
            self.used.add("open")
            self.out.path(_arrow(left, y, width, height), f"{css} open", title=hover)
        else:
            self.out.rect(left, y, width, height, css, title=hover, r=3)

    def dashes(self, mid: float, start: float, end: float, text_end: float, css: str, what: str) -> None:
        """Paint a wait as a dashed line that says how long it is. `text_end`: where earlier text ends."""
        left, right = max(self.scale.x(start) + 1, text_end + 4), self.scale.x(end) - 1
        if right - left < 3:
            return
        self.used.add(css)
        title = f"{duration_text(end - start)} {what}"
        text = duration_text(end - start)
        width = text_width(text) + 8
        if right - left < width + 16:
            self.out.line(left, mid, right, mid, css, title=title)
            return
        middle = (left + right) / 2
        self.out.line(left, mid, middle - width / 2, mid, css, title=title)
        self.out.line(middle + width / 2, mid, right, mid, css, title=title)
        self.out.text(middle, mid + 4.5, text, "muted", anchor="middle", title=title)


def _choose(texts: Sequence[str], rooms: dict[str, float], letter: str, *, bad: bool) -> tuple[str, str]:
    """Return the place for a text and the text itself, or two empty strings if none fits.

    A failed attempt has only a short text beside its bar, because the next attempt follows there. `letter`
    precedes a text outside the bar.
    """
    for text in filter(None, texts):
        if text_width(text) <= rooms["inside"]:
            return "inside", text
        if bad and text is not texts[-1]:
            continue
        for place in ("beside", "ahead"):
            if text_width(letter + text) <= rooms[place]:
                return place, letter + text
    return ("inside", "✗") if bad and text_width("✗") <= rooms["inside"] else ("", "")


def _arrow(left: float, y: float, width: float, height: float) -> str:
    """Return the outline of a bar that is still growing: its right end is pointed."""
    tip = min(7.0, width)
    x0, x3, point, end = number(left), number(left + 3), number(left + width - tip), number(left + width)
    y0, y3, middle, base3, base = (number(y + dy) for dy in (0, 3, height / 2, height - 3, height))
    return (
        f"M{x3} {y0}H{point}L{end} {middle}L{point} {base}H{x3}Q{x0} {base} {x0} {base3}V{y3}Q{x0} {y0} {x3} "
        f"{y0}Z"
    )
