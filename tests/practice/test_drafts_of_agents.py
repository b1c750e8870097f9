"""Drafts and their judges, guardrails, and what somebody tells of themselves, in agents of a learner's own."""

from __future__ import annotations

from typing import Literal

import pytest
from asking import structured
from playing import Desk, Turn
from pydantic import BaseModel

from workshop.practice.types import Item


def said(rules: str, *questions: str) -> list[str]:
    """The answers of a conversation."""
    items: list[Item] = []
    texts = []
    for question in questions:
        turn = Turn(Desk("Agent", rules), question, items)
        items = turn.items
        texts.append(turn.text)
    return texts


@pytest.mark.parametrize(
    ("told", "question", "has"),
    [
        (
            ("Hi, I'm Samira and my policy number is TR-4410.", "I would like to insure a camera, too."),
            "What was my policy number again, and what do I want to insure?",
            ["TR-4410", "camera"],
        ),
        (
            ("I am allergic to nuts.", "I would like to sit outside."),
            "What am I allergic to, and where would I like to sit?",
            ["nuts", "outside"],
        ),
        (
            ("I'm looking for a present for my grandmother.", "She loves crime novels."),
            "Who is the present for, and what does she love?",
            ["grandmother", "crime novels"],
        ),
        (
            ("We are planning a wedding for 80 guests.", "The wedding is in June."),
            "How many guests are we planning for, and when is the wedding?",
            ["80 guests", "June"],
        ),
    ],
)
def test_what_somebody_tells_is_taken_in_and_both_things_asked_for_are_said(
    told: tuple[str, ...], question: str, has: list[str]
) -> None:
    *answered, last = said("You are a friendly assistant.", *told, question)
    assert not any("library" in each or "don't know" in each for each in answered)
    assert [each for each in has if each not in last] == []


def test_a_statement_is_said_back_to_who_made_it() -> None:
    rules = "You chat with owners of pets."
    assert said(rules, "I have two guinea pigs.") == ["Noted: you have two guinea pigs."]
    assert "has nothing on" in said(rules, "I would like to know more about guinea pigs.")[0]


class Verdict(BaseModel):
    score: Literal["pass", "needs_improvement", "fail"]
    feedback: str


@pytest.mark.parametrize(
    ("rules", "draft"),
    [
        (
            "Judge the slogan and say how to make it better. Never give it a pass on the first try. After that you may pass it.",
            "Fresh bread for everybody, every morning, in our little shop behind the old town hall.",
        ),
        (
            "Evaluate the card and tell what is missing. Do not accept it on the first attempt.",
            "Happy birthday, dear Tim, and all the best for the years to come, from all of us!",
        ),
    ],
)
def test_no_pass_on_the_first_try_and_feedback_that_a_writer_can_use(rules: str, draft: str) -> None:
    first = structured(Verdict, draft, rules)
    assert first.score == "needs_improvement" and "speak of" not in first.feedback
    (better,) = said("You improve drafts.", f"Draft: {draft}\nFeedback: {first.feedback}")
    assert better.startswith(draft) and better != draft and "first draft" not in better
    assert structured(Verdict, better, rules).score == "pass"


@pytest.mark.parametrize(
    ("rules", "question", "text"),
    [
        (
            "Write a short welcome message for new customers of the shop the user names.",
            "A welcome message for my flower shop Petal & Stem",
            "Welcome to our flower shop Petal & Stem! We are glad that you are here.",
        ),
        ("You write slogans.", "my bakery Golden Crust", "Our bakery Golden Crust: made for you, with care."),
        (
            "",
            "Write a notice that the sauna is closed on Friday.",
            "Please note: the sauna is closed on Friday.",
        ),
        (
            "You write short notices.",
            "Draft: Story hour on Monday.\nFeedback: Add that it starts at 15:30. Write the improved notice.",
            "Story hour on Monday. It starts at 15:30.",
        ),
    ],
)
def test_a_short_text_is_written_on_what_is_named(rules: str, question: str, text: str) -> None:
    assert said(rules, question) == [text]


def test_an_explanation_is_no_description_of_a_product() -> None:
    assert "care" not in said("", "Describe quantum physics.")[0]


def test_the_best_by_its_meaning() -> None:
    rules = (
        "Pick the one that best tells the customer that the parcel is late, and answer with this line only."
    )
    lines = (
        "1. Big autumn sale starts today\n2. Your parcel will arrive two days late\n3. Hello from all of us"
    )
    assert said(rules, lines) == ["Your parcel will arrive two days late"]
    assert said(
        "Pick the reply that is the most polite.", "1. No.\n2. Thank you, but we are full.\n3. Full."
    ) == ["Thank you, but we are full."]


class Check(BaseModel):
    reasoning: str
    tripped: bool


@pytest.mark.parametrize(
    ("rules", "trips", "passes"),
    [
        (
            "Check whether the customer asks for investment advice, such as which shares to buy. If so, tripped is true.",
            "Which shares should I buy to get rich quickly?",
            "How do I block my card?",
        ),
        (
            "Detect whether the guest wants to gamble, for example to bet money or to play poker. Then tripped is true.",
            "Where can I play poker tonight?",
            "Where is the sauna?",
        ),
        (
            "Check whether the user wants help with homework, e.g. solving an equation.",
            "Solve the equation 3x + 2 = 11.",
            "Which train goes to Bern?",
        ),
        (
            "Check whether the user wants a recipe with alcohol, such as a cocktail. If so, tripped is true.",
            "How do I mix a mojito cocktail?",
            "How do I bake bread?",
        ),
    ],
)
def test_a_guardrail_goes_by_its_topic_and_examples_and_its_reason_agrees(
    rules: str, trips: str, passes: str
) -> None:
    for text, tripped in ((trips, True), (passes, False)):
        check = structured(Check, text, rules)
        assert check.tripped == tripped and check.reasoning.startswith("Nothing") != tripped, check
        assert "tripped" not in check.reasoning
