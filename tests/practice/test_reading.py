"""A text is read once: the same reading for the same text, each part worked out when first asked for."""

from __future__ import annotations

import random
from array import array

import pytest
from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]  # no annotations

from workshop.practice.reading import language, read
from workshop.practice.reading.numbers import range_in
from workshop.practice.reading.transitions import Transitions
from workshop.practice.research.questions import title


def test_a_reading_is_kept_with_what_was_found() -> None:
    asked = "Tell Ana in Texas and Ben in Ohio about 3 storms on 2026-01-02"
    first = read(asked)
    assert read(asked) is first
    assert first.mentions is read(asked).mentions
    assert [found.value for found in first.people] == ["Ana", "Ben"]
    assert [state.code for state in first.states] == ["TX", "OH"]
    assert [found.value for found in first.dates] == ["2026-01-02"]
    assert first.language == "en"


def test_the_smaller_table_of_transitions_says_the_same_as_the_whole_one() -> None:
    numbers = random.Random(18)
    usual = [numbers.randrange(100_000) for _ in range(256)]
    rows = [
        [numbers.choice([state, state, numbers.randrange(100_000)]) for state in usual] for _ in range(40)
    ]
    whole = array("I", [state for row in [*rows, usual, usual] for state in row])
    for first in (0, 40):
        smaller = Transitions(whole, first)
        assert [smaller[index] for index in range(len(whole))] == list(whole)


def test_the_language_model_is_as_sure_as_the_one_that_it_was_made_from() -> None:
    whole = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    whole.set_languages(list(language.TOLD_APART))
    for text in ("Il fait beau à Lyon", "Wie wird das Wetter in Köln?", "¿Qué tiempo hace?", "a\0b ✓ 12", ""):
        assert language._identifier().rank(text) == whole.rank(text)


@pytest.mark.parametrize(
    ("order", "subject"),
    [
        ("Write up an analysis of Nokia's last quarter.", "Nokia's last quarter"),
        ("Please prepare a short, thorough report on bee colonies", "bee colonies"),
        ("Draft me a two-page briefing about tides.", "tides"),
        ("How do retries work?", "How do retries work?"),
        ("Caribbean islands in April, for hiking", "Caribbean islands in April, for hiking"),
    ],
)
def test_the_title_of_a_report_is_its_subject_and_not_the_order_for_it(order: str, subject: str) -> None:
    assert title(order) == subject


def test_a_range_begins_at_its_figures() -> None:
    text = "homes between £200,000 and £350,000"
    assert [text[at : at + 7] for at in range_in(text) or ()] == ["200,000", "350,000"]
