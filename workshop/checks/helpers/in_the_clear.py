"""What can be read in a history by somebody who has no key."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress

from temporalio.api.history.v1 import HistoryEvent

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
