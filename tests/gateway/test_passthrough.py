"""Calls with a real key, passed on to an upstream that nobody here wrote: the `llmock` package."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from gateway_servers import GatewayProcess
from llmock.pytest_plugin import LLMock
from local_server import Handler, serving
from pydantic import BaseModel
from waiting import until

TOOL: Any = {
    "type": "function",
    "name": "get_weather",
    "description": "Get the current weather for a city.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
    "strict": True,
}
REAL_KEY = "sk-the-one-in-env"
SHOWN = {"authorization": f"Bearer {REAL_KEY}"}
CHAT_TOOL: Any = {
    "type": "function",
    "function": {key: value for key, value in TOOL.items() if key != "type"},
}
USER: Any = [{"role": "user", "content": "What's the weather in Paris?"}]


class Invoice(BaseModel):
    number: int
    customer: str


@pytest.fixture(scope="module")
def _passing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    gateway = GatewayProcess(
        tmp_path_factory.mktemp("passing"), UPSTREAM_BASE_URL="http://127.0.0.1:1/v1", OPENAI_API_KEY=REAL_KEY
    )
    yield gateway
    gateway.stop()


@pytest.fixture
def passing(_passing: GatewayProcess) -> GatewayProcess:
    _passing.clear()
    return _passing


@pytest.fixture
def upstream(passing: GatewayProcess, llmock: LLMock) -> LLMock:
    base = llmock.base_url("openai")
    if base not in (passing.home / ".env").read_text() if (passing.home / ".env").exists() else True:
        passing.set(UPSTREAM_BASE_URL=base, OPENAI_API_KEY=REAL_KEY)
    return llmock


@pytest.fixture
def client(passing: GatewayProcess, upstream: LLMock) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=passing.url, api_key=REAL_KEY, max_retries=0, timeout=20) as client:
        yield client


def test_text(passing: GatewayProcess, upstream: LLMock, client: openai.OpenAI) -> None:
    upstream.reply("Hello from upstream").reply("Hello again")
    response = client.responses.create(model="gpt-x", input="hi")
    assert response.output_text == "Hello from upstream"
    chat = client.chat.completions.create(model="gpt-x", messages=USER)
    assert chat.choices[0].message.content == "Hello again"
    first, second = passing.rows()
    assert (first["receipt"], first["state"], first["practice"]) == (response.id, "delivered", False)
    assert (second["receipt"], second["api"]) == (chat.id, "chat.completions")
    assert response.usage is not None and first["output_tokens"] == response.usage.output_tokens > 0
    assert chat.usage is not None and second["input_tokens"] == chat.usage.prompt_tokens > 0
    assert first["price_usd"] > 0


def test_streams(passing: GatewayProcess, upstream: LLMock, client: openai.OpenAI) -> None:
    upstream.reply("one two three four").reply("one two three four")
    with client.responses.stream(model="gpt-x", input="hi") as stream:
        final = stream.get_final_response()
    assert final.output_text == "one two three four"
    options: Any = {"include_usage": True}
    chunks = list(
        client.chat.completions.create(model="gpt-x", messages=USER, stream=True, stream_options=options)
    )
    assert (
        "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        == "one two three four"
    )
    first, second = passing.rows()
    assert first["receipt"] == final.id and second["receipt"] == chunks[0].id
    assert {first["state"], second["state"]} == {"delivered"} and first["streamed"] and second["streamed"]
    assert final.usage is not None and first["output_tokens"] == final.usage.output_tokens
    assert chunks[-1].usage is not None and second["output_tokens"] == chunks[-1].usage.completion_tokens


def test_tools_and_structured_output(upstream: LLMock, client: openai.OpenAI) -> None:
    response = client.responses.create(model="gpt-x", input="What's the weather in Paris?", tools=[TOOL])
    (call,) = [item for item in response.output if item.type == "function_call"]
    assert call.name == "get_weather" and "city" in json.loads(call.arguments)
    chat = client.chat.completions.create(model="gpt-x", messages=USER, tools=[CHAT_TOOL])
    assert chat.choices[0].finish_reason == "tool_calls"
    assert isinstance(
        client.responses.parse(model="gpt-x", input="An invoice", text_format=Invoice).output_parsed, Invoice
    )
    parsed = client.chat.completions.parse(model="gpt-x", messages=USER, response_format=Invoice)
    assert isinstance(parsed.choices[0].message.parsed, Invoice)


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
def test_errors_arrive_as_they_were(
    passing: GatewayProcess, upstream: LLMock, client: openai.OpenAI, status: int
) -> None:
    upstream.fail(status, times=2)
    direct = httpx.post(
        f"{upstream.base_url('openai')}/responses",
        json={"model": "gpt-x", "input": "x"},
        headers={"authorization": "Bearer sk-x"},
    )
    with pytest.raises(openai.APIStatusError) as caught:
        client.responses.create(model="gpt-x", input="x")
    assert caught.value.status_code == direct.status_code == status
    assert caught.value.response.json() == direct.json()
    assert [(row["state"], row["status"], row["price_usd"]) for row in passing.rows()] == [
        ("failed", status, 0)
    ]


def test_retry_after_arrives(upstream: LLMock, client: openai.OpenAI) -> None:
    upstream.rate_limit(times=1, retry_after=3)
    with pytest.raises(openai.RateLimitError) as caught:
        client.responses.create(model="gpt-x", input="x")
    assert caught.value.response.headers["retry-after"] == "3"


def test_a_client_with_retries_gets_over_it(upstream: LLMock, passing: GatewayProcess) -> None:
    upstream.rate_limit(times=2, retry_after=0.1)
    with openai.OpenAI(base_url=passing.url, api_key=REAL_KEY, max_retries=3) as patient:
        assert patient.responses.create(model="gpt-x", input="x").output_text
    assert [row["state"] for row in passing.rows()] == ["failed", "failed", "delivered"]
    upstream.assert_resilient()


def test_an_upstream_that_drops_the_stream(
    passing: GatewayProcess, upstream: LLMock, client: openai.OpenAI
) -> None:
    upstream.disconnect(after_chunks=3)
    with pytest.raises((openai.APIConnectionError, httpx.RemoteProtocolError)):
        list(client.chat.completions.create(model="gpt-x", messages=USER, stream=True))
    assert [row["state"] for row in until(passing.rows)] == ["failed"]


def test_the_fault_panel_breaks_a_real_model_too(
    passing: GatewayProcess, upstream: LLMock, client: openai.OpenAI
) -> None:
    for kind in ("rate_limit", "disconnect", "malformed"):
        passing.fault(kind, times=1)
    with pytest.raises(openai.RateLimitError):
        client.responses.create(model="gpt-x", input="x")
    with pytest.raises(openai.APIConnectionError):
        client.responses.create(model="gpt-x", input="x")
    with pytest.raises(json.JSONDecodeError):
        list(client.responses.create(model="gpt-x", input="x", stream=True))
    assert [row["fault"] for row in passing.rows()] == ["rate_limit", "disconnect", "malformed"]
    passing.fault("slow", times=1, delay_s=0.3)
    client.responses.create(model="gpt-x", input="x")
    slow = passing.rows()[-1]
    assert (slow["state"], slow["fault"], slow["practice"]) == ("delivered", "slow", False) and slow[
        "duration_s"
    ] >= 0.3


async def test_a_client_that_leaves_cuts_the_upstream_call_off(
    passing: GatewayProcess, upstream: LLMock
) -> None:
    upstream.delay(5)
    async with openai.AsyncOpenAI(base_url=passing.url, api_key=REAL_KEY, max_retries=0) as client:
        asking = asyncio.create_task(client.responses.create(model="gpt-x", input="a question"))
        await asyncio.to_thread(until, lambda: passing.bill()["in_flight"])
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    (row,) = await asyncio.to_thread(until, passing.rows)
    assert row["state"] == "cut_off" and row["duration_s"] < 2 and row["price_usd"] > 0


def test_a_client_that_leaves_before_the_upstream_is_asked_pays_nothing(
    passing: GatewayProcess, upstream: LLMock
) -> None:
    passing.fault("slow", times=1, delay_s=5)
    with pytest.raises(httpx.ReadTimeout):
        passing.http.post("/v1/responses", json={"model": "m", "input": "x"}, headers=SHOWN, timeout=0.3)
    (row,) = until(passing.rows)
    assert (row["state"], row["fault"], row["price_usd"]) == ("failed", "slow", 0)


def test_an_upstream_that_is_not_there(passing: GatewayProcess) -> None:
    passing.set(UPSTREAM_BASE_URL="http://127.0.0.1:1/v1", OPENAI_API_KEY=REAL_KEY)
    answer = passing.http.post("/v1/responses", json={"model": "m", "input": "x"}, headers=SHOWN)
    message = answer.json()["error"]["message"]
    assert answer.status_code == 502
    assert "UPSTREAM_BASE_URL" in message and "OPENAI_API_KEY=practice" in message and "127.0.0.1" in message
    assert passing.http.get("/bench/health").json()["status"] == "healthy"


FAILED_STREAM = (
    b'event: response.created\ndata: {"type": "response.created", "response": {"id": "resp_9", "usage": null}}\n\n'
    b'event: response.failed\ndata: {"type": "response.failed", "response": {"id": "resp_9", "status": "failed"}}\n\n'
)


class Recorder(Handler):
    """An upstream that remembers what it was asked and answers with headers of its own."""

    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, str, dict[str, str], bytes]] = []  # noqa: RUF012  # one list for all requests is the point

    def do_POST(self) -> None:
        body = self.body()
        self.seen.append(
            (self.command, self.path, {key.lower(): value for key, value in self.headers.items()}, body)
        )
        streamed = b'"stream": true' in body
        data = (
            FAILED_STREAM
            if streamed
            else b'{"id": "resp_recorded", "usage": {"input_tokens": 3, "output_tokens": 4}}'
        )
        self.answer(
            200,
            data,
            content_type="text/event-stream" if streamed else "application/json",
            x_request_id="req_from_upstream",
            x_ratelimit_remaining_requests="59",
        )

    do_GET = do_POST


def test_headers_go_both_ways(passing: GatewayProcess) -> None:
    Recorder.seen.clear()
    with serving(Recorder) as recorder:
        passing.set(UPSTREAM_BASE_URL=f"{recorder}/deep/v1/", OPENAI_API_KEY=REAL_KEY)
        body = b'{"model": "m",  "input": "not re-serialized"}'
        headers = {
            **SHOWN,
            "openai-organization": "org-1",
            "idempotency-key": "abc",
            "content-type": "application/json",
        }
        answer = passing.http.post("/v1/responses?beta=1", content=body, headers=headers)
        embedding = passing.http.post("/v1/embeddings", json={"input": "x"}, headers=SHOWN)
        failed = passing.http.post(
            "/v1/responses", content=b'{"model": "m", "stream": true}', headers=headers
        )
    method, path, sent, data = Recorder.seen[0]
    assert (method, path, data) == ("POST", "/deep/v1/responses?beta=1", body)
    assert {name: sent[name] for name in headers} == headers
    assert sent["host"].startswith("127.0.0.1") and str(passing.port) not in sent["host"]
    assert answer.headers["x-request-id"] == "req_from_upstream"
    assert answer.headers["x-ratelimit-remaining-requests"] == "59"
    assert embedding.status_code == 200 and Recorder.seen[1][1] == "/deep/v1/embeddings"
    assert failed.content == FAILED_STREAM
    row, failure = passing.rows()
    assert (row["receipt"], row["input_tokens"], row["output_tokens"]) == ("resp_recorded", 3, 4)
    assert (failure["receipt"], failure["state"], failure["price_usd"]) == ("resp_9", "failed", 0)


ODD = {
    "large": b'{"id": "resp_large", "usage": {"input_tokens": 1000000000000000000000000000000, "output_tokens": 7}}',
    "negative": b'{"id": "resp_negative", "usage": {"input_tokens": -5000000, "output_tokens": -7}}',
    "infinite": b'{"id": "resp_infinite", "usage": {"input_tokens": 1e999, "output_tokens": 7}}',
    "list": b'{"id": "resp_list", "usage": {"input_tokens": [1], "output_tokens": "7"}}',
    "surrogate": b'{"id": "resp_\\ud800", "usage": {"input_tokens": 5, "output_tokens": 7}}',
    "deep": b'{"id": "resp_deep", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "choices": b'{"id": "resp_choices", "choices": 5, "usage": {"input_tokens": 5, "output_tokens": 7}}\n\n',
    "no JSON": b"<html>hello</html>",
}


class Odd(Handler):
    """An upstream whose usage makes no sense."""

    def do_POST(self) -> None:
        self.answer(200, ODD[json.loads(self.body())["input"]], content_type="application/json")


def test_an_odd_usage_is_passed_on_and_is_on_the_bill(passing: GatewayProcess) -> None:
    with serving(Odd) as odd:
        passing.set(UPSTREAM_BASE_URL=odd, OPENAI_API_KEY=REAL_KEY)
        for name, data in ODD.items():
            answer = passing.http.post("/v1/responses", json={"model": "m", "input": name}, headers=SHOWN)
            assert answer.content == data
    bill = passing.bill()
    assert [(row["summary"], row["state"]) for row in bill["rows"]] == [(name, "delivered") for name in ODD]
    counted = [(row["input_tokens"], row["output_tokens"]) for row in bill["rows"]]
    assert all(0 < read < 20 and 0 < written < 20 for read, written in counted), counted
    assert 0 < bill["totals"]["price_usd"] < 0.001 and not bill["in_flight"]
