"""Structured output (being built)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workshop.services.practice.conversation import Conversation
from workshop.services.practice.types import Reply


def instance(schema: Mapping[str, Any], conversation: Conversation) -> Any:
    return {}


def reply(conversation: Conversation) -> Reply | None:
    return None
