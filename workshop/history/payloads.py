"""The contents of an event's payloads: JSON values, and the input and answer of a model activity.

They are read as plain JSON rather than through a data converter, because a picture must also show a history
that another version of the plugin wrote.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure

from workshop.words import shorten

MODEL_ACTIVITIES = frozenset({"invoke_model_activity", "invoke_model_activity_streaming"})
PREVIEW = 160
FAILURE = 240


def value_of(payload: Payload) -> Any:
    """Return the payload's value if it is JSON; otherwise a short description in angle brackets."""
    encoding = payload.metadata.get("encoding", b"").decode(errors="replace")
    if encoding == "binary/null":
        return None
    if encoding.startswith("json/"):
        try:
            return json.loads(payload.data)
        except ValueError:
            pass
    return f"<{len(payload.data)} bytes, {encoding or 'no encoding given'}>"


def values_of(payloads: Iterable[Payload]) -> list[Any]:
    return [value_of(payload) for payload in payloads]


def text_of(value: Any, limit: int = PREVIEW) -> str:
    """Return a value as readable text on one line."""
    if isinstance(value, str):
        return shorten(value, limit)
    return shorten(json.dumps(value, ensure_ascii=False), limit)


def preview(payloads: Iterable[Payload]) -> str:
    """Return arguments or a result on one line."""
    return shorten(", ".join(text_of(value) for value in values_of(payloads)), PREVIEW)


def failure_text(failure: Failure) -> str:
    """Return a failure on one line: its type and message, without Temporal's wrappers."""
    while failure.HasField("cause") and (
        failure.HasField("activity_failure_info") or failure.HasField("child_workflow_execution_failure_info")
    ):
        failure = failure.cause
    if failure.HasField("timeout_failure_info"):
        return shorten(failure.message or "time-out", FAILURE)
    kind = failure.application_failure_info.type if failure.HasField("application_failure_info") else ""
    text = f"{kind}: {failure.message}" if kind else failure.message
    if kind == "APIStatusError" and failure.HasField("cause"):
        text += f" ({failure.cause.message})"
    return shorten(text or "no message", FAILURE)


def is_timeout(failure: Failure) -> bool:
    """Return whether the server, not the code, ended the attempt."""
    return failure.HasField("timeout_failure_info")


@dataclass(frozen=True)
class Answer:
    """What a model activity returned."""

    receipt: str | None
    calls: tuple[str, ...]
    handoffs: tuple[str, ...]
    text: str


def handoff_targets(model_input: Any) -> dict[str, str]:
    """Map tool names to agent names for the handoffs offered in a model activity's input."""
    if not isinstance(model_input, Mapping):
        return {}
    offers = model_input.get("handoffs") or ()
    return {
        str(o["tool_name"]): str(o["agent_name"])
        for o in offers
        if isinstance(o, Mapping) and "tool_name" in o
    }


def model_question(model_input: Any) -> str:
    """Return the last thing that the model was given: the user's words or a tool's output."""
    if not isinstance(model_input, Mapping):
        return text_of(model_input)
    given = model_input.get("input", "")
    if isinstance(given, list) and given:
        last = given[-1]
        given = last.get("output") or last.get("content") or last if isinstance(last, Mapping) else last
    return text_of(given)


def model_answer(result: Any, targets: Mapping[str, str]) -> Answer:
    """Read the receipt, tool calls, handoffs, and text from a model activity's result, streamed or not."""
    receipt: Any = None
    output: Iterable[Any] = ()
    if isinstance(result, Mapping):
        receipt, output = result.get("response_id"), result.get("output") or ()
    elif isinstance(result, list):  # the events of a streamed answer; the last one holds it all
        for event in result:
            response = event.get("response") if isinstance(event, Mapping) else None
            if isinstance(response, Mapping):
                receipt, output = response.get("id"), response.get("output") or ()
    items = [item for item in output if isinstance(item, Mapping)]
    called = [str(item.get("name")) for item in items if item.get("type") == "function_call"]
    handoffs = tuple(
        targets.get(name, name) for name in called if name in targets or name.startswith("transfer_to_")
    )
    calls = tuple(name for name in called if name not in targets and not name.startswith("transfer_to_"))
    said = [
        f"calls {item.get('name')}({item.get('arguments')})"
        for item in items
        if item.get("type") == "function_call"
    ]
    for item in items:
        said += [str(part.get("text", "")) for part in item.get("content") or () if isinstance(part, Mapping)]
    return Answer(str(receipt) if receipt else None, calls, handoffs, shorten(" · ".join(said), PREVIEW))
