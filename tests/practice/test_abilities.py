"""What the practice model can do for agents that a learner writes: `abilities.py` has the cases and says how
they are judged.
"""

from __future__ import annotations

import pytest
from abilities import cases, problems, scores

LEAST = dict.fromkeys(
    (
        "arguments",
        "tools",
        "results",
        "instructions",
        "knowing",
        "structured",
        "routing",
        "patterns",
        "words",
    ),
    0.95,
)
LEAST["knowledge"] = 0.9
"""The share of each ability's cases that must be right."""


@pytest.fixture(scope="module")
def found() -> dict[str, tuple[int, int, list[str]]]:
    return scores()


@pytest.mark.parametrize("ability", LEAST)
def test_the_score_of_an_ability(ability: str, found: dict[str, tuple[int, int, list[str]]]) -> None:
    right, count, wrong = found[ability]
    assert right / count >= LEAST[ability], wrong


def test_what_the_library_does_not_know_is_not_answered_from_it() -> None:
    unknown = [case for case in cases() if case["want"].get("no")]
    false = [(case["q"], said) for case in unknown if (said := problems(case))]
    assert len(unknown) >= 60
    assert len(false) <= 0.03 * len(unknown), false
