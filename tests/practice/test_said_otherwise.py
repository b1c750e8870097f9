"""The same agent and the same question in other words: what is called stays the same."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import everyday_played
import pytest
from asking import calls_of, parameters, text_of
from everyday import FILES, agents

from workshop.practice.conversation import Conversation
from workshop.practice.model import answer
from workshop.practice.profiles import profile_of
from workshop.practice.types import Message, Request, Tool

PLANT = parameters(plant={"type": "string"})
MOISTURE = Tool("soil_moisture", "Return the soil moisture of a plant in percent.", PLANT)
WATER = Tool("water_plant", "Water a plant.", PLANT)
PACE = Tool("pace", "Compute the running pace.", parameters(minutes={"type": "number"}))
TICKET = Tool("open_ticket", "Open a ticket with the IT team.", parameters(problem={"type": "string"}))
DOSE = Tool("next_dose", "Tell when the next dose is due.", parameters(medicine={"type": "string"}))
TURN = Tool("whose_turn", "Tell whose turn it is to do a chore.", parameters(chore={"type": "string"}))
STOCK = Tool("check_stock", "How many pieces of a product there are.", parameters(product={"type": "string"}))
GAME = Tool(
    "suggest_game",
    "Suggest a game.",
    parameters(players={"type": "integer"}, max_minutes={"type": "integer", "default": 120}),
)


def asked(question: str, *tools: Tool) -> list[tuple[str, dict[str, object]]]:
    return calls_of(answer(Request("practice", "You help.", (Message("user", question),), tools)))


@pytest.mark.parametrize(
    "description",
    [
        "Return the soil moisture of a plant in percent.",
        "Returns how moist a plant is.",
        "Tell how moist the soil of a plant is.",
        "Tells you whether a plant is dry.",
        "Give the moisture of a plant.",
        "Report whether a plant is dry.",
        "This function returns the moisture of a plant.",
        "Use this to find out how moist a plant is.",
    ],
)
def test_a_tool_that_tells_something_changes_nothing(description: str) -> None:
    profile = profile_of(Tool("soil_moisture", description, PLANT))
    assert (profile.kind, profile.changes) == ("read", False)


@pytest.mark.parametrize("description", ["Report a broken light.", "Give a seat away.", "Water a plant."])
def test_a_tool_that_does_something_still_does(description: str) -> None:
    assert profile_of(Tool("desk", description, PLANT)).changes


def test_an_order_to_check_waters_nothing() -> None:
    assert {name for name, _ in asked("Check the fern and the basil for me.", WATER, MOISTURE)} == {
        MOISTURE.name
    }


@pytest.mark.parametrize(
    ("question", "tool", "arguments"),
    [
        ("Hi! When do I have to take my metformin next?", DOSE, [{"medicine": "metformin"}]),
        ("when's my next ramipril", DOSE, [{"medicine": "ramipril"}]),
        ("Who does the dishes this week? Thanks a lot!", TURN, [{"chore": "dishes"}]),
        ("Who does the dishes and who takes out the trash?", TURN, [{"chore": "dishes"}, {"chore": "trash"}]),
        ("Have you got Brooks saddles?", STOCK, [{"product": "Brooks saddles"}]),
        ("Do you have the Trailstar helmet?", STOCK, [{"product": "Trailstar helmet"}]),
        ("There are five of us and we only have an hour.", GAME, [{"players": 5, "max_minutes": 60}]),
        (
            "Help, the projector in room 4 won't turn on!",
            TICKET,
            [{"problem": "the projector in room 4 won't turn on"}],
        ),
    ],
)
def test_what_newcomers_asked(question: str, tool: Tool, arguments: list[dict[str, object]]) -> None:
    assert [given for _, given in asked(question, tool)] == arguments


@pytest.mark.parametrize(
    "question", ["Hi! What can you help me with?", "Hello, what can I ask you?", "How does this work?"]
)
def test_what_an_agent_can_do_is_told(question: str) -> None:
    said = text_of(answer(Request("practice", "You coach.", (Message("user", question),), (PACE,))))
    assert "pace" in said and "need to know" not in said


def test_what_is_wanted_of_a_long_message_is_read_in_proportion() -> None:
    took = []
    for count in (1_000, 10_000):
        request = Request("practice", "", (Message("user", "who x, " * count + "is it so?!"),), (PACE,))
        started = time.process_time()
        assert Conversation(request).question.startswith("who x")
        took.append(time.process_time() - started)
    assert took[1] < max(0.1, 25 * took[0])


NOUN = re.compile(
    r"^(\* \w+\([^\n]*\)): ((?:The|Whether|How|When|Where|Who|What|Which) [^\n]*)$", re.MULTILINE
)


def described(lead: str) -> Callable[[str], str]:
    return lambda text: NOUN.sub(lambda m: f"{m[1]}: {lead} {m[2][0].lower()}{m[2][1:]}", text)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("said_so", "least"),
    [
        (described("Return"), 925),
        (described("Tell"), 920),
        (described("Give"), 905),
        (described("Use this to find out"), 925),
        (lambda text: re.sub(r"^Q (?!(?:hi|hello|hey)\b)", "Q Hi! ", text, flags=re.M | re.I), 920),
        (lambda text: re.sub(r"^(Q [^\n]*)\?$", r"\1", text, flags=re.M), 925),
        (lambda text: re.sub(r"^(Q [^\n]*)$", r"\1 Thanks!", text, flags=re.M), 915),
    ],
    ids=["return", "tell", "give", "use this", "greeting", "no question mark", "thanks"],
)
def test_agents_behave_alike_in_other_words(said_so: Callable[[str], str], least: int) -> None:
    """Of 1,313 questions some 940 are right as they were written."""
    told = [
        wrong
        for path in FILES
        for agent in agents(said_so(path.read_text(encoding="utf-8")))
        for _, wrong in everyday_played.play(agent)
    ]
    assert sum(not wrong for wrong in told) >= least
