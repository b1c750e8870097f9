"""Tools of the SDK's samples: a range is one thing, quoted texts are kept word for word, and a city is no question for the weather."""

from __future__ import annotations

import pytest
from playing import Desk, Turn


def random_number(max: int) -> int:
    """Generate a random number from 0 to max (inclusive)."""
    return 37


def publish(title: str, body: str) -> str:
    """Publish an announcement to all employees."""
    return "Published."


def get_weather(city: str) -> str:
    """Get the current weather information for a specified city."""
    return "Sunny"


@pytest.mark.parametrize(
    "question", ["A random number between 0 and 50, please.", "Generate a number from 0 to 50."]
)
def test_a_range_is_one_call(question: str) -> None:
    assert Turn(Desk("Numbers", "", [random_number]), question).calls == [("random_number", {"max": 50})]


def test_quoted_texts_are_kept_word_for_word() -> None:
    turn = Turn(
        Desk("News", "", [publish]),
        "Publish an announcement titled 'Office maintenance' with body 'The office will close at 6 PM today.'",
    )
    told = {"title": "Office maintenance", "body": "The office will close at 6 PM today."}
    assert turn.calls == [("publish", told)]


def test_which_city_is_no_question_for_the_weather() -> None:
    desk = Desk("Guide", "You are a helpful assistant.", [get_weather])
    assert Turn(desk, "What city is the Golden Gate Bridge in?").calls == []
    assert Turn(desk, "What is the weather in Oakland?").calls == [("get_weather", {"city": "Oakland"})]
