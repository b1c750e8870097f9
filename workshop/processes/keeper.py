"""The keeper: a helper process that starts a notebook's worker processes and ends them with the notebook.

A kernel starts one keeper (`python -B -m workshop.processes.keeper`) and talks to it in JSON lines over two
pipes. The keeper

- imports the SDKs once and opens no client, so on Linux a worker takes only a fork (0.2 s), not an import
  (2.5 s). Elsewhere it starts a fresh interpreter: forking a process that has loaded system frameworks is not
  safe on macOS;
- runs in a session of its own, and so do the workers, and descends from no kernel: interrupting a notebook
  cell does not reach them;
- sees its standard input end when the kernel is gone, for whatever reason, and then ends its workers.

Requests: ``{"op": "start", "file", "args", "folder", "env", "log"}`` answers ``{"pid", "created", "born"}``;
``{"op": "exit_code", "pid"}`` answers ``{"exit_code": int | null}``, null while the process runs;
``{"op": "deaths"}`` answers ``{"deaths": [[epoch seconds, pid], …]}``: when a signal ended which process.
What fails answers ``{"error": str}``.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import random
import runpy
import select
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path
from typing import Any, NoReturn

import psutil

from workshop.processes.record import born

CAN_FORK = sys.platform == "linux"
PRELOAD = (
    *("temporalio.client", "temporalio.worker", "agents", "temporalio.openai_agents", "httpx", "dotenv"),
    # What the first model call of a process imports: nearly half a second, in which a worker answers nobody.
    *("openai.resources.responses", "openai.lib.streaming.responses", "httpcore2", "truststore", "h11"),
    "anyio._backends._asyncio",
)
GRACE_S = 3.0
"""How long workers may take to stop by themselves once their notebook is gone, in seconds."""


def _become(request: dict[str, Any]) -> NoReturn:
    """Turn the forked child into the requested program. Never return."""
    exit_code = 0
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with Path(request["log"]).open("ab") as log, Path(os.devnull).open("rb") as nothing:
            os.dup2(nothing.fileno(), 0)
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a killed process flushes nothing
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["env"])
        random.seed()  # a fork inherits the parent's random state
        sys.argv = [request["file"], *request["args"]]
        own, folder = Path(request["file"]).parent, Path(request["folder"])
        # as `python FILE` does; a check's helper comes from elsewhere and imports what the learner wrote
        sys.path.insert(0, str(own if own.is_relative_to(folder) else folder))
        runpy.run_path(request["file"], run_name="__main__")
    except SystemExit as stop:
        exit_code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except KeyboardInterrupt:
        exit_code = 130
    except BaseException:  # the child's log is the only place where anything can still be said
        traceback.print_exc()
        exit_code = 1
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    # Skip the interpreter's shutdown: the Temporal SDK's threads can abort the process there (sdk-python
    # issue 300).
    os._exit(exit_code)


class Keeper:
    """The processes that one notebook has started."""

    def __init__(self) -> None:
        self._exit_codes: dict[int, int | None] = {}
        self._popen: dict[int, subprocess.Popen[bytes]] = {}
        self.deaths: list[tuple[float, int]] = []

    def start(self, request: dict[str, Any]) -> dict[str, Any]:
        # A stale .pyc can hide an edit made within the same second: read none of the lesson's own, write
        # none.
        for parent, folders, names in os.walk(request["folder"]):
            # uv's .venv is not the lesson's own
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in names if Path(parent).name == "__pycache__" else ():
                Path(parent, name).unlink(missing_ok=True)
        if CAN_FORK:
            sys.stdout.flush()
            sys.stderr.flush()
            pid = os.fork()
            if pid == 0:
                _become(request)
        else:
            with Path(request["log"]).open("ab") as log:
                process = subprocess.Popen(
                    [sys.executable, "-B", "-u", request["file"], *request["args"]],
                    cwd=request["folder"],
                    env=request["env"],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            pid = process.pid
            self._popen[pid] = process
        self._exit_codes[pid] = None
        started = psutil.Process(pid)
        return {"pid": pid, "created": started.create_time(), "born": born(started)}

    def exit_code(self, pid: int) -> int | None:
        """Return the exit code of a process started here; negative for a signal; None while it runs."""
        if self._exit_codes.get(pid) is None and pid in self._exit_codes:
            if process := self._popen.get(pid):
                self._exit_codes[pid] = process.poll()
            else:
                ended, status = os.waitpid(pid, os.WNOHANG)
                if ended:
                    self._exit_codes[pid] = os.waitstatus_to_exitcode(status)
            if (code := self._exit_codes[pid]) is not None and code < 0:
                self.deaths.append((time.time(), pid))
        return self._exit_codes.get(pid)

    def running(self) -> list[int]:
        return [pid for pid in self._exit_codes if self.exit_code(pid) is None]

    def end_all(self) -> None:
        """Ask every process to stop, wait `GRACE_S`, then kill what is left."""
        for pid in self.running():
            os.kill(pid, signal.SIGINT)
            os.kill(pid, signal.SIGCONT)  # a paused one would hear nothing
        deadline = time.monotonic() + GRACE_S
        while self.running() and time.monotonic() < deadline:
            time.sleep(0.05)
        for pid in self.running():
            os.kill(pid, signal.SIGKILL)


def answer(keeper: Keeper, request: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to a request, or what failed: the other workers still need their keeper."""
    try:
        match request["op"]:
            case "start":
                return keeper.start(request)
            case "exit_code":
                return {"exit_code": keeper.exit_code(request["pid"])}
            case _:
                return {"deaths": keeper.deaths}
    except Exception as error:
        traceback.print_exc()
        return {"error": f"{type(error).__name__}: {error}"}


def main() -> None:
    """Serve requests until standard input closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # an import leaves no garbage: looking for some takes a sixth of its time
    for module in PRELOAD if CAN_FORK else ():
        importlib.import_module(module)
    gc.freeze()  # imports stay: a worker's collector need not look at them, and their pages stay shared
    gc.enable()
    # A child's end wakes the loop below at once: the time of a death is known to the millisecond.
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    keeper = Keeper()
    try:
        _serve(keeper, woken)
    finally:
        keeper.end_all()


def _serve(keeper: Keeper, woken: int) -> None:
    """Answer requests until standard input closes. `woken`: a pipe to be read when a child has ended."""
    pending = b""
    while True:
        readable, _, _ = select.select([0, woken], [], [], 1.0)
        if woken in readable:
            os.read(woken, 4096)
        keeper.running()  # reaps what has ended: a crashed worker must not stay a zombie
        if 0 not in readable:
            continue
        chunk = os.read(0, 65536)
        if not chunk:
            return
        *lines, pending = (pending + chunk).split(b"\n")
        for line in lines:
            os.write(1, json.dumps(answer(keeper, json.loads(line))).encode() + b"\n")


if __name__ == "__main__":
    main()
