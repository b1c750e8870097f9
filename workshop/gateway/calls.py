"""The life of one model call: its request, its fault, its answer from the practice model or upstream, its row
in the bill.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response

from workshop import caller
from workshop.config import ENV_FILE, PRACTICE_KEY, Settings, settings
from workshop.gateway.api import chat_in, responses_in
from workshop.gateway.api.body import Prepared, input_hash, match_text, strings
from workshop.gateway.api.chat_out import ChatAnswer
from workshop.gateway.api.responses_out import ResponsesAnswer
from workshop.gateway.bill import Bill, Call, State
from workshop.gateway.errors import NO_KEY, ApiError, foreign_key
from workshop.gateway.faults import error_of
from workshop.gateway.line import ClientGone, Line, LineResponse, headers
from workshop.gateway.upstream import Upstream
from workshop.gateway.usage import body_tokens, price
from workshop.practice.types import Reply, Text
from workshop.practice.types import Request as PracticeRequest
from workshop.services.faults import Fault, FaultPanel

Brain = Callable[[PracticeRequest], Reply]
AnyAnswer = type[ResponsesAnswer] | type[ChatAnswer]

SUMMARY_CHARACTERS = 80


@dataclass(frozen=True)
class Gateway:
    """What all calls share."""

    bill: Bill
    panel: FaultPanel
    upstream: Upstream
    brain: Brain
    thinking: ThreadPoolExecutor
    """A single thread: the practice model need not be thread-safe."""
    log: logging.Logger


_settings: tuple[object, Settings] | None = None


def current_settings() -> Settings:
    """Return the current settings. Read `.env` again only after an edit: reading it each time would cost more
    than a call.
    """
    global _settings
    edited = _edited()
    if _settings is None or edited != _settings[0]:
        _settings = edited, settings()
    return _settings[1]


def _edited() -> object:
    """Return a value that changes with every edit of `.env`."""
    try:
        found = ENV_FILE.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def bearer(request: Request) -> str:
    """Return the API key of a request, or an empty text if it has none."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def is_the_owners(key: str) -> bool:
    """Return whether a key is the real one in `.env`: only calls with that key leave this machine."""
    now = current_settings()
    return not now.is_practice and key == now.openai_api_key


def check(key: str) -> None:
    """Raise `ApiError` if the key is missing, or is neither `practice` nor the one in `.env`."""
    if not key:
        raise NO_KEY
    if key != PRACTICE_KEY and not is_the_owners(key):
        raise foreign_key(key, current_settings().is_practice)


async def handle(gateway: Gateway, request: Request, kind: AnyAnswer) -> Response:
    """Answer one model call."""
    raw = await request.body()
    key = bearer(request)
    call = Call(
        api="responses" if kind is ResponsesAnswer else "chat.completions",
        model="",
        input_hash="",
        summary="",
        request_id=request.state.request_id,
        receipt=request.state.request_id,
        practice=not is_the_owners(key),
        caller=caller.read(request.headers.get(caller.HEADER)),
    )
    gateway.bill.begin(call)
    try:
        body = _parse(raw)
        _describe(call, body, request)
        check(key)
        fault = gateway.panel.take(match_text(body), (call.caller.workflow, call.caller.process))
        if fault is not None:
            call.fault = fault.kind
            if error := error_of(fault, call.model):
                raise error
    except ApiError as error:
        return _failed(gateway, call, error)
    except BaseException:
        gateway.bill.finish(call, "failed", 500, 0.0)
        raise
    turn = _Turn(gateway, request, call, kind, body, raw, fault)
    return LineResponse(turn.play)


