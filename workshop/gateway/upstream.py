"""A relay that passes a call on to a real model endpoint and returns the answer unchanged."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
from fastapi import Request

from workshop.gateway.bill import Call, State
from workshop.gateway.errors import upstream_unreachable
from workshop.gateway.usage import characters_to_tokens
from workshop.services.line import ClientGone, Line

CONNECT_S = 10.0
READ_S = 600.0
"""How long an upstream may be silent, in seconds: the time-out of the `openai` client."""

MOST_TOKENS = 1_000_000_000
"""More than any model reads or writes: a usage above it is a mistake of the endpoint."""

_NOT_FORWARDED = {
    "host",
    "content-length",
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "accept-encoding",  # the gateway reads the usage in the answer, so it asks for it uncompressed
    "origin",
}
_OURS = "x-workshop-"
"""The prefix of headers that only the course's programs and the gateway use. They are not passed on: they
name the caller.
"""
_NOT_RETURNED = {"connection", "keep-alive", "proxy-authenticate", "trailer", "transfer-encoding", "upgrade"}
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}

Finish = Callable[[State, int], None]


class Upstream:
    """Connections to the endpoint behind the gateway, kept open between calls."""

    def __init__(self) -> None:
        timeout = httpx.Timeout(READ_S, connect=CONNECT_S)
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
        self._outside = httpx.AsyncClient(timeout=timeout, limits=limits)
        # A proxy set in the environment is for outside endpoints, not for one on this machine.
        self._inside = httpx.AsyncClient(timeout=timeout, limits=limits, trust_env=False)

    async def close(self) -> None:
        await self._outside.aclose()
        await self._inside.aclose()

    async def relay(
        self, base: str, request: Request, raw: bytes, line: Line, call: Call | None, finish: Finish
    ) -> None:
        """Pass one call on; `call` is its entry if it belongs in the bill.

        Raise `ClientGone` when its client leaves, `ApiError` when the upstream cannot be reached. A call that
        is cut off before its usage is known is charged for an estimate of what it has read and generated so
        far.
        """
        pump = asyncio.create_task(self._pump(base, request, raw, line, call, finish))
        gone = asyncio.create_task(line.gone.wait())
        try:
            await asyncio.wait({pump, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not pump.done():
                raise ClientGone
            await pump
        finally:
            gone.cancel()
            if not pump.done():
                pump.cancel()
                await asyncio.gather(pump, return_exceptions=True)

    async def _pump(
        self, base: str, request: Request, raw: bytes, line: Line, call: Call | None, finish: Finish
    ) -> None:
        url = httpx.URL(base.rstrip("/") + request.url.path.removeprefix("/v1"))
        if request.url.query:
            url = url.copy_with(query=request.url.query.encode())
        client = self._inside if url.host in _LOOPBACK else self._outside
        kept = [(name, value) for name, value in request.headers.raw if _is_forwarded(name.decode().lower())]
        outgoing = client.build_request(
            request.method, url, content=raw, headers=[*kept, (b"accept-encoding", b"identity")]
        )
        try:
            answer = await client.send(outgoing, stream=True)
        except httpx.TransportError as error:
            raise upstream_unreachable(url.host, type(error).__name__) from None
        try:
            await _forward(answer, line, call, finish)
        finally:
            await answer.aclose()


def _is_forwarded(header: str) -> bool:
    return header not in _NOT_FORWARDED and not header.startswith(_OURS)


async def _forward(answer: httpx.Response, line: Line, call: Call | None, finish: Finish) -> None:
    returned = [
        (name, value) for name, value in answer.headers.raw if name.decode().lower() not in _NOT_RETURNED
    ]
    status = answer.status_code
    reader = None
    if call is not None and status < 400:
        reader = _Reader(
            call, streamed=answer.headers.get("content-type", "").startswith("text/event-stream")
        )
    await line.start(status, returned)
    # The end of an answer that isn't a stream is held back: it leaves when its row is on the bill.
    held = b""
    try:
        async for chunk in answer.aiter_raw():
            if reader is not None and reader.feed(chunk):
                finish(reader.state, status)
            now, held = (chunk, b"") if reader is not None and reader.streamed else (held, chunk)
            if now:
                await line.send(now)
    except httpx.TransportError:
        finish("failed", status)
        await line.send(held)
        await line.drop()
        return
    if reader is not None:
        reader.end()
    finish("failed" if reader is None else reader.state, status)
    await line.send(held, more=False)


class _Reader:
    """The reader that finds the receipt, the usage, and the outcome in an answer as it passes through."""

    def __init__(self, call: Call, streamed: bool) -> None:
        self._call = call
        self.streamed = streamed
        self._rest = b""
        self._characters = 0
        self._usage_seen = False
        self.state: State = "delivered"

    def feed(self, chunk: bytes) -> bool:
        """Take a part of the answer. Return whether it contains the end."""
        self._rest += chunk
        if not self.streamed:
            return chunk.rstrip().endswith(b"}") and self._whole()
        *lines, self._rest = self._rest.split(b"\n")
        ended = False
        for line in lines:
            ended = self._line(line.strip()) or ended
        return ended

    def end(self) -> None:
        """End the answer; if no usage came, fill in an estimate."""
        if not self._usage_seen:
            self._call.output_tokens = max(1, characters_to_tokens(self._characters))

    def _whole(self) -> bool:
        try:
            self._take(json.loads(self._rest))
        except (ValueError, RecursionError):
            return False
        self.end()
        return True

    def _line(self, line: bytes) -> bool:
        if not line.startswith(b"data:"):
            return False
        data = line.removeprefix(b"data:").strip()
        if data == b"[DONE]":
            self.end()
            return True
        try:
            event = json.loads(data)
        except (ValueError, RecursionError):
            return False
        if not isinstance(event, dict):
            return False
        self._count(event)
        self._take(event.get("response", event))
        kind = event.get("type")
        if kind in ("response.failed", "error") or ("error" in event and kind is None):
            self.state = "failed"
        return kind in ("response.completed", "response.incomplete", "response.failed")

    def _count(self, event: dict[str, Any]) -> None:
        """Count what was generated so far: the price of a call that is cut off before its usage is known."""
        delta, choices = event.get("delta"), event.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            part = choice.get("delta") if isinstance(choice, dict) else None
            delta = part.get("content") if isinstance(part, dict) else None
        if isinstance(delta, str):
            self._characters += len(delta)
            if not self._usage_seen:
                self._call.output_tokens = max(1, characters_to_tokens(self._characters))

    def _take(self, found: Any) -> None:
        if not isinstance(found, dict):
            return
        if isinstance(found.get("id"), str) and self._call.receipt == self._call.request_id:
            self._call.receipt = found["id"]
        usage = found.get("usage")
        if isinstance(usage, dict):
            told = _count_in(usage, "input_tokens", "prompt_tokens")
            self._call.input_tokens = self._call.input_tokens if told is None else told
            told = _count_in(usage, "output_tokens", "completion_tokens")
            self._usage_seen = self._usage_seen or told is not None
            self._call.output_tokens = self._call.output_tokens if told is None else told


def _count_in(usage: dict[str, Any], *names: str) -> int | None:
    """Return a number of tokens; None if there is none that can be: then the estimate counts."""
    given = next((usage[name] for name in names if name in usage), None)
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not 0 <= given <= MOST_TOKENS:
        return None
    return int(given)
