"""The bars in the lanes: model calls, tools, timers, and child workflows, with their attempts and the waits
between.
"""

from __future__ import annotations

from collections.abc import Sequence

from workshop.history.records import Attempt, Step, short_receipt
from workshop.timeline.layout import BAR, GUTTER, MIN_BAR, ROW, Bar, Lane, Plan
from workshop.timeline.scale import Interval
from workshop.timeline.svg import Drawing, fit, number, text_width
from workshop.words import duration_text, shorten

QUEUED_S = 0.5
"""A shorter time between offer and start is the server's own dispatch, not a missing worker."""


def ink(step: Step) -> str:
    """Return the CSS class for a step."""
    return {"model": "model", "child": "child", "timer": "timer"}.get(step.kind, "tool")


def counted(n: int, one: str, many: str = "") -> str:
    return f"{n} {one if n == 1 else many or one + 's'}"


class Bars:
    """The painter of lanes on `out`. `used` collects the signs that the legend must explain."""

    def __init__(self, plan: Plan, out: Drawing, used: set[str]) -> None:
        self.plan, self.out, self.used = plan, out, used
        self.scale = plan.scale
        self.spots: dict[tuple[str, int], tuple[float, float, float]] = {}
        """The left, right, and middle of each step's bar, for the arrows."""
        self.text_ends: dict[tuple[str, int], float] = {}
        """Where the text beside a bar ends, which is where an arrow can begin."""

    def lane(self, y: float, lane: Lane) -> float:
        """Paint a lane from `y` down; return the y below it."""
        several = len(lane.bars) > 1 and lane.rows > 1
        room = GUTTER - 34
        name = fit(lane.name, room - (34 if several else 0)) + (f" \u00d7{len(lane.bars)}" if several else "")
        self.out.text(26, y + (18 if lane.is_dense else 20), name, "ink", title=lane.name)
        rows: dict[int, list[Bar]] = {}
        for bar in lane.bars:
            rows.setdefault(bar.row, []).append(bar)
        for row in rows.values():
            free = self.scale.left
            for n, bar in enumerate(row):
                limit = self.scale.x(row[n + 1].begin) if n + 1 < len(row) else self.scale.right
                if lane.is_dense:
                    self._thin(y + 7 + bar.row * lane.pitch, bar, lane.pitch)
                else:
                    free = self._bar(y + bar.row * ROW + (ROW - BAR) / 2, bar, free, limit)
        return y + lane.height

    def _thin(self, y: float, bar: Bar, pitch: float) -> None:
        step = bar.step
        height = pitch - min(2.0, pitch * 0.3)
        left, right = self.scale.x(bar.begin), self.scale.x(bar.end)
        begun = self.plan.x(step.started) if step.started else right
        if begun - left > 1.5:
            self.used.add("unstarted")
            self.out.rect(left, y, begun - left, height, "unstarted", title=self.hover(bar))
            left = begun
        if step.started:
            css = "failed" if step.state in ("failed", "timed_out") else ink(step)
            self.out.rect(left, y, max(right - left, 2), height, css, title=self.hover(bar))

    def _bar(self, y: float, bar: Bar, free: float, limit: float) -> float:
        """Paint a step, with texts between `free` and `limit` only. Return the right end of what was painted."""
        step = bar.step
        left = self.scale.x(bar.begin)
        self.spots[step.key] = (left, max(self.scale.x(bar.end), left + MIN_BAR), y + BAR / 2)
        if step.kind == "timer":
            text = duration_text(step.duration or 0) + (", not needed" if step.state == "cancelled" else "")
            return self.box(
                y + 3,
                bar.begin,
                bar.end,
                "timer",
                self.hover(bar),
                [text],
                limit,
                free=free,
                height=BAR - 6,
                is_open=step.is_open,
            )
        if step.kind == "child" or not bar.attempts:
            text = step.activity_id if step.kind == "child" else shorten(step.input_preview, 40)
            css = "failed" if step.state in ("failed", "timed_out") else ink(step)
            return self.box(
                y, bar.begin, bar.end, css, self.hover(bar), [text], limit, free=free, is_open=step.is_open
            )
        return self._attempts(y, bar, free, limit)

    def _attempts(self, y: float, bar: Bar, free: float, limit: float) -> float:
        """Paint known attempts as bars, the waits between them as lines, and unobserved attempts as one
        hatched stretch.
        """
        step, mid, plan = bar.step, y + BAR / 2, self.plan
        if after_handoff := self._handed_to(step):
            limit = min(limit, self._turn(bar.end, after_handoff) - 9)  # the arrow needs the rest
        coming = next((a for a in bar.attempts if a.state == "scheduled"), None)
        timed = [a for a in bar.attempts if a is not coming and (a.started or (a.scheduled and a.ended))]
        at, text_end, seen = bar.begin, 0.0, 0
        for n, attempt in enumerate(timed):
            start = plan.at(attempt.started or attempt.scheduled or step.scheduled)
            after = timed[n + 1] if n + 1 < len(timed) else None
            end = plan.at(attempt.ended) if attempt.ended else self._presumed_end(after)
            if attempt.number - seen > 1:
                self._unobserved(y, at, start, (seen + 1, attempt.number - 1), bar)
                free = float("inf")
            elif self._pause(mid, at, start, text_end, seen > 0, attempt) or seen:
                free = float("inf")
            room = limit
            if after or coming:
                offered = (after and (after.started or after.scheduled)) or (coming and coming.scheduled)
                room = plan.x(offered) if offered else limit
            text_end = self._attempt(y, bar, attempt, start, end, (free, room))
            at, seen = end, attempt.number
        if step.attempts > seen:
            until = step.closed or (coming and coming.scheduled) or plan.run.end
            known_end = next((a.ended for a in bar.attempts if a.number == step.attempts and a.ended), None)
            until = known_end or until
            self._unobserved(y, at, plan.at(until), (seen + 1, step.attempts), bar)
            at, text_end, seen = plan.at(until), 0.0, step.attempts
        if step.is_open and coming is not None:
            self._pause(mid, at, plan.length, text_end, seen > 0, coming)
        self.text_ends[step.key] = text_end
        return max(text_end, self.scale.x(bar.end))

    def _presumed_end(self, after: Attempt | None) -> float:
        """Return where to end the bar of an attempt whose end is unknown: at the next attempt, or now."""
        moment = (after.scheduled or after.started) if after else None
        return self.plan.at(moment or self.plan.run.end)

    def _attempt(
        self, y: float, bar: Bar, attempt: Attempt, start: float, end: float, room: Interval
    ) -> float:
        step = bar.step
        bad = attempt.state in ("failed", "timed_out")
        if bad:
            self.used.add("failed")
        return self.box(
            y,
            start,
            end,
            "failed" if bad else ink(step),
            self.hover(bar, attempt),
            self._texts(step, attempt, bad=bad),
            room[1],
            free=room[0],
            is_open=attempt.state == "started" and step.is_open,
            letter=self.plan.letters.get(attempt.worker or "", ""),
            bad=bad,
        )

    def _texts(self, step: Step, attempt: Attempt, *, bad: bool) -> list[str]:
        """Return the texts that a bar can show, longest first."""
        n = attempt.number
        if bad:
            return [f"attempt {n} ✗ {attempt.error}", f"attempt {n} ✗", f"{n} ✗"]
        if step.kind == "model":
            took = (
                self.plan.at(step.closed) - self.plan.at(attempt.started)
                if step.closed and attempt.started
                else None
            )
            receipt = f"#{short_receipt(step.receipt)}" if step.receipt else ""
            full = " · ".join(
                part for part in (receipt, duration_text(took) if took is not None else "") if part
            )
        else:
            full = receipt = shorten(step.input_preview.strip('"'), 34)
        if step.attempts == 1:
            return [text for text in (full, receipt, fit(receipt, 90)) if text]
        tail = f" · {full}" if full else ""
        short = [f"{n} · {receipt}"] if receipt else []
        return [f"attempt {n}{tail}", *short, f"attempt {n}", f"{n}"]

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
        if is_open:
            self.used.add("open")
            self.out.path(_arrow(left, y, width, height), f"{css} open", title=hover)
        else:
            self.out.rect(left, y, width, height, css, title=hover, r=3)
        base, right = y + height / 2 + 4.5, left + width
        lettered = bool(letter) and width >= 20
        x = left + (25 if lettered else 6)
        rooms = {
            "inside": right - x - (9 if is_open else 5),
            "beside": limit - right - 10,
            "ahead": left - free - 10,
        }
        place, text = _choose(texts, rooms, f"{letter} " if letter and not lettered else "", bad=bad)
        if lettered:
            within = place == "inside"
            self.out.text(
                left + (10.5 if within else width / 2), base, letter, f"{css}-t bold", anchor="middle"
            )
            if within:
                self.out.line(left + 19.5, y + 4, left + 19.5, y + height - 4, f"{css}-l")
        tone = "bad" if bad else "muted"
        if place == "inside":
            self.out.text(x, base, text, f"{css}-t")
        elif place == "ahead":
            self.out.text(left - 5, base, text, tone, anchor="end")
        elif place == "beside":
            self.out.text(right + 5, base, text, tone)
            return right + 5 + text_width(text)
        return right

    def _unobserved(self, y: float, start: float, end: float, numbers: tuple[int, int], bar: Bar) -> None:
        """Paint the attempts of which only the number is known."""
        self.used.add("unseen")
        left = self.scale.x(start)
        width = max(self.scale.x(end) - left - 2, MIN_BAR)
        error = next((a.error for a in bar.attempts if a.number == numbers[1]), None) or ""
        count = numbers[1] - numbers[0] + 1
        word = f"attempt {numbers[1]}" if count == 1 else f"attempts {numbers[0]} to {numbers[1]}"
        lines = [
            f"{bar.step.name}: {counted(count, 'failed attempt')}, not watched.",
            "The history keeps their number and the last error, not their times.",
        ]
        self.out.rect(
            left,
            y,
            width,
            BAR,
            "unseen",
            r=3,
            title="\n".join([*lines, f"Last error: {error}"] if error else lines),
        )
        for text in (f"{word} ✗ {error}", f"{word} ✗", f"{count} ✗"):
            if text_width(text) <= width - 12:
                self.out.text(left + 7, y + BAR / 2 + 4.5, text, "failed-t")
                return

    def _pause(
        self, mid: float, start: float, end: float, text_end: float, is_retry: bool, attempt: Attempt
    ) -> bool:
        """Paint the time before an attempt: the back-off of the retry policy, then the wait for a worker.

        Return whether there was anything to paint.
        """
        if end <= start:
            return False
        offered = self.plan.at(attempt.scheduled) if attempt.scheduled else None
        if is_retry:
            until = end if offered is None or end - offered < QUEUED_S else min(max(offered, start), end)
            self.dashes(mid, start, until, text_end, "backoff", "back-off before the next attempt")
            start, text_end = until, 0.0
        if end - start >= QUEUED_S:
            self.dashes(mid, start, end, text_end, "queue", "offered, and no worker has taken it")
            return True
        return is_retry

    def dashes(self, mid: float, start: float, end: float, text_end: float, css: str, what: str) -> None:
        """Paint a wait as a dashed line that says how long it is, if there is room. `text_end`: the x where
        earlier text ends.
        """
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

    def _handed_to(self, step: Step) -> Step | None:
        """Return the first later model call of the agent that `step` handed over to."""
        if not step.handoffs or step.closed is None:
            return None
        later = (
            s for s in self.plan.run.model_calls if s.name in step.handoffs and s.scheduled >= step.closed
        )
        return next(later, None)

    def _turn(self, end: float, after: Step) -> float:
        """Return the x where the arrow from a bar that ends at `end` turns toward `after`."""
        left, right = (self.scale.x(moment) for moment in self.plan.span(after))
        return max(min(left + 12, max(right, left + MIN_BAR)), self.scale.x(end) + 9)

    def handoffs(self) -> None:
        """Paint an arrow from each model call that handed over to the first later call of the agent that it
        named.
        """
        for step in self.plan.run.model_calls:
            after = self._handed_to(step)
            if after is not None and step.key in self.spots and after.key in self.spots:
                self._arrow(step, after)

    def _arrow(self, step: Step, after: Step) -> None:
        self.used.add("handoff")
        title = f"handoff: {step.name} → {after.name}"
        _, right, y1 = self.spots[step.key]
        _, _, y2 = self.spots[after.key]
        down = 1 if y2 > y1 else -1
        turn = max(self._turn(self.plan.span(step)[1], after), right + 9)
        x1 = max(right, self.text_ends.get(step.key, 0.0) + 3)
        tip = y2 - down * (BAR / 2 + 1)
        corner = f"Q{number(turn)} {number(y1)} {number(turn)} {number(y1 + down * 6)}"
        d = f"M{number(x1 + 1)} {number(y1)}H{number(turn - 6)}{corner}V{number(tip - down * 5)}"
        self.out.path(d, "handoff", title=title)
        self.out.path(
            f"M{number(turn - 4.5)} {number(tip - down * 7)}h9l-4.5 {number(down * 7)}z",
            "handoff-tip",
            title=title,
        )
        if turn + 8 + text_width("handoff") < self.scale.right:
            self.out.text(turn + 8, y1 + 4.5, "handoff", "muted", title=title)

    def hover(self, bar: Bar, attempt: Attempt | None = None) -> str:
        """Return the hover text of a bar."""
        step, plan = bar.step, self.plan
        lines = [step.name if step.kind != "model" else f"Model call by {step.name}"]
        if attempt:
            began = ""
            if attempt.started:
                began = f", begun at {duration_text(plan.at(attempt.started))}"
            elif attempt.scheduled:
                began = f", offered at {duration_text(plan.at(attempt.scheduled))} (nobody saw when it began)"
            took = ""
            if attempt.started and attempt.ended:
                took = f", took {duration_text(plan.at(attempt.ended) - plan.at(attempt.started))}"
            lines.append(
                f"attempt {attempt.number} of {step.attempts}: {attempt.state.replace('_', ' ')}{began}{took}"
            )
            lines += [attempt.error] if attempt.error else []
            lines += [f"worker {attempt.worker}"] if attempt.worker else []
        else:
            lines.append(f"{step.state.replace('_', ' ')}, {duration_text(bar.end - bar.begin)}")
            lines += [step.last_failure] if step.last_failure and step.state != "completed" else []
        if step.input_preview:
            lines.append(f"in: {step.input_preview}")
        if not (attempt and attempt.error):
            lines += [f"receipt {step.receipt}"] if step.receipt else []
            lines += [f"out: {step.result_preview}"] if step.result_preview else []
        return "\n".join(lines)


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
    return f"M{x3} {y0}H{point}L{end} {middle}L{point} {base}H{x3}Q{x0} {base} {x0} {base3}V{y3}Q{x0} {y0} {x3} {y0}Z"
