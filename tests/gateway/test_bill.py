"""The bill: a row for every call, its state, its price, and that it outlives the gateway."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from gateway_servers import KEY, GatewayProcess
from waiting import until

HELLO = {"model": "m", "instructions": "You are kind.", "input": "hello"}
CHAT = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}


def test_a_delivered_call(scripted: GatewayProcess) -> None:
    before = time.time()
    answer = scripted.post("responses", {**HELLO, "metadata": {"agent": "Triage Agent", "run": "7"}})
    bill = scripted.bill()
    (row,) = bill["rows"]
    assert row["receipt"] == answer.json()["id"]
    assert row["request_id"] == answer.headers["x-request-id"]
    assert (row["state"], row["status"], row["fault"], row["streamed"]) == ("delivered", 200, None, False)
    assert (row["model"], row["agent"], row["metadata"]) == (
        "m",
        "Triage Agent",
        {"agent": "Triage Agent", "run": "7"},
    )
    assert row["summary"] == "You are kind. | hello"
    assert row["input_tokens"] == answer.json()["usage"]["input_tokens"] > 0
    assert row["output_tokens"] == answer.json()["usage"]["output_tokens"] > 0
    assert row["price_usd"] == pytest.approx((row["input_tokens"] * 0.25 + row["output_tokens"] * 2) / 1e6)
    assert before <= row["started"] <= row["ended"] <= time.time()
    assert row["duration_s"] == pytest.approx(row["ended"] - row["started"], abs=1e-6)
    assert bill["in_flight"] == []
    assert bill["totals"] == {
        "calls": 1,
        "delivered": 1,
        "cut_off": 0,
        "failed": 0,
        "input_tokens": row["input_tokens"],
        "output_tokens": row["output_tokens"],
        "price_usd": pytest.approx(row["price_usd"]),
        "wasted_usd": 0,
    }


def test_since_receipt_order_and_delete(scripted: GatewayProcess) -> None:
    receipts = [
        scripted.post("responses", HELLO).json()["id"],
        scripted.post("chat/completions", CHAT).json()["id"],
    ]
    middle = scripted.rows()[1]["started"]
    receipts.append(
        scripted.post("responses", {**HELLO, "stream": True}).text.split('"id":"')[1].split('"')[0]
    )
    rows = scripted.rows()
    assert [row["receipt"] for row in rows] == receipts
    assert [row["started"] for row in rows] == sorted(row["started"] for row in rows)
    assert [row["receipt"] for row in scripted.rows(since=middle)] == receipts[1:]
    found = scripted.bill(receipt=receipts[1])
    assert [row["api"] for row in found["rows"]] == ["chat.completions"] and found["totals"]["calls"] == 1
    assert scripted.rows(receipt="resp_unknown") == []
    assert scripted.http.delete("/bench/bill").json() == {"deleted": 3}
    assert scripted.bill()["totals"]["calls"] == 0


def test_a_failed_call_costs_nothing(scripted: GatewayProcess) -> None:
    scripted.fault("rate_limit", times=1)
    answer = scripted.post("responses", HELLO)
    (row,) = scripted.rows()
    assert (row["state"], row["status"], row["fault"]) == ("failed", 429, "rate_limit")
    assert (row["price_usd"], row["input_tokens"], row["output_tokens"]) == (0, 0, 0)
    assert row["receipt"] == answer.headers["x-request-id"]
    retried = scripted.post("responses", HELLO)
    assert retried.status_code == 200
    assert scripted.rows()[0]["input_hash"] == scripted.rows()[1]["input_hash"]


@pytest.mark.parametrize("path", ["responses", "chat/completions"])
@pytest.mark.parametrize("stream", [False, True])
async def test_a_client_that_leaves_is_cut_off_at_once(
    scripted: GatewayProcess, path: str, stream: bool
) -> None:
    scripted.set(PRACTICE_LATENCY_S=4)
    body = {**(HELLO if path == "responses" else CHAT), "stream": stream}
    async with httpx.AsyncClient(base_url=scripted.root, trust_env=False) as client:
        asking = asyncio.create_task(client.post(f"/v1/{path}", json=body, headers=KEY))
        live = await asyncio.to_thread(until, lambda: scripted.bill()["in_flight"])
        assert live[0]["summary"].endswith("hello") and live[0]["model"] == "m"
        assert len(live[0]["input_hash"]) == 32 and live[0]["started"] <= time.time()
        assert scripted.rows() == []
        await asyncio.sleep(0.3)
        left = time.time()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    rows = await asyncio.to_thread(until, scripted.rows)
    assert rows[0]["state"] == "cut_off"
    assert rows[0]["ended"] - left < 0.25
    assert rows[0]["input_hash"] == live[0]["input_hash"]
    bill = scripted.bill()
    assert bill["in_flight"] == []
    assert bill["totals"]["wasted_usd"] == pytest.approx(rows[0]["price_usd"])
    scripted.set(PRACTICE_LATENCY_S=0)
    scripted.post(path, {**body, "stream": False})
    cut, whole = scripted.rows()
    assert cut["price_usd"] == pytest.approx(whole["price_usd"]), (
        "a call that was cut off costs the full price"
    )


def test_cut_off_in_a_slow_answer(scripted: GatewayProcess) -> None:
    scripted.fault("slow", times=1, delay_s=5)
    with pytest.raises(httpx.ReadTimeout):
        scripted.post("responses", HELLO, timeout=0.3)
    (row,) = until(scripted.rows)
    assert (row["state"], row["fault"]) == ("cut_off", "slow") and row["duration_s"] < 1
    assert row["price_usd"] > 0


def test_the_bill_and_conversations_survive_a_killed_gateway(tmp_path: Path) -> None:
    gateway = GatewayProcess(tmp_path, script="scripted_gateway.py")
    try:
        client = openai.OpenAI(base_url=gateway.url, api_key="practice", max_retries=0)
        first = client.responses.create(model="m", input="one")
        second = client.responses.create(model="m", input="two", previous_response_id=first.id)
        gateway.rows()  # what was answered before is on disk
        gateway.kill()
        gateway.start()
        assert [row["receipt"] for row in gateway.rows()] == [first.id, second.id]
        third = client.responses.create(model="m", input="three", previous_response_id=second.id)
        assert third.output_text == "|one||one|two||one||one|two|three"
        assert gateway.bill()["totals"]["calls"] == 3
        client.close()
    finally:
        gateway.stop()


def test_a_gateway_that_is_stopped_in_mid_call_writes_it_down(tmp_path: Path) -> None:
    gateway = GatewayProcess(tmp_path, script="scripted_gateway.py", PRACTICE_LATENCY_S="30")
    with ThreadPoolExecutor() as pool:
        asking = pool.submit(
            httpx.post, f"{gateway.url}/responses", json=HELLO, headers=KEY, timeout=20, trust_env=False
        )
        until(lambda: gateway.bill()["in_flight"])
        started = time.monotonic()
        gateway.stop()
        assert time.monotonic() - started < 8
        assert isinstance(asking.exception(), httpx.TransportError)
    gateway.start()
    try:
        assert [row["state"] for row in gateway.rows()] == ["cut_off"]
    finally:
        gateway.stop()


async def test_two_hundred_calls_at_once_are_two_hundred_rows(scripted: GatewayProcess) -> None:
    async with openai.AsyncOpenAI(base_url=scripted.url, api_key="practice", max_retries=0) as client:

        async def one(number: int) -> str:
            return (await client.responses.create(model="m", input=f"call {number}")).id

        receipts = await asyncio.gather(*(one(number) for number in range(200)))
    rows = scripted.rows()
    assert len(rows) == len(set(receipts)) == 200
    assert {row["receipt"] for row in rows} == set(receipts)


async def test_a_call_is_in_flight_or_a_row_and_never_neither(scripted: GatewayProcess) -> None:
    async with httpx.AsyncClient(base_url=scripted.root, headers=KEY, trust_env=False, timeout=20) as client:
        started = 0

        async def calls() -> None:
            nonlocal started
            for _ in range(60):
                started += 1
                await client.post("/v1/responses", json=HELLO)

        async def watch(caller: asyncio.Task[None]) -> int:
            looks = 0
            while not caller.done():
                before = started - 1  # the newest may not have arrived
                bill = (await client.get("/bench/bill")).json()
                assert len(bill["rows"]) + len(bill["in_flight"]) >= before
                receipts = [row["receipt"] for row in bill["rows"]]
                assert not set(receipts) & {call["receipt"] for call in bill["in_flight"]}
                looks += 1
            return looks

        caller = asyncio.create_task(calls())
        assert await watch(caller) > 10
        await caller


def test_a_port_that_is_taken_is_named(scripted: GatewayProcess, tmp_path: Path) -> None:
    import os
    import subprocess
    import sys

    env: dict[str, Any] = {**os.environ, "WORKSHOP_HOME": str(tmp_path), "GATEWAY_PORT": str(scripted.port)}
    ended = subprocess.run(
        [sys.executable, "-m", "workshop.gateway"], env=env, capture_output=True, text=True, timeout=30
    )
    assert ended.returncode == 1
    assert (
        str(scripted.port) in ended.stderr
        and "GATEWAY_PORT" in ended.stderr
        and "Traceback" not in ended.stderr
    )
