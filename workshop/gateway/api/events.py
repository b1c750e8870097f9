"""The events in which the items of a streamed response arrive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from openai import BaseModel
from openai.types import responses as wire
from openai.types.responses import response_reasoning_summary_part_added_event as added
from openai.types.responses import response_reasoning_summary_part_done_event as done
from openai.types.responses.response_output_text_annotation_added_event import (
    AnnotationURLCitation as AddedCitation,
)

from workshop.gateway.api.wire import Pen, dump

OutputItem = (
    wire.ResponseOutputMessage
    | wire.ResponseFunctionToolCall
    | wire.ResponseCustomToolCall
    | wire.ResponseFunctionShellToolCall
    | wire.ResponseFunctionWebSearch
    | wire.ResponseReasoningItem
)


def frame(event: BaseModel) -> bytes:
    """Return an event as a server-sent event."""
    name: str = getattr(event, "type")  # noqa: B009  # every event has a type; their common base class has none
    return b"event: " + name.encode() + b"\ndata: " + dump(event) + b"\n\n"


def item_events(index: int, item: OutputItem, pen: Pen) -> Iterator[BaseModel]:
    """Yield the events of one output item. Their numbers are set later."""
    opened = item.model_copy(update={"status": "in_progress"})
    match item:
        case wire.ResponseOutputMessage():
            middle = _message_events(index, item, pen)
            opened = item.model_copy(update={"status": "in_progress", "content": []})
        case wire.ResponseFunctionToolCall():
            middle = _call_events(index, item, pen)
            opened = item.model_copy(update={"status": "in_progress", "arguments": ""})
        case wire.ResponseCustomToolCall():
            middle = _custom_events(index, item, pen)
            opened = item.model_copy(update={"input": ""})
        case wire.ResponseReasoningItem():
            middle = _reasoning_events(index, item, pen)
            opened = item.model_copy(update={"status": "in_progress", "summary": []})
        case wire.ResponseFunctionShellToolCall():
            middle = iter(())
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


def _custom_events(index: int, item: wire.ResponseCustomToolCall, pen: Pen) -> Iterator[BaseModel]:
    where: dict[str, Any] = {"item_id": item.id or "", "output_index": index, "sequence_number": 0}
    for delta in pen.deltas(item.input):
        yield wire.ResponseCustomToolCallInputDeltaEvent(
            type="response.custom_tool_call_input.delta", delta=delta, **where
        )
    yield wire.ResponseCustomToolCallInputDoneEvent(
        type="response.custom_tool_call_input.done", input=item.input, **where
    )


def _reasoning_events(index: int, item: wire.ResponseReasoningItem, pen: Pen) -> Iterator[BaseModel]:
    for number, part in enumerate(item.summary):
        where: dict[str, Any] = {
            "item_id": item.id,
            "output_index": index,
            "summary_index": number,
            "sequence_number": 0,
        }
        yield wire.ResponseReasoningSummaryPartAddedEvent(
            type="response.reasoning_summary_part.added",
            part=added.Part(type="summary_text", text=""),
            **where,
        )
        for delta in pen.deltas(part.text):
            yield wire.ResponseReasoningSummaryTextDeltaEvent(
                type="response.reasoning_summary_text.delta", delta=delta, **where
            )
        yield wire.ResponseReasoningSummaryTextDoneEvent(
            type="response.reasoning_summary_text.done", text=part.text, **where
        )
        yield wire.ResponseReasoningSummaryPartDoneEvent(
            type="response.reasoning_summary_part.done",
            part=done.Part(type="summary_text", text=part.text),
            **where,
        )


def _search_events(index: int, item: wire.ResponseFunctionWebSearch) -> Iterator[BaseModel]:
    where: dict[str, Any] = {"item_id": item.id, "output_index": index, "sequence_number": 0}
    yield wire.ResponseWebSearchCallInProgressEvent(type="response.web_search_call.in_progress", **where)
    yield wire.ResponseWebSearchCallSearchingEvent(type="response.web_search_call.searching", **where)
    yield wire.ResponseWebSearchCallCompletedEvent(type="response.web_search_call.completed", **where)
