"""Stored responses, conversations, the size of a prompt and compaction, with the real client."""

from __future__ import annotations

import base64
import json
import sqlite3
import zlib
from pathlib import Path
from typing import Any

import openai
import pytest
from gateway_servers import GatewayProcess

NO_METADATA: Any = {}


def test_a_stored_response_is_returned_as_it_was(client: openai.OpenAI) -> None:
    for streamed in (False, True):
        made: Any = client.responses.create(model="m", input="one", metadata={"a": "b"}, stream=streamed)
        response = list(made)[-1].response if streamed else made
        again = client.responses.retrieve(response.id)
        assert again.model_dump() == response.model_dump()
        assert again.output_text == "|one" and again.status == "completed"


def test_input_items_of_a_response_are_the_conversation_up_to_it(client: openai.OpenAI) -> None:
    first = client.responses.create(model="m", input="one")
    said: Any = [{"role": "user", "content": [{"type": "input_text", "text": "two"}]}]
    second = client.responses.create(model="m", input=said, previous_response_id=first.id)
    page = client.responses.input_items.list(second.id, order="asc")
    items: Any = list(page)
    assert [item.role for item in items] == ["user", "assistant", "user"]
    assert [item.content[0].text for item in items] == ["one", "|one", "two"]
    assert len({item.id for item in items}) == 3
    newest = client.responses.input_items.list(second.id, limit=1)
    assert newest.data == [items[-1]] and newest.has_more
    assert list(newest) == items[::-1], "it pages to the end"


def test_a_deleted_response_is_gone_and_those_that_continued_it_go_on(client: openai.OpenAI) -> None:
    first = client.responses.create(model="m", input="one")
    second = client.responses.create(model="m", input="two", previous_response_id=first.id)
    client.responses.delete(first.id)
    for call in (client.responses.retrieve, client.responses.delete, client.responses.input_items.list):
        with pytest.raises(openai.NotFoundError, match=f"Response with id '{first.id}' not found"):
            call(first.id)
    with pytest.raises(openai.BadRequestError, match="not found"):
        client.responses.create(model="m", input="x", previous_response_id=first.id)
    third = client.responses.create(model="m", input="three", previous_response_id=second.id)
    assert third.output_text == "|one||one|two||one||one|two|three"


@pytest.mark.parametrize("id", ["resp_none", "a b", "resp_%00", "ü", "'; DROP TABLE responses; --"])
def test_an_unknown_response_is_not_found(client: openai.OpenAI, id: str) -> None:
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(id)
    with pytest.raises(openai.NotFoundError):
        client.responses.cancel(id)


def test_a_response_that_is_not_stored_cannot_be_had_nor_one_be_canceled(client: openai.OpenAI) -> None:
    response = client.responses.create(model="m", input="one", store=False)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(response.id)
    with pytest.raises(openai.BadRequestError, match="synchronous"):
        client.responses.cancel(client.responses.create(model="m", input="one").id)


def test_a_conversation_is_kept_by_the_endpoint(client: openai.OpenAI) -> None:
    made = client.conversations.create(metadata={"topic": "x"}, items=[{"role": "user", "content": "zero"}])
    assert made.id.startswith("conv_") and made.metadata == {"topic": "x"}
    first = client.responses.create(model="m", input="one", conversation=made.id)
    assert first.output_text == "|zero|one"
    assert first.conversation is not None and first.conversation.id == made.id
    events = list(
        client.responses.create(
            model="m", input="two", conversation={"id": made.id}, stream=True, store=False
        )
    )
    assert events[-1].type == "response.completed"
    items: Any = list(client.conversations.items.list(made.id, order="asc"))
    assert [item.role for item in items] == ["user", "user", "assistant", "user", "assistant"]
    assert items[-1].content[0].text == "|zero|one||zero|one|two"
    assert client.conversations.items.retrieve(items[1].id, conversation_id=made.id) == items[1]
    client.conversations.items.delete(items[0].id, conversation_id=made.id)
    added = client.conversations.items.create(made.id, items=[{"role": "user", "content": "three"}])
    assert [item.id for item in added.data] == [added.first_id] and not added.has_more
    assert len(list(client.conversations.items.list(made.id, limit=2))) == 5
    assert client.conversations.update(made.id, metadata={"topic": "y"}).metadata == {"topic": "y"}
    assert client.conversations.retrieve(made.id).metadata == {"topic": "y"}
    assert client.conversations.delete(made.id).deleted
    for ask in (
        lambda: client.conversations.retrieve(made.id),
        lambda: client.conversations.items.list(made.id),
        lambda: client.responses.create(model="m", input="x", conversation=made.id),
    ):
        with pytest.raises(openai.NotFoundError):
            ask()


