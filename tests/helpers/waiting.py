"""Waiting in a test until something is true."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def until(
    holds: Callable[[], Found], seconds: float = 10.0, seen: Callable[[], object] | None = None
) -> Found:
    """Ask again until the answer is true, and return it. When the time is over, fail with what `seen` says."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, f"not true within {seconds:g} s: {seen() if seen else found}"
        time.sleep(0.02)
    return found
