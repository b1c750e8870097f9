"""What the filler finds: units, dates, parts of a text for the fields that they suit, and what it asks for."""

from __future__ import annotations

import pytest
from asking import STRING, calls_of, parameters, reply_to, text_of
from pydantic import ValidationError

from workshop.practice.filling.kinds import Kind
from workshop.practice.reading import read
from workshop.practice.types import Message, Tool

NUMBER = {"type": "number"}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("2,500.50 euros", [2500.5]),
        ("1.299,00 €", [1299]),
        ("$1.2 million", [1_200_000]),
        ("twenty-five minutes and a dozen eggs", [25, 12]),
        ("2 hours and 15 minutes", [135]),
        ("seat 12A, commit 9fceb02, on 2026-01-02 at 10:30", []),
        ("add 3.5 and -2", [3.5, -2]),
    ],
)
def test_numbers_of_a_text(text: str, values: list[float]) -> None:
    assert [quantity.value for quantity in read(text).quantities] == values


@pytest.mark.parametrize(
    ("text", "day", "time"),
    [
        ("3 March 2026 at 7pm", "2026-03-03", "19:00"),
        ("on 12/25/2026 at noon", "2026-12-25", "12:00"),
        ("05.03.2026, half past nine", "2026-03-05", "09:30"),
    ],
)
def test_dates_and_times_of_a_text(text: str, day: str, time: str) -> None:
    assert ([d.value for d in read(text).dates], [t.value for t in read(text).times]) == ([day], [time])


@pytest.mark.parametrize(
    ("question", "field", "value"),
    [("Start it for 2 hours", "minutes", 120), ("Start it with 1.5 kg", "weight_grams", 1500)],
)
def test_a_quantity_is_given_in_the_unit_that_the_field_names(
    question: str, field: str, value: float
) -> None:
    tool = Tool("start_machine", "Start the machine.", parameters(**{field: NUMBER}))
    assert calls_of(reply_to(question, [tool])) == [("start_machine", {field: value})]


def test_each_thing_goes_to_the_field_that_it_suits() -> None:
    tool = Tool("book_train", "Book a train.", parameters(destination=STRING, origin=STRING, time=STRING))
    asked = "Book a train from Graz to Vienna at 9:05"
    assert calls_of(reply_to(asked, [tool])) == [
        ("book_train", {"destination": "Vienna", "origin": "Graz", "time": "09:05"})
    ]


WHOLE = {"type": "integer"}


@pytest.mark.parametrize(
    ("question", "given"),
    [
        ("Two adults and three kids, please", {"adults": 2, "children": 3}),
        ("A ticket for the two of us, card 4471", {"adults": 2, "card": 4471}),
        ("There's four of us, my card number is 2041", {"adults": 4, "card": 2041}),
    ],
)
def test_each_number_goes_to_what_it_counts(question: str, given: dict[str, int]) -> None:
    about = {"card": {"description": "Number of the card."}}
    fields = parameters(**{name: WHOLE | about.get(name, {}) for name in given})
    assert calls_of(reply_to(question, [Tool("buy_ticket", "Buy tickets.", fields)])) == [
        ("buy_ticket", given)
    ]


@pytest.mark.parametrize("said", ["I'll take the last one", "Give me a small one please", "That one, please"])
def test_one_that_counts_nothing_is_no_number(said: str) -> None:
    assert not read(said).quantities


BOOLEAN = {"type": "boolean"}
COFFEE = Tool(
    "order_coffee",
    "Order a coffee.",
    parameters(
        size=STRING | {"enum": ["small", "large"]},
        to_go=BOOLEAN | {"description": "In a paper cup to take away."},
        decaf=BOOLEAN | {"description": "True for coffee without caffeine, False for the usual one."},
        avoid_nuts=BOOLEAN | {"description": "True if the guest can't eat nuts."},
    ),
)


@pytest.mark.parametrize(
    ("question", "field", "value"),
    [
        ("A large coffee to go", "to_go", True),
        ("A large coffee, and not to go", "to_go", False),
        ("A small coffee, decaf please", "decaf", True),
        ("A small coffee, the usual one", "decaf", False),
        ("A small coffee, but no nuts", "avoid_nuts", True),
    ],
)
def test_yes_or_no_by_the_words_of_a_parameter(question: str, field: str, value: bool) -> None:
    needed = dict(COFFEE.parameters["properties"])
    tool = Tool(
        COFFEE.name, COFFEE.description, parameters(**{n: needed[n] for n in needed if n in ("size", field)})
    )
    (made,) = calls_of(reply_to(question, [tool]))
    assert made[1][field] is value


def test_yes_or_no_that_nobody_speaks_of_is_asked_for() -> None:
    needed = dict(COFFEE.parameters["properties"])
    tool = Tool(COFFEE.name, COFFEE.description, parameters(**{n: needed[n] for n in ("size", "decaf")}))
    assert "decaf" in text_of(reply_to("A large coffee, please", [tool]))


