"""What lessons 06 and 07 ask their agents: an order is found before it is refunded, and each turn of a chat has its tool."""

from __future__ import annotations

import pytest
from playing import Desk, Turn

from workshop.practice.types import Item


def find_order(order: int) -> str:
    """Look up an order: who bought what, and for how much.

    Args:
        order: Number of the order, such as 1207.
    """
    return '{"customer": "Ben", "item": "raincoat", "paid": 40}'


def refund_order(order: int) -> str:
    """Refund an order: give the customer the money back.

    Args:
        order: Number of the order, such as 1207.
    """
    return '{"refunded": 40, "to": "Ben"}'


def get_weather(state: str) -> str:
    """Get the weather alerts that are active in a US state.

    Args:
        state: Two-letter code of the state, such as CA.
    """
    return '{"alerts": []}'


def read_bulletin(state: str) -> str:
    """Read today's weather bulletin of a US state, in full.

    Args:
        state: Two-letter code of the state, such as CA.
    """
    return "Dry and mild."


def read_archive(state: str) -> str:
    """Read the weather archive of a US state, in full.

    Args:
        state: Two-letter code of the state, such as CA.
    """
    return "The archive."


def test_an_order_is_found_before_it_is_refunded() -> None:
    desk = Desk("Refund Agent", "You handle refunds for a shop. Be brief.", [find_order, refund_order])
    for question in ("Please refund order 1208: the raincoat is torn.", "Please refund order 1208."):
        assert [name for name, _ in Turn(desk, question).calls] == ["find_order", "refund_order"]


def test_each_turn_of_a_chat_has_its_tool_and_its_state() -> None:
    desk = Desk("Chat", "You chat about the weather.", [get_weather, read_bulletin, read_archive])
    items: list[Item] = []
    for question, calls in (
        ("My name is Ada. Are there weather alerts in California?", [("get_weather", {"state": "CA"})]),
        ("Read the bulletin for Ohio.", [("read_bulletin", {"state": "OH"})]),
        ("And in Texas?", [("read_bulletin", {"state": "TX"})]),
        ("Read the bulletin for Utah.", [("read_bulletin", {"state": "UT"})]),
        ("Are there weather alerts in Florida?", [("get_weather", {"state": "FL"})]),
        ("What is my name?", []),
        ("Read the archive of Texas.", [("read_archive", {"state": "TX"})]),
    ):
        turn = Turn(desk, question, items)
        assert turn.calls == calls
        items = turn.items


def look_up(topic: str) -> str:
    """Look up the help desk's article on a topic.

    Args:
        topic: The topic, in one or two words, such as invoices.
    """
    return f'{{"topic": "{topic}", "answer": "Open the settings."}}'


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("Hello, my name is Ada.", ""),
        ("Good morning!", ""),
        ("My name is Ada. My code is quartz17.", ""),
        ("What can you do?", ""),
        ("Look up topic 8.", "8"),
        ("Look up invoice 3.", "invoice 3"),
        ("My name is Ada, how do I reset my password?", "password"),
    ],
)
def test_a_help_desk_looks_up_only_what_it_is_asked_for(question: str, topic: str) -> None:
    desk = Desk("Help Desk", "You work at Ada's help desk. Answer in at most 30 words.", [look_up])
    for before in ("", "Look up invoice 1.", "I'm Bob."):
        items = Turn(desk, before).items if before else []
        assert Turn(desk, question, items).calls == ([("look_up", {"topic": topic})] if topic else []), before


def book_table(day: str, people: int) -> str:
    """Reserve a table.

    Args:
        day: Day of the week.
        people: How many come.
    """
    return "Booked, table 5. Your code is HB47."


def cancel_table(code: str) -> str:
    """Cancel a reservation by its code, such as HB12."""
    return f"Reservation {code} is cancelled."


@pytest.mark.parametrize(
    "question", ["Please cancel it again.", "Oh no, we can't come. Cancel that, please."]
)
def test_a_code_that_a_sentence_has_told_is_kept_for_the_tool_that_takes_it(question: str) -> None:
    desk = Desk("Harbor House", "You take reservations.", [book_table, cancel_table])
    booked = Turn(desk, "A table on Friday for four people, please.")
    assert Turn(desk, question, booked.items).calls == [("cancel_table", {"code": "HB47"})]


def test_a_name_is_remembered_and_not_looked_up() -> None:
    desk = Desk("Help Desk", "You work at Ada's help desk. Answer in at most 30 words.", [look_up])
    turn = Turn(desk, "My name is Ada. My code is quartz17.")
    turn = Turn(desk, "What is my name?", turn.items)
    assert turn.calls == [] and "Ada" in turn.text


def list_files(folder: str) -> str:
    """List the files in a folder."""
    return "beach.jpg"


def test_what_talk_also_has_an_answer_to_is_left_to_a_tool_that_is_for_it() -> None:
    desk = Desk("Files", "You keep the user's files.", [list_files])
    assert Turn(desk, "Show me what's in photos.").calls == [("list_files", {"folder": "photos"})]
