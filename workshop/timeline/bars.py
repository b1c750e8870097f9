"""The bars in the lanes: model calls, tools, timers and child workflows, with attempts and waits."""

from __future__ import annotations

from workshop.history.records import Attempt, Step, short_receipt
from workshop.timeline.brush import Brush, ink
from workshop.timeline.handoffs import handed_to, turn
from workshop.timeline.layout import BAR, GUTTER, MIN_BAR, ROW, Bar, Lane, Plan
from workshop.timeline.scale import Interval
from workshop.timeline.svg import Drawing, fit, text_width
from workshop.words import count, duration_text, shorten

QUEUED_S = 0.5
"""A shorter time between offer and start is the server's own dispatch, not a missing worker."""


class Bars:
    """The painter of lanes on `out`. `used` collects the signs that the legend must explain."""

    def __init__(self, plan: Plan, out: Drawing, used: set[str]) -> None:
        self.plan, self.out, self.used, self.scale = plan, out, used, plan.scale
        self.brush = Brush(plan, out, used)
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
            self.out.rect(left, y, begun - left, height, "unstarted", title=hover(self.plan, bar))
            left = begun
        if step.started:
            css = "failed" if step.state in ("failed", "timed_out") else ink(step)
            self.out.rect(left, y, max(right - left, 2), height, css, title=hover(self.plan, bar))

    def _bar(self, y: float, bar: Bar, free: float, limit: float) -> float:
        """Paint a step, with texts between `free` and `limit`. Return the right end of what was painted."""
        step = bar.step
        left = self.scale.x(bar.begin)
        self.spots[step.key] = (left, max(self.scale.x(bar.end), left + MIN_BAR), y + BAR / 2)
        if step.kind == "timer":
            text = duration_text(step.duration or 0) + (", not needed" if step.state == "cancelled" else "")
            return self.brush.box(
                y + 3,
                bar.begin,
                bar.end,
                "timer",
                hover(self.plan, bar),
                [text],
                limit,
                free=free,
                height=BAR - 6,
                is_open=step.is_open,
            )
        if step.kind == "child" or not bar.step.attempt_log:
            text = step.activity_id if step.kind == "child" else shorten(step.input_preview, 40)
            css = "failed" if step.state in ("failed", "timed_out") else ink(step)
            return self.brush.box(
                y,
                bar.begin,
                bar.end,
                css,
                hover(self.plan, bar),
                [text],
                limit,
                free=free,
                is_open=step.is_open,
            )
        return self._attempts(y, bar, free, limit)

    def _attempts(self, y: float, bar: Bar, free: float, limit: float) -> float:
        """Paint known attempts as bars, waits as lines, and unobserved attempts as one hatched stretch."""
        step, mid, plan = bar.step, y + BAR / 2, self.plan
        if after_handoff := handed_to(plan.run, step):
            limit = min(limit, turn(plan, bar.end, after_handoff) - 9)  # the arrow needs the rest
        coming = next((a for a in bar.step.attempt_log if a.state == "scheduled"), None)
        timed = [
            a for a in bar.step.attempt_log if a is not coming and (a.started or (a.scheduled and a.ended))
        ]
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
            known_end = next(
                (a.ended for a in bar.step.attempt_log if a.number == step.attempts and a.ended), None
            )
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
        return self.brush.box(
            y,
            start,
            end,
            "failed" if bad else ink(step),
            hover(self.plan, bar, attempt),
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

    def _unobserved(self, y: float, start: float, end: float, numbers: tuple[int, int], bar: Bar) -> None:
        """Paint the attempts of which only the number is known."""
        self.used.add("unseen")
        left = self.scale.x(start)
        width = max(self.scale.x(end) - left - 2, MIN_BAR)
        error = next((a.error for a in bar.step.attempt_log if a.number == numbers[1]), None) or ""
        unseen = numbers[1] - numbers[0] + 1
        word = f"attempt {numbers[1]}" if unseen == 1 else f"attempts {numbers[0]} to {numbers[1]}"
        lines = [
            f"{bar.step.name}: {count(unseen, 'failed attempt')}, not watched.",
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
        for text in (f"{word} ✗ {error}", f"{word} ✗", f"{unseen} ✗"):
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
            self.brush.dashes(mid, start, until, text_end, "backoff", "back-off before the next attempt")
            start, text_end = until, 0.0
        if end - start >= QUEUED_S:
            self.brush.dashes(mid, start, end, text_end, "queue", "offered, and no worker has taken it")
            return True
        return is_retry


def hover(plan: Plan, bar: Bar, attempt: Attempt | None = None) -> str:
    """Return the hover text of a bar."""
    step = bar.step
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