def test_what_is_missing_is_asked_for_and_the_answer_completes_the_question() -> None:
    tool = Tool("book_train", "Book a train.", parameters(destination=STRING, origin=STRING))
    back = reply_to("Book a train from Graz", [tool])
    assert not calls_of(back) and "destination" in text_of(back) and "origin" not in text_of(back)
    history = [Message("user", "Book a train from Graz"), Message("assistant", text_of(back))]
    assert calls_of(reply_to("Vienna", [tool], history=history)) == [
        ("book_train", {"destination": "Vienna", "origin": "Graz"})
    ]


def test_a_table_that_does_not_fit_its_schema_is_refused() -> None:
    with pytest.raises(ValidationError):
        Kind.model_validate({"name": "file", "named": "(", "several": True})
    with pytest.raises(ValidationError):
        Kind.model_validate({"name": "file", "named": "file", "severall": True})


@pytest.mark.parametrize(("have", "want"), [("USD", "EUR"), ("EUR", "USD")])
def test_an_example_of_a_description_is_no_label(have: str, want: str) -> None:
    """ "Such as EUR" behind the one currency does not make the other one the value."""
    convert = Tool(
        "convert",
        "Convert an amount of money.",
        parameters(
            amount={"type": "number"},
            from_currency={"type": "string", "description": "Code of the currency you have, such as USD."},
            to_currency={"type": "string", "description": "Code of the currency you want, such as EUR."},
        ),
    )
    [(_, called)] = calls_of(reply_to(f"How much is 250 {have} in {want}?", [convert]))
    assert (called["from_currency"], called["to_currency"]) == (have, want)


CONVERT = Tool(
    "convert",
    "Convert an amount of money into another currency.",
    parameters(
        amount={"type": "number", "description": "How much money"},
        from_currency={"type": "string", "description": "Three-letter code, such as USD"},
        to_currency={"type": "string", "description": "Three-letter code, such as EUR"},
    ),
)


@pytest.mark.parametrize(
    ("said", "amount", "have", "want"),
    [
        ("How many euros do I get for 200 dollars?", 200, "USD", "EUR"),
        ("How many yen can I buy with 20 dollars?", 20, "USD", "JPY"),
        ("How many pounds will 40 euros buy me?", 40, "EUR", "GBP"),
        ("How many dollars is 50 pounds?", 50, "GBP", "USD"),
        ("Dollars for 80 euros?", 80, "EUR", "USD"),
        ("Give me the euros for 1,500 Canadian dollars", 1500, "CAD", "EUR"),
        ("I want euros, I have 30 Swiss francs", 30, "CHF", "EUR"),
        ("I have 100 francs, how many euros is that?", 100, "CHF", "EUR"),
        ("What would 20 pounds be worth in dollars?", 20, "GBP", "USD"),
        ("Change 500 kroner into euros please", 500, "NOK", "EUR"),
        ("Convert to USD 75 CAD", 75, "CAD", "USD"),
    ],
)
def test_what_stands_behind_an_amount_is_what_one_has(said: str, amount: float, have: str, want: str) -> None:
    expected = {"amount": amount, "from_currency": have, "to_currency": want}
    assert calls_of(reply_to(said, [CONVERT])) == [("convert", expected)]


LENGTH = Tool(
    "convert_length",
    "Convert a length.",
    parameters(value={"type": "number"}, from_unit=STRING, to_unit=STRING),
)


@pytest.mark.parametrize(
    ("said", "value", "have", "want"),
    [
        ("How many miles is 10 km?", 10, "km", "miles"),
        ("How many inches are there in 3 feet?", 3, "feet", "inches"),
        ("What is 12 miles in kilometers?", 12, "miles", "kilometers"),
    ],
)
def test_so_is_the_unit_of_a_measure(said: str, value: float, have: str, want: str) -> None:
    expected = {"value": value, "from_unit": have, "to_unit": want}
    assert calls_of(reply_to(said, [LENGTH])) == [("convert_length", expected)]


SPLIT = Tool(
    "split_bill",
    "Split a restaurant bill evenly.",
    parameters(
        total={"type": "number", "description": "The sum on the bill"},
        people={"type": "integer", "description": "How many people share it"},
    ),
)
TABLE = Tool("book_table", "Book a table.", parameters(guests={"type": "integer"}, day=STRING))


@pytest.mark.parametrize(
    ("said", "people"),
    [
        ("Split 90 euros for me and my two sisters.", 3),
        ("Split 80 dollars between me and Tom", 2),
        ("My wife and I had dinner for 64 euros, split it", 2),
        ("Anna, Ben, Carla and I owe 100 together", 4),
        ("Split 45 between the three of us and my brother", 4),
        ("Just me and a friend, 38 euros", 2),
        ("Split 66 between my parents, my sister and me", 4),
        ("We were four and the bill was 120", 4),
        ("There were the five of us, 150 in total", 5),
        ("Split 120 dollars between 4 friends", 4),
    ],
)
def test_who_is_named_with_the_speaker_is_counted(said: str, people: int) -> None:
    [(_, called)] = calls_of(reply_to(said, [SPLIT]))
    assert called["people"] == people


def test_who_comes_along_is_counted_for_a_table() -> None:
    booked = {"guests": 5, "day": "Friday"}
    said = "A table for my husband, our three kids and me on Friday"
    assert calls_of(reply_to(said, [TABLE])) == [("book_table", booked)]
