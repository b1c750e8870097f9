"""What can be read in a history by somebody who has no key."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.api.history.v1 import HistoryEvent

_PLAIN = (b"binary/null", b"json/")
_LONG, _OFTEN, _ALIKE = 200, 0.06, 32
"""In 200 bytes of a cipher the most frequent one is some 2 %, in a text over 8 %. Two payloads beginning with
the same 32 bytes, their first words among them, were encrypted with one nonce.
"""
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="


def in_the_clear(events: Iterable[HistoryEvent], word: bytes, key: bytes) -> str:
    """Return where and how the word can be read without the key, or the key itself; empty if neither can."""
    for event in events:
        raw = event.SerializeToString()
        if key in raw or base64.b64encode(key) in raw:
            return f"the key is in event {event.event_id}"
        for how, data in _unpacked(raw):
            if word in data:
                return f"in event {event.event_id}, {how}"
    return ""


def merely_encoded(events: Iterable[HistoryEvent]) -> str:
    """Return what shows that payloads are not encrypted, or with one nonce; empty if nothing does."""
    seen: dict[bytes, tuple[int, bytes]] = {}
    for event in events:
        for payload in _payloads(event):
            data = _as_bytes(payload.data)
            if len(data) < _LONG:
                continue
            often = max(Counter(data).values()) / len(data)
            if often > _OFTEN:
                return f"in event {event.event_id} one byte is {often:.0%} of a payload, as in a text"
            number, other = seen.setdefault(data[:_ALIKE], (event.event_id, data))
            if other != data:
                return f"payloads of events {number} and {event.event_id} begin with the same {_ALIKE} bytes"
    return ""


def _payloads(message: Message) -> Iterator[Payload]:
    """Yield the encrypted payloads in a message, at any depth."""
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        repeated = (
            [value] if isinstance(value, Message) else value.values() if isinstance(value, Mapping) else value
        )
        for each in repeated:
            if isinstance(each, Payload):
                if not each.metadata.get("encoding", b"").startswith(_PLAIN):
                    yield each
            elif isinstance(each, Message):
                yield from _payloads(each)


def _as_bytes(data: bytes) -> bytes:
    """Return what hexadecimal digits or base64 stand for."""
    with suppress(ValueError):
        return bytes.fromhex(data.decode("ascii"))
    with suppress(ValueError):
        return base64.b64decode(data.translate(bytes.maketrans(b"-_", b"+/")), validate=True)
    return data


def _unpacked(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield what the bytes of an event say if nothing is encrypted in them."""
    yield "as it is", raw
    yield "backwards", raw[::-1]
    for start, byte in enumerate(raw):
        if byte == 0x78:  # how zlib's output begins
            with suppress(zlib.error):
                yield "compressed", zlib.decompressobj().decompress(raw[start:])
    letters = bytes(each for each in raw if each in _BASE64)
    for start in range(4):
        length = (len(letters) - start) // 4 * 4
        with suppress(binascii.Error):
            yield "in base64", base64.b64decode(letters[start : start + length].replace(b"=", b"A"))
