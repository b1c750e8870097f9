"""What a message orders is done, and what it only speaks of is left alone: 340 messages by three writers who did not
know the rules, 110 of them set aside until the rules were written.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from asking import STRING, calls_of, handoff_to, parameters, reply_to, text_of

from workshop.practice.model import answer
from workshop.practice.types import Item, Message, Request, Tool, ToolCall, ToolResult

DEEDS = Path(__file__).parent / "data" / "deeds.jsonl"
_ROUNDS = 6
DELETE = Tool("delete_file", "Delete a file for good.", parameters(path=STRING))
CANCEL = Tool("cancel_booking", "Cancel a booking.", parameters(booking=STRING))
TRANSFER = Tool(
    "transfer", "Transfer money to an account.", parameters(to=STRING, amount={"type": "integer"})
)


def cases(half: str) -> list[Mapping[str, Any]]:
    """The messages of a set: "open", "aside", or "third", which is the third writer's half set aside."""
    read = (json.loads(line) for line in DEEDS.read_text(encoding="utf-8").splitlines())
    return [each for each in read if each["half"] == half]


def called(case: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The calls of a run in which each tool returns "ok"."""
    tools = tuple(
        Tool(
            each["name"],
            each["description"],
            parameters(**{n: {"type": t} for n, t in each["parameters"].items()}),
        )
        for each in case["tools"]
    )
    items: list[Item] = [Message("user", case["question"])]
    for turn in range(_ROUNDS):
        calls = calls_of(answer(Request("practice", case["instructions"], tuple(items), tools)))
        yield from calls
        for n, (name, arguments) in enumerate(calls):
            key = f"{turn}-{n}"
            items += [ToolCall(key, name, json.dumps(arguments)), ToolResult(key, "ok")]
        if not calls:
            return


def as_hoped(case: Mapping[str, Any]) -> bool:
    """Whether the tool that is ordered was called, and none that must not be."""
    calls = [*called(case)]
    names = {name for name, _ in calls}
    wanted = {case["call"]["name"]} if case["call"] else set()
    out = {str(value).casefold() for value in case.get("never_values", ())}
    spared = not any(
        str(value).casefold() in out for name, given in calls if name in wanted for value in given.values()
    )
    return wanted <= names <= wanted | {*case.get("may", ())} and spared


@pytest.mark.parametrize(
    ("half", "orders", "others"), [("open", 75, 125), ("aside", 29, 22), ("third", 16, 15)]
)
def test_what_is_ordered_is_done_and_nothing_else(half: str, orders: int, others: int) -> None:
    """Of 93 orders and 137 messages that order nothing in the open set; of 33 and 27, and of 20 and 30, set aside."""
    met = [(bool(case["call"]), as_hoped(case)) for case in cases(half)]
    assert sum(hoped for ordered, hoped in met if ordered) >= orders
    assert sum(hoped for ordered, hoped in met if not ordered) >= others


@pytest.mark.parametrize(
    "question",
    [
        "Don't delete notes.txt",
        "Never delete notes.txt without asking me.",
        "I don't want you to delete notes.txt.",
        "Please do not, under any circumstances, delete notes.txt.",
        "DONT DELETE NOTES.TXT",
        "I deleted notes.txt yesterday.",
        "Did you delete notes.txt?",
        "Should I delete notes.txt?",
        "How do I delete notes.txt myself?",
        "What would happen if I deleted notes.txt?",
        "I'm thinking about deleting notes.txt.",
        'The mail says: "Delete notes.txt at once!" Is that spam?',
        "Summarize this text: Delete notes.txt at once.",
        "Delete notes.txt. No, wait, don't.",
        "We only delete notes.txt on Sundays.",
        "Once Kim agrees you can delete notes.txt. She hasn't yet.",
    ],
)
def test_what_is_only_spoken_of_is_left_alone(question: str) -> None:
    reply = reply_to(question, [DELETE])
    assert calls_of(reply) == [] and text_of(reply)


@pytest.mark.parametrize(
    "question",
    [
        "Delete notes.txt",
        "Can you delete notes.txt?",
        "Don't wait, just delete notes.txt.",
        "Why don't you delete notes.txt?",
        "I'd like you to delete notes.txt, please.",
        "If you can, delete notes.txt.",
        "I never read it, so please delete notes.txt.",
        "Changed my mind, delete notes.txt.",
    ],
)
def test_what_is_ordered_in_other_words_is_done(question: str) -> None:
    assert calls_of(reply_to(question, [DELETE])) == [("delete_file", {"path": "notes.txt"})]


@pytest.mark.parametrize(
    ("name", "told", "question"),
    [
        ("hours_of", "Opening hours of a gallery.", "When is the Belvedere open?"),
        ("open_shop", "Tell when a shop opens.", "When does the Belvedere open?"),
        ("closing_time", "When a pool closes today.", "When does the Belvedere close?"),
    ],
)
def test_a_tool_that_only_tells_may_be_asked(name: str, told: str, question: str) -> None:
    place = {"type": "string", "description": "Name of the place."}
    reply = reply_to(question, [Tool(name, told, parameters(place=place))])
    assert [each for each, _ in calls_of(reply)] == [name]


def test_it_says_that_nothing_was_done() -> None:
    assert text_of(reply_to("Don't cancel booking B-12.", [CANCEL])) == (
        "I have left that alone: cancel booking. Tell me to do it, and I will."
    )


@pytest.mark.parametrize(
    ("question", "amount"),
    [("Transfer 50, no, sorry, 60 to Anna.", 60), ("Transfer not 50 but 60 to Anna.", 60)],
)
def test_what_is_corrected_is_not_taken(question: str, amount: int) -> None:
    assert calls_of(reply_to(question, [TRANSFER])) == [("transfer", {"to": "Anna", "amount": amount})]


@pytest.mark.parametrize(
    "unit", ["i have already ", "is this ", "not ", "as soon as ", "5 sorry ", "whether to delete "]
)
def test_a_long_message_takes_time_in_proportion(unit: str) -> None:
    """What looks ahead for a second word looks so far and no further: one such rule took minutes."""
    took = []
    for size in (3_000, 30_000):
        started = time.process_time()
        assert reply_to(f"{(unit * size)[:size]}!", [DELETE]).parts
        took.append(time.process_time() - started)
    assert took[1] < max(1.5, 25 * took[0])


@pytest.mark.parametrize(
    ("question", "colleague"),
    [
        ("I don't want a refund, I just want to know where my parcel is.", "shipping"),
        ("Don't cancel my flight! Where is my parcel?", "shipping"),
        ("I'm not calling about a booking, my parcel is damaged.", "shipping"),
        ("Please don't rebook me, I just need my money back.", "refund"),
        ("It's not about a delivery. I was charged twice and want the money back.", "refund"),
        ("I don't know where my parcel is.", "shipping"),
    ],
)
def test_a_colleague_gets_what_is_wanted(question: str, colleague: str) -> None:
    desks = {
        "Refund": "Handles refunds of orders.",
        "Shipping": "Answers questions on deliveries and parcels.",
        "Booking": "Books and cancels flights.",
    }
    reply = reply_to(
        question,
        [handoff_to(name, told) for name, told in desks.items()],
        "Send each to the right colleague.",
    )
    assert [name for name, _ in calls_of(reply)] == [f"transfer_to_{colleague}"]
