"""What the hosted web search looks for: the subject, without its sources and what is to be made of it."""

from __future__ import annotations

import pytest

from workshop.practice.model import answer
from workshop.practice.types import Message, Request, Search


@pytest.mark.parametrize(
    ("order", "query"),
    [
        (
            "search the web for 'local sports news' and give me 1 interesting update in a sentence.",
            "local sports news",
        ),
        ('Search the web for "prompt caching" and summarize it', "prompt caching"),
        (
            "Using only official Temporal documentation, explain what a heartbeat is in three bullets",
            "what a heartbeat is",
        ),
        ("Tell me one interesting fact about durable execution", "durable execution"),
        ("Search for durable execution and give me two sentences", "durable execution"),
        ("What is a heartbeat? One sentence, please.", "heartbeat"),
        ("Search for signals and queries in Temporal", "signals and queries in Temporal"),
    ],
)
def test_a_search_is_for_the_subject(order: str, query: str) -> None:
    reply = answer(Request("practice", "You help.", (Message("user", order),), web_search=True))
    assert [part.query for part in reply.parts if isinstance(part, Search)] == [query]


def test_who_says_hi_with_a_name_is_greeted_by_it() -> None:
    reply = answer(Request("practice", "You help.", (Message("user", "Hi, this is Ann."),)))
    assert "Ann" in str(reply.parts) and "Noted" not in str(reply.parts)
