"""What tools are called with, by the scorer of spans: `arguments.py` says how the cases are judged."""

from __future__ import annotations

import pytest
from arguments import cases, score

LEAST = {0: 0.84, 1: 0.68}
"""The share that must be right of the half that the weights were trained on, and of the one that they were not."""


@pytest.mark.parametrize("half", LEAST)
def test_the_score_of_a_half(half: int) -> None:
    right, count, wrong = score(half)
    assert right / count >= LEAST[half], wrong


def test_the_halves_share_no_tool() -> None:
    trained, other = ({case.tool.name for case in cases(half)} for half in (0, 1))
    assert len(cases(1)) >= 150
    assert not trained & other
