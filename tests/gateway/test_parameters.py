"""Parameters that programs of others send: `default` in a strict schema, `stop`, reasoning summaries, custom
tools, log probabilities, and the count of cached tokens.
"""

from __future__ import annotations

import base64
from typing import Any

import openai
import pytest
from agents import (
    Agent,
    ModelSettings,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    Runner,
    ShellCommandRequest,
    ShellTool,
    function_tool,
)
from gateway_servers import GatewayProcess
from openai.types.shared import Reasoning
from pydantic import BaseModel, Field

from workshop.gateway.api.body import text_of
from workshop.gateway.cache import PromptCache

LONG: Any = [{"role": "user", "content": "a long one"}]
CODE: Any = {"type": "custom", "name": "run_code", "description": "Runs code."}


@function_tool
def forecast(city: str, days: int = 3, unit: str | None = None) -> str:
    """Return the forecast for a city."""
    return f"{city}: {days} days of sun in {unit}"


@pytest.mark.parametrize("chat", [False, True])
async def test_a_function_tool_with_defaults_is_taken(scripted: GatewayProcess, chat: bool) -> None:
    """Strict, and with `default` in its schema: as the SDK makes it of the most natural function."""
    assert "default" in forecast.params_json_schema["properties"]["days"] and forecast.strict_json_schema
    client = openai.AsyncOpenAI(base_url=scripted.url, api_key="practice", max_retries=0)
    model = (OpenAIChatCompletionsModel if chat else OpenAIResponsesModel)("m", client)
    agent = Agent(name="A", tools=[forecast], model=model)
    schema: Any = {"type": "function", "name": "f", "parameters": forecast.params_json_schema, "strict": True}
    assert (await client.responses.create(model="m", input="x", tools=[schema])).output
    result = await Runner.run(agent, "Weather?", max_turns=2)
    assert result.raw_responses


def test_an_output_schema_with_defaults_is_taken(client: openai.OpenAI) -> None:
    class Answer(BaseModel):
        answer: str = "yes"
        sure: bool = Field(default=True, description="Whether it is sure")

    schema = Answer.model_json_schema() | {"additionalProperties": False, "required": ["answer", "sure"]}
    form: Any = {"type": "json_schema", "name": "answer", "schema": schema, "strict": True}
    assert client.responses.create(model="m", input="x", text={"format": form}).output_text
    inner: Any = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}
    assert client.chat.completions.create(model="m", messages=LONG, response_format=inner).choices


@pytest.mark.parametrize("stop", ["word3", ["nothing", "word3"], [" word3"]])
def test_stop_ends_the_answer_before_it(client: openai.OpenAI, stop: Any) -> None:
    whole = client.chat.completions.create(model="m", messages=LONG, stop=stop)
    assert (whole.choices[0].message.content or "").rstrip() == "word0 word1 word2"
    assert whole.choices[0].finish_reason == "stop"
    assert whole.usage is not None and whole.usage.completion_tokens == 5
    stream = client.chat.completions.create(model="m", messages=LONG, stop=stop, stream=True)
    said = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
    assert said.rstrip() == "word0 word1 word2"


@pytest.mark.parametrize("stop", [5, {"a": 1}, [1], ["a"] * 5])
def test_a_stop_that_is_none_is_refused(client: openai.OpenAI, stop: Any) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="m", messages=LONG, stop=stop)
    assert (caught.value.param or "").startswith("stop")
    fine: Any
    for fine in (None, [], ""):
        assert client.chat.completions.create(model="m", messages=LONG, stop=fine).choices


def test_log_probabilities_are_refused_in_words(client: openai.OpenAI) -> None:
    asked: Any
    for asked in ({"logprobs": True}, {"logprobs": True, "top_logprobs": 2}):
        with pytest.raises(openai.BadRequestError, match="practice model"):
            client.chat.completions.create(model="m", messages=LONG, **asked)
    more: Any
    for more in ({"top_logprobs": 3}, {"include": ["message.output_text.logprobs"]}):
        with pytest.raises(openai.BadRequestError, match="practice model"):
            client.responses.create(model="m", input="x", **more)
    assert client.chat.completions.create(model="m", messages=LONG, logprobs=False).choices


