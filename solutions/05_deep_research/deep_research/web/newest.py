"""A value that changes, for those who wait for its changes."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """Holds the newest value. Who is slow to look misses those in between, and never piles them up."""

    def __init__(self, value: T) -> None:
        self.value = value
        self._changed = asyncio.Event()

    def set(self, value: T) -> None:
        if value != self.value:
            self.value = value
            self._changed.set()
            self._changed = asyncio.Event()

    async def until(self, fits: Callable[[T], bool]) -> T:
        """Wait for a value that fits, and return it."""
        while not fits(self.value):
            await self._changed.wait()
        return self.value

    async def after(self, seen: T) -> T:
        """Wait for a value other than the one that the caller has seen."""
        return await self.until(lambda value: value != seen)
