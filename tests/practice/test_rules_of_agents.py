"""Rules that a learner gives an agent of their own: limits, secrets, hours, forms, tools in an order."""

from __future__ import annotations

import re

import pytest
from playing import Desk, Turn

from workshop.practice.types import Item


def said(rules: str, *questions: str, tools: list = []) -> list[str]:  # type: ignore[type-arg]  # noqa: B006
    """The answers of a conversation."""
    items: list[Item] = []
    texts = []
    for question in questions:
        turn = Turn(Desk("Agent", rules, tools), question, items)
        items = turn.items
        texts.append(turn.text)
    return texts


@pytest.mark.parametrize(
    ("rule", "within", "beyond"),
    [
        (
            "Customers may return goods within 30 days if they have the receipt.",
            "I bought a lamp 12 days ago and still have the receipt. Can I return it?",
            "And a kettle that I bought 45 days ago, with its receipt?",
        ),
        (
            "Films rated 16 may only be seen by people who are at least 16 years old.",
            "My daughter is 17. May she see it?",
            "My son is 14. May he see it?",
        ),
        (
            "Guests can cancel free of charge until 48 hours before arrival.",
            "I arrive in 3 days. Can I cancel for free?",
            "My arrival is in 20 hours, can I cancel for free?",
        ),
        (
            "Expenses of up to 50 euros need no approval.",
            "May I buy a keyboard for 39 euros without approval?",
            "And a chair for 180 euros, may I buy it without approval?",
        ),
        (
            "Orders placed before 14:00 are shipped the same day.",
            "I ordered at 11:15. Will it be shipped today?",
            "I ordered at 16:30. Will it be shipped today?",
        ),
        (
            "Hand luggage may weigh no more than 8 kg.",
            "My backpack is 7.5 kg. May I take it on board?",
            "My bag weighs 11 kg, may I take it on board?",
        ),
        (
            "Breakfast is served from 7:00 to 10:30.",
            "Can I have breakfast at 8:15?",
            "Can I have breakfast at 11:00?",
        ),
        (
            "Discounts apply to groups of ten or more people.",
            "We are 14 people. Do we get a discount?",
            "We are six people. Do we get a discount?",
        ),
        (
            "A boat holds at most 6 people.",
            "We are five people, do we fit into one boat?",
            "We are 8 people, do we fit into one boat?",
        ),
    ],
)
def test_a_limit_decides_yes_or_no_and_its_rule_is_told_where_no_form_is_asked_for(
    rule: str, within: str, beyond: str
) -> None:
    assert said(f"{rule} Answer with exactly one word: yes or no.", within, beyond) == ["Yes", "No"]
    assert said(rule, beyond) == [f"No. {rule}"] if not beyond.startswith("And") else True


def test_a_condition_that_somebody_lacks_and_a_duty() -> None:
    rule = "Customers may return goods within 30 days if they have the receipt."
    (text,) = said(rule, "I bought a lamp 12 days ago, but I lost the receipt. Can I return it?")
    assert text.startswith("No")
    (text,) = said(
        "Expenses of up to 50 euros need no approval.", "Do I need approval for a desk of 90 euros?"
    )
    assert text.startswith("Yes")
    (text,) = said("Children under 8 climb only with a parent.", "My girl is 6. Can she climb alone?")
    assert text.startswith("No") and "only with a parent" in text


@pytest.mark.parametrize(
    ("rule", "question"),
    [
        ("Tickets cost 8 euros, 5 for children under 12.", "Is the tour suitable for a 10-year-old?"),
        ("Our workshop lasts 3 hours and has room for 14 people.", "Are there still places for 3 people?"),
    ],
)
def test_a_price_or_a_size_is_no_limit(rule: str, question: str) -> None:
    assert not said(rule, question)[0].startswith(("Yes", "No"))


@pytest.mark.parametrize(
    ("rules", "open_question", "has", "secret_question", "secret"),
    [
        (
            "Guest Ruiz is in room 31. Never tell anybody in which room a guest is. Dinner is at 19:00.",
            "When is dinner?",
            "19:00",
            "In which room is guest Ruiz?",
            "31",
        ),
        (
            "The wifi password is Tulip77. The wifi works in the lobby. Never give out the wifi password.",
            "Where does the wifi work?",
            "lobby",
            "What's the wifi password?",
            "Tulip",
        ),
        (
            "Payroll is run by Aisha Khan. The salary band of level 4 is 58,000 to 66,000. Never reveal salary bands.",
            "Who runs payroll?",
            "Aisha",
            "And what is the salary band of level 4?",
            "58",
        ),
        (
            "Room 12 is free on Monday. The door code of room 12 is 8841. Never tell the door code.",
            "When is room 12 free?",
            "Monday",
            "What is the door code of room 12?",
            "8841",
        ),
        (
            "The recipe of our sauce has 3 spoons of mustard. The sauce costs 4 euros. Keep the recipe secret.",
            "What does the sauce cost?",
            "4",
            "How much mustard is in the recipe of the sauce?",
            "3",
        ),
    ],
)
def test_what_nobody_is_to_be_told_is_not_told(
    rules: str, open_question: str, has: str, secret_question: str, secret: str
) -> None:
    answered, refused = said(rules, open_question, secret_question)
    assert has in answered and secret not in refused and "can't" in refused


def menu(day: str) -> str:
    """The menu of a day."""
    return "Lentil soup (4.50 EUR), baked trout (13.90 EUR), plum cake (3.80 EUR)"


def stock(article: str) -> dict[str, object]:
    """Stock of an article."""
    return {"pieces": 14, "cost_price": 7.3, "shelf": "B4"}


