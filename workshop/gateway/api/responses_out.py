"""The practice model's reply as a Responses object, whole and streamed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from openai.types import responses as wire
from openai.types.responses.response import IncompleteDetails
from openai.types.responses.response_function_shell_tool_call import Action as ShellAction
from openai.types.responses.response_function_web_search import ActionSearch, ActionSearchSource
from openai.types.responses.response_output_text import AnnotationURLCitation
from openai.types.responses.response_reasoning_item import Summary
from openai.types.responses.response_usage import InputTokensDetails, OutputTokensDetails

from workshop.gateway import usage
from workshop.gateway.api import thoughts
from workshop.gateway.api.body import Prepared
from workshop.gateway.api.events import OutputItem, frame, item_events
from workshop.gateway.api.wire import Answer, Pen, dump, long_id, short_id
from workshop.practice.types import Call, Reply, Search, Text

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

    def __init__(self, prepared: Prepared, reply: Reply, input_tokens: int, cached_tokens: int = 0) -> None:
        super().__init__(prepared, reply, input_tokens, cached_tokens)
        self.created = time.time()
        wants_sources = "web_search_call.action.sources" in (prepared.body.get("include") or ())
        self.output = [
            _item(part, wants_sources, prepared.special.get(getattr(part, "name", "")))
            for part in self.reply.parts
        ]
        if self.cut:
            for item in self.output:
                if not isinstance(item, wire.ResponseCustomToolCall):
                    item.status = "incomplete"
        self.reasoning_tokens = 0
        if (prepared.body.get("reasoning") or {}).get("summary"):
            said = thoughts.summary(prepared.request, self.reply)
            self.output.insert(0, _reasoning(said))
            self.reasoning_tokens = usage.tokens(said)
            self.output_tokens += self.reasoning_tokens

    @staticmethod
    def new_receipt() -> str:
        return long_id("resp_")

    @cached_property
    def whole(self) -> bytes:
        return dump(self._closed(self._opened))

    def stored_items(self) -> list[dict[str, Any]]:
        """Return input and output in wire format, for a later `previous_response_id`."""
        return [*self.prepared.items, *(json.loads(dump(item)) for item in self.output)]

    def frames(self, pen: Pen) -> Iterator[tuple[bytes, bool]]:
        for number, event in enumerate(self._events(pen)):
            event.sequence_number = number
            yield frame(event), event.type.endswith(".delta")

    def _events(self, pen: Pen) -> Iterator[Any]:
        """Yield the events of the stream. Their numbers are set later."""
        opened = self._opened
        yield wire.ResponseCreatedEvent(type="response.created", response=opened, sequence_number=0)
        yield wire.ResponseInProgressEvent(type="response.in_progress", response=opened, sequence_number=0)
        for index, item in enumerate(self.output):
            yield from item_events(index, item, pen)
        closed = self._closed(opened)
        if self.cut:
            yield wire.ResponseIncompleteEvent(type="response.incomplete", response=closed, sequence_number=0)
        else:
            yield wire.ResponseCompletedEvent(type="response.completed", response=closed, sequence_number=0)

    @cached_property
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
            **_conversation(body),
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
            input_tokens_details=InputTokensDetails(cached_tokens=self.cached_tokens, cache_write_tokens=0),
            output_tokens=self.output_tokens,
            output_tokens_details=OutputTokensDetails(reasoning_tokens=self.reasoning_tokens),
            total_tokens=self.input_tokens + self.output_tokens,
        )


def _conversation(body: dict[str, Any]) -> dict[str, Any]:
    given = body.get("conversation")
    return (
        {}
        if given is None
        else {"conversation": {"id": given if isinstance(given, str) else given.get("id")}}
    )


def _item(part: Text | Call | Search, wants_sources: bool, special: str | None) -> OutputItem:
    match part:
        case Text():
            return wire.ResponseOutputMessage(
                id=long_id("msg_"),
                type="message",
                status="completed",
                role="assistant",
                content=[_text(part)],
            )
        case Call() if special == "shell":
            commands = [str(command) for command in part.arguments.get("commands") or ()]
            return wire.ResponseFunctionShellToolCall(
                id=long_id("sh_"),
                type="shell_call",
                status="completed",
                call_id=short_id("call_"),
                action=ShellAction(commands=commands, timeout_ms=None, max_output_length=None),
            )
        case Call() if special == "custom":
            return wire.ResponseCustomToolCall(
                id=long_id("ctc_"),
                type="custom_tool_call",
                call_id=short_id("call_"),
                name=part.name,
                input=str(part.arguments.get("input", "")),
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


def _reasoning(said: str) -> wire.ResponseReasoningItem:
    summary = [Summary(type="summary_text", text=said)]
    return wire.ResponseReasoningItem(
        id=long_id("rs_"), type="reasoning", summary=summary, status="completed"
    )
