"""What a JSON object should hold when a request asks for one without a schema: what the text says of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from workshop.practice.types import Message, OutputSchema, Reply, Request, Text

MOST_BRACES = 200
"""In how many places of a text an object may begin: each is tried, and texts of others may be all braces."""

_EXAMPLE = re.compile(r"\{[^{}]*\}")
_STANDS_FOR = re.compile(r"(?<=[:\[,{])\s*(\.{3}|…|<[^<>\n]*>|[A-Za-z][\w |/]*)\s*(?=[,}\]])")
"""What stands for a value without being one: `{"name": ..., "age": <number>}`."""
_OPTIONS = re.compile(r"\s*[|/]\s*|,?\s+or\s+|,\s*")
_TYPES = (
    (re.compile(r"(?i)(?:an? )?(?:number|integer|int|float|decimal)"), "number"),
    (re.compile(r"(?i)true or false|true/false|true\|false|yes or no|(?:an? )?bool(?:ean)?"), "boolean"),
    (re.compile(r"(?i)(?:an? )?(?:list|array)(?: of .*)?"), "array"),
    (re.compile(r"(?i)(?:an? )?(?:string|text|str)|"), "string"),
)
"""What is said of a value in words."""
_NULL = re.compile(r"(?i)\bnull\b")
_NAMED = re.compile(
    r"\b(?:keys?|fields?|property|properties|attributes?)\b[ :]+(?:named |called |are |is )?([^.:;\n]+)", re.I
)
_WITH = re.compile(
    r"\bJSON(?: object)?,? (?:with|containing|of|that (?:has|holds|contains))\b ([^.:;\n]+)", re.I
)
_END = re.compile(r"\s+(?:for|from|out|of|as|about|on|in|to|at|by)\b(?![^()]*\)).*", re.I | re.S)
"""What follows the names: "keys city and nights for this request"."""
_ARTICLE = re.compile(r"(?:the|an?|his|her|its|their)\s+", re.I)
_WORD = re.compile(r"[\"'`]?([A-Za-z_]\w*)[\"'`]?(?:\s*\(([^)]*)\))?")
_SENTENCE = re.compile(r"(?<=[.!?:])\s+|\n+")
_NUMBERS = {"age", "amount", "count", "number", "price", "quantity", "score", "temperature", "total", "year"}
"""Names of what is always a number; of others the practice model looks whether the text counts them."""


def with_schema(request: Request) -> Request | None:
    """Return a request with the schema that its texts give: in full, by an example, or by the names of keys.
    None if they give none. What speaks of the form alone is taken out, since it is not what the answer is about.
    """
    texts = [request.instructions, *(item.text for item in request.items if isinstance(item, Message))]
    null = any(_NULL.search(text) for text in texts)
    for text in reversed(texts):
        found = _in_full(text) or _by_example(text, null=null) or _by_name(text, null=null)
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


def _by_example(text: str, *, null: bool) -> dict[str, Any] | None:
    """Return the schema of the first object in a text that is a template."""
    for whole in (text, _STANDS_FOR.sub(lambda match: json.dumps(match[1]), text)):
        for _, _, example in _objects(whole):
            if example:
                return _like(example, null=null)
    return None


def _like(example: Any, *, null: bool) -> dict[str, Any]:
    """Return the schema of values that look like an example. `null`: they may be null."""
    if isinstance(example, dict):
        parts = {key: _named(key, each, null=null) for key, each in example.items()}
        return {"type": "object", "properties": parts, "required": [*parts]}
    if isinstance(example, list):
        return {"type": "array", "items": _like(next(iter(example), ""), null=False)}
    kind = "boolean" if isinstance(example, bool) else "number" if isinstance(example, int | float) else ""
    schema = {"type": kind} if kind else _told(example or "")
    return {"anyOf": [schema, {"type": "null"}]} if null or example is None else schema


def _named(key: str, example: Any, *, null: bool) -> dict[str, Any]:
    number = not (example or _NUMBERS.isdisjoint(key.lower().split("_")))
    return _like(0 if number else example, null=null)


def _told(said: str) -> dict[str, Any]:
    """Return the schema of a value of which a text says its type, its options or what it is."""
    plain = said.strip(" <>.…")
    kind = next((kind for shape, kind in _TYPES if shape.fullmatch(plain)), "")
    if kind:
        return {"type": kind, **({"items": {"type": "string"}} if kind == "array" else {})}
    options = _OPTIONS.split(plain)
    if len(options) > 1 and all(re.fullmatch(r"[\w-]+(?: [\w-]+)?", each) for each in options):
        return {"type": "string", "enum": options}
    return {"type": "string", "description": plain}


def _by_name(text: str, *, null: bool) -> dict[str, Any] | None:
    found = _NAMED.search(text) or _WITH.search(text)
    listed = _END.sub("", found[1].replace(", please", "")) if found else ""
    parts = re.split(r"(?:,|\band\b)(?![^()]*\))", listed)
    keys = {
        key[1]: key[2] or ""
        for part in parts
        if (key := _WORD.fullmatch(_ARTICLE.sub("", part.strip(), count=1)))
    }
    if found and (found.re is _NAMED or len(keys) > 1):  # "JSON with recipes" names no key
        return _like(keys, null=null) if keys else None
    return None
