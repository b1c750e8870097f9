"""The thread of the practice model: one request after the other, each for a limited time."""

from __future__ import annotations

import asyncio
import ctypes
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from workshop.gateway.errors import ApiError

T = TypeVar("T")

LONGEST_S = 20
"""How long the practice model may think about one request, in seconds: a hundred times as long as it does."""
STUCK_S = LONGEST_S + 5
"""After how many seconds a request that can't be interrupted counts as stuck: nothing is answered then."""


class TooLong(BaseException):
    """Thrown into the thread when a request takes too long. No `except Exception` may catch it on its way."""


class Thinking:
    """A single thread: the practice model need not be thread-safe."""

    def __init__(self, longest_s: int = LONGEST_S) -> None:
        self._longest_s = longest_s
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="practice")
        self._lock = threading.Lock()
        self._ident = 0
        self._current: object = None
        self.seconds = 0
        """How long the current request has been thought about."""

    @property
    def is_stuck(self) -> bool:
        return self.seconds >= self._longest_s + STUCK_S - LONGEST_S

    @property
    def why(self) -> str:
        """What to know of a thread that is stuck; empty if it isn't."""
        said = f"the practice model has been at one request for {self.seconds} s, and every other call waits for it"
        return said if self.is_stuck else ""

    def submit(self, job: Callable[[], Any]) -> Future[Any]:
        """Run a job in the thread, for as long as it takes."""
        return self._thread.submit(job)

    async def run(self, job: Callable[[], T]) -> T:
        """Return what a job returns. Raise `ApiError` if it takes too long."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._limited, job)

    async def watch(self) -> None:
        """Interrupt what takes too long, until cancelled.

        Seconds are counted as they come: a laptop that slept, or a paused process, has not been thinking.
        """
        seen: object = None
        while True:
            await asyncio.sleep(1)
            self.seconds = self.seconds + 1 if seen is not None and seen is self._current else 0
            seen = self._current
            if self.seconds >= self._longest_s:
                self._interrupt(seen)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _limited(self, job: Callable[[], T]) -> T:
        self._ident, self._current = threading.get_ident(), object()
        try:
            return job()
        except TooLong:
            raise ApiError(
                f"The practice model gave up on this request after {self._longest_s} s. It may have an output or a "
                "tool whose schema is very large, or a very long text. Make it smaller and send it again.",
                code="too_demanding",
            ) from None
        finally:
            self._end()

    def _end(self) -> None:
        while self._current is not None:
            try:
                with self._lock:
                    self._current = None
                    _throw(self._ident, None)
            except TooLong:  # it came at the last moment
                continue

    def _interrupt(self, wanted: object) -> None:
        with self._lock:
            if self._current is wanted and wanted is not None:
                _throw(self._ident, TooLong)


def _throw(thread: int, error: type[BaseException] | None) -> None:
    """Raise an error in a thread at its next step in Python; `None` takes back one that it has not met yet."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread), ctypes.py_object(error) if error else None
    )
