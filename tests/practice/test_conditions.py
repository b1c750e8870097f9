"""What is done, said or asked of results: conditions on them, verdicts, and agents that are asked without the conversation."""

from __future__ import annotations

import pytest
from playing import Desk, Turn

WAVES = {"North Pier": 2.6, "South Pier": 0.4}
PARTS = {"P-7": 0, "P-9": 14}


def wave_height(pier: str) -> float:
    """How high the waves are, in metres.

    Args:
        pier: Name of the pier, such as North Pier.
    """
    return WAVES[pier]


def tell_skipper(name: str, message: str) -> str:
    """Send a message to a skipper.

    Args:
        name: First name.
        message: What to tell them.
    """
    return f"Sent to {name}."


def part_stock(part: str) -> int:
    """How many pieces of a part are there.

    Args:
        part: Code of the part, such as P-1.
    """
    return PARTS[part]


def hand_out_part(part: str, pieces: int = 1) -> str:
    """Give pieces of a part to a mechanic.

    Args:
        part: Code of the part, such as P-1.
        pieces: How many.
    """
    return f"{pieces} of {part}."


def licence(pilot: str) -> str:
    """Whether a pilot's licence is valid or expired.

    Args:
        pilot: Last name of the pilot.
    """
    return {"Berg": "valid until May", "Sorel": "expired"}[pilot]


def lend_glider(pilot: str) -> str:
    """Lend the glider to a pilot.

    Args:
        pilot: Last name of the pilot.
    """
    return f"The glider goes to {pilot}."


def boat_length(boat: str) -> float:
    """The length of a boat in metres."""
    return {"Gannet": 11.5, "Puffin": 6.0}[boat]


def reserve_berth(boat: str, day: str) -> str:
    """Reserve a berth for a boat.

    Args:
        boat: Name of the boat.
        day: Day of the week.
    """
    return f"{boat} has a berth on {day}."


def weigh_in(crate: int, kilos: float) -> str:
    """Record the weight of a crate and return the number of the record.

    Args:
        crate: Number of the crate.
        kilos: Weight in kilograms.
    """
    return "W-81"


def call_crane(record: str) -> str:
    """Call the crane for a crate that is heavy.

    Args:
        record: Number of the record, as it was returned.
    """
    return f"The crane comes for {record}."


def write_verse(input: str) -> str:
    """Writes a short verse about something."""
    return "VERSE"


def write_riddle(input: str) -> str:
    """Writes a riddle about something."""
    return "RIDDLE"


def grass_state(garden: str) -> str:
    """Whether the grass of a garden is dry or wet.

    Args:
        garden: Which garden, such as north garden.
    """
    return "wet" if "north" in garden else "dry"


def send_mower(garden: str) -> str:
    """Send the mower to a garden.

    Args:
        garden: Which garden, such as north garden.
    """
    return "The mower is on its way."


MOWER = Desk("Mower", "Don't send out the mower when the grass is wet.", [grass_state, send_mower])
WRITERS = Desk("Writers", "Let the tools write.", [write_verse, write_riddle])
CRATES = Desk(
    "Crates",
    "You record crates. Anything over 80 kilograms also needs the crane, so call the crane after you have recorded it.",
    [weigh_in, call_crane],
)
BERTHS = Desk(
    "Berths", "Boats longer than 10 metres need the captain's permission.", [boat_length, reserve_berth]
)
HARBOR = Desk("Harbor", "You look after the boats of a harbor.", [wave_height, tell_skipper])
STORE = Desk(
    "Part Store",
    "You hand out parts. Only hand out what is there, so check the stock first.",
    [part_stock, hand_out_part],
)
GLIDERS = Desk(
    "Gliders",
    "Look up the licence before you lend the glider; only valid licences will do.",
    [licence, lend_glider],
)


@pytest.mark.parametrize(
    ("desk", "question", "called"),
    [
        (HARBOR, "Look at the waves at North Pier, and if they're over 2 metres tell Sam to stay in.", ["wave_height", "tell_skipper"]),
        (HARBOR, "Look at the waves at South Pier, and if they're over 2 metres tell Sam to stay in.", ["wave_height"]),
        (HARBOR, "Tell Sam to stay in if the waves at North Pier are higher than 2 metres.", ["wave_height", "tell_skipper"]),
        (HARBOR, "How high are the waves at South Pier? If they are below 1 metre, tell Sam that he can go.", ["wave_height", "tell_skipper"]),
        (STORE, "I need 3 pieces of P-9.", ["part_stock", "hand_out_part"]),
        (STORE, "I need 3 pieces of P-7.", ["part_stock"]),
        (STORE, "I need 20 pieces of P-9.", ["part_stock"]),
        (GLIDERS, "Berg would like to borrow the glider.", ["licence", "lend_glider"]),
        (GLIDERS, "Sorel would like to borrow the glider.", ["licence"]),
        (BERTHS, "Please reserve a berth for the Puffin on Friday.", ["boat_length", "reserve_berth"]),
        (CRATES, "Crate 12 weighs 95 kilograms.", ["weigh_in", "call_crane"]),
        (MOWER, "Please send the mower to the north garden.", ["grass_state"]),
        (MOWER, "Please send the mower to the south garden.", ["grass_state", "send_mower"]),
    ],
)  # fmt: skip
def test_what_is_only_done_if_a_result_is_so(desk: Desk, question: str, called: list[str]) -> None:
    turn = Turn(desk, question)
    assert [name for name, _ in turn.calls] == called
    assert ("not done" in turn.text) == (len(called) == 1)


def test_what_a_limit_forbids_is_not_done_and_the_limit_is_told() -> None:
    turn = Turn(BERTHS, "Please reserve a berth for the Gannet on Friday.")
    assert [name for name, _ in turn.calls] == ["boat_length"]
    assert "permission" in turn.text


def test_what_follows_only_in_some_case_is_left_out_in_others() -> None:
    assert [name for name, _ in Turn(CRATES, "Crate 13 weighs 40 kilograms.").calls] == ["weigh_in"]
    assert Turn(CRATES, "Crate 12 weighs 95 kilograms.").calls[-1] == ("call_crane", {"record": "W-81"})


def test_results_of_the_turn_before_are_compared() -> None:
    before = Turn(HARBOR, "How high are the waves at North Pier and at South Pier?")
    assert len(before.calls) == 2
    calmer = Turn(HARBOR, "And which one is calmer?", before.items)
    assert (calmer.calls, calmer.text) == ([], "So it is South Pier.")


@pytest.mark.parametrize(
    ("question", "verdict"), [("higher than 2 metres", "Yes."), ("lower than 2 metres", "No.")]
)
def test_a_figure_is_said_to_be_in_a_range_or_not(question: str, verdict: str) -> None:
    assert Turn(HARBOR, f"Are the waves at North Pier {question}?").text.startswith(verdict)


@pytest.mark.parametrize("question", ["A riddle as well, please.", "And a riddle about it, please."])
def test_an_agent_used_as_a_tool_is_told_what_was_said_before(question: str) -> None:
    before = Turn(WRITERS, "I need a verse about our old lighthouse.")
    ((name, arguments),) = Turn(WRITERS, question, before.items).calls
    assert name == "write_riddle" and "lighthouse" in arguments["input"]


def forecast(city: str) -> dict[str, object]:
    """Weather in a city."""
    return {"rain": True, "high": 14}


def test_what_a_result_brings_up_is_said_to_the_user() -> None:
    told = "You help travellers. If it rains, tell them to take an umbrella."
    turn = Turn(Desk("Weather", told, [forecast]), "What's the weather in Bergen?")
    assert turn.text.startswith("Please take an umbrella.")
