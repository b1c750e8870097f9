"""Requests that do not arrive: those of others are served meanwhile, and the connection ends within the time
that is stated.

The quick tests have a server of their own with the real protocol and short times. The slow one meets the real
servers.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from types import ModuleType
from typing import Any

import httpx
import pytest
import uvicorn
from bench_instance import Bench
from research_servers import research_app
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse

from workshop.config import ROOT
from workshop.services import serving

sys.path.append(str(ROOT / "solutions" / "05_deep_research"))
from deep_research.web import patience  # once the stage is on the path

HEAD_S, BODY_S = 1.0, 3.0
SOON_S = 3.0  # on a machine that does much else
HALF_HEAD = b"POST /any HTTP/1.1\r\nHost: localhost\r\nContent-Le"
HEAD = (
    b"POST /any HTTP/1.1\r\nHost: localhost\r\nUser-Agent: half\r\n"  # without one the weather service refuses it
    b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n"
)
HALF_BODY = HEAD + b'{"query": "a'
CHUNKED = b"POST /any HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
WHOLE = b"GET /any HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Read all of a request, and answer after as many seconds as the path says."""
    if scope["type"] == "http":
        request = Request(scope, receive)
        with contextlib.suppress(ClientDisconnect):
            body = await request.body()
            with contextlib.suppress(ValueError):
                await asyncio.sleep(float(scope["path"].strip("/")))
            await PlainTextResponse(f"{len(body)} bytes")(scope, receive, send)


