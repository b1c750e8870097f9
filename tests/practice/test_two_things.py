"""Messages with two things in them: one more for another tool, one that is forbidden, two questions about one thing,
a call that the instructions want beside the answer.
"""

from __future__ import annotations

import pytest
from playing import Desk, Turn


def book_table(restaurant: str, time: str) -> str:
    """Book a table at a restaurant."""
    return "Booked."


def order_taxi(destination: str, time: str) -> str:
    """Order a taxi."""
    return "Ordered."


def send_mail(to: str, text: str) -> str:
    """Send a mail."""
    return "Sent."


def add_task(title: str) -> str:
    """Add a task to the list."""
    return "Added."


def wagon_load(wagon: int) -> str:
    """What a wagon carries."""
    return "Empty bottles"


def wagon_brakes(wagon: int) -> str:
    """State of a wagon's brakes."""
    return "Worn"


def test_a_thing_that_is_added_without_its_verb_gets_its_own_tool() -> None:
    desk = Desk("Concierge", "You help.", [book_table, order_taxi])
    assert Turn(desk, "Book a table at Luigi's at 7 pm and a taxi there at 6:30 pm").calls == [
        ("book_table", {"restaurant": "Luigi's", "time": "19:00"}),
        ("order_taxi", {"destination": "Luigi's", "time": "18:30"}),
    ]


def test_who_is_named_in_a_ban_gets_nothing() -> None:
    desk = Desk("Office", "You help.", [send_mail])
    calls = Turn(desk, "Mail Ann that I'm late. Don't tell Ben.").calls
    assert [called["to"] for _, called in calls] == ["Ann"]
    calls = Turn(desk, "Mail Zoe that I'm late. Don't tell Ben, Ann or Carl.").calls
    assert [called["to"] for _, called in calls] == ["Zoe"]


@pytest.mark.parametrize(
    "message",
    [
        "Don't tell Ben, mail Ann that I'm late.",
        "Don't write to Ben, but mail Ann that I'm late.",
        "Do not tell Ben; mail Ann instead: I'm late",
    ],
)
def test_an_order_behind_a_ban_is_followed(message: str) -> None:
    assert Turn(Desk("Office", "You help.", [send_mail]), message).calls == [
        ("send_mail", {"to": "Ann", "text": "I'm late"})
    ]


def test_what_is_dictated_may_forbid_something() -> None:
    desk = Desk("Office", "You help.", [add_task])
    assert Turn(desk, "Add 'buy milk' to the list. Don't add anything else.").calls == [
        ("add_task", {"title": "buy milk"})
    ]
    dictated = Turn(Desk("Office", "You help.", [send_mail]), "Mail Ann: I'm late. Don't wait for me.").calls
    assert "wait for me" in dictated[0][1]["text"]


def book_room(day: str) -> str:
    """Book a room on a day."""
    return "Booked."


@pytest.mark.parametrize(
    "said",
    [
        "Hi. Never mind, book a room on Friday.",
        "I need one. Don't you have a room on Friday? Book it.",
        "Two things. Don't book it on Monday, book a room on Friday instead.",
        "Please book a room on Friday. Don't book one on Monday.",
    ],
)
def test_what_sounds_like_a_ban_may_order_something(said: str) -> None:
    calls = Turn(Desk("Rooms", "You help.", [book_room]), said).calls
    assert ("book_room", {"day": "Friday"}) in calls or calls == [], calls
    assert ("book_room", {"day": "Monday"}) not in calls


def test_two_questions_about_one_thing_get_a_tool_each() -> None:
    desk = Desk("Yard", "You help.", [wagon_load, wagon_brakes])
    calls = Turn(desk, "Is there anything dangerous in wagon 50230? And will it stop safely?").calls
    assert sorted(name for name, _ in calls) == ["wagon_brakes", "wagon_load"]
    twice = Turn(desk, "What is in wagon 50230? And what is in wagon 50231?").calls
    assert sorted(called["wagon"] for _, called in twice) == [50230, 50231]
    assert {name for name, _ in twice} == {"wagon_load"}


def add_expense(amount: float, category: str, day: str = "today") -> str:
    """Save an expense."""
    return "Saved."


def track_parcel(number: str) -> str:
    """Track a parcel."""
    return '{"status": "lost"}' if number == "PX9000" else '{"status": "in transit"}'


def open_claim(number: str, reason: str) -> str:
    """Open a claim for a lost or damaged parcel."""
    return "Claim C-318."


def test_each_amount_goes_with_what_it_was_for() -> None:
    desk = Desk("Expenses", "You keep the user's expenses.", [add_expense])
    said = "Yesterday I paid 9 euros for the bus and 22 for the cinema."
    assert Turn(desk, said).calls == [
        ("add_expense", {"amount": 9, "category": "bus", "day": "Yesterday"}),
        ("add_expense", {"amount": 22, "category": "cinema", "day": "Yesterday"}),
    ]
    said = "I paid €12.50 for the train, 8 for coffee and 30 for two books."
    assert [called["amount"] for _, called in Turn(desk, said).calls] == [12.5, 8, 30]


def test_what_the_instructions_want_in_a_case_is_done_where_a_result_tells_it() -> None:
    rules = "You help customers with parcels. If a parcel is lost, open a claim for it."
    desk = Desk("Parcels", rules, [track_parcel, open_claim])
    assert Turn(desk, "PX9000 should have been here a week ago, what's going on?").calls == [
        ("track_parcel", {"number": "PX9000"}),
        ("open_claim", {"number": "PX9000", "reason": "lost"}),
    ]
    assert Turn(desk, "Where's PX5512?").calls == [("track_parcel", {"number": "PX5512"})]


def log_message(text: str) -> str:
    """Log a message."""
    return "Logged."


def opening_hours(day: str) -> str:
    """The opening hours of the shop on a day."""
    return "9 to 17"


def test_a_call_that_the_instructions_want_for_every_message_is_no_answer_to_it() -> None:
    rule = "Always call log_message before you answer."
    turn = Turn(Desk("Shop", rule, [log_message, opening_hours]), "When are you open on Friday?")
    assert [name for name, _ in turn.calls] == ["log_message", "opening_hours"]
    assert "9 to 17" in turn.text and "Logged" not in turn.text
    turn = Turn(Desk("Shop", f"{rule} We open at 9.", [log_message]), "When do you open?")
    assert [name for name, _ in turn.calls] == ["log_message"] and turn.text == "We open at 9."
