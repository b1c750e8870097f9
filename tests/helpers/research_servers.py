"""The application of stage 05 on a bench: a copy of its folder below the bench's home, its worker and web
server as processes.

    with research_app(bench) as app:              # both run
        httpx.get(f"{app.url}/api/health")
        app.worker.stop(signal.SIGKILL)
        app.worker.start()

The copy stands below the home so that the `.env` found from its folder upwards is the home's own.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from bench_instance import Bench
from forked import Forked
from waiting import until

from workshop.config import ROOT

STAGE = ROOT / "solutions" / "05_deep_research"


@dataclass
class Program:
    """A script of the application as a process. What it prints goes to `log`. `python`: what runs it; none: it
    is forked.
    """

    script: str
    folder: Path
    env: dict[str, str]
    ready: str
    python: tuple[str, ...] = ()
    process: Forked | subprocess.Popen[bytes] | None = None
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.log = self.folder / f"{self.script}.log"

    def start(self, within_s: float = 60.0) -> None:
        """Start it and wait until it says that it is ready."""
        assert not self.process, f"{self.script} runs already"
        from_here = self.log.stat().st_size if self.log.exists() else 0
        self.process = self._started()
        deadline = time.monotonic() + within_s
        while self.ready not in self.log.read_text()[from_here:]:
            assert self.process.poll() is None, self.log.read_text()[from_here:]
            assert time.monotonic() < deadline, f"{self.script} is not ready after {within_s} s"
            time.sleep(0.05)

    def _started(self) -> Forked | subprocess.Popen[bytes]:
        if not self.python:
            return Forked(self.script, folder=self.folder, env=self.env, out=self.log)
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*self.python, self.script],
                cwd=self.folder,
                env=self.env,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def stop(self, sent: signal.Signals = signal.SIGINT, within_s: float = 20.0) -> int:
        """Send a signal, wait for the end, and return the exit code."""
        assert self.process, f"{self.script} does not run"
        process, self.process = self.process, None
        try:
            os.killpg(process.pid, sent)
            return process.wait(within_s)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def kill(self) -> None:
        """End it as a crash does. Do nothing if it isn't running."""
        if self.process:
            self.stop(signal.SIGKILL)


@dataclass
class ResearchApp:
    """`url` is where the web server listens."""

    folder: Path
    url: str
    worker: Program
    server: Program

    def wait_until(self, healthy: bool = True, within_s: float = 20.0) -> None:
        """Wait until the web server's health says that all is there, or that something is missing."""

        def health() -> httpx.Response:
            return httpx.get(f"{self.url}/api/health", timeout=5)

        until(lambda: (health().status_code == 200) == healthy, within_s, lambda: health().text)


def copy_of_stage(bench: Bench, name: str = "research_app", **settings: object) -> Path:
    """Copy the application's folder below the home of the services. `settings` go into its own `.env`, which
    wins.
    """
    folder = bench.home / "my_work" / name
    shutil.rmtree(folder, ignore_errors=True)
    ignored = shutil.ignore_patterns("exercise", "__pycache__", ".venv", ".mypy_cache", ".ruff_cache")
    shutil.copytree(STAGE, folder, ignore=ignored)
    if settings:
        (folder / ".env").write_text("".join(f"{key.upper()}={value}\n" for key, value in settings.items()))
    return folder


@contextmanager
def research_app(
    bench: Bench,
    worker: bool = True,
    server: bool = True,
    name: str = "research_app",
    python: tuple[str, ...] = (),
) -> Iterator[ResearchApp]:
    """Start the application with these services and yield it when it is ready; end both processes
    afterwards.
    """
    folder = copy_of_stage(bench, name)
    port, env = bench.settings.research_app_port, bench.env
    app = ResearchApp(
        folder,
        f"http://127.0.0.1:{port}",
        Program("run_worker.py", folder, env, "Worker started on task queue: deep-research-queue", python),
        Program("run_server.py", folder, env, "Deep research: http", python),
    )
    try:
        for wanted, program in ((worker, app.worker), (server, app.server)):
            if wanted:
                program.start()
        if worker and server:
            app.wait_until(healthy=True)
        yield app
    finally:
        app.server.kill()
        app.worker.kill()


class Events:
    """A page that listens to a research. `heard` grows with each (event, data); `is_over` is set when the
    stream has ended.
    """

    def __init__(self, app: ResearchApp, session_id: str) -> None:
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.is_over = False
        self._client = httpx.Client(timeout=httpx.Timeout(10, read=60))
        self._url = f"{app.url}/api/events/{session_id}"
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        event = ""
        with suppress(httpx.HTTPError), self._client.stream("GET", self._url) as response:
            assert response.status_code == 200, response.read()
            self._socket = response.extensions["network_stream"].get_extra_info("socket")
            for line in response.iter_lines():
                name, _, value = line.partition(": ")
                if name == "event":
                    event = value
                elif name == "data":
                    self.heard.append((event, json.loads(value)))
        self.is_over = True

    @property
    def names(self) -> list[str]:
        return [event for event, _ in self.heard]

    @property
    def stages(self) -> list[str]:
        return [data["status"] for event, data in self.heard if event == "status"]

    def wait(self, fits: Callable[[Events], bool], within_s: float = 20.0) -> None:
        """Wait until what was heard fits."""
        deadline = time.monotonic() + within_s
        while not fits(self):
            assert time.monotonic() < deadline, (
                f"heard so far: {self.names}, {self.stages}, {self.heard[-1:]}"
            )
            time.sleep(0.02)

    def leave(self) -> None:
        """Close the page."""
        self._socket.shutdown(socket.SHUT_RDWR)