@pytest.fixture(params=[serving, patience], ids=["bench", "research"])
def port(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Start a server with one of our protocols and short times."""
    module: ModuleType = request.param
    times = dict(zip(module.WITHIN_S, (HEAD_S, BODY_S), strict=True))
    monkeypatch.setattr(module, "WITHIN_S", times)
    config = uvicorn.Config(
        application, port=0, http=module.Protocol, log_level="error", timeout_keep_alive=30, lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield int(server.servers[0].sockets[0].getsockname()[1])
    server.should_exit = server.force_exit = True
    thread.join(5)


@contextlib.asynccontextmanager
async def line(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def ended(port: int, begun: bytes, drip: bytes) -> tuple[bytes, float]:
    """Return what the server says to half a request, and after how many seconds it ends the connection.
    `drip` is sent all the while.
    """
    began = time.monotonic()
    async with line(port) as (reader, writer):
        writer.write(begun)
        said = asyncio.ensure_future(reader.read())
        while drip and not said.done():
            writer.write(drip)
            await asyncio.wait({said}, timeout=0.1)
        return await asyncio.wait_for(said, 10), time.monotonic() - began


HALVES = [
    (HALF_HEAD, b"", HEAD_S),
    (b"GET /any HTTP/1.1\r\nX-A: ", b"a", HEAD_S),
    (b"G", b"", HEAD_S),
    (HALF_BODY, b"", BODY_S),
    (HALF_BODY, b"a", BODY_S),
    (HEAD, b"", BODY_S),
    (CHUNKED, b"", BODY_S),
    (CHUNKED, b"1\r\na\r\n", BODY_S),
    (WHOLE + HALF_HEAD, b"", HEAD_S),
    (WHOLE + HALF_BODY, b"", BODY_S),
    (WHOLE + WHOLE + HALF_HEAD, b"", HEAD_S),
]


async def test_half_a_request_ends_in_time_and_is_told_why(port: int) -> None:
    told = await asyncio.gather(*(ended(port, begun, drip) for begun, drip, _ in HALVES))
    for (begun, _, within), (said, seconds) in zip(HALVES, told, strict=True):
        assert within * 0.9 <= seconds < within + SOON_S, begun
        assert b" 408 " in said and b"did not arrive in time" in said, begun


async def test_a_connection_without_a_word_ends_without_one(port: int) -> None:
    """A browser opens some in advance; a 408 there would be the answer to its next request."""
    said, seconds = await ended(port, b"", b"")
    assert said == b"" and HEAD_S * 0.9 <= seconds < HEAD_S + SOON_S


async def test_a_second_request_has_its_own_time(port: int) -> None:
    async with line(port) as (reader, writer):
        for _ in range(3):
            await asyncio.sleep(HEAD_S * 0.4)
            writer.write(WHOLE)
            assert b" 200 " in await reader.readuntil(b"0 bytes")
        writer.write(HALF_HEAD)
        assert b" 408 " in await asyncio.wait_for(reader.read(), HEAD_S + SOON_S)


async def test_slow_and_honest_is_served(port: int) -> None:
    """An upload in pieces, in more time than a head may take; and an answer that takes longer than any
    request.
    """
    async with line(port) as (reader, writer):
        writer.write(HEAD[:30])
        await asyncio.sleep(HEAD_S * 0.3)
        writer.write(HEAD[30:])
        for _ in range(5):
            writer.write(b"x" * 20)
            await asyncio.sleep(BODY_S * 0.1)
        assert b" 200 " in await asyncio.wait_for(reader.readuntil(b"100 bytes"), 5)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        assert (await client.get(f"/{BODY_S * 1.5}")).status_code == 200
        assert (await client.get("/0")).status_code == 200


async def crowd(port: int, count: int, path: str = "") -> asyncio.Future[list[bytes]]:
    """Send half requests: half of them lack the rest of the head, half that of the body. Return when all are
    dropped.
    """
    lines = []
    half_body = re.sub(rb"(?<=POST )\S+", path.encode(), HALF_BODY) if path else HALF_BODY
    for index in range(count):
        lines.append(await asyncio.open_connection("127.0.0.1", port))
        lines[-1][1].write((HALF_HEAD, half_body)[index % 2])

    async def dropped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        said = await reader.read()
        writer.close()
        return said

    return asyncio.gather(*(dropped(*one) for one in lines))


async def slowest(client: httpx.AsyncClient, path: str, count: int = 20) -> float:
    """Make some calls, assert that each is served, and return how long the slowest took, in seconds."""
    taken = []
    for _ in range(count):
        began = time.monotonic()
        assert (await client.get(path)).status_code == 200
        taken.append(time.monotonic() - began)
    return max(taken)


async def test_a_thousand_half_requests_keep_nobody_waiting(port: int) -> None:
    dropped = await crowd(port, 1_000)
    base = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=base, trust_env=False, headers={"connection": "close"}) as client:
        assert await slowest(client, "/0") < SOON_S
    told = await asyncio.wait_for(dropped, BODY_S + 10)
    assert all(b" 408 " in said for said in told)


async def test_too_many_calls_at_once_are_refused_in_words() -> None:
    bounded = serving.Bounded(application, 2)
    transport = httpx.ASGITransport(bounded)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answers = await asyncio.gather(*(client.get("/0.2") for _ in range(5)))
        assert sorted(answer.status_code for answer in answers) == [200, 200, 503, 503, 503]
        refused = next(answer for answer in answers if answer.status_code == 503)
        assert refused.headers["retry-after"] == "2" and "Try again" in refused.text
        assert (await client.get("/0")).status_code == 200, "the places are free again"


@pytest.mark.slow
@pytest.mark.timeout(200)
@pytest.mark.parametrize("name", ["gateway", "weather", "research"])
async def test_the_real_servers_are_served_beside_a_thousand_and_drop_them(bench: Bench, name: str) -> None:
    with contextlib.ExitStack() as stack:
        if name == "research":
            port, path, limits = (
                int(stack.enter_context(research_app(bench)).url.rsplit(":", 1)[1]),
                "/api/health",
                patience.WITHIN_S,
            )
        else:
            port, path, limits = getattr(bench.settings, f"{name}_port"), "/bench/health", serving.WITHIN_S
        began = time.monotonic()
        # other paths are refused at once
        paths = {"gateway": "/v1/responses", "weather": "/notices"}
        dropped = await crowd(port, 1_000, paths.get(name, ""))
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", trust_env=False, headers={"connection": "close"}
        ) as client:
            assert await slowest(client, path, 50) < SOON_S
            while not dropped.done():
                assert time.monotonic() - began < max(limits.values()) + 10
                assert await slowest(client, path, 1) < SOON_S
                await asyncio.sleep(0.5)
        assert all(b" 408 " in said for said in dropped.result())
