"""What the `openai` client reads: both endpoints, whole and streamed, against a model whose words are known."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any

import openai
import pytest
from gateway_servers import KEY, GatewayProcess

PARAMETERS = {
    "type": "object",
    "properties": {"place": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["place", "days"],
    "additionalProperties": False,
}
FORECAST: Any = {
    "type": "function",
    "name": "forecast",
    "description": "d",
    "parameters": PARAMETERS,
    "strict": True,
}
TIDES: Any = {**FORECAST, "name": "tides"}
CHAT_TOOLS: Any = [
    {"type": "function", "function": {key: value for key, value in tool.items() if key != "type"}}
    for tool in (FORECAST, TIDES)
]
USER: Any = [{"role": "user", "content": "hello there"}]


def test_response_with_text(client: openai.OpenAI) -> None:
    response = client.responses.create(
        model="some-model", instructions="Be kind.", input="hello", metadata={"a": "b"}
    )
    assert response.id.startswith("resp_")
    assert response.status == "completed"
    assert response.model == "some-model"
    assert response.output_text == "Be kind.|hello"
    assert response.metadata == {"a": "b"}
    assert response.error is None and response.incomplete_details is None
    assert response.instructions == "Be kind."
    assert response.usage is not None
    assert response.usage.input_tokens == 4  # "Be kind." and "hello" are 13 characters
    assert response.usage.total_tokens == response.usage.input_tokens + response.usage.output_tokens
    assert response._request_id is not None and response._request_id.startswith("req_")


def test_response_tool_calls_have_ids_of_their_own(client: openai.OpenAI) -> None:
    response = client.responses.create(model="m", input="hello", tools=[FORECAST, TIDES])
    calls = [item for item in response.output if item.type == "function_call"]
    assert [call.name for call in calls] == ["forecast", "tides"]
    assert json.loads(calls[0].arguments) == {"place": "Zürich", "days": 3}
    assert len({call.call_id for call in calls} | {call.id for call in calls}) == 4
    again = client.responses.create(model="m", input="hello", tools=[FORECAST])
    assert again.id != response.id
    assert response.tools[0].type == "function" and response.tools[0].name == "forecast"


def test_response_stream_has_the_full_sequence(client: openai.OpenAI) -> None:
    with client.responses.stream(model="m", input="hello", tools=[FORECAST]) as stream:
        events = list(stream)
        final = stream.get_final_response()
    kinds = [event.type for event in events]
    assert kinds[:4] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
    ]
    assert kinds[-1] == "response.completed"
    after_text = kinds[kinds.index("response.output_text.done") :]
    assert after_text[:4] == [
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.output_item.added",
    ]
    assert after_text[4] == "response.function_call_arguments.delta"
    assert after_text[-3:] == [
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.completed",
    ]
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert deltas == ["I", " will", " look."]
    assert [item.type for item in final.output] == ["message", "function_call"]


def test_raw_response_events_are_numbered_and_agree(client: openai.OpenAI) -> None:
    events = list(client.responses.create(model="m", input="hello", tools=[FORECAST], stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    opened = events[0]
    closed = events[-1]
    assert opened.type == "response.created" and closed.type == "response.completed"
    assert opened.response.id == closed.response.id
    assert opened.response.status == "in_progress" and opened.response.usage is None
    arguments = "".join(
        event.delta for event in events if event.type == "response.function_call_arguments.delta"
    )
    call = closed.response.output[1]
    assert call.type == "function_call" and call.arguments == arguments
    item_ids = {item.id for item in closed.response.output}
    assert {event.item_id for event in events if hasattr(event, "item_id")} == item_ids


def test_web_search_is_cited(client: openai.OpenAI) -> None:
    response = client.responses.create(
        model="m", input="hello", tools=[{"type": "web_search"}], include=["web_search_call.action.sources"]
    )
    search, message = response.output
    assert search.type == "web_search_call" and search.action.type == "search"
    assert [source.url for source in search.action.sources or []] == [
        "https://temporal.io/",
        "https://example.org/",
    ]
    assert message.type == "message" and message.content[0].type == "output_text"
    text = message.content[0]
    citation = text.annotations[0]
    assert citation.type == "url_citation" and citation.url == "https://temporal.io/"
    assert text.text[citation.start_index : citation.end_index] == "[1]"


def test_web_search_streams_its_steps_and_annotations(client: openai.OpenAI) -> None:
    kinds = [
        event.type
        for event in client.responses.create(
            model="m", input="x", tools=[{"type": "web_search"}], stream=True
        )
    ]
    steps = [kind for kind in kinds if "web_search_call" in kind]
    assert [kind.rpartition(".")[2] for kind in steps] == ["in_progress", "searching", "completed"]
    assert kinds.index("response.output_text.annotation.added") > kinds.index("response.output_text.delta")


def test_too_few_tokens_make_it_incomplete(client: openai.OpenAI) -> None:
    response = client.responses.create(model="m", input="a long one", max_output_tokens=16)
    assert response.status == "incomplete"
    assert (
        response.incomplete_details is not None and response.incomplete_details.reason == "max_output_tokens"
    )
    assert response.usage is not None and response.usage.output_tokens == 16
    events = list(client.responses.create(model="m", input="a long one", max_output_tokens=16, stream=True))
    assert events[-1].type == "response.incomplete"
    chat = client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": "long"}], max_tokens=16
    )
    assert chat.choices[0].finish_reason == "length"


def test_input_items_reach_the_model(client: openai.OpenAI) -> None:
    response = client.responses.create(
        model="m",
        instructions="A",
        input=[
            {"role": "developer", "content": "B"},
            {"role": "user", "content": [{"type": "input_text", "text": "one"}]},
            {"role": "assistant", "content": [{"type": "output_text", "text": "two", "annotations": []}]},  # type: ignore[list-item, misc]
            {"role": "user", "content": "three"},
        ],
    )
    assert response.output_text == "A\n\nB|one|two|three"


def test_tool_output_goes_back(client: openai.OpenAI) -> None:
    first = client.responses.create(model="m", input="hello", tools=[FORECAST])
    call = first.output[1]
    assert call.type == "function_call"
    output: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "sun"}
    said: Any = [
        {"role": "user", "content": "hello"},
        *[item.model_dump(exclude_none=True) for item in first.output],
        output,
    ]
    by_hand = client.responses.create(model="m", input=said, tools=[FORECAST])
    assert by_hand.output_text == "The tools said: sun"
    by_id = client.responses.create(
        model="m", previous_response_id=first.id, input=[output], tools=[FORECAST]
    )
    assert by_id.output_text == "The tools said: sun"
    assert by_id.previous_response_id == first.id


def test_previous_response_carries_the_conversation_and_not_the_instructions(client: openai.OpenAI) -> None:
    first = client.responses.create(model="m", instructions="old", input="one")
    second = client.responses.create(model="m", previous_response_id=first.id, input="two")
    third = client.responses.create(
        model="m", previous_response_id=second.id, instructions="new", input="three"
    )
    assert third.output_text == "new|one|old|one|two||one|old|one|two|three"


def test_response_that_is_not_stored_cannot_be_continued(client: openai.OpenAI) -> None:
    first = client.responses.create(model="m", input="one", store=False)
    try:
        client.responses.create(model="m", previous_response_id=first.id, input="two")
    except openai.BadRequestError as error:
        assert error.code == "previous_response_not_found"
    else:
        raise AssertionError("it was continued")


def test_chat_with_text(client: openai.OpenAI) -> None:
    chat = client.chat.completions.create(
        model="some-model", messages=[{"role": "system", "content": "Be kind."}, *USER]
    )
    assert chat.id.startswith("chatcmpl-")
    assert chat.model == "some-model"
    choice = chat.choices[0]
    assert choice.finish_reason == "stop" and choice.message.content == "Be kind.|hello there"
    assert choice.message.tool_calls is None
    assert (
        chat.usage is not None
        and chat.usage.total_tokens == chat.usage.prompt_tokens + chat.usage.completion_tokens
    )


def test_chat_with_tools_and_their_answers(client: openai.OpenAI) -> None:
    chat = client.chat.completions.create(model="m", messages=USER, tools=CHAT_TOOLS)
    message = chat.choices[0].message
    assert chat.choices[0].finish_reason == "tool_calls"
    assert message.tool_calls is not None and len({call.id for call in message.tool_calls}) == 2
    answers: Any = [
        {"role": "tool", "tool_call_id": call.id, "content": call.id} for call in message.tool_calls
    ]
    messages: Any = [*USER, message.model_dump(exclude_none=True), *answers]
    after = client.chat.completions.create(model="m", messages=messages, tools=CHAT_TOOLS)
    assert after.choices[0].message.content == "The tools said: " + "; ".join(
        call.id for call in message.tool_calls
    )


def test_chat_stream(client: openai.OpenAI) -> None:
    options: Any = {"include_usage": True}
    chunks = list(
        client.chat.completions.create(
            model="m", messages=USER, tools=CHAT_TOOLS, stream=True, stream_options=options
        )
    )
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[0].choices[0].delta.role == "assistant"
    assert (
        chunks[-1].choices == [] and chunks[-1].usage is not None and chunks[-1].usage.completion_tokens > 0
    )
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert chunks[-2].choices[0].finish_reason == "tool_calls"
    with client.chat.completions.stream(model="m", messages=USER, tools=CHAT_TOOLS) as stream:
        final = stream.get_final_completion()
    calls = final.choices[0].message.tool_calls or []
    assert [call.function.name for call in calls] == ["forecast", "tides"]
    assert json.loads(calls[1].function.arguments) == {"place": "Zürich", "days": 3}
    assert final.choices[0].message.content == "I will look."


def test_chat_without_include_usage_has_no_usage(scripted: GatewayProcess) -> None:
    text = scripted.post("chat/completions", {"model": "m", "messages": USER, "stream": True}).text
    assert '"usage"' not in text
    assert text.endswith("data: [DONE]\n\n")


def test_chat_web_search_annotations(client: openai.OpenAI) -> None:
    chat = client.chat.completions.create(model="m", messages=USER, web_search_options={})
    message = chat.choices[0].message
    assert message.annotations is not None and message.content is not None
    citation = message.annotations[0].url_citation
    assert message.content[citation.start_index : citation.end_index] == "[1]"


def test_chat_with_several_choices(client: openai.OpenAI) -> None:
    chat = client.chat.completions.create(model="m", messages=USER, n=3)
    assert [choice.index for choice in chat.choices] == [0, 1, 2]
    stream = client.chat.completions.create(model="m", messages=USER, n=3, stream=True)
    assert {choice.index for chunk in stream for choice in chunk.choices} == {0, 1, 2}


def test_tool_choice(client: openai.OpenAI) -> None:
    def names(choice: Any) -> list[str]:
        response = client.responses.create(model="m", input="x", tools=[FORECAST, TIDES], tool_choice=choice)
        return [item.name for item in response.output if item.type == "function_call"]

    assert names("auto") == names("required") == ["forecast", "tides"]
    assert names("none") == []
    assert names({"type": "function", "name": "tides"}) == ["tides"]
    allowed = {
        "type": "allowed_tools",
        "mode": "required",
        "tools": [{"type": "function", "name": "forecast"}],
    }
    assert names(allowed) == ["forecast"]
    chat = client.chat.completions.create(
        model="m",
        messages=USER,
        tools=CHAT_TOOLS,
        tool_choice={"type": "function", "function": {"name": "tides"}},
    )
    assert [call.function.name for call in chat.choices[0].message.tool_calls or []] == ["tides"]  # type: ignore[union-attr]


def test_models(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["practice"]
    assert client.models.retrieve("practice").owned_by == "workshop"


def test_latency_is_how_long_it_thinks_and_streams_spread_it(
    scripted: GatewayProcess, client: openai.OpenAI
) -> None:
    scripted.set(PRACTICE_LATENCY_S=0.6)
    started = time.monotonic()
    client.responses.create(model="m", input="hello")
    assert 0.55 < time.monotonic() - started < 1.1
    started = time.monotonic()
    moments = []
    for event in client.responses.create(model="m", input="a long one", stream=True):
        moments.append((event.type, time.monotonic() - started))
    assert moments[0][1] < 0.3, "the stream opens at once"
    deltas = [moment for kind, moment in moments if kind.endswith(".delta")]
    assert deltas[len(deltas) // 2] < 0.8 * deltas[-1], "the deltas are spread"
    assert 0.55 < moments[-1][1] < 1.3


def test_the_same_question_has_the_same_hash(scripted: GatewayProcess) -> None:
    turned = {**FORECAST, "parameters": dict(reversed(PARAMETERS.items()))}
    first = scripted.post(
        "responses", {"model": "m", "input": "x", "temperature": 1, "tools": [FORECAST]}
    ).json()["id"]
    scripted.post(
        "responses",
        {"input": "x", "model": "m", "temperature": 0.5, "tools": [turned], "metadata": {"a": "b"}},
    )
    scripted.post("responses", {"input": "y", "model": "m"})
    scripted.post("responses", {"input": "y", "model": "m", "previous_response_id": first})
    scripted.post("responses", {"input": "y", "model": "m", "instructions": "z"})
    scripted.post("responses", {"input": "y", "model": "n"})
    scripted.post("responses", {"input": "y", "model": "m", "tools": [TIDES]})
    hashes = [row["input_hash"] for row in scripted.rows()]
    assert len(hashes) == 7 and hashes[0] == hashes[1]
    assert len(set(hashes)) == 6


@pytest.mark.slow
def test_an_idle_connection_outlives_the_clients_patience(scripted: GatewayProcess) -> None:
    """httpx gives an idle connection up after 5 s. If the gateway did the same, a call after 5.0 s could meet
    a closed line.
    """
    line = http.client.HTTPConnection("127.0.0.1", scripted.port, timeout=10)
    for pause in (6, 0):
        line.request("GET", "/bench/health")
        assert line.getresponse().read()
        time.sleep(pause)
    line.close()


def test_every_answer_has_a_request_id(scripted: GatewayProcess) -> None:
    answers = [
        scripted.post("responses", {"model": "m", "input": "x"}),
        scripted.post("responses", {}),
        scripted.http.get("/v1/nothing", headers=KEY),
        scripted.http.get("/bench/health", headers={"host": "example.org"}),
    ]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert len(set(ids)) == 4 and all(value.startswith("req_") for value in ids)
