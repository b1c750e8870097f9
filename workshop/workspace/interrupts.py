"""A signal handler that makes ■ stop a cell at once, whether the cell waits or blocks.

For a cell with `await`, ipykernel (7.4) turns the interrupt into a callback on the event loop, but does not
wake the loop, which may sleep for as long as the cell does. And while the cell itself blocks the loop, the
callback never runs.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from types import FrameType
from typing import Any


class Interrupts:
    """The handler of a cell's interrupts while it runs. Afterwards ipykernel puts its own handler back."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._stopped = False
        shell.set_custom_exc((KeyboardInterrupt, asyncio.CancelledError), self._show)

    def _show(
        self, shell: Any, kind: type[BaseException], error: Any, trace: Any, tb_offset: int | None = None
    ) -> None:
        """Say in one line that a cell was stopped. A traceback would help nobody."""
        if self._stopped or kind is KeyboardInterrupt:
            error._render_traceback_ = lambda: ["This cell was stopped."]
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)

    def before(self, info: Any) -> None:
        """Begin handling a cell's interrupts, in the cell's task."""
        self._stopped = False
        kernels = signal.getsignal(signal.SIGINT)
        if threading.current_thread() is not threading.main_thread() or not callable(kernels):
            return
        if kernels is signal.default_int_handler:  # a cell without `await` is interrupted like any program
            return
        loop, cell = asyncio.get_running_loop(), asyncio.current_task()

        def stop(number: int, frame: FrameType | None) -> None:
            if asyncio.current_task(loop) is cell and _is_in(self._shell.user_global_ns, frame):
                raise KeyboardInterrupt
            self._stopped = True
            kernels(number, frame)
            loop.call_soon_threadsafe(lambda: None)

        signal.signal(signal.SIGINT, stop)

    def after(self, result: Any) -> None:
        """Do nothing: ipykernel restores its handler."""


def _is_in(namespace: dict[str, Any], frame: FrameType | None) -> bool:
    """Return whether a cell's own code is on the stack: outside it, an exception would end the kernel."""
    while frame is not None and frame.f_globals is not namespace:
        frame = frame.f_back
    return frame is not None
