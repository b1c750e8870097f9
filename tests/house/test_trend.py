"""The benchmarks' figures over time: a figure that gets worse by a fifth is named, until somebody says why."""

import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))

import trend

FIGURE = "a worker forked, s"


def taken(*values: float, **more: Any) -> list[trend.Entry]:
    """Entries of one figure, day by day; `more` belongs to the last but one."""
    made: list[trend.Entry] = [
        {
            "figure": FIGURE,
            "value": value,
            "commit": f"abc{day}",
            "taken": f"2026-11-{day:02}T00:00:00+00:00",
            "machine": "2 cores, Python 3.11.7",
        }
        for day, value in enumerate(values, start=1)
    ]
    made[-2] |= more
    return made


@pytest.mark.parametrize("values", [(0.3,), (0.3, 0.35), (0.3, 0.5, 0.31), (0.3, 0.2)])
def test_a_little_noise_is_no_news(values: tuple[float, ...]) -> None:
    assert trend.worse(taken(0.3, *values)) == []


@pytest.mark.parametrize("values", [(0.3, 0.36), (0.3, 0.33, 0.35, 0.37)])
def test_a_fifth_worse_than_the_best_is_named(values: tuple[float, ...]) -> None:
    [said] = trend.worse(taken(*values))
    assert FIGURE in said and f"{values[-1]:g} at abc{len(values)}" in said and "trend.jsonl" in said


def test_an_explanation_starts_a_new_comparison() -> None:
    assert trend.worse(taken(0.3, 0.5, 0.55, why="it loads the new lesson, too")) == []
    assert trend.worse(taken(0.3, 0.5, 0.61, why="it loads the new lesson, too")) != []


def test_other_machines_are_not_compared() -> None:
    fast, slow = taken(0.2, 0.6)
    assert trend.worse([fast, slow | {"machine": "1 core, Python 3.11.7"}]) == []


def test_the_picture_shows_the_figures_that_are_kept() -> None:
    drawn = trend.drawn(trend.entries())
    texts = [text.text for text in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")]
    assert len(trend.entries()) > 20 and set(trend.series(trend.entries())) <= set(texts)
    assert trend.PICTURE.read_text() == drawn, "run `.venv/bin/python benchmarks/trend.py`"


@pytest.mark.slow
def test_no_figure_got_worse_by_a_fifth() -> None:
    assert trend.worse(trend.entries()) == []
