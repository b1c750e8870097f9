"""The examples of the SDK's own repository, as far as the practice model has something to say to them."""

from __future__ import annotations

import pytest
from asking import structured
from playing import Desk, Turn
from pydantic import BaseModel, Field

HELPFUL = Desk("Assistant", "You are a helpful assistant.")


@pytest.mark.parametrize(
    ("question", "count"),
    [("Please tell me 5 jokes.", 5), ("Tell me a joke", 1), ("Tell me a joke about cats", 1)],
)
def test_as_many_jokes_as_asked_for(question: str, count: int) -> None:
    lines = Turn(HELPFUL, question).text.splitlines()
    assert len(set(lines)) == count
    assert all(len(line.split()) > 5 for line in lines)
    assert "I think of" not in lines[0]


class Numbered(BaseModel):
    jokes: dict[int, str]


class Listed(BaseModel):
    jokes: list[str]


def test_jokes_fill_a_list_or_a_numbered_object() -> None:
    listed = structured(Listed, "Tell me 3 short jokes.", HELPFUL.instructions).jokes
    numbered = structured(Numbered, "Tell me 3 short jokes.", HELPFUL.instructions).jokes
    assert len(listed) == 3
    assert "Tell me" not in listed[0]
    assert numbered == dict(enumerate(listed, 1))


def test_a_landmark_has_its_city_and_then_its_state() -> None:
    first = Turn(HELPFUL, "What city is the Golden Gate Bridge in?")
    assert "San Francisco" in first.text
    assert "California" in Turn(HELPFUL, "What state is it in?", first.items).text


def get_weather(city: str) -> str:
    """Returns weather info for the specified city."""
    return "Sunny, 72°F"


def test_a_short_result_is_of_the_city_asked_about() -> None:
    turn = Turn(Desk("Weather", HELPFUL.instructions, [get_weather]), "What's the weather in Oakland?")
    assert turn.text == "Oakland: Sunny, 72°F."


class MessageOutput(BaseModel):
    reasoning: str = Field(description="Thoughts on how to respond to the user's message")
    response: str = Field(description="The response to the user's message")
    user_name: str | None = Field(description="The name of the user who sent the message, if known")


def test_the_reasoning_on_a_question_goes_by_what_is_told_with_it() -> None:
    question = "My phone number is 650-123-4567. Where do you think I live?"
    said = structured(MessageOutput, question, HELPFUL.instructions)
    assert "650-123-4567" in said.reasoning
    assert said.user_name is None


OUTLINES = Desk(
    "Outlines",
    "You generate a very short story outline based on the user's input. If there is any feedback provided, use it to "
    "improve the outline.",
)


@pytest.mark.parametrize(
    ("question", "hero"),
    [
        ("A thrilling adventure story about pirates in a storm", "pirates in a storm, but they write down"),
        ("A tale of two brothers who dig a well", "two brothers who dig a well, but they write down"),
        ("an owl that can't sleep", "an owl that can't sleep, but it writes down"),
        (
            "Write a short story about a queen without a throne.",
            "a queen without a throne, but she writes down",
        ),
        ("Patience", "with a dream of patience, but they write down"),
        ("A sci-fi story about time travel", "a small robot with a dream of time travel, but it writes down"),
    ],
)
def test_an_outline_is_of_its_subject_and_reads_like_english(question: str, hero: str) -> None:
    assert hero in Turn(OUTLINES, question).text


def test_a_story_follows_the_outline_that_it_is_given() -> None:
    outline = "1. Mira finds a brass key. 2. No door in town has a lock. 3. The key opens the clock tower."
    told = Turn(Desk("Author", "Write a short story based on the given outline."), outline).text
    at = [
        told.find(each) for each in ("Mira finds a brass key.", "No door in town", "opens the clock tower.")
    ]
    assert at == sorted(at)
    assert at[0] >= 0
    assert "1." not in told


class Audit(BaseModel):
    verified: bool
    issues: str = Field(description="If not verified, describe the main issues or concerns.")


class Complaint(BaseModel):
    resolved: bool
    issue: str


def test_what_is_in_order_has_no_issues() -> None:
    rules = "You are an auditor. Verify that the report is consistent. Point out any issues."
    assert structured(Audit, "# Bees\n\nThe hives grew by 3 % in May.", rules) == Audit(
        verified=True, issues="None."
    )
    strict = "You audit letters: a letter must contain a greeting."
    assert "greeting" in structured(Audit, "The hives are sold.", strict).issues
    told = structured(Complaint, "My kettle leaks. Nobody has fixed it.", "Record the complaint.")
    assert "kettle" in told.issue


@pytest.mark.parametrize(
    ("question", "said", "name"),
    [
        ("Hi, I'm Mona. What is 6 times 7?", "42", "Mona"),
        ("My name is Ravi. What is the capital of Texas?", "Austin", "Ravi"),
        ("I am so tired. What is the capital of Ohio?", "Columbus", None),
        ("Who was Napoleon?", "", None),
        ("What is a heartbeat?", "heartbeat", None),
    ],
)
def test_what_is_asked_behind_a_name_is_answered_and_the_name_is_of_who_speaks(
    question: str, said: str, name: str | None
) -> None:
    assert said in Turn(HELPFUL, question).text
    record = structured(MessageOutput, question, HELPFUL.instructions)
    assert said in record.response
    assert record.user_name == name
    assert record.reasoning != name


def test_somebody_who_asks_for_what_they_have_just_said_is_told() -> None:
    assert "Mona" in Turn(HELPFUL, "Hi, I'm Mona. What is my name?").text
