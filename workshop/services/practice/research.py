"""Web search in the library (being built)."""

from __future__ import annotations

from workshop.services.practice.conversation import Conversation
from workshop.services.practice.types import Reply


def web_search(conversation: Conversation) -> Reply | None:
    return None
