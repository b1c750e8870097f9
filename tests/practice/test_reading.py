"""A text is read once: the same reading for the same text, each part worked out when first asked for."""

from __future__ import annotations

from workshop.practice.reading import read


def test_a_reading_is_kept_with_what_was_found() -> None:
    asked = "Tell Ana in Texas and Ben in Ohio about 3 storms on 2026-01-02"
    first = read(asked)
    assert read(asked) is first
    assert first.mentions is read(asked).mentions
    assert [found.value for found in first.people] == ["Ana", "Ben"]
    assert [state.code for state in first.states] == ["TX", "OH"]
    assert [found.value for found in first.dates] == ["2026-01-02"]
    assert first.language == "en"