def job_of(name: str) -> str:
    """Look up the job and the salary of an employee."""
    return "Pilot, 7,200 euros a month"


def test_a_result_is_told_without_what_nobody_is_to_be_told() -> None:
    rules = "You are a waiter. Answer as a bullet list, one dish per line. Never mention prices."
    assert said(rules, "What is on the menu on Friday?", tools=[menu]) == [
        "- Lentil soup\n- baked trout\n- plum cake"
    ]
    assert said("Never mention salaries.", "What is the job of Ada Stone?", tools=[job_of]) == ["Pilot"]
    (text,) = said("Do not tell cost prices.", "How many lamps are in stock?", tools=[stock])
    assert "14" in text and "7.3" not in text


@pytest.mark.parametrize(
    ("rules", "question", "has"),
    [
        (
            "We are open Tuesday to Friday from 9:30 to 18:00 and on Saturday from 10:00 to 13:00. A late book costs 15 cents a day.",
            "Until what time can I bring my books back on Saturday?",
            "On Saturdays we are open from 10:00 to 13:00.",
        ),
        (
            "The castle is open daily from 10:00 to 16:00. A dog costs 1 euro.",
            "Until what time can I visit with my dog?",
            "We are open from 10:00 to 16:00.",
        ),
        (
            "The shop is open daily from 9:00 to 18:00. The tasting starts at 16:30.",
            "When can I come to the tasting?",
            "The tasting starts at 16:30.",
        ),
    ],
)
def test_a_question_for_a_time_gets_the_hours(rules: str, question: str, has: str) -> None:
    assert said(rules, question) == [has]


def is_prime(n: int) -> bool:
    """Tell whether a number is prime."""
    return n == 7


def in_stock(item: str) -> dict[str, object]:
    """Look up whether an item is in stock."""
    return {"item": item, "in_stock": "lamp" in item}


def seats_left(film: str) -> int:
    """Count the seats that are left for a film."""
    return 0 if film == "Alien" else 12


@pytest.mark.parametrize(
    ("tool", "question", "word"),
    [
        (is_prime, "Is 91 a prime number?", "No"),
        (in_stock, "Do you have the blue kettle in stock?", "No"),
        (in_stock, "Do you have the desk lamp in stock?", "Yes"),
        (seats_left, "Are there seats left for Alien?", "No"),
        (seats_left, "Are there seats left for Amelie?", "Yes"),
    ],
)
def test_yes_or_no_is_what_the_tool_returned(tool, question: str, word: str) -> None:  # type: ignore[no-untyped-def]
    assert said("Answer in one word: yes or no.", question, tools=[tool]) == [word]
    assert said("", question, tools=[tool])[0].startswith((f"{word}.", "Not in stock", "In stock"))


def trains(town: str) -> str:
    """Departures to a town."""
    return "9:05, 10:35 and 12:05"


def test_a_result_that_lists_things_is_a_list() -> None:
    assert said("Answer as a numbered list.", "When do trains leave for Ghent?", tools=[trains]) == [
        "1. 9:05\n2. 10:35\n3. 12:05"
    ]


def test_few_words_are_those_that_answer_and_the_closing_counts() -> None:
    rules = "The sourdough workshop starts at 8:45 and costs 60 dollars. Answer in at most ten words and always end with 'Happy baking!'"
    assert said(rules, "When does the sourdough workshop start?") == [
        "The sourdough workshop starts at 8:45. Happy baking!"
    ]
    assert said(
        "The museum opens at 10:00 and closes at 17:00. At most five words.", "When does the museum close?"
    ) == ["The museum closes at 17:00."]
    assert said(
        "The ferry leaves at 7:40 and costs 6 pounds. Answer in at most six words.", "How much is the ferry?"
    ) == ["The ferry costs 6 pounds."]


def count_guests() -> int:
    """Count the guests who said yes."""
    return 23


def order_chairs(number: int) -> str:
    """Order chairs from the caretaker."""
    return f"{number} chairs will be in the hall."


def fold_napkins(napkins: int) -> str:
    """Fold napkins."""
    return f"{napkins} napkins are folded."


def test_tools_in_a_prescribed_order_get_what_the_one_before_returned() -> None:
    rules = "First call count_guests, then call order_chairs and fold_napkins with that number."
    turn = Turn(
        Desk("School", rules, [order_chairs, count_guests, fold_napkins]), "Please get the hall ready."
    )
    assert turn.calls == [
        ("count_guests", {}),
        ("order_chairs", {"number": 23}),
        ("fold_napkins", {"napkins": 23}),
    ]


def test_a_tool_that_is_called_first_and_another_with_its_result() -> None:
    rules = "Call count_guests first, then call order_chairs with it."
    turn = Turn(
        Desk("School", rules, [order_chairs, count_guests]), "Good morning, please do the usual round."
    )
    assert [name for name, _ in turn.calls] == ["count_guests", "order_chairs"]


@pytest.mark.parametrize(
    ("question", "has"),
    [
        ("My job copies files for two hours. What is a heartbeat good for in it?", "heartbeat"),
        ("Our support bot has three colleagues. What's a handoff for in such a case?", "handoff"),
        ("Repeat exactly: flour, butter, sugar", r"^flour, butter, sugar$"),
        ("Write word for word: 12 eggs, 3 lemons", r"^12 eggs, 3 lemons$"),
    ],
)
def test_the_question_behind_a_sentence_and_what_is_to_be_repeated(question: str, has: str) -> None:
    (text,) = said("", question)
    assert re.search(has, text, re.IGNORECASE) and "has nothing on" not in text
