"""The items of a conversation as they are kept: each with an id, and a whole conversation packed into one."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable
from typing import Any

from workshop.gateway.api.wire import long_id
from workshop.gateway.errors import ApiError

MOST_BYTES = 16 * 1024 * 1024
"""How large a packed conversation may become again, in bytes."""

Items = list[dict[str, Any]]

_PREFIX = {
    "message": "msg_",
    "function_call": "fc_",
    "function_call_output": "fco_",
    "custom_tool_call": "ctc_",
}


def kept(item: dict[str, Any]) -> dict[str, Any]:
    """Return an input item in the form in which it is kept: with an id, and a message with its parts."""
    kind = item.get("type", "message")
    id = item["id"] if isinstance(item.get("id"), str) else long_id(_PREFIX.get(kind, "item_"))
    full = {"status": "completed", **item, "id": id, "type": kind}
    if kind == "message" and isinstance(item.get("content"), str):
        said = item["role"] == "assistant"
        part = {"type": "output_text" if said else "input_text", "text": item["content"]}
        full["content"] = [{**part, "annotations": [], "logprobs": []} if said else part]
    return full


def pack(items: Items) -> dict[str, Any]:
    """Return one item that holds a whole conversation."""
    packed = base64.b64encode(zlib.compress(json.dumps(items).encode())).decode()
    return {"id": long_id("cmp_"), "type": "compaction", "encrypted_content": packed}


def unpack(items: Iterable[dict[str, Any]]) -> Items:
    """Return a conversation unpacked. A packed item replaces all before it but instructions."""
    found: Items = []
    for item in items:
        if item.get("type") == "compaction":
            found = [one for one in found if one.get("role") in ("system", "developer")] + _unpacked(item)
        else:
            found.append(item)
    return found


def _unpacked(item: dict[str, Any]) -> Items:
    try:
        opened = zlib.decompressobj()
        data = opened.decompress(base64.b64decode(item["encrypted_content"], validate=True), MOST_BYTES)
        items = json.loads(data) if opened.eof else None
    except (KeyError, TypeError, ValueError, zlib.error, RecursionError):
        items = None
    if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
        raise ApiError(
            f"The encrypted content for item {item.get('id')} could not be verified. It must come from this endpoint, as it was.",
            param="input",
            code="invalid_encrypted_content",
        )
    return items
