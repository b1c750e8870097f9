"""Stopping and starting the Temporal server for a lesson, if it is ours."""

from __future__ import annotations

import subprocess
import sys
import time

from workshop.config import HOME
from workshop.errors import LabError
from workshop.processes.service import FILES_DELETED, Service
from workshop.processes.supervisor import Supervisor
from workshop.services.catalog import supervisor


def _temporal() -> tuple[Supervisor, Service]:
    ours = supervisor(HOME, lab=False)
    return ours, next(service for service in ours.services if service.name == "temporal")


def trouble() -> str:
    """Say what is wrong with the Temporal server: not the course's, or without its database. Else empty."""
    ours, temporal = _temporal()
    found = ours.look(temporal)
    if found.state == "port taken":
        return found.detail.removeprefix(f"{temporal.title}: ")
    if found.detail == FILES_DELETED:
        return f"{FILES_DELETED}, and what was in them is gone. For a new database: python3 -m workshop up"
    return ""


def stop() -> None:
    """Stop our Temporal server, and say so. If somebody else started it, leave it running, and say that."""
    ours, temporal = _temporal()
    with ours.lock():
        stopped = ours.stop_service(temporal)
    if stopped is None:
        print(
            f"The Temporal server on port {temporal.port} was started by somebody else, so it is left "
            "running. What follows works all the same; it proves less."
        )
        return
    print(
        f"Temporal's server is stopped: process {stopped.pid}, ports "
        f"{', '.join(str(port.number) for port in temporal.ports)}"
    )


def start() -> None:
    """Start our Temporal server if none answers, with the same database as before, and wait until it is
    ready. A process of its own does it: what descends from a kernel ends with it in VS Code.
    """
    told = subprocess.run([sys.executable, "-m", __name__], capture_output=True, text=True, check=False)
    if told.returncode:
        raise LabError(told.stderr.strip())
    print(told.stdout, end="")


def _start() -> None:
    began = time.monotonic()
    ours, temporal = _temporal()
    with ours.lock():
        outcome = ours.ensure(temporal)
    if outcome.action in ("started", "started again"):
        print(
            f"Temporal's server is back, after {time.monotonic() - began:.1f} s, with the database that it "
            "had"
        )
    else:
        print("Temporal's server runs.")


if __name__ == "__main__":
    try:
        _start()
    except LabError as error:
        sys.exit(str(error))
