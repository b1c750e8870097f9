"""The life of one model call: request, fault, answer by the practice model or upstream, row in the bill."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from fastapi import Request, Response
from starlette.types import Message, Send

from workshop import caller
from workshop.gateway import keys
from workshop.gateway.api import asked, json_object
from workshop.gateway.api.body import Prepared
from workshop.gateway.api.wire import Answer
from workshop.gateway.apis import Api
from workshop.gateway.bill import Bill, Call, State
from workshop.gateway.cache import PromptCache
from workshop.gateway.errors import ApiError, not_found, of_fault
from workshop.gateway.memory import Items, Memory
from workshop.gateway.thinking import Thinking
from workshop.gateway.upstream import Upstream
from workshop.gateway.usage import price, tokens
from workshop.practice.types import Reply, Text, Unanswerable
from workshop.practice.types import Request as PracticeRequest
from workshop.services.faults import Fault, Faults
from workshop.services.in_force import current_settings
from workshop.services.line import ClientGone, Kept, Line, LineResponse, Outgoing, headers, hold, play

Brain = Callable[[PracticeRequest], Reply]

BROKEN = "This answer was broken on purpose by the fault panel. "
"""The answer that is broken when a fault must not cost anything at the provider's."""


@dataclass(frozen=True)
class Gateway:
    """What all calls share."""

    bill: Bill
    memory: Memory
    cache: PromptCache
    faults: Faults
    upstream: Upstream
    brain: Brain
    thinking: Thinking
    log: logging.Logger


async def handle(gateway: Gateway, request: Request, api: Api) -> Response:
    """Answer one model call."""
    raw = await request.body()
    key = keys.bearer(request)
    call = Call(
        api=api.name,
        model="",
        input_hash="",
        summary="",
        request_id=request.state.request_id,
        receipt=request.state.request_id,
        practice=not keys.is_the_owners(key),
        caller=caller.read(request.headers.get(caller.HEADER)),
    )
    gateway.bill.begin(call)
    try:
        body = asked.parse(raw)
        question = asked.read(body)
        _describe(call, body, question, request)
        keys.check(key)
        fault = gateway.faults.take(question.match_text(), (call.caller.workflow, call.caller.process))
        if fault is not None:
            call.fault = fault.kind
            if error := of_fault(fault):
                raise error
        call.input_tokens = max(1, tokens(question.prompt()))
        gateway.bill.admit(call, price(current_settings(), call.input_tokens, 0))
    except ApiError as error:
        return await _failed(gateway, call, error)
    except BaseException:
        gateway.bill.finish(call, "failed", 500, 0.0)
        raise
    return LineResponse(_Turn(gateway, request, call, api, body, question, raw, fault).play)


