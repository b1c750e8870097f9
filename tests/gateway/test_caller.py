"""Who made a call: on its row, filtered by it, never passed on, and nothing that a client sends breaks it."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from gateway_servers import KEY, GatewayProcess
from local_server import Handler, serving
from waiting import until

from workshop.caller import HEADER, Caller

HELLO = {"model": "m", "input": "hello"}
FIELDS = ("process", "process_created", "workflow", "run", "activity", "attempt")
ONE = Caller("12@here", 1.5, "weather-1", "run-1", "3", 2)
OTHER = Caller("13@here", 2.5, "weather-2", "run-2", "3", 1)
PLAIN = Caller("14@here", 3.5)


def named(row: dict[str, Any]) -> Caller:
    return Caller(*(row[field] for field in FIELDS))


def post(gateway: GatewayProcess, header: str | bytes, body: Any = HELLO) -> httpx.Response:
    value = header.encode() if isinstance(header, str) else header
    headers = [*((name.encode(), key.encode()) for name, key in KEY.items()), (HEADER.encode(), value)]
    return gateway.http.post("/v1/responses", json=body, headers=headers)


def test_each_row_says_who_called(scripted: GatewayProcess) -> None:
    for caller in (ONE, OTHER, PLAIN):
        post(scripted, caller.header())
    scripted.post("responses", HELLO)
    assert [named(row) for row in scripted.rows()] == [ONE, OTHER, PLAIN, Caller()]


def test_the_bill_of_one_caller(scripted: GatewayProcess) -> None:
    for caller in (ONE, OTHER, PLAIN, ONE):
        post(scripted, caller.header())
    for only, expected in (
        ({"workflow": "weather-1"}, [ONE, ONE]),
        ({"run": "run-2"}, [OTHER]),
        ({"process": "14@here"}, [PLAIN]),
        ({"workflow": "weather-1", "run": "run-2"}, []),
        ({"workflow": "weather-2", "since": 0}, [OTHER]),
    ):
        bill = scripted.bill(**only)
        assert [named(row) for row in bill["rows"]] == expected and bill["totals"]["calls"] == len(expected)


def test_failed_calls_and_broken_requests_have_their_caller_too(scripted: GatewayProcess) -> None:
    scripted.fault("server_error", times=1)
    assert post(scripted, ONE.header()).status_code == 500
    assert (
        scripted.http.post("/v1/responses", content="{", headers={**KEY, HEADER: OTHER.header()}).status_code
        == 400
    )
    assert [(named(row), row["state"]) for row in scripted.rows()] == [(ONE, "failed"), (OTHER, "failed")]


async def test_calls_in_flight_say_who_called_and_so_does_one_that_is_cut_off(
    scripted: GatewayProcess,
) -> None:
    scripted.fault("slow", delay_s=20)
    async with httpx.AsyncClient(base_url=scripted.root, trust_env=False) as client:
        asking = [
            asyncio.create_task(
                client.post("/v1/responses", json=HELLO, headers={**KEY, HEADER: caller.header()})
            )
            for caller in (ONE, OTHER)
        ]
        await asyncio.to_thread(until, lambda: len(scripted.bill()["in_flight"]) == 2)
        assert [named(call) for call in scripted.bill(workflow="weather-2")["in_flight"]] == [OTHER]
        for call in asking:
            call.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    await asyncio.to_thread(until, lambda: len(scripted.rows()) == 2)
    (row,) = scripted.rows(run="run-1")
    assert (row["state"], named(row)) == ("cut_off", ONE)


@pytest.mark.parametrize(
    "id",
    [
        "a&b=c;d",
        "50% off %00 %zz",
        "Übung 1, 雨 🌧️",
        "x\r\nx-evil: y",
        "\t' OR 1=1 --",
        '<img src=x onerror="1">',
        "🌧️" * 500,
    ],
)
def test_any_id_arrives_as_it_is(scripted: GatewayProcess, id: str) -> None:
    caller = Caller("1@host", 1.0, id, f"run of {id}", id[:100], 7)
    assert post(scripted, caller.header()).status_code == 200
    (row,) = scripted.rows(workflow=id)
    assert named(row) == caller and "x-evil" not in row


@pytest.mark.parametrize(
    "header",
    [
        *(
            "",
            "nonsense",
            "&&&===",
            "attempt=many&process_created=soon",
            "attempt=-1",
            "attempt=1e99",
            "workflow",
        ),
        *(
            "process_created=nan",
            "process_created=inf",
            "input_hash=mine&receipt=mine&state=delivered",
            "%ff%fe=%ff",
            b"\xff\xfe\x00"[:2],
        ),
    ],
)
def test_a_header_that_makes_no_sense_is_no_name_and_does_no_harm(
    scripted: GatewayProcess, header: str | bytes
) -> None:
    assert post(scripted, header).status_code == 200
    (row,) = scripted.rows()
    assert named(row) == Caller() and row["receipt"].startswith("resp_")


def test_a_fault_for_one_caller_is_not_used_up_by_its_neighbors(scripted: GatewayProcess) -> None:
    scripted.fault("server_error", times=1, of=["weather-1", "14@here"])
    assert [post(scripted, caller.header()).status_code for caller in (OTHER, OTHER, ONE, PLAIN)] == [
        200,
        200,
        500,
        200,
    ]
    scripted.fault("server_error", times=1, of=["14@here"])
    assert [post(scripted, caller.header()).status_code for caller in (ONE, PLAIN)] == [200, 500]


def test_a_bill_of_an_older_version_is_kept_and_goes_on(tmp_path: Path) -> None:
    gateway = GatewayProcess(tmp_path, script="scripted_gateway.py")
    try:
        gateway.post("responses", HELLO)
        gateway.stop()
        with sqlite3.connect(tmp_path / ".lab" / "bill.sqlite") as db:
            for field in FIELDS:
                db.execute(f"ALTER TABLE calls DROP COLUMN {field}")
        gateway.start()
        post(gateway, ONE.header())
        assert [named(row) for row in gateway.rows()] == [Caller(), ONE]
    finally:
        gateway.stop()


@pytest.fixture
def provider() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Start an upstream that keeps the headers of what it is asked."""
    asked: list[dict[str, str]] = []

    class Provider(Handler):
        def do_POST(self) -> None:
            asked.append({name.lower(): value for name, value in self.headers.items()})
            self.body()
            self.answer(200, b'{"id": "resp_1", "usage": {"input_tokens": 1, "output_tokens": 1}}')

    with serving(Provider) as url:
        yield f"{url}/v1", asked