def test_items_as_a_client_dumps_them_get_an_id(client: openai.OpenAI) -> None:
    """Clients send `null` where they have nothing."""
    said: Any = [
        {"role": "user", "content": "one", "id": None, "status": None},
        {"role": "user", "content": "two", "id": 5},
    ]
    made = client.conversations.create(items=said)
    response = client.responses.create(model="m", input=said, conversation=made.id)
    listed = [*client.conversations.items.list(made.id), *client.responses.input_items.list(response.id)]
    assert len(listed) == 7 and all(str(item.id).startswith("msg_") for item in listed)


def test_what_a_failed_or_broken_call_said_is_not_in_the_conversation(
    scripted: GatewayProcess, client: openai.OpenAI
) -> None:
    made = client.conversations.create()
    for kind in ("server_error", "disconnect"):
        scripted.fault(kind, times=1)
        with pytest.raises(openai.APIError):
            client.responses.create(model="m", input="one", conversation=made.id)
    assert list(client.conversations.items.list(made.id)) == []


@pytest.mark.parametrize(
    ("method", "path", "body", "says"),
    [
        ("POST", "conversations", {"items": "x"}, "items"),
        ("POST", "conversations", {"items": [1]}, "items[0]"),
        ("POST", "conversations", {"items": [{"role": "user"}]}, "items[0].content"),
        ("POST", "conversations", {"items": [{"role": "user", "content": "x"}] * 21}, "items"),
        ("POST", "conversations", {"metadata": {"a": 1}}, "metadata.a"),
        ("POST", "conversations", [1], None),
        ("POST", "conversations/{}", {}, "metadata"),
        ("POST", "conversations/{}/items", {}, "items"),
        ("GET", "conversations/{}/items?limit=0", None, "limit"),
        ("GET", "conversations/{}/items?limit=9999999999999999999999", None, "limit"),
        ("GET", "conversations/{}/items?limit=²", None, "limit"),
        ("GET", "conversations/{}/items?order=up", None, "order"),
        ("POST", "responses", {"model": "m", "input": "x", "conversation": 5}, "conversation"),
        ("POST", "responses", {"model": "m", "input": "x", "conversation": {"id": 5}}, "conversation.id"),
        (
            "POST",
            "responses",
            {"model": "m", "input": "x", "conversation": "{}", "previous_response_id": "y"},
            "previous_response_id",
        ),
    ],
)
def test_a_mistake_is_named(
    scripted: GatewayProcess, client: openai.OpenAI, method: str, path: str, body: Any, says: str | None
) -> None:
    id = client.conversations.create(metadata=NO_METADATA).id
    sent = json.loads(json.dumps(body).replace("{}", id)) if isinstance(body, dict) and body else body
    answer = scripted.http.request(
        method, f"/v1/{path.replace('{}', id)}", json=sent, headers={"authorization": "Bearer practice"}
    )
    assert answer.status_code == 400, answer.text
    assert (answer.json()["error"]["param"] or "").startswith(says or "")


