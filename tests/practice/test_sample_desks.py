"""Desks of the SDK's own samples: agents as tools, a desk that triages, a colleague of another language."""

from __future__ import annotations

import pytest
from agents.extensions.handoff_prompt import RECOMMENDED_PROMPT_PREFIX
from playing import Desk, Turn


def translate_to_spanish(input: str) -> str:
    """Translate the user's message to Spanish"""
    return "¡Hola, mundo!"


def translate_to_french(input: str) -> str:
    """Translate the user's message to French"""
    return "Bonjour, le monde !"


def translate_to_italian(input: str) -> str:
    """Translate the user's message to Italian"""
    return "Ciao, mondo!"


def respond_spanish(input: str) -> str:
    """Respond to the user's question in Spanish"""
    return "Buenos días."


def respond_french(input: str) -> str:
    """Respond to the user's question in French"""
    return "Bonjour."


def faq_lookup_tool(question: str) -> str:
    """Lookup frequently asked questions."""
    return "I'm sorry, I don't know the answer to that question."


def called(desk: Desk, question: str) -> list[str]:
    return [name for name, _ in Turn(desk, question).calls]


def test_each_tool_that_a_list_in_the_message_names_is_called_once() -> None:
    translators = Desk(
        "Orchestrator",
        "You are a translation agent. You use the tools given to you to translate. If asked for multiple "
        "translations, you call the relevant tools in order. You never translate on your own.",
        [translate_to_spanish, translate_to_french, translate_to_italian],
    )
    question = "Translate 'Hello, world!' to French and Spanish."
    assert sorted(called(translators, question)) == ["translate_to_french", "translate_to_spanish"]
    assert called(translators, "Translate 'Good night' to Italian.") == ["translate_to_italian"]
    speakers = Desk(
        "Orchestrator",
        "You are a multilingual assistant. Call each available language tool requested by the user exactly once, "
        "including every requested tool when multiple languages are requested. Never translate yourself.",
        [respond_spanish, respond_french],
    )
    question = "Answer in Spanish and French: How do you say good morning?"
    assert sorted(called(speakers, question)) == ["respond_french", "respond_spanish"]


def test_a_question_that_no_desk_is_named_for_goes_to_the_one_that_answers_questions() -> None:
    faq = Desk(
        "FAQ Agent",
        "You are an FAQ agent. Use the following routine to support the customer.\n# Routine\n"
        "1. Identify the last question asked by the customer.\n"
        "2. Use the faq lookup tool to answer the question. Do not rely on your own knowledge.\n"
        "3. If you cannot answer the question, transfer back to the triage agent.",
        [faq_lookup_tool],
        about="A helpful agent that can answer questions about the airline.",
    )
    seats = Desk("Seat Booking Agent", about="A helpful agent that can update a seat on a flight.")
    triage = Desk(
        "Triage Agent",
        "You are a helpful triaging agent. You can use your tools to delegate questions to other appropriate agents.",
        handoffs=[faq, seats],
    )
    faq.handoffs.append(triage)
    assert called(triage, "What are your store hours?") == ["transfer_to_faq_agent", "faq_lookup_tool"]
    assert called(triage, "Hello!") == []
    assert called(triage, "I want to change my seat.")[:1] == ["transfer_to_seat_booking_agent"]


def test_what_is_asked_in_english_stays_where_a_colleague_speaks_spanish() -> None:
    spanish = Desk(
        "Spanish Assistant",
        "You only speak Spanish and are extremely concise.",
        about="A Spanish-speaking assistant.",
    )
    desk = Desk(
        "Assistant",
        "Be a helpful assistant. If the user speaks Spanish, handoff to the Spanish assistant.",
        handoffs=[spanish],
    )
    assert called(desk, "I live in New York City. What's the population of the city?") == []
    assert called(desk, "Por favor habla en español. ¿Dónde vivo?") == ["transfer_to_spanish_assistant"]


def read_guide(topic: str) -> str:
    """Looks up the house rules of the hostel by topic.

    Args:
        topic: What the guest wants to know.
    """
    return "Parcels must be under 30 kilos and 60 inches x 40 inches."


def move_guest(booking_code: str, new_bed: str) -> str:
    """Moves a guest to another bed.

    Args:
        booking_code: The code of the booking.
        new_bed: The number of the bed to move to.
    """
    return f"{booking_code} has bed {new_bed}"


def test_what_is_said_of_agents_in_general_is_no_answer() -> None:
    desk = Desk("Guide", f"{RECOMMENDED_PROMPT_PREFIX}\nUse read_guide to answer.", [read_guide])
    turn = Turn(desk, "What is the parcel limit?")
    assert [name for name, _ in turn.calls] == ["read_guide"]
    assert "under 30 kilos" in turn.text
    movers = Desk("Moves", f"{RECOMMENDED_PROMPT_PREFIX} You move guests to other beds.", [move_guest])
    asked = Turn(movers, "Can I move to another bed?").text
    assert asked.endswith("?")
    assert "booking code" in asked


def test_a_measured_figure_of_a_result_is_no_code() -> None:
    desk = Desk("Reception", "You help guests of a hostel.", [read_guide, move_guest])
    first = Turn(desk, "What are the house rules on parcels?")
    assert "30 kilos" in first.text
    second = Turn(desk, "Please move me to another bed.", first.items)
    assert second.calls == []
    assert "booking code" in second.text


@pytest.mark.parametrize(
    ("question", "to"),
    [
        ("Où est la bibliothèque ?", "french"),
        ("Hola, ¿qué tal?", "spanish"),
        ("Hello, how are you?", "english"),
    ],
)
def test_a_colleague_is_of_the_language_that_its_name_says_in_code(question: str, to: str) -> None:
    speakers = [
        Desk(f"{each.lower()}_agent", f"You only speak {each}") for each in ("French", "Spanish", "English")
    ]
    desk = Desk("triage_agent", "Handoff to the agent for the language of the request.", handoffs=speakers)
    assert called(desk, question) == [f"transfer_to_{to}_agent"]