@pytest.mark.parametrize("summary", ["auto", "concise", "detailed"])
def test_a_summary_of_the_reasoning_comes_first_when_asked_for(client: openai.OpenAI, summary: Any) -> None:
    response = client.responses.create(model="m", input="hello", reasoning={"summary": summary})
    thought, message = response.output
    assert thought.type == "reasoning" and message.type == "message"
    text = thought.summary[0].text
    assert text.startswith("**") and len(text) < 300
    assert response.usage is not None and response.usage.output_tokens_details.reasoning_tokens > 0
    again = client.responses.create(
        model="m", input="more", previous_response_id=response.id, reasoning={"effort": "low"}
    )
    assert [item.type for item in again.output] == ["message"]


def test_a_summary_streams(client: openai.OpenAI) -> None:
    with client.responses.stream(model="m", input="x", reasoning={"summary": "auto"}) as stream:
        events: Any = list(stream)
        final = stream.get_final_response()
    kinds = [event.type for event in events if "reasoning" in event.type]
    assert kinds[0].endswith("part.added") and kinds[-1].endswith("part.done") and kinds[1].endswith("delta")
    said = "".join(event.delta for event in events if event.type == "response.reasoning_summary_text.delta")
    assert final.output[0].type == "reasoning" and final.output[0].summary[0].text == said


async def test_the_agents_sdk_shows_the_reasoning(scripted: GatewayProcess) -> None:
    model = OpenAIResponsesModel("m", openai.AsyncOpenAI(base_url=scripted.url, api_key="practice"))
    settings = ModelSettings(reasoning=Reasoning(effort="medium", summary="auto"))
    result = await Runner.run(Agent(name="A", model=model, model_settings=settings), "Hello")
    assert [item.type for item in result.new_items] == ["reasoning_item", "message_output_item"]
    assert result.to_input_list()


def test_a_summary_of_another_kind_is_refused(client: openai.OpenAI) -> None:
    loud: Any = {"summary": "verbose"}
    with pytest.raises(openai.BadRequestError, match="concise"):
        client.responses.create(model="m", input="x", reasoning=loud)


def test_a_custom_tool_is_called_with_text(client: openai.OpenAI) -> None:
    response = client.responses.create(model="m", input="hello", tools=[CODE])
    call = response.output[1]
    assert call.type == "custom_tool_call" and call.name == "run_code" and isinstance(call.input, str)
    output: Any = {"type": "custom_tool_call_output", "call_id": call.call_id, "output": "42"}
    after = client.responses.create(model="m", input=[output], previous_response_id=response.id, tools=[CODE])
    assert after.output_text == "The tools said: 42"
    choice: Any = {"type": "custom", "name": "run_code"}
    chosen = client.responses.create(model="m", input="x", tools=[CODE], tool_choice=choice)
    assert "custom_tool_call" in [item.type for item in chosen.output]
    kinds = [e.type for e in client.responses.create(model="m", input="x", tools=[CODE], stream=True)]
    assert "response.custom_tool_call_input.done" in kinds


async def test_a_shell_tool_is_called_and_its_output_read(scripted: GatewayProcess) -> None:
    """The client runs it, so it is offered as any other tool."""
    seen: list[list[str]] = []

    async def run(request: ShellCommandRequest) -> str:
        seen.append(request.data.action.commands)
        return "two files"

    model = OpenAIResponsesModel("m", openai.AsyncOpenAI(base_url=scripted.url, api_key="practice"))
    agent = Agent(name="A", model=model, tools=[ShellTool(executor=run)])
    result = await Runner.run(agent, "List the files.")
    assert seen == [["ls"]] and result.final_output == "The tools said: two files"
    streamed = Runner.run_streamed(agent, "List the files.")
    assert [event async for event in streamed.stream_events()] and "two files" in streamed.final_output


def test_a_tool_that_the_provider_would_run_is_refused_in_words(client: openai.OpenAI) -> None:
    tools: list[Any] = [
        {"type": "code_interpreter", "container": {"type": "auto"}},
        {"type": "shell", "environment": {"type": "container_auto"}},
        {"type": "shell", "environment": "here"},
        {"type": "mcp", "server_label": "x", "server_url": "https://example.org"},
    ]
    for tool in tools:
        with pytest.raises(openai.BadRequestError, match="practice model") as caught:
            client.responses.create(model="m", input="x", tools=[tool])
        assert caught.value.param == "tools[0].type"


def test_a_patch_tool_is_taken_and_never_called(client: openai.OpenAI) -> None:
    response = client.responses.create(model="m", input="x", tools=[{"type": "apply_patch"}])
    assert [item.type for item in response.output] == ["message"]


