"""The practice model's reply as a Responses object and as the events of its stream."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

from openai import BaseModel
from openai.types import responses as wire
from openai.types.responses.response import IncompleteDetails
from openai.types.responses.response_function_web_search import ActionSearch, ActionSearchSource
from openai.types.responses.response_output_text import AnnotationURLCitation
from openai.types.responses.response_output_text_annotation_added_event import (
    AnnotationURLCitation as AddedCitation,
)
from openai.types.responses.response_usage import InputTokensDetails, OutputTokensDetails

from workshop.gateway.api.body import Prepared
from workshop.gateway.api.wire import Answer, Pen, dump, long_id, short_id
from workshop.practice.types import Call, Reply, Search, Text

OutputItem = wire.ResponseOutputMessage | wire.ResponseFunctionToolCall | wire.ResponseFunctionWebSearch

_ECHOED = (
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "previous_response_id",
    "prompt_cache_key",
    "reasoning",
    "safety_identifier",
    "service_tier",
    "temperature",
    "text",
    "tools",
    "top_p",
    "truncation",
    "user",
)
"""Parameters that the response object repeats."""

_DEFAULTS: dict[str, Any] = {
    "instructions": None,
    "max_output_tokens": None,
    "metadata": {},
    "previous_response_id": None,
    "reasoning": {"effort": None, "summary": None},
    "service_tier": "default",
    "temperature": 1.0,
    "text": {"format": {"type": "text"}},
    "tools": [],
    "top_p": 1.0,
    "truncation": "disabled",
    "user": None,
}


class ResponsesAnswer(Answer):
    """An answer to `POST /v1/responses`."""

    def __init__(self, prepared: Prepared, reply: Reply, input_tokens: int) -> None:
        super().__init__(prepared, reply, input_tokens)
        self.created = time.time()
        wants_sources = "web_search_call.action.sources" in (prepared.body.get("include") or ())
        self.output = [_item(part, wants_sources) for part in self.reply.parts]
        if self.cut:
            for item in self.output:
                item.status = "incomplete"

    @staticmethod
    def new_receipt() -> str:
        return long_id("resp_")

    def whole(self) -> bytes:
        return dump(self._closed(self._opened()))

    def stored_items(self) -> list[dict[str, Any]]:
        """Return input and output in wire format, for a later `previous_response_id`."""
        return [*self.prepared.items, *(json.loads(dump(item)) for item in self.output)]

    def frames(self, pen: Pen) -> Iterator[tuple[bytes, bool]]:
        for number, event in enumerate(self._events(pen)):
            event.sequence_number = number
            yield frame(event), event.type.endswith(".delta")

    def _events(self, pen: Pen) -> Iterator[Any]:
        """Yield the events of the stream. Their numbers are set later."""
        opened = self._opened()
        yield wire.ResponseCreatedEvent(type="response.created", response=opened, sequence_number=0)
        yield wire.ResponseInProgressEvent(type="response.in_progress", response=opened, sequence_number=0)
        for index, item in enumerate(self.output):
            yield from _item_events(index, item, pen)
        closed = self._closed(opened)
        if self.cut:
            yield wire.ResponseIncompleteEvent(type="response.incomplete", response=closed, sequence_number=0)
        else:
            yield wire.ResponseCompletedEvent(type="response.completed", response=closed, sequence_number=0)

    def _opened(self) -> wire.Response:
        """Return the response as it is at the start of its stream."""
        body = self.prepared.body
        values: dict[str, Any] = {
            "id": self.receipt,
            "object": "response",
            "created_at": int(self.created),
            "status": "in_progress",
            "background": False,
            "completed_at": None,
            "error": None,
            "incomplete_details": None,
            "model": body["model"],
            "output": [],
            "parallel_tool_calls": body.get("parallel_tool_calls") is not False,
            "store": body.get("store") is not False,
            "tool_choice": body.get("tool_choice") or "auto",
            "usage": None,
            **_DEFAULTS,
            **{name: body[name] for name in _ECHOED if body.get(name) is not None},
        }
        # `construct`, not the constructor: the echoed fields come from the client and need not be valid in
        # every detail.
        return wire.Response.construct(_fields_set=None, **values)

    def _closed(self, opened: wire.Response) -> wire.Response:
        """Return the response as it is at the end of its stream."""
        ended: dict[str, Any] = {"status": "completed", "completed_at": int(time.time())}
        if self.cut:
            reason = IncompleteDetails(reason="max_output_tokens")
            ended = {"status": "incomplete", "incomplete_details": reason}
        return opened.model_copy(update={**ended, "output": self.output, "usage": self._usage()})

    def _usage(self) -> wire.ResponseUsage:
        return wire.ResponseUsage(
            input_tokens=self.input_tokens,
            input_tokens_details=InputTokensDetails(cached_tokens=0, cache_write_tokens=0),
            output_tokens=self.output_tokens,
            output_tokens_details=OutputTokensDetails(reasoning_tokens=0),
            total_tokens=self.input_tokens + self.output_tokens,
        )


def frame(event: BaseModel) -> bytes:
    """Return an event as a server-sent event."""
    name: str = getattr(event, "type")  # noqa: B009  # every event has a type; their common base class has none
    return b"event: " + name.encode() + b"\ndata: " + dump(event) + b"\n\n"


def _item(part: Text | Call | Search, wants_sources: bool) -> OutputItem:
    match part:
        case Text():
            return wire.ResponseOutputMessage(
                id=long_id("msg_"),
                type="message",
                status="completed",
                role="assistant",
                content=[_text(part)],
            )
        case Call():
            return wire.ResponseFunctionToolCall(
                id=long_id("fc_"),
                type="function_call",
                status="completed",
                arguments=json.dumps(dict(part.arguments), ensure_ascii=False, separators=(",", ":")),
                call_id=short_id("call_"),
                name=part.name,
            )
        case Search():
            action = ActionSearch(type="search", query=part.query)
            if wants_sources:
                action.sources = [ActionSearchSource(type="url", url=url) for url in part.urls]
            return wire.ResponseFunctionWebSearch(
                id=long_id("ws_"), type="web_search_call", status="completed", action=action
            )


def _text(part: Text) -> wire.ResponseOutputText:
    annotations: list[Any] = [
        AnnotationURLCitation(
            type="url_citation",
            start_index=citation.start,
            end_index=citation.end,
            url=citation.url,
            title=citation.title,
        )
        for citation in part.citations
    ]
    return wire.ResponseOutputText(type="output_text", text=part.text, annotations=annotations, logprobs=[])


def _item_events(index: int, item: OutputItem, pen: Pen) -> Iterator[BaseModel]:
    """Yield the events of one output item. Their numbers are set later."""
    opened = item.model_copy(update={"status": "in_progress"})
    match item:
        case wire.ResponseOutputMessage():
            middle = _message_events(index, item, pen)
            opened = item.model_copy(update={"status": "in_progress", "content": []})
        case wire.ResponseFunctionToolCall():
            middle = _call_events(index, item, pen)
            opened = item.model_copy(update={"status": "in_progress", "arguments": ""})
        case wire.ResponseFunctionWebSearch():
            middle = _search_events(index, item)
    yield wire.ResponseOutputItemAddedEvent(
        type="response.output_item.added", item=opened, output_index=index, sequence_number=0
    )
    yield from middle
    yield wire.ResponseOutputItemDoneEvent(
        type="response.output_item.done", item=item, output_index=index, sequence_number=0
    )


def _message_events(index: int, item: wire.ResponseOutputMessage, pen: Pen) -> Iterator[BaseModel]:
    for position, content in enumerate(item.content):
        if not isinstance(content, wire.ResponseOutputText):
            continue
        where: dict[str, Any] = {
            "item_id": item.id,
            "output_index": index,
            "content_index": position,
            "sequence_number": 0,
        }
        empty = content.model_copy(update={"text": "", "annotations": []})
        yield wire.ResponseContentPartAddedEvent(type="response.content_part.added", part=empty, **where)
        for delta in pen.deltas(content.text):
            yield wire.ResponseTextDeltaEvent(
                type="response.output_text.delta", delta=delta, logprobs=[], **where
            )
        for number, annotation in enumerate(content.annotations):
            yield wire.ResponseOutputTextAnnotationAddedEvent(
                type="response.output_text.annotation.added",
                annotation=AddedCitation.model_validate(annotation.model_dump()),
                annotation_index=number,
                **where,
            )
        yield wire.ResponseTextDoneEvent(
            type="response.output_text.done", text=content.text, logprobs=[], **where
        )
        yield wire.ResponseContentPartDoneEvent(type="response.content_part.done", part=content, **where)


def _call_events(index: int, item: wire.ResponseFunctionToolCall, pen: Pen) -> Iterator[BaseModel]:
    where: dict[str, Any] = {"item_id": item.id or "", "output_index": index, "sequence_number": 0}
    for delta in pen.deltas(item.arguments):
        yield wire.ResponseFunctionCallArgumentsDeltaEvent(
            type="response.function_call_arguments.delta", delta=delta, **where
        )
    yield wire.ResponseFunctionCallArgumentsDoneEvent(
        type="response.function_call_arguments.done", arguments=item.arguments, **where
    )


def _search_events(index: int, item: wire.ResponseFunctionWebSearch) -> Iterator[BaseModel]:
    where: dict[str, Any] = {"item_id": item.id, "output_index": index, "sequence_number": 0}
    yield wire.ResponseWebSearchCallInProgressEvent(type="response.web_search_call.in_progress", **where)
    yield wire.ResponseWebSearchCallSearchingEvent(type="response.web_search_call.searching", **where)
    yield wire.ResponseWebSearchCallCompletedEvent(type="response.web_search_call.completed", **where)
