"""What both APIs share when an answer is written: ids, frames of a stream, and its beats."""

from __future__ import annotations

import re
import secrets
import string
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from openai import BaseModel

from workshop.gateway import usage
from workshop.gateway.api.body import Prepared
from workshop.practice.types import Reply, Text

MOST_DELTAS = 24
"""The most deltas into which a text is cut. A long report still streams visibly and takes few events."""

_ALPHABET = string.ascii_letters + string.digits


def short_id(prefix: str, length: int = 24) -> str:
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(length))


def long_id(prefix: str) -> str:
    return prefix + secrets.token_hex(24)


def dump(model: BaseModel) -> bytes:
    """Return a wire object as JSON, with the fields that were set."""
    return model.model_dump_json(by_alias=True, exclude_unset=True).encode()


class Enough(Exception):
    """A stream that breaks off here."""


class Pen:
    """The writer of a stream's deltas. It stops after `most` characters."""

    def __init__(self, most: int | None = None) -> None:
        self._left = most

    def deltas(self, text: str) -> Iterator[str]:
        """Cut a text into pieces of whole words. Raise `Enough` where the stream breaks off."""
        words = re.findall(r"\s*\S+|\s+$", text)
        size = max(1, -(-len(words) // MOST_DELTAS))
        for start in range(0, len(words), size):
            delta = "".join(words[start : start + size])
            if self._left is not None and len(delta) > self._left:
                if self._left:
                    yield delta[: self._left]
                raise Enough
            yield delta
            if self._left is not None:
                self._left -= len(delta)


def trimmed(reply: Reply, max_tokens: int | None) -> tuple[Reply, bool]:
    """Return the reply, cut to at most `max_tokens`, and whether it was cut. Only texts are cut."""
    if max_tokens is None or usage.reply_tokens(reply) <= max_tokens:
        return reply, False
    left = max_tokens * usage.CHARACTERS_PER_TOKEN
    parts = []
    cut = False
    for part in reply.parts:
        if isinstance(part, Text):
            if len(part.text) > left:
                cut = True
                part = _first(part, left)
            left -= len(part.text)
        parts.append(part)
    return Reply(tuple(parts)), cut


def stopped(reply: Reply, stop: Sequence[str]) -> Reply:
    """Return the reply, each of its texts cut before the first of the stop sequences in it."""
    if not stop:
        return reply
    ends = re.compile("|".join(map(re.escape, stop)))
    return Reply(
        tuple(
            _ended(part, ends.search(part.text)) if isinstance(part, Text) else part for part in reply.parts
        )
    )


def _ended(part: Text, end: re.Match[str] | None) -> Text:
    return part if end is None else _first(part, end.start())


def _first(part: Text, characters: int) -> Text:
    """Return the beginning of a text, with the citations that are in it."""
    citations = tuple(citation for citation in part.citations if citation.end <= characters)
    return replace(part, text=part.text[:characters], citations=citations)


class Answer(ABC):
    """The practice model's reply to one request, in the wire format of one API."""

    def __init__(self, prepared: Prepared, reply: Reply, input_tokens: int, cached_tokens: int = 0) -> None:
        self.prepared = prepared
        self.reply, self.cut = trimmed(stopped(reply, prepared.stop), prepared.max_tokens)
        self.cached_tokens = cached_tokens
        self.receipt = self.new_receipt()
        self.input_tokens = input_tokens
        self.output_tokens = usage.reply_tokens(self.reply)

    @staticmethod
    @abstractmethod
    def new_receipt() -> str:
        """Return a new id for an answer."""

    @property
    @abstractmethod
    def whole(self) -> bytes:
        """The JSON body of an answer that is not streamed."""

    @abstractmethod
    def frames(self, pen: Pen) -> Iterable[tuple[bytes, bool]]:
        """Return the frames of the streamed answer, each with whether it is a delta that `pen` wrote."""

    def stored_items(self) -> list[dict[str, Any]] | None:
        """Return input and output in wire format, for a later call that continues it; None if none can."""
        return None

    def beats(self, most: int | None = None) -> list[bytes]:
        """Cut the streamed answer before each delta: the first beat opens the stream, the last one ends it.

        With `most`, the stream breaks off after that many characters.
        """
        beats = [bytearray()]
        with suppress(Enough):
            for frame, is_delta in self.frames(Pen(most)):
                if is_delta:
                    beats.append(bytearray())
                beats[-1] += frame
        return [bytes(beat) for beat in beats]
