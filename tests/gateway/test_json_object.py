"""`json_object`: an object about the question, by the schema, the example or the keys that the text names."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest
from gateway_servers import GatewayProcess

from workshop.gateway.api.json_object import with_schema
from workshop.practice.model import answer
from workshop.practice.types import Message, Request

SCHEMA = {"properties": {"name": {"type": "string"}, "age": {"type": "integer"}}, "required": ["name", "age"]}
ADA = "Ada is 36 years old."


def asked(client: openai.OpenAI, question: str, instructions: str = "") -> Any:
    """Ask both APIs, which must agree."""
    form: Any = {"type": "json_object"}
    response = client.responses.create(
        model="m", input=question, instructions=instructions, text={"format": form}
    )
    said: Any = [{"role": "system", "content": instructions}, {"role": "user", "content": question}]
    chat = client.chat.completions.create(model="m", messages=said, response_format=form)
    assert chat.choices[0].message.content == response.output_text
    return json.loads(response.output_text)


@pytest.fixture
def answering(practice: GatewayProcess) -> openai.OpenAI:
    return openai.OpenAI(base_url=practice.url, api_key="practice", max_retries=0)


def test_without_a_hint_the_object_holds_the_answer(answering: openai.OpenAI) -> None:
    assert "Columbus" in asked(answering, "Reply in JSON: what is the capital of Ohio?")["answer"]
    assert "Columbus" in asked(answering, "What is the capital of Ohio?", "Always answer in JSON.")["answer"]


@pytest.mark.parametrize(
    "question",
    [
        f"Return JSON with the keys name and age. {ADA}",
        f'Return JSON with the fields "name", "age". {ADA}',
        f'As JSON, like {{"name": "Bob", "age": 7}}: {ADA}',
        f'{ADA} Answer in JSON: {{"name": ..., "age": <number>}}',
        f"Make JSON of this: {ADA}\nIt must match this schema: {json.dumps(SCHEMA, indent=2)}",
    ],
)
def test_what_the_text_names_is_in_the_object(answering: openai.OpenAI, question: str) -> None:
    found = asked(answering, question)
    assert list(found) == ["name", "age"] and found["name"] == "Ada" and found["age"] == 36


def test_keys_in_the_instructions_count_too(answering: openai.OpenAI) -> None:
    assert asked(answering, ADA, "You give JSON with the keys name and age.") == {"name": "Ada", "age": 36}


@pytest.mark.parametrize(
    "text",
    [
        "{" * 5_000,
        '{"a":' * 20_000,
        '{"properties": 5} json',
        '{"a": {"properties": {}}}',
        "keys: ",
        "}{",
        '{"x"',
        "[",
    ],
)
def test_half_a_schema_is_none_and_harms_nobody(scripted: GatewayProcess, text: str) -> None:
    with_schema(Request("m", text, (Message("user", text),)))
    body = {"model": "m", "input": f"JSON {text}", "text": {"format": {"type": "json_object"}}}
    assert scripted.post("responses", body).status_code == 200


@pytest.mark.parametrize(
    ("question", "keys"),
    [
        ("Give me a JSON object with name, age and hobby: Olga is 34 and loves pottery.", "name age hobby"),
        ("A JSON object containing the title and the year, please: Dune was printed in 1999.", "title year"),
        ("I want JSON that has his town and his job. Emil is a baker in Graz.", "town job"),
    ],
)
def test_keys_may_be_named_without_being_called_keys(question: str, keys: str) -> None:
    found = with_schema(Request("m", "", (Message("user", question),)))
    assert found and found.output_schema and [*found.output_schema.schema["properties"]] == keys.split()
    assert "JSON" not in found.items[0].text  # type: ignore[union-attr]


@pytest.mark.parametrize("question", ["Give me JSON with recipes.", "A JSON object with all of it, please."])
def test_what_it_is_about_is_no_key(question: str) -> None:
    assert with_schema(Request("m", "", (Message("user", question),))) is None


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        (
            "JSON with keys city and nights for this request: two nights in Ghent",
            {"city": "Ghent", "nights": 2},
        ),
        (
            "A JSON object with the keys animal and legs: A spider has eight legs.",
            {"animal": "spider", "legs": 8},
        ),
        (
            "I need JSON. The keys are guests and day. A table for six on Sunday",
            {"guests": 6, "day": "Sunday"},
        ),
        ("Make JSON with keys room and floor of this: Room 204 is on floor two.", {"floor": 2}),
        (
            "Extract the fields `sender` and `amount` as JSON: Petra sent 40 euros.",
            {"sender": "Petra", "amount": 40},
        ),
    ],
)
def test_keys_end_where_the_request_goes_on_and_what_is_counted_is_a_number(
    question: str, wanted: dict[str, Any]
) -> None:
    described = with_schema(Request("m", "", (Message("user", question),)))
    assert described
    found = json.loads(answer(described).parts[0].text)  # type: ignore[union-attr]
    assert {key: found.get(key) for key in wanted} == wanted


@pytest.mark.parametrize(
    ("question", "text", "wanted"),
    [
        (
            'Return JSON like {"rooms": [{"name": "...", "beds": 0}], "free": false, "owner": {"name": "..."}}',
            "The blue room has 2 beds. The green room has 3 beds.",
            {"rooms": [{"type": "object", "keys": ["name", "beds"]}], "free": "boolean", "owner": ["name"]},
        ),
        ("JSON: {owner: <string>}", "It is Ada's.", None),
        (
            "Answer in JSON with plant, state (fresh, dry or dead), watered (true or false) and age (a number).",
            "The fern is dry.",
            {"plant": "string", "state": ["fresh", "dry", "dead"], "watered": "boolean", "age": "number"},
        ),
    ],
)
def test_a_template_says_how_deep_it_goes_and_what_its_values_are(
    question: str, text: str, wanted: dict[str, Any] | None
) -> None:
    described = with_schema(Request("m", question, (Message("user", text),)))
    assert (described is None) == (wanted is None)
    for key, each in (wanted or {}).items():
        assert described and described.output_schema
        part = described.output_schema.schema["properties"][key]
        inside = part.get("items", part)
        keys = [*inside.get("properties", {})]
        shape = [{"type": inside["type"], "keys": keys}] if "items" in part else keys
        assert each == (shape or part.get("enum") or part["type"])


def test_null_is_for_what_the_text_says_nothing_of() -> None:
    request = Request(
        "m", "JSON with the keys town and host; use null for the rest.", (Message("user", "To Ghent."),)
    )
    described = with_schema(request)
    assert described and json.loads(answer(described).parts[0].text) == {"town": "Ghent", "host": None}  # type: ignore[union-attr]
