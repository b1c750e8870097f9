"""The practice model's reply as a chat completion and as the chunks of its stream."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Literal

from openai import BaseModel
from openai.types import CompletionUsage, chat
from openai.types.chat.chat_completion import Choice
from openai.types.chat.chat_completion_chunk import Choice as ChunkChoice
from openai.types.chat.chat_completion_chunk import ChoiceDelta, ChoiceDeltaToolCall
from openai.types.chat.chat_completion_message import Annotation, AnnotationURLCitation
from openai.types.chat.chat_completion_message_custom_tool_call import (
    ChatCompletionMessageCustomToolCall,
    Custom,
)
from openai.types.chat.chat_completion_message_function_tool_call import (
    ChatCompletionMessageFunctionToolCall,
    Function,
)
from openai.types.completion_usage import CompletionTokensDetails, PromptTokensDetails

from workshop.gateway.api.body import Prepared
from workshop.gateway.api.wire import Answer, Pen, dump, short_id
from workshop.practice.types import Call, Reply, Text

DONE = b"data: [DONE]\n\n"
_FINGERPRINT = "fp_practice"

ToolCall = ChatCompletionMessageFunctionToolCall | ChatCompletionMessageCustomToolCall
FinishReason = Literal["stop", "length", "tool_calls"]


class ChatAnswer(Answer):
    """An answer to `POST /v1/chat/completions`. A chat message holds one text, so several are joined."""

    def __init__(self, prepared: Prepared, reply: Reply, input_tokens: int, cached_tokens: int = 0) -> None:
        super().__init__(prepared, reply, input_tokens, cached_tokens)
        self.created = int(time.time())
        self.choices = prepared.body.get("n") or 1
        self.output_tokens *= self.choices
        self.text, self.annotations = _joined([part for part in self.reply.parts if isinstance(part, Text)])
        called = [part for part in self.reply.parts if isinstance(part, Call)]
        special = prepared.special
        self.calls = [[_call(part, part.name in special) for part in called] for _ in range(self.choices)]
        self.finish: FinishReason = "length" if self.cut else "tool_calls" if called else "stop"

    @staticmethod
    def new_receipt() -> str:
        return short_id("chatcmpl-", 29)

    @cached_property
    def whole(self) -> bytes:
        return dump(
            chat.ChatCompletion(
                id=self.receipt,
                object="chat.completion",
                created=self.created,
                model=self.prepared.body["model"],
                choices=[
                    Choice(
                        index=index, finish_reason=self.finish, logprobs=None, message=self._message(index)
                    )
                    for index in range(self.choices)
                ],
                usage=self._usage(),
                service_tier="default",
                system_fingerprint=_FINGERPRINT,
            )
        )

    def frames(self, pen: Pen) -> Iterator[tuple[bytes, bool]]:
        for index in range(self.choices):
            yield (
                self._chunk(
                    index, ChoiceDelta(role="assistant", content="" if self.text else None, refusal=None)
                ),
                False,
            )
            for delta in pen.deltas(self.text or ""):
                yield self._chunk(index, ChoiceDelta(content=delta)), True
            for position, call in enumerate(self.calls[index]):
                for part, is_delta in _call_deltas(position, call, pen):
                    yield self._chunk(index, ChoiceDelta(tool_calls=[part])), is_delta
            last = ChoiceDelta()
            if self.annotations:
                # The type of a delta has no annotations, but the service sends them with the last delta.
                last = ChoiceDelta.construct(annotations=[note.model_dump() for note in self.annotations])
            yield self._chunk(index, last, self.finish), False
        if (self.prepared.body.get("stream_options") or {}).get("include_usage"):
            yield _frame(self._chunk_object([], self._usage())), False
        yield DONE, False

    def _message(self, index: int) -> chat.ChatCompletionMessage:
        message = chat.ChatCompletionMessage(
            role="assistant", content=self.text, refusal=None, annotations=self.annotations
        )
        if self.calls[index]:
            message.tool_calls = [*self.calls[index]]
        return message

    def _chunk(self, index: int, delta: ChoiceDelta, finish: FinishReason | None = None) -> bytes:
        choice = ChunkChoice(index=index, delta=delta, finish_reason=finish, logprobs=None)
        return _frame(self._chunk_object([choice], None))

    def _chunk_object(
        self, choices: list[ChunkChoice], usage: CompletionUsage | None
    ) -> chat.ChatCompletionChunk:
        chunk = chat.ChatCompletionChunk(
            id=self.receipt,
            object="chat.completion.chunk",
            created=self.created,
            model=self.prepared.body["model"],
            choices=choices,
            service_tier="default",
            system_fingerprint=_FINGERPRINT,
        )
        if (self.prepared.body.get("stream_options") or {}).get("include_usage"):
            chunk.usage = usage
        return chunk

    def _usage(self) -> CompletionUsage:
        return CompletionUsage(
            prompt_tokens=self.input_tokens,
            completion_tokens=self.output_tokens,
            total_tokens=self.input_tokens + self.output_tokens,
            prompt_tokens_details=PromptTokensDetails(cached_tokens=self.cached_tokens, audio_tokens=0),
            completion_tokens_details=CompletionTokensDetails(
                reasoning_tokens=0, audio_tokens=0, accepted_prediction_tokens=0, rejected_prediction_tokens=0
            ),
        )


def _call(part: Call, is_custom: bool) -> ToolCall:
    if is_custom:
        given = Custom(name=part.name, input=str(part.arguments.get("input", "")))
        return ChatCompletionMessageCustomToolCall(id=short_id("call_"), type="custom", custom=given)
    arguments = json.dumps(dict(part.arguments), ensure_ascii=False, separators=(",", ":"))
    return ChatCompletionMessageFunctionToolCall(
        id=short_id("call_"), type="function", function=Function(name=part.name, arguments=arguments)
    )


def _call_deltas(position: int, call: ToolCall, pen: Pen) -> Iterator[tuple[ChoiceDeltaToolCall, bool]]:
    """Yield a call in parts. The type of a delta knows no custom tools, but the service streams them so."""
    if isinstance(call, ChatCompletionMessageCustomToolCall):
        head: dict[str, Any] = {
            "id": call.id,
            "type": "custom",
            "custom": {"name": call.custom.name, "input": ""},
        }
        text, key, body = call.custom.input, "custom", "input"
    else:
        head = {"id": call.id, "type": "function", "function": {"name": call.function.name, "arguments": ""}}
        text, key, body = call.function.arguments, "function", "arguments"
    yield ChoiceDeltaToolCall.construct(index=position, **head), False
    for delta in pen.deltas(text):
        more: dict[str, Any] = {"index": position, key: {body: delta}}
        yield ChoiceDeltaToolCall.construct(**more), True


def _joined(texts: list[Text]) -> tuple[str | None, list[Annotation]]:
    """Join several texts into one and shift the spans of their citations."""
    if not texts:
        return None, []
    whole = ""
    annotations = []
    for part in texts:
        whole += "\n\n" if whole else ""
        for citation in part.citations:
            span = AnnotationURLCitation(
                start_index=len(whole) + citation.start,
                end_index=len(whole) + citation.end,
                url=citation.url,
                title=citation.title,
            )
            annotations.append(Annotation(type="url_citation", url_citation=span))
        whole += part.text
    return whole, annotations


def _frame(chunk: BaseModel) -> bytes:
    return b"data: " + dump(chunk) + b"\n\n"