def test_a_patch_that_must_be_written_is_refused(client: openai.OpenAI) -> None:
    tools: list[Any] = [{"type": "apply_patch"}, {"type": "custom", "name": "apply_patch"}]
    for tool in tools:
        with pytest.raises(openai.BadRequestError, match="practice model") as caught:
            client.responses.create(model="m", input="x", tools=[tool], tool_choice="required")
        assert caught.value.param == "tool_choice"


@pytest.mark.parametrize("kind", ["text/plain", "text/csv;charset=utf-8", "application/json"])
def test_a_file_of_text_is_read(kind: str) -> None:
    told = {"file_data": f"data:{kind};base64,{base64.b64encode(b'Tom is 7.').decode()}", "filename": "a.txt"}
    for part in ({"type": "input_file", **told}, {"type": "file", "file": told}):
        assert text_of([part], "input", ("input_text",), ("input_file", "file")) == "a.txt:\nTom is 7."
    told["file_data"] = "data:application/pdf;base64,AAAA"
    assert text_of([{"type": "input_file", **told}], "input", (), ("input_file",)) == "[file]"


def test_a_custom_tool_in_a_chat(client: openai.OpenAI) -> None:
    tool: Any = {"type": "custom", "custom": {"name": "run_code", "description": "Runs code."}}
    chat = client.chat.completions.create(model="m", messages=LONG, tools=[tool])
    [call] = chat.choices[0].message.tool_calls or []
    assert call.type == "custom" and call.custom.name == "run_code"
    messages: Any = [
        *LONG,
        chat.choices[0].message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": "42"},
    ]
    after = client.chat.completions.create(model="m", messages=messages, tools=[tool])
    assert after.choices[0].message.content == "The tools said: 42"
    chunks: Any = list(client.chat.completions.create(model="m", messages=LONG, tools=[tool], stream=True))
    assert any(chunk.choices[0].delta.tool_calls for chunk in chunks)


def test_a_custom_tool_without_a_name_is_refused(scripted: GatewayProcess) -> None:
    body = {"model": "m", "input": "x", "tools": [{"type": "custom"}]}
    assert scripted.post("responses", body).json()["error"]["param"] == "tools[0].name"
    chat = {"model": "m", "messages": LONG, "tools": [{"type": "custom"}]}
    assert scripted.post("chat/completions", chat).json()["error"]["param"] == "tools[0].custom"


@pytest.mark.parametrize("path", ["responses", "chat"])
def test_a_repeated_beginning_is_counted_as_cached(client: openai.OpenAI, path: str) -> None:
    rules = f"About {path}. " + "A rule that is long enough to count. " * 200

    def usage(text: str) -> tuple[int, int]:
        if path == "responses":
            used = client.responses.create(model="m", instructions=rules, input=text).usage
            assert used is not None
            return used.input_tokens, used.input_tokens_details.cached_tokens
        said: Any = [{"role": "system", "content": rules}, {"role": "user", "content": text}]
        spent = client.chat.completions.create(model="m", messages=said).usage
        assert spent is not None and spent.prompt_tokens_details is not None
        return spent.prompt_tokens, spent.prompt_tokens_details.cached_tokens or 0

    tokens, cached = usage("one")
    assert tokens > 1_500 and cached == 0
    tokens, cached = usage("two, which is another question")
    assert cached % 128 == 0 and 1_024 <= cached <= tokens and tokens - cached < 200


def test_a_conversation_that_goes_on_is_cached_and_a_short_prompt_is_not(client: openai.OpenAI) -> None:
    previous, cached = None, []
    for turn in range(4):
        response = client.responses.create(
            model="cached", input=f"{turn} " + "word " * 500, previous_response_id=previous
        )
        assert response.usage is not None
        previous = response.id
        cached.append(response.usage.input_tokens_details.cached_tokens)
    assert cached[0] == 0 and cached[1] == 0 and cached[2] < cached[3] and cached[2] >= 1_024


def test_the_cache_forgets() -> None:
    now = [0.0]
    cache = PromptCache(lambda: now[0])
    prompt = "x" * 10_000
    assert cache.read("m", prompt) == 0
    assert cache.read("m", prompt) == 2_432
    assert cache.read("other", prompt) == 0
    assert cache.read("m", "y" + prompt) == 0
    now[0] += 601
    assert cache.read("m", prompt) == 0
    for number in range(1_000):
        cache.read("m", f"{number}" + prompt)
    assert cache.read("m", prompt) in (0, 2_432) and len(cache._seen) <= 20_000
