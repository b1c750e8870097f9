"""A real Jupyter kernel, driven as a front end does it: cells over the shell channel, clicks and displays as
comm messages.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any

from bench_instance import Bench
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from workshop.commands.lessons import socket_folder
from workshop.config import ROOT

LATE_S = 10
"""How long a cell that did not end gets to say where it was interrupted."""


@contextmanager
def kernel_of(bench: Bench, stderr: Path | None = None) -> Iterator[BlockingKernelClient]:
    """Start a kernel with these services and shut it down in good order at the end. `stderr`: the file for
    its last words.
    """
    folder = socket_folder()
    with (stderr or Path("/dev/null")).open("w") as errors:
        # TCP ports can be taken twice
        manager = KernelManager(kernel_name="python3", transport="ipc", ip=f"{folder}/socket")
        manager.start_kernel(env=bench.env, cwd=str(ROOT), stderr=errors)
        client = manager.client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=60)
            yield client
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=stderr is None)
            shutil.rmtree(folder)


def printed(client: BlockingKernelClient, message_id: str, stop_at: str = "") -> str:
    """Return what a cell prints until it is done, or until it has printed `stop_at`."""
    text, deadline = "", time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            message = client.get_iopub_msg(timeout=1)
        except Empty:
            continue
        if message["parent_header"].get("msg_id") != message_id:
            continue
        content = message["content"]
        assert message["msg_type"] != "error", content
        text += content.get("text", "") if message["msg_type"] == "stream" else ""
        if content.get("execution_state") == "idle" or (stop_at and stop_at in text):
            return text
    raise AssertionError(f"the cell did not end; it printed {text!r}")


def click(client: BlockingKernelClient, button: str) -> None:
    """Press a button, named by its model id."""
    _send(client, button, {"method": "custom", "content": {"event": "click"}})


def display(client: BlockingKernelClient, box: str) -> None:
    """Report a view of a widget, as a front end that counts views does."""
    _send(client, box, {"method": "update", "state": {"_view_count": 1}, "buffer_paths": []})


def _send(client: BlockingKernelClient, model: str, data: dict[str, Any]) -> None:
    client.shell_channel.send(client.session.msg("comm_msg", {"comm_id": model, "data": data}))


@dataclass(frozen=True)
class Ran:
    """The outcome of one cell. `error`: what it raised, or empty. `seconds`: the time to its end, counted
    from the interrupt if there was one.
    """

    printed: str
    error: str
    seconds: float


def run_cell(
    client: BlockingKernelClient, source: str, stop: str | float = "", timeout: float = 90, cell_id: str = ""
) -> Ran:
    """Execute a cell to its end. `stop`: interrupt it as ■ does once this has been printed, or after so many
    seconds.
    """
    request = client.session.msg(
        "execute_request", {"code": source, "store_history": True, "allow_stdin": False}
    )
    request["metadata"]["cellId"] = cell_id
    client.shell_channel.send(request)
    text, error, began, interrupted = "", "", time.monotonic(), 0.0
    late = False
    while time.monotonic() < began + timeout + LATE_S:
        late = late or time.monotonic() > began + timeout
        due = stop in text if isinstance(stop, str) else time.monotonic() > began + stop
        if (late or (stop and due)) and not interrupted:
            interrupted = time.monotonic()
            assert client.parent is not None
            client.parent.interrupt_kernel()
        try:
            message = client.get_iopub_msg(timeout=0.05)
        except Empty:
            continue
        if message["parent_header"].get("msg_id") != request["header"]["msg_id"]:
            continue
        content = message["content"]
        text += content.get("text", "") if message["msg_type"] == "stream" else ""
        error = content.get("ename", error)
        text += "\n".join(content.get("traceback", []))
        if content.get("execution_state") == "idle":
            assert not late, f"the cell had not ended after {timeout} s; it printed {text}"
            return Ran(text, error, time.monotonic() - (interrupted or began))
    raise AssertionError(f"the cell did not end; it printed {text!r}")
