"""The estimated tokens of a call, and its price.

The estimate is one token for every four characters, rounded up. A real tokenizer would have to fetch its
vocabulary from the network at run time, and the course needs a documented, repeatable figure rather than an
exact one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable

from workshop.config import Settings
from workshop.practice.types import Call, Reply, Search, Text

CHARACTERS_PER_TOKEN = 4


def tokens(text: str) -> int:
    """Return the estimated number of tokens in a text."""
    return characters_to_tokens(len(text))


def characters_to_tokens(count: int) -> int:
    """Return the estimated number of tokens in `count` characters."""
    return math.ceil(count / CHARACTERS_PER_TOKEN)


def reply_tokens(reply: Reply) -> int:
    """Return the estimated output tokens of a reply."""
    return max(1, tokens("".join(_said(reply))))


def price(settings: Settings, input_tokens: int, output_tokens: int) -> float:
    """Return the price of a call in US dollars."""
    return (
        input_tokens * settings.price_input_per_mtok + output_tokens * settings.price_output_per_mtok
    ) / 1_000_000


def _said(reply: Reply) -> Iterable[str]:
    for part in reply.parts:
        match part:
            case Text():
                yield part.text
            case Call():
                yield part.name + json.dumps(dict(part.arguments))
            case Search():
                yield part.query
