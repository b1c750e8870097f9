"""Every kind of fault, on both endpoints, streamed and not: what the real client sees is what the real
service would send.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from gateway_servers import Endpoint, GatewayProcess
from waiting import until

PATHS = ["responses", "chat"]
STREAMED = [False, True]

# kind, what the client raises, status, code, type, whether the bill's row says failed
ERRORS: list[tuple[str, type[openai.APIStatusError], int, str | None, str]] = [
    ("rate_limit", openai.RateLimitError, 429, "rate_limit_exceeded", "requests"),
    ("bad_request", openai.BadRequestError, 400, None, "invalid_request_error"),
    ("unauthorized", openai.AuthenticationError, 401, "invalid_api_key", "invalid_request_error"),
    ("server_error", openai.InternalServerError, 500, None, "server_error"),
    ("unavailable", openai.InternalServerError, 503, None, "service_unavailable_error"),
]


def ask(client: openai.OpenAI, path: str, streamed: bool, text: str = "please be long") -> Any:
    """One call; a stream is read to its end and returned as a list."""
    if path == "responses":
        answer: Any = client.responses.create(model="m", input=text, stream=streamed)
    else:
        answer = client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": text}], stream=streamed
        )
    return list(answer) if streamed else answer


@pytest.mark.parametrize("streamed", STREAMED)
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("kind", "raised", "status", "code", "type_"), ERRORS)
def test_errors(
    scripted: GatewayProcess,
    client: openai.OpenAI,
    path: str,
    streamed: bool,
    kind: str,
    raised: type[openai.APIStatusError],
    status: int,
    code: str | None,
    type_: str,
) -> None:
    scripted.fault(kind, times=1, retry_after_s=7)
    with pytest.raises(raised) as caught:
        ask(client, path, streamed)
    error = caught.value
    assert (error.status_code, error.code, error.type) == (status, code, type_)
    assert error.response.headers.get("retry-after") == (
        "7" if kind in ("rate_limit", "unavailable") else None
    )
    assert error.request_id is not None and error.request_id.startswith("req_")
    assert [(row["state"], row["status"], row["fault"], row["price_usd"]) for row in scripted.rows()] == [
        ("failed", status, kind, 0)
    ]
    assert ask(client, path, streamed), "one time means one time"


@pytest.mark.parametrize("streamed", STREAMED)
@pytest.mark.parametrize("path", PATHS)
def test_slow(scripted: GatewayProcess, client: openai.OpenAI, path: str, streamed: bool) -> None:
    scripted.fault("slow", times=1, delay_s=0.4)
    started = time.monotonic()
    assert ask(client, path, streamed)
    assert 0.4 <= time.monotonic() - started < 1.5
    assert [(row["state"], row["fault"]) for row in scripted.rows()] == [("delivered", "slow")]


@pytest.mark.parametrize("streamed", STREAMED)
@pytest.mark.parametrize("path", PATHS)
def test_hang(scripted: GatewayProcess, client: openai.OpenAI, path: str, streamed: bool) -> None:
    scripted.fault("hang", times=1, delay_s=0.4)
    started = time.monotonic()
    with pytest.raises(openai.APIConnectionError) as caught:
        ask(client, path, streamed)
    assert not isinstance(caught.value, openai.APITimeoutError)
    assert 0.4 <= time.monotonic() - started < 1.5
    assert [(row["state"], row["fault"], row["price_usd"]) for row in scripted.rows()] == [
        ("failed", "hang", 0)
    ]


@pytest.mark.parametrize("path", PATHS)
def test_hang_answers_not_one_byte(scripted: GatewayProcess, path: str) -> None:
    scripted.fault("hang", times=1, delay_s=0.2)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        if path == "responses":
            scripted.post("responses", {"model": "m", "input": "x"})
        else:
            scripted.post("chat/completions", {"model": "m", "messages": [{"role": "user", "content": "x"}]})


@pytest.mark.parametrize("path", PATHS)
def test_disconnect(scripted: GatewayProcess, client: openai.OpenAI, path: str) -> None:
    scripted.fault("disconnect", times=1)
    with pytest.raises(openai.APIConnectionError):
        ask(client, path, streamed=False)
    assert [(row["state"], row["fault"], row["price_usd"]) for row in scripted.rows()] == [
        ("failed", "disconnect", 0)
    ]


@pytest.mark.parametrize("path", PATHS)
def test_disconnect_in_a_stream_comes_after_some_of_the_text(
    scripted: GatewayProcess, client: openai.OpenAI, path: str
) -> None:
    scripted.fault("disconnect", times=1)
    if path == "responses":
        stream: Any = client.responses.create(model="m", input="long", stream=True)
    else:
        stream = client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "long"}], stream=True
        )
    seen = []
    with pytest.raises((openai.APIConnectionError, httpx.RemoteProtocolError)):
        for event in stream:
            seen.append(event)
    assert len(seen) > 5
    assert not any(getattr(event, "type", "") == "response.completed" for event in seen)
    assert [row["state"] for row in scripted.rows()] == ["failed"]


def texts(client: openai.OpenAI, path: str, text: str) -> Iterator[str]:
    """Yield the text of a stream as it arrives."""
    if path == "responses":
        for event in client.responses.create(model="m", input=text, stream=True):
            if event.type == "response.output_text.delta":
                yield event.delta
        return
    messages: Any = [{"role": "user", "content": text}]
    for chunk in client.chat.completions.create(model="m", messages=messages, stream=True):
        yield (chunk.choices[0].delta.content or "") if chunk.choices else ""


@pytest.mark.parametrize("path", PATHS)
def test_trickle_spreads_a_stream(scripted: GatewayProcess, client: openai.OpenAI, path: str) -> None:
    scripted.fault("trickle", times=1, delay_s=0.6)
    started = time.monotonic()
    moments = [(time.monotonic() - started, text) for text in texts(client, path, "long")]
    assert time.monotonic() - started >= 0.6
    said = [moment for moment, text in moments if text]
    assert said[-1] - said[0] > 0.25, "it arrives bit by bit"
    assert "".join(text for _, text in moments).endswith("word499")
    assert [(row["state"], row["fault"]) for row in scripted.rows()] == [("delivered", "trickle")]


@pytest.mark.parametrize("path", PATHS)
def test_trickle_spreads_an_answer_that_is_no_stream(
    scripted: GatewayProcess, client: openai.OpenAI, path: str
) -> None:
    scripted.fault("trickle", times=1, delay_s=0.4)
    started = time.monotonic()
    assert ask(client, path, streamed=False)
    assert 0.4 <= time.monotonic() - started < 1.4


def test_a_client_that_leaves_while_it_trickles_is_cut_off_and_charged(scripted: GatewayProcess) -> None:
    scripted.fault("trickle", delay_s=30)
    with openai.OpenAI(base_url=scripted.url, api_key="practice", timeout=20) as client:
        stream = texts(client, "responses", "long")
        assert next(stream)
    until(scripted.rows)
    [row] = scripted.rows()
    assert (row["state"], row["fault"]) == ("cut_off", "trickle") and row["output_tokens"] > 0


@pytest.mark.parametrize("characters", [0, 1, 10, 37, 500])
@pytest.mark.parametrize("path", PATHS)
def test_truncate_cuts_a_stream_after_so_many_characters(
    scripted: GatewayProcess, client: openai.OpenAI, path: str, characters: int
) -> None:
    scripted.fault("truncate", times=1, characters=characters)
    seen = ""
    with pytest.raises((openai.APIConnectionError, httpx.RemoteProtocolError)):
        for text in texts(client, path, "long"):
            seen += text
    assert len(seen) == characters
    assert [(row["state"], row["fault"], row["price_usd"]) for row in scripted.rows()] == [
        ("failed", "truncate", 0)
    ]
    whole = "".join(texts(client, path, "long"))
    assert whole.startswith(seen) and whole.endswith("word499")


@pytest.mark.parametrize("path", PATHS)
def test_truncate_leaves_a_shorter_stream_alone(
    scripted: GatewayProcess, client: openai.OpenAI, path: str
) -> None:
    scripted.fault("truncate", times=1, characters=100_000)
    assert "".join(texts(client, path, "long")).endswith("word499")
    assert [row["state"] for row in scripted.rows()] == ["delivered"]


@pytest.mark.parametrize("path", PATHS)
def test_truncate_cuts_an_answer_that_is_no_stream(
    scripted: GatewayProcess, client: openai.OpenAI, path: str
) -> None:
    scripted.fault("truncate", times=1, characters=20)
    with pytest.raises(openai.APIConnectionError):
        ask(client, path, streamed=False)


@pytest.mark.parametrize("streamed", STREAMED)
@pytest.mark.parametrize("path", PATHS)
def test_malformed(scripted: GatewayProcess, client: openai.OpenAI, path: str, streamed: bool) -> None:
    scripted.fault("malformed", times=1)
    with pytest.raises(json.JSONDecodeError):
        ask(client, path, streamed)
    assert [(row["state"], row["status"], row["fault"]) for row in scripted.rows()] == [
        ("failed", 200, "malformed")
    ]


def test_a_match_looks_at_model_instructions_and_input(
    scripted: GatewayProcess, client: openai.OpenAI
) -> None:
    scripted.fault("server_error", match="Kalamazoo")
    assert client.responses.create(model="m", input="fine")
    with pytest.raises(openai.InternalServerError):
        client.responses.create(model="m", input="rain in kalamazoo?")
    with pytest.raises(openai.InternalServerError):
        client.responses.create(model="kalamazoo-1", input="x")
    with pytest.raises(openai.InternalServerError):
        client.responses.create(model="m", instructions="About Kalamazoo.", input="x")
    with pytest.raises(openai.InternalServerError):
        client.chat.completions.create(model="m", messages=[{"role": "system", "content": "Kalamazoo"}])
    scripted.http.delete("/bench/faults")
    assert client.responses.create(model="m", input="rain in kalamazoo?")


def test_a_match_does_not_read_the_wire_format(scripted: GatewayProcess, client: openai.OpenAI) -> None:
    scripted.fault("server_error", match="user")
    assert client.responses.create(model="m", input=[{"type": "message", "role": "user", "content": "hello"}])


def test_the_client_gets_over_a_rate_limit_by_itself(scripted: GatewayProcess) -> None:
    scripted.fault("rate_limit", times=2, retry_after_s=0.1)
    with openai.OpenAI(base_url=scripted.url, api_key="practice", max_retries=2) as patient:
        assert patient.responses.create(model="m", input="x").output_text
    assert [row["state"] for row in scripted.rows()] == ["failed", "failed", "delivered"]
    assert len({row["input_hash"] for row in scripted.rows()}) == 1


@pytest.mark.parametrize("kind", ["disconnect", "malformed", "truncate"])
def test_a_broken_answer_needs_no_valid_request_and_no_provider(tmp_path: Path, kind: str) -> None:
    """With a real key the broken answer is made here: nothing is asked, whatever the body is."""
    gateway = GatewayProcess(tmp_path, UPSTREAM_BASE_URL="http://127.0.0.1:9/v1", OPENAI_API_KEY="sk-x")
    try:
        gateway.fault(kind, characters=1_000)
        body = {
            "model": "m",
            "reasoning": "x",
            "include": 5,
            "conversation": 7,
            "stream_options": 3,
            "stream": True,
        }
        with gateway.http.stream(
            "POST", "/v1/responses", json=body, headers={"authorization": "Bearer sk-x"}
        ) as answer:
            assert answer.status_code == 200
            with contextlib.suppress(httpx.RemoteProtocolError):
                said = "".join(answer.iter_text())
                assert kind == "malformed" and "response.completed" not in said
        assert [(row["state"], row["fault"]) for row in gateway.rows()] == [("failed", kind)]
    finally:
        gateway.stop()


def test_a_real_answer_trickles_too(endpoint: Endpoint) -> None:
    endpoint.gateway.fault("trickle", times=1, delay_s=0.5)
    with openai.OpenAI(base_url=endpoint.url, api_key=endpoint.key, max_retries=0) as client:
        started = time.monotonic()
        text = "".join(texts(client, "responses", "What is the capital of Ohio?"))
        assert time.monotonic() - started >= 0.5 and "Columbus" in text
    assert [(row["state"], row["fault"]) for row in endpoint.gateway.rows()] == [("delivered", "trickle")]
