"""What a JSON object should hold when a request asks for one without a schema: what the text says of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from workshop.practice.types import Message, OutputSchema, Reply, Request, Text

MOST_BRACES = 200
"""In how many places of a text an object may begin: each is tried, and texts of others may be all braces."""

_EXAMPLE = re.compile(r"\{[^{}]*\}")
_KEY = re.compile(r"[\"'](\w+)[\"']\s*:\s*([^,}]*)")
_NAMED = re.compile(
    r"\b(?:keys?|fields?|property|properties|attributes?)\b[ :]+(?:named |called |are |is )?([^.:;\n]+)", re.I
)
_WITH = re.compile(
    r"\bJSON(?: object)?,? (?:with|containing|of|that (?:has|holds|contains))\b ([^.:;\n]+)", re.I
)
_END = re.compile(r"\s+(?:for|from|out|of|as|about|on|in|to|at|by)\b.*", re.I | re.S)
"""What follows the names: "keys city and nights for this request"."""
_ARTICLE = re.compile(r"(?:the|an?|his|her|its|their)\s+", re.I)
_WORD = re.compile(r"[\"'`]?([A-Za-z_]\w*)[\"'`]?(?:\s*\([^)]*\))?")
_SENTENCE = re.compile(r"(?<=[.!?:])\s+|\n+")
_NUMBERS = {"age", "amount", "count", "number", "price", "quantity", "score", "temperature", "total", "year"}
"""Names of what is always a number; of others the practice model looks whether the text counts them."""


def with_schema(request: Request) -> Request | None:
    """Return a request with the schema that its texts give: in full, by an example, or by the names of keys.
    None if they give none. What speaks of the form alone is taken out, since it is not what the answer is about.
    """
    texts = [request.instructions, *(item.text for item in request.items if isinstance(item, Message))]
    for text in reversed(texts):
        found = _in_full(text) or _of(_by_example(text)) or _of(_by_name(text))
        if found is not None:
            items = tuple(
                replace(item, text=_content(item.text)) if isinstance(item, Message) else item
                for item in request.items
            )
            schema = OutputSchema("json_object", found)
            return replace(
                request, instructions=_content(request.instructions), items=items, output_schema=schema
            )
    return None


def wrapped(reply: Reply) -> Reply:
    """Return a reply whose texts are objects: what the text says, under `answer`."""
    parts = [
        replace(part, text=json.dumps({"answer": part.text}, ensure_ascii=False), citations=())
        if isinstance(part, Text)
        else part
        for part in reply.parts
    ]
    return Reply(tuple(parts))


def _content(text: str) -> str:
    """Return a text without objects, and without sentences about JSON, unless that is all it says."""
    for start, end, _ in reversed([*_objects(text)]):
        text = text[:start] + text[end:]
    kept = [part for part in _SENTENCE.split(_EXAMPLE.sub("", text)) if "json" not in part.lower()]
    return " ".join(kept).strip() or text


def _objects(text: str) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Yield the JSON objects in a text, with where they begin and end."""
    decoder = json.JSONDecoder()
    at = text.find("{")
    for _ in range(MOST_BRACES):
        if at < 0:
            return
        try:
            found, end = decoder.raw_decode(text, at)
            yield at, end, found
        except (ValueError, RecursionError):
            end = at + 1
        at = text.find("{", end)


def _in_full(text: str) -> dict[str, Any] | None:
    """Return a JSON Schema found in a text."""
    for _, _, found in _objects(text):
        if isinstance(found.get("properties"), dict) and found["properties"]:
            return {"type": "object", **found}
    return None


def _by_example(text: str) -> Iterator[tuple[str, bool]]:
    for example in _EXAMPLE.findall(text):
        for key, value in _KEY.findall(example):
            yield key, bool(re.fullmatch(r"\s*-?\d+(\.\d+)?\s*|\s*<?(number|int|integer|float)>?\s*", value))


def _by_name(text: str) -> Iterator[tuple[str, bool]]:
    found = _NAMED.search(text) or _WITH.search(text)
    listed = _END.sub("", found[1].replace(", please", "")) if found else ""
    parts = re.split(r",|\band\b", listed)
    keys = [key[1] for part in parts if (key := _WORD.fullmatch(_ARTICLE.sub("", part.strip(), count=1)))]
    if found and (found.re is _NAMED or len(keys) > 1):  # "JSON with recipes" names no key
        yield from ((key, False) for key in keys)


def _of(keys: Iterable[tuple[str, bool]]) -> dict[str, Any] | None:
    types = {
        key: "number" if is_number or not _NUMBERS.isdisjoint(key.lower().split("_")) else "string"
        for key, is_number in keys
    }
    if not types:
        return None
    return {
        "type": "object",
        "properties": {key: {"type": kind} for key, kind in types.items()},
        "required": [*types],
    }
