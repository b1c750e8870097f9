"""Agents for everyday purposes, as learners write them: those that the weights are learned from, and those that were
put aside before the rules were written and are never learned from.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from everyday import FILES, agents
from everyday_played import play
from playing import Desk, Turn

ASIDE = sorted((Path(__file__).parent / "data" / "everyday_aside").glob("*.txt"))
FIRST = [Path(__file__).parent / "data" / "first_tools.txt"]


@pytest.mark.parametrize(
    ("files", "least"),
    [(FILES, 0.62), (ASIDE, 0.5), (FIRST, 0.75)],
    ids=["learned from", "aside", "first tools"],
)
def test_questions_are_met_as_hoped(files: list[Path], least: float) -> None:
    played = [play(agent) for file in files for agent in agents(file.read_text(encoding="utf-8"))]
    wrong = [bool(told) for each in played for _, told in each]
    assert len(wrong) > 50
    assert wrong.count(False) / len(wrong) >= least, f"{wrong.count(False)} of {len(wrong)}"


def free_boats(day: str, seats: int) -> list[str]:
    """List the boats with that many seats that are free on a day.

    Args:
        day: Day of the week, such as Saturday.
        seats: Number of rowers.
    """
    return ["Pike"]


def book_boat(boat: str, day: str, member: str) -> str:
    """Book a boat for a member of the club.

    Args:
        boat: Name of the boat.
        day: Day of the week, such as Saturday.
        member: First name of the member who books.
    """
    return f"{boat} is booked on {day} for {member}."


def add_item(item: str, quantity: int = 1) -> str:
    """Put something on the shopping list."""
    return f"{item}: {quantity}"


CLUB = Desk(
    "Boathouse", "You manage the boats of a rowing club. Never guess a name.", [free_boats, book_boat]
)
FRIDGE = Desk("Fridge", "You keep the family's shopping list.", [add_item])


@pytest.mark.parametrize(
    ("desk", "questions", "calls"),
    [
        (
            CLUB,
            ["Book the Otter on Sunday for Lena, please."],
            [("book_boat", {"boat": "Otter", "day": "Sunday", "member": "Lena"})],
        ),
        (CLUB, ["Which boats for four are free on Saturday?", "Good, please book it."], []),
        (
            CLUB,
            ["Which boats for four are free on Saturday?", "Good, please book it.", "I'm Marta."],
            [("book_boat", {"boat": "Pike", "day": "Saturday", "member": "Marta"})],
        ),
        (
            FRIDGE,
            ["We need six eggs and a lemon."],
            [
                ("add_item", {"item": "eggs", "quantity": 6}),
                ("add_item", {"item": "lemon", "quantity": 1}),
            ],
        ),
    ],
    ids=["book", "no name", "the name", "two items"],
)
def test_what_is_written(
    desk: Desk, questions: list[str], calls: list[tuple[str, dict[str, object]]]
) -> None:
    items = Turn(desk, questions[0]).items if len(questions) > 1 else []
    for question in questions[1:-1]:
        items = Turn(desk, question, items).items
    assert Turn(desk, questions[-1], items).calls == calls