def test_a_real_provider_never_sees_the_header(
    tmp_path: Path, provider: tuple[str, list[dict[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, asked = provider
    gateway = GatewayProcess(tmp_path, UPSTREAM_BASE_URL=url, OPENAI_API_KEY="sk-x")
    # The client here takes it for its own, and names itself. The hook's module is not the one imported here.
    hook = next(type(each) for each in sys.meta_path if type(each).__qualname__ == "_Watch")
    monkeypatch.setitem(vars(hook)["find_spec"].__globals__, "_gateway_port", lambda: gateway.port)
    try:
        for path in ("responses", "chat/completions", "embeddings", "files"):
            headers = {
                "authorization": "Bearer sk-x",
                HEADER.upper(): ONE.header(),
                "x-workshop-agent": "A",
                "x-kept": "yes",
            }
            gateway.http.post(f"/v1/{path}", json=HELLO, headers=headers)
        for base in (gateway.url, url):  # through the gateway, and straight to the provider
            with openai.OpenAI(base_url=base, api_key="sk-x", max_retries=0) as client:
                client.responses.create(model="m", input="hello")
        assert len(asked) == 6 and all(headers.get("x-kept", "yes") == "yes" for headers in asked)
        assert not [name for headers in asked for name in headers if name.startswith("x-workshop")]
        assert gateway.rows()[-1]["process"], "the gateway was told, by the hook"
    finally:
        gateway.stop()
