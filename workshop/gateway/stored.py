"""The calls beside the model calls that the practice model answers too: stored responses, conversations, the
size of a prompt, and a conversation packed into one item.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any

from fastapi import Request

from workshop.gateway.api import asked, responses_in
from workshop.gateway.api.body import Metadata, read
from workshop.gateway.api.items import Items, kept, pack, unpack
from workshop.gateway.api.wire import long_id
from workshop.gateway.calls import Gateway, what_came_before
from workshop.gateway.errors import ApiError, missing, not_found, wrong_type, wrong_value
from workshop.gateway.usage import tokens

MOST_ITEMS = 20
"""How many items one call may add to a conversation."""
PAGE, LONGEST_PAGE = 20, 100

Json = dict[str, Any]
Call = Callable[..., Awaitable[Json]]

_CALLS: list[tuple[str, re.Pattern[str], Call]] = []


def _call(method: str, path: str) -> Callable[[Call], Call]:
    """Register what answers a call. Braces in the path are its arguments."""
    pattern = re.compile(path.replace("{}", "([^/]+)"))

    def register(answers: Call) -> Call:
        _CALLS.append((method, pattern, answers))
        return answers

    return register


async def answer(gateway: Gateway, request: Request, path: str) -> Json | None:
    """Answer a call, or return None if it is not one of these. Raises `ApiError`."""
    for method, pattern, answers in _CALLS:
        if request.method == method and (found := pattern.fullmatch(path)):
            return await answers(gateway, request, *found.groups())
    return None


@_call("POST", "responses/input_tokens")
async def _count(gateway: Gateway, request: Request) -> Json:
    body, before = await _asked(gateway, request)
    await gateway.thinking.run(partial(responses_in.prepare, body, before))
    prompt = asked.read(body).prompt(asked.strings(before))
    return {"object": "response.input_tokens", "input_tokens": max(1, tokens(prompt))}


@_call("POST", "responses/compact")
async def _compact(gateway: Gateway, request: Request) -> Json:
    body, before = await _asked(gateway, request)
    prepared = await gateway.thinking.run(partial(responses_in.prepare, body, before))
    items = unpack([*before, *prepared.items])
    packed = pack(items)
    read_, made = tokens(asked.read(body).prompt(asked.strings(before))), tokens(packed["encrypted_content"])
    return {
        "id": long_id("resp_"),
        "object": "response.compaction",
        "created_at": int(time.time()),
        "output": [*(item for item in items if item.get("role") == "user"), packed],
        "usage": {
            "input_tokens": read_,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": made,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": read_ + made,
        },
    }


@_call("GET", "responses/{}")
async def _response(gateway: Gateway, request: Request, id: str) -> Json:
    found = await gateway.memory.response(id)
    if found is None:
        raise not_found("Response", id)
    if request.query_params.get("stream") == "true":
        raise ApiError("Only a response that runs in the background can be streamed again.", param="stream")
    return found


@_call("DELETE", "responses/{}")
async def _delete_response(gateway: Gateway, request: Request, id: str) -> Json:
    if not await gateway.memory.forget(id):
        raise not_found("Response", id)
    return {"id": id, "object": "response", "deleted": True}


@_call("POST", "responses/{}/cancel")
async def _cancel(gateway: Gateway, request: Request, id: str) -> Json:
    await _response(gateway, request, id)
    raise ApiError("Cannot cancel a synchronous response.")


@_call("GET", "responses/{}/input_items")
async def _input_items(gateway: Gateway, request: Request, id: str) -> Json:
    response = await _response(gateway, request, id)
    items = await gateway.memory.recall(id) or []
    return _page(items[: len(items) - len(response["output"])], request)


@_call("POST", "conversations")
async def _open(gateway: Gateway, request: Request) -> Json:
    body = await _body(request)
    id, items = long_id("conv_"), _items(body)
    await gateway.memory.open(id, read(Metadata, body).metadata or {})
    gateway.memory.add(id, items)
    return await _conversation(gateway, request, id)


@_call("GET", "conversations/{}")
async def _conversation(gateway: Gateway, request: Request, id: str) -> Json:
    found = await gateway.memory.conversation(id)
    if found is None:
        raise not_found("Conversation", id)
    return found


@_call("POST", "conversations/{}")
async def _update(gateway: Gateway, request: Request, id: str) -> Json:
    await _conversation(gateway, request, id)
    body = await _body(request)
    if "metadata" not in body:
        raise missing("metadata")
    await gateway.memory.open(id, read(Metadata, body).metadata or {})
    return await _conversation(gateway, request, id)


@_call("DELETE", "conversations/{}")
async def _close(gateway: Gateway, request: Request, id: str) -> Json:
    await _conversation(gateway, request, id)
    await gateway.memory.close(id)
    return {"id": id, "object": "conversation.deleted", "deleted": True}


@_call("GET", "conversations/{}/items")
async def _list(gateway: Gateway, request: Request, id: str) -> Json:
    await _conversation(gateway, request, id)
    return _page(await gateway.memory.items(id), request)


@_call("POST", "conversations/{}/items")
async def _add(gateway: Gateway, request: Request, id: str) -> Json:
    await _conversation(gateway, request, id)
    body = await _body(request)
    if "items" not in body:
        raise missing("items")
    items = _items(body)
    gateway.memory.add(id, items)
    return _envelope(items, more=False)


@_call("GET", "conversations/{}/items/{}")
async def _item(gateway: Gateway, request: Request, id: str, item: str) -> Json:
    await _conversation(gateway, request, id)
    found = [one for one in await gateway.memory.items(id) if one["id"] == item]
    if not found:
        raise not_found("Item", item)
    return found[0]


@_call("DELETE", "conversations/{}/items/{}")
async def _drop(gateway: Gateway, request: Request, id: str, item: str) -> Json:
    conversation = await _conversation(gateway, request, id)
    if not await gateway.memory.drop(id, item):
        raise not_found("Item", item)
    return conversation


async def _body(request: Request) -> Json:
    raw = await request.body()
    return asked.parse(raw) if raw else {}


async def _asked(gateway: Gateway, request: Request) -> tuple[Json, Items]:
    body = await _body(request)
    return body, await what_came_before(gateway.memory, body)


def _items(body: Json) -> Items:
    """Return the items in a body as they are kept. Raise `ApiError` if there is anything wrong with them."""
    given = body.get("items") or []
    if not isinstance(given, list):
        raise wrong_type("items", "an array of objects", given)
    if len(given) > MOST_ITEMS:
        raise ApiError(
            f"Invalid 'items': array too long. Expected an array with maximum length {MOST_ITEMS}, but got an array with "
            f"length {len(given)} instead.",
            param="items",
            code="array_above_max_length",
        )
    for index, item in enumerate(given):
        if not isinstance(item, dict):
            raise wrong_type(f"items[{index}]", "an object", item)
    responses_in.read_items([], given, "items")
    return [kept(item) for item in given]


def _page(items: Items, request: Request) -> Json:
    """Return the part of a list that a query asks for: `order`, `after` and `limit`."""
    query = request.query_params
    order = query.get("order", "desc")
    if order not in ("asc", "desc"):
        raise wrong_value("order", order, ["asc", "desc"])
    limit = query.get("limit", str(PAGE))
    if not limit.isdecimal() or not 1 <= int(limit) <= LONGEST_PAGE:
        raise ApiError(
            f"Invalid 'limit': expected an integer from 1 to {LONGEST_PAGE}, but got '{limit[:20]}' instead.",
            param="limit",
            code="invalid_value",
        )
    ordered = items if order == "asc" else items[::-1]
    if (after := query.get("after")) is not None:
        ids = [item["id"] for item in ordered]
        if after not in ids:
            raise not_found("Item", after)
        ordered = ordered[ids.index(after) + 1 :]
    return _envelope(ordered[: int(limit)], more=len(ordered) > int(limit))


def _envelope(items: Iterable[Json], more: bool) -> Json:
    data = [*items]
    ends = (
        {"first_id": data[0]["id"], "last_id": data[-1]["id"]}
        if data
        else {"first_id": None, "last_id": None}
    )
    return {"object": "list", "data": data, "has_more": more, **ends}