def test_the_size_of_a_prompt_is_what_the_call_is_charged_for(client: openai.OpenAI) -> None:
    first = client.responses.create(model="m", input="one " * 50)
    for more in ({}, {"previous_response_id": first.id}, {"instructions": "Be kind."}):
        asked: Any = {"model": "m", "input": "two", **more}
        counted = client.responses.input_tokens.count(**asked)
        usage = client.responses.create(**asked).usage
        assert usage is not None and counted.input_tokens == usage.input_tokens
    longer = client.responses.input_tokens.count(model="m", input="two", previous_response_id=first.id)
    assert longer.input_tokens > 100, "what was said before is read again"


def test_a_compacted_conversation_is_shorter_in_items_and_complete(client: openai.OpenAI) -> None:
    said: Any = [
        {"role": "developer", "content": "D"},
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "two"},
        {"role": "user", "content": "three"},
    ]
    whole = client.responses.create(model="m", input=[*said, {"role": "user", "content": "four"}]).output_text
    compacted = client.responses.compact(model="m", input=said)
    kinds = [item.type for item in compacted.output]
    assert kinds == ["message", "message", "compaction"] and compacted.usage.total_tokens > 0
    output: Any = [item.model_dump(exclude_none=True, warnings=False) for item in compacted.output]
    again = client.responses.create(model="m", input=[*output, {"role": "user", "content": "four"}])
    assert again.output_text == whole
    twice = client.responses.compact(model="m", input=[*output, {"role": "user", "content": "four"}])
    more: Any = [item.model_dump(exclude_none=True, warnings=False) for item in twice.output]
    assert client.responses.create(model="m", input=more).output_text == whole
    first = client.responses.create(model="m", input="one")
    by_id = client.responses.compact(model="m", previous_response_id=first.id)
    assert [item.type for item in by_id.output] == ["message", "compaction"]


@pytest.mark.parametrize(
    "packed",
    [
        "",
        "not base64",
        base64.b64encode(b"not packed").decode(),
        base64.b64encode(zlib.compress(b'{"no": "list"}')).decode(),
        base64.b64encode(zlib.compress(b"[1, 2]")).decode(),
        base64.b64encode(zlib.compress(b"[" * 100_000)).decode(),
        base64.b64encode(zlib.compress(b" " * 200_000_000)).decode(),
        5,
    ],
    ids=range(8),
)
def test_an_item_that_was_not_packed_here_is_refused(scripted: GatewayProcess, packed: Any) -> None:
    item = {"type": "compaction", "id": "cmp_1", "encrypted_content": packed}
    answer = scripted.post("responses", {"model": "m", "input": [item]})
    assert answer.status_code == 400 and "encrypted content" in answer.json()["error"]["message"]


def test_responses_and_conversations_survive_a_kill_and_an_older_file(tmp_path: Path) -> None:
    gateway = GatewayProcess(tmp_path, script="scripted_gateway.py")
    try:
        with openai.OpenAI(base_url=gateway.url, api_key="practice", max_retries=0) as client:
            first = client.responses.create(model="m", input="one")
            made = client.conversations.create(items=[{"role": "user", "content": "zero"}])
            client.responses.create(model="m", input="one", conversation=made.id)
            assert len(list(client.conversations.items.list(made.id))) == 3, "it is on the disk"
            gateway.kill()
            gateway.start()
            assert client.responses.retrieve(first.id).output_text == "|one"
            assert len(list(client.conversations.items.list(made.id))) == 3
            gateway.stop()
            with sqlite3.connect(tmp_path / ".lab" / "bill.sqlite") as db:
                for column in ("response", "deleted"):
                    db.execute(f"ALTER TABLE responses DROP COLUMN {column}")
            gateway.start()
            second = client.responses.create(model="m", input="two", previous_response_id=first.id)
            assert second.output_text == "|one||one|two"
            with pytest.raises(openai.NotFoundError):
                client.responses.retrieve(first.id)
    finally:
        gateway.stop()
