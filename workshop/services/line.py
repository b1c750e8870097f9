"""The line to one client: what is sent on it, when the client has left, and how a fault spoils an answer."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from workshop.services.faults import Fault

FLUSH_S = 5.0
"""How long a client may take to read what was sent before its line is dropped, in seconds."""
DROPS = 20
"""The number of parts in which a trickling answer arrives that is not a stream."""
NOT_JSON = b'data: {"type": "response.output_text.del\n\n'

Pieces = list[bytes]


class ClientGone(Exception):
    """The client closed its connection before it had the whole answer."""


class Line:
    """The sending side of one request, and whether its client has left."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._transport: asyncio.Transport = scope["state"]["transport"]
        self._receive = receive
        self.asgi_send = send
        self.gone = asyncio.Event()

    async def watch(self) -> None:
        """Set `gone` as soon as the client's connection is closed."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.gone.set()

    async def wait(self, seconds: float) -> None:
        """Wait. Raise `ClientGone` at once if the client leaves meanwhile."""
        until = time.monotonic() + seconds
        # an event loop that counts in whole milliseconds (uvloop) may wake a little too early
        while not self.gone.is_set() and (left := until - time.monotonic()) > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.gone.wait(), left)
        if self.gone.is_set():
            raise ClientGone

    async def start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        await self.asgi_send({"type": "http.response.start", "status": status, "headers": headers})

    async def send(self, data: bytes, more: bool = True) -> None:
        """Send a part of the body. Raise `ClientGone` if the client has left."""
        if self.gone.is_set():
            raise ClientGone
        await self.asgi_send({"type": "http.response.body", "body": data, "more_body": more})

    async def drop(self) -> None:
        """Send what is buffered and close the connection, even if more was promised."""
        self._transport.close()
        try:
            await asyncio.wait_for(self.gone.wait(), FLUSH_S)
        except TimeoutError:  # the client reads nothing
            self._transport.abort()
            await self.gone.wait()


class LineResponse(Response):
    """A response that a coroutine writes to the line."""

    def __init__(self, write: Callable[[Line], Awaitable[None]]) -> None:
        self._write = write
        self.background = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        line = Line(scope, receive, send)
        watcher = asyncio.create_task(line.watch())
        try:
            await self._write(line)
        finally:
            watcher.cancel()


@dataclass(frozen=True)
class Outgoing:
    """An answer that is ready to be sent, in pieces, with a pause after each but the last."""

    status: int
    headers: list[tuple[bytes, bytes]]
    pieces: Pieces
    pause_s: float = 0.0
    first: Callable[[int], Pieces] | None = None
    """Returns the pieces up to a number of characters of the text in them. Without it, bytes count."""

    @property
    def is_stream(self) -> bool:
        return any(value.startswith(b"text/event-stream") for _, value in self.headers)

    @property
    def half(self) -> Pieces:
        if len(self.pieces) == 1 and not self.is_stream:
            return [self.pieces[0][: len(self.pieces[0]) // 2]]
        return self.pieces[: max(1, len(self.pieces) // 2)]

    def beginning(self, characters: int) -> Pieces:
        return self.first(characters) if self.first else [b"".join(self.pieces)[:characters]]

    @property
    def drops(self) -> Pieces:
        """The pieces of a trickling answer: the events of a stream, or equal parts."""
        whole = b"".join(self.pieces)
        if self.is_stream:  # a provider's may have come in one piece
            return re.findall(rb".+?(?:\n\n|\Z)", whole, re.DOTALL)
        size = max(1, -(-len(whole) // DROPS))
        return [whole[start : start + size] for start in range(0, len(whole), size)]


class Kept(Line):
    """A line that keeps an answer instead of sending it."""

    def __init__(self, line: Line) -> None:
        self.__dict__.update(line.__dict__)
        self.answer = Outgoing(500, [], [])

    async def start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        self.answer = Outgoing(status, headers, [])

    async def send(self, data: bytes, more: bool = True) -> None:
        if self.gone.is_set():
            raise ClientGone
        if data:
            self.answer.pieces.append(data)


async def hold(line: Line, fault: Fault | None, ended: Callable[[bool], None]) -> None:
    """Play the part of a fault that comes before the answer: the delay of `slow`, the silence of `hang`."""
    if fault is not None and fault.kind in ("slow", "hang"):
        await line.wait(fault.number)
        if fault.kind == "hang":
            ended(False)
            await line.drop()
            raise ClientGone


async def play(line: Line, answer: Outgoing, fault: Fault | None, ended: Callable[[bool], None]) -> None:
    """Send an answer, spoiled by a fault. Before the last part, `ended` hears whether it is whole."""
    pieces, headers, pause, drops = answer.pieces, answer.headers, answer.pause_s, False
    kind, number = (fault.kind, fault.number) if fault is not None else ("", 0.0)
    match kind:
        case "trickle":
            pieces = answer.drops
            pause = number / max(1, len(pieces) - 1)
        case "truncate":
            pieces = answer.beginning(int(number))
            drops = b"".join(pieces) != b"".join(answer.pieces)
        case "disconnect":
            pieces, drops = answer.half, True
        case "malformed":
            pieces = [*answer.half, NOT_JSON] if answer.is_stream else answer.half
            headers = [pair for pair in headers if pair[0].lower() != b"content-length"]
    if pause <= 0 or not pieces:
        pieces = [b"".join(pieces)]
    await line.start(answer.status, headers)
    for piece in pieces[:-1]:
        await line.send(piece)
        await line.wait(pause)
    if line.gone.is_set():
        raise ClientGone
    ended(not drops and kind != "malformed")
    await line.send(pieces[-1], more=drops)
    if drops:
        await line.drop()


async def kept(write: Callable[[Send], Awaitable[None]]) -> Outgoing:
    """Return the answer that an application writes, instead of sending it."""
    start: Message = {}
    body = bytearray()

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            body.extend(message.get("body", b""))

    await write(keep)
    return Outgoing(start["status"], [*start["headers"]], [bytes(body)])


def headers(content_type: str, **more: Any) -> list[tuple[bytes, bytes]]:
    """Return response headers; underscores in the names of `more` become hyphens."""
    pairs = {"content-type": content_type} | {
        name.replace("_", "-"): str(value) for name, value in more.items()
    }
    return [(name.encode(), value.encode()) for name, value in pairs.items()]
