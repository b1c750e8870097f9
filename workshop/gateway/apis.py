"""OpenAI's two calls to a model: how each is named, read and answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from workshop.gateway.api import chat_in, responses_in
from workshop.gateway.api.body import Prepared
from workshop.gateway.api.chat_out import ChatAnswer
from workshop.gateway.api.responses_out import ResponsesAnswer
from workshop.gateway.api.wire import Answer


@dataclass(frozen=True)
class Api:
    """One of the two calls."""

    name: str
    """Its name in the bill."""
    read: Callable[[dict[str, Any], Sequence[Any]], Prepared]
    """Reads a body, with the items of the conversation that it continues. Raises `ApiError`."""
    answer: type[Answer]


RESPONSES = Api("responses", responses_in.prepare, ResponsesAnswer)
CHAT = Api("chat.completions", lambda body, before: chat_in.prepare(body), ChatAnswer)
