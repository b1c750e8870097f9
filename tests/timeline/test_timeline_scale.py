"""The axis of a drawing and the room for its texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workshop.timeline.scale import Scale, gaps, union
from workshop.timeline.svg import fit, text_width
from workshop.words import duration_text


def test_durations() -> None:
    seconds = [0.0349, 0.62, 8.44, 42.2, 59.6, 60, 185, 3599.9, 29520, 184000]
    said = [
        "35 ms",
        "0.62 s",
        "8.4 s",
        "42 s",
        "1 min",
        "1 min",
        "3 min 05 s",
        "1 h",
        "8 h 12 min",
        "2 d 3 h",
    ]
    assert [duration_text(value) for value in seconds] == said


moments = st.floats(0, 1e6, allow_nan=False)
stretches = st.lists(st.tuples(moments, moments).map(lambda pair: (min(pair), max(pair))), max_size=8)


@given(stretches, st.floats(0.01, 1e6))
def test_the_axis_never_runs_backwards(busy: list[tuple[float, float]], end: float) -> None:
    scale = Scale(end, 100, 900, gaps(busy, end))
    points = sorted({0.0, end, *(at for stretch in busy for at in stretch if at <= end)})
    xs = [scale.x(at) for at in points]
    assert xs == sorted(xs)
    assert xs[0] == pytest.approx(100, abs=0.01)
    assert xs[-1] == pytest.approx(900, abs=0.01)
    ticks = scale.ticks()
    assert all(100 - 0.01 <= x <= 900.01 for x, _ in ticks)
    assert len(ticks) <= 12


@given(stretches)
def test_union_and_gaps_share_the_time_between_them(busy: list[tuple[float, float]]) -> None:
    end = 1e6
    covered = sum(b - a for a, b in union(busy))
    free = sum(b - a for a, b in gaps(busy, end))
    assert covered + free == pytest.approx(end)


def test_a_long_wait_becomes_a_break_and_a_long_attempt_does_not() -> None:
    night = Scale(8 * 3600, 0, 760, [(10.0, 8 * 3600 - 20.0)])
    assert [pause.end - pause.start for pause in night.breaks] == [8 * 3600 - 30.0]
    assert night.x(10) > 200
    assert not Scale(120, 0, 760, []).breaks


def test_text_is_cut_to_its_room() -> None:
    assert fit("short", 200) == "short"
    cut = fit("a rather long sentence that does not fit", 90)
    assert cut.endswith("…")
    assert text_width(cut) <= 90
    assert fit("anything", 3) == ""
