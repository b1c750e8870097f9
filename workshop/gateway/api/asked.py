"""What a request's body asks, found before anybody checks it: for bill, faults and price."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from workshop.gateway.errors import ApiError

SUMMARY_CHARACTERS = 80

_OFFERS = ("tools", "text", "response_format")
_CONTINUES = ("previous_response_id", "conversation")
_ASKED = ("model", *_OFFERS, "tool_choice", *_CONTINUES, "instructions", "input", "messages")
"""The parameters that make two questions the same."""
_LABELS = {"type", "role", "id", "call_id", "tool_call_id", "status"}


@dataclass(frozen=True)
class Asked:
    """What a body asks. Nothing in it need be valid."""

    model: str
    hash: str
    """The same for the same question: model, instructions, input, tools, and output schema."""
    offers: str
    """Tools and output schema, as the provider puts them before the conversation."""
    instructions: str
    said: tuple[str, ...]
    """The texts of the conversation, without the names of the wire format."""
    summary: str
    """The start of the instructions and of the last user message or tool output, for pictures and the bill."""

    def match_text(self) -> str:
        """Return the text in which a fault's `match` is searched."""
        return "\n".join((self.model, self.instructions, *self.said))

    def prompt(self, before: Iterable[str] = ()) -> str:
        """Return all that the model reads, in the order in which it reads it: `before` is what was said in the
        conversation that this body continues.
        """
        return "".join((self.offers, self.instructions, *before, *self.said))


def parse(raw: bytes) -> dict[str, Any]:
    """Return the JSON object in a body. Raise `ApiError` if there is none."""

    def refuse(constant: str) -> Any:
        raise ValueError(f"{constant} is not JSON")

    try:
        body = json.loads(raw, parse_constant=refuse)
        json.dumps(body, ensure_ascii=False).encode()  # half of a surrogate pair is not text
    except (ValueError, RecursionError):
        raise ApiError(
            "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP "
            "library correctly. The API expects a JSON payload, but what was sent was not valid JSON.)"
        ) from None
    if not isinstance(body, dict):
        raise ApiError("The JSON body of your request is not an object.")
    return body


def read(body: dict[str, Any]) -> Asked:
    """Read what a body asks."""
    parts = {name: _canonical(body[name]) for name in _ASKED if body.get(name) is not None}
    model = str(body.get("model") or "")[:200]
    told = " ".join(strings(body.get("instructions")))
    start = told
    texts: list[str] = []
    last = ""
    conversation = body.get("input", body.get("messages"))
    for item in conversation if isinstance(conversation, list) else [conversation]:
        text = [*strings(item)]
        texts += text
        if isinstance(item, str):
            last = item
        elif isinstance(item, dict):
            if item.get("role") in ("system", "developer"):
                start = start or " ".join(text)
            elif item.get("role") == "user":
                last = " ".join(text)
            elif item.get("role") == "tool" or item.get("type") == "function_call_output":
                last = f"tool: {' '.join(text)}"
    return Asked(
        model=model,
        hash=_hash(parts),
        offers="".join(parts.get(name, "") for name in _OFFERS),
        instructions=told,
        said=tuple(texts),
        summary=" | ".join(_short(part) for part in (start, last) if part.strip()),
    )


def _hash(parts: dict[str, str]) -> str:
    named = "".join(f"{name} {len(part)} {part}" for name, part in parts.items())
    return hashlib.sha256(named.encode()).hexdigest()[:32]


def strings(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value except the ids and type names of the wire format."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in _LABELS:
                yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def _canonical(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= SUMMARY_CHARACTERS else text[: SUMMARY_CHARACTERS - 1] + "…"