@dataclass
class _Turn:
    """The part of a call's life in which its answer is written to the client's line."""

    gateway: Gateway
    request: Request
    call: Call
    api: Api
    body: dict[str, Any]
    asked: asked.Asked
    raw: bytes
    fault: Fault | None
    _send: Send = field(init=False)

    async def play(self, line: Line) -> None:
        """Answer, and end the call in the bill whatever happens."""
        self._send, line.asgi_send = line.asgi_send, self._send_after_the_row
        try:
            if self.call.practice or (self.fault is not None and self.fault.breaks):
                await self._practice(line)
            else:
                await self._upstream(line)
        except ClientGone:
            self._finish("cut_off", 0)
        except ApiError as error:
            response = await _failed(self.gateway, self.call, error)
            await response(self.request.scope, self.request.receive, line.asgi_send)
        except asyncio.CancelledError:  # the gateway is being stopped: the client sees its line drop
            self._finish("cut_off", 0)
            await line.drop()
        except BaseException:
            self._finish("failed", 500)
            raise

    async def _send_after_the_row(self, message: Message) -> None:
        """Send a part of the answer. The last one waits for the row: who has an answer finds it on the bill."""
        await self.gateway.bill.written(self.call)
        await self._send(message)

    async def _practice(self, line: Line) -> None:
        started = time.monotonic()
        answer = await self._answer()
        thought = time.monotonic() - started
        self.call.input_tokens = answer.input_tokens
        self.call.output_tokens = answer.output_tokens
        self.call.receipt = answer.receipt
        ended = partial(self._ended, answer)
        await hold(line, self.fault, ended)
        latency = current_settings().practice_latency_s
        if self.call.streamed:
            head = headers("text/event-stream; charset=utf-8", cache_control="no-cache")
            pieces = answer.beats()
            outgoing = Outgoing(200, head, pieces, latency / max(1, len(pieces) - 1), answer.beats)
        else:
            await line.wait(latency - thought)
            data = answer.whole
            outgoing = Outgoing(200, headers("application/json", content_length=len(data)), [data])
        await play(line, outgoing, self.fault, ended)

    def _ended(self, answer: Answer, whole: bool) -> None:
        items = answer.stored_items() if whole and self.call.practice else None
        if items is not None:
            if conversation := conversation_of(self.body):
                self.gateway.memory.add(conversation, items)
            if self.body.get("store") is not False:
                previous = self.body.get("previous_response_id")
                self.gateway.memory.remember(answer.receipt, previous, items, answer.whole.decode())
        self._finish("delivered" if whole else "failed", 200)

    async def _answer(self) -> Answer:
        """Return the practice model's answer. Raise `ApiError` for a bad request."""
        if not self.call.practice:
            body = {"model": self.call.model}
            text = BROKEN * (5 + int(self.fault.number if self.fault else 0) // len(BROKEN))
            return self.api.answer(
                Prepared(body, PracticeRequest(self.call.model, "", ())), Reply((Text(text),)), 0
            )
        before = await what_came_before(self.gateway.memory, self.body)
        return await self.gateway.thinking.run(partial(self._think, before))

    def _think(self, before: list[Any]) -> Answer:
        """Read the request and answer it. This runs off the event loop because both take processor time."""
        prepared = self.api.read(self.body, before)
        try:
            reply = _reply(self.gateway.brain, prepared.request)
        except Unanswerable as error:
            raise ApiError(str(error), code="too_demanding") from error
        except Exception as error:
            self.gateway.log.exception("The practice model failed on a request")
            message = (
                f"The practice model failed ({type(error).__name__}); its traceback is in the gateway's log."
            )
            raise ApiError(message, status=500, type="server_error") from error
        prompt = self.asked.prompt(asked.strings(before))
        cached = self.gateway.cache.read(self.call.model, prompt)
        return self.api.answer(prepared, reply, max(1, tokens(prompt)), cached)

    async def _upstream(self, line: Line) -> None:
        try:
            await hold(line, self.fault, lambda _: self._finish("failed", 0))
        except ClientGone:  # nobody upstream has been asked: nothing is charged
            self._finish("failed", 0)
            raise
        base = current_settings().upstream_base_url
        relay = partial(self.gateway.upstream.relay, base, self.request, self.raw)
        if self.fault is None or self.fault.kind != "trickle":
            await relay(line, self.call, self._finish)
            return
        kept = Kept(line)
        ends: list[tuple[State, int]] = []
        await relay(kept, self.call, lambda state, status: ends.append((state, status)))
        if not line.gone.is_set():
            await play(line, kept.answer, self.fault, lambda _: self._finish(*ends[-1]))
        self._finish(*ends[-1])

    def _finish(self, state: State, status: int) -> None:
        call = self.call
        cost = 0.0 if state == "failed" else price(current_settings(), call.input_tokens, call.output_tokens)
        self.gateway.bill.finish(call, state, status, cost)


def _reply(brain: Brain, request: PracticeRequest) -> Reply:
    """Return the reply. An object without a schema gets its question's, or holds the answer."""
    if request.output_schema is None or request.output_schema.name != "json_object":
        return brain(request)
    if (described := json_object.with_schema(request)) is not None:
        return brain(described)
    return json_object.wrapped(brain(replace(request, output_schema=None)))


async def what_came_before(memory: Memory, body: dict[str, Any]) -> Items:
    """Return the items of the response or of the conversation that a body continues."""
    previous, conversation = body.get("previous_response_id"), conversation_of(body)
    if previous is not None and conversation is not None:
        message = "Mutually exclusive parameters: 'previous_response_id' and 'conversation' cannot be used together."
        raise ApiError(message, param="previous_response_id", code="mutually_exclusive_parameters")
    if previous is not None:
        items = await memory.recall(str(previous))
        if items is None:
            message = f"Previous response with id '{previous}' not found."
            raise ApiError(message, param="previous_response_id", code="previous_response_not_found")
        return items
    if conversation is None:
        return []
    if await memory.conversation(conversation) is None:
        raise not_found("Conversation", conversation)
    return await memory.items(conversation)


def conversation_of(body: dict[str, Any]) -> str | None:
    """Return the id of the conversation that a body belongs to, given as `"id"` or `{"id": "id"}`."""
    given = body.get("conversation")
    found = given.get("id") if isinstance(given, dict) else given
    return found if isinstance(found, str) else None


async def relay_other(gateway: Gateway, request: Request) -> Response:
    """Pass a call that is not a model call to the upstream; see `keys.check`. It is not in the bill."""
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


async def _failed(gateway: Gateway, call: Call, error: ApiError) -> Response:
    call.input_tokens = call.output_tokens = 0
    gateway.bill.finish(call, "failed", error.status, 0.0)
    await gateway.bill.written(call)
    return error.response()


def _describe(call: Call, body: dict[str, Any], question: asked.Asked, request: Request) -> None:
    """Fill in what the bill says about a call."""
    metadata = body.get("metadata")
    call.model = question.model
    call.input_hash = question.hash
    call.summary = question.summary
    call.streamed = body.get("stream") is True
    call.metadata = metadata if isinstance(metadata, dict) and metadata else None
    named = (call.metadata or {}).get("agent") or (call.metadata or {}).get("agent_name")
    call.agent = str(request.headers.get("x-workshop-agent") or named or "")[:200] or None
