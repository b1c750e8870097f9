"""Agents that strangers wrote, by what went wrong at their first run: the kinds, with tools of our own."""

from __future__ import annotations

from typing import Literal

import pytest
from playing import Desk, Turn

from workshop.practice.types import Item


def garden(plot_number: int) -> str:
    """Tenant and size of one garden."""
    return '{"tenant": "Greta Holm", "size": 310}'


def free_gardens(min_size: int = 0) -> str:
    """Gardens without a tenant.

    Args:
        min_size: Smallest size in square meters.
    """
    return '[{"plot": 23, "size": 275}]'


def ticket(ticket_number: str) -> str:
    """Status of one repair.

    Args:
        ticket_number: Number of the ticket, such as R-104.
    """
    return '{"status": "ready"}'


def tickets_of(customer: str) -> str:
    """Repairs of a customer, by full name: the numbers of the tickets."""
    return '[{"number": "R-104"}]'


@pytest.mark.parametrize(
    ("tools", "question", "calls"),
    [
        ([garden, free_gardens], "Who has plot 12?", [("garden", {"plot_number": 12})]),
        ([ticket, tickets_of], "What's up with R-105?", [("ticket", {"ticket_number": "R-105"})]),
    ],
)
def test_a_value_that_the_message_tells_is_not_looked_up(tools, question, calls) -> None:  # type: ignore[no-untyped-def]
    assert Turn(Desk("Office", "Use the tools.", tools), question).calls == calls


def find_thing(name: str) -> str:
    """Find a thing by name: its id, its deposit in euros, and who has it."""
    return '{"id": "T4", "deposit": 60, "lent_to": null}'


def lend(thing_id: str, member: str, days: int = 7) -> str:
    """Lend a thing to a member.

    Args:
        thing_id: Id of the thing, such as T1.
        member: Name of the member.
        days: For how many days, at most 14.
    """
    return f"{thing_id} is lent to {member} for {days} days."


def test_the_id_that_a_thing_is_found_with_is_passed_on() -> None:
    desk = Desk("Library of things", "First find a thing, then lend it by its id.", [find_thing, lend])
    calls = Turn(desk, "I'm Jule. Can I have the party tent for three days?").calls
    assert calls[-1] == ("lend", {"thing_id": "T4", "member": "Jule", "days": 3})


def test_a_number_that_a_bound_forbids_is_asked_for_and_not_replaced_by_the_default() -> None:
    turn = Turn(Desk("Library of things", "", [lend]), "Hanna would like to borrow T4 for three weeks.")
    assert turn.calls == [] and "days" in turn.text and "14" in turn.text


def free_times(day: str) -> str:
    """Free times on a day.

    Args:
        day: Day of the week in lower case, such as monday.
    """
    return '["10:00"]'


def test_a_value_is_written_in_the_case_that_a_description_asks_for() -> None:
    assert Turn(Desk("Salon", "", [free_times]), "Is anything free on Tuesday?").calls == [
        ("free_times", {"day": "tuesday"})
    ]


def list_cakes() -> str:
    """The cakes that we bake."""
    return '["carrot cake", "lemon tart"]'


def add_to_order(item: str, quantity: int = 1) -> str:
    """Put something into the order.

    Args:
        item: What the customer wants.
        quantity: How many.
    """
    return f"Added {quantity} x {item}."


def test_a_thing_is_spelled_as_a_result_has_named_it_and_an_article_counts_one() -> None:
    desk = Desk("Bakery", "You take orders.", [list_cakes, add_to_order])
    turn = Turn(desk, "Which cakes do you have?")
    turn = Turn(desk, "I'd like two lemon tarts.", turn.items)
    assert turn.calls == [("add_to_order", {"item": "lemon tart", "quantity": 2})]
    turn = Turn(desk, "And a carrot cake as well, please.", turn.items)
    assert turn.calls == [("add_to_order", {"item": "carrot cake", "quantity": 1})]


def record_expense(amount: float, category: Literal["food", "transport", "fun"]) -> str:
    """Write down an expense.

    Args:
        amount: Euros.
        category: What kind of expense it is.
    """
    return "Recorded."


def test_the_instructions_say_which_option_a_thing_is() -> None:
    rules = "Groceries and restaurants are food. Bus, train and fuel are transport. Cinema and games are fun."
    desk = Desk("Household book", rules, [record_expense])
    items: list[Item] = []
    for question, category in (
        ("I paid 45.80 for groceries.", "food"),
        ("And 12 euros for the cinema.", "fun"),
        ("Fuel was 38.", "transport"),
    ):
        turn = Turn(desk, question, items)
        items = turn.items
        assert [arguments["category"] for _, arguments in turn.calls] == [category]


def bulletin(state: str) -> str:
    """Read the weather bulletin of a state."""
    return '{"summary": "Warm and calm.", "high": 21}'


def test_a_sentence_in_a_result_is_told_as_a_sentence() -> None:
    assert (
        Turn(Desk("Weather", "", [bulletin]), "Read the bulletin of Ohio.").text
        == "The high is 21. Warm and calm."
    )