@dataclass
class _Turn:
    """The part of a call's life in which its answer is written to the client's line."""

    gateway: Gateway
    request: Request
    call: Call
    kind: AnyAnswer
    body: dict[str, Any]
    raw: bytes
    fault: Fault | None

    async def play(self, line: Line) -> None:
        """Answer, and end the call in the bill whatever happens."""
        try:
            if self.call.practice or self.call.fault in ("disconnect", "malformed"):
                await self._practice(line)
            else:
                await self._upstream(line)
        except ClientGone:
            self._finish("cut_off", 0)
        except ApiError as error:
            await _failed(self.gateway, self.call, error)(
                self.request.scope, self.request.receive, line.asgi_send
            )
        except asyncio.CancelledError:  # the gateway is being stopped: the client sees its line drop
            self._finish("cut_off", 0)
            await line.drop()
        except BaseException:
            self._finish("failed", 500)
            raise

    async def _practice(self, line: Line) -> None:
        started = time.monotonic()
        answer = await self._answer()
        self.call.input_tokens = answer.input_tokens
        self.call.output_tokens = answer.output_tokens
        self.call.receipt = answer.receipt
        await self._delay(line)
        latency = current_settings().practice_latency_s
        if self.call.streamed:
            await self._stream(line, answer, latency)
            return
        await line.wait(latency - (time.monotonic() - started - self._slow_s))
        data = answer.whole()
        head = headers("application/json", content_length=len(data))
        if self.call.fault == "malformed":
            await self._end_broken(line, data[: len(data) // 2], headers("application/json"))
        elif self.call.fault == "disconnect":
            await self._drop(line, data[: len(data) // 2], head)
        else:
            self._remember(answer)
            self._finish("delivered", 200)
            await line.start(200, head)
            await line.send(data, more=False)

    async def _stream(self, line: Line, answer: ResponsesAnswer | ChatAnswer, latency: float) -> None:
        beats = answer.beats()
        pause = latency / max(1, len(beats) - 1)
        if self.call.fault in ("malformed", "disconnect"):
            beats = beats[: max(1, len(beats) // 2)]
        else:
            self._remember(answer)
        if latency <= 0:
            beats = [b"".join(beats)]
        await line.start(200, headers("text/event-stream; charset=utf-8", cache_control="no-cache"))
        for beat in beats[:-1]:
            await line.send(beat)
            await line.wait(pause)
        if line.gone.is_set():
            raise ClientGone
        if self.call.fault == "malformed":
            await self._end_broken(line, beats[-1] + b'data: {"type": "response.output_text.del\n\n')
        elif self.call.fault == "disconnect":
            await self._drop(line, beats[-1])
        else:
            self._finish("delivered", 200)
            await line.send(beats[-1], more=False)

    async def _end_broken(
        self, line: Line, data: bytes, head: list[tuple[bytes, bytes]] | None = None
    ) -> None:
        """Play `malformed`: end the answer as if this were all of it."""
        self._finish("failed", 200)
        if head is not None:
            await line.start(200, head)
        await line.send(data, more=False)

    async def _drop(self, line: Line, data: bytes, head: list[tuple[bytes, bytes]] | None = None) -> None:
        """Play `disconnect`: drop the line with the answer half sent."""
        self._finish("failed", 200)
        if head is not None:
            await line.start(200, head)
        await line.send(data)
        await line.drop()

    async def _answer(self) -> ResponsesAnswer | ChatAnswer:
        """Return the practice model's answer. Raise `ApiError` for a bad request."""
        if not self.call.practice:  # a broken answer needs no real one
            text = "This answer was broken on purpose by the fault panel. " * 5
            return self.kind(
                Prepared({**self.body, "model": self.call.model}, PracticeRequest(self.call.model, "", ())),
                Reply((Text(text),)),
                self._id(),
            )
        before = await self._before() if self.kind is ResponsesAnswer else []
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.gateway.thinking, self._think, before)

    def _think(self, before: list[Any]) -> ResponsesAnswer | ChatAnswer:
        """Read the request and answer it. This runs off the event loop because both take processor time."""
        prepared = (
            chat_in.prepare(self.body) if self.kind is ChatAnswer else responses_in.prepare(self.body, before)
        )
        try:
            reply = self.gateway.brain(prepared.request)
        except Exception as error:
            self.gateway.log.exception("The practice model failed on a request")
            message = (
                f"The practice model failed ({type(error).__name__}); its traceback is in the gateway's log."
            )
            raise ApiError(message, status=500, type="server_error") from error
        return self.kind(prepared, reply, self._id())

    def _id(self) -> str:
        return self.kind.new_receipt()

    async def _before(self) -> list[Any]:
        """Return the items of the response that this one continues."""
        previous = self.body.get("previous_response_id")
        if previous is None:
            return []
        items = await self.gateway.bill.recall(str(previous))
        if items is None:
            message = f"Previous response with id '{previous}' not found."
            raise ApiError(message, param="previous_response_id", code="previous_response_not_found")
        return items

    def _remember(self, answer: ResponsesAnswer | ChatAnswer) -> None:
        if isinstance(answer, ResponsesAnswer) and self.body.get("store") is not False:
            self.gateway.bill.remember(
                answer.receipt, self.body.get("previous_response_id"), answer.stored_items()
            )

    @property
    def _slow_s(self) -> float:
        return self.fault.delay if self.fault is not None and self.fault.kind == "slow" else 0.0

    async def _delay(self, line: Line) -> None:
        """Play `slow` and `hang`: wait before the answer, or instead of it."""
        await line.wait(self._slow_s)
        if self.fault is not None and self.fault.kind == "hang":
            await line.wait(self.fault.delay)
            self._finish("failed", 0)
            await line.drop()
            raise ClientGone

    async def _upstream(self, line: Line) -> None:
        self.call.input_tokens = body_tokens(self.body)
        await self._delay(line)
        base = current_settings().upstream_base_url
        await self.gateway.upstream.relay(base, self.request, self.raw, line, self.call, self._finish)

    def _finish(self, state: State, status: int) -> None:
        call = self.call
        cost = 0.0 if state == "failed" else price(current_settings(), call.input_tokens, call.output_tokens)
        self.gateway.bill.finish(call, state, status, cost)


async def relay_other(gateway: Gateway, request: Request) -> Response:
    """Pass a call that is not a model call (files, embeddings, …) to the upstream; see `check`. It is not in
    the bill.
    """
    raw = await request.body()
    base = current_settings().upstream_base_url

    async def write(line: Line) -> None:
        try:
            await gateway.upstream.relay(base, request, raw, line, None, lambda state, status: None)
        except ClientGone:
            return
        except ApiError as error:
            await error.response()(request.scope, request.receive, line.asgi_send)

    return LineResponse(write)


def _failed(gateway: Gateway, call: Call, error: ApiError) -> Response:
    call.input_tokens = call.output_tokens = 0
    gateway.bill.finish(call, "failed", error.status, 0.0)
    return error.response()


def _parse(raw: bytes) -> dict[str, Any]:
    def refuse(constant: str) -> Any:
        raise ValueError(f"{constant} is not JSON")

    try:
        body = json.loads(raw, parse_constant=refuse)
        json.dumps(body, ensure_ascii=False).encode()  # half of a surrogate pair is not text
    except (ValueError, RecursionError):
        raise ApiError(
            "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library "
            "correctly. The API expects a JSON payload, but what was sent was not valid JSON.)"
        ) from None
    if not isinstance(body, dict):
        raise ApiError("The JSON body of your request is not an object.")
    return body


def _describe(call: Call, body: dict[str, Any], request: Request) -> None:
    """Fill in what the bill says about a call."""
    metadata = body.get("metadata")
    call.model = str(body.get("model") or "")[:200]
    call.input_hash = input_hash(body)
    call.summary = _summary(body)
    call.streamed = body.get("stream") is True
    call.metadata = metadata if isinstance(metadata, dict) and metadata else None
    named = (call.metadata or {}).get("agent") or (call.metadata or {}).get("agent_name")
    call.agent = str(request.headers.get("x-workshop-agent") or named or "")[:200] or None


def _summary(body: dict[str, Any]) -> str:
    """Return the start of the instructions and of the last user message or tool output, for pictures and the
    bill.
    """
    instructions = body.get("instructions")
    conversation = body.get("input", body.get("messages"))
    said = conversation if isinstance(conversation, str) else ""
    for item in conversation if isinstance(conversation, list) else ():
        if not isinstance(item, dict):
            continue
        if item.get("role") in ("system", "developer"):
            instructions = instructions or _text(item)
        elif item.get("role") == "user":
            said = _text(item)
        elif item.get("role") == "tool" or item.get("type") == "function_call_output":
            output = item.get("output", item.get("content"))
            said = f"tool: {output if isinstance(output, str) else ' '.join(strings(output))}"
    return " | ".join(_short(part) for part in (instructions, said) if isinstance(part, str) and part.strip())


def _text(item: dict[str, Any]) -> str:
    return " ".join(strings(item.get("content")))


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= SUMMARY_CHARACTERS else text[: SUMMARY_CHARACTERS - 1] + "…"
