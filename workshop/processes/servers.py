"""The web server of a lesson: a background process with an address."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import httpx

from workshop.config import HOME, where_to_set
from workshop.errors import LabError
from workshop.processes import process as processes
from workshop.processes.keeper_client import KeeperClient
from workshop.processes.record import Record
from workshop.processes.starter import Starter, recorded
from workshop.processes.workers import Process

NAME = "server"
EXERCISE = "exercise-server"
PORT_VARIABLES = {NAME: "RESEARCH_APP_PORT", EXERCISE: "RESEARCH_EXERCISE_PORT"}
ADVICE = {
    "WORKER_START": "worker.restart()  # in a cell of the notebook",
    "SERVER_START": "server.restart()  # in a cell of the notebook",
}
"""What the research application's pages tell a learner to type; `python` is not on a learner's PATH."""
READY_TIMEOUT_S = 20.0
PORT_TIMEOUT_S = 3.0


class WebServer(Process):
    """A web server in a process of its own. `url` is its address on this machine."""

    def __init__(
        self, keeper: KeeperClient, record: Record, start: Callable[[], WebServer], url: str
    ) -> None:
        super().__init__(keeper, record)
        self.url = url
        self._start = start

    def restart(self) -> None:
        """Start the server again from its files as they are now; stop it first if it still runs."""
        if self.alive:
            self.stop()
        self.record = self._start().record


def start(starter: Starter, file: str, port: int, name: str = NAME, args: Sequence[str] = ()) -> WebServer:
    """Start a web server from a file in the lesson's folder, replacing the one of this name; return when it
    answers.

    Raises LabError with the server's own words if it dies at start, and if a stranger holds its port.
    """
    for old in recorded():
        if old.name == name and not old.queue and (process := old.process()):
            print(f"Replacing the web server, process {old.pid}")
            processes.stop(process, first=2)
    if _is_held(port):
        raise LabError(
            f"Port {port} is held by {processes.describe(processes.listener(port))}.\n"
            f"Stop that, or move the web server: {where_to_set(HOME, PORT_VARIABLES[name])} "
            f"{PORT_VARIABLES[name]} "
            "to a free port. Then run the notebook again from its first cell."
        )
    server = WebServer(
        starter.keeper,
        starter.launch(file, name, "", args, ADVICE),
        lambda: start(starter, file, port, name, args),
        f"http://127.0.0.1:{port}",
    )
    began = time.monotonic()
    while not _answers(server.url):
        if not server.alive:
            raise LabError(
                f"{file} ended as soon as it was started. What it said:\n\n"
                f"{server.output.rstrip() or '(nothing)'}"
            )
        if time.monotonic() - began > READY_TIMEOUT_S:
            raise LabError(
                f"{file} (process {server.pid}) has not answered on port {port} within {READY_TIMEOUT_S:.0f} "
                f"s. Its log says:\n{server.output[-2000:] or '(nothing)'}"
            )
        time.sleep(0.05)
    print(f"Web server: process {server.pid}, after {time.monotonic() - began:.1f} s")
    return server


def _is_held(port: int) -> bool:
    """Return whether somebody holds a port. A killed process may do so for a moment."""
    deadline = time.monotonic() + PORT_TIMEOUT_S
    while processes.is_port_held(port):
        if processes.listener(port) or time.monotonic() > deadline:
            return True
        time.sleep(0.05)
    return False


def _answers(url: str) -> bool:
    """Return whether something listens there. Without its worker a server answers 503: it listens."""
    try:
        httpx.get(f"{url}/api/health", timeout=5.0, trust_env=False)
    except httpx.HTTPError:
        return False
    return True
