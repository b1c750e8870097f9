"""The prompt cache: how much of a prompt this endpoint has read before, as the provider counts it.

Source: OpenAI's guide to prompt caching. A prompt of 1,024 tokens or more is cached, in steps of 128 tokens;
only the same beginning counts, and it is forgotten after some minutes without use.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator

from workshop.gateway.usage import CHARACTERS_PER_TOKEN

LEAST = 1_024
STEP = 128
"""The shortest prompt that is cached, and by how much its length grows, in tokens."""
KEEP_S = 600.0
MOST_STEPS = 20_000
"""How much is remembered: about 2.5 million tokens of prompts."""


class PromptCache:
    """The beginnings of prompts. Calls must come from one thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: OrderedDict[bytes, float] = OrderedDict()

    def read(self, model: str, prompt: str) -> int:
        """Return how many tokens of a prompt were read before, and remember the whole of it."""
        cached, now, known = 0, self._clock(), True
        for tokens, beginning in _beginnings(model, prompt):
            known = known and now - self._seen.get(beginning, -KEEP_S) < KEEP_S
            cached = tokens if known else cached
            self._seen[beginning] = now
            self._seen.move_to_end(beginning)
        while len(self._seen) > MOST_STEPS:
            self._seen.popitem(last=False)
        return cached


def _beginnings(model: str, prompt: str) -> Iterator[tuple[int, bytes]]:
    """Yield each length that can be cached, in tokens, with a digest of the prompt up to there."""
    digest = hashlib.sha256(model.encode())
    size = LEAST * CHARACTERS_PER_TOKEN
    start = 0
    while start + size <= len(prompt):
        digest.update(prompt[start : start + size].encode())
        start, size = start + size, STEP * CHARACTERS_PER_TOKEN
        yield start // CHARACTERS_PER_TOKEN, digest.copy().digest()[:16]
