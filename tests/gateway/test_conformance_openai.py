"""The real `openai` client against the practice model, directly and through a second gateway."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal

import openai
import pytest
from gateway_servers import Endpoint
from pydantic import BaseModel

ALERTS: Any = {
    "type": "function",
    "name": "get_weather_alerts",
    "description": "Get the weather alerts for a US state.",
    "parameters": {
        "type": "object",
        "properties": {
            "state": {"type": "string", "description": "Two-letter code of a US state, such as CA."}
        },
        "required": ["state"],
        "additionalProperties": False,
    },
    "strict": True,
}
CHAT_ALERTS: Any = {
    "type": "function",
    "function": {key: value for key, value in ALERTS.items() if key != "type"},
}
QUESTION = "Are there weather alerts in California and in Texas?"
OUTPUT = json.dumps({"alerts": [{"event": "Flood Watch", "headline": "Flood Watch until noon"}]})


class Person(BaseModel):
    name: str
    role: Literal["author", "reader"]
    age: int | None
    books: list[str]


@pytest.fixture
def client(endpoint: Endpoint) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=endpoint.url, api_key=endpoint.key, max_retries=0, timeout=30) as client:
        yield client


def respond(client: openai.OpenAI, streamed: bool, **body: Any) -> Any:
    if not streamed:
        return client.responses.create(model="practice", **body)
    with client.responses.stream(model="practice", **body) as stream:
        stream.until_done()
        return stream.get_final_response()


def complete(client: openai.OpenAI, streamed: bool, **body: Any) -> Any:
    if not streamed:
        return client.chat.completions.create(model="practice", **body)
    with client.chat.completions.stream(model="practice", **body) as stream:
        stream.until_done()
        return stream.get_final_completion()


@pytest.mark.parametrize("streamed", [False, True])
def test_responses_tools_in_two_turns(client: openai.OpenAI, streamed: bool) -> None:
    first = respond(client, streamed, input=QUESTION, tools=[ALERTS])
    calls = [item for item in first.output if item.type == "function_call"]
    assert [json.loads(call.arguments) for call in calls] == [{"state": "CA"}, {"state": "TX"}]
    outputs = [{"type": "function_call_output", "call_id": call.call_id, "output": OUTPUT} for call in calls]
    second = respond(client, streamed, previous_response_id=first.id, input=outputs, tools=[ALERTS])
    assert "Flood Watch" in second.output_text
    assert not [item for item in second.output if item.type == "function_call"], (
        "what was answered is not asked again"
    )


@pytest.mark.parametrize("streamed", [False, True])
def test_chat_tools_in_two_turns(client: openai.OpenAI, streamed: bool) -> None:
    messages: list[Any] = [{"role": "user", "content": QUESTION}]
    message = complete(client, streamed, messages=messages, tools=[CHAT_ALERTS]).choices[0].message
    assert [json.loads(call.function.arguments) for call in message.tool_calls] == [
        {"state": "CA"},
        {"state": "TX"},
    ]
    messages += [
        {
            "role": "assistant",
            "content": message.content,
            "tool_calls": [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {"name": call.function.name, "arguments": call.function.arguments},
                }
                for call in message.tool_calls
            ],
        },
        *({"role": "tool", "tool_call_id": call.id, "content": OUTPUT} for call in message.tool_calls),
    ]
    after = complete(client, streamed, messages=messages, tools=[CHAT_ALERTS]).choices[0].message
    assert "Flood Watch" in after.content and not after.tool_calls


@pytest.mark.parametrize("streamed", [False, True])
def test_one_call_at_a_time(client: openai.OpenAI, streamed: bool) -> None:
    first = respond(client, streamed, input=QUESTION, tools=[ALERTS], parallel_tool_calls=False)
    assert len([item for item in first.output if item.type == "function_call"]) == 1


def test_tool_choice(client: openai.OpenAI) -> None:
    def calls(choice: Any, text: str) -> int:
        response = client.responses.create(model="practice", input=text, tools=[ALERTS], tool_choice=choice)
        return len([item for item in response.output if item.type == "function_call"])

    assert calls("none", QUESTION) == 0
    assert calls("auto", "Hello!") == 0
    assert calls("required", "Hello!") >= 1
    assert calls({"type": "function", "name": "get_weather_alerts"}, "Hello!") >= 1


def test_structured_output_is_parsed(client: openai.OpenAI) -> None:
    parsed = client.responses.parse(
        model="practice", input="Ada Lovelace is an author, 36 years old.", text_format=Person
    )
    assert isinstance(parsed.output_parsed, Person)
    chat = client.chat.completions.parse(
        model="practice",
        messages=[{"role": "user", "content": "Ada Lovelace is an author."}],
        response_format=Person,
    )
    assert isinstance(chat.choices[0].message.parsed, Person)
    with client.responses.stream(
        model="practice", input="Ada Lovelace is an author.", text_format=Person
    ) as stream:
        assert isinstance(stream.get_final_response().output_parsed, Person)
    with client.chat.completions.stream(
        model="practice", messages=[{"role": "user", "content": "Ada"}], response_format=Person
    ) as chunks:
        assert isinstance(chunks.get_final_completion().choices[0].message.parsed, Person)


def test_json_object(client: openai.OpenAI) -> None:
    response = client.responses.create(
        model="practice", input="Describe Ada Lovelace as JSON.", text={"format": {"type": "json_object"}}
    )
    assert isinstance(json.loads(response.output_text), dict)
    chat = client.chat.completions.create(
        model="practice",
        messages=[{"role": "user", "content": "Describe Ada Lovelace as JSON."}],
        response_format={"type": "json_object"},
    )
    assert isinstance(json.loads(chat.choices[0].message.content or ""), dict)


@pytest.mark.parametrize("streamed", [False, True])
def test_web_search(client: openai.OpenAI, streamed: bool) -> None:
    response = respond(client, streamed, input="What is durable execution?", tools=[{"type": "web_search"}])
    assert [item.type for item in response.output] == ["web_search_call", "message"]
    text = response.output[1].content[0]
    assert text.annotations
    assert all(0 <= note.start_index < note.end_index <= len(text.text) for note in text.annotations)


@pytest.mark.parametrize("streamed", [False, True])
def test_a_conversation_keeps_its_thread(client: openai.OpenAI, streamed: bool) -> None:
    first = respond(client, streamed, input="My name is Zebulon.")
    second = respond(client, streamed, input="What is my name?", previous_response_id=first.id)
    assert "Zebulon" in second.output_text
    third = respond(
        client,
        streamed,
        input="Thank you. Say my name once more: what is my name?",
        previous_response_id=second.id,
    )
    assert "Zebulon" in third.output_text


def test_streamed_and_whole_answers_say_the_same(client: openai.OpenAI) -> None:
    body: Any = {
        "instructions": "You are a helpful assistant.",
        "input": "What can you tell me about retries?",
    }
    assert respond(client, True, **body).output_text == respond(client, False, **body).output_text
    messages: Any = [{"role": "user", "content": "What can you tell me about retries?"}]
    whole = complete(client, False, messages=messages).choices[0].message.content
    assert complete(client, True, messages=messages).choices[0].message.content == whole


def test_errors_look_the_same_from_here(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(model="practice", input="x", previous_response_id="resp_unknown")
    assert caught.value.code == "previous_response_not_found"
